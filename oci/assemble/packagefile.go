package assemble

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
	"github.com/lamina-oci/lamina/oci/lock"
)

// A packageFile is a package that "apk add" names by its file in the staged root, such as one that COPY or a download has put there. A key
// of that root or of the request must have signed it, as for apk.
type packageFile struct {
	name     string // path in the image
	content  tree.Content
	pkg      *apk.Package
	keys     *apk.KeyRing
	signedBy string // file name of the key; "" with AllowUntrusted

	generation apk.Generation
}

// Open opens the file as it was when the command ran.
func (f *packageFile) Open() (io.ReadCloser, error) { return f.content.Open() }

func (f *packageFile) String() string { return f.name }

// packageFile reads a package file; its name may be relative to the directory that the command runs in. Errors that have no hint are in
// apk's words.
func (p *Plan) packageFile(staged *stage.Stage, dir, name string, allowsUntrusted bool) (*packageFile, error) {
	if allowsUntrusted && !p.env.AllowUntrusted {
		return nil, hint.With(errors.New("a command cannot turn off the check of its signature (--allow-untrusted)"),
			"pass the public key of its maker, --key FILE, and leave the option out, or build with --allow-untrusted")
	}
	if !path.IsAbs(name) {
		name = path.Join("/", dir, name)
	}
	n, err := staged.Tree().Stat(strings.TrimPrefix(name, "/"))
	switch {
	case errors.Is(err, tree.ErrNotExist):
		return nil, &apkError{"No such file or directory", fs.ErrNotExist}
	case err != nil:
		return nil, err
	case n.Type == tree.Directory:
		return nil, &apkError{"Is a directory", fs.ErrInvalid}
	case n.Type != tree.Regular || n.Content == nil:
		return nil, &apkError{"IO ERROR", fs.ErrInvalid}
	}
	now := &Plan{spec: p.spec, env: p.env, keysOfRecord: p.keysOfRecord, root: &root.Root{Tree: staged.Tree(), Generation: p.Generation}}
	keys, err := now.keys()
	if err != nil {
		return nil, err
	}
	f := &packageFile{name: name, content: n.Content, keys: keys, generation: p.Generation}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	control, signedBy, err := apk.ReadSignedControl(in, keys, p.Generation)
	switch {
	case control == nil:
		return nil, &apkError{"IO ERROR", err}
	case err != nil && !p.env.AllowUntrusted:
		return nil, &apkError{"UNTRUSTED signature", err}
	}
	own := control.Package
	own.Identity, own.Size = control.Identity, uint64(n.Size)
	f.pkg, f.signedBy = &own, signedBy
	return f, nil
}

// apkError has apk's words for an error.
type apkError struct {
	text string
	err  error
}

func (e *apkError) Error() string { return e.text }
func (e *apkError) Unwrap() error { return e.err }

// fileOf returns the package file that a change installs, or nil if its package is from a repository or made up.
func (p *Plan) fileOf(change int) *packageFile {
	c := &p.Solution.Changes[change]
	if c.File < 0 || c.New == nil {
		return nil
	}
	for _, f := range p.named {
		if f.pkg.Name == c.New.Name && f.pkg.Identity.Key() == c.New.Identity.Key() {
			return f
		}
	}
	return nil
}

// describe writes into the lock where the package comes from. A package that installs no files was not staged, and so not measured.
func (f *packageFile) describe(locked *lock.Package, measured repository.Measure) error {
	if locked == nil {
		return nil
	}
	if measured.SHA256 == "" {
		in, err := f.Open()
		if err != nil {
			return err
		}
		defer in.Close()
		verified, err := apk.VerifyPackage(in, f.pkg, f.keys, f.generation)
		if err != nil {
			return fmt.Errorf("package %s: %w", f.name, err)
		}
		measured.SHA256 = verified.SHA256
	}
	locked.File, locked.SHA256 = f.name, measured.SHA256
	if f.pkg.InstalledSize > 0 {
		locked.DataHash = measured.DataHash
	}
	return nil
}
