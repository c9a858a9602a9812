package script_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/elftest"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// libraryFiles are the files of a root by their paths; a link has "->" before its target, and a directory nothing and a slash at the end.
type libraryFiles map[string]string

const library64, library32 = elf.EM_X86_64, elf.EM_386

func lib(soname string) string {
	return string(elftest.Library{Soname: soname, Machine: library64}.File())
}

func libOf(l elftest.Library) string {
	if l.Machine == 0 {
		l.Machine = library64
	}
	return string(l.File())
}

// TestLdconfig compares what is left behind and what is said with glibc's own ldconfig, that of this machine.
func TestLdconfig(t *testing.T) {
	for _, test := range []struct {
		name, command string
		files         libraryFiles
	}{
		{"nothing", "ldconfig", nil},
		{"versions", "ldconfig", libraryFiles{
			"lib/liba.so.1.2": lib("liba.so.1"), "lib/liba.so.1.10": lib("liba.so.1"), "lib/liba.so.1.9": lib("liba.so.1"), "lib/liba.so": "->liba.so.1.9",
			"usr/lib/libb.so": lib(""), "usr/lib/libc.so.6": lib("libc.so.6"), "usr/lib/libd-2.so": lib("libd.so.2"), "usr/lib/other.so": lib("other.so"),
			"usr/lib/ld-linux.so.2": lib("ld-linux.so.2"), "usr/lib/ld.so.1": lib("ld.so.1"), "usr/lib/ld64.so.1": lib("ld64.so.1"), "usr/lib/libx.txt": "text",
		}},
		{"links", "ldconfig -v", libraryFiles{
			"lib/liba.so.1": "->liba.so.1.2", "lib/liba.so.1.2": lib("liba.so.1"), "lib/liba.so": "->liba.so.1", "lib/libb.so.1": "->/usr/lib/libb.so.1.0",
			"usr/lib/libb.so.1.0": lib("libb.so.1"), "lib/libc.so.1": "->nothing", "lib/libd.so": "->nothing", "lib/libe.so.1": lib("libf.so.1"),
			"lib/libf.so.1": lib("libf.so.1"), "lib/libg.so.2": "->libe.so.1", "lib/libh.so.1": "->../usr/lib", "lib/libi.so": "->liba.so.1.2",
			"lib/libj.so.1": "->old", "lib/libj.so.1.2": lib("libj.so.1"), "lib/libj.so.1.1": lib("libj.so.1"), "lib/old": lib("libj.so.1"), "lib/libk.so/": "",
			"lib/libl.so.1/": "", "lib/libl.so.1.1": lib("libl.so.1"),
			"lib/libm.so.1":   "text of a file that is longer than sixty-four bytes, as ldconfig wants it.",
			"lib/libm.so.1.1": lib("libm.so.1"), "lib/loop.so.1": "->loop.so.1", "lib/libloop.so.1": "->libloop.so.1",
		}},
		{"the same directory twice", "ldconfig -v", libraryFiles{"usr/lib/liba.so.1": lib("liba.so.1"), "lib": "->usr/lib",
			"etc/ld.so.conf": "/usr/lib\n/lib/\n"}},
		{"files that are none", "ldconfig; ldconfig -v", libraryFiles{
			"lib/liba.so": "", "lib/libb.so": "\x7fELF", "lib/libc.so": "x", "lib/libd.so": "/* GNU ld script */" + strings.Repeat(" ", 60),
			"lib/libe.so": strings.Repeat("e", 100), "lib/libe.so-gdb.py": strings.Repeat("e", 100), "lib/libf.so": strings.Repeat(" ", 400) + "GROUP ( )",
			"lib/libg.so":           libOf(elftest.Library{Soname: "libg.so", Type: elf.ET_EXEC}),
			"lib/libh.so":           libOf(elftest.Library{Soname: "libh.so", Machine: elf.EM_ARM, Is32: true}),
			"lib/libi.so.#prelink#": lib("libi.so"), "lib/libi.so.#prelink#.ABCDEF": lib("libi.so"), "lib/libj.so.o": libOf(elftest.Library{Type: elf.ET_REL}),
			"lib/libk.so": libOf(elftest.Library{Machine: 9999, Soname: "libk.so"}),
		}},
		{"ABIs", "ldconfig; ldconfig -p", libraryFiles{
			"lib/liba.so":     libOf(elftest.Library{Soname: "liba.so.1", Machine: library32, Is32: true}),
			"lib/libx32.so":   libOf(elftest.Library{Soname: "libx32.so.1", Is32: true}),
			"lib/libb.so":     libOf(elftest.Library{Soname: "libb.so.1", Machine: library32, Is32: true, Needed: []string{"libz.so", "libc.so.6"}}),
			"lib/libm.so":     libOf(elftest.Library{Soname: "libn.so.1", Machine: library32, Is32: true, Needed: []string{"libm.so.6", "libq.so"}}),
			"usr/lib/liba.so": lib("liba.so.1"), "usr/lib/libnote.so": libOf(elftest.Library{Soname: "libnote.so.1", ABI: []uint32{0, 3, 2, 1}}),
			"usr/lib/libbase.so": libOf(elftest.Library{Soname: "libbase.so.1", Base: 0x10000}),
		}},
		{"hwcaps", "ldconfig -v; ldconfig -p", libraryFiles{
			"lib/glibc-hwcaps/x86-64-v2/liba.so.1.1": libOf(elftest.Library{Soname: "liba.so.1", Property: [][2]uint32{{0xc0000002, 3}, {0xc0008002, 2}}}),
			"lib/glibc-hwcaps/x86-64-v3/liba.so.1.1": libOf(elftest.Library{Soname: "liba.so.1", Property: [][2]uint32{{0xc0008002, 7}}}),
			"lib/glibc-hwcaps/x86-64-v3/libb.so":     libOf(elftest.Library{Soname: "libb.so.1", Property: [][2]uint32{{0xc0008002, 0}}}),
			"lib/glibc-hwcaps/x86-64-v3/libc.so":     libOf(elftest.Library{Soname: "libc.so.1", Property: [][2]uint32{{0xc0010002, 15}, {0xc0008002, 15}}}),
			"lib/glibc-hwcaps/x86-64-v3/libd.so": libOf(
				elftest.Library{Soname: "libd.so.1", Property: [][2]uint32{{1, 1}, {2, 2}, {0xc0008002, 8}, {0xc0010002, 1}}}),
			"lib/glibc-hwcaps/x86-64-v3/libe.so": libOf(elftest.Library{Soname: "libe.so.1", Is32: true, Property: [][2]uint32{{1, 1}, {0xc0008002, 8}}}),
			"lib/glibc-hwcaps/x86-64-v3/odd":     "->libd.so", "lib/glibc-hwcaps/x86-64-v3/stale.so.1": "->nothing",
			"lib/glibc-hwcaps/x86-64-v3/liba.so.1": "->liba.so.1.1",
			"lib/glibc-hwcaps/empty/":              "",
			"lib/glibc-hwcaps/.hidden/liba.so.1":   lib("liba.so.1"), "lib/glibc-hwcaps/a:b/liba.so.1": lib("liba.so.1"),
			"lib/glibc-hwcaps/linked": "->/usr/lib/more", "usr/lib/more/liba.so.1": lib("liba.so.1"), "lib/liba.so.1": lib("liba.so.1"),
			"lib/glibc-hwcaps/file":                    "x",
			"usr/lib/glibc-hwcaps/x86-64-v2/liba.so.1": lib("liba.so.1"), "usr/lib/glibc-hwcaps/x86-64-v2/sub/libz.so.1": lib("libz.so.1"),
		}},
		{"configuration", "ldconfig -v", libraryFiles{
			"etc/ld.so.conf": "# comment\n  /opt/one/  # the first\n\ninclude ld.so.conf.d/*.conf /etc/more.conf\t/etc/none.conf\ninclude\n" +
				"/opt/one\nhwcap 1 nosegneg\n/opt/none",
			"etc/ld.so.conf.d/b.conf": "/opt/b\n", "etc/ld.so.conf.d/a.conf": "/opt/a //opt//d \n", "etc/ld.so.conf.d/.c.conf": "/opt/c",
			"etc/ld.so.conf.d/d": "/opt/c",
			"etc/more.conf":      "/opt/d//\r\n/opt/c/../b\ninclude /etc/ld.so.conf.d/d", "opt/one/liba.so": lib("liba.so.1"),
			"opt/a/liba.so.2": lib("liba.so.2"), "opt/b/liba.so.1": lib("liba.so.1"),
			"opt/c/libc.so": lib("libc.so"), "opt/d/libd.so": lib("libd.so"), "etc/ld.so.conf.d/z.conf/": "",
		}},
		{"options", "ldconfig -X -C /etc/other -f /etc/conf -i /opt/a; ldconfig -p -C /etc/other; ldconfig -N -v /opt/a; ldconfig -n /opt/b; " +
			"ldconfig --verbose -N", libraryFiles{
			"etc/conf": "/opt/b", "etc/ld.so.conf": "/opt/c", "opt/a/liba.so": lib("liba.so.1"), "opt/b/libb.so": lib("libb.so.1"),
			"opt/c/libc.so":      lib("libc.so.1"),
			"opt/b/libgone.so.1": "->nothing", "lib/libl.so.2": lib("libl.so.1"),
		}},
		{"relative directories", "ldconfig opt/a; echo $?; cd /opt; ldconfig -n a b; echo $?",
			libraryFiles{"opt/a/liba.so": lib("liba.so.1"), "opt/b/libb.so": lib("libb.so.1")}},
		{"no cache", "ldconfig -p; echo $?; ldconfig -p -C /etc/empty; echo $?", libraryFiles{"etc/empty": ""}},
		{"the cache is a link", "ldconfig; ldconfig -C /etc/none/cache; echo $?",
			libraryFiles{"etc/ld.so.cache": "->other", "etc/other": "x", "lib/liba.so.1": lib("liba.so.1")}},
		{"strings with common ends", "ldconfig", libraryFiles{
			"lib/libaa.so.1": lib("libaa.so.1"), "lib/ld-a.so.1": lib("a.so.1"), "lib/libb.so": lib("aa.so.1"), "lib/libc.so": lib("1"),
			"usr/lib/libaa.so.1":              lib("libaa.so.1"),
			"lib/glibc-hwcaps/so.1/libz.so.1": lib("libz.so.1"), "lib/libe.so": lib("lib\xc3\xa9.so"), "lib/libf.so": lib("libz.so"),
		}},
	} {
		t.Run(test.name, func(t *testing.T) { compareLdconfig(t, test.command, test.files) })
	}
}

// TestLdconfigAtRandom compares random roots.
func TestLdconfigAtRandom(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 0))
		pick := func(list ...string) string { return list[r.IntN(len(list))] }
		files := libraryFiles{"etc/ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n" + pick("", "/opt/lib\n", "/usr/lib\n")}
		if r.IntN(3) == 0 {
			files["etc/ld.so.conf.d/"+pick("a", "b")+".conf"] = pick("/usr/local/lib\n", "/opt/lib", "/lib\n/opt/lib\n")
		}
		for range 4 + r.IntN(30) {
			dir := pick("lib", "usr/lib", "usr/lib", "opt/lib", "usr/local/lib", "lib/glibc-hwcaps/x86-64-v"+pick("2", "3"), "usr/lib/glibc-hwcaps/x86-64-v3")
			name := "lib" + pick("a", "b", "ab", "c2", "c10") + ".so" + pick("", ".1", ".2", ".1.2", ".1.10", ".10")
			l := elftest.Library{Soname: pick(name, "lib"+pick("a", "b", "ab", "c2", "c10")+".so"+pick("", ".1", ".2", ".10")), Machine: library64}
			if r.IntN(4) == 0 {
				l.Property = [][2]uint32{{0xc0008002, 1 << r.IntN(5)}}
			}
			content := string(l.File())
			switch r.IntN(8) {
			case 0, 1:
				content = "->" + "lib" + pick("a", "b", "ab") + ".so" + pick("", ".1", ".2", ".1.2")
			case 2:
				content = "->/usr/lib/lib" + pick("a", "b") + ".so" + pick(".1", ".2")
			}
			files[dir+"/"+name] = content
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			compareLdconfig(t, "ldconfig"+[]string{"", " -X", " -v"}[seed%3]+"; ldconfig; ldconfig -p", files)
		})
	}
}

// TestLdconfigOfMachine compares with the smaller libraries of this machine.
func TestLdconfigOfMachine(t *testing.T) {
	files := make(libraryFiles)
	for _, dir := range []string{"/lib", "/usr/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			at := path.Join(dir, e.Name())
			if target, err := os.Readlink(at); err == nil && strings.Contains(e.Name(), ".so") && !strings.Contains(target, "/") {
				files[at[1:]] = "->" + target
			} else if b, err := os.ReadFile(at); err == nil && strings.Contains(e.Name(), ".so") && len(b) < 100_000 {
				files[at[1:]] = string(b)
			}
		}
	}
	compareLdconfig(t, "ldconfig; ldconfig -p", files)
}

// TestLdconfigThatIsNotGlibc: musl's is a script, and runs as one; another program is refused.
func TestLdconfigThatIsNotGlibc(t *testing.T) {
	for content, want := range map[string]string{"#!/bin/sh\necho \"musl $1\"\n": "musl /lib\n", "\x7fELF": "is not glibc's: it is no ELF program"} {
		tr := tree.New()
		put(t, tr, "bin/sh", "\x7fELF", 0o755)
		put(t, tr, "sbin/ldconfig", content, 0o755)
		var printed bytes.Buffer
		err := script.RunText(t.Context(), script.Options{Tree: tr, Generation: apk.V2, Output: &printed}, "test", "ldconfig /lib", nil)
		if printed.String() != want && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %q, %v, want %q", printed.String(), err, want)
		}
	}
}

func compareLdconfig(t *testing.T, command string, files libraryFiles) {
	t.Helper()
	program, err := os.ReadFile("/sbin/ldconfig")
	if err != nil || os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("want glibc's ldconfig and root: %v", err)
		}
		t.Skip("needs glibc's ldconfig, and root to change the root directory")
	}
	dir, tr := t.TempDir(), tree.New()
	for _, name := range []string{"bin/sh", "bin/echo"} {
		put(t, tr, name, "\x7fELF", 0o755)
	}
	put(t, tr, "sbin/ldconfig", string(program), 0o755)
	for _, name := range []string{"etc", "lib", "usr/lib"} {
		if _, isLink := files[name]; !isLink {
			files = withFile(files, name+"/", "")
		}
	}
	// A link goes last, so that what lies below it in the list does so in the file system.
	for _, name := range slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		isA, isB := strings.HasPrefix(files[a], "->"), strings.HasPrefix(files[b], "->")
		if isA != isB {
			return map[bool]int{true: 1, false: -1}[isA]
		}
		return strings.Compare(a, b)
	}) {
		content, at := files[name], filepath.Join(dir, name)
		target, isLink := strings.CutPrefix(content, "->")
		err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), tr.MkdirAll(path.Dir(path.Clean(name)), 0o755))
		switch {
		case isLink:
			err = errors.Join(err, os.Symlink(target, at), tr.Symlink(target, name))
		case strings.HasSuffix(name, "/"):
			err = errors.Join(err, os.MkdirAll(at, 0o755), tr.MkdirAll(path.Clean(name), 0o755))
		default:
			err = errors.Join(err, os.WriteFile(at, []byte(content), 0o644), tr.WriteFile(name, []byte(content), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	real := exec.Command("sh", "-c", "umask 022; root="+script.Quote(dir)+"; ldconfig() { command ldconfig -r \"$root\" \"$@\"; }\n"+realCommand(command, dir))
	real.Env, real.Dir = append(os.Environ(), "LC_ALL=C"), dir
	var said, complained, printed bytes.Buffer
	real.Stdout, real.Stderr = &said, &complained
	var exit *exec.ExitError
	if err := real.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	err = script.RunText(t.Context(), script.Options{Tree: tr, Generation: apk.V2, Output: &printed}, "test", "{ "+command+"\n} 2>/stderr", nil)
	if exit := (*script.ExitError)(nil); errors.As(err, &exit) {
		err = nil
	}
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := tr.ReadFile("stderr", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, "stdout", said.String(), printed.String())
	compareLines(t, "stderr", complained.String(), string(stderr))

	want, got := make(map[string]string), make(map[string]string)
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, _ := filepath.Rel(dir, name)
		info, err := e.Info()
		if err != nil || below == "." || strings.HasPrefix(below, "var") {
			return err
		}
		switch e.Type() {
		case fs.ModeDir:
			want[below] = "directory"
		case fs.ModeSymlink:
			target, err := os.Readlink(name)
			want[below] = "-> " + target
			return err
		default:
			content, err := os.ReadFile(name)
			want[below] = fmt.Sprintf("%o %q", info.Mode().Perm(), content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range tr.All() {
		switch {
		case strings.HasPrefix(name, "bin") || strings.HasPrefix(name, "sbin") || name == "stderr" || name == "":
		case n.Type == tree.Directory:
			got[name] = "directory"
		case n.Type == tree.Symlink:
			got[name] = "-> " + n.Target
		default:
			content, err := n.Read(1 << 30)
			if err != nil {
				t.Fatal(err)
			}
			got[name] = fmt.Sprintf("%o %q", n.Mode, content)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		if len(diff) > 4000 {
			diff = diff[:4000]
		}
		t.Errorf("files (-ldconfig +made):\n%s", diff)
	}
}

// realCommand is a command with directories of the host: ldconfig -r does not change those that the shell knows.
func realCommand(command, dir string) string {
	return strings.ReplaceAll(command, "cd /opt; ldconfig -n a b", "command ldconfig -n opt/a opt/b")
}

func withFile(files libraryFiles, name, content string) libraryFiles {
	more := libraryFiles{name: content}
	maps.Copy(more, files)
	return more
}

// compareLines compares what was printed but for the order of lines, which is that of directories on the disk.
func compareLines(t *testing.T, what, want, got string) {
	t.Helper()
	sorted := func(text string) []string {
		lines := strings.Split(text, "\n")
		slices.Sort(lines)
		return lines
	}
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Errorf("%s (-ldconfig +made):\n%s", what, diff)
	}
}
