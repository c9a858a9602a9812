package assemble

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
)

// ErrNoRecord means that no record of its build is stored with the image.
var ErrNoRecord = errors.New("the image has no record of how it was built")

// Recorded holds the inputs of an image by its record.
type Recorded struct {
	// Spec has a lock, and of the image's last layer only the files of the spec, by the hashes in the record. Its
	// repositories and Vendor may be set to where packages are to be fetched from; else that is where the record says.
	Spec *spec.Spec
	// Trusted are keys that count instead of those in the record. Without any, keys of the record are trusted besides the
	// base's own, and a warning says which packages only they vouch for.
	Trusted []spec.Key
	// Platform is the image's.
	Platform oci.Platform
	base     *oci.Base // the layers of the image below the last
	hidden   int       // repositories that were directories, which a record does not name
}

// ReadRecord reads the record that is stored with an image (see [WriteOptions]). The error may be [ErrNoRecord].
//
// The record alone proves nothing: only rebuilding the image from it shows that it is true.
func ReadRecord(ctx context.Context, store oci.Store, image *oci.Base) (*Recorded, error) {
	records, err := oci.ListReferrers(ctx, store, image.Manifest.Digest, record.ProvenanceType)
	if err != nil {
		return nil, in(PartRequest, err)
	}
	statement, err := record.ReadStatement(ctx, store, records)
	if err != nil {
		return nil, in(PartRequest, err)
	}
	if statement == nil {
		return nil, in(PartRequest, ErrNoRecord)
	}
	r, err := recordedIn(ctx, statement, image)
	if err != nil {
		return nil, in(PartRequest, fmt.Errorf("the image's record: %w", err))
	}
	return r, nil
}

// Resolve is [Resolve] for the recorded request. The plan must not be used after the image is closed.
func (r *Recorded) Resolve(ctx context.Context, env *Env) (*Plan, error) {
	if len(r.Trusted) == 0 {
		return (&resolution{spec: r.Spec, env: env, opened: r.base, keysOfRecord: true}).resolve(ctx, r.Platform)
	}
	s := *r.Spec
	s.Keys = r.Trusted
	return (&resolution{spec: &s, env: env, opened: r.base}).resolve(ctx, r.Platform)
}

// Explain adds to the error of a rebuild that lacks a package what may be missing: a record does not name directories of the
// machine that built the image.
func (r *Recorded) Explain(err error) error {
	part := (*Error)(nil)
	if r.hidden == 0 || r.Spec.Vendor != "" || !errors.As(err, &part) || part.Part != PartPackage && part.Part != PartRepository {
		return err
	}
	return in(part.Part, hint.With(part.Err, "the record does not say where its local packages are: give --repository DIR, --vendor DIR or -f SPEC"))
}

func recordedIn(ctx context.Context, s *record.Statement, image *oci.Base) (*Recorded, error) {
	asked, plan := &s.Predicate.BuildDefinition.ExternalParameters, &s.Predicate.BuildDefinition.InternalParameters
	out := &spec.Spec{
		Packages: asked.Packages, Upgrade: asked.Upgrade, Config: asked.Config, Annotations: asked.Annotations,
		SkipScripts: asked.SkipScripts, LeaveOut: asked.LeaveOut, StepsOnly: asked.StepsOnly, Created: asked.Epoch(),
		Lock: &lock.Lock{Version: lock.Version, Recipe: plan.Recipe, Platforms: []lock.Platform{plan.Lock}},
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
			Packages: s.Packages, Upgrade: s.Upgrade, Groups: s.Groups, Users: s.Users, Files: take(len(s.Files)), Run: s.Run, Remove: s.Remove, Env: s.Env, User: s.User, Dir: s.Dir, Mounts: s.Mounts,
		})
	}
	return &Recorded{Spec: out, Platform: image.Platform, base: base, hidden: hidden}, nil
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
		file := stage.File{Path: f.Path, Name: f.Name, Target: f.Target, Mode: f.Mode, ModeText: f.ModeText, Recursive: f.Recursive, IfMissing: f.IfMissing, Owner: f.Owner, Size: f.Size}
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
				return nil, hint.With(fmt.Errorf("no file in the last layer has the SHA-256 %s, which the record gives for %s", f.SHA256, f.Path), "give the spec that it was built from: -f SPEC")
			}
		default:
			return nil, fmt.Errorf("file %s has the unknown type %q", f.Path, f.Type)
		}
		files = append(files, file)
	}
	return files, nil
}

// findContents looks through a layer for files with the hashes.
func findContents(ctx context.Context, l oci.BaseLayer, wanted map[string]tree.Content) error {
	content, err := l.OpenTar(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	files := tar.NewReader(content)
	stream := &layerStream{l}
	hash := sha256.New()
	for i := 0; ; i++ {
		header, err := files.Next()
		if err == io.EOF {
			_, err = io.Copy(io.Discard, content) // to its end, where its digest is checked
			return err
		}
		if err != nil {
			return fmt.Errorf("layer %s: %w", l.Descriptor.Digest, err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		hash.Reset()
		if _, err := io.Copy(hash, files); err != nil {
			return fmt.Errorf("layer %s: %w", l.Descriptor.Digest, err)
		}
		sum := hex.EncodeToString(hash.Sum(nil))
		if known, ok := wanted[sum]; ok && known == nil {
			wanted[sum] = layerFile{stream, i}
		}
	}
}

// layerFile is the content of one entry of a layer.
type layerFile struct {
	stream *layerStream
	entry  int // counted from 0
}

// Open implements tree.Content.
func (f layerFile) Open() (io.ReadCloser, error) {
	files, content, err := f.stream.open()
	if err != nil {
		return nil, err
	}
	for range f.entry + 1 {
		if _, err := files.Next(); err != nil {
			content.Close()
			return nil, fmt.Errorf("layer %s: %w", f.stream.layer.Descriptor.Digest, err)
		}
	}
	return struct {
		io.Reader
		io.Closer
	}{files, content}, nil
}

// Stream implements [tree.Streamed].
func (f layerFile) Stream() (tree.Stream, int) { return f.stream, f.entry }

// layerStream is a layer that contents are read from.
type layerStream struct{ layer oci.BaseLayer }

func (s *layerStream) open() (*tar.Reader, io.ReadCloser, error) {
	content, err := s.layer.OpenTar(context.Background())
	if err != nil {
		return nil, nil, err
	}
	return tar.NewReader(content), content, nil
}

// Each implements [tree.Stream].
func (s *layerStream) Each(wanted []int, read func(i int, r io.Reader) error) error {
	files, content, err := s.open()
	if err != nil {
		return err
	}
	defer content.Close()
	for i := 0; len(wanted) > 0; i++ {
		_, err := files.Next()
		if err == nil && i == wanted[0] {
			err = read(i, files)
			wanted = wanted[1:]
		}
		if err != nil {
			return fmt.Errorf("layer %s: %w", s.layer.Descriptor.Digest, bounded.UnexpectedEOF(err))
		}
	}
	return nil
}

// Rebuild builds the plan's image without storing it, and returns its documents.
func (p *Plan) Rebuild(ctx context.Context) (*oci.Image, *Result, error) {
	if err := p.verifyBase(ctx); err != nil {
		return nil, nil, in(PartBase, err)
	}
	m, err := p.build(ctx, nil, func(l *layer.Layer) (*layer.Result, error) {
		result, err := l.Write(ctx, io.Discard)
		return result, in(PartLayer, err)
	})
	if err != nil {
		return nil, nil, err
	}
	return m.image, m.Result, nil
}
