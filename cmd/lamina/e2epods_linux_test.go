package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEndToEndPods runs the pods of the recipes in podman as the restricted policy has them: an arbitrary uid, no capability, a root file
// system that cannot be written to. Their images are those of self.yaml and ci.yaml.
func TestEndToEndPods(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, podman, runc, git and LAMINA_CORPUS")
	}
	e := newE2E(t)
	e.Cleanup(func() { e.podman("rmi", "-a", "-f").Run() })
	r := newRecipes(t)
	corpus := []string{"--platform", "linux/amd64", "--repository", filepath.Join(e.corpus, "repo"), "--key",
		filepath.Join(e.corpus, "keys", "corpus@lamina-1.rsa.pub")}
	// The lines of the page of recipes, with a program that is compiled already.
	r.sh("mkdir -p root/usr/bin && cp " + e.lamina + " root/usr/bin/lamina && tar --owner=0 --group=0 -C root -cf lamina-x86_64.tar .")
	for _, name := range []string{"self.yaml", "ci.yaml"} {
		r.file(name, strings.ReplaceAll(r.read(name), "registry.example", r.host))
	}
	e.run(e.lamina, append([]string{"build", "-q", "-f", "self.yaml", "-o", "docker://" + r.host + "/lamina:v0.1.0"}, corpus...)...)
	e.run(e.lamina, append([]string{"build", "-q", "-f", "ci.yaml", "-o", "docker://" + r.host + "/lamina-ci:v0.1.0",
		"--base", "rootfs:" + filepath.Join(e.corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz")}, corpus...)...)
	r.file("lamina.yaml", "base: rootfs:"+filepath.Join(r.bench.dir, "base.tar.gz")+"\npackages: [nginx]\n")
	r.manySpecs("images")
	r.sh("chown -R 23456 images.git") // git reads no repository of somebody else
	for _, p := range r.pods() {
		t.Run(p.name, func(t *testing.T) {
			e := e.with(t)
			shard, image := "", "/me/app:1"
			if p.shards != nil {
				shard = "1" + strings.TrimPrefix(p.shards[0], "1") // the first part, by whatever it is counted
				if p.shards[0] == "0" {
					shard = "1"
				}
				image = "/me/a:latest" // which an earlier pod may have built
			}
			run := newPodRun(r, p, shard)
			run.start = e.startRestricted
			code, out := run.run()
			if code != 0 || strings.Contains(out, "warning") {
				t.Fatalf("exit code %d: %s", code, out)
			}
			r.sh("lamina inspect --json docker://" + r.host + image + " >/dev/null")
			if p.name == "tekton.yaml lamina-build" {
				if digest := mustReadText(t, filepath.Join(run.volumes["results"], "digest")); !strings.HasPrefix(digest, "sha256:") {
					t.Errorf("digest %q", digest)
				}
			}
		})
	}
}

// startRestricted runs a container in podman. What the test made, the base and the repository, is at its own path, to be read only.
func (e *e2e) startRestricted(p *podRun, c *container, argv, env []string) (int, string) {
	args := []string{"run", "--rm", "--pull", "newer", "--tls-verify=false", "--network", "host", "--user", "23456:0", "--read-only", "--read-only-tmpfs=false",
		"--cap-drop", "ALL",
		"--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "-v", p.bench.dir + ":" + p.bench.dir + ":ro"}
	for path, dir := range p.mounts(c) {
		mode := ""
		if slices.ContainsFunc(c.VolumeMounts, func(m volumeMount) bool { return m.MountPath == path && m.ReadOnly }) {
			mode = ":ro"
		}
		args = append(args, "-v", dir+":"+path+mode)
	}
	for _, text := range env {
		args = append(args, "-e", text)
	}
	if c.WorkingDir != "" {
		args = append(args, "-w", p.values.Replace(c.WorkingDir))
	}
	args = append(append(args, "--entrypoint", argv[0], strings.Replace(c.Image, "registry.example", p.host, 1)), argv[1:]...)
	cmd := e.podman(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if _, isExit := err.(*exec.ExitError); !isExit {
			p.t.Fatal(err)
		}
	}
	return cmd.ProcessState.ExitCode(), out.String()
}
