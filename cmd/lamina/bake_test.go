package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// manyImages writes specs and Dockerfiles of several forms into a directory of the bench, images/. Each is a build of its own.
func manyImages(b *bench) {
	spec := func(packages string) string {
		return "base: rootfs:../../base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [../../repo]\nkeys: [../../fixtures@lamina.rsa.pub]\npackages: [" +
			packages + "]\n"
	}
	b.file("fixtures@lamina.rsa.pub", fixtures.PublicKeyPEM)
	for _, name := range []string{"web", "lib", "pair", "docker", ".hidden"} {
		b.directory("images/" + name)
	}
	b.file("images/web/lamina.yaml", spec("nginx"))
	b.file("images/lib/lamina.yaml", spec("zlib"))
	b.file("images/pair/lamina.yaml", strings.Replace(spec(""), "packages: []\n",
		"images:\n  one: {packages: [zlib], config: {user: nobody}}\n  two: {packages: [nginx], config: {user: nobody}}\n", 1))
	b.file("images/.hidden/lamina.yaml", "no spec")
	b.file("images/docker/Dockerfile", "FROM scratch\nCOPY page /page\n")
	b.file("images/docker/page", "a page\n")
}

// TestBake: many images in one run are those of a run for each; a failure does not stop the others.
func TestBake(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	manyImages(b)
	code, out, stderr := b.lamina("bake", "images", "-o", "oci:all:{name}", "--platform", "linux/amd64")
	if code != 0 {
		t.Fatalf("%d: %s", code, stderr)
	}
	alone := map[string][]string{
		"docker": {"build", "-f", "images/docker/Dockerfile", "images/docker", "--platform", "linux/amd64"},
		"lib":    {"build", "-f", "images/lib/lamina.yaml"},
		"one":    {"build", "-f", "images/pair/lamina.yaml", "--image", "one"},
		"two":    {"build", "-f", "images/pair/lamina.yaml", "--image", "two"},
		"web":    {"build", "-f", "images/web/lamina.yaml"},
	}
	var want strings.Builder
	for _, name := range []string{"docker", "lib", "one", "two", "web"} {
		code, digest, stderr := b.lamina(append(alone[name], "-q", "--no-cache", "-o", "oci:alone:"+name)...)
		if code != 0 {
			t.Fatalf("%s: %s", name, stderr)
		}
		fmt.Fprintf(&want, "%s %s", name, digest)
	}
	if out != want.String() {
		t.Errorf("baked:\n%salone:\n%s", out, want.String())
	}
	if code, _, stderr := b.lamina("bake", "images", "-j", "1", "-o", "oci:ordered:{name}", "--platform", "linux/amd64"); code != 0 {
		t.Fatalf("%d: %s", code, stderr)
	}
	baked := b.snapshot("ordered")
	for name, content := range b.snapshot("alone") {
		inBake := strings.Replace(name, "alone", "ordered", 1)
		if baked[inBake] != content {
			t.Errorf("%s of the builds:\n%s\n%s of a bake, image after image:\n%s", name, content, inBake, baked[inBake])
		}
		delete(baked, inBake)
	}
	if len(baked) > 0 {
		t.Errorf("only a bake has %q", slices.Sorted(maps.Keys(baked)))
	}

	b.file("images/lib/lamina.yaml",
		"base: rootfs:../../base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [../../repo]\nkeys: [../../fixtures@lamina.rsa.pub]\npackages: [nosuch]\n")
	b.file("images/docker/page", "another page\n")
	if code, _, stderr := b.lamina("bake", "images/lib", "-o", "oci:quiet:{name}", "-q"); code != 1 || !strings.HasPrefix(stderr, "lamina: lib: ") {
		t.Errorf("quiet: %d: %s", code, stderr)
	}
	code, out, stderr = b.lamina("bake", "images", "-o", "oci:all:{name}", "--platform", "linux/amd64", "--changed", "--json")
	if code != 1 || !strings.Contains(stderr, "lamina: lib: ") || !strings.Contains(stderr, "nosuch") {
		t.Errorf("%d: %s", code, stderr)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "results.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, documented, _ := strings.Cut(string(page), "## bake")
	_, documented, _ = strings.Cut(documented, "```json")
	documented, _, _ = strings.Cut(documented, "```")
	if diff := cmp.Diff(shapeOf(t, documented), shapeOf(t, out)); diff != "" {
		t.Errorf("docs/results.md (-documented +printed):\n%s", diff)
	}
	var parsed report.Bake
	if err := json.Unmarshal([]byte(out), &parsed); err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for _, r := range parsed.Images {
		statuses = append(statuses, r.Name+" "+r.Status)
		if (r.Status == "built") != (r.Image != nil) || (r.Status == "failed") != (r.Error != "") {
			t.Errorf("%+v", r)
		}
	}
	if got := strings.Join(statuses, ", "); got != "docker built, lib failed, one unchanged, two unchanged, web unchanged" {
		t.Error(got)
	}
	if parsed.Built != 1 || parsed.Unchanged != 3 || parsed.Failed != 1 {
		t.Errorf("%+v", parsed)
	}
}

func TestBakeErrors(t *testing.T) {
	b := newBench(t)
	manyImages(b)
	b.directory("images/other/web")
	b.file("images/other/web/lamina.yaml", "packages: [zlib]\n")
	b.directory("empty")
	b.file("twice.json", "{}\n{}\n")
	b.file("costs.json", `{"images": [{"seconds": "1"}]}`)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "no FILE or DIR given"},
		{[]string{"nosuch"}, 1, "nosuch: no such file"},
		{[]string{"empty"}, 1, "empty: no lamina.yaml and no Dockerfile in it"},
		{[]string{"images"}, 1, "two images are called web: that of " + filepath.Join("images", "other", "web", "lamina.yaml")},
		{[]string{"images/pair", "-o", "oci:x:y"}, 2, "--output oci:x:y: 2 images need {name} in it"},
		{[]string{"images/pair", "-o", "oci-archive:x.tar:{name}"}, 2,
			"--output oci-archive:x.tar:{name}: an archive holds one image, and there are 2\n  give each its own file, as in oci-archive:{name}.tar"},
		{[]string{"images/pair", "-o", "nowhere:{name}"}, 2, "nowhere:one"},
		{[]string{"images/pair", "--shard", "3/2"}, 2, "want I/N, such as 3/16"},
		{[]string{"images/pair", "--costs", "base.tar.gz"}, 1, "--costs base.tar.gz: invalid character"},
		{[]string{"images/pair", "--costs", "twice.json"}, 1, "--costs twice.json: invalid character '{' after top-level value"},
		{[]string{"images/pair", "--costs", "costs.json"}, 1, "--costs costs.json: images.seconds is not a number but a string"},
	} {
		code, _, stderr := b.lamina(append([]string{"bake"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("bake %v: %d, %s; want %d, %s", c.args, code, stderr, c.code, c.want)
		}
	}
}
