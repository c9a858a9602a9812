package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

const goldenDigests = "testdata/golden-digests"

// digestsMoved is what to do about a digest that is another one than the golden.
const digestsMoved = `The bytes of images have changed: the same inputs, and the same lock, gave users
another image before. Find out why:

  tar         what is in the layer, the order of its entries, or their headers. If
              that is wanted, count up "rules" in layer/recipe.go, so that a lock
              tells by which rules it was made.
  layer       alone, with the same tar: the compressor. Look in go.mod whether
              klauspost/compress or klauspost/pgzip is another version, and name it in
              layer/recipe.go; if not, something cuts or compresses in another way,
              and "rules" is to be counted up.
  config      without the layer: oci/config.go, or a member that image-spec's Go
              structures or encoding/json write in another way.
  manifest    alone: oci/image.go and the annotations, which name the recipe and the
              digest of what is locked.
  all of it   for one input: fixtures/nginx, or package fixtures, is another one.

What moves without a wish is a bug. For what is wanted, write the new digests down and
say in the commit what moved them:

  LAMINA_CORPUS=… go test ./cmd/lamina -run TestGoldenDigests -update`

// TestGoldenDigests fails when an image that was built before is not what it was: by
// a change here, in a dependency, or in Go. It runs wherever the tests do, so that
// systems and processors are held against each other as well. Without a corpus the
// images from it are left out, and -update leaves their digests as they are.
func TestGoldenDigests(t *testing.T) {
	want := readDigests(t, goldenDigests)
	got := new(digestList)
	nginx := "../../fixtures/nginx/"
	goldenFixtures(t, got, nginx)
	goldenCompression(t, got, nginx)
	goldenOwnFormat(t, got)
	if corpus := os.Getenv("LAMINA_CORPUS"); corpus != "" {
		dir := filepath.Join(corpus, "alpine-3.19")
		layout, _ := buildHere(t, "", "-f", nginx+"corpus.yaml",
			"--base", "rootfs:"+filepath.Join(dir, "alpine-minirootfs-3.19.4-x86_64.tar.gz"),
			"--repository", filepath.Join(dir, "repo"), "--key", filepath.Join(dir, "keys", "corpus@lamina-1.rsa.pub"))
		got.image(t, "corpus linux/amd64", layout, "linux/amd64")
	} else if os.Getenv("CI") == "true" {
		t.Fatal("LAMINA_CORPUS is not set")
	} else {
		t.Log("LAMINA_CORPUS is not set: images from it are left out")
		got.keep(want, "corpus ")
	}
	if *update {
		if err := os.WriteFile(goldenDigests, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if moved := want.moved(got); len(moved) > 0 {
		t.Errorf("%s has other digests:\n\n%s\n\n%s", goldenDigests, strings.Join(moved, "\n"), digestsMoved)
	}
}

// goldenFixtures builds the fixture for both of its platforms.
func goldenFixtures(t *testing.T, got *digestList, nginx string) {
	// A base for each platform is found by Alpine's name of the architecture.
	dir := t.TempDir()
	copyFile(t, nginx+"base.tar.gz", filepath.Join(dir, "base-x86_64.tar.gz"), 0o644)
	copyFile(t, nginx+"base-aarch64.tar.gz", filepath.Join(dir, "base-aarch64.tar.gz"), 0o644)
	args := []string{"-f", nginx + "lamina.yaml", "--base", "rootfs:" + filepath.Join(dir, "base-${APK_ARCH}.tar.gz"),
		"--platform", "linux/amd64", "--platform", "linux/arm64"}
	layout, printed := buildHere(t, "", args...)
	got.add("fixture index", printed)
	got.image(t, "fixture linux/amd64", layout, "linux/amd64")
	got.image(t, "fixture linux/arm64", layout, "linux/arm64")
	layout, _ = buildHere(t, datedEpoch, args...)
	got.image(t, "fixture at "+datedEpoch+" linux/amd64", layout, "linux/amd64")
}

// goldenCompression builds an image with one file that keeps the compressor busy: of
// several blocks, and of many kinds. No package is in the way, whose own compression
// would be another one with another compressor.
func goldenCompression(t *testing.T, got *digestList, nginx string) {
	dir := t.TempDir()
	spec := "files: [{source: kinds, path: /usr/share/kinds}]\n"
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "spec.yaml"), []byte(spec), 0o644),
		os.WriteFile(filepath.Join(dir, "kinds"), manyKinds(256<<10), 0o644)); err != nil {
		t.Fatal(err)
	}
	layout, _ := buildHere(t, "", "-f", filepath.Join(dir, "spec.yaml"), "--base", "rootfs:"+nginx+"base.tar.gz")
	got.image(t, "compression linux/amd64", layout, "linux/amd64")
}

// goldenOwnFormat builds from a repository in apk 3's own format, without a base.
func goldenOwnFormat(t *testing.T, got *digestList) {
	dir := t.TempDir()
	key := filepath.Join(dir, fixtures.ECKeyName)
	if err := errors.Join(fixtures.OpenWrt("stand-in for a program\n").Write(dir), os.WriteFile(key, []byte(fixtures.ECPublicKeyPEM), 0o644)); err != nil {
		t.Fatal(err)
	}
	layout, _ := buildHere(t, "", "--base", "scratch", "--platform", "linux/amd64", "--repository", "ndx "+filepath.Join(dir, "packages.adb"),
		"--key", key, "hello")
	got.image(t, "own format linux/amd64", layout, "linux/amd64")
}

// manyKinds returns so many bytes of each of some kinds of content, twice: a second
// time in a mixture. They are the same always.
func manyKinds(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string { return fmt.Sprintf("%x", random.Uint32()>>random.IntN(32)) }
	words := make([]string, 500)
	for i := range words {
		words[i] = word()
	}
	kinds := []func(all []byte) []byte{
		func(all []byte) []byte { return append(all, words[random.IntN(len(words))]+" "...) },
		func(all []byte) []byte { return append(all, words[min(random.IntN(500), random.IntN(500))]+"\n"...) },
		func(all []byte) []byte { return fmt.Appendf(all, "%d,", len(all)) },
		func(all []byte) []byte { return binary.BigEndian.AppendUint64(all, random.Uint64()) },
		func(all []byte) []byte { return append(all, make([]byte, 1+random.IntN(1000))...) },
		func(all []byte) []byte { return append(all, "ab"[random.IntN(2)]) },
		func(all []byte) []byte { // bytes of before, from near or far, and one that is new
			from := max(0, len(all)-1<<(1+random.IntN(17)))
			all = append(all, all[from:min(len(all), from+1+random.IntN(400))]...)
			return append(all, byte(random.Uint32()))
		},
	}
	var all []byte
	for _, add := range kinds {
		for end := len(all) + size; len(all) < end; {
			all = add(all)
		}
	}
	for end := 2 * len(all); len(all) < end; {
		add := kinds[random.IntN(len(kinds))]
		for range random.IntN(200) {
			all = add(all)
		}
	}
	return all
}

// buildHere builds in this process.
func buildHere(t *testing.T, epoch string, args ...string) (layout, digest string) {
	t.Helper()
	layout = filepath.Join(t.TempDir(), "image")
	t.Setenv("SOURCE_DATE_EPOCH", epoch)
	var stdout, stderr bytes.Buffer
	if run(context.Background(), append([]string{"build", "-o", "oci:" + layout + ":latest"}, args...), &stdout, &stderr) != exit.Done {
		t.Fatalf("build %q: %s", args, stderr.String())
	}
	return layout, strings.TrimSpace(stdout.String())
}

// digestList is digests by name, in the order in which they were added. In a file
// each is a line: the name, a blank, the digest.
type digestList struct {
	names   []string
	digests map[string]string
}

func readDigests(t *testing.T, file string) *digestList {
	t.Helper()
	list := new(digestList)
	text, err := os.ReadFile(file)
	if err != nil && !(os.IsNotExist(err) && *update) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		at := strings.LastIndexByte(line, ' ')
		if at < 0 {
			t.Fatalf("%s: line %q has no digest", file, line)
		}
		list.add(line[:at], line[at+1:])
	}
	return list
}

func (l *digestList) add(name, value string) {
	if l.digests == nil {
		l.digests = make(map[string]string)
	}
	l.names = append(l.names, name)
	l.digests[name] = value
}

// String returns the file.
func (l *digestList) String() string {
	var b strings.Builder
	for _, name := range l.names {
		fmt.Fprintf(&b, "%s %s\n", name, l.digests[name])
	}
	return b.String()
}

// keep takes over what has a prefix.
func (l *digestList) keep(from *digestList, prefix string) {
	for _, name := range from.names {
		if strings.HasPrefix(name, prefix) {
			l.add(name, from.digests[name])
		}
	}
}

// image adds the digests of an image and of its last layer.
func (l *digestList) image(t *testing.T, name, layout, platform string) {
	t.Helper()
	wanted, err := oci.ParsePlatform(platform)
	if err != nil {
		t.Fatal(err)
	}
	image, err := transport.OpenBase(context.Background(), oci.Reference{Transport: oci.TransportLayout, Path: layout, Name: "latest"}, wanted,
		transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	last := image.Layers[len(image.Layers)-1]
	l.add(name+" manifest", image.Manifest.Digest.String())
	l.add(name+" config", digest.FromBytes(image.RawConfig).String())
	l.add(name+" layer", last.Descriptor.Digest.String())
	l.add(name+" tar", last.DiffID.String())
}

// moved tells what is not the same in two lists.
func (l *digestList) moved(now *digestList) []string {
	var lines []string
	for _, name := range now.names {
		if was := l.digests[name]; was != now.digests[name] {
			lines = append(lines, fmt.Sprintf("  %s\n    was %s\n    is  %s", name, orNone(was), now.digests[name]))
		}
	}
	for _, name := range l.names {
		if _, ok := now.digests[name]; !ok {
			lines = append(lines, fmt.Sprintf("  %s\n    was %s\n    is  not there", name, l.digests[name]))
		}
	}
	return lines
}

func orNone(value string) string {
	if value == "" {
		return "not there"
	}
	return value
}
