package main

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/fixtures"
	"github.com/lamina-oci/lamina/oci/spec"
)

// recipes is a place where they run: a shell that knows lamina, a spec, and a registry.
type recipes struct {
	*bench
	dir  string // of the recipes
	host string // of the registry
}

func newRecipes(t *testing.T) *recipes {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("recipes are for a POSIX shell")
	}
	dir, err := filepath.Abs("../../fixtures/recipes")
	if err != nil {
		t.Fatal(err)
	}
	r := &recipes{bench: newBench(t), dir: dir}
	r.repository(fixtures.Repository{Packages: goodPackages()})
	r.base(fixtures.Base{APKTools: "2.14.9-r2", Repositories: []string{filepath.Join(r.bench.dir, "repo")},
		Passwd: "root:x:0:0:root:/root:/bin/sh\n", Group: "root:x:0:root\n"})
	r.file("lamina.yaml", "base: rootfs:base.tar.gz\npackages: [nginx]\n")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(r.folder("bin"), "lamina")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LAMINA_TEST_MAIN", "1")
	t.Setenv("PATH", filepath.Join(r.bench.dir, "bin")+":"+os.Getenv("PATH"))
	t.Setenv("HOME", r.folder("home"))
	hub := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)))
	t.Cleanup(hub.Close)
	r.host = strings.TrimPrefix(hub.URL, "http://")
	return r
}

func (r *recipes) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// parse reads a YAML file of the recipes.
func (r *recipes) parse(name string, into any) {
	r.t.Helper()
	if err := yaml.Load([]byte(r.read(name)), into); err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
}

// sh runs a line as CI systems do.
func (r *recipes) sh(line string, env ...string) string {
	r.t.Helper()
	cmd := exec.Command("sh", "-e", "-c", line)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

func TestRecipeForGitHub(t *testing.T) {
	r := newRecipes(t)
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ ID, Uses, Run string }
		}
	}
	r.parse("github-actions.yml", &workflow)
	output := r.file("output", "")
	ran := 0
	for _, step := range workflow.Jobs["image"].Steps {
		if !strings.Contains(step.Run, "lamina ") {
			continue
		}
		values := strings.NewReplacer("ghcr.io", r.host, "${{ github.repository }}", "me/app", "${{ github.sha }}", "0a1b2c",
			"${{ steps.build.outputs.image }}", strings.TrimPrefix(strings.TrimSpace(mustReadText(t, output)), "image="))
		line := values.Replace(step.Run)
		if strings.Contains(line, "${{") {
			t.Fatalf("%s: what is it with?", line)
		}
		r.sh(line, "GITHUB_OUTPUT="+output)
		ran++
	}
	if image := mustReadText(t, output); ran != 3 || !regexp.MustCompile(`^image=`+regexp.QuoteMeta(r.host)+`/me/app@sha256:[0-9a-f]{64}\n$`).MatchString(image) {
		t.Errorf("%d steps, output %q", ran, image)
	}
}

// TestRecipeFailsForGitHub: a step whose build fails has failed, and gives no image to the steps after it.
func TestRecipeFailsForGitHub(t *testing.T) {
	r := newRecipes(t)
	var workflow struct {
		Jobs map[string]struct{ Steps []struct{ ID, Run string } }
	}
	r.parse("github-actions.yml", &workflow)
	failing := filepath.Join(r.folder("failing"), "lamina")
	if err := os.WriteFile(failing, []byte("#!/bin/sh\necho lamina: no >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	output := r.file("output", "")
	ran := 0
	for _, step := range workflow.Jobs["image"].Steps {
		if !strings.Contains(step.Run, "lamina ") {
			continue
		}
		ran++
		// https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions#jobsjob_idstepsshell: bash -e {0}
		script := r.file("step.sh", regexp.MustCompile(`\$\{\{.*?\}\}`).ReplaceAllString(step.Run, "value"))
		cmd := exec.Command("bash", "-e", script)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(failing)+":"+os.Getenv("PATH"), "GITHUB_OUTPUT="+output)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "lamina: no") {
			t.Errorf("%s: %v\n%s", step.Run, err, out)
		}
	}
	if text := mustReadText(t, output); ran != 3 || text != "" {
		t.Errorf("%d steps, output %q", ran, text)
	}
}

func TestRecipeForGitLab(t *testing.T) {
	r := newRecipes(t)
	var jobs map[string]struct {
		BeforeScript []string `yaml:"before_script"`
		Script       []string
		Variables    map[string]string
	}
	r.parse("gitlab-ci.yml", &jobs)
	job := jobs["image"]
	env := []string{
		"CI_PROJECT_DIR=" + r.bench.dir, "CI_REGISTRY=" + r.host, "CI_REGISTRY_USER=me", "CI_REGISTRY_PASSWORD=secret",
		"CI_REGISTRY_IMAGE=" + r.host + "/me/app", "CI_COMMIT_SHORT_SHA=0a1b2c",
	}
	for name, value := range job.Variables {
		env = append(env, name+"="+strings.ReplaceAll(value, "$CI_PROJECT_DIR", r.bench.dir))
	}
	for _, line := range append(job.BeforeScript, job.Script...) {
		if !strings.Contains(line, "go install") {
			r.sh(line, env...)
		}
	}
	digest := mustReadText(t, "image.digest")
	if got := r.sh("lamina inspect docker://" + r.host + "/me/app:latest --json"); !strings.Contains(got, digest[strings.Index(digest, "sha256:"):len(digest)-1]) || len(job.Script) != 3 {
		t.Errorf("latest is not %s:\n%s", digest, got)
	}
}

// TestRecipeForKubernetes looks at what a cluster would be asked for, and runs the command.
func TestRecipeForKubernetes(t *testing.T) {
	r := newRecipes(t)
	type security struct {
		RunAsNonRoot             bool                  `yaml:"runAsNonRoot"`
		RunAsUser                int                   `yaml:"runAsUser"`
		Privileged               bool                  `yaml:"privileged"`
		AllowPrivilegeEscalation *bool                 `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool                  `yaml:"readOnlyRootFilesystem"`
		SeccompProfile           struct{ Type string } `yaml:"seccompProfile"`
		Capabilities             struct{ Drop, Add []string }
	}
	var job struct {
		Spec struct {
			Template struct {
				Spec struct {
					SecurityContext security `yaml:"securityContext"`
					Containers      []struct {
						Args            []string
						SecurityContext security `yaml:"securityContext"`
						VolumeMounts    []struct {
							Name      string
							MountPath string `yaml:"mountPath"`
						} `yaml:"volumeMounts"`
						Env []struct{ Name, Value string }
					}
					Volumes []struct{ Name string }
				}
			}
		}
	}
	r.parse("kubernetes-job.yaml", &job)
	pod := job.Spec.Template.Spec
	c := pod.Containers[0]
	if p, s := pod.SecurityContext, c.SecurityContext; !p.RunAsNonRoot || p.RunAsUser == 0 || p.SeccompProfile.Type != "RuntimeDefault" || s.Privileged ||
		s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) || len(s.Capabilities.Add) > 0 {
		t.Errorf("it asks for too much: %+v, %+v", p, s)
	}
	var paths []string
	for _, m := range c.VolumeMounts {
		if !slices.ContainsFunc(pod.Volumes, func(v struct{ Name string }) bool { return v.Name == m.Name }) {
			t.Errorf("there is no volume %s", m.Name)
		}
		r.folder("pod" + m.MountPath)
		paths = append(paths, m.MountPath, filepath.Join(r.bench.dir, "pod"+m.MountPath))
	}
	r.file("pod/spec/lamina.yaml", "base: rootfs:"+filepath.Join(r.bench.dir, "base.tar.gz")+"\npackages: [nginx]\n")
	r.file("pod/login/config.json", "{}")
	inPod := strings.NewReplacer(append(paths, "registry.example", r.host)...)
	for _, e := range c.Env {
		t.Setenv(e.Name, inPod.Replace(e.Value))
	}
	var args []string
	for _, arg := range c.Args {
		args = append(args, inPod.Replace(arg))
	}
	if code, stdout, stderr := r.lamina(args...); code != exitDone || !strings.HasPrefix(stdout, r.host+"/me/app@sha256:") {
		t.Errorf("%v: %d, %q, %q", args, code, stdout, stderr)
	}
}

// TestRecipeForBazel runs the rule's command line, with nothing but its inputs.
func TestRecipeForBazel(t *testing.T) {
	r := newRecipes(t)
	if code, _, stderr := r.lamina("lock", "--vendor", "packages"); code != exitDone {
		t.Fatal(stderr)
	}
	_, rest, _ := strings.Cut(r.read("lamina.bzl"), "arguments = [\n")
	block, _, ok := strings.Cut(rest, "\n        ],")
	if !ok {
		t.Fatal("there is no list of arguments")
	}
	values := map[string]string{"ctx.file.spec.path": "lamina.yaml", "ctx.file.lock.path": "lamina.lock", "ctx.file.base.path": "base.tar.gz", "archive.path": "app.tar"}
	var args []string
	for line := range strings.Lines(block) {
		var arg string
		for _, term := range strings.Split(strings.TrimSuffix(strings.TrimSpace(line), ","), " + ") {
			if value, ok := values[term]; ok {
				arg += value
			} else if text, ok := strings.CutPrefix(term, `"`); ok {
				arg += strings.TrimSuffix(text, `"`)
			} else {
				t.Fatalf("argument %s: %s is not known", line, term)
			}
		}
		args = append(args, arg)
	}
	if err := os.RemoveAll("repo"); err != nil {
		t.Fatal(err)
	}
	var before string
	for range 2 {
		code, stdout, stderr := r.lamina(args...)
		if code != exitDone || stderr != "" {
			t.Fatalf("%v: %d, %s", args, code, stderr)
		}
		archive := mustReadText(t, "app.tar")
		if before != "" && archive != before {
			t.Error("other bytes the second time")
		}
		before = archive
		if !strings.HasPrefix(stdout, "sha256:") {
			t.Errorf("printed %q", stdout)
		}
	}
}

// TestRecipes runs what the page of recipes has for lamina itself.
func TestRecipes(t *testing.T) {
	r := newRecipes(t)
	ran := 0
	for line := range strings.Lines(r.read("README.md")) {
		line, isCode := strings.CutPrefix(line, "    ")
		line = strings.TrimSpace(line)
		if !isCode || !strings.HasPrefix(line, "lamina ") || strings.Contains(line, "self.yaml") {
			continue
		}
		r.sh(strings.ReplaceAll(line, "registry.example", r.host))
		ran++
	}
	if ran != 4 {
		t.Errorf("%d lines, want 4", ran)
	}
	for _, name := range []string{"github-actions.yml", "gitlab-ci.yml", "kubernetes-job.yaml", "setup-lamina/action.yml"} {
		if strings.Contains(r.read(name), "lamina@latest") || strings.Contains(r.read(name), "lamina:latest") {
			t.Errorf("%s does not pin the version", name)
		}
	}
	if _, err := spec.Read(filepath.Join(r.dir, "self.yaml")); err != nil {
		t.Error(err)
	}
	for _, line := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(r.read("README.md"), -1) {
		if _, err := os.Stat(filepath.Join(r.dir, line[1])); err != nil {
			t.Errorf("a link to what is not there: %v", err)
		}
	}
}

func mustReadText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
