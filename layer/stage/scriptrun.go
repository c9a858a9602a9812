package stage

import (
	"context"
	"errors"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script"
)

// ScriptRun is a script of a package that has run, or a command.
type ScriptRun struct {
	Package   string         // "name-version"; "" for a command
	Type      apk.ScriptType // of a package's script
	Command   string         // the place of the command's text
	IsSkipped bool           // it has not run, because the options say so

	// Omissions are the programs that did nothing, each once for a line.
	Omissions []script.Omission

	// Refused is why the script as a whole cannot be interpreted, or ended where it cannot be; nil for none.
	Refused *script.UnsupportedError

	record *record // nil for a command
}

// journal is what scripts and commands of a stage and of those within it have done.
type journal struct {
	skipped []SkippedScript
	scripts []*ScriptRun
	refused []Refusal
}

// Refusal is what cannot be interpreted: a program that a script calls, or the place where a script ended.
type Refusal struct {
	Err     *script.UnsupportedError
	located error
}

// Error names the package.
func (r Refusal) Error() string { return r.located.Error() }
func (r Refusal) Unwrap() error { return r.located }

// refusal says of which package a refusal is, as errors of its installation do.
func (ran *ScriptRun) refusal(err *script.UnsupportedError) Refusal {
	switch {
	case ran.record == nil:
		return Refusal{err, err}
	case ran.Type == apk.Trigger:
		return Refusal{err, packageError(&ran.record.Package, nil, err)}
	}
	return Refusal{err, packageError(&ran.record.Package, ran.record.source, err)}
}

// Scripts returns the scripts and commands that have run, in their order, with those that were skipped.
func (s *Stage) Scripts() []ScriptRun {
	list := make([]ScriptRun, len(s.scripts))
	for i, ran := range s.scripts {
		list[i] = *ran
	}
	return list
}

// Refused returns what cannot be interpreted, in order, if the options say to go on.
func (s *Stage) Refused() []Refusal { return slices.Clone(s.refused) }

// begin adds a script that runs or is skipped.
func (s *Stage) begin(ran ScriptRun) *ScriptRun {
	if ran.record != nil {
		ran.Package = ran.record.ID()
	}
	s.scripts = append(s.scripts, &ran)
	return &ran
}

// scriptOptions is how a script of a package runs.
func (s *Stage) scriptOptions(ran *ScriptRun) script.Options {
	return script.Options{
		Tree: s.tree, Generation: s.options.Generation, Now: s.options.Now, Arch: s.options.Arch,
		Database: s.onDisk, Output: s.options.Output, Spool: s.options.Spool,
		LeaveOut: s.options.LeaveOut, Omitted: s.omitted(ran), GoOn: s.options.GoOn,
	}
}

// IsSkipped reports whether a list as that of [Options.SkipScripts] has a script of a package, or a commit hook by its path.
func IsSkipped(list []string, name string, typ apk.ScriptType) bool {
	return slices.Contains(list, name) || slices.Contains(list, name+":"+typ.String())
}

// maxOmissions bounds what is noted of one script.
const maxOmissions = 1000

// omitted notes programs that do nothing, each once for a script.
func (s *Stage) omitted(ran *ScriptRun) func(script.Omission) {
	return func(o script.Omission) {
		isRefused := o.Refused != nil
		isNoted := func(known script.Omission) bool {
			return known.Program == o.Program && known.Line == o.Line && (known.Refused != nil) == isRefused
		}
		if slices.ContainsFunc(ran.Omissions, isNoted) || len(ran.Omissions) >= maxOmissions && (!isRefused || len(s.refused) >= maxOmissions) {
			return
		}
		ran.Omissions = append(ran.Omissions, o)
		if o.Refused != nil {
			s.refused = append(s.refused, ran.refusal(o.Refused))
			return
		}
		if skipped := (SkippedScript{ran.Package, ran.Type, o.Program, o.Reason}); !o.IsMute && !slices.Contains(s.skipped, skipped) {
			s.skipped = append(s.skipped, skipped)
		}
	}
}

// refuse notes how a script ended if it cannot be interpreted and the stage is to go on. After that, other failures may come of it.
func (s *Stage) refuse(ctx context.Context, ran *ScriptRun, err error) error {
	if unsupported := new(script.UnsupportedError); errors.As(err, &unsupported) {
		ran.Refused = unsupported
		if s.options.GoOn {
			s.refused = append(s.refused, ran.refusal(unsupported))
			return nil
		}
	}
	if len(s.refused) > 0 && ctx.Err() == nil {
		return nil
	}
	return err
}
