package shell

import (
	"errors"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/tree"
)

// fields adds the fields of an expanded word to a list.
func (x *expansion) fields(list []string) ([]string, error) {
	ifs := x.p.ifs()
	parts := func(i int) bool {
		return x.kind[i]&isSplit != 0 && (x.kind[i]&isBreak != 0 || strings.IndexByte(ifs, x.text[i]) >= 0)
	}
	// Between the words of "$@" without quotes ash has a byte that parts them as a space in IFS would.
	white := func(i int) bool { return x.kind[i]&isBreak != 0 || strings.IndexByte(" \t\n", x.text[i]) >= 0 }
	start := 0
	for i := 0; i < len(x.text); i++ {
		broken := x.kind[i]&(isBreak|isSplit) == isBreak
		switch {
		case broken:
		case !parts(i):
			continue
		case white(i) && i == start:
			start = i + 1
			continue
		}
		var err error
		if list, err = x.field(list, start, i, !white(i)); err != nil {
			return nil, err
		}
		if !broken {
			// One separator that is no space, with space on both its sides, is one.
			seen := !white(i)
			for i+1 < len(x.text) && parts(i+1) && (white(i+1) || !seen) {
				i++
				seen = seen || !white(i)
			}
		}
		start = i + 1
	}
	return x.field(list, start, len(x.text), false)
}

// field adds what lies between two places, with pathnames expanded.
func (x *expansion) field(list []string, from, to int, evenEmpty bool) ([]string, error) {
	there, magic := evenEmpty, false
	out := make([]byte, 0, to-from)
	for i := from; i < to; i++ {
		there = true
		if x.kind[i]&isMark != 0 {
			continue
		}
		if x.kind[i]&isQuoted == 0 && strings.IndexByte("*?[", x.text[i]) >= 0 && (i == from || x.text[i-1] != '\\' || x.kind[i-1]&isQuoted != 0) {
			magic = true
		}
		out = append(out, x.text[i])
	}
	if !there {
		return list, nil
	}
	if magic && !x.p.flags.noglob {
		paths, err := x.p.glob(x.pattern(from, to))
		if err != nil {
			return nil, err
		}
		if len(paths) > 0 {
			return append(list, paths...), nil
		}
	}
	return append(list, string(out)), nil
}

// glob returns the paths that match a pattern, in bytewise order.
func (p *process) glob(pattern string) ([]string, error) {
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
			matches, err := p.globOne(dir+prefix, part, more)
			if err != nil {
				return nil, err
			}
			for _, m := range matches {
				size += len(m) + 32
			}
			next = append(next, matches...)
			if size > maxFields {
				return nil, p.refuse("pattern %q matches more than %d bytes of names", pattern, maxFields)
			}
		}
		found = next
	}
	slices.Sort(found)
	return found, nil
}

// globOne returns what matches one name of a pattern in a directory.
func (p *process) globOne(dir, part string, mustBeDir bool) ([]string, error) {
	if err := p.tick(); err != nil {
		return nil, err
	}
	full := busybox.Absolute(p.dir, dir)
	if !strings.ContainsAny(part, "*?[") {
		name := dir + strings.NewReplacer(`\\`, `\`, `\`, "").Replace(part)
		if _, err := p.Tree.Lstat(busybox.Absolute(p.dir, name)); err != nil {
			return nil, nil
		}
		return []string{name}, nil
	}
	names, err := p.Tree.ReadDir(full)
	if err != nil {
		if errors.Is(err, tree.ErrNotExist) || !busybox.Fatal(err) {
			return nil, nil
		}
		return nil, err
	}
	hidden := strings.HasPrefix(part, ".") || strings.HasPrefix(part, `\.`)
	if hidden {
		names = append([]string{".", ".."}, names...)
	}
	var found []string
	for _, name := range names {
		if strings.HasPrefix(name, ".") && !hidden {
			continue
		}
		if ok, err := p.match(part, name); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		if mustBeDir {
			if n, err := p.Tree.Stat(full + "/" + name); err != nil || n.Type != tree.Directory {
				continue
			}
		}
		found = append(found, dir+name)
	}
	return found, nil
}
