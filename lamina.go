package lamina

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/inspect"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
	"github.com/lamina-oci/lamina/oci/transport"
)

type (
	// Spec says what to build.
	Spec = spec.Spec
	// DockerfileOptions are what docker's command line has beside a Dockerfile.
	DockerfileOptions = dockerfile.Options
	// Step is a part of a spec: lists that are carried out in their order.
	Step = spec.Step
	// File is a path of the image, and what a spec makes of it: see [NewFile].
	File = stage.File
	// Group and User are accounts of a spec or a step.
	Group = stage.Group
	User  = stage.User
	// ConfigChanges are the settings of the image that a spec sets.
	ConfigChanges = oci.ConfigChanges
	// Key is a public key that is trusted.
	Key = spec.Key
	// Env is what a build works with. The zero value, and nil, are right for a build that keeps nothing.
	Env = assemble.Env
	// ShareOptions say which servers share the cache with other machines.
	ShareOptions = assemble.ShareOptions
	// Progress says how far a build has come.
	Progress = assemble.Progress
	// WriteOptions say what is written beside an image: its record, lists of packages.
	WriteOptions = assemble.WriteOptions
	// Error is what errors of this package are, with the part of the build that they are about.
	Error = assemble.Error

	// Reference names an image: transport, place and name, as skopeo has them.
	Reference = oci.Reference
	// Platform is an operating system, an architecture and a variant of it.
	Platform = oci.Platform

	// LockFile pins what a spec resolved to.
	LockFile = lock.Lock
	// Report says what is in an image.
	Report = inspect.Report
	// InspectOptions limit a report.
	InspectOptions = inspect.Options
	// Differences says what two images differ in.
	Differences = diff.Report
	// DiffOptions select what is compared.
	DiffOptions = diff.Options

	// SBOMFormat is the format of a list of packages.
	SBOMFormat = record.Format
	// SBOMOptions select optional parts of it.
	SBOMOptions = record.SBOMOptions
)

// The formats of lists of packages.
const (
	SPDX      = record.SPDX      // 2.3
	CycloneDX = record.CycloneDX // 1.6
)

// NewEnv returns an Env that keeps what it fetches and makes in dir, for later builds by any process. Close it.
func NewEnv(dir string) *Env {
	directory := cache.Open(dir, nil)
	return &Env{Client: &repository.Client{CacheDir: dir}, Cache: directory, Registries: &registry.Registries{Cache: directory}}
}

// ParseReference reads a reference: oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG], docker://HOST/NAME
// with :TAG or @DIGEST; for a base also rootfs:FILE and scratch.
func ParseReference(text string) (Reference, error) { return oci.ParseReference(text) }

// ParsePlatform reads OS/ARCH[/VARIANT], such as linux/arm/v7.
func ParsePlatform(text string) (Platform, error) { return oci.ParsePlatform(text) }

// ReadSpec reads a spec in YAML, and the files that it names. Paths in it start from its directory, and sources must lie in
// it: see [spec.Document.SetContext]. The error has all that is wrong with it, each with line and column.
func ReadSpec(name string) (*Spec, error) {
	document, err := spec.Read(name, spec.ReadOptions{})
	if err != nil {
		return nil, err
	}
	return document.Spec()
}

// ReadDockerfile reads a Dockerfile as a spec. Its FROM is the base; each RUN, COPY, ADD and WORKDIR becomes a step when the base is there. The
// error lists the commands that need a program which cannot be interpreted, as far as the text shows them; others show when the image is built.
func ReadDockerfile(name string, o DockerfileOptions) (*Spec, error) {
	file, err := dockerfile.Read(name, o)
	if err != nil {
		return nil, err
	}
	return file.Spec()
}

// NewFile returns a regular file of a spec, with the mode 0644 and the owner root unless they are set. The content may not be changed afterwards.
func NewFile(path string, content []byte) File {
	return File{Path: path, Type: tree.Regular, Content: tree.Bytes(content), Size: int64(len(content))}
}

// ReadKey reads a key in a PEM file, for [Spec.Keys].
func ReadKey(name string) (Key, error) { return spec.ReadKey(name) }

// ReadLock reads a lock file, for [Spec.Lock].
func ReadLock(name string) (*LockFile, error) {
	f, err := diskio.OpenInput(name)
	if err != nil {
		return nil, &Error{Part: assemble.PartLock, Err: fmt.Errorf("read lock %s: %w", redact.URL(name), diskio.Reason(err))}
	}
	defer f.Close()
	l, err := lock.Read(f)
	if err != nil {
		return nil, &Error{Part: assemble.PartLock, Err: fmt.Errorf("read lock %s: %w", redact.URL(name), err)}
	}
	return l, nil
}

// A Plan is a resolved spec: what a build will do. Close it when done.
type Plan struct {
	Platforms assemble.Plans // at least one, in the order of the spec
}

// Resolve opens the base, loads and verifies the indexes, and works out which packages will be installed, upgraded and
// removed on each platform of the spec. It writes nothing but the cache.
func Resolve(ctx context.Context, s *Spec, env *Env) (*Plan, error) {
	plans, err := assemble.ResolveAll(ctx, s, env)
	if err != nil {
		return nil, err
	}
	return &Plan{plans}, nil
}

// Close releases the bases.
func (p *Plan) Close() error { return p.Platforms.Close() }

// Lock pins the plan: it fetches every package and reads it to its end for its hashes.
func (p *Plan) Lock(ctx context.Context, s *Spec) (*LockFile, error) {
	return p.Platforms.Lock(ctx, s.Request())
}

// An Image is what was built.
type Image struct {
	Reference  Reference     // the output
	Descriptor v1.Descriptor // of the manifest or, for several platforms, the index
	Platforms  []*assemble.Result
}

// IsNew reports whether one of the outputs does not have the very images that the plan makes. It builds them without storing them.
func (p *Plan) IsNew(ctx context.Context, outputs []Reference) (bool, error) {
	images, err := p.Unchanged(ctx, outputs)
	return images == nil, err
}

// Unchanged returns an image for each output if all of them have the very images that the plan makes already, and nil otherwise.
// It builds them without storing them.
func (p *Plan) Unchanged(ctx context.Context, outputs []Reference) ([]*Image, error) {
	desc, results, err := p.Platforms.Unchanged(ctx, outputs)
	if err != nil || results == nil {
		return nil, err
	}
	var images []*Image
	for _, output := range outputs {
		images = append(images, &Image{Reference: output, Descriptor: desc, Platforms: results})
	}
	return images, nil
}

// Write builds the images of all platforms and commits them to the output together: one as it is, several under an index.
func (p *Plan) Write(ctx context.Context, output Reference, o WriteOptions) (*Image, error) {
	desc, results, err := p.Platforms.Write(ctx, output, o)
	if err != nil {
		return nil, err
	}
	return &Image{Reference: output, Descriptor: desc, Platforms: results}, nil
}

// Build resolves a spec and writes its image to the output.
func Build(ctx context.Context, s *Spec, env *Env, output Reference, o WriteOptions) (*Image, error) {
	if err := assemble.CheckOutput(s, output, env); err != nil {
		return nil, err
	}
	plan, err := Resolve(ctx, s, env)
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	return plan.Write(ctx, output, o)
}

// Lock resolves a spec and pins what it resolves to: see [Spec.Lock]. For a lock file beside the spec, call PlaceIndexes with its directory, then
// WriteFile: it is the one that "lamina lock" writes.
func Lock(ctx context.Context, s *Spec, env *Env) (*LockFile, error) {
	plan, err := Resolve(ctx, s, env)
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	return plan.Lock(ctx, s)
}

// Open opens an image, or a base, for a platform. The zero Platform stands for the only one that it has. Close it.
func Open(ctx context.Context, ref Reference, platform Platform, env *Env) (*oci.Base, error) {
	image, err := transport.OpenBase(ctx, ref, platform, openOptions(env))
	if err != nil {
		return nil, &Error{Part: assemble.PartImage, Err: err}
	}
	return image, nil
}

func openOptions(env *Env) transport.Options {
	if env == nil {
		return transport.Options{}
	}
	return transport.Options{Cache: env.Cache, Registries: env.Registries, Warn: env.Warn}
}

// Inspect reports what is in an image: layers, packages and why each is there, files, what scripts made, and what refers to
// it. Referrers that cannot be read are a warning.
func Inspect(ctx context.Context, ref Reference, platform Platform, env *Env, o InspectOptions) (*Report, error) {
	image, err := Open(ctx, ref, platform, env)
	if err != nil {
		return nil, err
	}
	defer image.Close()
	report, err := inspect.Read(ctx, image, o)
	if err != nil {
		return nil, &Error{Part: assemble.PartImage, Err: err}
	}
	if store := image.Store(); store != nil {
		err := report.ReadReferrers(ctx, store)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && env != nil && env.Warn != nil {
			env.Warn(fmt.Sprintf("records and other referrers of the image are not shown: %v", err))
		}
	}
	return report, nil
}

// Diff compares two images for each platform that one of them has, or for one. A report about a platform that only one side
// has names only that side.
func Diff(ctx context.Context, a, b Reference, platform Platform, env *Env, o DiffOptions) ([]*Differences, error) {
	reports, err := diff.Images(ctx, [2]oci.Reference{a, b}, platform, openOptions(env), o)
	if err != nil {
		return nil, &Error{Part: assemble.PartImage, Err: err}
	}
	return reports, nil
}

// WriteSBOM writes which packages an image is made of, as SPDX or CycloneDX.
func WriteSBOM(ctx context.Context, w io.Writer, ref Reference, platform Platform, env *Env, format SBOMFormat, o SBOMOptions) error {
	image, err := Open(ctx, ref, platform, env)
	if err != nil {
		return err
	}
	defer image.Close()
	contents, err := record.ReadContents(ctx, image)
	if err == nil {
		err = contents.Write(w, format, o)
	}
	if err != nil {
		return &Error{Part: assemble.PartImage, Err: err}
	}
	return nil
}

// Push copies an image, or an index with the images of all its platforms, and what refers to them. Bytes, and so digests and
// signatures, stay as they are. It returns the digest.
func Push(ctx context.Context, from, to Reference, env *Env) (digest.Digest, error) {
	o := openOptions(env)
	store, err := transport.OpenStore(ctx, from, o.Registries)
	if err != nil {
		return "", &Error{Part: assemble.PartImage, Err: fmt.Errorf("open %s: %w", from, err)}
	}
	defer store.Close()
	d, err := transport.Create(ctx, to, o)
	if err != nil {
		return "", err
	}
	defer d.Abort()
	var warn func(string)
	if env != nil {
		warn = env.Warn
	}
	desc, referrers, err := d.CopyImage(ctx, store, from.Name, warn)
	if err != nil {
		return "", &Error{Part: assemble.PartImage, Err: fmt.Errorf("read %s: %w", from, err)}
	}
	return desc.Digest, d.Commit(ctx, desc, referrers...)
}

// Hint returns what to do about an error, in one line, or "" if the error says it all.
func Hint(err error) string {
	if errors.Is(err, context.Canceled) {
		return ""
	}
	return assemble.Hint(err)
}
