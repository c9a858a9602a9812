package busybox

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/ldcache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// ldconfig is glibc's ldconfig: it makes /etc/ld.so.cache, and the links by which programs ask for libraries. It does not keep
// /var/cache/ldconfig/aux-cache, which has numbers of the machine's file system. musl's is a shell script, and runs as one.
func ldconfig(c *Call) (int, error) {
	opts, args, err := c.getopt("pvNXr:C:f:nlc:i", "print-cache=p verbose=v format=c ignore-aux-cache=i")
	if err != nil {
		return 0, err
	}
	l := &linkCache{
		c: c, isVerbose: opts.has('v'), makesLinks: !opts.has('X'), makesCache: !opts.has('N') && !opts.has('n'),
		cache: "/etc/ld.so.cache", conf: "/etc/ld.so.conf", found: make(map[string]bool),
	}
	if value, ok := opts.last('C'); ok {
		l.cache = value
	}
	if value, ok := opts.last('f'); ok {
		l.conf = value
	}
	root, _ := opts.last('r')
	format, hasFormat := opts.last('c')
	if strings.Trim(root, "/") != "" || hasFormat && format != "new" || opts.has('l') {
		return 0, c.Unsupported(c.Line, "%s: ldconfig is not supported with -l, with -r but for the root, and with -c but for new", strings.Join(c.Args, " "))
	}
	if l.program, err = c.ldconfigProgram(); err != nil {
		return c.made(err)
	}
	if opts.has('p') {
		return l.print()
	}
	status, err := l.run(args, !opts.has('n'))
	if errors.Is(err, errEnded) {
		return status, nil
	}
	if err != nil {
		return c.made(err)
	}
	return status, nil
}

// maxProgram bounds the size of a program that is read, in bytes.
const maxProgram = 8 << 20

// readProgram reads the program that was called, and returns its path, too.
func (c *Call) readProgram() (name string, content []byte, err error) {
	if name = c.Args[0]; !strings.Contains(name, "/") {
		if name, err = c.LookPath(name); err != nil {
			return "", nil, err
		}
	}
	if content, err = c.Tree.ReadFile(c.Path(name), maxProgram); err == nil {
		err = c.spend(len(content))
	}
	return name, content, err
}

// ldconfigProgram reads the program that was called.
func (c *Call) ldconfigProgram() (*ldcache.Program, error) {
	name, b, err := c.readProgram()
	if err != nil {
		return nil, err
	}
	p, err := ldcache.ReadProgram(b)
	if err != nil {
		return nil, fmt.Errorf("%s is not glibc's: %w", name, err)
	}
	return p, nil
}

// linkCache is a run of ldconfig.
type linkCache struct {
	c                                 *Call
	program                           *ldcache.Program
	isVerbose, makesLinks, makesCache bool
	cache, conf                       string

	dirs    []libraryDir
	found   map[string]bool // directories by their paths without links
	hwcaps  []string        // names of directories in glibc-hwcaps
	entries []ldcache.Entry
}

// libraryDir is a directory to look into.
type libraryDir struct {
	path   string // as given
	hwcaps string // its name in glibc-hwcaps; "" elsewhere
	from   string // what names it, for messages
}

// errEnded ends a run with a message that was printed and status 1.
var errEnded = errors.New("ended")

// glibcReason is [Reason] in the words of glibc.
func glibcReason(err error) string {
	if errors.Is(err, tree.ErrLoop) {
		return "Too many levels of symbolic links"
	}
	return Reason(err)
}

func (l *linkCache) complain(format string, args ...any) { l.c.complain(format, args...) }

func (l *linkCache) print() (int, error) {
	b, err := l.c.Tree.ReadFile(l.c.file(l.cache), MaxInput)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		l.complain("Can't open cache file %s\n: %s", l.cache, glibcReason(err))
		return 1, nil
	}
	if len(b) == 0 {
		return 0, nil
	}
	text, err := l.program.Print(l.cache, b)
	l.c.Out.WriteString(text)
	return l.c.made(err)
}

func (l *linkCache) run(args []string, readsConf bool) (int, error) {
	for _, dir := range args {
		if l.makesCache && !strings.HasPrefix(dir, "/") {
			l.complain("relative path `%s' used to build cache", dir)
			return 1, nil
		}
		if err := l.add(dir, "<cmdline>:0"); err != nil {
			return 1, err
		}
	}
	if readsConf {
		if err := l.readConf(l.conf, 0); err != nil {
			return 1, err
		}
		for _, dir := range l.program.Dirs {
			if err := l.add(dir, "<builtin>:0"); err != nil {
				return 1, err
			}
		}
	}
	for i := range l.dirs {
		if err := l.search(&l.dirs[i]); err != nil {
			return 1, err
		}
	}
	if !l.makesCache {
		return 0, nil
	}
	at := l.c.file(l.cache)
	content := l.program.Encode(l.entries, l.hwcaps)
	if err := l.c.spend(len(content)); err != nil {
		return 1, err
	}
	err := l.c.Tree.Remove(at)
	if err == nil || errors.Is(err, tree.ErrNotExist) {
		err = l.c.Tree.WriteFile(at, content, 0o644)
	}
	if Fatal(err) {
		return 1, err
	}
	if err != nil {
		l.complain("Can't create temporary cache file %s~: %s", l.cache, glibcReason(err))
		return 1, nil
	}
	return 0, nil
}

// maxIncludes bounds how deep configuration files may include others.
const maxIncludes = 32

// readConf reads a configuration file: a directory a line, or "include" and patterns of files.
func (l *linkCache) readConf(name string, depth int) error {
	if depth > maxIncludes {
		return fmt.Errorf("%s: configuration files include others more than %d deep", name, maxIncludes)
	}
	text, err := l.c.Tree.ReadFile(l.c.file(name), MaxInput)
	switch {
	case Fatal(err):
		return err
	case errors.Is(err, tree.ErrNotExist):
		return nil
	case errors.Is(err, tree.ErrIsDir): // it can be opened, and then not read
		return nil
	case err != nil:
		l.complain("Warning: ignoring configuration file that cannot be opened: %s: %s", name, glibcReason(err))
		return nil
	}
	if err := l.c.received(len(text)); err != nil {
		return err
	}
	const space = " \t\n\v\f\r"
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		line, _, _ = strings.Cut(line, "\x00")
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimLeft(line, space)
		patterns, isInclude := strings.CutPrefix(line, "include")
		switch {
		case line == "":
		case isInclude && strings.IndexAny(patterns, " \t") == 0:
			for pattern := range strings.FieldsFuncSeq(patterns, func(r rune) bool { return r == ' ' || r == '\t' }) {
				if err := l.include(name, pattern, depth); err != nil {
					return err
				}
			}
		case len(line) > 5 && strings.EqualFold(line[:5], "hwcap") && (line[5] == ' ' || line[5] == '\t'):
			l.complain("%s:%d: hwcap directive ignored", name, i+1)
		default:
			if err := l.add(line, fmt.Sprintf("%s:%d", name, i+1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// include reads the configuration files that a pattern names.
func (l *linkCache) include(from, pattern string, depth int) error {
	if !strings.HasPrefix(pattern, "/") && strings.Contains(from, "/") {
		pattern = path.Dir(from) + "/" + pattern
	}
	if strings.ContainsAny(pattern, `[\`) {
		return fmt.Errorf("%s: include %s: only * and ? are supported in patterns", from, pattern)
	}
	names, err := l.c.Tree.Glob(l.c.file(pattern))
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), ".") && !strings.HasPrefix(path.Base(pattern), ".") {
			continue
		}
		if err := l.readConf("/"+name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// add adds a directory and those in its glibc-hwcaps, each unless it is there by another path.
func (l *linkCache) add(dir, from string) error {
	if strings.Contains(dir, "=") && l.program.Minor < 40 {
		return fmt.Errorf("%s: a directory with the type of its libraries, %s, is not supported", from, dir)
	}
	dir = strings.TrimRight(strings.TrimRight(dir, " \t\n\v\f\r"), "/")
	if dir == "" {
		return nil
	}
	isNew, err := l.addSingle(libraryDir{path: dir, from: from}, true)
	if err != nil || !isNew {
		return err
	}
	above := dir + "/glibc-hwcaps"
	names, err := l.c.Tree.ReadDir(l.c.file(above))
	if Fatal(err) {
		return err
	}
	for _, name := range names { // none on an error
		n, err := l.c.look(above+"/"+name, true)
		if Fatal(err) {
			return err
		}
		if err != nil || n.Type != tree.Directory || name[0] == '.' || strings.Contains(name, ":") {
			continue
		}
		if !slices.Contains(l.hwcaps, name) {
			l.hwcaps = append(l.hwcaps, name)
		}
		if _, err := l.addSingle(libraryDir{above + "/" + name, name, from}, false); err != nil {
			return err
		}
	}
	return nil
}

func (l *linkCache) addSingle(dir libraryDir, says bool) (isNew bool, err error) {
	_, err = l.c.look(dir.path, true)
	resolved := ""
	if err == nil {
		resolved, err = l.c.Tree.Resolve(l.c.file(dir.path), true)
	}
	switch {
	case Fatal(err):
		return false, err
	case err != nil:
		if l.isVerbose {
			l.complain("Can't stat %s: %s", dir.path, glibcReason(err))
		}
		return false, nil
	case l.found[resolved]:
		if l.isVerbose && says {
			l.complain("Path `%s' given more than once", dir.path)
			i := slices.IndexFunc(l.dirs, func(other libraryDir) bool {
				at, err := l.c.Tree.Resolve(l.c.file(other.path), true)
				return err == nil && at == resolved
			})
			fmt.Fprintf(&l.c.Err, "(from %s and %s)\n", dir.from, l.dirs[i].from)
		}
		return false, nil
	}
	l.found[resolved] = true
	l.dirs = append(l.dirs, dir)
	return true, nil
}
