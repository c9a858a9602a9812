package repository

import (
	"bufio"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/deflate"
	"github.com/lamina-oci/lamina/internal/diskio"
)

// Names returns the sorted package names that begin with a prefix, from the indexes in a cache directory and in local
// repositories; it skips remote repositories, and a cache directory "". It serves shell completion: it fetches, verifies
// and reports nothing, and skips what it cannot read.
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
	f, err := diskio.OpenRegular(file)
	if err != nil {
		return
	}
	defer f.Close()
	plain, err := deflate.NewReader(io.NewSectionReader(f, offset, maxIndexFile))
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
