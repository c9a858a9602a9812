package main

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
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
	r.base(fixtures.Base{APKTools: "2.14.9-r2", Repositories: []string{r.serve()},
		Passwd: "root:x:0:0:root:/root:/bin/sh\n", Group: "root:x:0:root\n"})
	r.file("lamina.yaml", "base: rootfs:base.tar.gz\npackages: [nginx]\n")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(r.directory("bin"), "lamina")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LAMINA_TEST_MAIN", "1")
	t.Setenv("PATH", filepath.Join(r.bench.dir, "bin")+":"+os.Getenv("PATH"))
	t.Setenv("HOME", r.directory("home"))
	hub := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)))
	t.Cleanup(hub.Close)
	r.host = strings.TrimPrefix(hub.URL, "http://")
	return r
}

// withoutSharedCache takes the flags for a shared cache out of a command, if the program has none.
func withoutSharedCache(line string) string {
	build, _, err := newCommand(io.Discard, io.Discard).Find([]string{"build"})
	if err == nil && build.Flags().Lookup("cache-from") != nil {
		return line
	}
	return regexp.MustCompile(`--cache-(from|to) ("[^"]*"|\S+) ?`).ReplaceAllString(line, "")
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

// sh runs a line as CI systems do with a POSIX shell.
func (r *recipes) sh(line string, env ...string) string {
	r.t.Helper()
	return r.inShell(line, env, "sh", "-e", "-c")
}

// bash runs a step as GitHub does with "shell: bash":
// https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions#jobsjob_idstepsshell
func (r *recipes) bash(script string, env ...string) string {
	r.t.Helper()
	return r.inShell(script, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
}

func (r *recipes) inShell(line string, env []string, shell ...string) string {
	r.t.Helper()
	line = withoutSharedCache(line)
	cmd := exec.Command(shell[0], append(shell[1:], line)...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

func TestRecipeForGitHub(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole recipes")
	}
	r := newRecipes(t)
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ ID, Uses, Run string }
		}
	}
	r.parse("github-actions.yml", &workflow)
	output := r.file("output", "")
	ran := 0
	r.manySpecs("images")
	var many struct {
		Jobs map[string]struct {
			Strategy struct{ Matrix struct{ Shard []int } }
			Steps    []struct{ Run string }
		}
	}
	r.parse("github-bake.yml", &many)
	for _, shard := range many.Jobs["images"].Strategy.Matrix.Shard {
		for _, step := range many.Jobs["images"].Steps {
			if strings.Contains(step.Run, "lamina bake ") {
				r.bash(strings.NewReplacer("ghcr.io", r.host, "${{ github.repository }}", "me", "${{ matrix.shard }}", fmt.Sprint(shard)).Replace(step.Run))
			}
		}
	}
	r.expectImages("me/")
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
		r.bash(line, "GITHUB_OUTPUT="+output)
		ran++
	}
	if image := mustReadText(t, output); ran != 2 ||
		!regexp.MustCompile(`^image=`+regexp.QuoteMeta(r.host)+`/me/app@sha256:[0-9a-f]{64}\n$`).MatchString(image) {
		t.Errorf("%d steps, output %q", ran, image)
	}
}

// TestRecipesFail: each step of each recipe fails if lamina does, in the shell of its engine and in the plainest that it may get, and
// gives no image to the steps after it.
func TestRecipesFail(t *testing.T) {
	r := newRecipes(t)
	failing := r.directory("failing")
	if err := os.WriteFile(filepath.Join(failing, "lamina"), []byte("#!/bin/sh\necho lamina: no >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("lamina", filepath.Join(failing, "lamina-linux-amd64")); err != nil {
		t.Fatal(err)
	}
	r.file("failing/curl", "#!/bin/sh\ncp \"$(dirname \"$0\")/lamina\" lamina\n")
	r.file("failing/sha256sum", "#!/bin/sh\ncat\n")
	r.file("failing/buildkite-agent", "#!/bin/sh\nexit 0\n")
	for _, name := range []string{"curl", "sha256sum", "buildkite-agent"} {
		if err := os.Chmod(filepath.Join(failing, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	output := r.file("output", "")
	ran := 0
	for name, scripts := range r.scripts() {
		for _, script := range scripts {
			if !strings.Contains(script, "lamina ") || strings.Contains(script, "go install") {
				continue
			}
			script = regexp.MustCompile(`\$\{\{.*?\}\}`).ReplaceAllString(script, "value")
			for _, shell := range [][]string{{"bash", "-eo", "pipefail", "-c"}, {"sh", "-e", "-c"}} {
				ran++
				cmd := exec.Command(shell[0], append(shell[1:], script)...)
				cmd.Env = append(os.Environ(), "PATH="+failing+":"+os.Getenv("PATH"), "GITHUB_OUTPUT="+output)
				cmd.Dir = r.directory("work")
				if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "lamina: no") {
					t.Errorf("%s, %s: %v\n%s", name, script, err, out)
				}
			}
		}
	}
	if text := mustReadText(t, output); ran != 2*(2+1+4+2+1) || text != "" {
		t.Errorf("%d scripts, output %q", ran, text)
	}
}

// scripts returns what the recipes for CI systems give to a shell.
func (r *recipes) scripts() map[string][]string {
	r.t.Helper()
	all := make(map[string][]string)
	for _, name := range []string{"github-actions.yml", "github-bake.yml"} {
		var workflow struct {
			Jobs map[string]struct {
				Defaults struct{ Run struct{ Shell string } }
				Steps    []struct{ Run string }
			}
		}
		r.parse(name, &workflow)
		for _, job := range workflow.Jobs {
			if job.Defaults.Run.Shell != "bash" {
				r.t.Errorf("%s: without shell: bash, a pipe hides what fails in it", name)
			}
			for _, step := range job.Steps {
				all[name] = append(all[name], step.Run)
			}
		}
	}
	var jobs map[string]struct{ Script []string }
	r.parse("gitlab-ci.yml", &jobs)
	for _, job := range jobs {
		all["gitlab-ci.yml"] = append(all["gitlab-ci.yml"], job.Script...)
	}
	for _, step := range r.buildkite() {
		all["buildkite.yml"] = append(all["buildkite.yml"], step)
	}
	for _, p := range r.pods() {
		for _, c := range p.Containers {
			if c.Script != "" {
				all[p.name] = append(all[p.name], c.Script)
			}
		}
	}
	return all
}

// buildkite returns the commands of the pipeline, as the agent runs them: the upload of a pipeline makes one dollar of two.
func (r *recipes) buildkite() map[string]string {
	r.t.Helper()
	var pipeline struct {
		Steps []struct{ Label, Command string }
	}
	r.parse("buildkite.yml", &pipeline)
	commands := make(map[string]string)
	for _, step := range pipeline.Steps {
		if strings.Contains(strings.ReplaceAll(step.Command, "$$", ""), "$") {
			r.t.Errorf("%s: a variable would be replaced when the pipeline is uploaded", step.Label)
		}
		commands[step.Label] = strings.ReplaceAll(step.Command, "$$", "$")
	}
	return commands
}

func TestRecipeForGitLab(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole recipes")
	}
	r := newRecipes(t)
	var jobs map[string]struct {
		BeforeScript []string `yaml:"before_script"`
		Script       []string
		Variables    map[string]string
	}
	r.parse("gitlab-ci.yml", &jobs)
	common := jobs[".lamina"]
	env := []string{
		"CI_PROJECT_DIR=" + r.bench.dir, "CI_REGISTRY=" + r.host, "CI_REGISTRY_USER=me", "CI_REGISTRY_PASSWORD=secret",
		"CI_REGISTRY_IMAGE=" + r.host + "/me/app", "CI_COMMIT_SHORT_SHA=0a1b2c",
	}
	for name, value := range common.Variables {
		env = append(env, name+"="+strings.ReplaceAll(value, "$CI_PROJECT_DIR", r.bench.dir))
	}
	job := jobs["image"]
	for _, line := range append(common.BeforeScript, job.Script...) {
		if !strings.Contains(line, "go install") {
			r.sh(line, env...)
		}
	}
	r.manySpecs("images")
	for part := range 4 {
		r.sh(strings.Join(jobs["images"].Script, "\n"), append(env, fmt.Sprint("CI_NODE_INDEX=", part+1), "CI_NODE_TOTAL=4")...)
	}
	r.expectImages("me/app/")
	digest := mustReadText(t, "image.digest")
	if got := r.sh("lamina inspect docker://" + r.host + "/me/app:latest --json"); !strings.Contains(got,
		digest[strings.Index(digest, "sha256:"):len(digest)-1]) || len(job.Script) != 3 {
		t.Errorf("latest is not %s:\n%s", digest, got)
	}
}

// TestRecipeForBazel runs the script of the rule's action as Bazel's sandbox would: all inputs are links out of it and may be executed.
func TestRecipeForBazel(t *testing.T) {
	r := newRecipes(t)
	_, script, _ := strings.Cut(r.read("lamina.bzl"), "_BUILD = \"\"\"")
	script, _, ok := strings.Cut(script, "\"\"\"\n")
	if !ok {
		t.Fatal("there is no script")
	}
	r.file("lamina.yaml", "base: rootfs:base.tar.gz\npackages: [nginx]\nfiles:\n- {path: /a, source: a}\n- {path: /b, tree: b}\n- {path: /c, source: bin/c}\n")
	r.directory("b/d")
	r.directory("bin")
	for _, name := range []string{"a", "b/d/e", "bin/c"} {
		r.file(name, name)
	}
	os.Chmod("bin/c", 0o755)
	if code, _, stderr := r.lamina("lock", "--vendor", "packages"); code != exit.Done {
		t.Fatal(stderr)
	}
	code, want, stderr := r.lamina("build", "-q", "-o", "oci:plain")
	if code != exit.Done {
		t.Fatal(stderr)
	}
	apks, err := filepath.Glob("packages/x86_64/*.apk")
	if err != nil || len(apks) != 2 {
		t.Fatalf("%q, %v", apks, err)
	}
	manifest := "644|context/lamina.yaml|in/lamina.yaml\n644|context/a|in/a\n644|context/b|in/b\n755|context/bin/c|in/bin/c\n" +
		"link|base/x86_64.tar.gz|in/base.tar.gz\n"
	r.directory("sandbox/in/b/d")
	r.directory("sandbox/in/bin")
	r.directory("sandbox/out")
	for _, name := range append(apks, "lamina.yaml", "lamina.lock", "a", "b/d/e", "bin/c", "base.tar.gz") {
		to := "in/" + filepath.Base(name)
		if _, isPackage := strings.CutPrefix(name, "packages/"); isPackage {
			manifest += "link|vendor/x86_64/" + filepath.Base(name) + "|" + to + "\n"
		} else {
			to = "in/" + name
		}
		os.Chmod(name, 0o555)
		r.link(filepath.Join(r.bench.dir, name), "sandbox/"+to)
	}
	r.file("sandbox/manifest", manifest)
	if err := os.RemoveAll("repo"); err != nil {
		t.Fatal(err)
	}
	args := []string{"-c", script, "", "manifest", "out", filepath.Join(r.bench.dir, "bin", "lamina"), "build", "-f", "@WORK@/context/lamina.yaml",
		"--lock", "in/lamina.lock",
		"--vendor", "@WORK@/vendor", "--base", "rootfs:@WORK@/base/${APK_ARCH}.tar.gz", "--platform", "linux/amd64", "--offline", "--no-cache",
		"-q", "-o", "oci:out"}
	cmd := exec.Command("bash", args...)
	cmd.Dir, cmd.Env = "sandbox", []string{"LAMINA_TEST_MAIN=1"}
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	if index := mustReadText(t, "sandbox/out/index.json"); !strings.Contains(index, strings.TrimSpace(want)) || strings.Count(index, `"digest"`) != 1 {
		t.Errorf("%s, want %s", index, want)
	}
	// A build that fails fails the action.
	r.file("sandbox/manifest", strings.Replace(manifest, "644|context/a|in/a\n", "", 1))
	cmd = exec.Command("bash", args...)
	cmd.Dir, cmd.Env = "sandbox", []string{"LAMINA_TEST_MAIN=1"}
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "source \"a\"") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestRecipes runs what the page of recipes has for lamina itself.
func TestRecipes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole recipes")
	}
	r := newRecipes(t)
	ran := 0
	for line := range strings.Lines(r.read("README.md")) {
		line, isCode := strings.CutPrefix(line, "    ")
		line = strings.TrimSpace(line)
		if !isCode || !strings.HasPrefix(line, "lamina ") || strings.Contains(line, "self.yaml") || strings.Contains(line, "ci.yaml") {
			continue
		}
		r.sh(strings.ReplaceAll(line, "registry.example", r.host))
		ran++
	}
	if ran != 4 {
		t.Errorf("%d lines, want 4", ran)
	}
	for _, name := range recipeFiles(t) {
		if strings.Contains(r.read(name), "lamina@latest") || strings.Contains(r.read(name), "lamina:latest") {
			t.Errorf("%s does not pin the version", name)
		}
	}
	for _, name := range []string{"self.yaml", "ci.yaml"} {
		if _, err := spec.Read(filepath.Join(r.dir, name), spec.ReadOptions{}); err != nil {
			t.Error(err)
		}
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
