package ldcache

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/elftest"
)

func neededOf(b []byte) (elf.Type, []string, error) {
	names, err := ReadNames(int64(len(b)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil })
	return elf.Type(names.Type), names.Needed, err
}

// TestNeeded: types and names of libraries are those that [debug/elf] finds, which looks for them by sections.
func TestNeeded(t *testing.T) {
	compared := 0
	for _, path := range []string{os.Args[0], "/bin/sh", "/bin/ls", "/usr/bin/env", "/lib/ld-musl-*.so.1", "/lib/*-linux-gnu/*.so*",
		"/usr/lib/*-linux-gnu/lib[a-d]*.so*"} {
		files, err := filepath.Glob(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files[:min(len(files), 100)] {
			b, err := os.ReadFile(name)
			if err != nil || !bytes.HasPrefix(b, []byte(elf.ELFMAG)) {
				continue
			}
			compareNeeded(t, name, b)
			compared++
		}
	}
	if compared == 0 && runtime.GOOS == "linux" {
		t.Error("nothing was compared")
	}
}

func compareNeeded(t *testing.T, name string, b []byte) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	want, err := file.ImportedLibraries()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	typ, got, err := neededOf(b)
	if err != nil || typ != file.Type || !cmp.Equal(got, want) {
		t.Errorf("%s: got %v %q, %v; want %v %q", name, typ, got, err, file.Type, want)
	}
}

// TestNeededMade: of both classes and byte orders, and of what is cut off anywhere.
func TestNeededMade(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, is32 := range []bool{false, true} {
			whole := elftest.Library{Machine: elf.EM_PPC64, Order: order, Is32: is32, Soname: "liba.so", Needed: []string{"libc.so", "libb.so.1"}}.File()
			typ, names, err := neededOf(whole)
			if err != nil || typ != elf.ET_DYN || !cmp.Equal(names, []string{"libc.so", "libb.so.1"}) {
				t.Errorf("%v, 32 bits %v: got %v %q, %v", order, is32, typ, names, err)
			}
			for n := range whole {
				if _, names, err := neededOf(whole[:n]); err == nil && len(names) != 2 {
					t.Errorf("%v, 32 bits %v: the first %d bytes need %q", order, is32, n, names)
				}
				if _, _, err := neededOf(whole[:n]); n < len(elf.ELFMAG) != errors.Is(err, ErrNotELF) {
					t.Errorf("the first %d bytes: got %v", n, err)
				}
			}
		}
	}
}
