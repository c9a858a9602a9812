package layer

import (
	"context"
	"errors"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// execFolder is where apk 2 puts a script to run it. It stays behind; apk 3 runs
// scripts from memory (SPEC-apk.md 11).
const execFolder = "lib/apk/exec"

// run runs a script of a package if it has one of the type.
func (s *Stage) run(ctx context.Context, rec *record, typ apk.ScriptType, args []string) error {
	i := slices.IndexFunc(rec.scripts, func(script apk.Script) bool { return script.Type == typ })
	if i < 0 {
		return nil
	}
	if slices.Contains(s.options.SkipScripts, rec.Name) {
		s.skipped = append(s.skipped, SkippedScript{rec.ID(), typ})
		return nil
	}
	if s.options.Generation == apk.V2 {
		if err := s.makeExecFolder(); err != nil {
			return err
		}
	}
	err := script.Run(ctx, script.Options{
		Tree:       s.tree,
		Generation: s.options.Generation,
		Now:        s.options.Now,
		Arch:       s.options.Arch,
		Output:     s.options.Output,
		Installed: func(name string) (string, bool) {
			if rec := s.records.find(name); rec != nil {
				return rec.Version, true
			}
			return "", false
		},
	}, script.Script{Package: rec.Name, Version: rec.Version, Type: typ, Body: rec.scripts[i].Body, Args: args})
	s.owners.scriptRan()
	var exit *script.ExitError
	if errors.As(err, &exit) && s.mayFail(typ) {
		return nil
	}
	return err
}

// mayFail says whether apk takes no notice of a script's status but for a mark in
// the database: it exits with 0 then (SPEC-apk.md 12.1).
func (s *Stage) mayFail(typ apk.ScriptType) bool {
	switch typ {
	case apk.PreDeinstall, apk.PostDeinstall:
		return true
	case apk.Trigger:
		return s.options.Generation == apk.V2
	}
	return false
}

func (s *Stage) makeExecFolder() error {
	if _, err := s.tree.Stat(execFolder); !errors.Is(err, tree.ErrNotExist) {
		return nil
	}
	above, _ := splitParent(execFolder)
	if err := s.tree.MkdirAll(above, 0o755); err != nil {
		return err
	}
	return s.tree.Mkdir(execFolder, 0o700)
}
