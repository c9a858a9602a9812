package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/script/programs"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A package's scripts come first in its file. Before packages are downloaded, their scripts are read, and if one cannot be interpreted for
// certain, no data is fetched from then on: the error lists what is refused in the scripts of all packages of the transaction, and the
// scripts of later transactions and stages are still read. What shows only when scripts run, such as what is behind a condition,
// [Plan.stage] finds, and all of it if nothing must be fetched.

// errWithheld ends a stage whose packages are not fetched because the build is refused.
var errWithheld = errors.New("packages are not fetched: the build is refused")

// fetchChecked is sources, after the scripts of what must be fetched have been looked at. The error is a [*RefusedError] if one cannot be
// interpreted.
func (p *Plan) fetchChecked(ctx context.Context, set *stageSet, all bool) ([]*repository.Source, error) {
	wanted, places, err := p.wantedFiles(ctx, all)
	if err != nil {
		return nil, err
	}
	isMissing := false
	if !set.isSurvey { // of which the whole list shows only when all scripts run
		isMissing, err = p.checkScripts(ctx, wanted, places)
	}
	switch {
	case err != nil:
		set.isWithheld = set.isWithheld || errors.As(err, new(*RefusedError))
		return nil, err
	case isMissing && set.isWithheld:
		return nil, errWithheld
	}
	found, err := p.env.Client.Packages(ctx, wanted, p.Arch)
	if err != nil {
		return nil, err
	}
	return p.placed(found, places), nil
}

// checkScripts reads the control segments of packages that must be downloaded, if there are any. If one of them has a script that is
// refused for certain, it reads those of the others, too.
func (p *Plan) checkScripts(ctx context.Context, wanted []repository.Wanted, places []int) (isMissing bool, err error) {
	client := p.env.Client
	if client.Offline {
		return false, nil
	}
	var missing, others []int // numbers in wanted
	for i, w := range wanted {
		if client.IsHere(w, p.Arch) {
			others = append(others, i)
		} else {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return false, nil
	}
	check := p.newScriptCheck()
	controls := make([]*apk.Control, len(p.Solution.Changes))
	var isSuspect atomic.Bool
	read := func(numbers []int) error {
		list := make([]repository.Wanted, len(numbers))
		for i, number := range numbers {
			list[i] = wanted[number]
		}
		return client.Controls(ctx, list, p.Arch, func(i int, control *apk.Control) bool {
			at := places[numbers[i]]
			controls[at] = control
			if len(check.certain(check.newSurvey(), at, control)) > 0 {
				isSuspect.Store(true)
			}
			return !isSuspect.Load()
		})
	}
	if err := read(missing); err != nil || !isSuspect.Load() {
		return true, err
	}
	if err := read(others); err != nil {
		return true, err
	}
	return true, check.allRefusals(controls)
}

// allRefusals returns what is refused in scripts of the packages; nil if nothing is for certain after all, for an earlier script may
// make what a later one calls.
func (c *scriptCheck) allRefusals(controls []*apk.Control) error {
	survey := c.newSurvey()
	isCertain := false
	var refused, triggers []Refusal
	for i, control := range controls {
		if control == nil {
			continue
		}
		found := c.refusals(survey, i, control, c.scriptsOf(i, control))
		isCertain = isCertain || slices.ContainsFunc(found, func(r Refusal) bool { return !r.mayBeScript })
		refused = append(refused, found...)
	}
	for i, control := range controls {
		if control != nil {
			triggers = append(triggers, c.refusals(survey, i, control, c.chosen(i, control, apk.Trigger))...)
		}
	}
	if !isCertain {
		return nil
	}
	return &RefusedError{append(refused, triggers...)}
}

// scriptCheck looks at scripts before there are the files of their packages.
type scriptCheck struct {
	changes  []solver.Change
	places   map[string]int // the first change of the solution that has a program, by its name
	before   []stage.File   // that are there before the packages
	base     *tree.Tree
	skip     []string
	leaveOut []string
}

// newSurvey begins with the files that are there before the packages.
func (c *scriptCheck) newSurvey() *programs.Survey {
	survey := &programs.Survey{LeaveOut: c.leaveOut}
	for _, f := range c.before {
		survey.PutFile(f.Path)
		survey.PutTree(f.Path)
	}
	return survey
}

// hasScript reports whether the base may have a script in the place of a program.
func (c *scriptCheck) hasScript(name string) bool {
	for _, dir := range [...]string{"usr/sbin/", "usr/bin/", "sbin/", "bin/"} {
		n, err := c.base.Stat(dir + name)
		if err != nil || n.Type != tree.Regular {
			continue
		}
		if n.Size == 0 {
			return true
		}
		first := make([]byte, 2)
		r, err := n.Content.Open()
		if err != nil {
			return true
		}
		_, err = io.ReadFull(r, first)
		r.Close()
		if err != nil || string(first) == "#!" {
			return true
		}
	}
	return false
}

func (p *Plan) newScriptCheck() *scriptCheck {
	c := &scriptCheck{changes: p.Solution.Changes, places: make(map[string]int), before: p.spec.Before, base: p.root.tree, skip: p.spec.SkippedOn(p.Base.Platform), leaveOut: p.spec.LeaveOut}
	for i, change := range c.changes {
		if change.New == nil {
			continue
		}
		if change.Kind == solver.Unchanged {
			i = -1 // there from the beginning
		}
		for _, provided := range change.New.Provides {
			if name, ok := strings.CutPrefix(provided.Name, "cmd:"); ok {
				if at, ok := c.places[name]; !ok || i < at {
					c.places[name] = i
				}
			}
		}
	}
	return c
}

// scriptsOf returns the scripts that a change runs for certain: triggers wait for directories, which are not known yet.
func (c *scriptCheck) scriptsOf(i int, control *apk.Control) []apk.Script {
	before, after := apk.PreInstall, apk.PostInstall
	if c.changes[i].Old != nil {
		before, after = apk.PreUpgrade, apk.PostUpgrade
	}
	return append(c.chosen(i, control, before), c.chosen(i, control, after)...)
}

// chosen returns the script of a type, unless it is skipped.
func (c *scriptCheck) chosen(i int, control *apk.Control, typ apk.ScriptType) []apk.Script {
	name := c.changes[i].New.Name
	if c.changes[i].New.InstalledSize == 0 { // nothing is read of its file
		return nil
	}
	if stage.IsSkipped(c.skip, name, typ) {
		return nil
	}
	at := slices.IndexFunc(control.Scripts, func(s apk.Script) bool { return s.Type == typ })
	if at < 0 {
		return nil
	}
	return control.Scripts[at : at+1 : at+1]
}

// certain returns what of a change's scripts cannot be interpreted for certain.
func (c *scriptCheck) certain(survey *programs.Survey, i int, control *apk.Control) []Refusal {
	found := c.refusals(survey, i, control, c.scriptsOf(i, control))
	return slices.DeleteFunc(found, func(r Refusal) bool { return r.mayBeScript })
}

// refusals goes through scripts of a change.
func (c *scriptCheck) refusals(survey *programs.Survey, i int, control *apk.Control, scripts []apk.Script) []Refusal {
	var list []Refusal
	for _, s := range scripts {
		last := i // change whose files are there
		switch s.Type {
		case apk.PreInstall, apk.PreUpgrade:
			last--
		case apk.Trigger:
			last = len(c.changes)
		}
		survey.Has = func(name string) bool {
			at, ok := c.places[name]
			return ok && at <= last && !c.hasScript(name)
		}
		for _, found := range survey.Script(s.Body) {
			reason := found.Message()
			if found.Name != "" {
				reason = strings.Replace(reason, found.Name, fmt.Sprintf("%q", found.Name), 1)
			}
			pkg := c.changes[i].New
			err := &script.UnsupportedError{
				Script: pkg.ID() + "." + s.Type.String(), Package: pkg.Name, Type: s.Type, Line: found.Line, Reason: reason, Program: found.Name[strings.LastIndexByte(found.Name, '/')+1:],
			}
			list = append(list, Refusal{UnsupportedError: err, located: fmt.Errorf("package %s: %w", pkg.ID(), err), mayBeScript: found.MayBeScript})
		}
	}
	return list
}
