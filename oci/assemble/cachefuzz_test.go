package assemble_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/registry"
	"github.com/lamina-oci/lamina/oci/spec"
)

// A site is what the requests of a build go to: a registry, and a server of packages and files. What it serves and what is forged
// have the same names and versions.
type site struct {
	registry http.Handler
	files    map[string][]byte // by the path of a URL
	base     fixtures.Base
}

func newSite(f *testing.F, content string, fault fixtures.IndexFault, base fixtures.Base) *site {
	f.Helper()
	files, err := fixtures.Repository{IndexFault: fault, Packages: []fixtures.Package{
		{Name: "nginx", Depends: "libz", Files: []fixtures.File{{Path: "usr/sbin/nginx", Mode: 0o4755, Content: content}},
			Scripts: map[string]string{"post-install": "#!/bin/sh\necho '" + content + "' > /etc/nginx\n"}},
		{Name: "libz", Files: []fixtures.File{{Path: "usr/lib/libz.so.1", Content: strings.Repeat(content, 25_000)}}},
		{Name: "large", Files: []fixtures.File{{Path: "usr/lib/large", Content: strings.Repeat(content, 28_000)}}},
	}}.Files()
	if err != nil {
		f.Fatal(err)
	}
	files["file"] = []byte(content)
	return &site{ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0))), files, base}
}

// RoundTrip answers requests for packages and files.
func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	content, ok := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	recorder := httptest.NewRecorder()
	if !ok {
		http.NotFound(recorder, r)
		return recorder.Result(), nil
	}
	recorder.Header().Set("ETag", `"`+digest.FromBytes(content).Encoded()+`"`)
	http.ServeContent(recorder, r, path.Base(r.URL.Path), fixtures.BuildTime, bytes.NewReader(content))
	return recorder.Result(), nil
}

// forgery is a build whose cache somebody else can write to.
type forgery struct {
	request spec.Spec
	site    *site // that it is made at
	warned  []string

	root            string            // a directory
	entries, donors map[string][]byte // of the user's cache and of the foreign one, by path
	names, donated  []string          // of them
	keyName         []byte            // that tells the user's secret
}

// build makes the image with a cache.
func (g *forgery) build(dir string, secret cache.Secret, isOffline bool, output string) (digest.Digest, error) {
	ctx := context.Background()
	var warning sync.Mutex // several packages are fetched at once
	warn := func(text string) {
		warning.Lock()
		defer warning.Unlock()
		g.warned = append(g.warned, text)
	}
	directory := cache.Open(dir, secret)
	env := &assemble.Env{
		Client:     &repository.Client{HTTP: &http.Client{Transport: g.site}, CacheDir: dir, Offline: isOffline, Warn: warn},
		Registries: &registry.Registries{Cache: directory, Offline: isOffline, Warn: warn}, Cache: directory, Warn: warn, Concurrency: 1,
	}
	defer env.Close()
	plan, err := assemble.Resolve(ctx, &g.request, oci.Platform{}, env)
	if err != nil {
		return "", err
	}
	defer plan.Close()
	result, err := plan.Write(ctx, oci.Reference{Transport: oci.TransportLayout, Path: output, Name: "latest"})
	if err != nil {
		return "", err
	}
	return result.Manifest.Digest, nil
}

// publish puts the base of a site into its registry.
func (g *forgery) publish(f *testing.F) {
	f.Helper()
	in := newInputs(f, g.site.base)
	in.spec.StepsOnly = true
	_, image := in.build("base")
	if _, err := ocitest.CopyTo(f, image.Reference, g.request.Base, nil); err != nil {
		f.Fatal(err)
	}
}

func stranger() ([]byte, error) { return []byte("the secret of a stranger"), nil }

// FuzzCacheEntries puts forged entries into the cache of a build, with new sums and seals, as somebody can who may write to the cache but
// does not have the user's secret. Most are taken from a build with foreign packages on a foreign base. With a network, the image
// is the one without a cache; offline it is that or an error. The files of the output have the digests of their names.
//
// Concurrent code makes coverage differ between runs, so run it with -fuzzminimizetime 1x.
func FuzzCacheEntries(f *testing.F) {
	root := f.TempDir()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() { // in memory
		memory, err := tempdir.Make("/dev/shm", tempdir.Prefix, 0o700) // which the next one removes if this process is killed
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { memory.Remove() })
		root = memory.Path()
	}
	g := &forgery{root: root}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.site.registry.ServeHTTP(w, r) }))
	f.Cleanup(server.Close)
	base, err := oci.ParseReference("docker://" + strings.TrimPrefix(server.URL, "http://") + "/base:1")
	if err != nil {
		f.Fatal(err)
	}
	g.request = spec.Spec{
		Base: base, Repositories: []string{"http://packages.example/"}, Packages: []string{"nginx", "large"},
		Files: []stage.File{{Path: "/srv/file", Origin: &stage.Origin{URL: "http://packages.example/file"}}},
	}
	honest := newSite(f, "honest", fixtures.SoundIndex, fixtures.Base{APKTools: "3.0.1-r0"})
	foreign := newSite(f, "forged", fixtures.StrangersIndex, fixtures.Base{APKTools: "3.0.1-r0", NoKey: true, Files: []fixtures.File{
		{Path: "etc/apk/keys/" + fixtures.StrangersKeyName, Content: fixtures.PublicKeyPEM}, {Path: "etc/forged", Content: "forged"},
	}})
	fill := func(s *site, name string, secret cache.Secret) (digest.Digest, map[string][]byte) {
		g.site = s
		g.publish(f)
		dir := filepath.Join(root, name)
		image, err := g.build(dir, secret, false, filepath.Join(root, name+"-image"))
		if err != nil || len(g.warned) > 0 {
			f.Fatalf("%v, warnings %q", err, g.warned)
		}
		return image, readCache(f, dir)
	}
	want, entries := fill(honest, "honest", cachetest.Secret)
	forged, donors := fill(foreign, "foreign", stranger)
	g.site = honest
	if want == forged {
		f.Fatal("the image of the foreign cache equals the honest one")
	}
	g.entries, g.donors = entries, donors
	g.names, g.donated = slices.Sorted(maps.Keys(entries)), slices.Sorted(maps.Keys(donors))
	for _, k := range cache.Kinds() {
		i := slices.IndexFunc(g.names, func(name string) bool { return path.Dir(name) == string(k.Kind) })
		switch {
		case k.Kind == cache.Unfinished:
		case i < 0:
			f.Errorf("the cache has no %s", k.Kind)
		case k.Kind == cache.Segments:
			g.keyName = entries[g.names[i]][:8]
		}
	}

	for target := range g.names {
		for change := range changes {
			f.Add(byte(0), []byte{byte(target), change, byte(target)}, []byte("forged"))
			if target%4 == 0 {
				f.Add(byte(1), []byte{byte(target), change, byte(target), 0, change, 1}, []byte{1})
			}
		}
	}
	for change := range changes {
		for mode := range byte(4) {
			f.Add(mode|4, []byte{0, change, 0}, []byte("forged"))
		}
	}
	turn := 0
	f.Fuzz(func(t *testing.T, mode byte, edits, content []byte) {
		isOffline, again, whole := mode&1 != 0, mode&2 != 0, mode&4 != 0
		turn++
		dir := filepath.Join(root, fmt.Sprint(os.Getpid(), "-", turn))
		defer os.RemoveAll(dir)
		directory, output := filepath.Join(dir, "cache"), filepath.Join(dir, "image")
		forged := maps.Clone(g.entries)
		if whole && len(edits) > 1 { // each entry by the foreign build's
			for _, name := range g.names {
				forged[name] = g.forge(t, edits[1]%changes, name, g.foreign(name), content)
			}
		}
		for ; len(edits) >= 3; edits = edits[3:] {
			name := g.names[int(edits[0])%len(g.names)]
			forged[name] = g.forge(t, edits[1]%changes, name, g.donated[int(edits[2])%len(g.donated)], content)
		}
		for name, content := range forged {
			writeEntry(t, filepath.Join(directory, name), content)
		}
		g.warned = nil
		for run := range 2 {
			got, err := g.build(directory, cachetest.Secret, isOffline, output)
			if err == nil && got != want {
				t.Errorf("build %d: image %s, want %s; warnings %q", run, got, want, g.warned)
			}
			if err != nil && !isOffline {
				t.Errorf("build %d fails: %v", run, err)
			}
			if err != nil {
				break
			}
			checkBlobs(t, output)
			if !again {
				break
			}
			os.RemoveAll(output)
		}
	})
}

// readCache returns the files of a cache by their paths.
func readCache(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	for _, k := range cache.Kinds() {
		if k.Kind == cache.Unfinished {
			continue
		}
		list, err := filepath.Glob(filepath.Join(dir, string(k.Kind), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range list {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[string(k.Kind)+"/"+filepath.Base(name)] = content
		}
	}
	return files
}

func writeEntry(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// foreignName returns the entry of another cache that is most like one: the same, or the one at the same place among those of its kind.
func (g *forgery) foreign(name string) string {
	if slices.Contains(g.donated, name) {
		return name
	}
	ofKind := func(list []string) (of []string) {
		for _, other := range list {
			if path.Dir(other) == path.Dir(name) {
				of = append(of, other)
			}
		}
		return of
	}
	from := ofKind(g.donated)
	return from[slices.Index(ofKind(g.names), name)%len(from)]
}

// changes is how many ways forge knows.
const changes byte = 9

// forge returns what somebody puts in place of an entry who can read and write the cache but does not have its secret.
func (g *forgery) forge(t *testing.T, change byte, name, donor string, content []byte) []byte {
	own, foreign := g.entries[name], g.donors[donor]
	switch change {
	case 0: // any bytes
		return content
	case 1: // any bytes under a seal
		return g.sealed(t, name, content)
	case 2: // the entry of another
		return foreign
	case 3: // the content of another
		return g.sealed(t, name, plain(donor, foreign))
	case 4: // another entry under the user's own seal
		return g.entries[g.names[len(content)%len(g.names)]]
	case 5: // bytes of the file
		return spliced(own, content)
	case 6: // bytes of the content, with its seal made again
		return g.sealed(t, name, spliced(plain(name, own), content))
	case 7: // the end of the own entry, which has tags, behind the content of another
		if !isSealed(name) {
			return foreign
		}
		return slices.Concat(own[:sealSize], plain(donor, foreign), own[sealSize+len(plain(name, own)):])
	default: // a part
		return own[:len(own)*(len(content)%16)/16]
	}
}

// spliced puts other bytes somewhere into some.
func spliced(b, other []byte) []byte {
	b = slices.Clone(b)
	if len(other) > 2 && len(b) > 0 {
		at := (int(other[0])<<8 | int(other[1])) * len(b) >> 16
		copy(b[at:], other[2:])
	}
	return b
}

// A sealed entry is a header of 24 bytes, its content, tags, and a trailer of 24 bytes that begins with the content's size.
const sealSize = 24

func isSealed(name string) bool {
	return !slices.Contains([]cache.Kind{cache.Packages, cache.Indexes, cache.Files, cache.Blobs, cache.Pulled}, cache.Kind(path.Dir(name)))
}

// plain returns the content of an entry.
func plain(name string, file []byte) []byte {
	if !isSealed(name) {
		return file
	}
	size := binary.BigEndian.Uint64(file[len(file)-sealSize:])
	return file[sealSize:][:size]
}

// sealed returns an entry with a content, sealed with the secret of a stranger in the name of the user's.
func (g *forgery) sealed(t testing.TB, name string, content []byte) []byte {
	if !isSealed(name) {
		return content
	}
	dir := filepath.Join(g.root, "sealed")
	cache.Open(dir, stranger).Write(cache.Kind(path.Dir(name)), path.Base(name), content)
	file, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	copy(file, g.keyName)
	return file
}

// checkBlobs reports files of a layout that are not what their names say.
func checkBlobs(t *testing.T, layout string) {
	t.Helper()
	dir := filepath.Join(layout, "blobs", "sha256")
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || digest.FromBytes(content).Encoded() != e.Name() {
			t.Errorf("blob %s: %s, %v", e.Name(), digest.FromBytes(content), err)
		}
	}
}
