package convert_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/convert"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
	"github.com/lamina-oci/lamina/oci/transport"
)

// builder builds images over the corpus's root file system, from its packages.
type builder struct {
	site string // to download from

	*testing.T
	corpus string
	dir    string
	key    spec.Key
	cache  string

	contents map[string]string // of the files of passwd and group in the image that was built last
}

func newBuilder(t *testing.T) *builder {
	b := &builder{T: t, corpus: corpustest.Path(t, "alpine-3.19"), dir: t.TempDir(), cache: t.TempDir()}
	var err error
	if b.key, err = spec.ReadKey(filepath.Join(b.corpus, "keys", "corpus@lamina-1.rsa.pub")); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *builder) base() string {
	return "rootfs:" + filepath.Join(b.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz")
}

var amd64 = oci.Platform{OS: "linux", Architecture: "amd64"}

// build builds a spec, and returns a line for each file of the image, by its path, and its settings. Links to one file have its number.
func (b *builder) build(s *spec.Spec, output string) (files map[string]string, config map[string]any) {
	b.Helper()
	if len(s.Repositories) == 0 {
		s.Repositories, s.Keys = []string{filepath.Join(b.corpus, "repo")}, []spec.Key{b.key}
	}
	s.Created = time.Unix(1_700_000_000, 0)
	env := &assemble.Env{Client: &repository.Client{}, Cache: b.directory()}
	defer env.Client.Close()
	plan, err := assemble.Resolve(b.Context(), s, amd64, env)
	if err != nil {
		b.Fatal(err)
	}
	defer plan.Close()
	ref := oci.Reference{Transport: oci.TransportLayout, Path: output, Name: "latest"}
	if _, err := plan.Write(b.Context(), ref); err != nil {
		b.Fatal(err)
	}
	image, err := transport.OpenBase(b.Context(), ref, oci.Platform{}, transport.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer image.Close()
	if len(image.Layers) > 2 {
		b.Errorf("%d layers", len(image.Layers))
	}
	t, added := tree.New(), tree.New() // of contents, those of the last layer are compared: the base has the others
	for i, l := range image.Layers {
		err := l.ReadInto(b.Context(), t)
		if err == nil && i+1 == len(image.Layers) {
			err = l.ReadInto(b.Context(), added)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	files = make(map[string]string)
	first := make(map[*tree.Node]string)
	for name, n := range t.All() {
		line := fmt.Sprintf("%v %04o %d:%d %s %s", n.Type, n.Mode, n.UID, n.GID, n.ModTime.UTC().Format(time.RFC3339), n.Target)
		if n.Type == tree.Regular {
			if first[n] == "" {
				first[n] = name
			}
			line += fmt.Sprintf("%d bytes, %s", n.Size, first[n])
			if own, err := added.Lstat(name); err == nil && own.Content != nil {
				line += " " + b.hash(own)
			}
		}
		files[name] = line
	}
	b.contents = make(map[string]string)
	for _, name := range []string{"etc/passwd", "etc/group"} {
		if text, err := t.ReadFile(name, 1<<20); err == nil {
			b.contents[name] = string(text)
		}
	}
	var parsed struct{ Config map[string]any }
	if err := json.Unmarshal(image.RawConfig, &parsed); err != nil {
		b.Fatal(err)
	}
	return files, parsed.Config
}

func (b *builder) hash(n *tree.Node) string {
	b.Helper()
	r, err := n.Content.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		b.Fatal(err)
	}
	if len(text) > 200 {
		return fmt.Sprintf("%x", text[:100])
	}
	return fmt.Sprintf("%q", text)
}

// dockerfile reads a Dockerfile of a context directory, whose base is the corpus's.
func (b *builder) dockerfile(name, context string, o dockerfile.Options) (*dockerfile.File, convert.Options) {
	b.Helper()
	o.Context = context
	o.Contexts = map[string]string{"localhost/base": b.base(), "alpine:3.22": b.base()}
	d, err := dockerfile.Read(name, o)
	if err != nil {
		b.Fatal(err)
	}
	s, err := d.Spec()
	if err != nil {
		b.Fatal(err)
	}
	base, err := transport.OpenBase(b.Context(), s.Base, amd64, transport.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { base.Close() })
	return d, convert.Options{Base: base, Dockerfile: o, Platform: amd64, Dir: b.dir}
}

// converted converts a Dockerfile and reads the spec.
func (b *builder) converted(name string, o convert.Options) (*spec.Spec, *convert.Result) {
	b.Helper()
	result, err := convert.File(name, o)
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(o.Dir, "lamina.yaml")
	if err := os.WriteFile(file, result.Spec, 0o644); err != nil {
		b.Fatal(err)
	}
	document, err := spec.Read(file, spec.ReadOptions{})
	if err != nil {
		b.Fatalf("%v\n%s", err, result.Spec)
	}
	document.SetContext(o.Dockerfile.Context)
	s, err := document.Spec()
	if err != nil {
		b.Fatalf("%v\n%s", err, result.Spec)
	}
	return s, result
}

// TestDockerfiles: the spec that a Dockerfile is converted to makes the image that the Dockerfile makes: its files with owners, modes, times
// and links, and its settings. What the notes say is done before: images that stand for stages are built first. A spec that lacks
// something by its notes is not compared, which few may.
func TestDockerfiles(t *testing.T) {
	b := newBuilder(t)
	names, err := filepath.Glob("../../../../fixtures/dockerfiles/*.Dockerfile")
	if err != nil || len(names) < 11 {
		t.Fatalf("%d Dockerfiles, %v", len(names), err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "#!/bin/sh\necho %s\n", r.URL.Path) }))
	defer site.Close()
	compared := 0
	if testing.Short() { // the race detector makes the big ones slow, and they run no other code
		names = slices.DeleteFunc(names, func(name string) bool {
			return !strings.HasSuffix(name, "stages.Dockerfile") && !strings.HasSuffix(name, "static.Dockerfile")
		})
	}
	for _, name := range append(names, "../../../../fixtures/nginx/Dockerfile") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".Dockerfile"), func(t *testing.T) {
			defer func() {
				if !t.Skipped() {
					compared++
				}
			}()
			b := &builder{T: t, corpus: b.corpus, dir: t.TempDir(), key: b.key, cache: b.cache}
			context := "../../../../fixtures/dockerfiles/context"
			if filepath.Base(name) == "Dockerfile" {
				context = filepath.Dir(name)
			}
			copied := filepath.Join(b.dir, "context")
			if err := os.CopyFS(copied, os.DirFS(context)); err != nil {
				t.Fatal(err)
			}
			switch filepath.Base(name) {
			case "adds.Dockerfile", "named.Dockerfile", "tools.Dockerfile":
				t.Skip("needs archives or a directory that only its own test has")
			}
			b.site = site.URL
			b.compare(name, copied)
		})
	}
	if 4*compared < 3*len(names) {
		t.Errorf("only %d of %d could be converted whole", compared, len(names))
	}
}

// compare builds a Dockerfile and the spec that it is converted to, and compares the images.
func (b *builder) compare(name, context string) *convert.Result {
	b.Helper()
	d, o := b.dockerfile(name, context, dockerfile.Options{Args: map[string]string{"SITE": b.site}})
	s, err := d.Spec()
	if err != nil {
		b.Fatal(err)
	}
	stages := b.stages(name, o)
	files, config := b.build(s, filepath.Join(b.dir, "theirs"))
	for _, stage := range stages {
		_, o := b.dockerfile(name, context, dockerfile.Options{Target: stage, Args: o.Dockerfile.Args})
		s, _ := b.converted(name, o)
		b.build(s, filepath.Join(context, stage))
	}
	converted, result := b.converted(name, o)
	got, gotConfig := b.build(converted, filepath.Join(b.dir, "ours"))
	for what, diff := range map[string]string{"files": cmp.Diff(files, got), "config": cmp.Diff(config, gotConfig)} {
		if diff != "" {
			b.Errorf("%s, the Dockerfile's with -, the spec's with +:\n%s\nthe spec:\n%s", what, diff, result.Spec)
		}
	}
	return result
}

func notes(r *convert.Result) string {
	text := ""
	for _, n := range r.Notes {
		text += fmt.Sprintf("%v %s\n", n.Loses, n)
	}
	return text
}

// stages returns the stages that a spec takes files from, by the notes.
func (b *builder) stages(name string, o convert.Options) []string {
	b.Helper()
	result, err := convert.File(name, o)
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for _, n := range result.Notes {
		if !n.Loses {
			continue
		}
		stage, _, ok := strings.Cut(strings.TrimPrefix(n.Message, "COPY --from="), ": a spec has no stages")
		if !ok {
			b.Skipf("not carried over, which is told: %s", n)
		}
		list = append(list, stage)
	}
	return list
}

// emptyBase is a base that sets nothing.
func emptyBase() *oci.Base { return &oci.Base{Platform: amd64} }
