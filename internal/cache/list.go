package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// shelf is where the files of a kind are.
type shelf struct {
	kind      Kind
	prefixes  []string // of names, before the key
	ending    string   // of names, behind the key
	temporary string   // begins the names of files that are being written
}

func shelves() []shelf {
	// The names are those that apk/repository gives: cache.go, download.go. A package's
	// identity is apk's, X1 or X2 and a hash (apk.Checksum.Hex).
	none := []string{""}
	list := []shelf{
		{kind: Packages, prefixes: []string{"X1", "X2"}, ending: ".apk", temporary: ".download-"},
		{kind: Indexes, prefixes: none, ending: ".index", temporary: ".download-"},
		{kind: Files, prefixes: none, temporary: ".download-"},
	}
	for _, k := range Kinds() {
		if k.isEntry {
			list = append(list, shelf{kind: k.Kind, prefixes: none, temporary: temporary})
		}
	}
	return list
}

// stored is a file in the cache.
type stored struct {
	kind Kind // Unfinished for a temporary one
	name string
	size int64     // bytes
	used time.Time // the last time, or written to

	process string // the directory of the process that writes an unfinished one; "" if its name does not say that
}

// list returns all files that are Lamina's.
func (f *Directory) list(ctx context.Context) ([]stored, error) {
	if f == nil {
		return nil, nil
	}
	info, err := os.Stat(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", f.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read cache: %w", err)
	}
	var all []stored
	for _, s := range shelves() {
		if all, err = s.list(ctx, filepath.Join(f.dir, string(s.kind)), all); err != nil {
			return nil, fmt.Errorf("read cache: %w", err)
		}
	}
	return all, nil
}

func (s *shelf) list(ctx context.Context, dir string, all []stored) ([]stored, error) {
	// A link to a directory elsewhere is the user's own doing.
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return all, notMissing(err)
	}
	if err := ctx.Err(); err != nil {
		return all, err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return all, notMissing(err)
	}
	for _, e := range files {
		kind, process := s.kind, ""
		switch {
		case !e.Type().IsRegular():
			continue
		case strings.HasPrefix(e.Name(), s.temporary):
			kind, process = Unfinished, processOf(filepath.Dir(dir), e.Name(), s.temporary)
		case !s.isOurs(e.Name()):
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return all, err
		}
		name := filepath.Join(dir, e.Name())
		all = append(all, stored{kind: kind, name: name, size: info.Size(), used: kind.lastUse(name, info), process: process})
	}
	return all, nil
}

// isOurs tells a key with what belongs around it from other names.
func (s *shelf) isOurs(name string) bool {
	rest, ends := strings.CutSuffix(name, s.ending)
	for _, prefix := range s.prefixes {
		if key, begins := strings.CutPrefix(rest, prefix); begins && ends && isKey(key) {
			return true
		}
	}
	return false
}

// notMissing drops the error that something is not there (any more).
func notMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
