package convert_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/convert"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

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
			[]string{`PATH: "/opt/bin:${PATH}"`, "author: x"}, nil,
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
		{
			"mounts of a file",
			"RUN mkdir /srv/d\nRUN --mount=type=bind,source=run.sh,target=/tmp/run sh -c 'cp /tmp/run /x; ls -l /tmp/run | cut -c1' > /1\n" +
				"RUN --mount=source=index.html,target=/srv/d/index.html cp /srv/d/index.html /2\nRUN rm -rf /tmp/run && ls -A /srv/d > /3",
			[]string{"{path: /tmp/run, source: run.sh}", "rm -rf /tmp/run"}, []string{"/tmp/run, type: directory"},
		},
		{
			"mounts over what is there",
			"RUN mkdir /srv/d && echo d > /srv/d/d\nRUN --mount=type=bind,source=site,target=/srv/d ls /srv/d > /1\n" +
				"RUN --mount=type=bind,source=index.html,target=/etc/motd cat /etc/motd > /2\n" +
				"WORKDIR /srv\nRUN --mount=type=bind,target=. --mount=type=tmpfs,target=site/css ls site > /5; ls -A site/css > /6",
			nil, nil,
		},
		{
			"the home of a number that is set later",
			"RUN adduser -D -u 1234 u && mkdir -m 1777 /h\nUSER 1234\nRUN echo $HOME > /h/1\nUSER 4321:0\nRUN echo \"$HOME\" ~ > /h/2\n" +
				"USER 0:5\nRUN echo $HOME > /h/3\nENV HOME=/later\nRUN echo $HOME > /h/4",
			nil, nil,
		},
		{
			"modes of directories", "ADD --chown=nobody:nobody --chmod=640 tree /srv/add/\nADD --chmod=640 index.html a.tar /srv/mixed/\nCOPY --chown=nobody --chmod=750 tree /srv/copy/",
			nil, nil,
		},
		{
			"directories of the base", "RUN mkdir -m 700 /srv/tmp && chown 1:1 /srv/tmp\nCOPY tree/below /tmp\nCOPY rootfs /\nCOPY rootfs/tmp /tmp/",
			[]string{`{path: /, tree: rootfs, exclude: ["**/*.md"], merge: true}`}, nil,
		},
		{
			"directories that exist below a destination",
			"RUN mkdir -p /d/below /e/below && chmod 700 /d/below && chown -R 5:6 /d /e && chmod 1777 /e/below\nCOPY tree /d\n" +
				"COPY --chown=7:8 --chmod=1750 tree /e/\nCOPY --chmod=1750 tree /f/g\nCOPY --chown=9:9 rootfs /h",
			nil, nil,
		},
		{
			"directories above a destination",
			"COPY --chmod=600 index.html /p/q/\nCOPY --chown=7:8 --chmod=640 <<E /r/s/t\nx\nE\nCOPY --chown=7:8 <<E /u/v\nx\nE\n" +
				"RUN mkdir -p /w/site /x/site && chown 5:6 /w/site && chmod 700 /w/site /x/site\nCOPY --parents site/css/style.css /w/\n" +
				"COPY --parents --chown=7:8 --chmod=750 site/css site/css/style.css /y/z/",
			[]string{"{path: /p/q, type: directory, mode: 0600, merge: true}"}, nil,
		},
		{
			"owners in archives",
			"RUN mkdir -p /o/opt /r/tmp && chmod 1777 /r/tmp && chown 9:9 /o/opt\nADD owned.tar /o\nADD --chown=7:8 owned.tar /p\nADD --chmod=700 owned.tar /q/\n" +
				"ADD owned.tar a.tar /r/",
			nil, nil,
		},
		{"a platform", "ARG TARGETARCH\nRUN echo $TARGETARCH > /arch", []string{"platforms: [linux/amd64]"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &builder{T: t, corpus: b.corpus, dir: t.TempDir(), key: b.key, cache: b.cache}
			context := filepath.Join(b.dir, "context")
			if err := os.CopyFS(context, os.DirFS("../../../../fixtures/dockerfiles/context")); err != nil {
				t.Fatal(err)
			}
			archive(t, context, "a", tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o700}, tar.Header{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o711},
				tar.Header{Name: "bin/x", Mode: 0o755}, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "bin"})
			archive(t, context, "owned", tar.Header{Name: "opt/", Typeflag: tar.TypeDir, Mode: 0o750, Uid: 77, Gid: 88}, tar.Header{Name: "opt/x", Mode: 0o4755, Uid: 77},
				tar.Header{Name: "opt/y", Typeflag: tar.TypeLink, Linkname: "opt/x"}, tar.Header{Name: "tmp/z", Mode: 0o644, Gid: 88},
				tar.Header{Name: "opt/l", Typeflag: tar.TypeSymlink, Linkname: "x", Uid: 5})
			linkedTree(t, filepath.Join(context, "tree"))
			linkedTree(t, filepath.Join(context, "rootfs", "tmp"))
			linkedTree(t, filepath.Join(context, "rootfs", "srv"))
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
			if slices.ContainsFunc(result.Notes, func(n convert.Note) bool { return n.Loses }) {
				t.Errorf("notes: %s", notes(result))
			}
		})
	}
}

// TestImagesOfStages: the images that stand for stages, which lie in the context directory, are not copied with it, nor do they take the
// place of a directory of that name.
func TestImagesOfStages(t *testing.T) {
	b := newBuilder(t)
	context := filepath.Join(b.dir, "context")
	linkedTree(t, filepath.Join(context, "build"))
	name := filepath.Join(b.dir, "Dockerfile")
	text := "FROM localhost/base AS build\nRUN echo b > /b && mkdir -p /d/e && touch /d/a.md /d/a.txt /d/e/a.md\nFROM localhost/base AS other\nRUN echo o > /o\n" +
		"FROM localhost/base\nCOPY --from=build /b /\nCOPY --from=other /o /\nCOPY . /all/\nCOPY build /built\n" +
		"COPY --from=build --exclude=*.md /d /d\nRUN --mount=type=bind,from=build,source=/b,target=/etc/motd cat /etc/motd > /m\n" +
		"RUN --mount=type=bind,from=build,source=/d,target=/etc/apk ls /etc/apk > /n\n"
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d, o := b.dockerfile(name, context, dockerfile.Options{})
	s, err := d.Spec()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := b.build(s, filepath.Join(b.dir, "theirs"))
	for stage, layout := range map[string]string{"build": "build-image", "other": "other"} {
		d, _ := b.dockerfile(name, context, dockerfile.Options{Target: stage})
		s, err := d.Spec()
		if err != nil {
			t.Fatal(err)
		}
		b.build(s, filepath.Join(context, layout))
	}
	converted, result := b.converted(name, o)
	got, _ := b.build(converted, filepath.Join(b.dir, "ours"))
	if diff := cmp.Diff(files, got); diff != "" {
		t.Errorf("files, the Dockerfile's with -, the spec's with +:\n%s\nthe spec:\n%s", diff, result.Spec)
	}
	if err := os.WriteFile(name, []byte("FROM localhost/base AS build\nFROM localhost/base\nCOPY --from=build --parents /etc/motd /d/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if result, err = convert.File(name, o); err != nil {
		t.Fatal(err)
	}
	if want := "true " + name + ":3: COPY --parents --from: a spec copies /etc/motd without the directories that lead to it"; !strings.Contains(notes(result), want) {
		t.Errorf("notes: %s, want %s", notes(result), want)
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
		d, o := b.dockerfile(name, filepath.Dir(name), dockerfile.Options{})
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
	env := &assemble.Env{Client: &repository.Client{}, Cache: b.directory()}
	defer env.Client.Close()
	plan, err := assemble.Resolve(b.Context(), s, amd64, env)
	if err != nil {
		b.Fatal(err)
	}
	defer plan.Close()
	_, _, err = plan.Rebuild(b.Context())
	return err
}

// directory is the cache that builds share.
func (b *builder) directory() *cache.Directory {
	return cache.Open(b.cache, func() ([]byte, error) { return []byte("a secret of the tests"), nil })
}

// archive puts NAME.tar and NAME.tar.gz into a directory.
func archive(t *testing.T, dir, name string, headers ...tar.Header) {
	t.Helper()
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	for _, h := range headers {
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
	for name, text := range map[string][]byte{name + ".tar": plain.Bytes(), name + ".tar.gz": packed.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// linkedTree makes a directory with another one, a file and a symbolic link in it.
func linkedTree(t *testing.T, dir string) {
	t.Helper()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "below"), 0o755), os.WriteFile(filepath.Join(dir, "below", "file"), []byte("text"), 0o644), os.Symlink("below", filepath.Join(dir, "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
