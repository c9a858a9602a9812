package shell

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
)

// Run runs the script of a session to its end.
func Run(ctx context.Context, s *busybox.Session, name string, args []string, body []byte) (status int, err error) {
	s.Begin()
	p := newProcess(s, ctx, name, args)
	status, err = p.runFile(body)
	if why := s.Failure(); why != nil {
		err = why
	}
	return status, err
}

// RunText runs shell text of a session to its end, as "sh -c TEXT" does.
func RunText(ctx context.Context, s *busybox.Session, body []byte) (status int, err error) {
	s.Begin()
	p := newProcess(s, ctx, "sh", nil)
	status, err = p.runText(body)
	if why := s.Failure(); why != nil {
		err = why
	}
	return status, err
}

// runFile runs a file that is a script as the kernel would start it.
func (p *process) runFile(body []byte) (status int, err error) {
	words, err := Interpreter(body)
	if err != nil {
		return 0, p.Fail(refuseText(p.Session, err))
	}
	if _, _, problem := p.flags.parse(words, "is"); problem != "" {
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

// Interpreter reads the "#!" line of a file and returns the flags in it. The error is a [*SyntaxError] if no shell is named.
func Interpreter(body []byte) ([]string, error) {
	if len(body) > busybox.MaxBodySize {
		return nil, &SyntaxError{Reason: fmt.Sprintf("more than %d bytes are not supported", busybox.MaxBodySize)}
	}
	line, _, _ := strings.Cut(string(body), "\n")
	line, ok := strings.CutPrefix(line, "#!")
	if !ok {
		// The kernel would not run it; a shell that tries to would read it itself.
		return nil, &SyntaxError{Reason: "has no \"#!\" line"}
	}
	words := strings.Fields(line)
	if len(words) > 0 && (words[0] == "/bin/busybox" || words[0] == "/usr/bin/env") {
		words = words[1:]
	}
	if len(words) == 0 {
		return nil, &SyntaxError{Line: 1, Reason: "names no interpreter"}
	}
	if IsInterpreter(words[0]) {
		return words[1:], nil
	}
	return nil, &SyntaxError{Line: 1, Reason: fmt.Sprintf("the interpreter %q is not supported: only the shell is", words[0])}
}

// limitedOutput is what standard output and error of the script are.
type limitedOutput struct{ session *busybox.Session }

func (w *limitedOutput) Read([]byte) (int, error) { return 0, errBadDescriptor }

func (w *limitedOutput) Write(p []byte) (int, error) { return w.session.Print(p) }
