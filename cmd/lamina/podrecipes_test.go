package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A pod is what a recipe has an engine start.
type pod struct {
	podSpec
	name   string // of the recipe and the template
	shards []string
}

type podSpec struct {
	HostNetwork                  bool            `yaml:"hostNetwork"`
	HostPID                      bool            `yaml:"hostPID"`
	HostIPC                      bool            `yaml:"hostIPC"`
	AutomountServiceAccountToken *bool           `yaml:"automountServiceAccountToken"`
	SecurityContext              securityContext `yaml:"securityContext"`
	InitContainers               []container     `yaml:"initContainers"`
	Containers                   []container
	Volumes                      []map[string]any
}

type container struct {
	Name, Image, Script string
	WorkingDir          string `yaml:"workingDir"`
	Command, Args       []string
	Env                 []struct{ Name, Value string }
	Ports               []struct {
		HostPort int `yaml:"hostPort"`
	}
	SecurityContext securityContext `yaml:"securityContext"`
	VolumeMounts    []volumeMount   `yaml:"volumeMounts"`
}

type volumeMount struct {
	Name      string
	MountPath string `yaml:"mountPath"`
	ReadOnly  bool   `yaml:"readOnly"`
}

type securityContext struct {
	Privileged               bool
	RunAsNonRoot             *bool                 `yaml:"runAsNonRoot"`
	RunAsUser                *int                  `yaml:"runAsUser"`
	AllowPrivilegeEscalation *bool                 `yaml:"allowPrivilegeEscalation"`
	ReadOnlyRootFilesystem   bool                  `yaml:"readOnlyRootFilesystem"`
	ProcMount                string                `yaml:"procMount"`
	SeccompProfile           struct{ Type string } `yaml:"seccompProfile"`
	AppArmorProfile          struct{ Type string } `yaml:"appArmorProfile"`
	SELinuxOptions           map[string]string     `yaml:"seLinuxOptions"`
	WindowsOptions           map[string]any        `yaml:"windowsOptions"`
	Sysctls                  []any
	Capabilities             struct{ Drop, Add []string }
}

// pods returns those of all recipes.
func (r *recipes) pods() []pod {
	r.t.Helper()
	var all []pod
	for _, name := range []string{"kubernetes-job.yaml", "kubernetes-bake.yaml"} {
		var job struct {
			Spec struct {
				Completions int
				Template    struct{ Spec podSpec }
			}
		}
		r.parse(name, &job)
		p := pod{podSpec: job.Spec.Template.Spec, name: name}
		for i := range job.Spec.Completions {
			p.shards = append(p.shards, fmt.Sprint(i))
		}
		all = append(all, p)
	}
	return append(append(all, r.tektonPods()...), r.argoPods()...)
}

// tektonPods makes a pod of each task: its steps are containers.
func (r *recipes) tektonPods() []pod {
	var all []pod
	decoder := yaml.NewDecoder(strings.NewReader(r.read("tekton.yaml")))
	for {
		var d struct {
			Kind     string
			Metadata struct{ Name string }
			Spec     struct {
				Params  []struct{ Name, Default string }
				Volumes []map[string]any
				Steps   []container
				Tasks   []struct {
					TaskRef struct{ Name string } `yaml:"taskRef"`
					Matrix  struct {
						Params []struct {
							Name  string
							Value []string
						}
					}
				}
			}
		}
		err := decoder.Decode(&d)
		if err == io.EOF {
			return all
		}
		if err != nil {
			r.t.Fatal(err)
		}
		if d.Kind == "Task" {
			no := false // Tekton's pods have the token; what the steps may see of it is the account's
			all = append(all, pod{podSpec: podSpec{Containers: d.Spec.Steps, Volumes: d.Spec.Volumes, AutomountServiceAccountToken: &no},
				name: "tekton.yaml " + d.Metadata.Name})
			continue
		}
		for _, task := range d.Spec.Tasks {
			i := slices.IndexFunc(all, func(p pod) bool { return p.name == "tekton.yaml "+task.TaskRef.Name })
			if i < 0 || len(task.Matrix.Params) != 1 || task.Matrix.Params[0].Name != "shard" {
				r.t.Fatalf("%+v", task)
			}
			all[i].shards = task.Matrix.Params[0].Value
		}
	}
}

// argoPods makes a pod of each template with a container.
func (r *recipes) argoPods() []pod {
	var workflow struct {
		Spec struct {
			podSpec   `yaml:",inline"`
			Templates []struct {
				Name           string
				InitContainers []container `yaml:"initContainers"`
				Container      *container
				Steps          [][]struct {
					Template  string
					Arguments struct {
						Parameters []struct{ Name, Value string }
					}
					WithSequence struct{ Start, End string } `yaml:"withSequence"`
				}
			}
		}
	}
	r.parse("argo-workflow.yaml", &workflow)
	var all []pod
	var shards []string
	for _, t := range workflow.Spec.Templates {
		for _, group := range t.Steps {
			var first, last int
			fmt.Sscan(group[0].WithSequence.Start+" "+group[0].WithSequence.End, &first, &last)
			for i := first; i <= last; i++ {
				shards = append(shards, strings.ReplaceAll(group[0].Arguments.Parameters[0].Value, "{{item}}", fmt.Sprint(i)))
			}
		}
		if t.Container != nil {
			p := pod{podSpec: workflow.Spec.podSpec, name: "argo-workflow.yaml " + t.Name, shards: shards}
			p.InitContainers, p.Containers = t.InitContainers, []container{*t.Container}
			all = append(all, p)
		}
	}
	return all
}

// restricted lists where a pod breaks the restricted policy of the Pod Security Standards, and the baseline that it includes:
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
func (p *podSpec) restricted() (broken []string) {
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	if p.HostNetwork || p.HostPID || p.HostIPC {
		say("host namespaces")
	}
	if len(p.SecurityContext.Sysctls) > 0 {
		say("sysctls")
	}
	for _, v := range p.Volumes {
		for kind := range v {
			known := []string{"name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
			if !slices.Contains(known, kind) {
				say("volume type %s", kind)
			}
		}
	}
	isTrue := func(b *bool) bool { return b != nil && *b }
	for _, c := range append(slices.Clone(p.InitContainers), p.Containers...) {
		s := c.SecurityContext
		for _, s := range []securityContext{p.SecurityContext, s} {
			if s.RunAsUser != nil && *s.RunAsUser == 0 {
				say("%s: runs as root", c.Name)
			}
			if s.WindowsOptions != nil || s.SELinuxOptions != nil || !slices.Contains([]string{"", "RuntimeDefault", "Localhost"}, s.AppArmorProfile.Type) {
				say("%s: options of the host", c.Name)
			}
		}
		if s.Privileged || s.ProcMount != "" && s.ProcMount != "Default" {
			say("%s: privileged", c.Name)
		}
		for _, port := range c.Ports {
			if port.HostPort != 0 {
				say("%s: host port", c.Name)
			}
		}
		if s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation {
			say("%s: allowPrivilegeEscalation", c.Name)
		}
		if s.RunAsNonRoot != nil && !*s.RunAsNonRoot || !isTrue(s.RunAsNonRoot) && !isTrue(p.SecurityContext.RunAsNonRoot) {
			say("%s: runAsNonRoot", c.Name)
		}
		profile := s.SeccompProfile.Type
		if profile == "" {
			profile = p.SecurityContext.SeccompProfile.Type
		}
		if profile != "RuntimeDefault" && profile != "Localhost" {
			say("%s: seccompProfile", c.Name)
		}
		if !slices.Contains(s.Capabilities.Drop, "ALL") ||
			slices.ContainsFunc(s.Capabilities.Add, func(name string) bool { return name != "NET_BIND_SERVICE" }) {
			say("%s: capabilities", c.Name)
		}
	}
	return broken
}

// TestRecipesAreRestricted: no pod of the recipes breaks the restricted policy, and beyond that each has a read-only root file system, any
// uid, a pinned image, no token, and a volume for each mount.
func TestRecipesAreRestricted(t *testing.T) {
	r := newRecipes(t)
	pods := r.pods()
	if len(pods) != 5 {
		t.Fatalf("%d pods", len(pods))
	}
	for _, p := range pods {
		for _, broken := range p.restricted() {
			t.Errorf("%s: %s", p.name, broken)
		}
		if p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken {
			t.Errorf("%s: has the token of its service account", p.name)
		}
		for _, c := range append(slices.Clone(p.InitContainers), p.Containers...) {
			if !c.SecurityContext.ReadOnlyRootFilesystem || c.SecurityContext.RunAsUser != nil || p.SecurityContext.RunAsUser != nil {
				t.Errorf("%s: %+v", p.name, c.SecurityContext)
			}
			if !regexp.MustCompile(`^registry\.example/lamina(-ci)?:v\d+\.\d+\.\d+$`).MatchString(c.Image) {
				t.Errorf("%s: image %s", p.name, c.Image)
			}
			for _, m := range c.VolumeMounts {
				if !slices.ContainsFunc(p.Volumes, func(v map[string]any) bool { return v["name"] == m.Name }) {
					t.Errorf("%s: there is no volume %s", p.name, m.Name)
				}
			}
		}
	}
	// The check finds what it is for.
	for _, text := range []string{
		"hostNetwork: true", "volumes: [{name: a, hostPath: {path: /}}]",
		"securityContext: {runAsUser: 0, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}",
		"containers: [{name: a, securityContext: {}}]", "securityContext: {runAsNonRoot: false, seccompProfile: {type: RuntimeDefault}}",
		"securityContext: {runAsNonRoot: true, seccompProfile: {type: Unconfined}}",
		"containers: [{name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [SYS_ADMIN]}}}]",
		"containers: [{name: a, ports: [{hostPort: 80}], securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]",
	} {
		const sound = "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}\n" +
			"containers: [{name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]\n"
		var p podSpec
		if err := yaml.Load([]byte(sound), &p); err != nil || p.restricted() != nil {
			t.Fatalf("%v, %v", err, p.restricted())
		}
		key, _, _ := strings.Cut(text, ":")
		var lines []string
		for line := range strings.Lines(sound) {
			if !strings.HasPrefix(line, key+":") {
				lines = append(lines, line)
			}
		}
		p = podSpec{}
		if err := yaml.Load([]byte(strings.Join(lines, "")+text), &p); err != nil || p.restricted() == nil {
			t.Errorf("%s: %v, nothing was found", text, err)
		}
	}
}

// A podRun is a pod with directories for its volumes. How a container is started is left to the test.
type podRun struct {
	*recipes
	pod
	volumes map[string]string // directories by the names of volumes
	values  *strings.Replacer // what engines put in
	start   func(p *podRun, c *container, argv, env []string) (int, string)
}

// newPodRun makes the volumes, with a spec and a repository for source.
func newPodRun(r *recipes, p pod, shard string) *podRun {
	r.t.Helper()
	run := &podRun{recipes: r, pod: p, volumes: make(map[string]string), start: (*podRun).startHere}
	root, err := os.MkdirTemp(r.bench.dir, "pod")
	if err != nil {
		r.t.Fatal(err)
	}
	os.Chmod(root, 0o777)
	directory := func(name string) string {
		dir := filepath.Join(root, name)
		if err := os.Mkdir(dir, 0o777); err != nil {
			r.t.Fatal(err)
		}
		os.Chmod(dir, 0o777) // as the kubelet does
		return dir
	}
	for _, v := range append(p.Volumes, map[string]any{"name": "workspaces-source"}, map[string]any{"name": "workspaces-login"},
		map[string]any{"name": "results"}) {
		run.volumes[v["name"].(string)] = directory(v["name"].(string))
	}
	for name, dir := range run.volumes {
		switch name {
		case "spec":
			copyFile(r.t, filepath.Join(r.bench.dir, "lamina.yaml"), filepath.Join(dir, "lamina.yaml"), 0o644)
		case "login", "workspaces-login":
			os.WriteFile(filepath.Join(dir, "config.json"), []byte("{}"), 0o644)
		case "workspaces-source":
			r.sh("cp -R images " + dir + " && chmod -R a+rwX " + dir)
			copyFile(r.t, filepath.Join(r.bench.dir, "lamina.yaml"), filepath.Join(dir, "lamina.yaml"), 0o644)
		}
	}
	run.values = strings.NewReplacer("registry.example", r.host, "$(JOB_COMPLETION_INDEX)", shard, "{{inputs.parameters.shard}}", shard,
		"$(params.shard)", shard,
		"$(params.spec)", "lamina.yaml", "$(params.image)", r.host+"/me/app:1", "$(params.directory)", "images", "$(params.output)", r.host+"/me/{name}:latest",
		"$(workspaces.source.path)", "/workspaces-source", "$(workspaces.login.path)", "/workspaces-login",
		"$(results.IMAGE_URL.path)", "/results/url", "$(results.IMAGE_DIGEST.path)", "/results/digest")
	return run
}

// mounts returns the volumes of a container by their paths, with those that Tekton adds.
func (p *podRun) mounts(c *container) map[string]string {
	mounts := map[string]string{"/workspaces-source": p.volumes["workspaces-source"], "/workspaces-login": p.volumes["workspaces-login"],
		"/results": p.volumes["results"]}
	for _, m := range c.VolumeMounts {
		mounts[m.MountPath] = p.volumes[m.Name]
	}
	return mounts
}

// run runs the containers one after the other, and returns the first exit code that is not 0, with what was printed.
func (p *podRun) run() (int, string) {
	p.t.Helper()
	var printed string
	for _, c := range append(slices.Clone(p.InitContainers), p.Containers...) {
		argv := c.Command
		switch {
		case c.Script != "":
			argv = []string{"/bin/sh", "-e", "-c", c.Script}
		case len(argv) == 0:
			argv = []string{"/usr/bin/lamina"}
		}
		argv = append(slices.Clone(argv), c.Args...)
		for i := len(argv) - 2; i > 0; i-- {
			if withoutSharedCache(argv[i]+" REF") == "" {
				argv = slices.Delete(argv, i, i+2)
			}
		}
		for i := range argv {
			if argv[i] = withoutSharedCache(p.values.Replace(argv[i])); regexp.MustCompile(`\$\([A-Za-z]+\.|\{\{`).MatchString(argv[i]) {
				p.t.Errorf("%s: nothing is put in: %s", p.name, argv[i])
			}
		}
		env := []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://" + filepath.Join(p.bench.dir, "images.git") + ".insteadOf",
			"GIT_CONFIG_VALUE_0=https://git.example/me/images.git"}
		for _, e := range c.Env {
			env = append(env, e.Name+"="+p.values.Replace(e.Value))
		}
		code, out := p.start(p, &c, argv, env)
		if printed += out; code != 0 {
			return code, printed
		}
	}
	return 0, printed
}

// startHere runs a container without one: its paths are those of the volumes.
func (p *podRun) startHere(c *container, argv, env []string) (int, string) {
	var pairs []string
	for path, dir := range p.mounts(c) {
		pairs = append(pairs, path, dir)
	}
	shared := p.recipes.host + "/cache" // which is no path
	paths := strings.NewReplacer(append([]string{shared, shared}, append(pairs, "/usr/bin/lamina", "lamina")...)...)
	for i := range argv {
		if i > 0 || !strings.HasPrefix(argv[i], "/bin/") {
			argv[i] = paths.Replace(argv[i])
		}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = os.Environ()
	for _, e := range env {
		if !strings.HasPrefix(e, "GIT_") {
			e = paths.Replace(e)
		}
		cmd.Env = append(cmd.Env, e)
	}
	cmd.Dir = paths.Replace(p.values.Replace(c.WorkingDir))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String()
}

// manySpecs writes a directory with specs of five images, and makes a repository of git with it, images.git.
func (r *recipes) manySpecs(dir string) {
	r.t.Helper()
	base := filepath.Join(r.bench.dir, "base.tar.gz")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.directory(dir + "/" + name)
		r.file(dir+"/"+name+"/lamina.yaml", "base: rootfs:"+base+"\npackages: [nginx]\nconfig: {labels: {name: "+name+"}}\n")
	}
	r.sh("rm -rf images.git && git init -q -b main pushed && cp -R " + dir + " pushed/ && cd pushed && git add -A && " +
		"git -c user.name=a -c user.email=a@localhost commit -q -m images && cd .. && git clone -q --bare pushed images.git && rm -rf pushed")
}

// expectImages looks for the images of manySpecs in the registry.
func (r *recipes) expectImages(prefix string) {
	r.t.Helper()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.sh("lamina inspect --json docker://" + r.host + "/" + prefix + name + ":latest >/dev/null")
	}
}

// TestRecipesForPods runs what the pods run: all images of all parts are in the registry then, each was built by one pod, and a pod fails
// whose build does.
func TestRecipesForPods(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program a hundred times")
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git")
	}
	for _, p := range newRecipes(t).pods() {
		t.Run(p.name, func(t *testing.T) {
			r := newRecipes(t)
			base := filepath.Join(r.bench.dir, "base.tar.gz")
			r.file("lamina.yaml", "base: rootfs:"+base+"\npackages: [nginx]\n")
			r.manySpecs("images")
			shards := append(p.shards, "1/1")[:max(1, len(p.shards))]
			var failing []string // the part with the image that is spoiled later
			runAll := func() (codes []int, printed string) {
				for _, shard := range shards {
					run := newPodRun(r, p, shard)
					code, out := run.run()
					codes = append(codes, code)
					if printed += out; p.shards == nil || strings.Contains(out, r.host+"/me/c@sha256:") {
						failing = append(failing, shard)
					}
					if digest, err := os.ReadFile(filepath.Join(run.volumes["results"], "digest")); code == 0 && strings.Contains(p.name, "lamina-build") {
						if err != nil || !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).Match(digest) ||
							mustReadText(t, filepath.Join(run.volumes["results"], "url")) != r.host+"/me/app" {
							t.Errorf("results %q, %v", digest, err)
						}
					}
				}
				return codes, printed
			}
			codes, printed := runAll()
			if slices.Max(codes) != 0 {
				t.Fatalf("%v: %s", codes, printed)
			}
			if strings.Contains(printed, "warning") {
				t.Errorf("warned: %s", printed)
			}
			if p.shards == nil {
				r.sh("lamina inspect --json docker://" + r.host + "/me/app:1 >/dev/null")
			} else {
				r.expectImages("me/")
				if n := strings.Count(printed, r.host+"/me/a@sha256:"); n != 1 {
					t.Errorf("the first image was built %d times", n)
				}
			}
			r.file("lamina.yaml", "base: rootfs:"+base+"\npackages: [nosuch]\n")
			r.file("images/c/lamina.yaml", "base: rootfs:"+base+"\npackages: [nosuch]\n")
			r.sh("git init -q -b main pushed && cp -R images pushed/ && cd pushed && git add -A && git -c user.name=a -c user.email=a@localhost commit -q " +
				"-m bad && cd .. && " +
				"rm -rf images.git && git clone -q --bare pushed images.git && rm -rf pushed")
			shards = failing
			if codes, printed = runAll(); len(codes) != 1 || codes[0] == 0 || !strings.Contains(printed, "nosuch") {
				t.Errorf("%v: %s", codes, printed)
			}
		})
	}
}

// TestRecipeForBuildkite runs its commands with a program that is fetched from a stand-in for curl.
func TestRecipeForBuildkite(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole recipes")
	}
	r := newRecipes(t)
	r.manySpecs("images")
	tool := func(name, text string) {
		if err := os.WriteFile(filepath.Join(r.bench.dir, "bin", name), []byte("#!/bin/sh -e\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := "#!/bin/sh\nexec " + filepath.Join(r.bench.dir, "bin", "lamina") + " \"$@\"\n"
	r.file("released", program)
	tool("curl", "[ \"$1 $2 $4\" = '-fsSL -o https://github.com/lamina-oci/lamina/releases/download/v0.1.0/lamina-linux-amd64' ]\ncp released \"$3\"\n")
	tool("buildkite-agent", "echo \"$*\" >>agent.txt\n")
	sum := strings.Fields(r.sh("sha256sum released"))[0]
	env := []string{"LAMINA_VERSION=v0.1.0", "LAMINA_SHA256=" + sum, "BUILDKITE_COMMIT=0a1b2c", "BUILDKITE_PARALLEL_JOB_COUNT=4"}
	commands := r.buildkite()
	in := func(label string) string { return strings.ReplaceAll(commands[label], "registry.example", r.host) }
	r.inShell(in("image"), env, "bash", "-e", "-c")
	want := regexp.MustCompile(`^meta-data set image ` + regexp.QuoteMeta(r.host) + `/me/app@sha256:[0-9a-f]{64}\n$`)
	if got := mustReadText(t, "agent.txt"); !want.MatchString(got) {
		t.Error(got)
	}
	for part := range 4 {
		r.inShell(in("images"), append(env, fmt.Sprint("BUILDKITE_PARALLEL_JOB=", part)), "bash", "-e", "-c")
	}
	r.expectImages("me/")
	cmd := exec.Command("bash", "-e", "-c", in("image"))
	cmd.Env = append(os.Environ(), "LAMINA_VERSION=v0.1.0", "LAMINA_SHA256="+strings.Repeat("0", 64), "BUILDKITE_COMMIT=0a1b2c")
	if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "sha256:") {
		t.Errorf("a program with another checksum ran: %s", out)
	}
}

// recipeFiles lists the YAML files of the recipes.
func recipeFiles(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../../fixtures/recipes/*.y*ml")
	if err != nil {
		t.Fatal(err)
	}
	list := []string{"setup-lamina/action.yml"}
	for _, name := range names {
		list = append(list, filepath.Base(name))
	}
	return list
}
