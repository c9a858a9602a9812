// Package ldcache makes the cache of glibc's dynamic linker, /etc/ld.so.cache, from what ldconfig finds in libraries.
//
// The format is that of glibc's elf/cache.c and sysdeps/generic/dl-cache.h: a header, an entry of 24 bytes for each library, the
// strings, which share common ends, and an extension directory with the version of ldconfig and the names of the glibc-hwcaps
// directories. [Encode] writes it, byte for byte as ldconfig of glibc 2.36 and later; older ones are refused. [Print] is
// "ldconfig -p".
//
// Three things depend on how ldconfig was built: what it calls itself, the directories that it always looks into, and the machine.
// [ReadProgram] takes them from the program.
//
// [ReadNames] reads what any program or library needs, with the same reader of ELF. [ReadDynamic] reads its symbols, too, for
// "ldd".
package ldcache
