package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestExamples runs what --help shows of each command, as it stands there, where there is what it names. A registry in
// memory takes the place of those that are named.
func TestExamples(t *testing.T) {
	hub := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer hub.Close()
	databases := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"packages": []}`) }))
	defer databases.Close()
	b := newBench(t)
	packages := append(goodPackages(), fixtures.Package{Name: "curl"})
	packages[1].Provides = "so:libz.so.1=1.3"
	b.repository(fixtures.Repository{Packages: packages})
	b.base(fixtures.Base{APKTools: "3.0.1-r0", Repositories: []string{b.serve()}})
	const minirootfs = "alpine-minirootfs.tar.gz"
	if err := os.Rename("base.tar.gz", minirootfs); err != nil {
		t.Fatal(err)
	}
	b.file("lamina.yaml", "base: rootfs:"+minirootfs+"\npackages: [nginx]\n")
	must := func(args ...string) {
		t.Helper()
		if code, _, stderr := b.lamina(args...); code != exit.Done {
			t.Fatalf("%v: exit code %d: %s", args, code, stderr)
		}
	}
	for _, output := range []string{"oci:image:latest", "oci:image:before", "oci:base:latest", "oci-archive:image.tar:latest"} {
		must("build", "-f", "lamina.yaml", "-o", output)
	}
	b.directory("images")
	b.file("images/lamina.yaml", "base: rootfs:../"+minirootfs+"\npackages: [nginx]\n")
	b.file("report.json", `{"images": []}`)
	host := strings.TrimPrefix(hub.URL, "http://")
	b.file("Dockerfile", "FROM "+host+"/library/alpine:3.22\nCOPY lamina.yaml /\n")
	b.file("apko.yaml", "contents: {packages: [nginx]}\narchs: [amd64]\n")
	must("push", "oci:base:latest", "docker://"+host+"/library/alpine:3.22")
	must("lock", "-f", "lamina.yaml", "--vendor", "packages")

	ran := make(map[string]bool)
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Name() == "init" { // does not write over a spec that is there
			for _, name := range []string{"image", "base"} {
				if err := os.CopyFS(filepath.Join(b.directory("new"), name), os.DirFS(name)); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(b.directory("new"))
		}
		for line := range strings.Lines(cmd.Example) {
			example := strings.TrimSpace(line)
			command, file, isRedirected := strings.Cut(example, " >")
			args := strings.Fields(strings.NewReplacer("registry.example", host, "docker.io", host, "https://secdb.alpinelinux.org",
				databases.URL).Replace(command))
			code, stdout, stderr := b.lamina(args[1:]...)
			if code != exit.Done || isRedirected && (stdout == "" || file == "") {
				t.Errorf("%s: exit code %d: %s", example, code, stderr)
			}
			ran[cmd.Name()] = true
		}
		t.Chdir(b.dir)
		for _, sub := range cmd.Commands() {
			if sub.Name() != "completion" {
				visit(sub)
			}
		}
	}
	visit(newCommand(os.Stdout, os.Stderr))
	for _, name := range []string{"bake", "build", "convert", "init", "inspect", "lock", "man", "prune", "push", "resolve", "verify"} {
		if !ran[name] {
			t.Errorf("no example of %s", name)
		}
	}
}
