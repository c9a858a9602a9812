package shell

import (
	"context"
	"errors"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
)

// Run runs the script of a session to its end.
func Run(ctx context.Context, s *busybox.Session, name string, args []string, body []byte) (status int, err error) {
	s.Begin()
	p := newProcess(s, ctx, name, args)
	p.isBody = true
	status, err = p.runFile(body)
	if why := s.Failure(); why != nil {
		err = why
	}
	return status, err
}

// RunText runs shell text of a session to its end, as "/bin/sh -c TEXT" does.
func RunText(ctx context.Context, s *busybox.Session, body []byte) (status int, err error) {
	s.Begin()
	p := newProcess(s, ctx, "/bin/sh", nil)
	p.isBody, p.options.From = true, 'c'
	status, err = p.runText(body)
	if why := s.Failure(); why != nil {
		err = why
	}
	return status, err
}

// runFile runs a file that is a script as the kernel would start it.
func (p *process) runFile(body []byte) (status int, err error) {
	words, err := grammar.Interpreter(body)
	if err != nil {
		return 0, p.Fail(refuseText(p.Session, err))
	}
	if _, _, problem := p.options.Parse(words, "is", nil); problem != "" {
		return 0, p.Fail(p.Unsupported(1, "%s", problem))
	}
	return p.runText(body)
}

// runText runs a whole text and then the trap on exit.
func (p *process) runText(body []byte) (status int, err error) {
	file, err := parse(p.Session, body)
	if err != nil {
		return 0, p.Fail(err)
	}
	return p.run(file.Stmts)
}

// runLogin is runText for a login shell, which runs the profiles of the system and of the user first, in itself.
func (p *process) runLogin(body []byte) (status int, err error) {
	for _, profile := range []string{"/etc/profile", p.value("HOME") + "/.profile"} {
		text, err := p.Tree.ReadFile(busybox.Absolute(p.dir, profile), busybox.MaxBodySize)
		if busybox.Fatal(err) {
			return 0, p.Fail(err)
		}
		if err != nil {
			continue
		}
		err = p.text(string(text))
		if u := (*unwind)(nil); errors.As(err, &u) && u.kind == unwindReturn {
			err = nil
		}
		if err != nil {
			return p.status, p.ended(err)
		}
	}
	return p.runText(body)
}

// limitedOutput is what standard output and error of the script are.
type limitedOutput struct{ session *busybox.Session }

func (w *limitedOutput) Read([]byte) (int, error) { return 0, stream.ErrBadDescriptor }

func (w *limitedOutput) Write(p []byte) (int, error) { return w.session.Print(p) }

// parse is [Parse] for a session.
func parse(s *busybox.Session, text []byte) (*syntax.File, error) {
	file, err := grammar.Parse(text)
	if err != nil {
		return nil, refuseText(s, err)
	}
	return file, nil
}

// refuseText makes an error of a session's own of a [*SyntaxError].
func refuseText(s *busybox.Session, err error) error {
	if refused := new(grammar.SyntaxError); errors.As(err, &refused) {
		return s.Unsupported(refused.Line, "%s", refused.Reason)
	}
	return err
}
