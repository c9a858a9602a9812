// Package files opens files as the redirections of a shell do: those of the tree, and the few devices that mean something here.
package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Opener opens files for a shell as it is when a command begins.
type Opener struct {
	*busybox.Session
	Tree      *tree.Tree
	Dir       string           // that relative names start from
	Umask     uint16           // bits that new files do not get
	Line      uint             // of the command
	Standard  [3]stream.Stream // what /dev/stdin, /dev/stdout and /dev/stderr stand for; nil for one that is closed
	Noclobber bool             // ">" leaves an existing file alone
}

// Open opens a file for an operator: "<", ">", ">|", ">>", or one of Bash that is like these.
func (o *Opener) Open(name string, op syntax.RedirOperator) (stream.Stream, error) {
	full := busybox.Absolute(o.Dir, name)
	if name == "" {
		return nil, tree.ErrNotExist
	}
	if o.IsNull(full) {
		return stream.Null{}, nil
	}
	fd := -1
	switch clean := path.Clean(full); clean {
	case "/dev/zero", "/dev/full", "/dev/tty":
		if err := o.RefuseInput(o.Line, full); err != nil { // with the reason
			return nil, err
		}
		return nil, o.refuse("%s is not supported", clean)
	case "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0":
		fd = 0
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		fd = 1
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		fd = 2
	}
	if fd >= 0 && o.Standard[fd] == nil {
		return nil, tree.ErrNotExist
	} else if fd >= 0 {
		return o.Standard[fd], nil
	}
	if op == syntax.RdrIn {
		if content, ok := o.Special(full); ok {
			return stream.Input{Reader: bytes.NewReader(content)}, nil
		}
	}
	if err := o.RefuseInput(o.Line, full); err != nil {
		return nil, err
	}
	if op == syntax.RdrIn {
		return o.read(full)
	}
	if err := o.RefuseDevice(o.Line, full); err != nil {
		return nil, err
	}
	flags := tree.Create | tree.Truncate
	switch op {
	case syntax.AppOut:
		flags = tree.Create | tree.Append
	case syntax.RdrInOut:
		return nil, o.refuse("redirection \"<>\" is not supported but for devices")
	}
	n, err := o.Tree.Stat(full)
	switch {
	case err == nil && n.Type != tree.Directory && n.Type != tree.Regular:
		return nil, o.refuse("%s is not a regular file: writing it is not supported", name)
	case err == nil && n.Type == tree.Regular && o.Noclobber && (op == syntax.RdrOut || op == syntax.RdrAll):
		return nil, tree.ErrExist
	}
	w, err := o.Tree.OpenWriter(full, flags, 0o666&^o.Umask)
	if err != nil {
		return nil, err
	}
	return stream.Output{Writer: w}, nil
}

func (o *Opener) read(full string) (stream.Stream, error) {
	n, err := o.Tree.Stat(full)
	if err != nil {
		return nil, err
	}
	if err := o.Tree.Access(n, tree.Read); err != nil {
		return nil, err
	}
	switch {
	case n.Type == tree.Directory:
		return stream.Directory{}, nil
	case n.Type != tree.Regular:
		return nil, o.refuse("%s is not a regular file: reading it is not supported", full)
	}
	return stream.File{ReadSeeker: &unread{o: o, node: n}, Node: n}, nil
}

// unread is a file whose content is taken when the first command reads it: the redirection ">" or another command may have changed it
// since it was opened.
type unread struct {
	o       *Opener
	node    *tree.Node
	content io.ReadSeeker
}

func (u *unread) load() error {
	if u.content != nil {
		return nil
	}
	if u.node.Size > busybox.MaxInput {
		u.content = &large{content: u.node.Content, size: u.node.Size}
		return nil
	}
	b, err := u.node.Read(busybox.MaxInput)
	u.content = bytes.NewReader(b)
	if err != nil {
		return u.o.Fail(err)
	}
	return nil
}

func (u *unread) Read(b []byte) (int, error) {
	if err := u.load(); err != nil {
		return 0, err
	}
	n, err := u.content.Read(b)
	if err != nil && err != io.EOF {
		return n, u.o.Fail(err)
	}
	return n, err
}

func (u *unread) Seek(offset int64, whence int) (int64, error) {
	if err := u.load(); err != nil {
		return 0, err
	}
	return u.content.Seek(offset, whence)
}

// large reads a content from any place, in the way that streams can be read.
type large struct {
	content tree.Content
	size    int64
	at      int64         // of the next byte
	from    io.ReadCloser // nil if it is not open
	read    int64         // what has been read from it
}

func (l *large) Read(p []byte) (int, error) {
	if l.at >= l.size {
		return 0, io.EOF
	}
	if err := l.open(); err != nil {
		return 0, err
	}
	n, err := l.from.Read(p)
	l.at, l.read = l.at+int64(n), l.read+int64(n)
	if err != nil {
		l.close()
	}
	return n, err
}

// open opens the content at the place that is wanted, unless it is open there.
func (l *large) open() (err error) {
	if l.from != nil && l.read > l.at {
		l.close()
	}
	if l.from == nil {
		if l.from, err = l.content.Open(); err != nil {
			return err
		}
		l.read = 0
	}
	n, err := io.CopyN(io.Discard, l.from, l.at-l.read)
	l.read += n
	return err
}

func (l *large) close() {
	l.from.Close()
	l.from = nil
}

func (l *large) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += l.at
	case io.SeekEnd:
		offset += l.size
	}
	if offset < 0 {
		return l.at, tree.ErrInvalid
	}
	l.at = offset
	return offset, nil
}

// refuse ends the run for what is not supported.
func (o *Opener) refuse(format string, args ...any) error {
	return o.Fail(o.Unsupported(o.Line, format, args...))
}

// Complaint is what ash says of a file that an operator could not open.
func Complaint(name string, op syntax.RedirOperator, err error) string {
	verb, missing := "create", "nonexistent directory"
	if op == syntax.RdrIn {
		verb, missing = "open", "no such file"
	}
	text := busybox.Reason(err)
	if errors.Is(err, tree.ErrNotExist) || errors.Is(err, tree.ErrNotDir) {
		text = missing
	}
	return fmt.Sprintf("can't %s %s: %s", verb, name, text)
}
