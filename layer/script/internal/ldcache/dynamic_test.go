package ldcache

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/elftest"
)

func dynamicOf(b []byte) (*Dynamic, error) {
	return ReadDynamic(int64(len(b)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil })
}

// TestReadDynamic: symbols, libraries and paths are those that [debug/elf] finds, which looks for them by sections.
func TestReadDynamic(t *testing.T) {
	for _, pattern := range []string{os.Args[0], "/bin/sh", "/usr/bin/env", "/usr/bin/openssl", "/lib/*-linux-gnu/lib[a-m]*.so*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files[:min(len(files), 60)] {
			b, err := os.ReadFile(name)
			if err != nil || !bytes.HasPrefix(b, []byte(elf.ELFMAG)) {
				continue
			}
			file, err := elf.NewFile(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			got, err := dynamicOf(b)
			if errors.Is(err, ErrNotDynamic) {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			symbols, err := file.DynamicSymbols()
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var want, wanted []string
			for _, s := range symbols {
				binding := elf.ST_BIND(s.Info)
				if s.Section != elf.SHN_UNDEF && binding != elf.STB_LOCAL && !s.VersionIndex.IsHidden() {
					want = append(want, s.Name)
				}
				if s.Section == elf.SHN_UNDEF && binding == elf.STB_WEAK {
					wanted = append(wanted, s.Name)
				}
			}
			if diff := cmp.Diff(want, got.Defined); diff != "" {
				t.Errorf("%s: symbols (-debug/elf +this package):\n%s", name, diff)
			}
			for _, r := range got.Wanted {
				if r.Name == "" || slices.Contains(wanted, r.Name) && !slices.Contains(want, r.Name) {
					t.Errorf("%s: a relocation wants %q", name, r.Name)
				}
			}
			libraries, err := file.ImportedLibraries()
			if err != nil || !cmp.Equal(libraries, got.Needed) {
				t.Errorf("%s: needs %q, want %q, %v", name, got.Needed, libraries, err)
			}
		}
	}
}

// FuzzReadDynamic: a file that is damaged is an error, and never more.
func FuzzReadDynamic(f *testing.F) {
	whole := elftest.Library{
		Machine: elf.EM_X86_64, Soname: "liba.so", Needed: []string{"libb.so"}, Runpath: "$ORIGIN", Interpreter: "/lib/ld.so",
		Defined: []string{"a", "b"}, Wanted: []string{"c", "plt:d", "weak:e"},
	}.File()
	for n := 0; n <= len(whole); n += 7 {
		f.Add(whole[:n])
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := dynamicOf(b)
		if err == nil && (len(d.Defined) > len(b) || len(d.Wanted) > len(b)) {
			t.Errorf("%d and %d symbols in %d bytes", len(d.Defined), len(d.Wanted), len(b))
		}
	})
}
