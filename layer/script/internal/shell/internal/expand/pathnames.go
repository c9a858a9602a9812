package expand

import (
	"errors"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/tree"
)

// glob returns the paths that match a pattern, in bytewise order.
func (s *Scope) glob(pattern string) ([]string, error) {
	found := []string{""}
	rest := pattern
	for rest != "" {
		slashes := len(rest) - len(strings.TrimLeft(rest, "/"))
		prefix := rest[:slashes]
		part, tail, _ := strings.Cut(rest[slashes:], "/")
		more := len(rest) > slashes+len(part)
		rest = tail
		if more {
			rest = "/" + tail
		}
		if part == "" {
			for i := range found {
				found[i] += prefix
			}
			break
		}
		var next []string
		size := 0
		for _, dir := range found {
			matches, err := s.globOne(dir+prefix, part, more)
			if err != nil {
				return nil, err
			}
			for _, m := range matches {
				size += len(m) + 32
			}
			next = append(next, matches...)
			if size > MaxFields {
				return nil, s.Refuse("pattern %q matches more than %d bytes of names", pattern, MaxFields)
			}
		}
		found = next
	}
	slices.Sort(found)
	return found, nil
}

// globOne returns what matches one name of a pattern in a directory.
func (s *Scope) globOne(dir, part string, mustBeDir bool) ([]string, error) {
	if err := s.Step(); err != nil {
		return nil, err
	}
	full := busybox.Absolute(s.Dir, dir)
	if !strings.ContainsAny(part, "*?[") {
		name := dir + strings.NewReplacer(`\\`, `\`, `\`, "").Replace(part)
		if _, err := s.Tree.Lstat(busybox.Absolute(s.Dir, name)); err != nil {
			return nil, nil
		}
		return []string{name}, nil
	}
	names, err := s.Tree.ReadDir(full)
	if err != nil {
		if errors.Is(err, tree.ErrNotExist) || !busybox.Fatal(err) {
			return nil, nil
		}
		return nil, err
	}
	hidden := strings.HasPrefix(part, ".") || strings.HasPrefix(part, `\.`) || s.Dotglob
	if hidden && !s.Bash {
		names = append([]string{".", ".."}, names...)
	}
	var found []string
	for _, name := range names {
		if strings.HasPrefix(name, ".") && !hidden {
			continue
		}
		if ok, err := s.Match(part, name); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		if mustBeDir {
			if n, err := s.Tree.Stat(full + "/" + name); err != nil || n.Type != tree.Directory {
				continue
			}
		}
		found = append(found, dir+name)
	}
	return found, nil
}
