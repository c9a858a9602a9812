package ldcache

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/elftest"
)

func readProgram(t testing.TB, machine elf.Machine, order binary.ByteOrder, version string, dirs ...string) *Program {
	t.Helper()
	p, err := ReadProgram(elftest.Ldconfig(machine, order, version, dirs...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const release = "(Some) stable release version 2.41"

// TestProgram: the directories are those that glibc's add_system_dir makes of the dynamic linker's (sysdeps/unix/sysv/linux/*/dl-cache.h).
func TestProgram(t *testing.T) {
	for _, test := range []struct {
		machine elf.Machine
		trusted []string
		want    string
	}{
		{elf.EM_X86_64, []string{"/lib/", "/usr/lib/"}, "/lib /lib64 /libx32 /usr/lib /usr/lib64 /usr/libx32"},
		{elf.EM_X86_64, []string{"/lib64/", "/usr/lib64/"}, "/lib /lib64 /libx32 /usr/lib /usr/lib64 /usr/libx32"},
		{elf.EM_X86_64, []string{"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/"},
			"/lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib /usr/lib"},
		{elf.EM_AARCH64, []string{"/usr/lib/"}, "/usr/lib /usr/lib64 /usr/libilp32"},
		{elf.EM_RISCV, []string{"/lib64/lp64d/"}, "/lib /lib64/lp64d /lib64/lp64 /lib32/ilp32d /lib32/ilp32"},
		{elf.EM_S390, []string{"/opt/libs/"}, "/opt/libs"},
	} {
		p := readProgram(t, test.machine, nil, release, test.trusted...)
		if got := strings.Join(p.Dirs, " "); got != test.want || p.Generator != "ldconfig "+release || p.Minor != 41 {
			t.Errorf("%v %q: got %s, %q, want %s", test.machine, test.trusted, got, p.Generator, test.want)
		}
	}
}

func TestProgramsThatAreRefused(t *testing.T) {
	for want, program := range map[string][]byte{
		"it is no ELF program":                            []byte("#!/bin/sh\n"),
		"it does not have its version":                    elftest.Ldconfig(elf.EM_X86_64, nil, "musl", "/lib/"),
		"glibc 2.35 is not supported: want 2.36":          elftest.Ldconfig(elf.EM_X86_64, nil, "(x) stable release version 2.35", "/lib/"),
		"glibc 2.36 for ELF machine 183 is not supported": elftest.Ldconfig(elf.EM_AARCH64, nil, "(x) stable release version 2.36", "/lib/"),
		"glibc 2.41 for ELF machine 43 is not supported":  elftest.Ldconfig(elf.EM_SPARCV9, binary.BigEndian, release, "/lib/"),
		"it does not have the dynamic linker's list":      elftest.Ldconfig(elf.EM_X86_64, nil, release),
		"it has several lists of directories: \"/lib":     append(elftest.Ldconfig(elf.EM_X86_64, nil, release, "/lib/"), "\x00/lib64/\x00\x00"...),
	} {
		if _, err := ReadProgram(program); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func (p *Program) readBytes(name string, b []byte) (*Library, error) {
	return p.ReadLibrary(name, int64(len(b)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil })
}

// TestFlags: headers have the flags that sysdeps/unix/sysv/linux/*/readelflib.c gives them.
func TestFlags(t *testing.T) {
	for _, test := range []struct {
		name    string
		machine elf.Machine // ldconfig's
		library elftest.Library
		want    uint32 // 0 for a library that is left out
	}{
		{"x86_64", elf.EM_X86_64, elftest.Library{Machine: elf.EM_X86_64}, 0x303},
		{"x32", elf.EM_X86_64, elftest.Library{Machine: elf.EM_X86_64, Is32: true}, 0x803},
		{"x86", elf.EM_X86_64, elftest.Library{Machine: elf.EM_386, Is32: true}, 3},
		{"other", elf.EM_X86_64, elftest.Library{Machine: elf.EM_AARCH64}, 0},
		{"aarch64", elf.EM_AARCH64, elftest.Library{Machine: elf.EM_AARCH64}, 0xa03},
		{"arm, hard", elf.EM_AARCH64, elftest.Library{Machine: elf.EM_ARM, Is32: true, Flags: 0x05000400}, 0x903},
		{"arm, soft", elf.EM_AARCH64, elftest.Library{Machine: elf.EM_ARM, Is32: true, Flags: 0x05000200}, 0xb03},
		{"arm, unmarked", elf.EM_AARCH64, elftest.Library{Machine: elf.EM_ARM, Is32: true, Flags: 0x05000000}, 3},
		{"riscv64, double", elf.EM_RISCV, elftest.Library{Machine: elf.EM_RISCV, Flags: 5}, 0x1003},
		{"riscv64, soft", elf.EM_RISCV, elftest.Library{Machine: elf.EM_RISCV, Flags: 1}, 0xf03},
		{"riscv64, single", elf.EM_RISCV, elftest.Library{Machine: elf.EM_RISCV, Flags: 3}, 0},
		{"riscv64, embedded", elf.EM_RISCV, elftest.Library{Machine: elf.EM_RISCV, Flags: 0xd}, 0},
		{"loongarch64, double", elf.EM_LOONGARCH, elftest.Library{Machine: elf.EM_LOONGARCH, Flags: 0x43}, 0x1203},
		{"loongarch64, soft", elf.EM_LOONGARCH, elftest.Library{Machine: elf.EM_LOONGARCH, Flags: 1}, 0x1103},
		{"ppc64le", elf.EM_PPC64, elftest.Library{Machine: elf.EM_PPC64, Flags: 2}, 0x503},
		{"s390x", elf.EM_S390, elftest.Library{Machine: elf.EM_S390, Order: binary.BigEndian}, 0x403},
	} {
		p := readProgram(t, test.machine, test.library.Order, release, "/lib/")
		test.library.Soname = "libx.so.1"
		lib, err := p.readBytes("libx.so", test.library.File())
		message := (*MessageError)(nil)
		switch {
		case test.want == 0:
			if !errors.As(err, &message) {
				t.Errorf("%s: got %v", test.name, err)
			}
		case err != nil || lib.Flags != test.want || lib.Soname != "libx.so.1":
			t.Errorf("%s: got %+v, %v, want flags %#x", test.name, lib, err, test.want)
		}
	}
}

// TestBytes: header, entries, strings and extensions in a machine's byte order (dl-cache.h).
func TestBytes(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		machine := elf.EM_AARCH64
		if order == binary.BigEndian {
			machine = elf.EM_S390
		}
		p := readProgram(t, machine, order, release, "/lib/")
		var want []byte
		words := func(values ...uint32) {
			for _, v := range values {
				want = p.append32(want, v)
			}
		}
		want = append(want, "glibc-ld.so.cache1.1"...)
		words(1, 9)
		want = append(want, map[binary.ByteOrder]byte{binary.LittleEndian: 2, binary.BigEndian: 3}[order], 0, 0, 0)
		words(84, 0, 0, 0, 7, 72+4, 72, 0, 0, 0)
		want = append(want, "/li/abcd\x00\x00\x00\x00"...)
		words(0xeaa42174, 1, 0, 0, 84+24, uint32(len("ldconfig "+release)))
		want = append(want, "ldconfig "+release...)
		if got := p.Encode([]Entry{{Name: "abcd", Path: "/li/abcd", Flags: 7}}, nil); !bytes.Equal(got, want) {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	}
}

// TestDamaged: a library that ends too early is an error, whatever is missing, and no work without an end.
func TestDamaged(t *testing.T) {
	p := readProgram(t, elf.EM_X86_64, nil, release, "/lib/")
	whole := elftest.Library{Machine: elf.EM_X86_64, Soname: "libx.so.1", Property: [][2]uint32{{0xc0008002, 7}}}.File()
	for size := range whole {
		if lib, err := p.readBytes("libx.so", whole[:size]); err == nil {
			t.Fatalf("%d of %d bytes: got %+v", size, len(whole), lib)
		}
	}
	huge := slices.Clone(whole)
	binary.LittleEndian.PutUint64(huge[64+56+32:], 1<<40) // size of the dynamic section
	if _, err := p.readBytes("libx.so", huge); err == nil || !strings.Contains(err.Error(), "more than the 1048576 that are supported") {
		t.Errorf("got %v", err)
	}
}

func FuzzReadLibrary(f *testing.F) {
	for _, l := range []elftest.Library{
		{Machine: elf.EM_X86_64, Soname: "libx.so.1", Needed: []string{"libc.so.6"}, Property: [][2]uint32{{1, 2}, {0xc0008002, 7}}},
		{Machine: elf.EM_386, Is32: true, Soname: "libx.so.1", Needed: []string{"libc.so.6"}, ABI: []uint32{0, 3, 2, 0}},
	} {
		f.Add(l.File())
	}
	p := readProgram(f, elf.EM_X86_64, nil, release, "/lib/")
	f.Fuzz(func(t *testing.T, b []byte) {
		lib, err := p.readBytes("libx.so", b)
		if err == nil && (lib == nil || lib.Flags == 0 || strings.Contains(lib.Soname, "\x00") || lib.ISALevel > 31) {
			t.Errorf("got %+v", lib)
		}
	})
}

// FuzzPrint reads caches, and programs.
func FuzzPrint(f *testing.F) {
	p := readProgram(f, elf.EM_X86_64, nil, release, "/lib/")
	f.Add(p.Encode([]Entry{{Name: "liba.so", Path: "/lib/liba.so", Flags: 0x303}, {Name: "liba.so", Path: "/lib/glibc-hwcaps/x/liba.so", Flags: 0x303,
		Hwcaps: "x"}}, []string{"x", "y"}))
	f.Add(elftest.Ldconfig(elf.EM_X86_64, nil, release, "/lib/", "/usr/lib/"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = p.Print("cache", b)
		_, _ = ReadProgram(b)
	})
}
