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
	stdin := &awkStdin{c: c}
	return awk.Config{
		Stdin:  stdin,
		Stdout: &boundedBuffer{to: &c.Out}, Stderr: &boundedBuffer{to: &c.Err},
		Environ: environ, Now: c.Now, MaxBytes: maxAwkBytes,
		Compile: c.awkRegex,
		Open: func(name string) (io.ReadCloser, error) {
			content, err := c.open(name, false)
			return io.NopCloser(bytes.NewReader(content)), openError(name, err)
		},
		Create: c.awkCreate,
		Command: func(command string, input io.Reader, stdout io.Writer) (int, error) {
			if input == nil {
				input = stdin.ofCommand()
			}
			return c.shellCommand(command, input, stdout)
		},
		Spend: func(n int64) error { return c.spend(int(n)) },
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
	rest *bytes.Reader
}

// stdioBuffer is how many bytes musl reads at once.
const stdioBuffer = 1024

// ofCommand is the standard input of a command that the program runs: what the program has not read into a buffer.
func (r *awkStdin) ofCommand() io.Reader {
	switch {
	case r.rest == nil:
		return r.c.Stdin
	case r.rest.Size() <= stdioBuffer:
		return bytes.NewReader(nil)
	}
	return refusedInput{r.c.Unsupported(r.c.Line, "awk: a command that reads the same input as the program is not supported")}
}

// refusedInput is standard input of which another program has read a part, how much depends on its buffer.
type refusedInput struct{ err error }

func (r refusedInput) Read([]byte) (int, error) { return 0, r.err }

// shellCommand runs shell text as system(3) and popen(3) do. Its output goes to stdout or, if that is nil, to that of the command.
func (c *Call) shellCommand(text string, stdin io.Reader, stdout io.Writer) (status int, err error) {
	to := c
	if stdout != nil {
		to = c.with(c.Args)
		to.Err.out = &to.Out
	}
	sub := to.other([]string{"sh", "-c", text}, stdin, nil)
	status, err = to.start(sub, "/bin/sh", nil, "%s: %s")
	if stdout == nil || err != nil {
		return status, err
	}
	if _, err := to.Out.WriteTo(stdout); err != nil {
		return 0, err
	}
	to.Err.WriteTo(&c.Err)
	to.Forget()
	return status, c.Bounded()
}

func (r *awkStdin) Read(p []byte) (int, error) {
	if r.rest == nil {
		b, err := r.c.read()
		if err != nil {
			return 0, openError("-", err)
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
