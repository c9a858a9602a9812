package busybox

import (
	"archive/tar"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// readLists adds the names of -T and the patterns of -X, a line each. Those of -T come before the names of the command line.
func (t *tarCall) readLists() (problem string, err error) {
	for _, name := range t.opts.all('X') {
		lines, problem, err := t.recordsOf(name)
		if problem != "" || err != nil {
			return problem, err
		}
		for _, line := range lines {
			pattern := string(chomp(line))
			if !t.isOther() {
				pattern = withoutSlash(pattern)
			}
			t.exclude = append(t.exclude, pattern)
		}
	}
	var names []string
	for _, name := range t.opts.all('T') {
		lines, problem, err := t.recordsOf(name)
		if problem != "" || err != nil {
			return problem, err
		}
		for _, line := range lines {
			names = append(names, withoutSlash(string(chomp(line))))
		}
	}
	t.members = slices.Concat(names, t.members)
	return "", nil
}

// gnuExcludes reports whether GNU's tar leaves a path out: a pattern matches it, or a directory that it is in, from one of its components on.
func gnuExcludes(patterns []string, name string) bool {
	name = withoutSlash(name)
	for begin := range len(name) {
		if begin > 0 && name[begin-1] != '/' {
			continue
		}
		for end := begin + 1; end <= len(name); end++ {
			if end < len(name) && name[end] != '/' {
				continue
			}
			if matchesAny(patterns, name[begin:end]) {
				return true
			}
		}
	}
	return false
}

// withoutSlash returns the name of a member as it is compared.
func withoutSlash(name string) string {
	if len(name) > 1 {
		return strings.TrimSuffix(name, "/")
	}
	return name
}

// describe prints a member of an archive for -tv: mode, owner, size and time before its name.
func (c *Call) describe(h *tar.Header, name string) error {
	zone, err := c.zone()
	if err != nil {
		return err
	}
	link := ""
	if h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeSymlink {
		link = " -> " + h.Linkname
	}
	kind := map[byte]byte{tar.TypeDir: 'd', tar.TypeSymlink: 'l', tar.TypeChar: 'c', tar.TypeBlock: 'b', tar.TypeFifo: 'p'}[h.Typeflag]
	mode := modeText(cmp.Or(kind, '-'), uint16(h.Mode&0o7777))
	fmt.Fprintf(&c.Out, "%s %s/%s %9d %s %s%s\n", mode, cmp.Or(h.Uname, strconv.Itoa(h.Uid)), cmp.Or(h.Gname, strconv.Itoa(h.Gid)), h.Size,
		h.ModTime.In(zone).Format("2006-01-02 15:04:05"), name, link)
	return c.emit()
}
