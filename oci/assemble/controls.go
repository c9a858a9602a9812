package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/script/programs"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A package's scripts come first in its file. While packages are downloaded, each script is looked at as soon as it is there, at the cost of
// no request. If one cannot be interpreted for certain, the download of all the rest is given up, and only the scripts of the other
// packages are fetched, to list all that the build is refused for. What shows only when scripts run, such as triggers and conditions,
// or with packages that are here already, [Plan.stage] finds.

// errSuspect ends the download of packages.
var errSuspect = errors.New("a script cannot be interpreted")

// fetchChecked is sources, and looks at the scripts that it fetches. The error is a [*RefusedError] if one cannot be interpreted.
func (p *Plan) fetchChecked(ctx context.Context, all bool) ([]*repository.Source, error) {
	if p.mayTransact() || p.isSurvey { // the whole list shows only when the steps run
		return p.sources(ctx, all)
	}
	wanted, places, err := p.wantedFiles(all)
	if err != nil {
		return nil, err
	}
	check := p.newScriptCheck()
	looking := slices.Clone(wanted)
	for i := range looking {
		at := places[i]
		looking[i].Control = func(control *apk.Control) error {
			if len(check.certain(check.newSurvey(), at, control)) > 0 {
				return errSuspect
			}
			return nil
		}
	}
	found, err := p.env.Client.Packages(ctx, looking, p.Arch)
	if errors.Is(err, errSuspect) {
		if err := p.refuseByControls(ctx, wanted, places, check); err != nil {
			return nil, err
		}
		found, err = p.env.Client.Packages(ctx, wanted, p.Arch)
	}
	if err != nil {
		return nil, err
	}
	return p.placed(found, places), nil
}

// refuseByControls fetches the control segments of all packages and returns what is refused in their scripts; nil if nothing is after
// all, for an earlier script may make what a later one calls.
func (p *Plan) refuseByControls(ctx context.Context, wanted []repository.Wanted, places []int, check *scriptCheck) error {
	controls := make([]*apk.Control, len(p.Solution.Changes))
	wanted = slices.Clone(wanted)
	for i := range wanted {
		wanted[i].ControlOnly = true
		wanted[i].Control = func(control *apk.Control) error { controls[places[i]] = control; return nil }
	}
	if _, err := p.env.Client.Packages(ctx, wanted, p.Arch); err != nil {
		return err
	}
	survey := check.newSurvey()
	isCertain := false
	var refused, triggers []Refusal
	for i, control := range controls {
		if control == nil {
			continue
		}
		found := check.refusals(survey, i, control, check.scriptsOf(i, control))
		isCertain = isCertain || slices.ContainsFunc(found, func(r Refusal) bool { return !r.mayBeScript })
		refused = append(refused, found...)
	}
	for i, control := range controls {
		if control != nil {
			triggers = append(triggers, check.refusals(survey, i, control, check.chosen(i, control, apk.Trigger))...)
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
