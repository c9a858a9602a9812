package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble/internal/remedy"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// apkQuery is "apk query" of apk 3: with --recursive of the packages that would be there if nothing but the arguments, and with
// --world the root's world, were asked for; with --installed of those whose names match one of the arguments.
func (p *Plan) apkQuery(ctx context.Context, c *command.Command, r run, stdout, stderr io.Writer) (int, error) {
	unsupported := func(why string) (int, error) {
		return 0, fmt.Errorf("%s: %s: %w", r.command, why, errors.ErrUnsupported)
	}
	if p.Generation == apk.V2 {
		return unsupported("the base's apk 2 has no query")
	}
	print, err := c.QueryPrinter()
	if err != nil {
		return unsupported(err.Error())
	}
	switch {
	case c.Has("recursive"), c.Has("world"):
	case !c.Has("installed"):
		return unsupported("query needs --recursive or --installed")
	default:
		var found []*apk.Package
		for _, installed := range r.on.Installed().Packages {
			matches := func(pattern string) bool {
				ok, err := path.Match(pattern, installed.Name)
				return ok && err == nil
			}
			if slices.ContainsFunc(c.Args, matches) {
				found = append(found, &installed.Package)
			}
		}
		return 0, print(stdout, found)
	}
	if p.locked != nil {
		return printed(stdout, stderr)(p.lockedAnswer(r))
	}
	wanted, err := c.Constraints(p.Generation)
	if err != nil {
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 1, nil
	}
	t, err := p.begin(r)
	if err != nil {
		return 0, err
	}
	err = t.ask(ctx, func(request *solver.Request) {
		if !c.Has("world") {
			request.Goal = []apk.Dependency{}
		}
		request.Add(wanted, 0)
	})
	if isUnsolvable(ctx, err) {
		said := unsolvable(err)
		return printed(stdout, stderr)(p.keepAnswer(t, said.Status, said.Output))
	}
	if err != nil {
		return 0, err
	}
	var found []*apk.Package
	for _, c := range t.Solution.Changes {
		if c.New != nil {
			found = append(found, c.New)
		}
	}
	var text strings.Builder
	if err := print(&text, found); err != nil {
		return 0, err
	}
	return printed(stdout, stderr)(p.keepAnswer(t, 0, text.String()))
}

// printed returns a function that prints an answer, on standard error if it is a failure's, and returns apk's exit status.
func printed(stdout, stderr io.Writer) func(*lock.Answer, error) (int, error) {
	return func(answer *lock.Answer, err error) (int, error) {
		if err != nil {
			return 0, err
		}
		if answer.Status != 0 {
			stdout = stderr
		}
		_, err = io.WriteString(stdout, answer.Output)
		return answer.Status, err
	}
}

// apkSimulate prints what "apk add", "apk del" or "apk fix" would do, or why they would fail. A lock keeps that.
func (p *Plan) apkSimulate(ctx context.Context, c *command.Command, r run, stdout, stderr io.Writer) (int, error) {
	if c.Applet == "upgrade" || len(r.files) > 0 {
		return 0, fmt.Errorf("%s: --simulate is supported for packages of repositories with add, del and fix: %w", r.command, errors.ErrUnsupported)
	}
	return printed(stdout, stderr)(p.simulated(ctx, c, r))
}

func (p *Plan) simulated(ctx context.Context, c *command.Command, r run) (*lock.Answer, error) {
	if p.locked != nil {
		return p.lockedAnswer(r)
	}
	t, err := p.begin(r)
	if err != nil {
		return nil, err
	}
	err = t.ask(ctx, r.ask)
	if isUnsolvable(ctx, err) {
		said := unsolvable(err)
		return p.keepAnswer(t, said.Status, said.Output)
	}
	if err != nil {
		return nil, err
	}
	var output strings.Builder
	if c.Verbosity > 0 {
		for _, line := range t.Solution.Lines() {
			fmt.Fprintln(&output, line)
		}
	}
	return p.keepAnswer(t, 0, output.String())
}

// answer asks apk's databases what a command asks for; with a lock, the answer is there.
func (p *Plan) answer(ctx context.Context, c *command.Command, r run) (*lock.Answer, error) {
	if p.locked != nil {
		return p.lockedAnswer(r)
	}
	t, err := p.begin(r)
	if err != nil {
		return nil, err
	}
	question, _, err := t.question(ctx, nil)
	if err == nil {
		err = in(PartRepository, t.explainOwn(t.doubt)) // the answer depends on all repositories
	}
	if err != nil {
		return nil, err
	}
	var output strings.Builder
	status := r.on.Query(c, question.Repositories, &output, io.Discard)
	return p.keepAnswer(t, status, output.String())
}

// explainRun adds to the failure of a command that the image lacks which packages have it, if indexes have been read before, and to that of one that
// changes files of the container what to do instead. What ends with apk's report of packages that cannot be had says so in one line, with the names
// that may be meant.
func (p *Plan) explainRun(ctx context.Context, staged *stage.Stage, s *spec.Step, err error) error {
	if s.IsContainer && remedy.IsOfMount(err) {
		return hint.With(err, "as with docker, RUN cannot remove what --mount mounts, or change the container's own /etc/hosts, /etc/resolv.conf, /proc and "+
			"/sys: use COPY for a file of the image, or set hosts and name servers when the container starts")
	}
	failed := (*script.ExitError)(nil)
	if errors.As(err, &failed) && len(p.later) > 0 {
		last := p.later[len(p.later)-1]
		if last.cause != nil && last.Answer != nil && isEnd(failed.Output, last.Answer.Output) {
			failed.Output = last.Command + ": " + last.Failure
			return hint.With(err, remedy.OfPackages(last.cause))
		}
	}
	name := remedy.MissingCommand(err)
	switch {
	case name != "":
	case failed != nil && p.env.Output == nil:
		return hint.With(err, s.Remedy("run")+"; -v shows all that commands print")
	default:
		return err
	}
	var packages []string
	if p.locked == nil && len(p.Solution.Changes)+len(p.later) > 0 {
		packages = remedy.Having(name, p.offered(ctx, staged))
	}
	return hint.With(err, s.RemedyMissing(name, packages))
}

// isEnd reports whether the last lines that a command printed, on one line, are the last of a report, or end with it.
func isEnd(tail, report string) bool {
	report = strings.Join(strings.Fields(report), " ")
	return tail != "" && (strings.HasSuffix(report, tail) || strings.HasSuffix(tail, report))
}

// offered returns the repositories of the root as it is now, nothing if they cannot be read.
func (p *Plan) offered(ctx context.Context, staged *stage.Stage) []solver.Repository {
	on, err := p.ownTarget(staged)
	if err != nil {
		return nil
	}
	r := run{on: on}
	if r.repositories, err = p.repositoriesOf(new(command.Command), on); err != nil {
		return nil
	}
	t, err := p.begin(r)
	if err != nil {
		return nil
	}
	question, _, err := t.question(ctx, nil)
	if err != nil {
		return nil
	}
	return question.Repositories
}

// lockedAnswer is the answer that the lock has for the next command.
func (p *Plan) lockedAnswer(r run) (*lock.Answer, error) {
	locked, err := p.lockedTransaction(r.command)
	if err != nil {
		return nil, err
	}
	if locked.Answer == nil {
		return nil, in(PartLock, fmt.Errorf("the lock has no answer to %q", r.command))
	}
	p.later = append(p.later, &Transaction{
		Command: r.command, Root: r.on.Root.Name, Answer: locked.Answer, PackagePlan: PackagePlan{Solution: new(solver.Solution)},
	})
	return locked.Answer, nil
}

// keepAnswer notes what a command that only asks printed.
func (p *Plan) keepAnswer(t *Transaction, status int, output string) (*lock.Answer, error) {
	t.Answer = &lock.Answer{Status: status, Output: output}
	t.Solution = new(solver.Solution)
	const most = 1 << 20
	if len(t.Answer.Output) > most {
		return nil, hint.Errorf("%s prints more than %d bytes, which is the limit", t.Command, most).With("name the packages, or use --installed")
	}
	p.later = append(p.later, t)
	return t.Answer, nil
}
