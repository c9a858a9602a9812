package convert_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/convert"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

// TestDetect: a file is told by what it says before its name.
func TestDetect(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       convert.Format
		err, hint  string
	}{
		{"Dockerfile", "FROM alpine\n", convert.Dockerfile, "", ""},
		{"web.Dockerfile", "# x\nARG A=1\nfrom alpine AS x\nRUN a: b\n", convert.Dockerfile, "", ""},
		{"anything", "# x\nFROM alpine\nRUN x\n", convert.Dockerfile, "", ""},
		{"apko.yaml", "contents: {packages: [a]}\n", convert.Apko, "", ""},
		{"x", "contents:\n  packages: [a]\naccounts: {}\nentrypoint: {command: x}\n", convert.Apko, "", ""},
		{"3.yaml", "# syntax=dhi.io/build:2-alpine3.23\n\nname: x\n", convert.DHI, "", ""},
		{"3.yaml", "name: x\nimage: dhi.io/x\ncontents: {}\n", convert.DHI, "", ""},
		{"lamina.yaml", "base: scratch\npackages: [a]\n", "", "lamina.yaml: is a spec of Lamina already", "build it: lamina build -f lamina.yaml"},
		{"x.yaml", "foo: bar\n", "", "x.yaml: has no key by which its format can be told", "say it: --from dockerfile, --from apko or --from dhi"},
		{"x", "just words\n", "", "x: is neither a Dockerfile nor a mapping in YAML", "say it: --from dockerfile, --from apko or --from dhi"},
		{"x", " \n", "", "x is empty", "name a Dockerfile, an apko.yaml, or a definition of a hardened image"},
	} {
		got, err := convert.Detect(test.name, []byte(test.text))
		if err == nil {
			err = errors.New("")
		}
		if got != test.want || err.Error() != test.err || hint.Of(err) != test.hint {
			t.Errorf("%s: %q: got %s, %v; %s", test.name, test.text, got, err, hint.Of(err))
		}
	}
}

// TestErrors: what cannot be converted at all is an error with its place.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		format    convert.Format
		text      string
		err, hint string
	}{
		{convert.Dockerfile, "FROM example.org/other\n", "the settings of the base docker://example.org/other:latest are not known", "give the base"},
		{convert.Dockerfile, "FROM alpine\nRUN --mount=type=secret,id=a,required x\n", "file:2: RUN --mount=type=secret: requires the secret a", "hand it over"},
		{convert.Dockerfile, "FROM alpine\nCOPY missing /x\n", `file:2: COPY: source "missing" does not exist`, ""},
		{convert.Dockerfile, "FORM alpine\n", "file:1:", ""},
		{convert.Dockerfile, "FROM alpine\nRUN echo \xff\n", "file:2: is not UTF-8", "escapes"},
		{convert.Apko, "contents: [\n", "file:", "one document in YAML"},
		{convert.Apko, "- a\n", "is no mapping in YAML", "--from"},
		{convert.Apko, "contents: {packages: [a]}\nstop-signal: SIGFOO\n", `stopSignal: "SIGFOO": want a signal`, "correct the value in "},
	} {
		name := writeFiles(t, "file", test.text)
		_, err := convert.File(name, convert.Options{Format: test.format, Dockerfile: dockerfile.Options{Context: filepath.Dir(name)}})
		if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(hint.Of(err), test.hint) {
			t.Errorf("%q: %v; %s, want %s; %s", test.text, err, hint.Of(err), test.err, test.hint)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := convert.File(missing, convert.Options{}); err == nil || !strings.HasPrefix(err.Error(), "read "+missing+": ") {
		t.Error(err)
	}
}

// TestIgnored: what .dockerignore leaves out of a directory is left out of its tree, whatever the depth.
func TestIgnored(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/b/c/x.map", "a/b/c/y", "a/b/d/z", "a/b/keep", "a/b/secret", "a/e"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, patterns := range []string{"**/*.map", "a/b/c", "*/b/d", "*/*/*\n!**/keep", "a/**/y", "**/b/secret", "**/c/*", "a/b/**\n!a/b/c/y", "*.map", "e", "/a/b/c/../secret"} {
		if err := os.WriteFile(filepath.Join(dir, ".dockerignore"), []byte(patterns+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, source := range []string{"a", "a/b", "."} {
			name := filepath.Join(t.TempDir(), "Dockerfile")
			if err := os.WriteFile(name, []byte("FROM scratch\nCOPY "+source+" /t/\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			o := dockerfile.Options{Context: dir}
			d, err := dockerfile.Read(name, o)
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := d.Spec()
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			if err := d.Walk(theirs, emptyBase(), func(i *dockerfile.Instruction) error {
				for _, s := range i.Steps {
					for _, f := range s.Files {
						want = append(want, f.Path)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			result, err := convert.File(name, convert.Options{Dockerfile: o})
			if err != nil {
				t.Fatal(err)
			}
			document := new(spec.Document)
			if err := document.Parse(result.Spec, "lamina.yaml"); err != nil {
				t.Fatal(err)
			}
			document.SetContext(dir)
			ours, err := document.Spec()
			if err != nil {
				t.Fatalf("%v\n%s", err, result.Spec)
			}
			for _, f := range ours.Files {
				got = append(got, f.Path)
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%q from %s: got %v, want %v\n%s", patterns, source, got, want, result.Spec)
			}
		}
	}
}

// FuzzFile: whatever a file says, its conversion ends, and its spec reads as one.
func FuzzFile(f *testing.F) {
	f.Add("dockerfile", "FROM alpine\nARG A=b\nRUN set -e; apk add a; adduser -D $A && cd /x && f() { :; }; f\nCOPY <<E /x\n$A\nE\nENV A='b: c' B=\"#\"\nCMD x\n")
	f.Add("dockerfile", "FROM scratch AS a\nFROM a\nCOPY --from=a --chown=1 --chmod=1 / x/\nRUN --mount=type=cache,target=/c ["+`"a","b"]`+"\nSHELL [\"sh\",\"-euo\",\"pipefail\",\"-c\"]\nRUN a | b; c &\n")
	f.Add("apko", apkoWeb)
	f.Add("apko", "a: &a {b: [1, 2], <<: *a}\ncontents: *a\npaths: [*a, *a]\ninclude: x\n")
	f.Add("dhi", dhiWeb)
	f.Add("dhi", "vars: {A: '${B}${B}', B: '${A}${A}'}\nname: ${A}\nos-release: {a: ''}\naccounts: {users: [{}], groups: [1]}\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, format, text string) {
		name := filepath.Join(dir, "file")
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		o := convert.Options{Format: convert.Format(format), Base: emptyBase(), Dockerfile: dockerfile.Options{Context: dir}}
		if _, err := convert.ParseFormat(format); err != nil {
			o.Format = ""
		}
		result, err := convert.File(name, o)
		if err != nil {
			if strings.Contains(err.Error(), "write spec") {
				t.Error(err)
			}
			return
		}
		if err := new(spec.Document).Parse(result.Spec, "x"); err != nil {
			t.Errorf("%v\n%s", err, result.Spec)
		}
		for _, n := range result.Notes {
			if n.Message == "" || n.Line < 0 {
				t.Errorf("note %+v", n)
			}
		}
	})
}
