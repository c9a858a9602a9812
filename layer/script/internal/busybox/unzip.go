package busybox

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/tree"
)

// unzipCall is one "unzip".
type unzipCall struct {
	*Call
	opts    optionList
	wanted  []string // patterns; none for all
	exclude []string
	warned  bool // that a name was shortened
}

// unzip extracts zip archives.
func unzip(c *Call) (int, error) {
	opts, args, err := c.getopt("d:jlnopqxK", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return c.usage(), nil
	}
	if args[0] == "-" || opts.has('l') && (c.isOther() || opts.has('p')) {
		return 0, c.Unsupported(c.Line, "unzip: standard input, -l with -p, and -l of another package than busybox are not supported")
	}
	u := &unzipCall{Call: c, opts: opts, wanted: args[1:]}
	if opts.has('x') {
		u.wanted, u.exclude = nil, args[1:]
		if len(args) > 1 && slices.Index(c.Args, args[1]) < slices.IndexFunc(c.Args, func(a string) bool { return a[:min(2, len(a))] == "-x" }) {
			return 0, c.Unsupported(c.Line, "unzip: members before -x are not supported")
		}
	}
	name := args[0]
	r, size, err := u.open(name)
	if err == tree.ErrNotExist {
		for _, suffix := range []string{".zip", ".ZIP"} {
			if r, size, err = u.open(args[0] + suffix); err == nil {
				name = args[0] + suffix
				break
			}
		}
	}
	switch {
	case Fatal(err):
		return 0, err
	case err != nil:
		return c.complain("can't open %s[.zip]", args[0]), nil
	}
	defer r.Close()
	if dir, ok := opts.last('d'); ok {
		if err := c.Tree.Mkdir(c.trimmed(dir), c.masked(0o777)); Fatal(err) {
			return 0, err
		}
		if n, err := c.look(dir, true); err != nil || n.Type != tree.Directory {
			return c.complain("can't change directory to '%s': %s", dir, Reason(cmp.Or(err, error(tree.ErrNotDir)))), nil
		}
		c.Dir = c.Path(dir)
	}
	if !opts.has('q') && !opts.has('p') {
		fmt.Fprintf(&c.Out, "Archive:  %s\n", name)
	}
	if opts.has('l') {
		u.listHeader()
	}
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return c.complain("short read"), nil
	}
	if opts.has('l') {
		return u.list(archive)
	}
	return u.run(archive)
}

// zipFile is a zip that can be read anywhere.
type zipFile interface {
	io.ReaderAt
	io.Closer
}

// noZip is what a directory or an empty file is.
type noZip struct{ *bytes.Reader }

func (noZip) Close() error { return nil }

// open opens an archive. An error that is not fatal is for the command to print.
func (u *unzipCall) open(name string) (zipFile, int64, error) {
	n, err := u.look(name, true)
	switch {
	case err != nil:
		return nil, 0, tree.ErrNotExist
	case u.Tree.Access(n, tree.Read) != nil:
		return nil, 0, tree.ErrNotExist
	case n.Content == nil:
		return noZip{bytes.NewReader(nil)}, 0, nil
	}
	r, err := n.Content.Open()
	if err != nil {
		return nil, 0, u.Fail(err)
	}
	if file, ok := r.(zipFile); ok {
		return file, n.Size, u.spend(int(n.Size))
	}
	defer r.Close()
	text, err := bounded.ReadAll(r, MaxInput)
	if err != nil {
		return nil, 0, u.Fail(err)
	}
	if err := u.received(len(text)); err != nil {
		return nil, 0, err
	}
	return struct {
		io.ReaderAt
		io.Closer
	}{bytes.NewReader(text), io.NopCloser(nil)}, n.Size, nil
}

func (u *unzipCall) run(archive *zip.Reader) (int, error) {
	for _, f := range archive.File {
		if err := u.spend(pathCost + len(f.Name)); err != nil {
			return 0, err
		}
		name := u.safe(f.Name, &u.warned)
		if !u.isWanted(name) {
			continue
		}
		status, err := u.entry(f, name)
		if status != 0 || err != nil {
			return status, err
		}
	}
	return 0, u.Bounded()
}

func (u *unzipCall) isWanted(name string) bool {
	matches := func(patterns []string) bool {
		for _, pattern := range patterns {
			if glob.Match(pattern, name, false) {
				return true
			}
		}
		return false
	}
	return !matches(u.exclude) && (len(u.wanted) == 0 || matches(u.wanted))
}

func (u *unzipCall) entry(f *zip.File, name string) (int, error) {
	if u.opts.has('p') {
		if !f.Mode().IsRegular() {
			return 0, nil
		}
		r, err := f.Open()
		if err != nil {
			return u.complain("%v", err), nil
		}
		defer r.Close()
		if err := u.printFrom(r); err != nil {
			return u.broken()
		}
		return 0, nil
	}
	if u.opts.has('j') {
		name = path.Base(name)
	}
	if strings.HasSuffix(f.Name, "/") {
		if u.opts.has('j') {
			return 0, nil
		}
		return u.directory(f, name)
	}
	switch n, err := u.look(name, false); {
	case err != nil:
	case u.opts.has('n'):
		return 0, nil
	case n.Type != tree.Regular:
		return u.complain("'%s' exists but is not a regular file", name), nil
	case !u.opts.has('o'):
		fmt.Fprintf(&u.Out, "replace %s? [y]es, [n]o, [A]ll, [N]one, [r]ename: ", name)
		return u.complain("can't read standard input: %s", tree.ErrNotExist), nil
	}
	if _, err := u.makeParents(name, false); err != nil {
		return u.complain("can't create directory '%s': %s", path.Dir(name), Reason(err)), nil
	}
	if !u.opts.has('q') {
		fmt.Fprintf(&u.Out, "  inflating: %s\n", name)
	}
	return u.regular(f, name)
}

func (u *unzipCall) directory(f *zip.File, name string) (int, error) {
	if u.isDir(name) {
		return 0, nil
	}
	if !u.opts.has('q') {
		fmt.Fprintf(&u.Out, "   creating: %s\n", name)
	}
	if _, err := u.makeDirectory(name, u.masked(modeInZip(f, 0o777)), false); err != nil {
		return u.complain("can't create directory '%s': %s", name, Reason(err)), nil
	}
	return 0, nil
}

// modeInZip returns the mode that a zip made on a Unix has for a file.
func modeInZip(f *zip.File, otherwise uint16) uint16 {
	const unix = 3
	if mode := uint16(f.ExternalAttrs >> 16); f.CreatorVersion>>8 == unix && mode != 0 {
		return mode & 0o7777
	}
	return otherwise
}

// broken ends unzip with a file that is damaged.
func (u *unzipCall) broken() (int, error) {
	if failed := u.Failure(); failed != nil {
		return 0, failed
	}
	return u.complain("crc error"), nil
}

func (u *unzipCall) regular(f *zip.File, name string) (int, error) {
	r, err := f.Open()
	if err != nil {
		return u.complain("%v", err), nil
	}
	defer r.Close()
	if f.Mode()&fs.ModeSymlink != 0 {
		target, err := bounded.ReadAll(r, 4096)
		if err != nil {
			return u.complain("short read"), nil
		}
		u.Tree.Remove(u.file(name))
		if err := u.Tree.Symlink(string(target), u.file(name)); err != nil {
			return u.complain("can't create symlink '%s' to '%s': %s", name, target, Reason(err)), nil
		}
		return 0, nil
	}
	content, size, err := u.keep(r)
	if err != nil {
		return u.broken()
	}
	_, before := u.look(name, true)
	if err := u.saveAs(u.file(name), content, size); Fatal(err) {
		return 0, err
	} else if err != nil {
		return u.complain("can't open '%s': %s", name, Reason(err)), nil
	}
	if n, err := u.look(name, true); err == nil && before != nil {
		if err := u.Tree.Chmod(n, u.masked(modeInZip(f, 0o666))); err != nil {
			return u.complain("%s: %s", name, Reason(err)), nil
		}
	}
	return 0, nil
}
