package shell

import (
	"bytes"
	"errors"
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/tree"
)

// redirect opens what the redirections of a command say. It is not ok after a failure
// that the command alone is to feel; the message is out then.
func (p *process) redirect(list []*syntax.Redirect) (ok bool, err error) {
	for _, r := range list {
		if ok, err := p.redirectOne(r); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (p *process) redirectOne(r *syntax.Redirect) (ok bool, err error) {
	fd := 1
	switch r.Op {
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		fd = 0
	}
	if r.N != nil {
		if fd, err = strconv.Atoi(r.N.Value); err != nil || fd >= len(p.fds) {
			return false, p.refuse("file descriptor %s is not supported: only 0 to 9 are", r.N.Value)
		}
	}
	if r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc {
		text, err := p.scope().Document(r)
		// Ash expands it as it redirects, so that an error there is one of the redirection, which does not end the shell.
		if left := (*unwind)(nil); errors.Is(err, errBuiltinFailed) || errors.As(err, &left) && left.kind == unwindExit {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		p.point(fd, stream.Input{Reader: strings.NewReader(text)})
		return true, nil
	}
	if input := grammar.InputOf(r); input != nil {
		out, err := p.produced(input.Stmts, false)
		if err != nil {
			return false, err
		}
		p.point(fd, stream.Input{Reader: out})
		return true, nil
	}
	target, err := p.word(r.Word)
	if err != nil {
		return false, err
	}
	if r.Op == syntax.WordHdoc {
		p.point(fd, stream.Input{Reader: strings.NewReader(target + "\n")})
		return true, nil
	}
	op := r.Op
	if op == syntax.DplOut && fd == 1 && target != "-" && strings.Trim(target, "0123456789") != "" {
		op = syntax.RdrAll // ">&FILE"
	}
	if op == syntax.DplIn || op == syntax.DplOut {
		return p.duplicate(fd, target)
	}
	s, err := p.open(target, op)
	if err != nil {
		if errors.Is(err, tree.ErrNoSpace) || busybox.Fatal(err) {
			return false, p.Fail(p.placed(err))
		}
		p.complainOpen(target, op, err)
		return false, nil
	}
	p.point(fd, s)
	if op == syntax.RdrAll {
		p.point(2, s)
	}
	return true, nil
}

// produced runs the commands of "<(commands)" to their end and returns what they have printed. As an argument, they are among the commands
// whose failure is asked for if that of the command is.
func (p *process) produced(stmts []*syntax.Stmt, isArgument bool) (*bytes.Buffer, error) {
	c, err := p.fork()
	if err != nil {
		return nil, err
	}
	out := &capture{p: p}
	c.fds[1] = out
	if !isArgument {
		c.tested = 0
	}
	_, err = c.run(stmts)
	return &out.b, err
}

// point makes a descriptor one of something else.
func (p *process) point(fd int, to stream.Stream) {
	if old := p.fds[fd]; p.before[fd] == nil {
		p.before[fd] = &old
	}
	p.fds[fd] = to
}

// duplicate is "n>&m" and "n>&-".
func (p *process) duplicate(fd int, target string) (ok bool, err error) {
	if target == "-" {
		p.point(fd, nil)
		return true, nil
	}
	from, err := strconv.Atoi(target)
	if err != nil || from < 0 {
		return false, p.abort("redir error")
	}
	if from >= len(p.fds) || p.fds[from] == nil {
		p.say("%d: %s", from, stream.ErrBadDescriptor)
		return false, nil
	}
	p.point(fd, p.fds[from])
	return true, nil
}

// complainOpen prints ash's words for what kept a file from being opened.
func (p *process) complainOpen(name string, op syntax.RedirOperator, err error) {
	verb, missing := "create", "nonexistent directory"
	if op == syntax.RdrIn {
		verb, missing = "open", "no such file"
	}
	text := busybox.Reason(err)
	if errors.Is(err, tree.ErrNotExist) || errors.Is(err, tree.ErrNotDir) {
		text = missing
	}
	p.say("can't %s %s: %s", verb, name, text)
}

// open opens a file of the tree, or one of the few devices that mean something here.
func (p *process) open(name string, op syntax.RedirOperator) (stream.Stream, error) {
	full := busybox.Absolute(p.dir, name)
	if name == "" {
		return nil, tree.ErrNotExist
	}
	fd := -1
	switch clean := path.Clean(full); clean {
	case "/dev/null", "/dev/zero", "/dev/full", "/dev/tty":
		if clean == "/dev/null" {
			return stream.Null{}, nil
		}
		return nil, p.refuse("%s is not supported", clean)
	case "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0":
		fd = 0
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		fd = 1
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		fd = 2
	}
	if fd >= 0 && p.fds[fd] == nil {
		return nil, tree.ErrNotExist
	} else if fd >= 0 {
		return p.fds[fd], nil
	}
	if op == syntax.RdrIn {
		if content, ok := p.Special(full); ok {
			return stream.Input{Reader: bytes.NewReader(content)}, nil
		}
	}
	if err := p.RefuseInput(p.line, full); err != nil {
		return nil, err
	}
	if op == syntax.RdrIn {
		return p.openToRead(full)
	}
	if err := p.RefuseDevice(p.line, full); err != nil {
		return nil, err
	}
	flags := tree.Create | tree.Truncate
	switch op {
	case syntax.AppOut:
		flags = tree.Create | tree.Append
	case syntax.RdrInOut:
		return nil, p.refuse("redirection \"<>\" is not supported but for devices")
	}
	n, err := p.Tree.Stat(full)
	switch {
	case err == nil && n.Type != tree.Directory && n.Type != tree.Regular:
		return nil, p.refuse("%s is not a regular file: writing it is not supported", name)
	case err == nil && n.Type == tree.Regular && p.options.Noclobber && (op == syntax.RdrOut || op == syntax.RdrAll):
		return nil, tree.ErrExist
	}
	w, err := p.Tree.OpenWriter(full, flags, 0o666&^p.umask)
	if err != nil {
		return nil, err
	}
	return stream.Output{Writer: w}, nil
}

func (p *process) openToRead(full string) (stream.Stream, error) {
	n, err := p.Tree.Stat(full)
	if err != nil {
		return nil, err
	}
	if err := p.Tree.Access(n, tree.Read); err != nil {
		return nil, err
	}
	switch {
	case n.Type == tree.Directory:
		return stream.Directory{}, nil
	case n.Type != tree.Regular:
		return nil, p.refuse("%s is not a regular file: reading it is not supported", full)
	case n.Size > busybox.MaxInput:
		return nil, p.refuse("%s has more than %d bytes", full, busybox.MaxInput)
	}
	b, err := n.Read(busybox.MaxInput)
	if err != nil {
		return nil, err
	}
	return stream.File{Reader: bytes.NewReader(b), Node: n}, nil
}
