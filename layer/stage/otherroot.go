package stage

import (
	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage/internal/database"
	"github.com/lamina-oci/lamina/layer/tree"
)

// RootOptions say what a command of apk does with a directory as its root, "apk --root DIR".
type RootOptions = database.Options

// A RootError says why apk 2 does not take a directory as its root, in apk's words: it prints them, and exits with status 99.
type RootError = database.Error

// Within returns a stage over a directory of the root, which is a root of its own to apk, with what stands for [Options.Keys] there. Its changes are
// made in this stage's tree, and its scripts, omissions and refusals are listed here; its packages are not. It serves one command.
// The error is a [*RootError] where apk 2 fails; one with a hint says that nobody knows what apk 3 does.
func (s *Stage) Within(dir string, o RootOptions, keys func(*tree.Tree) (*apk.KeyRing, error)) (*Stage, error) {
	in := &Stage{options: s.options, readers: s.readers, mkdirBits: s.mkdirBits, journal: s.journal, config: s.config, isOther: true}
	in.options.Draft, in.options.Progress = nil, nil
	var err error
	if in.tree, err = s.directories().Enter(dir, o); err != nil {
		return nil, err
	}
	if in.options.Keys, err = keys(in.tree); err != nil {
		return nil, err
	}
	return in, in.load()
}

// CheckDatabase fails as Within does if the root has no database any more, and makes one if the options say so.
func (s *Stage) CheckDatabase(o RootOptions) error { return s.directories().Check(o) }
