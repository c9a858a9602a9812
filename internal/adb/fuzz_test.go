package adb_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/corpustest"
)

// addVectors adds small files of the corpus, if there is one, to those that are made here.
func addVectors(f *testing.F, add func(file []byte)) {
	add([]byte("ADB.pckg\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xe0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	add([]byte("ADB.indx\x04\x00\x00\xc0\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f"))
	if os.Getenv(corpustest.Variable) == "" {
		return
	}
	files, _ := filepath.Glob(filepath.Join(os.Getenv(corpustest.Variable), "adb", "*", "*.apk"))
	indexes, _ := filepath.Glob(filepath.Join(os.Getenv(corpustest.Variable), "adb", "indexes", "*", "*.adb"))
	databases, _ := filepath.Glob(filepath.Join(os.Getenv(corpustest.Variable), "adb", "idb", "*.adb"))
	for _, name := range slices.Concat(files, indexes, databases) {
		if file, err := os.ReadFile(name); err == nil && len(file) < 4096 {
			add(file)
		}
	}
}

// FuzzReader reads containers to their end. Contents must have the sizes that were announced.
func FuzzReader(f *testing.F) {
	addVectors(f, func(file []byte) { f.Add(file) })
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, schema := range []adb.Schema{adb.SchemaPackage, adb.SchemaIndex} {
			r := adb.NewReader(bytes.NewReader(file))
			if _, err := r.Metadata(schema); err != nil {
				r.Close()
				continue
			}
			if _, err := r.Signatures(); err != nil {
				r.Close()
				continue
			}
			for i := 0; ; i++ {
				data, err := r.NextData()
				if err != nil || i == 1000 {
					break
				}
				if n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20)); err == nil && n != min(data.Size, 1<<20) {
					t.Errorf("content of %d bytes, announced were %d", n, data.Size)
				}
			}
			r.Close()
		}
	})
}

// FuzzMetadata parses metadata as a package and as an index: it must end, and the same bytes must mean the same.
func FuzzMetadata(f *testing.F) {
	addVectors(f, func(file []byte) {
		for _, schema := range []adb.Schema{adb.SchemaPackage, adb.SchemaIndex} {
			r := adb.NewReader(bytes.NewReader(file))
			if metadata, err := r.Metadata(schema); err == nil {
				f.Add(metadata)
			}
			r.Close()
		}
	})
	f.Fuzz(func(t *testing.T, metadata []byte) {
		if p, err := adb.ParsePackage(metadata); err == nil {
			p.UniqueID(metadata)
		}
		adb.ParseIndex(metadata)
	})
}
