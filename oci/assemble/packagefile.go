package assemble

import (
	"errors"
	"path"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble/internal/packagefile"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
)

// packageFile reads a package file; its name may be relative to the directory that the command runs in. A key of the staged root or of the
// request must have signed it, as for apk. Errors that have no hint are in apk's words.
func (p *Plan) packageFile(staged *stage.Stage, dir, name string, allowsUntrusted bool) (*packagefile.File, error) {
	if allowsUntrusted && !p.env.AllowUntrusted {
		return nil, hint.With(errors.New("a command cannot turn off the check of its signature (--allow-untrusted)"),
			"pass the public key of its maker, --key FILE, and leave the option out, or build with --allow-untrusted")
	}
	if !path.IsAbs(name) {
		name = path.Join("/", dir, name)
	}
	now := &Plan{spec: p.spec, env: p.env, keysOfRecord: p.keysOfRecord, root: &root.Root{Tree: staged.Tree(), Generation: p.Generation}}
	keys, err := now.keys()
	if err != nil {
		return nil, err
	}
	return packagefile.Read(staged.Tree(), name, packagefile.Options{Keys: keys, Generation: p.Generation, AllowUntrusted: p.env.AllowUntrusted})
}

// fileOf returns the package file that a change installs, or nil if its package is from a repository or made up.
func (p *Plan) fileOf(change int) *packagefile.File {
	c := &p.Solution.Changes[change]
	if c.File < 0 || c.New == nil {
		return nil
	}
	for _, f := range p.named {
		if f.Is(c.New) {
			return f
		}
	}
	return nil
}
