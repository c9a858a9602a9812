package busybox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk"
	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

// maxAwkBytes bounds the values of a program, in bytes.
const maxAwkBytes = 64 << 20

// awkApplet runs package awk over the tree: it reads files of the tree and writes what it
// prints.
func awkApplet(c *Call) (int, error) {
	opts, args, err := c.getopt("+F:v:f:e:", "")
	if err != nil {
		return 0, err
	}
	config := c.awkConfig()
	var source []string
	origin := "cmd. line"
	for _, o := range opts {
		switch o.letter {
		case 'F':
			config.FS = &o.value
		case 'v':
			if !awk.IsAssignment(o.value) {
				return c.usage(), nil
			}
			config.Vars = append(config.Vars, o.value)
		case 'e':
			source = append(source, o.value)
		case 'f':
			content, err := c.open(o.value, true)
			if Fatal(err) {
				return 0, err
			} else if err != nil {
				return c.complain("can't open '%s': %s", o.value, Reason(err)), nil
			}
			source = append(source, string(content))
			origin = o.value
		}
	}
	if source == nil {
		if len(args) == 0 {
			return c.usage(), nil
		}
		source, args = args[:1], args[1:]
	}
	config.Args = args
	program, err := awk.Parse(strings.Join(source, "\n"))
	if err != nil {
		return 0, c.Unsupported(c.Line, "awk: %v", err)
	}
	status, err := program.Run(c.Ctx, config)
	return c.awkEnded(status, err, origin)
}

// awkEnded turns the end of a program into that of the command.
func (c *Call) awkEnded(status int, err error, origin string) (int, error) {
	var failed *awk.RuntimeError
	var unsupported *awk.UnsupportedError
	var limit *awk.LimitError
	switch {
	case err == nil:
		return status, nil
	case errors.As(err, &failed):
		if failed.Line == 0 {
			return c.complain("%s", failed.Text), nil
		}
		return c.complain("%s:%d: %s", origin, failed.Line, failed.Text), nil
	case errors.As(err, &unsupported):
		return 0, c.Unsupported(c.Line, "awk: %v", err)
	case errors.As(err, &limit), errors.Is(err, errTooMuch):
		return 0, c.exceeded("awk: %v", err)
	}
	return 0, err
}

// awkConfig is all that a program can reach.
func (c *Call) awkConfig() awk.Config {
	var environ []string
	exported := c.Environment()
	for _, name := range slices.Sorted(maps.Keys(exported)) {
		environ = append(environ, name+"="+exported[name])
	}
	return awk.Config{
		Stdin:  &awkStdin{c: c},
		Stdout: &boundedBuffer{to: &c.Out}, Stderr: &boundedBuffer{to: &c.Err},
		Environ: environ, Now: c.Now, MaxBytes: maxAwkBytes,
		Compile: c.awkRegex,
		Open: func(name string) (io.ReadCloser, error) {
			content, err := c.open(name, false)
			return io.NopCloser(bytes.NewReader(content)), openError(name, err)
		},
		Create: c.awkCreate,
		Spend:  func(n int64) error { return c.spend(int(n)) },
	}
}

// openError is an error as package awk takes those of the program.
func openError(name string, err error) error {
	var errno tree.Errno
	if Fatal(err) || !errors.As(err, &errno) {
		return err
	}
	return &fs.PathError{Op: "open", Path: name, Err: errno}
}

// awkCreate opens a file of the tree that the program writes.
func (c *Call) awkCreate(name string, more bool) (io.WriteCloser, error) {
	full := c.file(name)
	if path.Clean(full) == "/dev/null" {
		return nowhereWriter{}, nil
	}
	if n, err := c.Tree.Stat(full); strings.HasPrefix(path.Clean(full), "/dev/") || err == nil && n.Type != tree.Regular && n.Type != tree.Directory {
		return nil, c.Unsupported(c.Line, "awk: %s is no regular file: it cannot be written", name)
	}
	flags := tree.Create | tree.Truncate
	if more {
		flags = tree.Create | tree.Append
	}
	w, err := c.Tree.OpenWriter(full, flags, c.masked(0o666))
	if err != nil {
		return nil, openError(name, err)
	}
	return &awkFile{c: c, name: name, to: w}, nil
}

type nowhereWriter struct{}

func (nowhereWriter) Write(p []byte) (int, error) { return len(p), nil }
func (nowhereWriter) Close() error                { return nil }

// awkFile is a file that a program writes, with the bound of all files.
type awkFile struct {
	c       *Call
	name    string
	to      io.WriteCloser
	written int64
}

func (f *awkFile) Write(p []byte) (int, error) {
	if f.written += int64(len(p)); f.written > MaxInput {
		return 0, f.c.exceeded("awk: writes more than %d bytes to %s", MaxInput, f.name)
	}
	return f.to.Write(p)
}

func (f *awkFile) Close() error { return f.to.Close() }

// awkStdin reads standard input when the program first does.
type awkStdin struct {
	c    *Call
	rest io.Reader
}

func (r *awkStdin) Read(p []byte) (int, error) {
	if r.rest == nil {
		b, err := r.c.read()
		if err != nil {
			return 0, err
		}
		r.rest = bytes.NewReader(b)
	}
	return r.rest.Read(p)
}

// awkRegex compiles an expression of a program.
func (c *Call) awkRegex(expr string, ignoreCase, basic bool) (awk.Matcher, error) {
	re, err := regex.Parse(expr, regex.Flags{Extended: !basic, IgnoreCase: ignoreCase})
	var bad regex.Error
	switch {
	case errors.As(err, &bad):
		return nil, &awk.RegexError{Expr: expr, Text: string(bad)}
	case err != nil:
		return nil, c.Unsupported(c.Line, "awk: %q: %v", expr, err)
	}
	return awkMatcher{c, re}, nil
}

type awkMatcher struct {
	c  *Call
	re *regex.Expression
}

// Find implements [awk.Matcher].
func (m awkMatcher) Find(text string, notBOL bool) (begin, end int, ok bool) {
	m.c.spend(m.re.Cost(len(text))) // the next step reports a failure
	at := m.re.Find([]byte(text), notBOL)
	if at == nil {
		return 0, 0, false
	}
	return at[0], at[1], true
}

// errTooMuch is output beyond the bound of any command.
var errTooMuch = fmt.Errorf("prints more than %d bytes", MaxInput)

// boundedBuffer fails when more is written than any command may.
type boundedBuffer struct {
	to      io.Writer
	written int
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.written += len(p); b.written > MaxInput {
		return 0, errTooMuch
	}
	return b.to.Write(p)
}
