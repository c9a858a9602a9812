package busybox

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// nowhere is a path that never leads anywhere: what "" is for a kernel.
const nowhere = "/\x00/\x00"

// file is the path of the tree that an operand names. Unlike [Call.Path] it does not
// take the empty name for the working directory.
// It is not inlined, which saves space at 100 callers.
//
//go:noinline
func (c *Call) file(name string) string {
	if name == "" {
		return nowhere
	}
	return c.Path(name)
}

// look returns the file that an operand names, also one that only the container of a command of RUN has.
func (c *Call) look(name string, follow bool) (n *tree.Node, err error) {
	at := c.file(name)
	if err := c.Failure(); err != nil {
		return nil, err
	}
	if follow {
		n, err = c.Tree.Stat(at)
	} else {
		n, err = c.Tree.Lstat(at)
	}
	if c.APK != nil && errors.Is(err, tree.ErrNotExist) {
		if outside := c.outside(at); outside != nil {
			return outside, nil
		}
	}
	return n, err
}

// isDir reports whether a path leads to a directory, links followed.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) isDir(name string) bool {
	n, err := c.look(name, true)
	return err == nil && n.Type == tree.Directory
}

// isDirInput is isDir for an operand of which "-" is standard input.
func (c *Call) isDirInput(name string) bool {
	if name == "-" {
		_, isDir := c.Stdin.(interface{ IsDirectory() })
		return isDir
	}
	return c.isDir(name)
}

// inputName is an operand as messages of the C library have it.
func inputName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// spend counts work in bytes: every loop that input drives calls it.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) spend(n int) error { return c.Session.Spend(c.Ctx, c.Line, n) }

// exceeded is the error for a bound of the interpreter that the command exceeds.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) exceeded(format string, args ...any) error {
	return c.Session.Exceeded(c.Line, format, args...)
}

// received counts input.
func (c *Call) received(n int) error {
	c.content += n
	if err := c.spend(n); err != nil {
		return err
	}
	return c.Bounded()
}

// Forget ends the count of what the command holds.
func (c *Call) Forget() {
	c.Session.buffered -= c.buffered
	c.buffered = 0
}

// Fatal reports whether an error is one of this run rather than of the script: the
// content of a file that cannot be fetched, a bound, or the end of the context.
// It is not inlined, which saves space at 90 callers.
//
//go:noinline
func Fatal(err error) bool {
	var errno tree.Errno
	return err != nil && !errors.As(err, &errno)
}

// open returns the content of the file that an operand names; "-" is standard input
// if dash is set. An error that is not fatal is for the command to print.
func (c *Call) open(name string, dash bool) ([]byte, error) {
	switch {
	case name == "-" && dash:
		return c.read()
	case name == "":
		return nil, tree.ErrNotExist
	}
	if c.IsNull(c.Path(name)) {
		return nil, nil
	}
	if IsStdin(path.Clean(c.Path(name))) {
		return c.read()
	}
	if content, ok := c.Special(c.Path(name)); ok {
		return content, c.received(len(content))
	}
	if err := c.RefuseInput(c.Line, c.Path(name)); err != nil {
		return nil, err
	}
	n, err := c.look(name, true)
	if err != nil {
		return nil, err
	}
	if err := c.Tree.Access(n, tree.Read); err != nil {
		return nil, err
	}
	switch {
	case n.Type == tree.Directory:
		return nil, tree.ErrIsDir
	case n.Type != tree.Regular:
		return nil, c.Unsupported(c.Line, "%s: %s is not a regular file: reading it is not supported", c.Args[0], name)
	case n.Size > MaxInput:
		return nil, c.exceeded("%s: %s has more than %d bytes", c.Args[0], name, MaxInput)
	}
	if err := c.received(int(n.Size)); err != nil {
		return nil, err
	}
	return n.Read(MaxInput)
}

// messages are what a command says of an operand that it cannot open (with its name and
// the reason) or that is a directory (with its name). One that says nothing of a
// directory takes it for empty.
type messages struct{ open, directory string }

// inputs calls f with the content of each operand, or with standard input if there are
// none. The status is 1 if one of them cannot be read.
func (c *Call) inputs(names []string, say messages, f func(name string, content []byte) error) (status int, err error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		content, err := c.open(name, true)
		switch {
		case Fatal(err):
			return 0, err
		case errors.Is(err, tree.ErrIsDir) && say.directory != "":
			status = c.complain(say.directory, name)
			continue
		case err != nil && !errors.Is(err, tree.ErrIsDir):
			status = c.complain(say.open, name, Reason(err))
			continue
		}
		if err := f(name, content); err != nil {
			return 0, err
		}
		if err := c.Bounded(); err != nil {
			return 0, err
		}
	}
	return status, nil
}

// streams is [Call.inputs] for what takes contents of any size. A directory is an error when it is read.
func (c *Call) streams(names []string, say messages, f func(name string, r io.Reader) error) (status int, err error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		from, err := c.stream(name)
		if errors.Is(err, tree.ErrIsDir) {
			from, err = &source{directoryReader{}, func() {}}, nil
		}
		if err == nil {
			err = f(name, from)
			from.close()
		}
		switch {
		case Fatal(err):
			return 0, err
		case errors.Is(err, tree.ErrIsDir):
			status = c.complain(say.directory, name)
		case err != nil:
			status = c.complain(say.open, name, Reason(err))
		}
		if err := c.Bounded(); err != nil {
			return 0, err
		}
	}
	return status, nil
}

// directoryReader is a directory that was opened, which fails when it is read.
type directoryReader struct{}

func (directoryReader) Read([]byte) (int, error) { return 0, tree.ErrIsDir }

// Bounded fails if a command prints more than any may, or if all that run hold too much.
func (c *Call) Bounded() error {
	if c.Out.Len() > MaxInput || c.Err.Len() > MaxInput {
		return c.exceeded("%s: prints more than %d bytes", c.Args[0], MaxInput)
	}
	more := c.content + c.Out.Len() + c.Err.Len() - c.buffered
	c.buffered += more
	if err := c.buffer(c.Line, c.Args[0], more); err != nil {
		return err
	}
	return c.spend(1)
}

// records splits a text as busybox reads it where a line is a string of C: a NUL ends a
// line as well, and is not part of it.
func (c *Call) records(text []byte) ([][]byte, error) {
	if bytes.IndexByte(text, 0) < 0 {
		return c.lines(text)
	}
	return c.lines(bytes.ReplaceAll(text, []byte{0}, []byte{'\n'}))
}

// recordsOf reads a file and splits it in records; a directory has none. If it cannot be read, problem is what the user is told.
func (c *Call) recordsOf(name string) (list [][]byte, problem string, err error) {
	content, err := c.open(name, true)
	switch {
	case Fatal(err):
		return nil, "", err
	case err != nil && err != tree.ErrIsDir:
		return nil, name + ": " + Reason(err), nil
	}
	list, err = c.records(content)
	return list, "", err
}

// lines splits a text, each line with its newline but for the last that may have none.
func (c *Call) lines(text []byte) ([][]byte, error) {
	n := bytes.Count(text, []byte("\n"))
	if n > maxLines {
		return nil, c.exceeded("%s: input of more than %d lines", c.Args[0], maxLines)
	}
	if err := c.spend(len(text) + 8*n); err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return nil, nil
	}
	list := bytes.SplitAfter(text, []byte("\n"))
	if len(list[len(list)-1]) == 0 {
		list = list[:len(list)-1]
	}
	return list, nil
}

// chomp returns a line without its newline.
func chomp(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\n")) }

// lastComponent is the last name of a path without the slashes behind it.
// It is not inlined, which saves space.
//
//go:noinline
func lastComponent(p string) string {
	trimmed := strings.TrimRight(p, "/")
	if trimmed == "" && p != "" {
		return "/"
	}
	return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
}

// stripped is a path without the slashes behind it, which busybox takes away to see its
// last name.
func stripped(p string) string {
	if trimmed := strings.TrimRight(p, "/"); trimmed != "" || p == "" {
		return trimmed
	}
	return "/"
}

// join puts a name behind a directory as busybox prints it.
func join(dir, name string) string {
	name = strings.TrimLeft(name, "/")
	if strings.HasSuffix(dir, "/") {
		return dir + name
	}
	return dir + "/" + name
}

// partReader opens a file of which a command reads parts only, and counts what it reads and passes over.
type partReader struct {
	c      *Call
	n      *tree.Node
	passed int // bytes
}

func (r *partReader) open() (io.ReadCloser, error) {
	if r.n.Content == nil {
		return io.NopCloser(strings.NewReader("")), nil
	}
	content, err := r.n.Content.Open()
	if err != nil {
		return nil, r.c.Fail(err)
	}
	return &partOfFile{content, r}, nil
}

// end returns why the run ends: the file could not be read, or that was too much. Skipped input costs less than input that a command reads.
func (r *partReader) end() error {
	if err := r.c.spend(pathCost + r.passed/8); err != nil {
		return err
	}
	return r.c.Failure()
}

type partOfFile struct {
	io.ReadCloser
	of *partReader
}

func (r *partOfFile) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	r.of.passed += n
	if err != nil && err != io.EOF {
		err = r.of.c.Fail(err)
	}
	return n, err
}
