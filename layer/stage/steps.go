package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage/internal/accounts"
	"github.com/lamina-oci/lamina/layer/stage/internal/mounts"
	"github.com/lamina-oci/lamina/layer/stage/internal/osrelease"
	"github.com/lamina-oci/lamina/layer/tree"
)

// RunText runs shell text over the staged tree, as "sh -c TEXT" in a container of it would: with the base's programs as far
// as they are busybox's applets or shell scripts.
func (s *Stage) RunText(ctx context.Context, t Text) error { return s.runText(ctx, t, false) }

// Text is shell text.
type Text struct {
	Name  string // stands for the text in errors
	Place string // stands for it in [Stage.Scripts]
	Body  string
	Env   map[string]string // variables other than PATH

	// User is who runs it, "user" or "user:group" by names or numbers of the staged tree, which gives HOME too if Env does not; "" for root.
	User string

	Bash []string // command line of the shell if that is Bash: see [script.Options]; nil for sh

	Dir string // where it begins, whether or not the user may go there; "" for the root

	// APK, if not nil, does what "apk" with these arguments does in a working directory, by [Stage.Apply]: see [script.Options].
	APK func(ctx context.Context, dir string, args []string, stdout, stderr io.Writer) (status int, err error)

	// Get, if not nil, reads from the network: see [script.Options].
	Get func(ctx context.Context, r script.Request) (*script.Response, error)
}

func (s *Stage) runText(ctx context.Context, t Text, standalone bool) error {
	var who tree.Credentials
	if t.User != "" {
		var home string
		var err error
		if who, home, err = accounts.ExecUser(s.tree, t.User); err != nil {
			return err
		}
		if t.Env["HOME"] == "" {
			environment := map[string]string{}
			maps.Copy(environment, t.Env)
			environment["HOME"] = home
			t.Env = environment
		}
	}
	if t.Dir != "" { // runc makes it if it is missing
		if err := s.tree.MkdirAll(t.Dir, 0o755); err != nil {
			return hint.Errorf("working directory: %w", err).With("give WORKDIR another path, or remove what is there")
		}
	}
	ran := &ScriptRun{}
	if !standalone {
		ran = s.begin(ScriptRun{Command: t.Place})
	}
	o := s.scriptOptions(ran)
	o.User, o.Dir, o.Bash, o.Standalone, o.APK, o.Get = who, t.Dir, t.Bash, standalone, t.APK, t.Get
	o.Database, o.GoOn = s.staged, o.GoOn && !standalone
	err := script.RunText(ctx, o, t.Name, t.Body, t.Env)
	s.owners.ScriptRan()
	if standalone {
		return err
	}
	return s.refuse(ctx, ran, err)
}

// applet runs one of busybox's applets, which the tree need not have.
func (s *Stage) applet(ctx context.Context, words ...string) error {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = script.Quote(word)
	}
	err := s.runText(ctx, Text{Name: words[0], Body: strings.Join(quoted, " ")}, true)
	if exit := (*script.ExitError)(nil); errors.As(err, &exit) {
		return errors.New(strings.TrimPrefix(exit.Output, words[0]+": "))
	}
	return err
}

// Mount reserves paths for what only the next commands see, as RUN --mount does. The caller puts files there. Unmount takes
// away all that is there by then, and the directories that were made for it if nothing else is in them. Existing content is hidden until then.
//
// In a container, the commands also see its own /etc/hosts, /etc/resolv.conf, /dev, /proc and /sys in place of the tree's: see docs/dockerfile.md.
func (s *Stage) Mount(paths []string, isContainer bool) (unmount func() error, err error) {
	if !isContainer {
		return mounts.Reserve(s.tree, paths)
	}
	end, err := mounts.Container(s.tree, paths)
	if err != nil {
		return nil, err
	}
	first, err := mounts.Reserve(s.tree, paths)
	if err != nil {
		return nil, errors.Join(err, end())
	}
	return func() error { return errors.Join(first(), end()) }, nil
}

// SetOSRelease sets variables of /etc/os-release (os-release(5)), in the file that it links to if it is a link. Variables that the file
// has keep their lines, the others follow in the order of their names. A missing file is created, 0644 and owned by root. Names are
// those of the file, such as PRETTY_NAME; values are without quotes.
func (s *Stage) SetOSRelease(values map[string]string) error { return osrelease.Set(s.tree, values) }

// CheckOSRelease says what is wrong with a variable of os-release, or returns nil.
func CheckOSRelease(name, value string) error { return osrelease.Check(name, value) }

// Remove removes what paths and patterns of the shell name, directories with all that is in them, as "rm -rf" does. A path
// that names nothing is a warning.
func (s *Stage) Remove(patterns []string) error {
	for _, pattern := range patterns {
		names, err := s.match(pattern)
		if err != nil {
			return fmt.Errorf("remove %s: %w", pattern, err)
		}
		if len(names) == 0 {
			s.warn("remove %s: nothing has that path", pattern)
		}
		for _, name := range names {
			if err := s.tree.RemoveAll(name); err != nil {
				return fmt.Errorf("remove %s: %w", pattern, err)
			}
		}
	}
	return nil
}

// match returns the paths that a pattern stands for, in order.
func (s *Stage) match(pattern string) ([]string, error) {
	found := []string{""}
	for component := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		var next []string
		for _, dir := range found {
			switch {
			case component == "" || component == ".":
				next = append(next, dir)
				continue
			case component == "..":
				return nil, errors.New(`the path contains ".."`)
			case !strings.ContainsAny(component, `*?[\`):
				if _, err := s.tree.Lstat(joinPath(dir, component)); err == nil {
					next = append(next, joinPath(dir, component))
				}
				continue
			}
			names, err := s.tree.ReadDir(dir)
			if err != nil {
				continue // it is no directory
			}
			for _, name := range names {
				if strings.HasPrefix(name, ".") && !strings.HasPrefix(component, ".") {
					continue
				}
				if glob.Match(component, name, false) {
					next = append(next, joinPath(dir, name))
				}
			}
		}
		found = next
	}
	if len(found) == 1 && found[0] == "" {
		return nil, errors.New("the path is that of the root")
	}
	return found, nil
}

// setPermissions is "chown -R" and "chmod -R" of a path that exists.
func (s *Stage) setPermissions(ctx context.Context, f *File) error {
	name := "/" + strings.Trim(f.Path, "/")
	if _, err := s.tree.Lstat(name[1:]); errors.Is(err, tree.ErrNotExist) {
		return errors.New("nothing has that path; for a new directory, use type directory")
	} else if err != nil {
		return err
	}
	for _, change := range [...]struct{ applet, value string }{{"chown", f.Owner}, {"chmod", f.ModeText}} {
		if change.value == "" {
			continue
		}
		words := []string{change.applet}
		if f.Recursive {
			words = append(words, "-R")
		}
		if err := s.applet(ctx, append(words, "--", change.value, name)...); err != nil {
			return err
		}
	}
	return nil
}
