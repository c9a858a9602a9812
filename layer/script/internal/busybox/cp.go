package busybox

import (
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/layer/tree"
)

func cp(c *Call) (int, error) {
	opts, args, err := c.getopt("apdRrPLHflsnuTt:v\x01\x02\x03::\x04::", "parents=\x01 remove-destination=\x02 reflink=\x03 "+
		"archive=a force=f link=l dereference=L no-dereference=P recursive=R symbolic-link=s no-target-directory=T target-directory=t update=u "+
		"no-clobber=n verbose=v")
	if err != nil {
		return 0, err
	}
	preserve, preserves := opts.last('\x04') // of GNU's cp
	if preserves && preserve != "" && preserve != "mode,ownership,timestamps" {
		return 0, c.Unsupported(c.Line, "cp: --preserve=%s is not supported", preserve)
	}
	cp := copier{
		c: c, preserve: opts.has('p') || opts.has('a') || preserves, recursive: opts.has('r') || opts.has('R') || opts.has('a'),
		link: opts.has('l'), symlink: opts.has('s'), keep: opts.has('n'), update: opts.has('u'), verbose: opts.has('v'),
		copied: make(map[*tree.Node]string), made: make(map[*tree.Node]bool),
	}
	// Links are followed unless -d, -P, -a or recursion say otherwise; -L has the last word.
	cp.follow = opts.has('L') || !(opts.has('d') || opts.has('P') || cp.recursive)
	cp.followFirst = cp.follow || opts.has('H')
	switch how, isClone := opts.last('\x03'); {
	case how != "" && how != "auto" && how != "always":
		return c.usage(), nil
	case isClone && how != "auto":
		return 0, c.Unsupported(c.Line, "cp: --reflink without auto depends on the file system, and is not supported")
	}
	into, hasInto := opts.last('t')
	if hasInto {
		args = append(args, into)
	}
	if len(args) < 2 {
		return c.usage(), nil
	}
	sources, last := args[:len(args)-1], args[len(args)-1]
	if opts.has('T') && len(sources) > 1 {
		return c.usage(), nil
	}
	if len(sources) == 1 && !hasInto {
		source, ok := c.kind(sources[0], cp.follow)
		if !ok {
			return 1, nil
		}
		target, ok := c.kind(last, true)
		if !ok {
			return 1, nil
		}
		if opts.has('T') && target == isDirectory && source != isDirectory {
			return c.complain("'%s' is a directory", last), nil
		}
		if opts.has('\x01') && target != isDirectory {
			return c.complain("with --parents, the destination must be a directory"), nil
		}
		if source != isDirectory && target != isDirectory || cp.recursive && source == isDirectory && target == isAbsent || opts.has('T') {
			return cp.result(cp.copy(sources[0], last, cp.followFirst))
		}
	}
	failed := false
	for _, source := range sources {
		name, dest := stripped(source), join(last, lastComponent(source))
		if opts.has('\x01') {
			name, dest = source, join(last, source)
			if at, _, err := c.makeInherited(parent(dest), c.masked(0o777), false); err != nil {
				return c.complain("can't create directory '%s': %s", at, Reason(err)), nil
			}
		}
		ok, err := cp.copy(name, dest, cp.followFirst)
		if err != nil {
			return 0, err
		}
		failed = failed || !ok
	}
	return cp.result(!failed, nil)
}

// kind is what there is at a path.
type kind uint8

const (
	isAbsent kind = iota
	isFile
	isDirectory
)

// kind looks at an operand. It is not ok if the look fails otherwise than by absence,
// which is said.
func (c *Call) kind(name string, follow bool) (kind, bool) {
	n, err := c.look(name, follow)
	switch {
	case errors.Is(err, tree.ErrNotExist):
		return isAbsent, true
	case err != nil:
		c.complain("can't stat '%s': %s", name, Reason(err))
		return isAbsent, false
	case n.Type == tree.Directory:
		return isDirectory, true
	}
	return isFile, true
}

// copier copies files as busybox does for cp and install.
type copier struct {
	c                                        *Call
	preserve, recursive, follow, followFirst bool
	link, symlink, keep, update, verbose     bool
	copied                                   map[*tree.Node]string // files with several names to the first copy
	made                                     map[*tree.Node]bool   // directories: a copy into itself ends there
	depth                                    int
}

func (cp *copier) result(ok bool, err error) (int, error) {
	if ok || err != nil {
		return 0, err
	}
	return 1, nil
}

func (cp *copier) complain(format string, args ...any) (bool, error) {
	cp.c.complain(format, args...)
	return false, nil
}

// copy copies one file or directory and says what it cannot.
func (cp *copier) copy(source, dest string, follow bool) (bool, error) {
	c := cp.c
	if err := c.spend(pathCost); err != nil {
		return false, err
	}
	if err := c.RefuseInput(c.Line, c.file(source)); err != nil {
		return false, err
	}
	from, err := c.look(source, follow)
	if err != nil {
		if cp.link || cp.symlink {
			return cp.makeLink(source, dest)
		}
		return cp.complain("can't stat '%s': %s", source, Reason(err))
	}
	to, err := c.look(dest, false)
	switch {
	case errors.Is(err, tree.ErrNotExist):
	case err != nil:
		return cp.complain("can't stat '%s': %s", dest, Reason(err))
	case from == to:
		return cp.complain("'%s' and '%s' are the same file", source, dest)
	}
	if from.Type == tree.Directory {
		return cp.said(source, dest)(cp.copyDirectory(source, dest, from, to))
	}
	if to != nil && (cp.keep || cp.update && !from.ModTime.After(to.ModTime)) {
		return true, nil
	}
	switch {
	case cp.link || cp.symlink:
		return cp.makeLink(source, dest)
	case from.Type == tree.Regular:
		return cp.said(source, dest)(cp.copyFile(source, dest, from, follow))
	case from.Type == tree.Symlink:
		return cp.said(source, dest)(cp.copyLink(dest, from, to))
	case !cp.recursive:
		content, err := c.open(c.followed(c.file(source)), false)
		if Fatal(err) {
			return false, err
		} else if err != nil {
			return cp.complain("can't open '%s': %s", source, Reason(err))
		}
		if ok, err := cp.create(dest, c.masked(0o666)); !ok {
			return ok, err
		}
		if err := c.Tree.WriteFile(c.file(dest), content, c.masked(0o666)); err != nil {
			return false, err
		}
		return true, nil
	}
	if to != nil {
		if ok, err := cp.unlink(dest, tree.ErrExist); !ok {
			return ok, err
		}
	}
	if err := c.Tree.Mknod(c.file(dest), from.Type, c.masked(from.Mode), from.Major, from.Minor); err != nil {
		return cp.complain("can't create '%s': %s", dest, Reason(err))
	}
	return cp.said(source, dest)(cp.preserveStatus(dest, from))
}

// said returns a function that hands on how a copy went, and prints it with -v if it did.
func (cp *copier) said(source, dest string) func(ok bool, err error) (bool, error) {
	return func(ok bool, err error) (bool, error) {
		if ok && err == nil && cp.verbose {
			fmt.Fprintf(&cp.c.Out, "'%s' -> '%s'\n", source, dest)
		}
		return ok, err
	}
}

// maxDirectories bounds how deep directories are followed.
const maxDirectories = 1000

func (cp *copier) copyDirectory(source, dest string, from, to *tree.Node) (bool, error) {
	c := cp.c
	switch {
	case !cp.recursive:
		return cp.complain("omitting directory '%s'", source)
	case cp.made[from]:
		return cp.complain("recursion detected, omitting directory '%s'", source)
	case to != nil && to.Type != tree.Directory:
		return cp.complain("target '%s' is not a directory", dest)
	case cp.depth > maxDirectories:
		return false, c.Unsupported(c.Line, "%s: more than %d directories deep", c.Args[0], maxDirectories)
	}
	made := to
	if to == nil {
		if err := c.Tree.Mkdir(c.trimmed(dest), c.masked(from.Mode&0o777)); err != nil {
			return cp.complain("can't create directory '%s': %s", dest, Reason(err))
		}
		var err error
		if made, err = c.look(dest, false); err != nil {
			return cp.complain("can't stat '%s': %s", dest, Reason(err))
		}
	}
	cp.made[made] = true
	ok := true
	cp.depth++
	defer func() { cp.depth-- }()
	names, err := c.Tree.Names(from)
	ok = err == nil // busybox fails, and says nothing
	for _, name := range names {
		copied, err := cp.copy(join(source, name), join(dest, name), cp.follow)
		if err != nil {
			return false, err
		}
		ok = ok && copied
	}
	if to == nil {
		if err := c.Tree.Chmod(made, c.masked(from.Mode)); err != nil {
			c.complain("can't preserve permissions of '%s': %s", dest, Reason(err))
		}
	}
	if _, err := cp.preserveStatus(dest, from); err != nil {
		return false, err
	}
	return ok, nil
}

func (cp *copier) copyFile(source, dest string, from *tree.Node, follow bool) (bool, error) {
	c := cp.c
	if !follow && from.Links() > 1 {
		if first, ok := cp.copied[from]; ok {
			err := c.Tree.Link(c.file(first), c.file(dest))
			if err == nil {
				return true, nil
			}
			if ok, err := cp.unlink(dest, err); !ok {
				return ok, err
			}
			if err := c.Tree.Link(c.file(first), c.file(dest)); err != nil {
				return cp.complain("can't create link '%s': %s", dest, Reason(err))
			}
			return true, nil
		}
		cp.copied[from] = dest
	}
	if err := c.Tree.Access(from, tree.Read); err != nil {
		return cp.complain("can't open '%s': %s", source, Reason(err))
	}
	ok, err := cp.create(dest, c.masked(from.Mode))
	if !ok {
		return false, err
	}
	n, err := c.look(dest, true)
	if err != nil {
		return cp.complain("can't stat '%s': %s", dest, Reason(err))
	}
	c.Tree.SetContent(n, from.Content, from.Size)
	return cp.preserveStatus(dest, from)
}

// create makes a new file, in place of what was there: as Alpine builds it, busybox never
// writes into a file that it finds.
func (cp *copier) create(dest string, mode uint16) (bool, error) {
	c := cp.c
	const flags = tree.Create | tree.Exclusive
	_, err := c.Tree.OpenWriter(c.file(dest), flags, mode)
	if err == nil {
		return true, nil
	}
	if ok, err := cp.unlink(dest, err); !ok {
		return ok, err
	}
	if _, err := c.Tree.OpenWriter(c.file(dest), flags, mode); err != nil {
		return cp.complain("can't create '%s': %s", dest, Reason(err))
	}
	return true, nil
}

func (cp *copier) copyLink(dest string, from, to *tree.Node) (bool, error) {
	c := cp.c
	if to != nil {
		if ok, err := cp.unlink(dest, tree.ErrExist); !ok {
			return ok, err
		}
	}
	if err := c.Tree.Symlink(from.Target, c.file(dest)); err != nil {
		return cp.complain("can't create symlink '%s' to '%s': %s", dest, from.Target, Reason(err))
	}
	if n, err := c.look(dest, false); err == nil && cp.preserve {
		if err := c.Tree.Chown(n, int64(from.UID), int64(from.GID)); err != nil {
			c.complain("can't preserve ownership of '%s': %s", dest, Reason(err))
		}
	}
	return true, nil
}

func (cp *copier) makeLink(source, dest string) (bool, error) {
	c := cp.c
	make := func() error {
		if cp.symlink {
			return c.Tree.Symlink(source, c.file(dest))
		}
		return c.Tree.Link(c.file(source), c.file(dest))
	}
	err := make()
	if err == nil {
		return true, nil
	}
	if ok, err := cp.unlink(dest, err); !ok {
		return ok, err
	}
	if err := make(); err != nil {
		return cp.complain("can't create link '%s': %s", dest, Reason(err))
	}
	return true, nil
}

// unlink makes place after a file could not be created for a reason.
func (cp *copier) unlink(dest string, why error) (bool, error) {
	if Fatal(why) {
		return false, why
	}
	n, err := cp.c.look(dest, false)
	if err == nil && n.Type == tree.Directory {
		err = tree.ErrIsDir
	}
	if err == nil {
		err = cp.c.Tree.Remove(cp.c.file(dest))
	}
	if err != nil {
		return cp.complain("can't create '%s': %s", dest, Reason(why))
	}
	return true, nil
}

// preserveStatus gives a copy the time, owner and mode of its source if -p says so.
// Extended attributes are not busybox' to copy.
func (cp *copier) preserveStatus(dest string, from *tree.Node) (bool, error) {
	if !cp.preserve {
		return true, nil
	}
	n, err := cp.c.look(dest, true)
	if err != nil {
		return cp.complain("can't preserve times of '%s': %s", dest, Reason(err))
	}
	mode := from.Mode
	if err := cp.c.Tree.SetTime(n, from.ModTime); err != nil {
		cp.c.complain("can't preserve times of '%s': %s", dest, Reason(err))
	}
	if err := cp.c.Tree.Chown(n, int64(from.UID), int64(from.GID)); err != nil {
		mode &^= 0o6000
		cp.c.complain("can't preserve ownership of '%s': %s", dest, Reason(err))
	}
	if err := cp.c.Tree.Chmod(n, mode); err != nil {
		cp.c.complain("can't preserve permissions of '%s': %s", dest, Reason(err))
	}
	return true, nil
}
