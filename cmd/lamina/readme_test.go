package main

import (
	"archive/tar"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestReadme runs the lamina commands of the README and of pages in docs, as they stand there, in a directory
// that is like a fresh clone. A stand-in takes the place of the root file system that
// a reader downloads, and a directory that of Alpine's server.
func TestReadme(t *testing.T) {
	var text []byte
	for _, name := range [...]string{"README.md", "docs/lock.md", "docs/caches.md", "docs/moving.md", "docs/convert.md", "docs/dockerfile.md"} {
		part, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, part...), '\n')
	}
	fixture, err := filepath.Abs("../../fixtures/nginx")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	link := func(name string) fixtures.File {
		return fixtures.File{Path: name, Type: tar.TypeSymlink, Target: "busybox"}
	}
	if err := os.CopyFS("fixtures/nginx", os.DirFS(fixture)); err != nil {
		t.Fatal(err)
	}
	packages := append(goodPackages(), fixtures.Package{Name: "curl", Version: "8.14.1-r1", Files: []fixtures.File{{Path: "usr/bin/curl", Content: "curl"}}},
		fixtures.Package{Name: "ssl_client", Version: "1.37.0-r0"})
	b.repository(fixtures.Repository{Packages: packages})
	b.base(fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Repositories: []string{b.serve()},
		Passwd: "root:x:0:0:root:/root:/bin/sh\nnginx:x:100:101:nginx:/var/lib/nginx:/sbin/nologin\n", Group: "root:x:0:root\nnginx:x:101:nginx\n",
		Files: []fixtures.File{{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "busybox"},
			{Path: "etc/busybox-paths.d/busybox", Content: "/bin/chown\n/bin/ln\n/bin/mkdir\n/bin/sh\n"},
			link("bin/chown"), link("bin/ln"), link("bin/mkdir"), link("bin/sh")}})
	const minirootfs = "alpine-minirootfs-3.22.2-x86_64.tar.gz"
	if err := os.Rename("base.tar.gz", minirootfs); err != nil {
		t.Fatal(err)
	}
	spec, err := os.ReadFile("fixtures/nginx/alpine.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const server = "https://dl-cdn.alpinelinux.org/alpine/v3.22/main"
	if !strings.Contains(string(spec), server) || !strings.Contains(string(spec), minirootfs) {
		t.Errorf("alpine.yaml does not name %s and %s", server, minirootfs)
	}
	b.file("fixtures/nginx/alpine.yaml", strings.Replace(string(spec), server, filepath.Join(b.dir, "repo"), 1))

	hub := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer hub.Close()
	host := strings.TrimPrefix(hub.URL, "http://")
	if code, _, stderr := b.lamina("build", "--base", "rootfs:"+minirootfs, "-o", "docker://"+host+"/library/alpine:3.22"); code != exit.Done {
		t.Fatal(stderr)
	}
	b.file("bare.yaml", "base: scratch\nplatforms: [linux/amd64]\nfiles: [{path: /etc/passwd, content: \"root:x:0:0:root:/root:/sbin/nologin\\n\"}]\n")
	if code, _, stderr := b.lamina("build", "-f", "bare.yaml", "-o", "docker://"+host+"/distroless/static:latest"); code != exit.Done {
		t.Fatal(stderr)
	}
	fixed := strings.NewReplacer("'", "", "registry.example", host, "gcr.io", host, "--repository alpine:3.22", "--repository repo --key "+fixtures.KeyName)
	b.file(fixtures.KeyName, fixtures.PublicKeyPEM)
	dockerfile, err := os.ReadFile("fixtures/nginx/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	b.file("fixtures/nginx/Dockerfile", strings.Replace(string(dockerfile), "FROM ", "FROM "+host+"/library/", 1))

	b.directory("dist")
	for name, content := range map[string]string{
		"Dockerfile": "FROM " + host + "/library/alpine:3.22 AS build\nCOPY dist /\nFROM " + host + "/library/alpine:3.22\nCOPY --from=build app /app\n",
		"dist/app":   "what was built elsewhere\n",
		"apko.yaml":  "contents:\n  packages: [nginx]\nentrypoint:\n  command: nginx\n",
		"1.yaml": "# syntax=dhi.io/build:2\nname: nginx 1.x\nimage: registry.example/nginx\nvariant: runtime\nplatforms: [linux/amd64]\ncontents:\n" +
			"  packages: [nginx]\n",
	} {
		b.file(name, content)
	}

	// Tests run go test; the rest is run by the end-to-end test, but for docker.
	elsewhere := regexp.MustCompile(`^(go test|git clone|CGO_ENABLED=0 go install|podman run|skopeo copy) `)
	isOutput := regexp.MustCompile(`^(lamina: |docker://|apko.yaml:|Dockerfile:|build that stage with )`)
	ran, printed, last, isFenced := 0, "", "", false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "```") {
			isFenced = !isFenced
		}
		if isFenced {
			continue // a file of another program
		}
		line, isCode := strings.CutPrefix(line, "    ")
		command, _, _ := strings.Cut(strings.TrimSpace(line), "  #")
		arguments, isLamina := strings.CutPrefix(command, "lamina ")
		if !isLamina {
			arguments, isLamina = strings.CutPrefix(command, "go run ./cmd/lamina ")
		}
		name, isReference := strings.CutSuffix(command, "@sha256:…")
		switch {
		case isReference:
			if !strings.HasPrefix(last, fixed.Replace(name)+"@sha256:") {
				t.Errorf("the build prints %s, not %s", last, command)
			}
		case strings.HasPrefix(command, "sha256:"):
			if command != printed {
				t.Errorf("the first build prints %s, not %s", printed, command)
			}
		case !isCode, command == "", isOutput.MatchString(command), elsewhere.MatchString(command):
		case isLamina:
			ran++
			args := strings.Fields(fixed.Replace(arguments))
			// diff says by its code that images differ, which those of the README do.
			want := exit.Done
			if args[0] == "diff" {
				want = exit.Failed
			}
			if args[0] == "convert" {
				os.Remove("lamina.yaml")
				args = append(args, "--allow-loss")
			}
			code, stdout, stderr := b.lamina(args...)
			last = stdout
			if code != want || stderr != "" && want == exit.Failed {
				t.Errorf("%s: exit code %d: %s", command, code, stderr)
			}
			if strings.HasPrefix(command, "go run") {
				printed = strings.TrimSpace(stdout)
			}
		default:
			t.Errorf("nothing runs %q", command)
		}
	}
	if ran < 20 {
		t.Errorf("%d commands were run", ran)
	}
}

// TestLinks: the files and headings that the README and the pages in docs link to exist.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 8 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range append(pages, "../../README.md", "../../SECURITY.md", "../../CONTRIBUTING.md", "../../CHANGELOG.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}
