package scriptcheck

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/script/programs"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A Check looks at scripts before there are the files of their packages.
type Check struct {
	changes []solver.Change
	root    Root
	places  map[string]int // the first change of the solution that has a program, by its name
}

// Root is where the scripts will run.
type Root struct {
	Base     *tree.Tree
	Before   []stage.File // that are there before the packages
	Skip     []string     // scripts that are skipped: see [stage.IsSkipped]
	LeaveOut []string     // programs whose calls are left out
}

// A Finding is a part of a package's script that cannot be interpreted.
type Finding struct {
	*script.UnsupportedError
	ID          string // of the package
	MayBeScript bool   // of a program, so that it is not certain
}

// New begins a check of the changes of a transaction.
func New(changes []solver.Change, root Root) *Check {
	c := &Check{changes: changes, root: root, places: make(map[string]int)}
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

// IsRefused reports whether a script of a change cannot be interpreted for certain.
func (c *Check) IsRefused(i int, control *apk.Control) bool {
	found := c.refusals(c.newSurvey(), i, control, c.scriptsOf(i, control))
	return slices.ContainsFunc(found, func(f Finding) bool { return !f.MayBeScript })
}

// All returns what is refused in scripts of the packages, with an item for each change, nil for one that is not looked at. It returns
// nothing if nothing is refused for certain after all, for an earlier script may make what a later one calls.
func (c *Check) All(controls []*apk.Control) []Finding {
	survey := c.newSurvey()
	isCertain := false
	var refused, triggers []Finding
	for i, control := range controls {
		if control == nil {
			continue
		}
		found := c.refusals(survey, i, control, c.scriptsOf(i, control))
		isCertain = isCertain || slices.ContainsFunc(found, func(f Finding) bool { return !f.MayBeScript })
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
	return append(refused, triggers...)
}

// newSurvey begins with the files that are there before the packages.
func (c *Check) newSurvey() *programs.Survey {
	survey := &programs.Survey{LeaveOut: c.root.LeaveOut}
	for _, f := range c.root.Before {
		survey.PutFile(f.Path)
		survey.PutTree(f.Path)
	}
	return survey
}

// hasScript reports whether the base may have a script in the place of a program.
func (c *Check) hasScript(name string) bool {
	for _, dir := range [...]string{"usr/sbin/", "usr/bin/", "sbin/", "bin/"} {
		n, err := c.root.Base.Stat(dir + name)
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

// scriptsOf returns the scripts that a change runs for certain: triggers wait for directories, which are not known yet.
func (c *Check) scriptsOf(i int, control *apk.Control) []apk.Script {
	before, after := apk.PreInstall, apk.PostInstall
	if c.changes[i].Old != nil {
		before, after = apk.PreUpgrade, apk.PostUpgrade
	}
	return append(c.chosen(i, control, before), c.chosen(i, control, after)...)
}

// chosen returns the script of a type, unless it is skipped.
func (c *Check) chosen(i int, control *apk.Control, typ apk.ScriptType) []apk.Script {
	name := c.changes[i].New.Name
	if c.changes[i].New.InstalledSize == 0 { // nothing is read of its file
		return nil
	}
	if stage.IsSkipped(c.root.Skip, name, typ) {
		return nil
	}
	at := slices.IndexFunc(control.Scripts, func(s apk.Script) bool { return s.Type == typ })
	if at < 0 {
		return nil
	}
	return control.Scripts[at : at+1 : at+1]
}

// refusals goes through scripts of a change.
func (c *Check) refusals(survey *programs.Survey, i int, control *apk.Control, scripts []apk.Script) []Finding {
	var list []Finding
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
				Script: pkg.ID() + "." + s.Type.String(), Package: pkg.Name, Type: s.Type, Line: found.Line,
				Reason: reason, Program: found.Name[strings.LastIndexByte(found.Name, '/')+1:],
			}
			list = append(list, Finding{err, pkg.ID(), found.MayBeScript})
		}
	}
	return list
}
