package busybox

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// search looks for a library where programs look for it.
func (l *linker) search(name string, neededBy *linkedFile) (n *tree.Node, at string, err error) {
	isOver := false
	if l.path != "" {
		n, at, isOver, err = l.searchPath(name, l.path)
	}
	for file := neededBy; n == nil && !isOver && file != nil; file = file.neededBy {
		if dirs := runPath(file); dirs != "" {
			n, at, isOver, err = l.searchPath(name, dirs)
		}
	}
	if n == nil && !isOver {
		system, fatal := l.systemDirs()
		if fatal != nil {
			return nil, "", fatal
		}
		n, at, _, err = l.searchPath(name, system)
	}
	return n, at, err
}

// searchPath looks into directories. The search is over with an error other than that there is no such file.
func (l *linker) searchPath(name, dirs string) (n *tree.Node, at string, isOver bool, err error) {
	err = l.last
	for dir := range strings.FieldsFuncSeq(dirs, func(r rune) bool { return r == ':' || r == '\n' }) {
		at := dir + "/" + name
		if n, err = l.open(at); err == nil {
			return n, at, true, nil
		}
		if !errors.Is(err, tree.ErrNotExist) && !errors.Is(err, tree.ErrNotDir) && !errors.Is(err, tree.ErrPermission) {
			return nil, "", true, err
		}
	}
	return nil, "", false, err
}

// runPath returns the directories that a file names for what it needs.
func runPath(file *linkedFile) string {
	dirs := file.RunPath
	for at := strings.IndexByte(dirs, '$'); at >= 0; {
		if !strings.HasPrefix(dirs[at:], "$ORIGIN") && !strings.HasPrefix(dirs[at:], "${ORIGIN}") {
			return ""
		}
		next := strings.IndexByte(dirs[at+1:], '$')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	origin := "."
	if i := strings.LastIndexByte(file.name, '/'); i >= 0 {
		origin = file.name[:i]
	}
	return strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(dirs)
}

// systemDirs returns the directories of the file of the dynamic linker, or those that it has without one.
func (l *linker) systemDirs() (string, error) {
	if l.systemPath != nil {
		return *l.systemPath, nil
	}
	dirs, prefix := "/lib:/usr/local/lib:/usr/lib", ""
	if strings.HasPrefix(l.name, "/") {
		// Two levels up from the dynamic linker.
		prefix = path.Dir(l.name)
		prefix = prefix[:strings.LastIndexByte(prefix, '/')]
	}
	at := prefix + "/etc/ld-musl-" + l.arch + ".path"
	b, err := l.c.Tree.ReadFile(l.c.file(at), MaxInput)
	switch {
	case Fatal(err):
		return "", err
	case err == nil:
		b, _, _ = bytes.Cut(b, []byte{0})
		if dirs = string(b); l.c.spend(len(b)) != nil {
			return "", l.c.Failure()
		}
	case errors.Is(err, tree.ErrNotExist):
		l.last = err
	default:
		l.last, dirs = err, ""
	}
	l.systemPath = &dirs
	return dirs, nil
}
