package busybox

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
	"github.com/lamina-oci/lamina/layer/script/internal/ldcache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// muslLinker is musl's dynamic linker with --list, as which Alpine's script ldd calls it: it prints the libraries that a program loads, and
// what is missing. It does what ldso/dynlink.c of musl 1.2 does, but for addresses, which differ with each run: here they are always the same.
func muslLinker(c *Call) (int, error) {
	l, err := c.newLinker()
	if err != nil {
		return 0, err
	}
	args, isList := c.Args[1:], false
	for len(args) > 0 && strings.HasPrefix(args[0], "--") {
		option, value, hasValue := strings.Cut(args[0], "=")
		if args = args[1:]; option == "--" {
			break
		}
		switch {
		case option == "--list" && !hasValue:
			isList = true
			continue
		case option != "--library-path" && option != "--preload" && option != "--argv0":
			return l.usage(isList)
		}
		if !hasValue {
			if len(args) == 0 {
				return l.usage(isList)
			}
			value, args = args[0], args[1:]
		}
		switch option {
		case "--library-path":
			l.path = value
		case "--preload":
			l.preload = value
		}
	}
	if len(args) == 0 {
		return l.usage(isList)
	}
	if !isList {
		return c.RefuseProgram(c.Args[0], "%s is supported with --list only, as ldd calls it", c.Args[0])
	}
	return l.list(args[0])
}

// linker is a run of the dynamic linker.
type linker struct {
	c       *Call
	program []byte // the dynamic linker itself
	about   *ldcache.Dynamic
	arch    string

	path, preload string
	name          string // by which programs call the dynamic linker
	systemPath    *string
	loaded        []*linkedFile // in order, the program first
	isLinked      bool          // the dynamic linker, which is the C library, is one of them
	reported      map[string]bool
	next          uint64 // address above that of the next library
	last          error  // of the last file that could not be opened: the reason, too, where there is no directory to look into
	hasFailed     bool
}

// linkedFile is a program or library.
type linkedFile struct {
	*ldcache.Dynamic
	name     string // its path
	short    string // by which others need it; "" if that was a path
	node     *tree.Node
	neededBy *linkedFile
}

// Addresses at which libraries are said to be: each has its own part of the address space, which ends where the one before begins.
const (
	linkerAddress = 0x7ffff7f00000
	libraryAlign  = 0x200000
)

// newLinker reads the dynamic linker that was called.
func (c *Call) newLinker() (*linker, error) {
	name, b, err := c.readProgram()
	if err != nil {
		return nil, err
	}
	l := &linker{c: c, program: b, path: c.Env("LD_LIBRARY_PATH"), preload: c.Env("LD_PRELOAD"), name: c.Args[0],
		reported: make(map[string]bool), next: linkerAddress, last: tree.Errno("No error information")}
	n, err := c.look(name, true)
	if err != nil {
		return nil, err
	}
	l.about, err = l.readFile(n, name)
	arch := regexp.MustCompile(`%\.\*s/etc/ld-musl-([a-z0-9_-]+)\.path\x00`).FindSubmatch(b)
	if Fatal(err) {
		return nil, err
	}
	if err != nil || arch == nil {
		return nil, c.Unsupported(c.Line, "%s is not musl's dynamic linker", name)
	}
	l.arch = string(arch[1])
	return l, nil
}

func (l *linker) usage(isList bool) (int, error) {
	version := regexp.MustCompile(`\x00(1\.[0-9]+\.[0-9]+[a-z0-9_]*)\x00`).FindSubmatch(l.program)
	if version == nil {
		return 0, l.c.Unsupported(l.c.Line, "%s does not have its version", l.c.Args[0])
	}
	args := " [args]"
	if isList {
		args = ""
	}
	fmt.Fprintf(&l.c.Err, "musl libc (%s)\nVersion %s\nDynamic Program Loader\nUsage: %s [options] [--] pathname%s\n", l.arch, version[1], l.c.Args[0], args)
	return 1, nil
}

// errExecFormat is a file that is neither a program nor a library.
const errExecFormat tree.Errno = "Exec format error"

// list prints what a program loads.
func (l *linker) list(name string) (int, error) {
	n, err := l.open(name)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		fmt.Fprintf(&l.c.Err, "%s: cannot load %s: %s\n", l.c.Args[0], name, Reason(err))
		return 1, nil
	}
	about, err := l.readFile(n, name)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		fmt.Fprintf(&l.c.Err, "%s: %s: Not a valid dynamic program\n", l.c.Args[0], name)
		return 1, nil
	}
	if about.Interpreter != "" {
		l.name = about.Interpreter
	}
	fmt.Fprintf(&l.c.Out, "\t%s (%#x)\n", l.name, uint64(linkerAddress))
	l.loaded = []*linkedFile{{Dynamic: about, name: name, node: n}}
	for _, preloaded := range strings.FieldsFunc(l.preload, func(r rune) bool { return strings.ContainsRune(" \t\n\v\f\r:", r) }) {
		if err := l.load(preloaded, nil); Fatal(err) {
			return 0, err
		}
	}
	for i := 0; i < len(l.loaded); i++ {
		file := l.loaded[i]
		for _, needed := range file.Needed {
			err := l.load(needed, file)
			if Fatal(err) {
				return 0, err
			}
			if err != nil {
				l.fail("Error loading shared library %s: %s (needed by %s)", needed, Reason(err), file.name)
			}
		}
	}
	l.relocate()
	if err := l.c.Bounded(); err != nil {
		return 0, err
	}
	if l.hasFailed {
		return 127, nil
	}
	return 0, nil
}

func (l *linker) fail(format string, args ...any) {
	l.hasFailed = true
	fmt.Fprintf(&l.c.Err, format+"\n", args...)
}

// open returns a file that can be read.
func (l *linker) open(name string) (*tree.Node, error) {
	if err := l.c.spend(pathCost); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, tree.ErrNotExist
	}
	n, err := l.c.look(name, true)
	if err == nil {
		err = l.c.Tree.Access(n, tree.Read)
	}
	if err != nil {
		l.last = err
	}
	return n, err
}

// readFile reads a program or library. The error is a [tree.Errno] if the file is neither.
func (l *linker) readFile(n *tree.Node, name string) (*ldcache.Dynamic, error) {
	if n.Type == tree.Directory {
		return nil, tree.ErrIsDir
	}
	if n.Type != tree.Regular {
		return nil, errExecFormat
	}
	reader := partReader{c: l.c, n: n}
	about, err := ldcache.ReadDynamic(n.Size, reader.open)
	if failure := reader.end(); failure != nil {
		return nil, failure
	}
	switch {
	case errors.Is(err, ldcache.ErrNotELF), errors.Is(err, ldcache.ErrNotDynamic),
		err == nil && about.Type != elf.ET_DYN && about.Type != elf.ET_EXEC:
		return nil, errExecFormat
	case err != nil:
		return nil, l.c.Unsupported(l.c.Line, "%s: %s cannot be read: %v", path.Base(l.c.Args[0]), name, err)
	case l.about != nil && (about.Machine != l.about.Machine || about.Class != l.about.Class):
		return nil, l.c.Unsupported(l.c.Line, "%s: %s is for another machine, which is not supported", path.Base(l.c.Args[0]), name)
	}
	symbols := 0
	for _, name := range about.Defined {
		symbols += len(name)
	}
	return about, l.c.spend(symbols)
}

// ownNames begin the names of libraries that the dynamic linker takes for itself, behind "lib".
var ownNames = [...]string{"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."}

// load loads a library for a file unless it is loaded already.
func (l *linker) load(name string, neededBy *linkedFile) error {
	isOwn := name == l.name
	for _, own := range ownNames {
		if strings.HasPrefix(name, "lib"+own) {
			if isOwn = true; !l.reported[own] {
				l.reported[own] = true
				fmt.Fprintf(&l.c.Out, "\t%s => %s (%#x)\n", name, l.name, uint64(linkerAddress))
			}
			break
		}
	}
	if isOwn {
		l.isLinked = true
		return nil
	}
	at, short := name, ""
	var n *tree.Node
	var err error
	if strings.Contains(name, "/") {
		n, err = l.open(name)
	} else {
		for _, file := range l.loaded[1:] {
			if file.short == name {
				return nil
			}
		}
		if n, at, err = l.search(name, neededBy); at != "" {
			short = path.Base(at)
		}
	}
	if err != nil {
		return err
	}
	for _, file := range l.loaded[1:] {
		if file.node == n {
			if file.short == "" {
				file.short = short
			}
			return nil
		}
	}
	about, err := l.readFile(n, at)
	if err != nil {
		l.last = err
		return err
	}
	if isCLibrary(about) {
		return l.load("libc.so", neededBy)
	}
	l.loaded = append(l.loaded, &linkedFile{Dynamic: about, name: at, short: short, node: n, neededBy: neededBy})
	l.next -= (uint64(n.Size) + libraryAlign) &^ (libraryAlign - 1)
	fmt.Fprintf(&l.c.Out, "\t%s => %s (%#x)\n", name, at, l.next)
	return nil
}

// isCLibrary reports whether a library is a C library, which is not loaded beside the dynamic linker's own.
func isCLibrary(about *ldcache.Dynamic) bool {
	found := 0
	for _, name := range about.Defined {
		if name == "__libc_start_main" || name == "stdin" {
			found++
		}
	}
	return found >= 2
}

// relocate reports the symbols that nothing has: those of the libraries, then those of the program.
func (l *linker) relocate() {
	defined := make(map[string]bool) // whether another one than the program has it
	for _, name := range l.loaded[0].Defined {
		defined[name] = false
	}
	for _, file := range l.loaded[1:] {
		for _, name := range file.Defined {
			defined[name] = true
		}
	}
	if l.isLinked {
		for _, name := range l.about.Defined {
			defined[name] = true
		}
	}
	for i := range l.loaded {
		file := l.loaded[(i+1)%len(l.loaded)]
		for _, wanted := range file.Wanted {
			if ofLibrary, ok := defined[wanted.Name]; (!ok || wanted.IsCopy && !ofLibrary) && !l.isLargeFile(wanted.Name) {
				l.fail("Error relocating %s: %s: symbol not found", file.name, wanted.Name)
			}
		}
	}
}

// isLargeFile reports whether the dynamic linker has a symbol under its name without 64, such as open64, which musl has no more for other
// than programs that exist (get_lfs64 in ldso/dynlink.c).
func (l *linker) isLargeFile(name string) bool {
	if name == "readdir64_r" {
		return true
	}
	plain, isLarge := strings.CutSuffix(name, "64")
	if !isLarge {
		return false
	}
	_, table, found := bytes.Cut(l.program, []byte("\x00aio_cancel\x00aio_error\x00"))
	table, _, _ = bytes.Cut(table, []byte{0, 0})
	return found && (plain == "aio_cancel" || plain == "aio_error" || bytes.Contains(append([]byte{0}, table...), []byte("\x00"+plain+"\x00")))
}
