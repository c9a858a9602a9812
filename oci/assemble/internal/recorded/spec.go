package recorded

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Build is how an image was built by its record.
type Build struct {
	// Spec has a lock, and of the image's last layer only the files of the spec, by the hashes in the record.
	Spec   *spec.Spec
	Base   *oci.Base // the layers of the image below the last
	Hidden int       // repositories that were directories, which a record does not name
}

// Read makes a request of the record of an image. Content is read from the image when it is needed.
func Read(ctx context.Context, s *record.Statement, image *oci.Base) (*Build, error) {
	asked, plan := &s.Predicate.BuildDefinition.ExternalParameters, &s.Predicate.BuildDefinition.InternalParameters
	out := &spec.Spec{
		Packages: asked.Packages, Upgrade: asked.Upgrade, Config: asked.Config, Annotations: asked.Annotations,
		SkipScripts: asked.SkipScripts, LeaveOut: asked.LeaveOut, StepsOnly: asked.StepsOnly, Created: asked.Epoch(),
		Lock: &lock.Lock{Recipe: plan.Recipe, Platforms: []lock.Platform{plan.Lock}},
	}
	if err := out.Lock.Check(); err != nil {
		return nil, err
	}
	if err := out.Recipe.UnmarshalText([]byte(plan.Recipe)); err != nil {
		return nil, err
	}
	for _, k := range asked.Keys {
		out.Keys = append(out.Keys, spec.Key{Name: k.Name, PEM: []byte(k.PEM)})
	}
	if asked.Base != "" {
		var err error
		if out.Base, err = oci.ParseReference(asked.Base); err != nil {
			return nil, err
		}
	}
	hidden := 0
	for _, index := range plan.Lock.Indexes {
		if index.Repository == "" {
			hidden++
			continue
		}
		if err := checkRecordedRepository(index.Repository); err != nil {
			return nil, err
		}
		out.Repositories = append(out.Repositories, index.Repository)
	}
	base, err := image.Below(out.Base, plan.BaseManifest, plan.BaseConfig)
	if err != nil {
		return nil, err
	}
	out.OSRelease = asked.OSRelease
	out.Groups, out.Users, out.Run, out.Remove = asked.Groups, asked.Users, asked.Run, asked.Remove
	files, err := recordedFiles(ctx, image, asked.AllFiles())
	if err != nil {
		return nil, err
	}
	take := func(n int) (taken []stage.File) {
		taken, files = files[:n:n], files[n:]
		return taken
	}
	out.Before, out.Files = take(len(asked.Before)), take(len(asked.Files))
	for _, s := range asked.Steps {
		out.Steps = append(out.Steps, spec.Step{
			Packages: s.Packages, Upgrade: s.Upgrade, Groups: s.Groups, Users: s.Users, Files: take(len(s.Files)),
			Run: s.Run, Remove: s.Remove, Env: s.Env, User: s.User, Bash: s.Bash, Dir: s.Dir, Mounts: s.Mounts, IsContainer: s.IsContainer,
		})
	}
	return &Build{out, base, hidden}, nil
}

// checkRecordedRepository refuses what no record of Lamina's has: a directory. The record comes with the image, from anybody, and
// has no say in what is read of this machine.
func checkRecordedRepository(line string) error {
	list, err := repository.ParseArgument(line, apk.V3, "")
	if err != nil {
		return fmt.Errorf("repository %q: %w", redact.URL(line), err)
	}
	if slices.ContainsFunc(list, repository.Repository.Local) {
		return fmt.Errorf("repository %q is not a URL", redact.URL(line))
	}
	return nil
}

// recordedFiles finds the content of the request's own files in the image's last layer.
func recordedFiles(ctx context.Context, image *oci.Base, recorded []record.File) ([]stage.File, error) {
	wanted := make(map[string]tree.Content) // by SHA-256
	for _, f := range recorded {
		if f.SHA256 != "" && f.Content == nil {
			wanted[f.SHA256] = nil
		}
	}
	if len(image.Layers) == 0 {
		return nil, errors.New("the image has no layers")
	}
	last := image.Layers[len(image.Layers)-1]
	if err := findContents(ctx, last, wanted); err != nil {
		return nil, err
	}
	var files []stage.File
	for _, f := range recorded {
		file := stage.File{
			Path: f.Path, Name: f.Name, Target: f.Target, Size: f.Size,
			Mode: f.Mode, ModeText: f.ModeText, Recursive: f.Recursive, IfMissing: f.IfMissing, Owner: f.Owner,
		}
		switch f.Type {
		case "directory":
			file.Type = tree.Directory
		case "symlink":
			file.Type = tree.Symlink
		case "permissions":
			file.Action = stage.SetPermissions
		case "absent":
			file.Action = stage.Delete
		case "hardlink":
			file.Action = stage.Link
		case "file", "append":
			if f.Type == "append" {
				file.Action = stage.Append
			}
			if file.Content = wanted[f.SHA256]; f.Content != nil {
				file.Content, file.Size = tree.Bytes(f.Content), int64(len(f.Content))
			}
			if file.Content == nil && f.Size > 0 {
				return nil, hint.Errorf("no file in the last layer has the SHA-256 %s, which the record gives for %s", f.SHA256, f.Path).With(
					"give the spec that it was built from: -f SPEC")
			}
		default:
			return nil, fmt.Errorf("file %s has the unknown type %q", f.Path, f.Type)
		}
		files = append(files, file)
	}
	return files, nil
}
