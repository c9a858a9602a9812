package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble/internal/remedy"
	"github.com/lamina-oci/lamina/oci/spec"
)

// RefusedError lists all that scripts and commands of a build call for and that cannot be interpreted, in the order in which the build
// comes to it. Nothing was written.
//
// Only the first is certain to be all that is in the way of what comes after it: scripts go on as if what is refused were left out.
type RefusedError struct {
	Refusals []Refusal // at least one
}

// Refusal is one item of a [RefusedError].
type Refusal struct {
	*script.UnsupportedError       // Package is "" for a command
	located                  error // with the place in the request
	mayBeScript              bool  // of a program, so that it is not certain
}

func (r Refusal) Error() string { return r.located.Error() }
func (r Refusal) Unwrap() error { return r.located }

// Error has a line for each refusal.
func (e *RefusedError) Error() string {
	if len(e.Refusals) == 1 {
		return e.Refusals[0].Error()
	}
	lines := []string{fmt.Sprintf("scripts cannot be interpreted in %d places:", len(e.Refusals))}
	for _, r := range e.Refusals {
		lines = append(lines, r.Error())
	}
	return strings.Join(lines, "\n  ")
}

func (e *RefusedError) Unwrap() []error {
	list := make([]error, len(e.Refusals))
	for i, r := range e.Refusals {
		list[i] = r
	}
	return list
}

// joinRefused returns one error if some of several platforms refuse scripts, and otherwise err.
func joinRefused(platforms []oci.Platform, errs []error, err error) error {
	var all []Refusal
	where := make(map[string][]string) // platforms by texts
	for i := range errs {
		refused := new(RefusedError)
		if !errors.As(errs[i], &refused) {
			continue
		}
		for _, r := range refused.Refusals {
			text := r.UnsupportedError.Error()
			if where[text] == nil {
				all = append(all, r)
			}
			where[text] = append(where[text], platforms[i].String())
		}
	}
	if len(platforms) == 1 || len(all) == 0 {
		return err
	}
	for i, r := range all {
		if names := where[r.UnsupportedError.Error()]; len(names) < len(platforms) {
			all[i].located = fmt.Errorf("%s: %w", strings.Join(names, ", "), r.located)
		}
	}
	return in(partOf(all), &RefusedError{all})
}

// partOf returns what an error that lists refusals is about.
func partOf(list []Refusal) string {
	if list[0].Package == "" {
		return PartRun
	}
	return PartPackage
}

func (e *RefusedError) remedy() string {
	if len(e.Refusals) == 1 {
		return ""
	}
	var all remedy.Refused
	for _, r := range e.Refusals {
		if !r.mayBeScript { // then it need not be left out
			all.Add(r.UnsupportedError, Hint(r.located))
		}
	}
	return all.Remedy()
}

// noteRefused takes over what the stage has refused since, with the place in the request.
func (p *Plan) noteRefused(staged *stage.Stage, locate func(error) error) {
	all := staged.Refused()
	for _, r := range all[p.noted:] {
		p.refused = append(p.refused, Refusal{UnsupportedError: r.Err, located: locate(r)})
	}
	for _, r := range p.withheld {
		p.refused = append(p.refused, Refusal{UnsupportedError: r.UnsupportedError, located: locate(r.located), mayBeScript: r.mayBeScript})
	}
	p.noted, p.withheld = len(all), nil
}

// noteInText is noteRefused for an item of a step's Run.
func (p *Plan) noteInText(staged *stage.Stage, s *spec.Step, i int) {
	p.noteRefused(staged, func(err error) error { return p.spec.LocateIn(s, remedyInText(s, err), "run", i) })
}

// remedyInText says what to do about a command that cannot be interpreted.
func remedyInText(s *spec.Step, err error) error {
	unsupported := new(script.UnsupportedError)
	switch {
	case !errors.As(err, &unsupported) || unsupported.Package != "":
		return err
	case unsupported.Program != "":
		return hinted(err, s.RemedyProgram())
	}
	return hinted(err, s.RemedyText())
}

// settle returns the error that a build ends with: if anything was refused, that is it, for other failures may come of it.
func (p *Plan) settle(ctx context.Context, err error) error {
	refused := p.refused
	if p.ownsStages {
		refused = slices.Concat(p.stages.refused, refused)
	}
	if len(refused) == 0 || ctx.Err() != nil {
		return err
	}
	return in(partOf(refused), &RefusedError{refused})
}

// Scripts is the outcome of a plan's scripts and commands.
type Scripts struct {
	Runs         []ScriptRun // in the order in which a build runs them
	Transactions []*Transaction
	Refused      *RefusedError // nil if a build goes through
}

// ScriptRun is a script or command that a build runs or skips.
type ScriptRun struct {
	Stage string // the name of the Dockerfile's stage that it is run for; "" for the image itself
	stage.ScriptRun
}

// Scripts finds out whether scripts of packages and commands can run. That shows only when they run, so this fetches packages, and fails
// as a build would if a script fails; it writes only to the cache. It must not run beside Write.
func (p *Plan) Scripts(ctx context.Context) (*Scripts, error) {
	out := new(Scripts)
	p.stages.isSurvey = true
	defer func() { p.stages.isSurvey = false }()
	if _, err := p.fetchAndStage(ctx); err != nil && !errors.As(err, &out.Refused) {
		return nil, err
	}
	out.Transactions = p.later
	for _, run := range p.scripts {
		out.Runs = append(out.Runs, ScriptRun{ScriptRun: run})
	}
	out.Runs = slices.Concat(p.stages.scripts, out.Runs)
	return out, nil
}
