package busybox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/ldcache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// sharedLibrary is a library of a directory.
type sharedLibrary struct {
	name, soname string
	isLink       bool // a link that leads to the name by which programs ask for it
	about        ldcache.Library
}

// search finds the libraries of a directory, the newest of each name, makes links to them and adds them to the cache.
func (l *linkCache) search(dir *libraryDir) error {
	if l.isVerbose {
		hwcap := ""
		if dir.hwcaps != "" {
			hwcap = fmt.Sprintf(" (hwcap: %q)", dir.hwcaps)
		}
		fmt.Fprintf(&l.c.Out, "%s:%s (from %s)\n", dir.path, hwcap, dir.from)
	}
	names, err := l.c.Tree.ReadDir(l.c.file(dir.path))
	if Fatal(err) {
		return err
	}
	if err != nil {
		if l.isVerbose {
			l.complain("Can't open directory %s: %s", dir.path, Reason(err))
		}
		return nil
	}
	var list []*sharedLibrary
	byName := make(map[string]*sharedLibrary)
	for _, name := range names {
		found, err := l.library(dir, name)
		if err != nil {
			return err
		}
		if found == nil {
			continue
		}
		other := byName[found.soname]
		if other == nil {
			list = append(list, found)
			byName[found.soname] = found
			continue
		}
		if other.about.Flags != found.about.Flags {
			return fmt.Errorf("%s: %s and %s have one name and differ in their type: the result depends on the order of the directory", dir.path,
				other.name, found.name)
		}
		if !found.isLink && other.isLink || found.isLink == other.isLink && l.program.CompareNames(other.name, found.name) < 0 {
			*other = *found
		}
	}
	for _, lib := range list {
		if err := l.keep(dir, lib); err != nil {
			return err
		}
	}
	return l.c.Bounded()
}

// keep makes the link of a library, and adds it to the cache: by the link, which leads to the newest of its versions, but in glibc-hwcaps,
// where there are no links, by its own name.
func (l *linkCache) keep(dir *libraryDir, lib *sharedLibrary) error {
	file := lib.soname
	if dir.hwcaps != "" {
		if file = lib.name; l.isVerbose {
			fmt.Fprintf(&l.c.Out, "\t%s -> %s\n", lib.soname, lib.name)
		}
	} else if !lib.isLink {
		if err := l.link(dir.path, lib.name, lib.soname); err != nil {
			return err
		}
	}
	if !l.makesCache {
		return nil
	}
	where := dir.path + "/" + file
	if dir.hwcaps != "" && lib.about.ISALevel > ldcache.MaxISALevel {
		l.complain("%s: ISA level is too high (%d > %d)", where, lib.about.ISALevel, ldcache.MaxISALevel)
		return errEnded
	}
	l.entries = append(l.entries, ldcache.Entry{Name: lib.soname, Path: where, Flags: lib.about.Flags, Hwcaps: dir.hwcaps, ISALevel: lib.about.ISALevel})
	return l.c.spend(2*pathCost + len(where))
}

// library returns the library that a name in a directory is, or nil.
func (l *linkCache) library(dir *libraryDir, name string) (*sharedLibrary, error) {
	where := dir.path + "/" + name
	own, err := l.c.look(where, false)
	if err != nil {
		return nil, err
	}
	isLink := own.Type == tree.Symlink
	n := own
	if isLink {
		n, err = l.c.look(where, true)
	}
	if err == nil && n.Type == tree.Directory && dir.hwcaps == "" && l.program.IsLegacyHwcap(name) {
		return nil, fmt.Errorf("%s: directories for the libraries of some processors are supported in glibc-hwcaps only", where)
	}
	if !ldcache.IsLibrary(name) && (own.Type == tree.Regular || dir.hwcaps == "") || own.Type != tree.Regular && !isLink {
		return nil, nil
	}
	if isTemporary, err := l.program.IsTemporary(name); isTemporary || err != nil {
		return nil, err
	}
	switch {
	case Fatal(err):
		return nil, err
	case err != nil:
		if l.isVerbose {
			l.complain("Cannot stat %s: %s", where, glibcReason(err))
		}
		if l.makesLinks && strings.Contains(name, ".so.") {
			err := l.c.Tree.Remove(l.c.file(where))
			if Fatal(err) {
				return nil, err
			}
		}
		return nil, nil
	case n.Type == tree.Directory:
		l.complain("Cannot mmap file %s.\n", where)
		return nil, nil
	case n.Type != tree.Regular:
		return nil, fmt.Errorf("%s is a link to a device", where)
	case l.c.Tree.Access(n, tree.Read) != nil:
		l.complain("Input file %s not found.\n", where)
		return nil, nil
	}
	about, err := l.read(n, name, where)
	if about == nil || err != nil {
		return nil, err
	}
	lib := &sharedLibrary{name: name, soname: about.Soname, isLink: isLink, about: *about}
	if lib.soname == "" {
		lib.soname = name
	}
	if strings.Contains(lib.soname, "/") {
		return nil, fmt.Errorf("%s: its own name has a slash: %q", where, lib.soname)
	}
	// A link is one that leads to the name by which programs ask for the library, or the one that the compiler uses, whose name
	// ends there. Any other counts as a library.
	if isLink && name != lib.soname {
		lib.isLink = strings.HasSuffix(name, ".so") && strings.HasPrefix(lib.soname, name)
	}
	if lib.isLink {
		lib.soname = name
	}
	return lib, nil
}

// read reads a library, or prints why the file is not a library.
func (l *linkCache) read(n *tree.Node, name, where string) (*ldcache.Library, error) {
	reader := partReader{c: l.c, n: n}
	about, err := l.program.ReadLibrary(name, n.Size, reader.open)
	if failure := reader.end(); failure != nil {
		return nil, failure
	}
	var message *ldcache.MessageError
	switch {
	case errors.As(err, &message):
		if message.Text != "" && (l.isVerbose || !message.IsVerbose) {
			l.complain(message.Text, where)
		}
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return about, nil
}

// link makes the link by which programs ask for a library, unless it is there.
func (l *linkCache) link(dir, name, soname string) error {
	at := dir + "/" + soname
	makes, removes := true, true
	old, err := l.c.look(at, true)
	own, ownErr := l.c.look(at, false)
	switch {
	case Fatal(err) || Fatal(ownErr):
		return errors.Join(err, ownErr)
	case err == nil:
		lib, err := l.c.look(dir+"/"+name, true)
		if err != nil {
			return err
		}
		if lib == old {
			makes = false
		} else if own.Type != tree.Symlink {
			l.complain("%s is not a symbolic link\n", at)
			makes, removes = false, false
		}
	case ownErr != nil || own.Type != tree.Symlink:
		removes = false
	}
	said := ""
	if makes && l.makesLinks {
		said = " (changed)"
		err := error(nil)
		if removes {
			if err = l.c.Tree.Remove(l.c.file(at)); err != nil && !Fatal(err) {
				l.complain("Can't unlink %s", at)
			}
		}
		if err == nil {
			if err = l.c.Tree.Symlink(name, l.c.file(at)); err != nil && !Fatal(err) {
				l.complain("Can't link %s to %s", at, name)
			}
		}
		if Fatal(err) {
			return err
		}
		if err != nil {
			said = " (SKIPPED)"
		}
	}
	if l.isVerbose {
		fmt.Fprintf(&l.c.Out, "\t%s -> %s%s\n", soname, name, said)
	}
	return nil
}
