package script

import (
	"debug/elf"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/elftest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// linkedFiles is a script that makes programs and libraries.
func linkedFiles(files map[string]elftest.Library) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		l := files[name]
		l.Machine = elf.EM_X86_64
		if l.Defined == nil {
			l.Defined = []string{}
		}
		fmt.Fprintf(&b, "mkdir -p $(dirname %s); echo %s | base64 -d > %[1]s\n", name, base64.StdEncoding.EncodeToString(l.File()))
	}
	return b.String()
}

// TestLdd compares the libraries that musl's dynamic linker lists, and what it misses, but for addresses.
func TestLdd(t *testing.T) {
	root := newProgramsRoot(t)
	const functions = `t() { "$@" > /tmp/o 2>&1; s=$?; sed 's/(0x[0-9a-f]*)/(address)/' /tmp/o; echo "$s $*"; rm /tmp/o; }
cd /tmp
`
	const linker = "/lib/ld-musl-x86_64.so.1"
	made := linkedFiles(map[string]elftest.Library{
		"p/needs":   {Needed: []string{"liba.so", "libb.so.1", "libc.musl-x86_64.so.1", "libgone.so"}, Interpreter: linker},
		"p/rpath":   {Needed: []string{"liba.so"}, Rpath: "/tmp/none:/tmp/l", Interpreter: linker},
		"p/runpath": {Needed: []string{"liba.so", "libb.so.1"}, Rpath: "/tmp/none", Runpath: "$ORIGIN/../l", Interpreter: linker},
		"p/braces":  {Needed: []string{"libb.so.1"}, Runpath: "/nosuch:${ORIGIN}/../l:/", Interpreter: linker},
		"p/other":   {Needed: []string{"liba.so"}, Runpath: "$LIB/x:/tmp/l", Interpreter: linker},
		"p/paths":   {Needed: []string{"/tmp/l/liba.so", "liba.so", "/tmp/l/libb.so.1"}, Runpath: "/tmp/l"},
		"p/self": {Needed: []string{"libm.so.6", "libpthread.so.0", "libm.so", "libc.so", linker, "libdl.so.2", "librt.so.1", "libcx.so"},
			Interpreter: linker},
		"p/glibc": {Needed: []string{"libc.so.6"}, Interpreter: "/lib64/ld-linux-x86-64.so.2", Wanted: []string{"__fprintf_chk", "plt:printf",
			"open64"}},
		"p/moved": {Needed: []string{"liba.so"}, Interpreter: "/tmp/x/lib/ld.so"},
		"p/wants": {Needed: []string{"liba.so", "libc.so"}, Runpath: "/tmp/l", Wanted: []string{"fopen", "a_one", "weak:none", "none", "plt:called",
			"none", "a_local"}},
		"p/nolibc": {Needed: []string{"liba.so"}, Runpath: "/tmp/l", Wanted: []string{"fopen", "fopen64"}},
		"p/copies": {Needed: []string{"liba.so", "libc.so"}, Runpath: "/tmp/l", Defined: []string{"own", "a_one"}, Wanted: []string{"copy:environ",
			"copy:gone", "own"}},
		"p/large": {Needed: []string{"libc.so"}, Wanted: []string{"open64", "aio_cancel64", "readdir64_r", "printf64", "versionsort64", "64", "x64",
			"plt:mmap64"}},
		"p/another":  {Needed: []string{"libz.so.1", "libimpl.so"}, Runpath: "/tmp/l"},
		"p/deep":     {Needed: []string{"libdeep.so"}, Runpath: "/tmp/l"},
		"p/position": {Type: elf.ET_EXEC, Base: 0x10000, Needed: []string{"libb.so.1"}, Runpath: "/tmp/l"},
		"p/rel":      {Type: elf.ET_REL},
		"l/liba.so": {Soname: "liba.so.7", Needed: []string{"libb.so.1", "libm.so.6"}, Defined: []string{"a_one", "local:a_local"},
			Wanted: []string{"plt:b_gone"}},
		"l/libb.so.1":    {Soname: "libb.so.1", Needed: []string{"liba.so"}},
		"l/libimpl.so":   {Defined: []string{"__libc_start_main", "stdin", "stdout"}},
		"l/libdeep.so":   {Needed: []string{"libe.so"}},
		"l/more/libe.so": {Needed: []string{"libb.so.1"}},
	})
	for _, test := range []struct{ name, script string }{
		{"programs", `t ldd /bin/busybox; t ldd /lib/libssl.so.3 /bin/sh; t ldd /sbin/apk; t ldd /usr/bin/openssl; t ldd /lib/ld-musl-x86_64.so.1
			t ldd /usr/bin/scanelf
			for f in /usr/lib/*.so* /sbin/* /usr/bin/getent /usr/bin/iconv; do [ -f $f ] && t ldd $f; done; cd /bin; t ldd busybox
			t ldd ./busybox; t ldd ../bin//busybox
			t /lib/ld-musl-x86_64.so.1 --list /sbin/apk; t /lib/../lib/ld-musl-x86_64.so.1 --list -- /sbin/apk; t env ldd /bin/sh; t ldd -- /bin/sh`},
		{"pipelines", `ldd /sbin/apk /usr/bin/openssl | awk '/=>/ { print $3 }'
			ldd /sbin/apk | tr -s '[:blank:]' '\n' | grep '^/' | xargs -I % sh -c 'mkdir -p ` +
			`$(dirname deps%); cp % deps%;'; find deps | sort; mv /lib/libz.so.1 z; ldd /sbin/apk 2>&1 | grep 'not found'
			ldd /sbin/apk | grep "not found"; mv z /lib/libz.so.1
			find /usr/lib -type f -perm /0111 -exec ldd '{}' ';' 2>/dev/null | awk '/=>/ { print $(NF-1) }' | sort -u`},
		{"no programs", `: > empty; echo text > text; printf '\177ELF' > short; mkfifo pipe; mkdir d; ln -s loop loop; ln -s /bin/busybox l
			ln -s nosuch broken
			for f in empty text d loop l broken nosuch "" -x /dev/null /etc/passwd /usr/bin/ldd d/ text/x; do t ldd "$f"; done`},
		{"usage", `t ldd; t ldd --version; t ldd --list; t ldd --; t ldd --foo /bin/sh; t /lib/ld-musl-x86_64.so.1 --help; t /lib/ld-musl-x86_64.so.1; ` +
			`t ldd --library-path; t ldd --preload; t ldd --argv0; t ldd --argv0=x /bin/sh; t ldd --argv0 x /bin/sh; t ldd --list /bin/sh
			t ldd --preloadx /bin/sh`},
		{"missing", `for f in /lib/libz.so.1 /lib/libcrypto.so.3 /lib/libapk.so.2.14.0; do mv $f x; t ldd /sbin/apk; mkdir $f
			t ldd /sbin/apk; rmdir $f; ` +
			`echo text > $f; t ldd /sbin/apk; rm $f; : > $f; t ldd /sbin/apk; rm $f; ln -s $f $f; t ldd /sbin/apk; rm $f; cp x /usr/lib/${f##*/}; ` +
			`t ldd /sbin/apk; rm /usr/lib/${f##*/}; mv x $f; done`},
		{"paths of libraries", made + `for f in needs rpath runpath braces other paths another deep; do t ldd p/$f; done; cd p; t ldd runpath
			t ldd ./runpath; cd ../l; ` +
			`t ldd /tmp/p/../p/runpath; cp liba.so /usr/local/lib; t ldd ../p/needs; t ldd ../p/rpath
			t ldd ../p/other; ln -s /tmp/l/libb.so.1 /lib/libb.so.1; t ldd ../p/needs; ` +
			`t ldd ../p/paths; rm /usr/local/lib/* /lib/libb.so.1; cd ..; t ldd p/rel; t ldd p/position; mv l/more/libe.so l; t ldd p/deep
			t ldd l/liba.so; cp l/liba.so l/libgone.so
			LD_LIBRARY_PATH=/tmp/l t ldd p/needs; LD_LIBRARY_PATH=/nosuch:l t ldd p/needs; LD_LIBRARY_PATH=/tmp/l t ldd --library-path /nosuch p/needs; ` +
			`t ldd --library-path=/nosuch:/tmp/l p/needs; cd l; t ldd --library-path . ../p/needs
			LD_PRELOAD="/lib/libcrypto.so.3:libz.so.1 /nosuch" t ldd ../p/rpath; ` +
			`t ldd --preload /tmp/l/liba.so /bin/sh; t ldd --preload=libimpl.so --library-path . /bin/sh; ln libb.so.1 libgone.so
			t ldd --library-path . ../p/needs; rm libgone.so`},
		{"names of the C library", made + `for f in self glibc moved large; do t ldd p/$f; done`},
		{"symbols", made + `for f in wants nolibc copies large glibc; do t ldd p/$f; done`},
		{"the file of directories", made + `d() { printf "$1" > /etc/ld-musl-x86_64.path; t ldd p/needs; rm /etc/ld-musl-x86_64.path; }; d /tmp/l
			d '/lib:/tmp/l\n'; d '\n/nosuch\n/tmp/l\n/lib\n'; ` +
			`d ''; d '/tmp/l\0/lib'; d l; mkdir /etc/ld-musl-x86_64.path; t ldd p/needs; t ldd p/rpath; rmdir /etc/ld-musl-x86_64.path
			ln -s loop loop; d /tmp/loop:/tmp/l; d /etc/passwd:/tmp/l; mkdir -p x/etc; echo /tmp/l > x/etc/ld-musl-x86_64.path; t ldd p/moved
			t ldd p/needs`},
	} {
		t.Run(test.name, func(t *testing.T) { root.compare(t, functions+test.script) })
	}
}

// TestLddRefused: what the dynamic linker is not interpreted for, and files that it is not.
func TestLddRefused(t *testing.T) {
	own := elftest.Library{Machine: elf.EM_X86_64, Defined: []string{"fopen"}}
	linker := string(own.File()) + "%.*s/etc/ld-musl-x86_64.path\x00"
	for command, want := range map[string]string{
		"/lib/ld-musl-x86_64.so.1 /bin/program": "/lib/ld-musl-x86_64.so.1 is supported with --list only, as ldd calls it",
		"/lib/ld-musl-x86_64.so.1":              "/lib/ld-musl-x86_64.so.1 does not have its version",
		"/lib/ld-musl-x86_64.so.1 --list /arm":  "ld-musl-x86_64.so.1: /arm is for another machine, which is not supported",
		"/lib/ld-musl-x86_64.so.1 --list /cut":  "ld-musl-x86_64.so.1: /cut cannot be read: it is truncated",
		"/lib/ld-musl-aarch64.so.1 --list /arm": "/lib/ld-musl-aarch64.so.1 is not musl's dynamic linker",
	} {
		tr := tree.New()
		for name, content := range map[string]string{
			"lib/ld-musl-x86_64.so.1":  linker,
			"lib/ld-musl-aarch64.so.1": string(own.File()),
			"bin/program":              string(own.File()),
			"arm":                      string(elftest.Library{Machine: elf.EM_AARCH64}.File()),
			"cut":                      string(own.File())[:200],
		} {
			if err := errors.Join(tr.MkdirAll(path.Dir(name), 0o755), tr.WriteFile(name, []byte(content), 0o755)); err != nil {
				t.Fatal(err)
			}
		}
		err := RunText(t.Context(), Options{Tree: tr, Generation: apk.V2}, "test", command, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", command, err, want)
		}
	}
}
