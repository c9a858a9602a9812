package stage

import (
	"context"
	"errors"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// execDirectory is where apk 2 puts a script to run it. It stays behind; apk 3 runs
// scripts from memory (apk/FORMAT.md 11).
const execDirectory = "lib/apk/exec"

// run runs a script of a package if it has one of the type.
func (s *Stage) run(ctx context.Context, rec *record, typ apk.ScriptType, args []string) error {
	i := slices.IndexFunc(rec.scripts, func(script apk.Script) bool { return script.Type == typ })
	if i < 0 || s.applying.NoScripts {
		return nil
	}
	if IsSkipped(s.options.SkipScripts, rec.Name, typ) {
		s.skipped = append(s.skipped, SkippedScript{Package: rec.ID(), Type: typ})
		s.begin(ScriptRun{record: rec, Type: typ, IsSkipped: true})
		return nil
	}
	if s.options.Generation == apk.V2 {
		if err := s.makeExecDirectory(); err != nil {
			return err
		}
	}
	ran := s.begin(ScriptRun{record: rec, Type: typ})
	err := script.Run(ctx, s.scriptOptions(ran), script.Script{Package: rec.Name, Version: rec.Version, Type: typ, Body: rec.scripts[i].Body, Args: args})
	s.owners.ScriptRan()
	err = s.refuse(ctx, ran, err)
	var exit *script.ExitError
	if errors.As(err, &exit) && (typ == apk.PreDeinstall || typ == apk.PostDeinstall) {
		// The package goes anyway, and for apk this is no error (apk/FORMAT.md 12.1). A
		// script of a package that stays would mark it as broken permanently.
		s.warn("package %s: %v", rec.ID(), exit)
		return nil
	}
	return err
}

func (s *Stage) makeExecDirectory() error {
	if _, err := s.tree.Stat(execDirectory); !errors.Is(err, tree.ErrNotExist) {
		return nil
	}
	above, _ := splitParent(execDirectory)
	if err := s.tree.MkdirAll(above, 0o755); err != nil {
		return err
	}
	return s.tree.Mkdir(execDirectory, 0o700)
}
