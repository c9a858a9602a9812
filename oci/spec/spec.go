package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
)

// A Spec describes what to build. It is plain data; builds do not change it. Paths in it are absolute or relative to the
// working directory.
type Spec struct {
	// Base may have ${APK_ARCH} in its path, which stands for Alpine's name of the platform's architecture: a root file
	// system is for just one.
	Base      oci.Reference
	Platforms []oci.Platform // none: the base's, which must then have just one

	// Repositories are lines as in /etc/apk/repositories, or directories. None means the base's own.
	Repositories []string
	Keys         []Key    // trusted in addition to the base's own
	Packages     []string // items for the world, such as "nginx", "curl>8" or "!ssl_client"
	Upgrade      bool     // upgrade Packages and their dependencies, as "apk add -u"

	Files       []stage.File // added last
	Config      oci.ConfigChanges
	Annotations map[string]string // of the manifest
	SkipScripts []string          // names of packages whose scripts and triggers are skipped

	// Created is the time of everything that has no time of its own. The zero time stands for the newest build time of the
	// packages in the image.
	Created time.Time

	// Recipe says how the layer is compressed; the zero value is [layer.DefaultRecipe]. A lock must have been made for the
	// same.
	Recipe layer.Recipe

	// Lock, if not nil, pins the packages, and Upgrade has no effect. Indexes are read only for packages that no trusted key
	// has signed themselves. The packages are looked for in Vendor, a repository in a directory, unless that is empty, and
	// then in the repositories.
	Lock   *lock.Lock
	Vendor string
}

// Key is a public key and the file name by which signatures refer to it.
type Key struct {
	Name string
	PEM  []byte
}

// ReadKey reads a key in a PEM file.
func ReadKey(name string) (Key, error) {
	pem, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Key{}, hint.With(fmt.Errorf("read key: %w", err), "give a file that exists: --key FILE, or keys in the spec, relative to the spec's directory")
	case err != nil:
		return Key{}, fmt.Errorf("read key: %w", err)
	}
	return Key{Name: filepath.Base(name), PEM: pem}, nil
}

const howWritten = `"lamina build --help" and "lamina help spec" show the format`

// Spec converts the document, with paths resolved, keys read and sources found. The base may be
// missing, since callers can set it.
func (s *Document) Spec() (*Spec, error) {
	out := &Spec{
		Packages: slices.Clone(s.Packages), Annotations: s.Annotations, SkipScripts: s.Scripts.Skip, Recipe: layer.Recipe(s.Compression),
		Config: oci.ConfigChanges{
			Entrypoint: s.Config.Entrypoint, Cmd: s.Config.Cmd, ExposedPorts: s.Config.ExposedPorts,
			Volumes: s.Config.Volumes, Env: s.Config.Env, User: s.Config.User,
			WorkingDir: s.Config.WorkingDir, StopSignal: s.Config.StopSignal, Labels: s.Config.Labels,
		},
	}
	var err error
	if s.Base != "" {
		if out.Base, err = oci.ParseReference(s.ResolveReference(s.Base)); err != nil {
			return nil, hint.With(fmt.Errorf("base: %w", err), howWritten)
		}
	}
	for _, text := range s.Platforms {
		platform, err := oci.ParsePlatform(text)
		if err != nil {
			return nil, hint.With(err, howWritten)
		}
		out.Platforms = append(out.Platforms, platform)
	}
	for _, line := range s.Repositories {
		out.Repositories = append(out.Repositories, s.ResolveRepository(line))
	}
	for _, name := range s.Keys {
		key, err := ReadKey(s.Resolve(name))
		if err != nil {
			return nil, err
		}
		out.Keys = append(out.Keys, key)
	}
	out.Files, err = s.files()
	return out, err
}

// Asked returns the request that a lock stores to detect changes of the document, as written in the document.
func (s *Document) Asked() lock.Request {
	return lock.Request{Base: s.Base, Repositories: slices.Clone(s.Repositories), Packages: slices.Clone(s.Packages)}
}
