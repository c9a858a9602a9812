package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
)

// writeSpecs writes files into a new directory, and returns the path of lamina.yaml there.
func writeSpecs(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "lamina.yaml")
}

// TestInclude: mappings are merged, lists of the spec follow, other values of the spec count; paths start from the file that has them.
func TestInclude(t *testing.T) {
	name := writeSpecs(t, map[string]string{
		"lamina.yaml": `include: [parts/common.yaml, extra.yaml]
base: oci:base
packages: [own]
args: {A: own}
config: {entrypoint: [own], env: {X: own}, exposedPorts: [81]}
files: [{path: /own, source: own}]
`,
		"parts/common.yaml": `include: ../below.yaml
base: oci:other
platforms: [linux/amd64]
packages: [common]
args: {A: common, B: common}
upgrade: all
repositories: [repo, "@tag repo", "https://example.org/", "alpine:3.22"]
config: {entrypoint: [common, x], cmd: [c], env: {X: common, "Y": "${A}${B}"}, exposedPorts: [80]}
files: [{path: /common, source: file}, {path: /from, from: "oci:image:x", source: /x}, {path: /tree, tree: .}, &a {path: /twice, source: file}, *a]
`,
		"below.yaml":    "packages: [below]\nconfig: {labels: {l: m}}\n",
		"extra.yaml":    "packages: [extra]\nkeys: []\n",
		"own":           "",
		"parts/file":    "",
		"parts/image/x": "",
	})
	document, err := Read(name, ReadOptions{Args: map[string]string{"B": "given"}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := document.Spec()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(name)
	var files []string
	for _, f := range s.Files {
		text := f.Path
		if source, ok := f.Content.(buildcontext.File); ok {
			text += " " + filepath.ToSlash(source.Name)
		}
		if f.Origin != nil {
			text += " " + f.Origin.Image
		}
		files = append(files, text)
	}
	got := map[string]any{
		"base": s.Base.Path, "packages": s.Packages, "platforms": s.Platforms, "repositories": s.Repositories, "upgrade": s.Upgrade, "files": files,
		"entrypoint": s.Config.Entrypoint, "cmd": s.Config.Cmd, "env": s.Config.Env, "ports": s.Config.ExposedPorts, "labels": s.Config.Labels,
	}
	want := map[string]any{
		"base": filepath.Join(dir, "base"), "packages": []string{"below", "common", "extra", "own"},
		"platforms":    []oci.Platform{{OS: "linux", Architecture: "amd64"}},
		"repositories": []string{filepath.Join(dir, "parts/repo"), "@tag " + filepath.Join(dir, "parts/repo"), "https://example.org/", "alpine:3.22"},
		"upgrade":      lock.UpgradeAll,
		"files": []string{"/common parts/file", "/from oci:" + filepath.Join(dir, "parts/image") + ":x", "/tree", "/tree/common.yaml parts/common.yaml",
			"/tree/file parts/file", "/tree/image", "/tree/image/x parts/image/x", "/twice parts/file", "/twice parts/file", "/own own"},
		"entrypoint": []string{"own"}, "cmd": []string{"c"}, "env": map[string]string{"X": "own", "Y": "owngiven"}, "ports": []string{"80", "81"},
		"labels": map[string]string{"l": "m"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wanted with -, got with +:\n%s", diff)
	}
}

// TestIncludeErrors: a problem has its place in the file that it is in.
func TestIncludeErrors(t *testing.T) {
	for _, test := range []struct{ own, common, want string }{
		{"include: lamina.yaml\n", "", "DIR/lamina.yaml:1:10: include lamina.yaml: includes itself"},
		{"include: common.yaml\n", "include: lamina.yaml\n", "DIR/common.yaml:1:10: include lamina.yaml: includes itself"},
		{"include: common.yaml\n", "include: [common.yaml]\n", "DIR/common.yaml:1:11: include common.yaml: includes itself"},
		{"include: missing.yaml\n", "", "DIR/lamina.yaml:1:10: include missing.yaml: no such file or directory"},
		{"include: ../common.yaml\n", "", "DIR/lamina.yaml:1:10: include ../common.yaml: leads out of the spec's directory"},
		{"include: /etc/passwd\n", "", "DIR/lamina.yaml:1:10: include /etc/passwd: leads out of the spec's directory"},
		{"include: link.yaml\n", "", "DIR/lamina.yaml:1:10: include link.yaml: is reached by a link that leads out of the spec's directory"},
		{"include: {a: b}\n", "", "DIR/lamina.yaml:1:10: include is not the name of a file"},
		{"include: common.yaml\n", "- a\n", "DIR/lamina.yaml:1:10: include common.yaml: is no mapping in YAML"},
		{"include: common.yaml\n", "packages: [\n", "DIR/common.yaml:"},
		{"include: common.yaml\nbsae: x\n", "\npackges: [a]\nfiles: [{path: a, colour: b}]\n", `DIR/lamina.yaml:2:1: unknown key "bsae"; did you mean "base"?
  DIR/common.yaml:2:1: unknown key "packges"; did you mean "packages"?
  DIR/common.yaml:3:19: unknown key "colour"`},
		{"include: common.yaml\nfiles: [{path: /a, content: a}]\n", "\nfiles: [{path: b, content: b}]\nargs: {A-B: c}\n",
			`DIR/common.yaml:2:9: path "b" is not absolute: write "/b"
  DIR/common.yaml:3:8: "A-B" is not a name: want letters, digits and _`},
		{"include: common.yaml\nconfig: {user: a}\n", "\nconfig: {user: b, stopSignal: SIGFOO}\n", `DIR/common.yaml:2:31: stopSignal: "SIGFOO"`},
		{"include: common.yaml\n", "files: [{path: /x, source: missing}]\n", ""},
	} {
		name := writeSpecs(t, map[string]string{"lamina.yaml": test.own, "common.yaml": test.common})
		dir := filepath.Dir(name)
		if err := os.Symlink(filepath.Join(t.TempDir(), "elsewhere"), filepath.Join(dir, "link.yaml")); err != nil && strings.Contains(test.own, "link") {
			continue // not every system lets anybody make links
		}
		_, err := Read(name, ReadOptions{})
		if test.want == "" {
			if err != nil {
				t.Errorf("%q: %v", test.own, err)
			}
			continue
		}
		if want := "read spec: " + strings.ReplaceAll(test.want, "DIR", dir); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q with %q: got %v, want %s", test.own, test.common, err, want)
		}
	}
}

const twoImages = `base: scratch
packages: [tzdata]
args: {NAME: x}
config: {user: app, env: {A: shared}}
images:
  web: {packages: [nginx], config: {env: {B: "${NAME}"}}}
  worker: {base: oci:base, args: {NAME: y}, config: {env: {A: "${NAME}"}}}
`

// TestImages: an image is what the spec says, with its part over it.
func TestImages(t *testing.T) {
	for image, want := range map[string]string{
		"web":    "scratch [tzdata nginx] app map[A:shared B:x]",
		"worker": "oci:base [tzdata] app map[A:y]",
	} {
		s := &Document{image: image}
		if err := s.Parse([]byte(twoImages), "x"); err != nil {
			t.Fatal(err)
		}
		out, err := s.Spec()
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(out.Base, " ", out.Packages, " ", out.Config.User, " ", out.Config.Env); got != want {
			t.Errorf("%s: got %s, want %s", image, got, want)
		}
	}
	for _, test := range []struct{ image, text, want, hint string }{
		{"", twoImages, "x:6:3: describes the images web, worker", "choose one: --image web"},
		{"wbe", twoImages, "x:6:3: the spec has no image wbe, only web, worker; did you mean web?", ""},
		{"web", "base: scratch\n", "x:1:1: the spec has no images, and image web is asked for", ""},
		{"", "images: {web: {bsae: x}, b: [], '../c': {}, d: {images: {}}}\n", `x:1:29: image b is no mapping
  x:1:33: "../c" is not the name of an image`, ""},
		{"b", "images: {web: {bsae: x}, b: {files: [{path: a}]}}\n", `x:1:16: unknown key "bsae"; did you mean "base"?`, ""},
		{"b", "images: {b: {files: [{path: a}]}}\n", `x:1:22: path "a" is not absolute: write "/a"`, ""},
		{"b", "images: [b]\n", "x:1:1: the spec has no images", ""},
	} {
		s := &Document{image: test.image}
		err := s.Parse([]byte(test.text), "x")
		if err == nil {
			_, err = s.Spec()
		}
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || !strings.Contains(hint.Of(err), test.hint) {
			t.Errorf("%q: got %v; %s, want %s; %s", test.text, err, hint.Of(err), test.want, test.hint)
		}
	}
}
