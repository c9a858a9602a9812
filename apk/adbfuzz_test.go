package apk

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk/internal/pathtree"
	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/corpustest"
)

func addADBVectors(f *testing.F, pattern string) {
	f.Add([]byte("ADB.pckg"))
	files, _ := filepath.Glob(filepath.Join(os.Getenv(corpustest.Variable), "adb", pattern))
	for _, name := range files {
		if file, err := os.ReadFile(name); err == nil && len(file) < 4096 {
			f.Add(file)
		}
	}
}

// FuzzADBPackage reads packages. The entries that come out must be ones that a root can have.
func FuzzADBPackage(f *testing.F) {
	addADBVectors(f, "packages/*.apk")
	f.Fuzz(func(t *testing.T, file []byte) {
		r := NewPackageReader(bytes.NewReader(append([]byte("ADB"), bytes.TrimPrefix(file, []byte("ADB"))...)), V3)
		for range 10000 {
			e, err := r.Next()
			if err != nil {
				return
			}
			if pathtree.CheckName(e.Name, e.Name) != nil || e.Mode > 0o7777 || e.Size < 0 {
				t.Errorf("entry %+v", e)
			}
			if _, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20)); err != nil {
				return
			}
		}
	})
}

// FuzzADBIndex reads indexes whose signature is taken for good. Every package must be one that a database can hold.
func FuzzADBIndex(f *testing.F) {
	addADBVectors(f, "indexes/*/*.adb")
	f.Fuzz(func(t *testing.T, file []byte) {
		index, err := readUnsignedADBIndex(file)
		if err != nil {
			return
		}
		for _, p := range index.Packages {
			if strings.ContainsAny(p.Name+p.Version+p.Description, "\n") || p.Identity.IsZero() {
				t.Errorf("package %+v", p)
			}
			var text bytes.Buffer
			db := Installed{Packages: []*InstalledPackage{{Package: *p}}}
			if p.Version != "" && db.Write(&text, V3) == nil {
				if _, err := ReadInstalled(&text, V3); err != nil {
					t.Errorf("written, but not read: %v\n%q", err, text.String())
				}
			}
		}
	})
}

func readUnsignedADBIndex(file []byte) (*Index, error) {
	r := adb.NewReader(bytes.NewReader(file))
	defer r.Close()
	metadata, err := r.Metadata(adb.SchemaIndex)
	if err != nil {
		return nil, err
	}
	parsed, err := adb.ParseIndex(metadata)
	if err != nil {
		return nil, err
	}
	return indexOfADB(parsed)
}
