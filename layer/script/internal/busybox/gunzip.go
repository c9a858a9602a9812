package busybox

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/internal/decompress"
	"github.com/lamina-oci/lamina/internal/deflate"
	"github.com/lamina-oci/lamina/layer/tree"
)

// unpacker is a program that decompresses, by its name.
type unpacker struct {
	format   decompress.Format
	suffixes map[string]string // of file names, and what is there instead afterwards
	toStdout bool
	packs    bool // unless it has -d
	tests    bool // and makes nothing
}

func unpackers(name string) unpacker {
	gz := map[string]string{".gz": "", ".tgz": ".tar", ".Z": ""}
	bz := map[string]string{".bz2": "", ".tbz2": ".tar", ".tbz": ".tar"}
	xz := map[string]string{".xz": ""}
	zst := map[string]string{".zst": ""}
	return map[string]unpacker{
		"gunzip":  {format: decompress.Gzip, suffixes: gz},
		"zcat":    {format: decompress.Gzip, toStdout: true},
		"gzip":    {format: decompress.Gzip, suffixes: gz, packs: true},
		"bunzip2": {format: decompress.Bzip2, suffixes: bz},
		"bzcat":   {format: decompress.Bzip2, toStdout: true},
		"bzip2":   {format: decompress.Bzip2, suffixes: bz, packs: true},
		"unxz":    {format: decompress.Xz, suffixes: xz},
		"xzcat":   {format: decompress.Xz, toStdout: true},
		"xz":      {format: decompress.Xz, suffixes: xz, packs: true},
		"zstd":    {format: decompress.Zstd, suffixes: zst, packs: true},
		"unzstd":  {format: decompress.Zstd, suffixes: zst},
	}[name]
}

// gunzip is gunzip and its like, and gzip and its like with -d.
func gunzip(c *Call) (int, error) {
	u := unpackers(path.Base(c.Args[0]))
	letters := c.applet().shortOptions()
	if letters == anyOption {
		letters = "cfkvqdt"
	}
	opts, args, err := c.getopt(letters, "stdout=c to-stdout force=f keep=k decompress=d uncompress quiet=q verbose=v test=t "+
		"no-name=n fast=1 best=9")
	if err != nil {
		return 0, err
	}
	u.tests = opts.has('t')
	packs := u.packs && !opts.has('d') && !u.tests
	if packs && u.format != decompress.Gzip {
		return 0, c.Unsupported(c.Line, "%s: compressing is not supported", c.Args[0])
	}
	if u.tests && (u.format == decompress.Xz || u.format == decompress.Zstd) {
		return 0, c.Unsupported(c.Line, "%s: option -t is not supported", c.Args[0])
	}
	u.toStdout = u.toStdout || opts.has('c')
	if len(args) == 0 {
		args = []string{"-"}
	}
	status := 0
	for _, name := range args {
		work := c.unpackFile
		if packs {
			work = c.packFile
		}
		one, err := work(&u, opts, name)
		if err != nil {
			return 0, err
		}
		status = max(status, one)
	}
	return status, c.Bounded()
}

// packFile compresses what an operand names, to standard output or into a file with ".gz" behind its name. The bytes are not busybox's:
// see [newGzip].
func (c *Call) packFile(u *unpacker, opts optionList, name string) (int, error) {
	from, err := c.stream(name)
	if Fatal(err) {
		return 0, err
	}
	if errors.Is(err, tree.ErrIsDir) {
		return 0, c.Unsupported(c.Line, "gzip: %s is a directory", name)
	}
	if err != nil {
		return c.complain("%s: %s", name, Reason(err)), nil
	}
	defer from.close()
	target := name + ".gz"
	toOutput := name == "-" || u.toStdout
	if _, err := c.look(target, false); err == nil && !toOutput && !opts.has('f') {
		return c.complain("can't open '%s': File exists", target), nil
	}
	archive := c.newPacked(toOutput)
	z := newGzip(archive)
	if _, err = io.Copy(z, from); err == nil {
		err = z.Close()
	}
	if err != nil || toOutput {
		return 0, err
	}
	content, err := archive.open()
	if err != nil {
		return 0, err
	}
	defer content.Close()
	return c.unpackInto(content, opts, name, target, true)
}

// unpackFile decompresses what an operand names, to standard output or into the file that its name without suffix is.
func (c *Call) unpackFile(u *unpacker, opts optionList, name string) (int, error) {
	from, err := c.stream(name)
	if Fatal(err) {
		return 0, err
	}
	isDir := err == tree.ErrIsDir && !c.isOther()
	if isDir {
		from, err = &source{strings.NewReader(""), func() {}}, nil
	}
	if err != nil {
		return c.complain("%s: %s", name, Reason(err)), nil
	}
	defer from.close()
	target := ""
	if name != "-" && !u.toStdout && !u.tests {
		suffix := path.Ext(name)
		instead, ok := u.suffixes[suffix]
		if !ok || suffix == name {
			return c.complain("%s: unknown suffix - ignored", name), nil
		}
		target = strings.TrimSuffix(name, suffix) + instead
		if _, err := c.look(target, false); err == nil && !opts.has('f') {
			return c.complain("can't open '%s': File exists", target), nil
		}
	}
	if isDir && u.format == decompress.Xz {
		return c.complain("read error"), nil
	}
	content, format, err := decompress.Detect(from)
	if err == nil && format != u.format && (u.format != decompress.Gzip || format == decompress.None || !u.toStdout) {
		err = errMagic
	}
	if u.format == decompress.Xz && format != decompress.Xz && !c.isOther() {
		var first [1]byte
		if format == decompress.None {
			io.ReadFull(content, first[:])
		}
		if first[0] != 0xfd { // busybox takes it for the end
			content, err = io.NopCloser(strings.NewReader("")), nil
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errHeader
	}
	if err != nil {
		return c.damaged(err)
	}
	defer content.Close()
	if !c.isOther() {
		content = beforeTrash{content}
	}
	if u.tests {
		if n, err := io.Copy(io.Discard, content); c.spend(int(n)) != nil || err != nil {
			return c.damaged(err)
		}
		return 0, nil
	}
	if target == "" {
		if err := c.printFrom(content); err != nil {
			return c.damaged(err)
		}
		return 0, nil
	}
	return c.unpackInto(content, opts, name, target, false)
}

// beforeTrash ends a file where what follows its last member is not another one, as busybox does.
type beforeTrash struct{ io.ReadCloser }

func (r beforeTrash) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err == deflate.ErrTrailing {
		err = io.EOF
	}
	return n, err
}

// damaged ends a command whose input is not in its format, by what reading it said.
func (c *Call) damaged(err error) (int, error) {
	if err := c.Failure(); err != nil {
		return 0, err
	}
	name := path.Base(c.Args[0])
	format := unpackers(name).format
	isZcat := name == "zcat"
	switch {
	case format == decompress.Xz:
		return c.complain("corrupted data"), nil
	case format == decompress.Gzip && !errors.Is(err, errMagic):
		c.complain("%s", gzipProblem(err))
		return oneIf(!isZcat), nil // zcat has begun
	case isZcat:
		status := c.complain("no gzip/bzip2/xz magic")
		return status, exitStatus(status) // other operands are not read
	}
	return c.complain("invalid magic"), nil
}

// gzipProblem is what busybox says of a gzip file that has something wrong behind its magic number.
func gzipProblem(err error) string {
	switch {
	case errors.Is(err, deflate.ErrChecksum):
		return "crc error"
	case errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, deflate.ErrNoChecksum):
		return "unexpected end of file"
	}
	return "corrupted data"
}

// errMagic says that a file does not begin as those of its format do, errHeader that it has no more than its beginning.
var errMagic, errHeader = errors.New("invalid magic"), errors.New("invalid header")

// unpackInto makes a file of content, in the place of the one that it comes from.
func (c *Call) unpackInto(content io.Reader, opts optionList, name, target string, packs bool) (int, error) {
	packed, err := c.look(name, true)
	if err != nil {
		return c.complain("%s: %s", name, Reason(err)), nil
	}
	kept, size, err := c.keep(content)
	if err != nil {
		return c.damaged(err)
	}
	if n, err := c.look(target, false); err == nil && n.Type == tree.Directory {
		return c.complain("can't open '%s': File exists", target), nil
	}
	if err := c.Tree.Remove(c.file(target)); Fatal(err) {
		return 0, err
	}
	if err := c.saveAs(c.file(target), kept, size); err != nil {
		if Fatal(err) {
			return 0, err
		}
		return c.complain("can't open '%s': %s", target, Reason(err)), nil
	}
	n, err := c.look(target, false)
	if err != nil {
		return 0, err
	}
	if err := c.Tree.Chmod(n, c.masked(packed.Mode&0o7777)); err != nil {
		return c.complain("%s: %s", target, Reason(err)), nil
	}
	if opts.has('v') {
		percent := uint32(100)
		if size > 0 && !packs { // busybox counts nothing when it compresses
			percent -= uint32(packed.Size) * 100 / uint32(size)
		}
		fmt.Fprintf(&c.Err, "%s: %d%% - replaced with %s\n", name, percent, target)
	}
	if opts.has('k') || unpackers(path.Base(c.Args[0])).format == decompress.Zstd { // which keeps files by itself
		return 0, nil
	}
	if err := c.Tree.Remove(c.file(name)); Fatal(err) {
		return 0, err
	} else if err != nil {
		return c.complain("can't remove file '%s': %s", name, Reason(err)), nil
	}
	return 0, nil
}
