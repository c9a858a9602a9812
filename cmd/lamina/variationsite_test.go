package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
)

// site is where the variations are built.
type site struct {
	*testing.T
	dir     string // open to all users, and without blanks
	program string
	builds  sync.Map // of the program, by arguments: func() (string, error)
}

func newSite(t *testing.T) *site {
	t.Helper()
	// Not t.TempDir, whose parent only its owner may enter: builds run as nobody.
	dir, err := os.MkdirTemp("", "lamina-variations-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := &site{T: t, dir: dir, program: filepath.Join(dir, "lamina.exe")}
	// This binary is the program if LAMINA_TEST_MAIN says so, see TestMain.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, self, s.program, 0o755)
	return s
}

// product is an image that is built: names below its directory, and what came out.
type product struct {
	name, skip                  string
	directory                   string
	spec, base, repository, key string // key: "" if the base has it
	keyword, index              string // of the repository: what stands before its place, and the name of its index
	complete                    bool   // the spec names base and repository
	server                      string // URL of the repository

	first, served, dated outcome
	explained            sync.Once
}

// outcome is what a build gave.
type outcome struct {
	digest string
	layout string // "" if just the image counts
	files  map[string]string
}

// imageOnly leaves out what lies beside the image and tells how it was built.
func (o *outcome) imageOnly() *outcome { return &outcome{digest: o.digest} }

func (s *site) fixture() *product {
	p := &product{name: "fixture", directory: filepath.Join(s.dir, "fixture"), spec: "lamina.yaml", complete: true, base: "base.tar.gz", repository: "repository",
		index: "APKINDEX.tar.gz"}
	copyDirectory(s.T, "../../fixtures/nginx", p.directory, copying{})
	copyFile(s.T, filepath.Join(p.directory, p.base), filepath.Join(p.directory, "base-x86_64.tar.gz"), 0o644)
	return p
}

// ownFormat has packages of OpenWrt's kind in apk 3's own format, and a file large enough that its segment is kept.
func (s *site) ownFormat() *product {
	p := &product{name: "own format", directory: filepath.Join(s.dir, "own-format"), spec: "lamina.yaml", complete: true,
		base: "base.tar.gz", repository: "repository", keyword: "v3 ", index: "Packages.adb", key: fixtures.ECKeyName}
	write := func(name, content string) {
		name = filepath.Join(p.directory, name)
		if err := errors.Join(makeDirectory(filepath.Dir(name)), os.WriteFile(name, []byte(content), 0o644)); err != nil {
			s.Fatal(err)
		}
	}
	base, err := fixtures.Base{APKTools: "3.0.1-r0", Files: []fixtures.File{{Path: "bin/sh", Mode: 0o755, Content: "stand-in for a shell\n"}}}.TarGzip()
	if err != nil {
		s.Fatal(err)
	}
	repository := fixtures.OpenWrt("stand-in for a program\n")
	repository.Format = fixtures.ADBFormat
	// without base-files
	repository.Packages[slices.IndexFunc(repository.Packages, func(p fixtures.Package) bool { return p.Name == "hello" })].Depends = "libc"
	repository.Packages = append(repository.Packages,
		fixtures.Package{Name: "large", Files: []fixtures.File{{Path: "usr/share/large", Content: string(manyKinds(40 << 10))}}})
	files, err := repository.Files()
	if err != nil {
		s.Fatal(err)
	}
	for name, content := range files {
		write(p.repository+"/"+name, string(content))
	}
	write(p.base, string(base))
	write(p.key, fixtures.ECPublicKeyPEM)
	write(p.spec, "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [v3 ./repository]\nkeys: ["+p.key+"]\npackages: [hello, large]\n")
	return p
}

// corpus takes just the packages that are installed out of the corpus.
func (s *site) corpus() *product {
	p := &product{name: "corpus", directory: filepath.Join(s.dir, "corpus"), spec: "corpus.yaml",
		base: "root.tar.gz", repository: "repo", index: "APKINDEX.tar.gz", key: "corpus@lamina-1.rsa.pub"}
	corpus := os.Getenv("LAMINA_CORPUS")
	if corpus == "" {
		if os.Getenv("CI") == "true" {
			s.Fatal("LAMINA_CORPUS is not set")
		}
		p.skip = "LAMINA_CORPUS is not set"
		return p
	}
	corpus = filepath.Join(corpus, "alpine-3.19")
	root := filepath.Join(corpus, "alpine-minirootfs-3.19.4-x86_64.tar.gz")
	key := filepath.Join(corpus, "keys", p.key)
	for _, name := range []string{p.spec, "nginx.conf", "index.html"} {
		copyFile(s.T, filepath.Join("../../fixtures/nginx", name), filepath.Join(p.directory, name), 0o644)
	}
	copyFile(s.T, root, filepath.Join(p.directory, p.base), 0o644)
	copyFile(s.T, key, filepath.Join(p.directory, p.key), 0o644)

	lockName := filepath.Join(s.dir, "corpus.lock")
	var stdout, stderr bytes.Buffer
	if run(context.Background(), []string{"lock", "-f", filepath.Join(p.directory, p.spec), "--base", "rootfs:" + root,
		"--repository", filepath.Join(corpus, "repo"), "--key", key, "--lock", lockName}, &stdout, &stderr) != 0 {
		s.Fatalf("lamina lock: %s", stderr.String())
	}
	f, err := os.Open(lockName)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	locked, err := lock.Read(f)
	if err != nil {
		s.Fatal(err)
	}
	files := []string{"x86_64/APKINDEX.tar.gz"}
	for _, c := range locked.Platforms[0].Changes {
		if c.Package != nil {
			files = append(files, c.URL)
		}
	}
	for _, name := range files {
		copyFile(s.T, filepath.Join(corpus, "repo", name), filepath.Join(p.directory, p.repository, name), 0o644)
	}
	return p
}

// attempt is one build.
type attempt struct {
	*testing.T
	*site
	*product
	directory string   // with the product's inputs; "" is the working directory
	work      string   // a directory of its own that every user may write to
	wrap      []string // command in front of the program
	program   string
	dir       string // working directory
	env       map[string]string

	base, repositoryURL string // instead of the product's
	transport, output   string
	flags               []string
	specAlone           bool // base and repository are not named but in the spec
	otherClock          bool // the program prints its year first

	want *outcome
}

func (s *site) attempt(t *testing.T, p *product, name string) *attempt {
	t.Helper()
	work := filepath.Join(s.dir, strings.NewReplacer(" ", "-", ",", "").Replace(p.name+" "+name))
	a := &attempt{T: t, site: s, product: p, directory: p.directory, work: work, program: s.program, dir: work,
		transport: "oci:", output: filepath.Join(work, "image")}
	a.env = map[string]string{
		"LAMINA_TEST_MAIN": "1",
		"GORACE":           "atexit_sleep_ms=0", // else each process waits a second for races
		"PATH":             os.Getenv("PATH"),
		"HOME":             a.under("home"),
		"XDG_CACHE_HOME":   a.under("cache"),
		"TMPDIR":           a.under("tmp"),
		"LocalAppData":     a.under("cache"), // these two on Windows
		"TMP":              a.under("tmp"),
	}
	for _, dir := range []string{work, a.env["TMPDIR"]} {
		if err := errors.Join(makeDirectory(dir), os.Chmod(dir, 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// under is a path in the attempt's own directory.
func (a *attempt) under(name string) string { return filepath.Join(a.work, name) }

// at is the path of an input.
func (a *attempt) at(name string) string { return filepath.Join(a.directory, name) }

// args are those of a command on the product's inputs.
func (a *attempt) args(command string) []string {
	args := []string{command, "-f", a.at(a.spec)}
	if a.specAlone {
		return args
	}
	if a.base == "" {
		args = append(args, "--base", "rootfs:"+a.at(a.product.base))
	} else {
		args = append(args, "--base", a.base)
	}
	if a.repositoryURL == "" {
		repository := a.at(a.repository)
		if a.keyword != "" && !filepath.IsAbs(repository) {
			repository = "./" + repository // or the keyword would be a part of the path
		}
		args = append(args, "--repository", a.keyword+repository)
	} else {
		args = append(args, "--repository", a.repositoryURL)
	}
	if a.key != "" {
		args = append(args, "--key", a.at(a.key))
	}
	return append(args, a.flags...)
}

// build returns the digest that is printed.
func (a *attempt) build() string {
	a.Helper()
	digest, err := a.try()
	if err != nil {
		a.Fatal(err)
	}
	return digest
}

func (a *attempt) try() (string, error) {
	return a.start(append(a.args("build"), "-o", a.transport+a.output+":latest")...)
}

// lamina runs a command to its good end.
func (a *attempt) lamina(args ...string) {
	a.Helper()
	if _, err := a.start(args...); err != nil {
		a.Fatal(err)
	}
}

// start runs the program and returns what it prints.
func (a *attempt) start(args ...string) (string, error) {
	line := slices.Concat(a.wrap, []string{a.program}, args)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = a.dir
	for _, name := range slices.Sorted(maps.Keys(a.env)) {
		cmd.Env = append(cmd.Env, name+"="+a.env[name])
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%q in %s: %w\n%s%s", line, a.dir, err, stdout.String(), stderr.String())
	}
	printed := stdout.String()
	if a.otherClock {
		var isOther bool
		if printed, isOther = strings.CutPrefix(printed, "2000\n"); !isOther {
			return "", fmt.Errorf("printed %q, want the year 2000 first", printed)
		}
	}
	return strings.TrimSpace(printed), nil
}

// outcome builds and returns all that came out.
func (a *attempt) outcome() outcome {
	a.Helper()
	digest := a.build()
	if !strings.HasPrefix(digest, "sha256:") {
		a.Fatalf("lamina build printed %q, want the manifest's digest", digest)
	}
	if a.transport != "oci:" {
		return outcome{digest: digest}
	}
	out := outcome{digest: digest, layout: a.output}
	if !filepath.IsAbs(out.layout) {
		out.layout = filepath.Join(a.dir, out.layout)
	}
	out.files = a.files(out.layout)
	for name, sum := range out.files {
		if blob, ok := strings.CutPrefix(name, "blobs/sha256/"); ok && blob != sum {
			a.Errorf("blob %s has the digest %s", blob, sum)
		}
	}
	if _, ok := out.files["blobs/sha256/"+strings.TrimPrefix(digest, "sha256:")]; !ok {
		a.Errorf("manifest %s is not in the layout", digest)
	}
	return out
}

// check builds and holds what comes out against what is wanted.
func (a *attempt) check() {
	a.Helper()
	got := a.outcome()
	if got.digest != a.want.digest {
		a.Errorf("%s: the manifest is %s, want %s", a.Name(), got.digest, a.want.digest)
		a.explained.Do(func() { a.explain(got) })
		return
	}
	if a.want.layout == "" {
		return
	}
	if diff := cmp.Diff(a.want.files, got.files); diff != "" {
		a.Errorf("%s: the image is the same, but not all of the layout (-want +got):\n%s", a.Name(), diff)
		for _, layout := range []string{a.want.layout, got.layout} {
			index, _ := os.ReadFile(filepath.Join(layout, "index.json"))
			a.Logf("%s", index)
		}
	}
}

// explain says what differs, once for a product.
func (a *attempt) explain(got outcome) {
	if got.layout == "" {
		return
	}
	first := a.want.layout
	if first == "" {
		first = a.first.layout
	}
	var texts [2]string
	for i, layout := range []string{first, got.layout} {
		base, err := transport.OpenBase(context.Background(), oci.Reference{Transport: oci.TransportLayout, Path: layout, Name: "latest"},
			oci.Platform{OS: "linux", Architecture: "amd64"}, transport.Options{})
		if err != nil {
			a.Error(err)
			return
		}
		defer base.Close()
		texts[i] = strings.NewReplacer(",", ",\n", "{", "{\n", "}", "\n}").Replace(string(base.RawManifest) + string(base.RawConfig))
	}
	a.Logf("manifest and config (-want +got):\n%s", cmp.Diff(texts[0], texts[1]))
	var stdout, stderr bytes.Buffer
	run(context.Background(), []string{"diff", "oci:" + first + ":latest", "oci:" + got.layout + ":latest"}, &stdout, &stderr)
	a.Logf("lamina diff:\n%.20000s", stdout.String()+stderr.String())
}

// files returns the hash of each file in a directory.
func (a *attempt) files(dir string) map[string]string {
	a.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		name, err = filepath.Rel(dir, name)
		name = filepath.ToSlash(name)
		sum := sha256.Sum256(content)
		all[name] = hex.EncodeToString(sum[:])
		switch filepath.Base(filepath.Dir(name)) {
		case "chains", "layers", "listings", "segments", "tars", "trees":
			// Each time it is sealed, an entry has other bytes, though the same content.
			all[name] = fmt.Sprint(len(content), " bytes")
		}
		return err
	})
	if err != nil {
		a.Fatal(err)
	}
	return all
}

// manifestOf returns the digest of a platform's manifest.
func manifestOf(t *testing.T, layout, platform string) string {
	t.Helper()
	wanted, err := oci.ParsePlatform(platform)
	if err != nil {
		t.Fatal(err)
	}
	base, err := transport.OpenBase(context.Background(), oci.Reference{Transport: oci.TransportLayout, Path: layout, Name: "latest"}, wanted,
		transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer base.Close()
	return base.Manifest.Digest.String()
}
