package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
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

	document *Document // that it was made from; nil for none
}

// Key is a public key and the file name by which signatures refer to it.
type Key struct {
	Name string
	PEM  []byte
}

// maxKey bounds a key file, in bytes.
const maxKey = 64 << 10

// ReadKey reads a key in a PEM file. No error quotes the file.
func ReadKey(name string) (Key, error) {
	if strings.Contains(name, "://") {
		return Key{}, hint.With(fmt.Errorf("read key %s: a key is a file, not a URL", redact.URL(name)), "download the key, check it, and give the file: --key FILE, or keys in the spec")
	}
	file, err := oci.OpenRegular(name)
	if err == nil {
		defer file.Close()
		var pem []byte
		if pem, err = bounded.ReadAll(file, maxKey); err == nil {
			return Key{Name: filepath.Base(name), PEM: pem}, nil
		}
	}
	remedy := "a key is a PEM file with a public key, like those in /etc/apk/keys on Alpine"
	if errors.Is(err, fs.ErrNotExist) {
		remedy = "give a file that exists: --key FILE, or keys in the spec, relative to the spec's directory"
	}
	text := err.Error()
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		text = inner.Err.Error()
	}
	return Key{}, hint.With(fmt.Errorf("read key %s: %s", redact.URL(name), strings.TrimPrefix(text, name+": ")), remedy)
}

// Spec converts the document, with paths resolved, keys read and sources found. The base may be
// missing, since callers can set it. The error has every key and source that cannot be used, each with line and column.
func (s *Document) Spec() (*Spec, error) {
	out := &Spec{
		Packages: slices.Clone(s.Packages), Annotations: s.Annotations, SkipScripts: s.Scripts.Skip, Recipe: layer.Recipe(s.Compression),
		Config: s.config(), document: s,
	}
	var problems []problem
	fail := func(err error, path ...any) {
		problems = append(problems, problem{place: s.at(path...), message: err.Error(), remedy: hint.Of(err)})
	}
	if s.Base != "" {
		var err error
		if out.Base, err = oci.ParseReference(s.ResolveReference(s.Base)); err != nil {
			fail(err, "base")
		}
	}
	for i, text := range s.Platforms {
		platform, err := oci.ParsePlatform(text)
		if err != nil {
			fail(err, "platforms", i)
		}
		out.Platforms = append(out.Platforms, platform)
	}
	for _, line := range s.Repositories {
		out.Repositories = append(out.Repositories, s.ResolveRepository(line))
	}
	for i, name := range s.Keys {
		key, err := ReadKey(s.Resolve(name))
		if err != nil {
			fail(err, "keys", i)
		}
		out.Keys = append(out.Keys, key)
	}
	for i := range s.Files {
		file, err := s.file(&s.Files[i])
		if err != nil {
			fail(err, "files", i, "source")
		}
		out.Files = append(out.Files, file)
	}
	if err := s.errorOf(problems); err != nil {
		return nil, err
	}
	return out, nil
}

// Locate adds to an error where the spec file has the value that it is about, which a path of keys and positions in lists
// leads to. It leaves alone the errors of a spec that was not read from a file.
func (s *Spec) Locate(err error, path ...any) error {
	if err == nil || s.document == nil || s.document.name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", s.document.at(path...).in(s.document.name), err)
}

// Asked returns the request that a lock stores to detect changes of the document, as written in the document.
func (s *Document) Asked() lock.Request {
	return lock.Request{Base: s.Base, Repositories: slices.Clone(s.Repositories), Packages: slices.Clone(s.Packages)}
}
