// Package script runs the install scripts of packages without running anything on the
// host: a shell interpreted in Go, over a file tree in memory, with the commands of
// Alpine's scripts in Go as well.
//
// It joins packages below it: shell evaluates, with arithmetic for its expressions; busybox
// has the applets, with awk, with regex for regular expressions and with libc for numbers
// and times as the C library reads and prints them.
//
// # Promises
//
// A script never reads or changes the host: file operations go to the tree, commands are
// those of package busybox, and clock, ids and environment are set.
//
// The same script over the same tree has the same effect on every machine. Nothing depends
// on time or on the number of cores: the bounds of [Options] count commands and bytes.
//
// A construct that the shell does not have or that is not supported is an [*UnsupportedError]
// with its line, before the script starts where the text shows it. Nothing is skipped.
//
// Text for Bash is interpreted as Bash: with its own syntax, and its own behaviour where ash differs. Parts that are not modelled are refused.
//
// Memory is bounded too: awk programs run on package awk, which counts what their values hold.
//
// # Differences from ash
//
// Process substitution, aliases, $RANDOM and similar variables, sources of random bytes,
// and devices other than /dev/null and the three standard streams are refused. "$$" is 1,
// ulimit sets nothing, a relative path needs permission to search each directory above it
// as well, the host is called localhost, no other process exists, no bus answers
// dbus-send, and sleep returns at once. A command in the background runs to its end before what
// follows, and may not sleep. A program that only tells a running system something does
// nothing and says so. A file runs as the applet of its name unless it is a script:
// coreutils behave as busybox.
package script
