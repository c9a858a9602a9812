package shell

import (
	"context"
	"errors"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/tree"
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
// Bash, if not nil, is the command line of that shell up to the text, which begins with its path: it has to be there.
func RunText(ctx context.Context, s *busybox.Session, body []byte, bash []string) (status int, err error) {
	s.Begin()
	p := newProcess(s, ctx, "/bin/sh", nil)
	p.isBody = true
	text := busybox.Text{From: 'c', Body: body}
	if bash != nil {
		where := bash[0]
		if !strings.Contains(where, "/") {
			where, _ = p.outside(bash).LookPath(where)
		}
		n, err := p.Tree.Stat(path.Join("/", where))
		if err != nil || n.Type != tree.Regular || p.Tree.Access(n, tree.Execute) != nil {
			p.write(2, []byte(bash[0]+": not found\n"))
			return 127, s.Failure()
		}
		options, rest, refused := busybox.ParseShell(bash[1:], true)
		if refused != "" || len(rest) > 0 || options.From != 'c' {
			return 0, p.Unsupported(0, "the shell %s is not supported with these options", strings.Join(bash, " "))
		}
		text, p.name = options, bash[0]
		text.Body = body
	}
	status, err = p.runAs(text)
	if why := s.Failure(); why != nil {
		err = why
	}
	return status, err
}

// runFile runs a file that is a script as the kernel would start it.
func (p *process) runFile(body []byte) (status int, err error) {
	dialect, words, err := grammar.Interpreter(body)
	if err != nil {
		return 0, p.Fail(refuseText(p.Session, err))
	}
	if dialect == grammar.Bash {
		p.becomeBash()
		words = bash.WithoutOptions(words, &p.errtrace)
	}
	if _, _, problem := p.options.Parse(words, "is", nil); problem != "" {
		return 0, p.Fail(p.Unsupported(1, "%s", problem))
	}
	return p.runText(body)
}

// runAs runs text in this shell, which is new, with the options of its command line.
func (p *process) runAs(text busybox.Text) (status int, err error) {
	if p.options.From = text.From; text.IsBash {
		p.becomeBash()
		text.Flags = bash.WithoutOptions(text.Flags, &p.errtrace)
	}
	if _, _, problem := p.options.Parse(text.Flags, "is", nil); problem != "" {
		return 0, p.Fail(p.Unsupported(p.line, "%s: %s", p.name, problem))
	}
	if text.Login && !text.NoProfile {
		return p.runLogin(text.Body)
	}
	return p.runText(text.Body)
}

// runText runs a whole text and then the trap on exit.
func (p *process) runText(body []byte) (status int, err error) {
	file, err := p.parse(body)
	if err != nil {
		return 0, p.Fail(err)
	}
	return p.run(file.Stmts)
}

// runLogin is runText for a login shell, which runs the profiles of the system and of the user first, in itself.
func (p *process) runLogin(body []byte) (status int, err error) {
	profiles := []string{"/etc/profile", p.value("HOME") + "/.profile"}
	if p.isBash {
		for _, name := range []string{"/.bash_profile", "/.bash_login"} {
			if _, err := p.Tree.Stat(p.value("HOME") + name); err == nil {
				profiles[1] = p.value("HOME") + name
				break
			}
		}
	}
	for _, profile := range profiles {
		text, err := p.Tree.ReadFile(busybox.Absolute(p.dir, profile), busybox.MaxBodySize)
		if busybox.Fatal(err) {
			return 0, p.Fail(err)
		}
		if err != nil {
			continue
		}
		end := p.begin("", profile)
		err = p.text(string(text))
		end()
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

// parse is [grammar.Parse] for a shell.
func (p *process) parse(text []byte) (*syntax.File, error) {
	dialect := grammar.Ash
	if p.isBash {
		dialect = grammar.Bash
	}
	file, err := grammar.Parse(text, dialect)
	if err != nil {
		return nil, refuseText(p.Session, err)
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
