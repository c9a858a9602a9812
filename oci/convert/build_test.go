package convert_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/convert"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/transport"
)

// builder builds images over the corpus's root file system, from its packages.
type builder struct {
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
	env := &assemble.Env{Client: &repository.Client{}, Cache: b.folder()}
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
func (b *builder) dockerfile(name, context string, o spec.DockerfileOptions) (*spec.Dockerfile, convert.Options) {
	b.Helper()
	o.Context = context
	o.Contexts = map[string]string{"localhost/base": b.base(), "alpine:3.22": b.base()}
	d, err := spec.ReadDockerfile(name, o)
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
	document, err := spec.Read(file)
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
// and links, and its settings. What the notes say is done before: images that stand for stages are built first.
func TestDockerfiles(t *testing.T) {
	b := newBuilder(t)
	names, err := filepath.Glob("../../fixtures/dockerfiles/*.Dockerfile")
	if err != nil || len(names) < 11 {
		t.Fatalf("%d Dockerfiles, %v", len(names), err)
	}
	for _, name := range append(names, "../../fixtures/nginx/Dockerfile") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".Dockerfile"), func(t *testing.T) {
			b := &builder{T: t, corpus: b.corpus, dir: t.TempDir(), key: b.key, cache: b.cache}
			context := "../../fixtures/dockerfiles/context"
			if filepath.Base(name) == "Dockerfile" {
				context = filepath.Dir(name)
			}
			copied := filepath.Join(b.dir, "context")
			if err := os.CopyFS(copied, os.DirFS(context)); err != nil {
				t.Fatal(err)
			}
			b.compare(name, copied)
		})
	}
}

// compare builds a Dockerfile and the spec that it is converted to, and compares the images.
func (b *builder) compare(name, context string) *convert.Result {
	b.Helper()
	d, o := b.dockerfile(name, context, spec.DockerfileOptions{})
	s, err := d.Spec()
	if err != nil {
		b.Fatal(err)
	}
	files, config := b.build(s, filepath.Join(b.dir, "theirs"))
	for _, stage := range b.stages(name, o) {
		_, o := b.dockerfile(name, context, spec.DockerfileOptions{Target: stage})
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

// TestDockerfileForms is TestDockerfiles for forms that the fixtures do not have. A part of what the spec says shows that it says it
// in its own terms, or that it does not.
func TestDockerfileForms(t *testing.T) {
	b := newBuilder(t)
	for _, test := range []struct {
		name, text string
		has, not   []string
	}{
		{"packages", `RUN apk --no-cache add -q jq && apk update && apk add -U --upgrade "tzdata>2020" -- libacl`,
			[]string{"packages: [jq]", "packages: [tzdata>2020, libacl]", "upgrade: named"}, []string{"run:"}},
		{
			"packages that stay commands",
			`RUN apk add --no-cache -t .deps jq && apk del .deps && P=jq && apk add $P`,
			[]string{"apk add --no-cache -t .deps jq", "apk del .deps"}, []string{"packages: [jq"},
		},
		{
			"no set -e: what follows runs in any case",
			"RUN apk add --no-cache no-such-package; echo still > /still",
			[]string{"packages: []"}, []string{"packages: [no"},
		},
		{"set -e", "RUN set -eux; apk add --no-cache jq; addgroup -g 700 -S web; adduser -SDH -u 701 -h /w -s /bin/false -G web -g 'W W' web; false || true; echo \"$(id -u)\" > /x",
			[]string{"packages: [jq]", "{name: web, gid: 700, system: true}", "{name: web, uid: 701, group: web, home: /w, createHome: false, shell: /bin/false, gecos: W W, system: true}"}, nil},
		{"accounts in another order", "RUN adduser -D a && addgroup b && adduser -D -G b c && adduser a b && addgroup c a && adduser --uid 1500 --disabled-password d",
			[]string{"{name: a}", "{name: b}", "{name: c, group: b}", "adduser a b", "addgroup c a", "{name: d, uid: 1500}"}, nil},
		{
			"the shell of the environment",
			"ENV SHELL=/bin/ash\nRUN adduser -D a && addgroup b",
			[]string{"adduser -D a", "{name: b}"}, []string{"{name: a}"},
		},
		{
			"state of the shell",
			"RUN cd /tmp && echo a > a && adduser -D u && touch b && (cd / && touch c) && X=1 && echo $X > d",
			[]string{"cd /tmp &&\n"}, []string{"users:"},
		},
		{
			"a function, a loop and an end",
			"RUN f() { echo $1; }; f x > /x; for i in 1 2; do echo $i; done > /y; exit 0; echo > /never",
			nil, []string{"users:"},
		},
		{"variables over time", "ENV A=1 B=2\nARG C=3\nRUN echo $A $B $C $D > /1\nENV A=4 D=5\nARG C=6\nRUN echo $A $B $C $D ~ > /2\nRUN env | sort | grep -v ^PWD > /3\nRUN echo none > /4",
			[]string{"- echo none > /4", "export A=1", "unset D"}, nil},
		{
			"options of SHELL",
			"SHELL [\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN echo a; echo b > /b\nRUN cat /etc/passwd | head -n 1 > /c\n" +
				"RUN echo x | grep y || echo pipefail > /d",
			[]string{"- echo a\n"}, nil,
		},
		{
			"here-documents",
			"RUN <<EOF\necho one > /1\nif true; then\n\techo two > /2\nfi\nEOF\nRUN cat <<X > /3 && echo > /4\nthree $HOME\nX\n" +
				"COPY <<A <<\"B\" /h/\nfive $PATH\nA\nsix $PATH\nB\n",
			nil, nil,
		},
		{
			"directories that exist",
			"RUN adduser -D app && mkdir -m 700 /srv/x /srv/y && chown 5:6 /srv/x\nCOPY --chown=app site /srv/x\n" +
				"COPY --chown=app:app --chmod=750 site/ /srv/y/\nCOPY index.html /srv/x\nCOPY run.sh /etc/init.d\n" +
				"COPY index.html /srv/y/new",
			nil, nil,
		},
		{
			"archives and parents",
			"ADD a.tar /srv\nADD a.tar.gz /usr/local/\nCOPY --parents site/css index.html /p/\nCOPY --exclude=*.html site /q\n" +
				"ADD --unpack=false a.tar /a.tar",
			[]string{"archive: a.tar"}, nil,
		},
		{
			"directory and user",
			"WORKDIR /a/b\nCOPY index.html x/\nRUN pwd > here && adduser -D app && chown app /a/b\nUSER app\nWORKDIR own\n" +
				"WORKDIR /a/b\nCMD [\"x\"]",
			[]string{"user: app", "{name: app}"}, nil,
		},
		{
			"settings",
			"ENV PATH=/opt/bin:$PATH X='a b' Y=\\$PATH\nLABEL a=$X\nEXPOSE 80-82/udp\nVOLUME /a /b\nSTOPSIGNAL SIGRTMIN+3\n" +
				"CMD [\"a\"]\nENTRYPOINT b $X\nHEALTHCHECK --interval=1s --retries=3 CMD [\"x\"]\nMAINTAINER x",
			[]string{`PATH: "/opt/bin:${PATH}"`}, nil,
		},
		{"no entrypoint", "ENTRYPOINT []\nCMD []", []string{"entrypoint: []", "cmd: []"}, nil},
		{
			"quotes that matter to YAML",
			"RUN printf '%s: \"%s\" # %s\\n' a 'b' \"c: d\" > /q && echo 'x: y' \"#\" '{a}' > /r && echo - > /s",
			nil, nil,
		},
		{
			"long",
			"RUN echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \\\n        'b    c' \"d     e\" \\\n        f\\    g \\\n" +
				"        h > /long     && case x in \\\n        x) echo yes > /case ;; \\\n        *) exit 1 ;; \\\n    esac; \\\n\tset -e; echo one \\\n\t\ttwo \\\n\t; \\\n\tfor i in 1 \\\n\t\t2; do echo $i; done >/for",
			nil, nil,
		},
		{"a platform", "ARG TARGETARCH\nRUN echo $TARGETARCH > /arch", []string{"platforms: [linux/amd64]"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &builder{T: t, corpus: b.corpus, dir: t.TempDir(), key: b.key, cache: b.cache}
			context := filepath.Join(b.dir, "context")
			if err := os.CopyFS(context, os.DirFS("../../fixtures/dockerfiles/context")); err != nil {
				t.Fatal(err)
			}
			archive(t, context)
			name := filepath.Join(b.dir, "Dockerfile")
			if err := os.WriteFile(name, []byte("FROM localhost/base\n"+test.text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			result := b.compare(name, context)
			for _, part := range test.has {
				if !strings.Contains(string(result.Spec), part) {
					t.Errorf("the spec has no %s:\n%s", part, result.Spec)
				}
			}
			for _, part := range test.not {
				if strings.Contains(string(result.Spec), part) {
					t.Errorf("the spec has %s:\n%s", part, result.Spec)
				}
			}
			if result.Loses() {
				t.Errorf("notes: %s", notes(result))
			}
		})
	}
}

// TestFailures: where a command of the Dockerfile fails, and with it the build, that of the spec fails too, and where it does not, not.
func TestFailures(t *testing.T) {
	b := newBuilder(t)
	for text, fails := range map[string]bool{
		"set -e; for i in 1; do false; echo $i; done; echo end":    true,
		"set -e; f() { false; echo f; }; f; echo end":              true,
		"set -e; f() { false; echo f; }; f && echo end":            false,
		"set -e; apk info >/dev/null; (false; echo sub); echo end": true,
		"set -e; echo a; (false; echo sub) && echo end":            false,
		"for i in 1; do false; echo $i; done && echo end":          false,
		"set -e; echo a $(false; echo x) > /x; echo end":           false,
		"false && echo a":                            true,
		"false; echo a":                              false,
		"set -eu; echo a; echo $UNSET; echo end":     true,
		"set -o pipefail; false | true":              true,
		"false | true && mkdir /x":                   false,
		"mkdir /x && ! mkdir /x && (exit 0) && true": false,
		"mkdir /x && exit 3":                         true,
		"set -e; mkdir /a && false && mkdir /b; apk info; echo end > /end": false,
	} {
		name := filepath.Join(t.TempDir(), "Dockerfile")
		if err := os.WriteFile(name, []byte("FROM localhost/base\nRUN "+text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		d, o := b.dockerfile(name, filepath.Dir(name), spec.DockerfileOptions{})
		theirs, err := d.Spec()
		if err != nil {
			t.Fatal(err)
		}
		ours, result := b.converted(name, o)
		if err := b.fails(theirs); (err != nil) != fails {
			t.Errorf("%q: the Dockerfile: %v", text, err)
		}
		if err := b.fails(ours); (err != nil) != fails {
			t.Errorf("%q: the spec: %v\n%s", text, err, result.Spec)
		}
	}
}

// fails returns the error of a build.
func (b *builder) fails(s *spec.Spec) error {
	b.Helper()
	env := &assemble.Env{Client: &repository.Client{}, Cache: b.folder()}
	defer env.Client.Close()
	plan, err := assemble.Resolve(b.Context(), s, amd64, env)
	if err != nil {
		b.Fatal(err)
	}
	defer plan.Close()
	_, _, err = plan.Rebuild(b.Context())
	return err
}

// folder is the cache that builds share.
func (b *builder) folder() *cache.Folder {
	return cache.Open(b.cache, func() ([]byte, error) { return []byte("a secret of the tests"), nil })
}

// archive puts a.tar and a.tar.gz into a directory: one with modes of its own for directories that exist.
func archive(t *testing.T, dir string) {
	t.Helper()
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	for _, h := range []tar.Header{{Name: "./", Typeflag: tar.TypeDir, Mode: 0o700}, {Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o711}, {Name: "bin/x", Mode: 0o755}, {Name: "l", Typeflag: tar.TypeSymlink, Linkname: "bin"}} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(plain.Bytes())
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"a.tar": plain.Bytes(), "a.tar.gz": packed.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
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
			b.Errorf("the spec lacks something: %s", n)
		}
		list = append(list, stage)
	}
	return list
}

// emptyBase is a base that sets nothing.
func emptyBase() *oci.Base { return &oci.Base{Platform: amd64} }
