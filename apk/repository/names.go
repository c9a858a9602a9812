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

// Names returns the names of packages that begin with a prefix, sorted: of those in the indexes that a cache folder has, and
// in the repositories that are folders; others are passed over, and so is a cache folder "". It is for completing what
// somebody types: nothing is fetched, verified or reported, and what cannot be read is left out.
func Names(cacheDir string, repositories []string, prefix string) []string {
	names := make(map[string]bool)
	if cacheDir != "" {
		addNames(names, filepath.Join(cacheDir, "indexes", "*.index"), indexHeaderSize, prefix)
	}
	for _, dir := range repositories {
		if !isRemote(dir) {
			addNames(names, filepath.Join(dir, "*", "APKINDEX.tar.gz"), 0, prefix)
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// addNames reads the files of a pattern, whose indexes begin at an offset.
func addNames(names map[string]bool, pattern string, offset int64, prefix string) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return
	}
	for _, file := range files {
		addNamesOf(names, file, offset, prefix)
	}
}

func addNamesOf(names map[string]bool, file string, offset int64, prefix string) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	plain, err := gzip.NewReader(bufio.NewReader(io.NewSectionReader(f, offset, maxIndexFile)))
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
