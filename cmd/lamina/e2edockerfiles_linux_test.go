package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dockerfileSums has what buildah made of each Dockerfile: its name, a sum of what it is built from, and a sum of what the image has.
const dockerfileSums = "testdata/dockerfiles.sums"

// TestEndToEndDockerfiles builds the Dockerfiles of fixtures/dockerfiles with buildah and with Lamina, over the same base and
// packages, and compares root file systems and configs. Buildah takes a second for each RUN: it builds one Dockerfile in four, and those of which
// dockerfileSums has no sum, or another than that of Lamina's image. -update has it build all, and writes the sums.
func TestEndToEndDockerfiles(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, buildah, umoci and LAMINA_CORPUS")
	}
	e := newE2E(t)
	base, served := e.dockerBase(), newDownloads(t, e.corpus)
	copyDockerfiles(t, e.path("dockerfiles"), served)
	server := httptest.NewServer(served)
	t.Cleanup(server.Close)
	files, err := filepath.Glob(e.path("dockerfiles/*.Dockerfile"))
	if err != nil || len(files) < 44 {
		t.Fatalf("%d Dockerfiles, %v", len(files), err)
	}
	known, err := os.ReadFile(dockerfileSums)
	if err != nil && !*update {
		t.Fatal(err)
	}
	inputs := e.sumOfInputs()
	lines := make([]string, len(files))
	t.Run("all", func(t *testing.T) {
		for i, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".Dockerfile"), func(t *testing.T) {
				t.Parallel()
				e := e.with(t)
				dir := t.TempDir()
				both := []string{"--build-arg", "SITE=" + server.URL, "--build-arg", "REPOSITORY=/repo", "--build-context",
					"built=" + e.path("dockerfiles/context/built"), "-f", file}
				e.run(e.lamina, append(append([]string{"build", "-q", "--no-cache", "--build-context", "localhost/base=" + base,
					"--repository", filepath.Join(e.corpus, "repo"), "--platform", "linux/amd64", "-t", "oci:" + dir + "/ours:latest"}, both...),
					e.path("dockerfiles/context"))...)
				ours, config := e.unpacked(dir, "ours"), e.imageConfig(dir+"/ours")
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				lines[i] = fmt.Sprintf("%s %s %s\n", filepath.Base(file), sumOf(t, inputs, text), sumOf(t, ours, config))
				if i%4 > 0 && bytes.Contains(known, []byte(lines[i])) && !*update {
					return
				}
				image := strings.TrimSpace(e.buildah(append(append([]string{"bud", "-q", "--isolation", "chroot", "--no-cache", "--layers=false",
					"-v", filepath.Join(e.corpus, "repo") + ":/repo:ro"}, both...), e.path("dockerfiles/context"))...))
				e.buildah("push", "-q", "--disable-compression", image, "oci:"+dir+"/theirs:latest")
				e.buildah("rmi", "-f", image)
				if diff := cmp.Diff(e.unpacked(dir, "theirs"), ours); diff != "" {
					t.Errorf("files, buildah's with -, Lamina's with +:\n%s", diff)
				}
				if diff := cmp.Diff(e.imageConfig(dir+"/theirs"), config); diff != "" {
					t.Errorf("config, buildah's with -, Lamina's with +:\n%s", diff)
				}
			})
		}
	})
	if *update && !t.Failed() {
		if err := os.WriteFile(dockerfileSums, []byte(strings.Join(lines, "")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// sumOfInputs is a sum of what all Dockerfiles are built from.
func (e *e2e) sumOfInputs() string {
	e.Helper()
	sums := make(map[string]string)
	add := func(name string) {
		content, err := os.ReadFile(name)
		if err != nil {
			e.Fatal(err)
		}
		sums[filepath.Base(name)] += sumOf(e.T, content)
	}
	add(filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"))
	add(filepath.Join(e.corpus, "repo/x86_64/APKINDEX.tar.gz"))
	err := filepath.WalkDir(e.path("dockerfiles/context"), func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			add(name)
		}
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
	return sumOf(e.T, sums)
}

// sumOf is a sum of values that JSON can tell apart.
func sumOf(t *testing.T, values ...any) string {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))[:16]
}

// TestEndToEndDockerfile builds nginx from its Dockerfile, as nobody without a capability, and has podman serve it.
func TestEndToEndDockerfile(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, podman, runc and LAMINA_CORPUS")
	}
	e := newE2E(t)
	image := "oci:" + e.path("image") + ":latest"
	build := func(output string) string {
		return e.buildAsNobody([]string{"-f", e.path("spec/Dockerfile"), "-t", output, "--no-cache", e.path("spec"),
			"--build-context", "alpine:3.22=rootfs:" + filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz")})
	}
	digest := build(image)
	if again := build("oci:" + e.path("again") + ":latest"); again != digest {
		t.Errorf("two builds: %s and %s", digest, again)
	}
	var manifest struct{ Layers []any }
	if err := json.Unmarshal([]byte(e.run("skopeo", "inspect", "--raw", image)), &manifest); err != nil || len(manifest.Layers) != 2 {
		t.Errorf("%d layers, %v; want the base's and one", len(manifest.Layers), err)
	}
	e.serves(image)
}

// dockerBase makes localhost/base for both: the corpus's root file system, with its repository and key.
func (e *e2e) dockerBase() string {
	e.Helper()
	dir := e.path("base")
	if err := os.Mkdir(dir, 0o755); err != nil {
		e.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "corpus@lamina-1.rsa.pub"), key, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "Dockerfile"),
			[]byte("FROM root\nRUN echo /repo > /etc/apk/repositories\nCOPY *.pub /etc/apk/keys/\nCMD [\"/bin/sh\"]\n"), 0o644)
	}
	if err != nil {
		e.Fatal(err)
	}
	base := "oci:" + e.path("base-image") + ":latest"
	e.run(e.lamina, "build", "-q", "--no-cache", "--build-context", "root=rootfs:"+filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz"),
		"-t", base, dir+"/")
	e.run("skopeo", "copy", "-q", base, "oci-archive:"+e.path("base.tar")+":localhost/base:latest")
	e.buildah("pull", "-q", "oci-archive:"+e.path("base.tar"))
	return base
}

// buildah runs it and returns what it printed. It runs itself from a sealed copy in memory, which the kernel now and then refuses to seal: then
// it is run again.
func (e *e2e) buildah(args ...string) string {
	e.Helper()
	options := []string{"--storage-driver", "vfs", "--root", e.path("buildah"), "--runroot", e.path("buildah-run")}
	for attempt := 1; ; attempt++ {
		cmd := exec.Command("buildah", append(options, args...)...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if err == nil {
			return stdout.String()
		}
		if attempt == 5 || !strings.Contains(stderr.String(), "sealing memfd copy: Device or resource busy") {
			e.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, stdout.String(), stderr.String())
		}
	}
}

// notCompared are paths that buildah leaves behind: what it mounts into containers.
var notCompared = []string{"repo", "etc/resolv.conf", "etc/hosts", "etc/mtab"}

// changeDay is where etc/shadow and its copy have the day on which a password was set: today's from a program that runs, that of the build here.
var changeDay = regexp.MustCompile(`(?m)^([^:]*:[^:]*):\d+:`)

// unpacked returns a line for each file of an image, by its path.
func (e *e2e) unpacked(dir, name string) map[string]string {
	e.Helper()
	bundle := filepath.Join(dir, "bundle-"+name)
	e.run("umoci", "unpack", "--image", filepath.Join(dir, name)+":latest", bundle)
	root := filepath.Join(bundle, "rootfs")
	lines := make(map[string]string)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil || slices.Contains(notCompared, relative) {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		owner := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%v %d:%d", info.Mode(), owner.Uid, owner.Gid)
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if relative == "etc/shadow" || relative == "etc/shadow-" {
				content = changeDay.ReplaceAll(content, []byte("$1:DAY:"))
			}
			if line += fmt.Sprintf(" %d bytes %x", len(content), sha256.Sum256(content)); len(content) < 200 {
				line += fmt.Sprintf(" %q", content)
			}
		case info.Mode().Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " -> " + target
		}
		lines[relative] = line
		return nil
	})
	if err != nil {
		e.Fatal(err)
	}
	return lines
}

// imageConfig returns an image's config. The order of variables is left out, and buildah's own label.
func (e *e2e) imageConfig(dir string) map[string]any {
	e.Helper()
	var image struct{ Config map[string]any }
	if err := json.Unmarshal([]byte(e.run("skopeo", "inspect", "--config", "oci:"+dir+":latest")), &image); err != nil {
		e.Fatal(err)
	}
	if labels, ok := image.Config["Labels"].(map[string]any); ok {
		if delete(labels, "io.buildah.version"); len(labels) == 0 {
			delete(image.Config, "Labels")
		}
	}
	variables := make(map[string]any)
	list, _ := image.Config["Env"].([]any)
	for _, variable := range list {
		name, value, _ := strings.Cut(variable.(string), "=")
		variables[name] = value
	}
	out := maps.Clone(image.Config)
	out["Env"] = variables
	return out
}
