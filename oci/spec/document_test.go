package spec

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
)

// TestSpecExample: the example of "lamina help spec" has every key once, and is valid.
func TestSpecExample(t *testing.T) {
	var s Document
	if err := s.Parse([]byte(Example), "example"); err != nil {
		t.Fatal(err)
	}
	var unset func(v reflect.Value, path string)
	unset = func(v reflect.Value, path string) {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			name := path + f.Tag.Get("yaml")
			switch {
			case v.Field(i).Kind() == reflect.Struct:
				unset(v.Field(i), name+".")
			case v.Field(i).IsZero():
				t.Errorf("the example does not set %s", name)
			}
		}
	}
	unset(reflect.ValueOf(s), "")
	for _, key := range specKeys {
		if !strings.Contains(Example, key+":") {
			t.Errorf("the example does not show the key %s", key)
		}
	}
}

func TestSpecErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"base: scratch\nbase: scratch\n", `x:2:1: mapping key "base" already defined at line 1`},
		{"config: {packages: [x]}\n", `x:1:10: unknown key "packages" here; it belongs at the top of the spec, without indentation`},
		{"files: [{path: /a, uid: 5}]\n", `x:1:20: unknown key "uid" here`},
		{"users: [{name: a, uid: abc}]\n", "x:1:24: expected a whole number from 0 to 4294967295, found the value `abc`"},
		{"users: [{name: a, uid: 4294967296}]\n", "x:1:24: expected a whole number from 0 to 4294967295, found the value `4294967296`"},
		{"users: [{name: a, system: 1}]\n", "x:1:27: expected true or false, found the value `1`"},
		{"files: [{path: /a, archive: x, strip: 1.5}]\n", "x:1:39: expected a whole number, found the value `1.5`"},
		{"bsae: scratch\n", `x:1:1: unknown key "bsae"; did you mean "base"?`},
		{"quux: scratch\n", `x:1:1: unknown key "quux"`},
		{"packages: {a: b}\n", "x:1:11: expected a list, found a mapping"},
		{"packages: [{a: b}]\n", "x:1:12: expected a string, found a mapping"},
		{"config: [a]\n", "x:1:9: expected a mapping, found a list"},
		{"", "x: the spec is empty"},
		{"# nothing but a comment\n", "x: the spec is empty"},
		{"base: scratch\n---\nbase: scratch\n", "x: several YAML documents; a spec has one"},
		{"base: alpine:3.22\n", `x:1:7: reference "alpine:3.22": no transport: did you mean docker://`},
		{"platforms: [linux/amd64, arm64]\n", `x:1:26: platform "arm64": no operating system; did you mean linux/arm64?`},
		{"platforms: [linux/amd64, linux/amd64]\n", `x:1:26: platform linux/amd64: given twice`},
		{"packages: [a, '']\n", "x:1:15: package \"\": no name"},
		{"packages: ['>8', curl, 'x=']\nsteps: [{packages: ['curl@']}]\nrepositories: ['ftp://x/y']\n",
			`x:1:12: package ">8": no name` + "\n  x:1:24: package \"x=\": no version after \"=\"\n" +
				"  x:2:21: package \"curl@\": no tag after \"@\"\n  x:3:16: repository \"ftp://x/y\": scheme \"ftp\" is not supported: use http, https, file or a directory"},
		{"keys: ['']\n", "x:1:8: empty file name of a key"},
		{"repositories: [' ']\n", "x:1:16: repository \" \": is empty"},
		{"files: [{path: /a}]\n", "x:1:9: file /a needs a source, content, append, tree, archive, url or from; for a directory, add type: directory"},
		{"config:\n  exposedPorts: [80, 99999/tcp]\n  stopSignal: SIGFOO\n",
			`x:2:22: exposedPorts: "99999/tcp": want PORT or PORT/PROTOCOL, from 1 to 65535, tcp, udp or sctp
  x:3:15: stopSignal: "SIGFOO": want a signal of Linux such as SIGTERM or SIGRTMIN+3, or a number from 1 to 64`},
		{"config:\n  user: a b\n  workingDir: srv\n  env: {'A=B': c}\n", `x:2:9: user: "a b": want USER or USER:GROUP, names or numbers
  x:3:15: workingDir: "srv" is not an absolute path
  x:4:16: env: "A=B": a name must not be empty or contain =`},
		{"upgrade: yes\n", `x:1:10: upgrade "yes" is not one of none, named, all, available`},
		{"groups: [{gid: 5}, {name: -a}, {name: a, gid: 300000}]\n", `x:1:10: a group needs a name
  x:1:20: group "-a": a name has at most 256 characters, does not begin with a hyphen, and contains no space, colon, comma or slash
  x:1:32: group a: the id 300000 is above 256000`},
		{"users: [{name: a, home: srv}, {name: b, shell: 'a:b'}, {name: c, password: secret}, {name: d, gecos: 'x:y'}]\n",
			`x:1:9: home "srv" of user a is not an absolute path
  x:1:31: shell of user b contains a colon, a newline or a zero byte
  x:1:56: password of user c is neither "!" nor "*" nor a hash that begins with $: write what mkpasswd prints
  x:1:85: gecos of user d contains a colon, a newline or a zero byte`},
		{"run: ['']\nremove: [usr/share/doc]\n", `x:1:7: empty item of run
  x:2:10: path "usr/share/doc" is not absolute: write "/usr/share/doc"`},
		{"files: [{path: /a, source: b, content: c}]\n", "x:1:9: file /a has both source and content: give one"},
		{"files: [{path: /a, tree: b, mode: 755}]\n", "x:1:9: tree /a has a mode: give modes: {files: 0644, directories: 0755}"},
		{"files: [{path: /a, source: b, exclude: [c]}]\n", "x:1:9: /a has exclude: only a tree and a directory of an image have it"},
		{"files: [{path: /a, type: permissions}]\n", "x:1:9: permissions of /a need a mode or an owner"},
		{"files: [{path: /a, type: absent, owner: b}]\n", "x:1:9: absent /a has a mode or an owner: it is removed"},
		{"files: [{path: /a, type: permissions, content: b}]\n", "x:1:9: /a of type permissions has a content: it gets no content"},
		{"files: [{path: /a, type: directory, recursive: true}]\n", "x:1:9: /a is recursive: only type permissions can be"},
		{"files: [{path: /a, source: b, when: later}]\n", `x:1:37: when "later" is not one of before, after`},
		{"config: {healthcheck: {test: [curl]}}\n", `x:1:23: healthcheck: test ["curl"]: want [CMD, PROGRAM, ARGUMENT...], [CMD-SHELL, TEXT] or [NONE]`},
		{"config: {healthcheck: {test: [NONE], interval: 5}}\n", `x:1:48: "5" is not a time such as 30s or 1m30s`},
		{"files: [{path: /a, source: b, target: c}]\n", "x:1:9: /a has a target: only types symlink and hardlink have one"},
		{"files: [{path: /a, type: directory, source: b}]\n", "x:1:9: directory /a has a source: with tree instead of type, a directory comes with its files"},
		{"files: [{path: /a, type: symlink, target: b, mode: 0644}]\n", "x:1:9: symlink /a has a mode: the mode of a link means nothing"},
		{"files: [{source: b}]\n", "x:1:9: a file needs a path"},
		{"files: [{path: /a, source: b, mode: 77777}]\n", `x:1:37: mode "77777" is not an octal number from 0 to 7777`},
		{"files: [{path: /a, type: hardlink}]\n", "x:1:9: hardlink /a needs a target"},
		{"files: [{path: /a, type: hardlink, target: b}]\n", `x:1:9: hardlink /a: the target "b" is not absolute: write "/b"`},
		{"files: [{path: /a, type: hardlink, target: /b, owner: c}]\n", "x:1:9: hardlink /a has a mode or an owner: they are those of its target"},
		{"files: [{path: /a, type: absent, merge: true}]\n", "x:1:9: /a has merge: only files, directories and trees have it"},
		{"os-release: {PRETTY_NAME: a, pretty-name: b, ID: \"a\\nb\"}\n",
			`x:1:43: "pretty-name" is not a variable of os-release: want capital letters, digits and _, as in PRETTY_NAME
  x:1:50: the value of ID contains a control character`},
		{"keys: [https://example.org/a.pub, {url: 'https://example.org/a.pub'}, {url: 'ftp://example.org/a.pub', sha256: b}, {url: " +
			"'https://example.org/'}, '']\n",
			`x:1:8: key https://example.org/a.pub is a URL: give url and sha256, as in {url: …, sha256: …}
  x:1:35: key https://example.org/a.pub comes from a URL and needs the sha256 of the file there: 64 hexadecimal digits
  x:1:71: key ftp://example.org/a.pub is not a URL with http or https
  x:1:116: key https://example.org/: the URL does not end in the name of a file, which signatures name the key by
  x:1:147: empty file name of a key`},
		{"keys: [{url: 'https://example.org/a.pub', sha265: b}]\n", `x:1:43: unknown key "sha265"; did you mean "sha256"?`},
		{"base: [\n", "x:"},
	} {
		var s Document
		err := s.Parse([]byte(test.text), "x")
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
}

// TestSpecValues: YAML's own ideas of what a word means do not get in the way.
func TestSpecValues(t *testing.T) {
	var s Document
	err := s.Parse([]byte(`
packages: [1.10, yes, "a>1"]
files:
  - {path: /a, source: a, mode: 755}
  - {path: /b, source: b, mode: 0755}
  - {path: /c, source: c, mode: "0o4755"}
config:
  env: {A: 010, B: no, C: ""}
  cmd: []
  exposedPorts: [80, 443/tcp]
annotations: {version: 1.10}
`), "x")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1.10", "yes", "a>1"}, s.Packages); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	for i, want := range []uint16{0o755, 0o755, 0o4755} {
		if got, err := specfile.ParseMode(s.Files[i].Mode); err != nil || got != want {
			t.Errorf("mode %d is %o, want %o", i, got, want)
		}
	}
	if diff := cmp.Diff(map[string]string{"A": "010", "B": "no", "C": ""}, s.Config.Env); diff != "" {
		t.Errorf("env (-want +got):\n%s", diff)
	}
	if s.Config.Cmd == nil || len(s.Config.Cmd) != 0 || s.Config.Entrypoint != nil {
		t.Errorf("an empty list is %v, none is %v", s.Config.Cmd, s.Config.Entrypoint)
	}
	if s.Annotations["version"] != "1.10" || s.Config.ExposedPorts[0] != "80" {
		t.Errorf("annotations %v, ports %v", s.Annotations, s.Config.ExposedPorts)
	}
}

// TestArgs: args stand for text in values, and nothing else changes.
func TestArgs(t *testing.T) {
	const text = `args: {VERSION: "1.2", PORT: 80, EMPTY: ""}
packages: ["nginx=${PORT}", "${EMPTY}x"]
config: {exposedPorts: ["${PORT}"], env: {V: "${VERSION}${APK_ARCH}$VERSION"}}
run: ["echo ${HOME} ${VERSION}"]
`
	for _, c := range []struct {
		given map[string]string
		want  string
	}{
		{nil, "nginx=80 x 80 1.2${APK_ARCH}$VERSION echo ${HOME} 1.2"},
		{map[string]string{"VERSION": "3: 4", "PORT": "81"}, "nginx=81 x 81 3: 4${APK_ARCH}$VERSION echo ${HOME} 3: 4"},
	} {
		s := Document{given: c.given}
		if err := s.Parse([]byte(text), "x"); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(s.Packages, " ") + " " + s.Config.ExposedPorts[0] + " " + s.Config.Env["V"] + " " + s.Run[0]
		if got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	for _, c := range []struct {
		text, want string
		given      map[string]string
	}{
		{"args: {VERSION: }\n", "x:1:8: arg VERSION has no default: give --arg VERSION=VALUE", nil},
		{"args: {VERSION: 1}\n", "x: the spec has no arg VERSOIN; did you mean VERSION?", map[string]string{"VERSOIN": "1"}},
		{"args: {A-B: 1}\n", `x:1:8: "A-B" is not a name: want letters, digits and _`, nil},
		{"args: {A: 1}\npackages: {b: c}\n", "x:2:11: expected a list", nil},
		{"args: {A: 1}\npakcages: [a]\n", `x:2:1: unknown key "pakcages"; did you mean "packages"?`, nil},
	} {
		s := Document{given: c.given}
		if err := s.Parse([]byte(c.text), "x"); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func FuzzSpec(f *testing.F) {
	f.Add(Example)
	f.Add("files: [{path: /a, mode: 1}]")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		var s Document
		if err := s.Parse([]byte(text), "x"); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
	})
}

// TestResolveRepository: paths start from the spec's directory, also behind apk 3's keywords and behind tags. A directory may have blanks.
func TestResolveRepository(t *testing.T) {
	dir := t.TempDir()
	document := &Document{dir: dir}
	at := func(name string) string { return filepath.Join(dir, name) }
	for line, want := range map[string]string{
		"packages":                          at("packages"),
		"my packages":                       at("my packages"),
		"@edge packages":                    "@edge " + at("packages"),
		"v3 ./packages":                     "v3 " + at("packages"),
		"ndx ./x/packages.adb":              "ndx " + at("x/packages.adb"),
		"ndx @edge ../p.adb":                "ndx @edge " + filepath.Join(filepath.Dir(dir), "p.adb"),
		"v3 packages":                       at("v3 packages"),
		"ndx " + at("packages.adb"):         "ndx " + at("packages.adb"),
		"v3 https://a.example/x":            "v3 https://a.example/x",
		"ndx @t https://a.example/x/p.adb":  "ndx @t https://a.example/x/p.adb",
		"alpine:edge":                       "alpine:edge",
		"https://a.example/main community":  "https://a.example/main community",
		"@t https://a.example/x":            "@t https://a.example/x",
		"file:///srv/packages/packages.adb": "file:///srv/packages/packages.adb",
	} {
		if got := document.ResolveRepository(line); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
}
