package main

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/chroottest"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestEndToEndDistribution makes a release twice and looks at its files as those do who use them: the binary, the image (with
// skopeo), the package (with Alpine's apk), the APKBUILD (with a shell) and the action that installs it.
func TestEndToEndDistribution(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs git, GNU tar, skopeo, curl and LAMINA_CORPUS")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("runs the binary for amd64")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	e := &e2e{T: t, dir: t.TempDir()}
	certificates := fixtures.Package{Name: "ca-certificates-bundle", Version: "20260101-r0",
		Files: []fixtures.File{{Path: "etc/ssl/certs/ca-certificates.crt", Content: "none\n"}}}
	for _, arch := range []string{"x86_64", "aarch64"} {
		certificates.Arch = arch
		if err := (fixtures.Repository{Arch: arch, Packages: []fixtures.Package{certificates}}).Write(e.path("repository")); err != nil {
			t.Fatal(err)
		}
	}
	key := e.path(fixtures.KeyName)
	if err := os.WriteFile(key, []byte(fixtures.PublicKeyPEM), 0o644); err != nil {
		t.Fatal(err)
	}
	sources := []string{"--repository", e.path("repository"), "--key", key}
	const version = "v7.8.9"
	dist := e.path("dist")
	said := e.run(filepath.Join(root, ".ci/release"), append([]string{"--check", "--version", version}, append(sources, dist)...)...)

	e.lamina = filepath.Join(dist, "lamina-linux-amd64")
	t.Run("Files", func(t *testing.T) { e.with(t).releaseFiles(dist) })
	t.Run("Binary", func(t *testing.T) { e.with(t).releaseBinary(version) })
	t.Run("Image", func(t *testing.T) { e.with(t).releaseImage(dist, version, said, sources) })
	t.Run("Package", func(t *testing.T) {
		e.with(t).releasePackage(filepath.Join(dist, "lamina-7.8.9-r0.x86_64.apk"), version)
	})
	t.Run("APKBUILD", func(t *testing.T) { e.with(t).apkbuild(root) })
	t.Run("Action", func(t *testing.T) {
		releases := e.path("releases")
		if err := os.MkdirAll(releases, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(dist, filepath.Join(releases, version)); err != nil {
			t.Fatal(err)
		}
		lines := strings.Fields(said)
		program, out, err := setupLamina(t, releases, version, lines[len(lines)-1], "Linux", "X64")
		if err != nil || !strings.Contains(out, "lamina "+version) || !strings.Contains(e.with(t).run(program, "version"), version) {
			t.Errorf("%v: %s", err, out)
		}
	})
}

func (e *e2e) releaseFiles(dist string) {
	var names []string
	entries, err := os.ReadDir(dist)
	if err != nil {
		e.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := []string{
		"SHA256SUMS", "lamina-7.8.9-r0.aarch64.apk", "lamina-7.8.9-r0.x86_64.apk", "lamina-darwin-amd64", "lamina-darwin-arm64",
		"lamina-image-amd64.cyclonedx.json", "lamina-image-amd64.spdx.json", "lamina-image-arm64.cyclonedx.json", "lamina-image-arm64.spdx.json",
		"lamina-image.tar", "lamina-linux-amd64", "lamina-linux-arm64", "lamina-manual.tar.gz", "lamina-windows-amd64.exe", "lamina-windows-arm64.exe",
	}
	if !slices.Equal(names, want) {
		e.Errorf("files %v", names)
	}
	sums := exec.Command("sha256sum", "-c", "--quiet", "SHA256SUMS")
	sums.Dir = dist
	e.must(sums)
	if n := strings.Count(mustReadText(e.T, filepath.Join(dist, "SHA256SUMS")), "\n"); n != len(want)-1 {
		e.Errorf("%d checksums", n)
	}
	manual := e.run("tar", "tzf", filepath.Join(dist, "lamina-manual.tar.gz"))
	for _, name := range []string{
		"./share/man/man1/lamina-build.1", "./share/man/man1/lamina-spec.1", "./share/bash-completion/completions/lamina",
		"./share/zsh/site-functions/_lamina", "./share/fish/vendor_completions.d/lamina.fish",
	} {
		if !strings.Contains(manual, name+"\n") {
			e.Errorf("the manual has no %s", name)
		}
	}
	for arch := range map[string]bool{"amd64": true, "arm64": true} {
		var document struct{ Packages []struct{ Name string } }
		if err := json.Unmarshal([]byte(mustReadText(e.T, filepath.Join(dist, "lamina-image-"+arch+".spdx.json"))), &document); err != nil {
			e.Fatal(err)
		}
		if !slices.Contains(document.Packages, struct{ Name string }{"ca-certificates-bundle"}) {
			e.Errorf("%s: packages %v", arch, document.Packages)
		}
	}
}

func (e *e2e) releaseBinary(version string) {
	if out := e.run(e.lamina, "version"); !strings.HasPrefix(out, "lamina "+version+" (go") {
		e.Errorf("version: %s", out)
	}
	program, err := elf.Open(e.lamina)
	if err != nil {
		e.Fatal(err)
	}
	defer program.Close()
	if slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		e.Error("the binary is not static")
	}
}

func (e *e2e) releaseImage(dist, version, said string, sources []string) {
	image := "oci-archive:" + filepath.Join(dist, "lamina-image.tar") + ":" + version
	var index struct {
		Manifests []struct {
			Platform struct{ Architecture string }
		}
	}
	if err := json.Unmarshal([]byte(e.run("skopeo", "inspect", "--raw", image)), &index); err != nil {
		e.Fatal(err)
	}
	if len(index.Manifests) != 2 || index.Manifests[0].Platform.Architecture != "amd64" || index.Manifests[1].Platform.Architecture != "arm64" {
		e.Errorf("index %+v", index)
	}
	if digest := regexp.MustCompile(`image (sha256:[0-9a-f]{64})`).FindStringSubmatch(said); digest == nil || e.skopeoDigest(image) != digest[1] {
		e.Errorf("%s, but the digest is %s", said, e.skopeoDigest(image))
	}
	if out := e.run(e.lamina, append([]string{"verify", image, "--no-cache"}, sources...)...); strings.Count(out, "reproduced sha256:") != 2 {
		e.Errorf("verify: %s", out)
	}
	e.run("umoci", "unpack", "--rootless", "--image", e.unpackedImage(image)+":latest", e.path("bundle"))
	if out := e.run(e.path("bundle/rootfs/usr/bin/lamina"), "version"); !strings.Contains(out, version) {
		e.Errorf("the image's program prints %s", out)
	}
}

// unpackedImage copies an image's own platform into a layout, which umoci reads.
func (e *e2e) unpackedImage(image string) string {
	layout := e.path("image")
	e.run("skopeo", "copy", "-q", "--override-arch", "amd64", image, "oci:"+layout+":latest")
	return layout
}

// releasePackage installs the package with apk on Alpine's root file system, which has no glibc.
func (e *e2e) releasePackage(file, version string) {
	root := e.path("alpine")
	if err := os.MkdirAll(root, 0o755); err != nil {
		e.Fatal(err)
	}
	e.run("tar", "xzf", chroottest.Minirootfs(e), "-C", root)
	if err := os.WriteFile(filepath.Join(root, "lamina.apk"), []byte(mustReadText(e.T, file)), 0o644); err != nil {
		e.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"/sbin/apk", "add", "--no-network", "--allow-untrusted", "/lamina.apk"}, "Installing lamina (7.8.9-r0)"},
		{[]string{"/usr/bin/lamina", "version"}, "lamina " + version},
		{[]string{"/sbin/apk", "info", "-L", "lamina"}, "usr/share/man/man1/lamina-build.1\n"},
		{[]string{"/sbin/apk", "info", "-w", "lamina"}, "https://github.com/lamina-oci/lamina\n"},
	} {
		result, err := chroottest.Command{Root: root, Args: step.args}.Run()
		if err != nil || result.Status != 0 || !strings.Contains(result.Stdout, step.want) {
			e.Errorf("%v: %+v, %v", step.args, result, err)
		}
	}
}

// apkbuild runs the functions of the APKBUILD as abuild does, but for its checks, over a copy of the source.
func (e *e2e) apkbuild(root string) {
	e.run("cp", "-r", root, e.path("source"))
	script := exec.Command("sh", "-euc", `. ./fixtures/recipes/alpine/APKBUILD; pkgver=7.8.9 pkgdir=$1; build; package; echo "$subpackages"`,
		"sh", e.path("pkg"))
	script.Dir = e.path("source")
	subpackages := e.must(script)
	var files []string
	err := filepath.WalkDir(e.path("pkg"), func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(name, e.path("pkg")))
		}
		return err
	})
	if err != nil || len(files) < 20 || !slices.Contains(files, "/usr/share/zsh/site-functions/_lamina") || !strings.Contains(subpackages, "lamina-doc") {
		e.Errorf("%v: %v, %s", err, files, subpackages)
	}
	if mustReadText(e.T, e.path("pkg/usr/bin/lamina")) != mustReadText(e.T, e.lamina) {
		e.Error("the APKBUILD makes another binary than the release")
	}
}

// TestSetupLamina runs the action with releases that are what they should be, and that are not.
func TestSetupLamina(t *testing.T) {
	for _, name := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	const program = "#!/bin/sh\necho lamina v7.8.9\n"
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	sums := hash(program) + "  lamina-linux-amd64\n" + hash(program) + "  lamina-darwin-arm64\n" + hash(program) + "  lamina-windows-amd64.exe\n"
	for _, test := range []struct {
		name, os, arch, program, sums, want string
	}{
		{"Linux", "Linux", "X64", program, sums, ""},
		{"macOS", "macOS", "ARM64", program, sums, ""},
		{"Windows", "Windows", "X64", program, sums, ""},
		{"altered program", "Linux", "X64", program + "# more\n", sums, "lamina-linux-amd64 of v7.8.9 does not match SHA256SUMS"},
		{"another program's checksum", "Linux", "ARM64", program, sums, "lamina-linux-arm64 of v7.8.9 does not match SHA256SUMS"},
		{"altered checksums", "Linux", "X64", program, sums + "\n", "SHA256SUMS of v7.8.9 has the SHA-256 " + hash(sums+"\n") + ", not " + hash(sums)},
		{"missing program", "Linux", "X64", "", sums, "404"},
		{"other system", "FreeBSD", "X64", program, sums, "there is no release for FreeBSD"},
		{"other machine", "Linux", "X86", program, sums, "there is no release for X86"},
	} {
		t.Run(test.name, func(t *testing.T) {
			releases := t.TempDir()
			files := map[string]string{"SHA256SUMS": test.sums}
			if test.program != "" {
				for _, name := range []string{"lamina-linux-amd64", "lamina-linux-arm64", "lamina-darwin-arm64", "lamina-windows-amd64.exe"} {
					files[name] = test.program
				}
			}
			for name, text := range files {
				if err := os.MkdirAll(filepath.Join(releases, "v7.8.9"), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(releases, "v7.8.9", name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			installed, out, err := setupLamina(t, releases, "v7.8.9", hash(sums), test.os, test.arch)
			if test.want == "" && (err != nil || mustReadText(t, installed) != program) {
				t.Errorf("%v: %s", err, out)
			}
			if test.want != "" && (err == nil || installed != "" || !strings.Contains(out, test.want)) {
				t.Errorf("%v, installed %q: %s; want %s", err, installed, out, test.want)
			}
		})
	}
}

// setupLamina runs the action's step as GitHub does, over a directory of releases, and returns the program that is then
// found in PATH.
func setupLamina(t *testing.T, releases, version, sums, system, arch string) (program, out string, err error) {
	t.Helper()
	var action struct {
		Runs struct {
			Steps []struct {
				Shell, Run string
				Env        map[string]string
			}
		}
	}
	r := &recipes{bench: &bench{t, ""}, dir: "../../fixtures/recipes"}
	r.parse("setup-lamina/action.yml", &action)
	server := httptest.NewServer(http.FileServer(http.Dir(releases)))
	defer server.Close()
	temp := t.TempDir()
	path := filepath.Join(temp, "path")
	step := action.Runs.Steps[0]
	if len(action.Runs.Steps) != 1 || step.Shell != "bash" {
		t.Fatalf("%+v", action)
	}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
	cmd.Dir = temp
	cmd.Env = append(os.Environ(), "RUNNER_OS="+system, "RUNNER_ARCH="+arch, "RUNNER_TEMP="+temp, "GITHUB_PATH="+path)
	values := strings.NewReplacer("${{ inputs.version }}", version, "${{ inputs.sums }}", sums, "${{ inputs.url }}", server.URL)
	for name, value := range step.Env {
		cmd.Env = append(cmd.Env, name+"="+values.Replace(value))
	}
	text, err := cmd.CombinedOutput()
	if added, failed := os.ReadFile(path); failed == nil {
		program = filepath.Join(strings.TrimSpace(string(added)), "lamina")
		if system == "Windows" {
			program += ".exe"
		}
	}
	return program, string(text), err
}
