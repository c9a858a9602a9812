package repository

import (
	"bufio"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// CachedNames returns the names of packages in the indexes that a cache folder has, those that begin with a prefix, sorted.
// It is for completing what somebody types: nothing is fetched, verified or reported, and what cannot be read is left out.
func CachedNames(cacheDir, prefix string) []string {
	files, err := filepath.Glob(filepath.Join(cacheDir, "indexes", "*.index"))
	if err != nil {
		return nil
	}
	names := make(map[string]bool)
	for _, file := range files {
		addNames(names, file, prefix)
	}
	return slices.Sorted(maps.Keys(names))
}

func addNames(names map[string]bool, file, prefix string) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	plain, err := gzip.NewReader(bufio.NewReader(io.NewSectionReader(f, indexHeaderSize, maxIndexFile)))
	if err != nil {
		return
	}
	// The index is text in a tar: its records are found without looking at headers.
	lines := bufio.NewScanner(io.LimitReader(plain, maxIndexFile))
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "P:"); ok && strings.HasPrefix(name, prefix) {
			names[name] = true
		}
	}
}
