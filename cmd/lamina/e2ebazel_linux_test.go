package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestEndToEndBazel builds images with the rules of the recipes in a real Bazel, without modules: in a sandbox without a network, with no
// sandbox, and from the cache of another machine, which is an nginx with WebDAV, as Bazel's documentation has it. The digests are those of lamina itself.
func TestEndToEndBazel(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs bazel and nginx")
	}
	for program, hint := range map[string]string{"bazel": "bazel-bootstrap", "nginx": "nginx-light"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("CI has no " + program)
			}
			t.Skipf("needs %s: apt-get install %s", program, hint)
		}
	}
	w := newBazelWorkspace(t)
	for _, target := range []string{"web", "more", "sources", "layered"} {
		w.bazel("first", "build", "//app:"+target, "--spawn_strategy=sandboxed", "--sandbox_default_allow_network=false", "--remote_cache="+w.cache)
		w.expect("first", target)
	}
	locked := make(map[string]bool)
	for _, name := range []string{"app/lamina.lock", "app/layered.lock"} {
		for _, sum := range regexp.MustCompile(`"sha256": "[0-9a-f]{64}"`).FindAllString(mustReadText(t, w.path(name)), -1) {
			locked[sum] = true
		}
	}
	if got := w.requests(); got != len(locked) || got <= 10 {
		t.Errorf("%d packages were fetched, want the %d of the locks", got, len(locked))
	}
	// From here on, packages come from where Bazel keeps them.
	w.repository.Close()
	w.bazel("local", "build", "//app:all", "--spawn_strategy=local")
	for target := range w.digests {
		w.expect("local", target)
	}
	if info, err := os.Stat(w.path("app/layout/oci-layout")); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("a source file has the mode %v, %v", info.Mode(), err)
	}
	if out := w.bazel("cached", "build", "//app:all", "--remote_cache="+w.cache); !strings.Contains(out, "5 remote cache hit, 5 internal.") {
		t.Errorf("the images were built again: %s", out)
	}
	w.expect("cached", "web")

	// Actions read only what they declare: the sandbox hides an undeclared file, and a package with another checksum fails.
	w.write("app/index.html", "changed\n")
	w.bazel("first", "build", "//app:web", "--spawn_strategy=sandboxed", "--sandbox_default_allow_network=false")
	if w.digest("first", "web") == w.digests["web"] {
		t.Error("a source changed, but the image did not")
	}
	build := mustReadText(t, w.path("app/BUILD.bazel"))
	w.write("app/BUILD.bazel", strings.Replace(build, `"nginx.conf", `, "", 1))
	if out := w.fails("first", "build", "//app:web", "--spawn_strategy=sandboxed"); !strings.Contains(out, `"nginx.conf"`) {
		t.Errorf("%s", out)
	}
	w.write("app/BUILD.bazel", build)
	lock := mustReadText(t, w.path("app/lamina.lock"))
	sum := regexp.MustCompile(`"sha256": "([0-9a-f]{64})"`).FindStringSubmatch(lock)[1]
	w.write("app/lamina.lock", strings.ReplaceAll(lock, sum, strings.Repeat("0", 64)))
	if out := w.fails("first", "build", "//app:web"); !strings.Contains(out, strings.Repeat("0", 12)) {
		t.Errorf("%s", out)
	}
}

// A bazelWorkspace has the rules, a spec for two platforms with its lock, an image over the image, and an image over a layout of source
// files.
type bazelWorkspace struct {
	*testing.T
	dir        string
	repository *httptest.Server // of packages
	cache      string           // URL of Bazel's, with a login
	digests    map[string]string
	mu         sync.Mutex
	fetched    int
}

const bazelBuild = `load("//tools/lamina:lamina.bzl", "lamina_image")

lamina_image(
    name = "web",
    spec = "lamina.yaml",
    lock = "lamina.lock",
    bases = {"base-x86_64.tar.gz": "x86_64", "base-aarch64.tar.gz": "aarch64"},
    srcs = ["nginx.conf", "index.html"],
    packages = ["@app_lock//:all"],
    lamina = "@lamina_linux_amd64//file",
)

lamina_image(
    name = "layered",
    spec = "layered.yaml",
    lock = "layered.lock",
    base = ":web",
    srcs = ["fixtures@lamina.rsa.pub"],
    packages = ["@layered_lock//:linux_amd64"],
    lamina = "@lamina_linux_amd64//file",
)

[lamina_image(
    name = name,
    spec = "more.yaml",
    base = base,
    srcs = [":site/page"],
    executables = [":site/run"],
    platforms = ["linux/amd64"],
    lamina = "@lamina_linux_amd64//file",
) for name, base in {"more": ":web", "sources": ":layout"}.items()]

genrule(
    name = "generated",
    outs = ["site/page", "site/run"],
    cmd = "echo page >$(location site/page) && echo '#!/bin/sh' >$(location site/run)",
)

filegroup(
    name = "layout",
    srcs = glob(["layout/**"]),
)
`

const bazelMore = `base: scratch
files:
  - {path: /srv/page, source: site/page}
  - {path: /srv/run, source: site/run}
`

func newBazelWorkspace(t *testing.T) *bazelWorkspace {
	w := &bazelWorkspace{T: t, dir: t.TempDir(), digests: make(map[string]string)}
	files := http.FileServer(http.Dir("../../fixtures/nginx/repository"))
	w.repository = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".apk") {
			w.mu.Lock()
			w.fetched++
			w.mu.Unlock()
		}
		if r.URL.Path == "/lamina" {
			http.ServeFile(out, r, w.path("bin/lamina"))
			return
		}
		files.ServeHTTP(out, r)
	}))
	t.Cleanup(w.repository.Close)
	w.cache = strings.Replace(startNginx(t, t.TempDir()), "http://", "http://pod:password@", 1)
	for _, name := range []string{"lamina.yaml", "nginx.conf", "index.html", "base.tar.gz", "base-aarch64.tar.gz", "fixtures@lamina.rsa.pub"} {
		w.write("app/"+strings.Replace(name, "base.tar", "base-x86_64.tar", 1), mustReadText(t, filepath.Join("../../fixtures/nginx", name)))
	}
	spec := mustReadText(t, w.path("app/lamina.yaml"))
	for from, to := range map[string]string{"rootfs:base.tar.gz": "rootfs:base-${APK_ARCH}.tar.gz", "[linux/amd64]": "[linux/amd64, linux/arm64]",
		"[repository]": `["` + w.repository.URL + `"]`} {
		if !strings.Contains(spec, from) {
			t.Fatalf("the spec has no %s", from)
		}
		spec = strings.Replace(spec, from, to, 1)
	}
	w.write("app/lamina.yaml", spec)
	w.write("app/more.yaml", bazelMore)
	w.write("app/BUILD.bazel", bazelBuild)
	w.write("tools/lamina/BUILD.bazel", "")
	w.write("tools/lamina/lamina.bzl", mustReadText(t, "../../fixtures/recipes/lamina.bzl"))
	// As the page has it.
	_, workspace, _ := strings.Cut(mustReadText(t, "../../fixtures/recipes/lamina.bzl"), "or WORKSPACE:\n\n")
	workspace, _, _ = strings.Cut(workspace, "\nEach package")
	compile := exec.Command("go", "build", "-o", w.path("bin/lamina"), ".")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	w.must(compile)
	workspace = strings.ReplaceAll(strings.ReplaceAll(workspace, "    ", ""), "//:lamina.lock", "//app:lamina.lock")
	w.write("WORKSPACE", workspace+fmt.Sprintf(`
lamina_lock(name = "layered_lock", lock = "//app:layered.lock")
load("@layered_lock//:packages.bzl", declare_layered = "declare_packages")
declare_layered()

load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_file")
http_file(name = "lamina_linux_amd64", urls = ["%s/lamina"], sha256 = "%x", executable = True)
`, w.repository.URL, sha256.Sum256([]byte(mustReadText(t, w.path("bin/lamina"))))))

	w.must(w.lamina("lock", "-q", "-f", "app/lamina.yaml"))
	w.must(w.lamina("build", "-q", "-f", "app/lamina.yaml", "-o", "oci:app/layout"))
	w.write("plain/site/page", "page\n")
	w.write("plain/site/run", "#!/bin/sh\n")
	os.Chmod(w.path("plain/site/run"), 0o755)
	w.write("plain/more.yaml", bazelMore)
	w.digests["web"] = w.metadata("app/layout.json", w.lamina("build", "-q", "-f", "app/lamina.yaml", "-o", "oci:plain/web", "--metadata-file",
		"app/layout.json"))
	w.digests["more"] = w.metadata("plain/more.json", w.lamina("build", "-q", "-f", "plain/more.yaml", "--base", "oci:plain/web:@0", "--platform",
		"linux/amd64", "-o", "oci:plain/more",
		"--metadata-file", "plain/more.json"))
	w.digests["sources"] = w.digests["more"]
	// A base that rules_oci would pull: the spec names it in a registry, and the layout has what was locked.
	layered := []string{"-q", "-f", "app/layered.yaml", "--base", "oci:plain/web:@0"}
	w.write("app/layered.yaml", "base: docker://registry.example/web:1\nplatforms: [linux/amd64]\nrepositories: ['"+w.repository.URL+
		"']\nkeys: [fixtures@lamina.rsa.pub]\npackages: [openrc]\n")
	w.must(w.lamina(append([]string{"lock"}, layered...)...))
	w.digests["layered"] = w.metadata("plain/layered.json",
		w.lamina(append(append([]string{"build"}, layered...), "-o", "oci:plain/layered", "--metadata-file", "plain/layered.json")...))
	w.mu.Lock()
	w.fetched = 0
	w.mu.Unlock()
	return w
}

func (w *bazelWorkspace) path(name string) string { return filepath.Join(w.dir, name) }

func (w *bazelWorkspace) write(name, text string) {
	w.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

func (w *bazelWorkspace) must(cmd *exec.Cmd) {
	w.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

func (w *bazelWorkspace) lamina(args ...string) *exec.Cmd {
	cmd := exec.Command(w.path("bin/lamina"), append(args, "--no-cache")...)
	cmd.Dir = w.dir
	return cmd
}

// metadata runs a build and returns the digest that it writes to a file.
func (w *bazelWorkspace) metadata(name string, build *exec.Cmd) string {
	w.Helper()
	if build != nil {
		w.must(build)
	}
	var m struct {
		Digest string `json:"containerimage.digest"`
	}
	if err := json.Unmarshal([]byte(mustReadText(w.T, w.path(name))), &m); err != nil || m.Digest == "" {
		w.Fatalf("%s: %v", name, err)
	}
	return m.Digest
}

// command is Bazel with an output base, which is a machine to it. All of them have the downloads of the first.
func (w *bazelWorkspace) command(machine string, args ...string) *exec.Cmd {
	startup := []string{"--output_user_root=" + w.path("bazel"), "--output_base=" + w.path("bazel/"+machine), "--host_jvm_args=-Xmx512m", "--max_idle_secs=60",
		"--nohome_rc"}
	args = append(args, "--repository_cache="+w.path("bazel/repositories"), "--symlink_prefix="+machine+"-", "--jobs=2", "--color=no", "--curses=no")
	cmd := exec.Command("bazel", append(startup, args...)...)
	cmd.Dir = w.dir
	return cmd
}

func (w *bazelWorkspace) bazel(machine string, args ...string) string {
	w.Helper()
	out, err := w.command(machine, args...).CombinedOutput()
	if err != nil {
		w.Fatalf("bazel %v: %v\n%s", args, err, out)
	}
	w.Cleanup(func() {
		stop := exec.Command("bazel", "--output_user_root="+w.path("bazel"), "--output_base="+w.path("bazel/"+machine), "--nohome_rc", "shutdown")
		stop.Dir = w.dir
		stop.Run()
		exec.Command("chmod", "-R", "u+w", w.path("bazel")).Run() // what it has built is read-only
	})
	return string(out)
}

func (w *bazelWorkspace) fails(machine string, args ...string) string {
	w.Helper()
	out, err := w.command(machine, args...).CombinedOutput()
	if err == nil {
		w.Errorf("bazel %v succeeds: %s", args, out)
	}
	return string(out)
}

func (w *bazelWorkspace) digest(machine, target string) string {
	w.Helper()
	return w.metadata(machine+"-bin/app/"+target+".metadata.json", nil)
}

// expect looks at an image as rules_oci does, which pushes the first entry of index.json, and holds it against the one that lamina builds.
func (w *bazelWorkspace) expect(machine, target string) {
	w.Helper()
	index, err := layout.ImageIndexFromPath(w.path(machine + "-bin/app/" + target))
	if err != nil {
		w.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil || len(m.Manifests) != 1 || m.Manifests[0].Digest.String() != w.digests[target] || w.digest(machine, target) != w.digests[target] {
		w.Fatalf("%s: %+v, %v; want %s", target, m, err, w.digests[target])
	}
	var image v1.Image
	if m.Manifests[0].MediaType.IsIndex() {
		all, err := index.ImageIndex(m.Manifests[0].Digest)
		if err == nil {
			err = validate.Index(all)
		}
		if err != nil {
			w.Errorf("%s: %v", target, err)
		}
		return
	}
	if image, err = index.Image(m.Manifests[0].Digest); err == nil {
		err = validate.Image(image)
	}
	if err != nil {
		w.Errorf("%s: %v", target, err)
	}
}

func (w *bazelWorkspace) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fetched
}
