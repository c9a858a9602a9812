package query_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command/internal/query"
)

func dependencies(t *testing.T, list string) []apk.Dependency {
	t.Helper()
	all, err := apk.ParseDependencies(list, apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func packages(t *testing.T) []*apk.Package {
	return []*apk.Package{
		{Name: "zip", Version: "2-r0", Arch: "noarch", Description: "an archiver <of files>", License: "MIT", Origin: "zip",
			URL: "https://zip.example/", Size: 300,
			Depends: dependencies(t, "lib>=1.2 !old so:libc.so.1")},
		{Name: "lib", Version: "1.2-r3", Arch: "x86_64", License: "MIT", Origin: "library", Size: 20, InstalledSize: 77, BuildTime: 1700000000,
			Maintainer: "A <a@example.com>", Commit: "0a1b", Depends: dependencies(t, "so:libc.so.1"), Provides: dependencies(t, "so:lib.so=1.2")},
	}
}

// TestWrite: the forms are those that apk's manual and its documentation show: "apk query --installed busybox" for people, YAML with
// the number of items in comments, JSON objects that follow each other on one line.
func TestWrite(t *testing.T) {
	for _, test := range []struct {
		fields string
		format query.Format
		want   string
	}{
		{"", query.Default, `Name: lib
Version: 1.2-r3
Arch: x86_64
License: MIT
Origin: library
File-Size: 20

Name: zip
Version: 2-r0
Description: an archiver <of files>
Arch: noarch
License: MIT
Origin: zip
URL: https://zip.example/
File-Size: 300
`},
		{"version,name", query.YAML, "# 2 items\n- name: lib\n  version: 1.2-r3\n- name: zip\n  version: 2-r0\n"},
		{"all", query.YAML, `# 2 items
- package: lib-1.2-r3
  name: lib
  version: 1.2-r3
  arch: x86_64
  license: MIT
  origin: library
  maintainer: A <a@example.com>
  commit: 0a1b
  build-time: 1700000000
  installed-size: 77
  file-size: 20
  depends: # 1 items
    - so:libc.so.1
  provides: # 1 items
    - so:lib.so=1.2
- package: zip-2-r0
  name: zip
  version: 2-r0
  description: an archiver <of files>
  arch: noarch
  license: MIT
  origin: zip
  url: https://zip.example/
  file-size: 300
  depends: # 3 items
    - lib>=1.2
    - !old
    - so:libc.so.1
`},
		{"name,description,file-size", query.JSON, `[
  {
    "name": "lib",
    "file-size": 20
  }, {
    "name": "zip",
    "description": "an archiver <of files>",
    "file-size": 300
  }
]
`},
	} {
		names := query.DefaultFields()
		if test.fields != "" {
			var err error
			if names, err = query.ParseFields(test.fields); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		err := query.Write(&out, packages(t), names, test.format)
		if diff := cmp.Diff(test.want, out.String()); diff != "" || err != nil {
			t.Errorf("%s of %s: %v (-want +got):\n%s", test.format, test.fields, err, diff)
		}
	}
}

func TestJSONIsValid(t *testing.T) {
	all, err := query.ParseFields("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]*apk.Package{packages(t), nil} {
		var out bytes.Buffer
		var read []struct {
			Name    string
			Depends []string
		}
		if err := query.Write(&out, list, all, query.JSON); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), &read); err != nil || len(read) != len(list) {
			t.Errorf("%v, %d packages of\n%s", err, len(read), &out)
		} else if len(list) > 0 && strings.Join(read[1].Depends, " ") != "lib>=1.2 !old so:libc.so.1" {
			t.Errorf("zip depends on %q", read[1].Depends)
		}
	}
}

func TestSummarize(t *testing.T) {
	for field, want := range map[string]string{
		"depends": "!old\nlib>=1.2\nso:libc.so.1\n", "origin": "library\nzip\n", "package": "lib-1.2-r3\nzip-2-r0\n", "install-if": "",
	} {
		var out bytes.Buffer
		if err := query.Summarize(&out, packages(t), field); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v, want %q", field, out.String(), err, want)
		}
	}
}

func TestUnsupported(t *testing.T) {
	_, err := query.ParseFields("name,reverse-depends")
	for what, err := range map[string]error{
		"fields":  err,
		"summary": query.Summarize(new(bytes.Buffer), nil, "contents"),
		"format":  query.Write(new(bytes.Buffer), nil, query.DefaultFields(), "xml"),
		"list":    query.Write(new(bytes.Buffer), packages(t), query.Fields{"depends"}, query.Default),
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
