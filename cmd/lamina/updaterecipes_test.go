package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
)

// renovateConfig is what the recipe uses of Renovate's configuration.
type renovateConfig struct {
	Schema         string `json:"$schema"`
	CustomManagers []renovateManager
	PackageRules   []struct {
		MatchManagers, MatchDepTypes []string
		GroupName                    string
		PinDigests                   *bool
		PostUpgradeTasks             *struct {
			Commands, FileFilters []string
			ExecutionMode         string
		}
	}
}

type renovateManager struct {
	CustomType, Description           string
	ManagerFilePatterns, MatchStrings []string
	MatchStringsStrategy              string
	DepNameTemplate, DepTypeTemplate  string
	DatasourceTemplate                string
	VersioningTemplate                string
	AutoReplaceStringTemplate         string
}

// renovateDependency is what Renovate finds: the text that it replaces, and the groups.
type renovateDependency struct {
	Text, DepName, CurrentValue, CurrentDigest string
}

// find does what Renovate's regex manager does with a file. Its regular expressions are RE2, which Go's are, too.
func (m *renovateManager) find(t *testing.T, text string) []renovateDependency {
	t.Helper()
	var found []renovateDependency
	var search func(text string, depth int)
	search = func(text string, depth int) {
		re := regexp.MustCompile(m.MatchStrings[depth])
		for _, match := range re.FindAllStringSubmatch(text, -1) {
			if depth < len(m.MatchStrings)-1 {
				search(match[0], depth+1)
				continue
			}
			d := renovateDependency{Text: match[0], DepName: m.DepNameTemplate}
			for i, name := range re.SubexpNames() {
				switch name {
				case "":
				case "depName":
					d.DepName = match[i]
				case "currentValue":
					d.CurrentValue = match[i]
				case "currentDigest":
					d.CurrentDigest = match[i]
				default:
					t.Errorf("%s: a group that Renovate does not have", name)
				}
			}
			if d.CurrentValue != "" || d.CurrentDigest != "" {
				found = append(found, d)
			}
		}
	}
	if len(m.MatchStrings) > 1 && m.MatchStringsStrategy != "recursive" {
		t.Fatalf("the test does not know the strategy %q", m.MatchStringsStrategy)
	}
	search(text, 0)
	return found
}

// replace returns the text that a dependency gets.
func (m *renovateManager) replace(d renovateDependency, value, digest string) string {
	if m.AutoReplaceStringTemplate == "" {
		return strings.Replace(d.Text, d.CurrentValue, value, 1)
	}
	values := map[string]string{"depName": d.DepName, "newValue": value, "newDigest": digest}
	text := regexp.MustCompile(`\{\{#if (\w+)\}\}(.*?)\{\{/if\}\}`).ReplaceAllStringFunc(m.AutoReplaceStringTemplate, func(s string) string {
		name, rest, _ := strings.Cut(strings.TrimPrefix(s, "{{#if "), "}}")
		if values[name] == "" {
			return ""
		}
		return strings.TrimSuffix(rest, "{{/if}}")
	})
	return regexp.MustCompile(`\{\{\{(\w+)\}\}\}`).ReplaceAllStringFunc(text, func(s string) string { return values[strings.Trim(s, "{}")] })
}

func readRenovate(t *testing.T) (c renovateConfig) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(mustReadText(t, "../../fixtures/recipes/renovate.json")))
	decoder.DisallowUnknownFields() // what the test does not know, it does not test
	if err := decoder.Decode(&c); err != nil || len(c.CustomManagers) != 2 {
		t.Fatalf("%d managers, %v", len(c.CustomManagers), err)
	}
	return c
}

// TestRecipeForRenovate: the expressions find the images and releases that specs name, and nothing else.
func TestRecipeForRenovate(t *testing.T) {
	config := readRenovate(t)
	digest := "sha256:" + strings.Repeat("0a", 32)
	other := "sha256:" + strings.Repeat("1b", 32)
	for _, m := range config.CustomManagers {
		var patterns []*regexp.Regexp
		for _, p := range m.ManagerFilePatterns {
			if !strings.HasPrefix(p, "/") || !strings.HasSuffix(p, "/") {
				t.Fatalf("%s is no regular expression", p)
			}
			patterns = append(patterns, regexp.MustCompile(p[1:len(p)-1]))
		}
		for name, want := range map[string]bool{"lamina.yaml": true, "images/web/lamina.yml": true, "images/web.lamina.yaml": true,
			"lamina.lock": false, "values.yaml": false, "xlamina.yaml": false} {
			if got := slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(name) }); got != want {
				t.Errorf("%s, file %s: %v", m.Description, name, got)
			}
		}
		if m.CustomType != "regex" || m.DatasourceTemplate != "docker" || m.VersioningTemplate != "docker" {
			t.Errorf("%+v", m)
		}
	}
	images, releases := &config.CustomManagers[0], &config.CustomManagers[1]
	for _, c := range []struct {
		text     string
		images   []renovateDependency
		releases []renovateDependency
		want     string // after an update to 3.23, pinned
	}{
		{"base: docker://docker.io/library/alpine:3.22\n",
			[]renovateDependency{{"docker://docker.io/library/alpine:3.22", "docker.io/library/alpine", "3.22", ""}}, nil,
			"base: docker://docker.io/library/alpine:3.23@" + other + "\n"},
		{"base: 'docker://registry.example:5000/team/base:3.22@" + digest + "' # pinned\n",
			[]renovateDependency{{"docker://registry.example:5000/team/base:3.22@" + digest, "registry.example:5000/team/base", "3.22", digest}}, nil,
			"base: 'docker://registry.example:5000/team/base:3.23@" + other + "' # pinned\n"},
		{"base: docker://localhost:5000/base@" + digest + "\n",
			[]renovateDependency{{"docker://localhost:5000/base@" + digest, "localhost:5000/base", "", digest}}, nil, ""},
		{"base: docker://registry.example:5000/base\n", nil, nil, ""},
		{"base: docker://registry.example/base:${VERSION}\n", nil, nil, ""},
		{"base: rootfs:alpine-minirootfs-3.22.2-x86_64.tar.gz\n", nil, nil, ""},
		{"base: scratch\nrepositories: [alpine:3.22, 'alpine:edge']\n", nil, []renovateDependency{{"[alpine:3.22", "alpine", "3.22", ""}},
			"base: scratch\nrepositories: [alpine:3.23, 'alpine:edge']\n"},
		{"base: scratch\nrepositories:\n  - \"alpine:3.22\"\n  - https://packages.example/alpine:3.20/x\n", nil,
			[]renovateDependency{{"\"alpine:3.22", "alpine", "3.22", ""}},
			"base: scratch\nrepositories:\n  - \"alpine:3.23\"\n  - https://packages.example/alpine:3.20/x\n"},
		{"base: scratch\nplatforms: [linux/amd64]\nfiles:\n- {path: /app, from: docker://ghcr.io/me/app:v1.2, source: /app}\n",
			[]renovateDependency{{"docker://ghcr.io/me/app:v1.2", "ghcr.io/me/app", "v1.2", ""}}, nil,
			"base: scratch\nplatforms: [linux/amd64]\nfiles:\n- {path: /app, from: docker://ghcr.io/me/app:3.23@" + other + ", source: /app}\n"},
	} {
		if diff := cmp.Diff(c.images, images.find(t, c.text)); diff != "" {
			t.Errorf("%s (-want +found): %s", c.text, diff)
		}
		if diff := cmp.Diff(c.releases, releases.find(t, c.text)); diff != "" {
			t.Errorf("%s (-want +found): %s", c.text, diff)
		}
		file := filepath.Join(t.TempDir(), "lamina.yaml")
		os.WriteFile(file, []byte(c.text), 0o644)
		document, err := spec.Read(file, spec.ReadOptions{})
		if err != nil && !strings.Contains(c.text, "${VERSION}") { // an arg that the line alone does not declare
			t.Errorf("%s: no spec: %v", c.text, err)
		}
		if err == nil && c.images != nil && document.Base != "scratch" && document.Base != c.images[0].Text {
			t.Errorf("the base is %s, and %s was found", document.Base, c.images[0].Text)
		}
		if c.want == "" {
			continue
		}
		text := c.text
		for _, d := range c.images {
			text = strings.Replace(text, d.Text, images.replace(d, "3.23", other), 1)
		}
		for _, d := range c.releases {
			text = strings.Replace(text, d.Text, releases.replace(d, "3.23", ""), 1)
		}
		if text != c.want {
			t.Errorf("%s became %s, want %s", c.text, text, c.want)
		}
		if found := images.find(t, text); len(found) > 0 {
			if _, err := oci.ParseReference(found[0].Text); err != nil || found[0].CurrentDigest != other {
				t.Errorf("%+v, %v", found, err)
			}
		}
	}
}

// TestRecipeForRenovateLock: the command after an update is one that the bot allows, and renews the lock.
func TestRecipeForRenovateLock(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole recipes")
	}
	config := readRenovate(t)
	var bot struct{ AllowedCommands []string }
	if err := json.Unmarshal([]byte(mustReadText(t, "../../fixtures/recipes/renovate-bot.json")), &bot); err != nil {
		t.Fatal(err)
	}
	r := newRecipes(t)
	r.directory("images/web")
	r.file("images/web/lamina.yaml", "base: rootfs:../../base.tar.gz\npackages: [nginx]\n")
	r.file("lamina.yaml", "base: rootfs:base.tar.gz\npackages: [zlib]\n")
	ran := 0
	for _, rule := range config.PackageRules {
		if rule.PostUpgradeTasks == nil {
			continue
		}
		for _, command := range rule.PostUpgradeTasks.Commands {
			for _, file := range []string{"images/web/lamina.yaml", "lamina.yaml"} {
				line := strings.ReplaceAll(command, "{{{packageFile}}}", file)
				if !slices.ContainsFunc(bot.AllowedCommands, func(p string) bool { return regexp.MustCompile(p).MatchString(line) }) {
					t.Errorf("the bot does not allow %s", line)
				}
				r.sh(line)
				r.sh("lamina lock --check " + file)
				ran++
			}
		}
	}
	for _, p := range bot.AllowedCommands {
		for _, line := range []string{"lamina lock -q lamina.yaml; true", "lamina lock -q $(id).yaml", "sh lamina lock -q lamina.yaml",
			"lamina lock -q --key x lamina.yaml"} {
			if regexp.MustCompile(p).MatchString(line) {
				t.Errorf("the bot allows %s", line)
			}
		}
	}
	if ran != 2 {
		t.Errorf("%d commands ran", ran)
	}
}

// A lockJob is a repository with a lock that may be out of date, and the scheduled job of a CI system.
type lockJob struct {
	*recipes
	env []string
}

func newLockJob(t *testing.T) *lockJob {
	j := &lockJob{recipes: newRecipes(t)}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git")
	}
	j.directory("images/web")
	j.directory("images/bad")
	j.file("images/web/lamina.yaml", "base: rootfs:../../base.tar.gz\npackages: [nginx]\n")
	j.file("images/bad/lamina.yaml", "base: rootfs:../../base.tar.gz\npackages: [zlib]\n")
	j.file(".gitignore", "/bin\n/cache\n/config\n/home\n/tmp\n/out\n/repo\n/remote.git\n/runner\n/changes.txt\n/message.txt\n/gh.txt\n")
	j.sh(`lamina lock -q images/
git init -q -b main . && git init -q --bare remote.git && git -C remote.git config receive.advertisePushOptions true
git remote add origin "$PWD/remote.git" && git add -A && git -c user.name=a -c user.email=a@localhost commit -q -m first && git push -q origin main`)
	gh := filepath.Join(j.bench.dir, "bin", "gh")
	if err := os.WriteFile(gh, []byte("#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$GH_LOG\"\n[ \"$2\" != list ] || cat \"$GH_OPEN\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	j.file("secdb.json", `{"packages": [{"pkg": {"name": "nginx", "secfixes": {"1.28.0-r0": ["CVE-2025-1"]}}}]}`)
	j.directory("runner")
	j.file("runner/open", "0\n")
	j.env = []string{"GIT_CONFIG_GLOBAL=/dev/null", "GH_LOG=" + filepath.Join(j.bench.dir, "gh.txt"), "GH_OPEN=" + filepath.Join(j.bench.dir, "runner/open"),
		"RUNNER_TEMP=" + filepath.Join(j.bench.dir, "runner"), "GITHUB_OUTPUT=" + filepath.Join(j.bench.dir, "runner/output"),
		"SPECS=images/", "SECDB=secdb.json", "LAMINA_BOT_TOKEN=secret", "CI_SERVER_HOST=gitlab.example", "CI_PROJECT_PATH=me/app", "CI_DEFAULT_BRANCH=main",
		// git's own way to have another place for an address.
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url." + filepath.Join(j.bench.dir, "remote.git") + ".insteadOf",
		"GIT_CONFIG_VALUE_0=https://lamina:secret@gitlab.example/me/app.git"}
	return j
}

// shell runs a script of a job and returns its exit code.
func (j *lockJob) shell(script string, shell ...string) int {
	j.t.Helper()
	cmd := exec.Command(shell[0], append(shell[1:], script)...)
	cmd.Env = append(os.Environ(), j.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		j.t.Fatal(err)
	}
	j.t.Logf("exit code %d\n%s", cmd.ProcessState.ExitCode(), out.String())
	return cmd.ProcessState.ExitCode()
}

// job returns what runs the scheduled job once and its exit code: steps after one that failed are left out.
func (j *lockJob) job(system string) func() int {
	j.t.Helper()
	if system == "GitLab" {
		var file map[string]struct{ Script []string }
		j.parse("gitlab-lock.yml", &file)
		// The runner makes one script of all lines.
		return func() int { return j.shell(strings.Join(file["lock"].Script, "\n"), "sh", "-e", "-c") }
	}
	var file struct {
		Jobs map[string]struct {
			Defaults struct{ Run struct{ Shell string } }
			Steps    []struct{ If, Run string }
		}
	}
	j.parse("github-lock.yml", &file)
	return func() int {
		j.file("runner/output", "")
		for _, step := range file.Jobs["lock"].Steps {
			if step.Run == "" || step.If != "" && !strings.Contains(mustReadText(j.t, "runner/output"), "outdated=1\n") {
				continue
			}
			if code := j.shell(step.Run, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"); code != 0 {
				return code
			}
		}
		return 0
	}
}

// TestRecipesForLocks run the scheduled jobs with git: nothing is pushed without a change, a change is one commit with the locks alone,
// and a spec that cannot be locked fails the job and keeps nothing else back.
func TestRecipesForLocks(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole recipes")
	}
	for _, system := range []string{"GitHub", "GitLab"} {
		t.Run(system, func(t *testing.T) {
			j := newLockJob(t)
			run := j.job(system)
			branch := func() string {
				return j.sh("git -C remote.git log --format=%s%n%b --name-only main..lamina/lock 2>/dev/null || true")
			}
			if code := run(); code != 0 || branch() != "" {
				t.Fatalf("nothing changed: %d, %s", code, branch())
			}
			packages := goodPackages()
			packages[0].Version = "1.28.0-r0"
			j.repository(fixtures.Repository{Packages: packages})
			if code := run(); code != 0 {
				t.Fatalf("exit code %d", code)
			}
			if got := branch(); !strings.HasPrefix(got, "Update locks\n") || !strings.HasSuffix(got, "\nimages/web/lamina.lock\n") {
				t.Errorf("pushed %s", got)
			}
			const change = "images/web/lamina.lock linux/amd64: nginx 1.26.2-r0 -> 1.28.0-r0 fixes CVE-2025-1\n"
			if system == "GitHub" {
				if text := mustReadText(t, "runner/changes.txt"); !strings.Contains(text, change) {
					t.Errorf("the text of the pull request is %s", text)
				}
				if log := mustReadText(t, "gh.txt"); !strings.Contains(log, "pr create --head lamina/lock --title Update locks") {
					t.Error(log)
				}
			} else if got := branch(); !strings.Contains(got, change) {
				t.Errorf("the message is %s", got)
			}
			j.sh("git checkout -q main") // as a fresh clone
			j.file("runner/open", "1\n")
			packages[0].Version = "1.29.0-r0"
			j.repository(fixtures.Repository{Packages: packages})
			j.file("images/bad/lamina.yaml", "base: rootfs:../../base.tar.gz\npackages: [nosuch]\n")
			if code := run(); code == 0 {
				t.Error("a spec that cannot be locked did not fail the job")
			}
			if got := j.sh("git -C remote.git show lamina/lock:images/web/lamina.lock"); !strings.Contains(got, "1.29.0-r0") {
				t.Error("the lock that could be renewed was not pushed")
			}
			if system == "GitHub" {
				if log := mustReadText(t, "gh.txt"); strings.Count(log, "pr create") != 1 || !strings.Contains(log, "pr edit lamina/lock") {
					t.Error(log)
				}
			}
			// A program that fails is no change.
			j.sh("git checkout -q main")
			j.env = append(j.env, "SECDB=missing.json")
			before := j.sh("git -C remote.git rev-parse lamina/lock")
			if code := run(); code != exit.Unknown || j.sh("git -C remote.git rev-parse lamina/lock") != before {
				t.Errorf("a check that fails: exit code %d", code)
			}
		})
	}
}
