package busybox

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/tree"
)

// cpioCall is a call of cpio: it reads or makes archives of the format newc, or copies files as an archive between the two would have
// them. Numbers of inodes in archives are those of the order of files, where busybox has what the file system gave them.
type cpioCall struct {
	*Call
	opts     optionList
	patterns []string
	uid, gid int64 // of -R; below 0 for those of files

	size    int64                 // of the archive so far
	pending []*cpioEntry          // names of files with several, which are linked at the end
	made    map[string]*cpioEntry // by inode the name that has the content
	touched map[string]bool       // directories in which something was made: trees keep their times
}

// cpioEntry is a file of an archive. Its header has tar's kinds and modes.
type cpioEntry struct {
	tar.Header
	inode   string
	links   int
	content func() (tree.Content, error) // of a regular file; it is called once at most
}

const (
	cpioMagic   = "070701"
	cpioHeader  = 110 // bytes: the magic and 13 numbers of 8 hexadecimal digits
	cpioTrailer = "TRAILER!!!"
	cpioIgnored = '\x01' // options that change nothing here
)

// cpioType is a type of files: in the mode of an archive, in a header of tar and in a tree.
type cpioType struct {
	mode int64
	flag byte
	node tree.Type
}

var cpioTypes = [...]cpioType{
	{0o040000, tar.TypeDir, tree.Directory}, {0o100000, tar.TypeReg, tree.Regular}, {0o120000, tar.TypeSymlink, tree.Symlink},
	{0o020000, tar.TypeChar, tree.CharDevice}, {0o060000, tar.TypeBlock, tree.BlockDevice}, {0o010000, tar.TypeFifo, tree.FIFO},
}

// cpioTypeOf returns the type for which a test holds, the zero value for none.
func cpioTypeOf(is func(cpioType) bool) cpioType {
	if i := slices.IndexFunc(cpioTypes[:], is); i >= 0 {
		return cpioTypes[i]
	}
	return cpioType{}
}

// cpio is the applet of that name.
func cpio(c *Call) (int, error) {
	opts, args, err := c.getopt("dmvuF:R:H:tiopL0\x01", "extract=i list=t create=o format=H owner=R verbose=v null=0 quiet=\x01 ignore-devno=\x01 "+
		"renumber-inodes=\x01 to-stdout pass-through")
	if err != nil {
		return 0, err
	}
	p := &cpioCall{Call: c, opts: opts, uid: -1, gid: -1, made: make(map[string]*cpioEntry), touched: make(map[string]bool)}
	reads, makes, copies := opts.has('i') || opts.has('t'), opts.has('o'), opts.has('p')
	format, hasFormat := opts.last('H')
	if reads == (makes || copies) || makes && copies || copies && len(args) == 0 || makes && (!hasFormat || format != "newc") || hasFormat && format != "newc" {
		return c.usage(), nil
	}
	if text, ok := opts.last('R'); ok {
		var problem string
		if p.uid, p.gid, problem = c.parseOwner(text); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	file, isNamed := opts.last('F')
	if !reads {
		return p.pack(copies, file, args)
	}
	if !isNamed {
		file = "-"
	}
	from, err := c.stream(file)
	if Fatal(err) {
		return 0, err
	} else if err != nil && file == "-" {
		return c.complain("short read"), nil
	} else if err != nil {
		return c.complain("can't open '%s': %s", file, Reason(err)), nil
	}
	defer from.close()
	p.patterns = args
	for {
		e, err := p.read(from)
		switch {
		case err == io.EOF:
			return 0, p.Bounded()
		case err != nil:
			return 0, p.broken(err)
		}
		if e.Name == cpioTrailer {
			if _, err := io.Copy(io.Discard, from); Fatal(c.Failure()) {
				return 0, err
			}
			return p.finish()
		}
		if err := p.entry(e); err != nil {
			return 0, err
		}
		if e.content != nil {
			if _, err := e.content(); err != nil { // nothing took it
				return 0, p.broken(err)
			}
		}
	}
}

// broken ends cpio with what is wrong with the archive.
func (p *cpioCall) broken(err error) error {
	if failed := p.Failure(); failed != nil {
		return failed
	}
	var format cpioError
	if !errors.Is(err, errCut) && !errors.As(err, &format) {
		return err
	}
	return p.failed(1, "%v", err)
}

// cpioError says why something cannot be read as an archive.
type cpioError string

func (e cpioError) Error() string { return string(e) }

// read reads the next entry of an archive. Only the end of all input before it is [io.EOF].
func (p *cpioCall) read(from io.Reader) (*cpioEntry, error) {
	header := make([]byte, cpioHeader)
	if _, err := io.ReadFull(from, header); err == io.EOF {
		return nil, err
	} else if err != nil {
		return nil, errCut
	}
	if magic := string(header[:6]); magic != cpioMagic && magic != "070702" {
		return nil, cpioError("unsupported cpio format, use newc or crc")
	}
	var n [13]int64
	for i := range n {
		value, err := strconv.ParseUint(string(header[6+8*i:14+8*i]), 16, 32)
		if err != nil {
			return nil, cpioError("damaged cpio file")
		}
		n[i] = int64(value)
	}
	name, err := p.text(from, cpioHeader, n[11])
	if err != nil {
		return nil, err
	}
	e := &cpioEntry{inode: fmt.Sprint(n[0], n[7], n[8]), links: int(n[4])}
	e.Header = tar.Header{
		Name: strings.TrimRight(name, "\x00"), Mode: n[1] & 0o7777, Uid: int(n[2]), Gid: int(n[3]), ModTime: time.Unix(n[5], 0),
		Size: n[6], Devmajor: n[9], Devminor: n[10],
	}
	e.Typeflag = cpioTypeOf(func(t cpioType) bool { return t.mode == n[1]&^0o7777 }).flag
	switch e.Typeflag {
	case tar.TypeSymlink:
		if e.Linkname, err = p.text(from, 0, n[6]); err != nil {
			return nil, err
		}
		e.Size = 0
	case tar.TypeReg:
		taken := false
		e.content = func() (tree.Content, error) {
			if taken {
				return nil, nil
			}
			taken = true
			content, size, err := p.keep(io.LimitReader(from, e.Size))
			if err == nil && size < e.Size {
				err = errCut
			}
			if err == nil {
				if _, err = io.CopyN(io.Discard, from, -e.Size&3); err != nil {
					err = errCut
				}
			}
			p.size += (e.Size + 3) &^ 3
			return content, err
		}
	}
	return e, nil
}

// text reads a text of some bytes, and what makes it and what is before it a multiple of 4.
func (p *cpioCall) text(from io.Reader, before, size int64) (string, error) {
	if size > 1<<16 {
		return "", p.Unsupported(p.Line, "cpio: a name of more than %d bytes is not supported", 1<<16)
	}
	b := make([]byte, (before+size+3)&^3-before)
	if _, err := io.ReadFull(from, b); err != nil {
		return "", errCut
	}
	p.size += before + int64(len(b))
	return string(b[:size]), p.spend(pathCost)
}

// entry lists or extracts an entry, if it is wanted.
func (p *cpioCall) entry(e *cpioEntry) error {
	isShared := e.Typeflag == tar.TypeReg && e.links > 1
	if isShared && e.Size > 0 {
		p.made[e.inode] = e // wanted or not
	}
	matches := len(p.patterns) == 0
	for _, pattern := range p.patterns {
		matches = matches || glob.Match(pattern, e.Name, false)
	}
	switch {
	case !matches:
		return nil
	case isShared && e.Size == 0:
		p.pending = append(p.pending, e)
		return nil
	}
	if p.opts.has('t') {
		if p.opts.has('v') {
			return p.describe(&e.Header, e.Name)
		}
		fmt.Fprintln(&p.Out, e.Name)
		return p.emit()
	}
	if err := p.extract(e, ""); err != nil || !p.opts.has('v') {
		return err
	}
	if err := p.emit(); err != nil { // earlier messages come first
		return err
	}
	fmt.Fprintln(&p.Out, e.Name)
	return p.emit()
}

// finish links the names that are left and says how long the archive was.
func (p *cpioCall) finish() (int, error) {
	for _, e := range slices.Backward(p.pending) {
		if p.opts.has('t') {
			break
		}
		target := ""
		if first := p.made[e.inode]; first != nil {
			target = first.Name
		} else {
			p.made[e.inode] = e
		}
		if err := p.extract(e, target); err != nil {
			return 0, err
		}
	}
	if !p.opts.has(cpioIgnored) { // --quiet
		fmt.Fprintf(&p.Err, "%d blocks\n", (p.size+511)/512)
	}
	return 0, p.Bounded()
}
