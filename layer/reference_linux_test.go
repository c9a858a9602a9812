package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// The tests in this file run Alpine's own apk 2.14 on Alpine's own root file system and
// compare what it leaves behind with what a stage gives.

// reference is a root file system with an apk to work on it.
type reference struct {
	tools string // where apk is
	root  string
}

// newReference unpacks the minirootfs. It needs root, since the owners of files matter.
func newReference(t *testing.T) *reference {
	dir := apktest.Corpus(t)
	if testing.Short() {
		t.Skip("slow: apk runs on a whole root file system")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	root := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	runCommand(t, "tar", "xzpf", filepath.Join(dir, apktest.Minirootfs), "-C", root, "--numeric-owner")
	if err := syscall.Mknod(filepath.Join(root, "dev/null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Skipf("the reference's scripts need /dev/null: %v", err)
	}
	return &reference{tools: root, root: root}
}

func runCommand(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// apk runs apk on the root and returns its output.
func (r *reference) apk(t *testing.T, args ...string) string {
	t.Helper()
	loader := filepath.Join(r.tools, "lib/ld-musl-x86_64.so.1")
	ctx, cancel := context.WithTimeout(t.Context(), apkTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, loader, append([]string{
		"--library-path", filepath.Join(r.tools, "lib"), filepath.Join(r.tools, "sbin/apk"),
		"--root", r.root, "--no-network", "--no-progress", "--repositories-file", "/dev/null",
		"--keys-dir", filepath.Join(apktest.Corpus(t), "keys"),
	}, args...)...)
	command.Env = []string{"PATH=/usr/bin:/bin"}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("apk %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// apkTimeout is how long one run of apk may take.
const apkTimeout = time.Minute

var changeLine = regexp.MustCompile(
	`(?m)^\( *\d+/\d+\) (Installing|Upgrading|Downgrading|Replacing|Reinstalling|Purging) ([^ @]+)(@\S+)? \((?:(\S+) -> )?(\S+)\)$`)

// changesOf turns apk's output into what it did, in its order. Packages that stay come
// first, as the base's do that others depend on.
func changesOf(t testing.TB, output string, installed *apk.Installed, repositories ...*apktest.Repository) []stage.Change {
	t.Helper()
	var changes []stage.Change
	changed := make(map[string]bool)
	for _, m := range changeLine.FindAllStringSubmatch(output, -1) {
		name, version := m[2], m[5]
		c := stage.Change{Old: installed.Find(name), Tag: strings.TrimPrefix(m[3], "@")}
		changed[name] = true
		if m[1] != "Purging" {
			for _, r := range repositories {
				if p := r.Packages[name+"-"+version]; p != nil {
					c.New, c.Source = p, r.Source(p)
				}
			}
			if c.New == nil {
				t.Fatalf("no repository has %s-%s", name, version)
			}
		}
		changes = append(changes, c)
	}
	var stay []stage.Change
	for _, p := range installed.Packages {
		if !changed[p.Name] {
			stay = append(stay, stage.Change{Old: p, New: &p.Package, Tag: p.RepositoryTag})
		}
	}
	return append(stay, changes...)
}

// buildLike does what apk printed that it did, writes the layer, and returns base and
// layer together.
func buildLike(t *testing.T, base *tree.Tree, began time.Time, output string, world []string, repositories ...*apktest.Repository) *tree.Tree {
	t.Helper()
	var log bytes.Buffer
	var skipped []string
	if !strings.Contains(output, "Executing ") {
		for _, r := range repositories {
			for _, p := range r.Packages {
				skipped = append(skipped, p.Name)
			}
		}
	}
	s, draft, err := draftedStage(t, base, stage.Options{
		Generation: apk.V2, Arch: repositories[0].Arch, Now: began.Truncate(time.Second), Output: &log, SkipScripts: skipped,
	})
	if err != nil {
		t.Fatal(err)
	}
	items := s.World()
	for _, text := range world {
		d, err := apk.ParseDependency(strings.TrimPrefix(text, "-"), apk.V2)
		if err != nil {
			t.Fatal(err)
		}
		items = slices.DeleteFunc(items, func(other apk.Dependency) bool { return other.Name == d.Name })
		if !strings.HasPrefix(text, "-") {
			items = append(items, d)
		}
	}
	changes := changesOf(t, output, s.Installed(), repositories...)
	if err := s.Apply(context.Background(), changes, items, stage.ApplyOptions{}); err != nil {
		t.Fatalf("%v\nscripts said:\n%s\napk said:\n%s", err, &log, output)
	}
	return throughLayer(t, base, s, draft)
}

// draftedStage is a stage whose layer is drafted.
func draftedStage(t *testing.T, base *tree.Tree, o stage.Options) (*stage.Stage, *Draft, error) {
	draft := NewDraft(t.Context(), new(draftFile), DefaultRecipe(), WriteOptions{})
	t.Cleanup(draft.Close)
	o.Draft = draft
	s, err := stage.New(base, o)
	return s, draft, err
}

// throughLayer writes the layer and returns what base and layer are together.
func throughLayer(t *testing.T, base *tree.Tree, s *stage.Stage, draft *Draft) *tree.Tree {
	t.Helper()
	built, err := writtenLayer(t, base, s, draft)
	check(t, err)
	return built
}

// writtenLayer does the same, unless the layer cannot be written. The draft, if there is one, must not change it.
func writtenLayer(t *testing.T, base *tree.Tree, s *stage.Stage, draft *Draft) (*tree.Tree, error) {
	t.Helper()
	var blob bytes.Buffer
	without, err := writeLayer(context.Background(), &blob, base, s.Tree(), s.Packages(), DefaultRecipe(), WriteOptions{})
	if err != nil {
		return nil, err
	}
	if draft != nil {
		with, err := writeLayer(context.Background(), io.Discard, base, s.Tree(), s.Packages(), DefaultRecipe(), WriteOptions{Draft: draft})
		check(t, err)
		if with.Digest != without.Digest || with.DiffID != without.DiffID {
			t.Errorf("the layer is %s with a draft, %s without", with.Digest, without.Digest)
		}
	}
	z, err := gzip.NewReader(&blob)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	built := base.Clone()
	if err := built.ReadLayer(bytes.NewReader(plain), apktest.Reopen(plain)); err != nil {
		t.Fatal(err)
	}
	// Contents where they lie in memory, so that nothing is looked for twice.
	r := bytes.NewReader(plain)
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return built, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || h.Size == 0 || strings.HasPrefix(filepath.Base(h.Name), tree.WhiteoutPrefix) {
			continue
		}
		n, err := built.Lstat(h.Name)
		if err != nil {
			t.Fatal(err)
		}
		content := plain[len(plain)-r.Len():][:h.Size]
		n.Content, n.Size = tree.Bytes(content), h.Size
	}
}

func likeReference(t *testing.T, packages []string, options ...string) {
	r := newReference(t)
	repo := filepath.Join(apktest.Corpus(t), "repo")
	began := time.Now()
	output := r.apk(t, append(append([]string{"-X", repo, "add"}, options...), packages...)...)
	built := buildLike(t, apktest.BaseTree(t), began, output, packages, apktest.OpenRepository(t, repo, apk.V2))
	compareWithReference(t, r.root, built, began)
}

// TestUpgradeLikeReference installs an older nginx, changes its configuration, upgrades
// and removes it.
func TestUpgradeLikeReference(t *testing.T) {
	stepsLikeReference(t, []corpusStep{
		{"add", []string{"nginx=1.22.1-r8", "openrc"}},
		{"add", []string{"nginx>1.22.1-r8"}},
		{"del", []string{"-nginx"}},
		{"del", []string{"-openrc"}},
	})
}

// corpusStep is one run of apk on the packages of the corpus.
type corpusStep struct {
	command string
	args    []string // "-name" to delete
}

// stepsLikeReference does several runs on one root, with the configuration of nginx
// changed after each.
func stepsLikeReference(t *testing.T, steps []corpusStep) {
	t.Helper()
	r, staged := newReference(t), apktest.BaseTree(t)
	old, repo := filepath.Join(apktest.Corpus(t), "repo-old"), filepath.Join(apktest.Corpus(t), "repo")
	repositories := []*apktest.Repository{apktest.OpenRepository(t, repo, apk.V2), apktest.OpenRepository(t, old, apk.V2)}
	began := time.Now()
	for _, step := range steps {
		args := []string{"-X", repo, "-X", old, step.command}
		for _, arg := range step.args {
			args = append(args, strings.TrimPrefix(arg, "-"))
		}
		output := r.apk(t, args...)
		staged = buildLike(t, staged, began, output, step.args, repositories...)
		compareWithReference(t, r.root, staged, began)
		if t.Failed() {
			t.Fatalf("after %v:\n%s", step, output)
		}
		const configuration = "etc/nginx/nginx.conf"
		if n, err := staged.Lstat(configuration); err == nil && step.command == "add" {
			preparation{r.root, staged}.write(t, configuration, fmt.Sprintf("# changed %d\n", n.Size))
		}
	}
}

// TestScratchLikeReference begins with nothing.
func TestScratchLikeReference(t *testing.T) {
	r := newReference(t)
	r.root = t.TempDir()
	if err := os.Chmod(r.root, 0o755); err != nil {
		t.Fatal(err)
	}
	repo := filepath.Join(apktest.Corpus(t), "repo")
	began := time.Now()
	output := r.apk(t, "-X", repo, "--initdb", "--arch", "x86_64", "add", "alpine-base")
	built := buildLike(t, tree.New(), began, output, []string{"alpine-base"}, apktest.OpenRepository(t, repo, apk.V2))
	compareWithReference(t, r.root, built, began)
}
