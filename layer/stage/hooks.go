package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// runHooks runs the programs that apk calls before and after each transaction, also one that changes nothing (apk/FORMAT.md 8). One
// that fails before ends the transaction; apk ignores the status of one that fails after it.
func (s *Stage) runHooks(ctx context.Context, typ apk.ScriptType) error {
	if s.applying.NoScripts {
		return nil
	}
	for _, path := range s.hooks() {
		if IsSkipped(s.options.SkipScripts, path, typ) {
			s.skipped = append(s.skipped, SkippedScript{Package: path, Type: typ})
			s.begin(ScriptRun{Package: path, Type: typ, IsSkipped: true})
			continue
		}
		err := s.runHook(ctx, path, typ)
		var exit *script.ExitError
		if errors.As(err, &exit) && typ == apk.PostCommit && !s.options.StrictScripts {
			s.warn("commit hook %v", exit)
			continue
		}
		if err != nil {
			return fmt.Errorf("commit hook %w", err)
		}
	}
	return nil
}

// hooks returns the paths of all commit hooks by their names, in order; apk 2 runs them in the order that the file system has. A hook in
// etc hides one of the same name in lib, which only apk 3 looks at.
func (s *Stage) hooks() []string {
	dirs := []string{"etc/apk/commit_hooks.d", "lib/apk/commit_hooks.d"}
	if s.options.Generation == apk.V2 {
		dirs = dirs[:1]
	}
	paths := make(map[string]string)
	for _, dir := range dirs {
		names, err := s.tree.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, name := range names {
			if _, isHidden := paths[name]; !isHidden && !strings.HasPrefix(name, ".") {
				paths[name] = joinPath(dir, name)
			}
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		list = append(list, paths[name])
	}
	return list
}

func (s *Stage) runHook(ctx context.Context, path string, typ apk.ScriptType) error {
	ran := s.begin(ScriptRun{Package: path, Type: typ})
	return s.refuse(ctx, ran, s.interpretHook(ctx, ran, path, typ))
}

func (s *Stage) interpretHook(ctx context.Context, ran *ScriptRun, path string, typ apk.ScriptType) error {
	hook := script.Script{Hook: path, Type: typ, Args: []string{typ.String()}}
	cannotRun := func(reason string) error {
		return &script.ExitError{Script: hook.String(), Package: path, Status: 127, Output: reason}
	}
	n, err := s.tree.Stat(path)
	if err == nil && (n.Type != tree.Regular || n.Mode&0o111 == 0) {
		err = tree.ErrPermission
	}
	if err != nil {
		return cannotRun(script.Reason(err))
	}
	if hook.Body, err = n.Read(script.MaxBodySize); err != nil || !bytes.HasPrefix(hook.Body, []byte("#!")) {
		if err == nil && !bytes.HasPrefix(hook.Body, []byte("\x7fELF")) {
			return cannotRun("Exec format error")
		}
		return &script.UnsupportedError{Script: hook.String(), Package: path, Type: typ, Reason: "it is a program that cannot be interpreted"}
	}
	err = script.Run(ctx, s.scriptOptions(ran), hook)
	s.owners.ScriptRan()
	return err
}
