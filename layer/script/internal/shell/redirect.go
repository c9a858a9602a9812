package shell

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/files"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
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
	opener := files.Opener{
		Session: p.Session, Tree: p.Tree, Dir: p.dir, Umask: p.umask, Line: p.line, Standard: [3]stream.Stream(p.fds[:3]),
		Noclobber: p.options.Noclobber,
	}
	s, err := opener.Open(target, op)
	if err != nil {
		if busybox.Fatal(err) {
			return false, p.Fail(p.placed(err))
		}
		p.say("%s", files.Complaint(target, op, err))
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
