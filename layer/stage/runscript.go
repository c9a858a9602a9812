package stage

import (
	"context"
	"errors"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// execFolder is where apk 2 puts a script to run it. It stays behind; apk 3 runs
// scripts from memory (apk/FORMAT.md 11).
const execFolder = "lib/apk/exec"

// run runs a script of a package if it has one of the type.
func (s *Stage) run(ctx context.Context, rec *record, typ apk.ScriptType, args []string) error {
	i := slices.IndexFunc(rec.scripts, func(script apk.Script) bool { return script.Type == typ })
	if i < 0 || s.applying.NoScripts {
		return nil
	}
	if slices.Contains(s.options.SkipScripts, rec.Name) || slices.Contains(s.options.SkipScripts, rec.Name+":"+typ.String()) {
		s.skipped = append(s.skipped, SkippedScript{Package: rec.ID(), Type: typ})
		return nil
	}
	if s.options.Generation == apk.V2 {
		if err := s.makeExecFolder(); err != nil {
			return err
		}
	}
	err := script.Run(ctx, script.Options{
		Tree: s.tree, Generation: s.options.Generation, Now: s.options.Now, Arch: s.options.Arch,
		Installed: s.records.before, Output: s.options.Output, Spool: s.options.Spool,
		LeaveOut: s.options.LeaveOut, LeftOut: s.leftOut(rec.ID(), typ),
	}, script.Script{Package: rec.Name, Version: rec.Version, Type: typ, Body: rec.scripts[i].Body, Args: args})
	s.owners.scriptRan()
	var exit *script.ExitError
	if errors.As(err, &exit) && (typ == apk.PreDeinstall || typ == apk.PostDeinstall) {
		// The package goes anyway, and for apk this is no error (apk/FORMAT.md 12.1). A
		// script of a package that stays would mark it as broken permanently.
		s.warn("package %s: %v", rec.ID(), exit)
		return nil
	}
	return err
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

// warnOfHooks names the programs that apk would run before and after a transaction
// (apk/FORMAT.md 8). They are about the machine on which apk runs, and are left out.
func (s *Stage) warnOfHooks() {
	folders := []string{"etc/apk/commit_hooks.d"}
	if s.options.Generation == apk.V3 {
		folders = append(folders, "lib/apk/commit_hooks.d")
	}
	for _, folder := range folders {
		names, err := s.tree.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, name := range names {
			s.warn("%s is a commit hook, which apk would run: skipping it", joinPath(folder, name))
		}
	}
}
