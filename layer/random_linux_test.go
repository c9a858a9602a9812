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
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/chroottest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestRandomLikeReference makes up roots, packages and runs of apk, and compares after
// each run what apk and a stage leave behind. LAMINA_RANDOM_SEEDS=FROM:TO chooses other
// worlds than the fixed ones; a failure shows the world in full.
func TestRandomLikeReference(t *testing.T) {
	from, to := 0, 110
	if text := os.Getenv("LAMINA_RANDOM_SEEDS"); text != "" {
		if _, err := fmt.Sscanf(text, "%d:%d", &from, &to); err != nil {
			t.Fatalf("LAMINA_RANDOM_SEEDS=%s is not FROM:TO", text)
		}
	}
	tools := newReference(t)
	systems := map[bool][]byte{false: smallSystem(t, false), true: smallSystem(t, true)}
	var outcomes sync.Map
	t.Run("seed", func(t *testing.T) {
		for seed := from; seed < to; seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				count := func(outcome string) {
					n, _ := outcomes.LoadOrStore(outcome, new(atomic.Int64))
					n.(*atomic.Int64).Add(1)
				}
				w := makeWorld(uint64(seed))
				runWorld(t, tools, systems[w.merged], w, count)
			})
		}
	})
	outcomes.Range(func(outcome, n any) bool {
		t.Logf("%6d %s", n.(*atomic.Int64).Load(), outcome)
		return true
	})
}

// confinement is a directory of the root that neither apk nor the stage know of.
const confinement = ".confinement"

// confined is an apk that works on the root that it sees as its own: links out of
// which nothing leads to the machine's files.
type confined struct{ root, inside string }

func newConfined(t *testing.T, tools *reference, root string) *confined {
	c := &confined{root, filepath.Join(root, confinement)}
	check(t, os.MkdirAll(filepath.Join(c.inside, "keys"), 0o755))
	libraries, err := filepath.Glob(filepath.Join(tools.tools, "lib/lib*.so.*"))
	check(t, err)
	for _, file := range append(libraries, filepath.Join(tools.tools, "lib/ld-musl-x86_64.so.1"), filepath.Join(tools.tools, "sbin/apk")) {
		check(t, os.Link(file, filepath.Join(c.inside, filepath.Base(file))))
	}
	return c
}

// apk runs apk and says whether it failed.
func (c *confined) apk(t *testing.T, args ...string) (output string, failed bool) {
	t.Helper()
	result, err := chroottest.Command{Root: c.root, Timeout: apkTimeout, Env: []string{"PATH=/usr/bin:/bin"}, Args: append([]string{
		"/" + confinement + "/ld-musl-x86_64.so.1", "--library-path", "/" + confinement, "/" + confinement + "/apk", "--no-network", "--no-progress",
		"--repositories-file", "/dev/null", "--keys-dir", "/" + confinement + "/keys",
	}, args...)}.Run()
	check(t, err)
	return result.Stdout + result.Stderr, result.Status != 0
}

// smallSystem returns the tar of a root with no more than scripts need, so that a world
// is made quickly: busybox, its links and musl, users and apk's directories. In a merged one
// bin, sbin and lib are links to those of usr.
func smallSystem(t testing.TB, merged bool) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(apktest.Corpus(t), apktest.Minirootfs))
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	check(t, err)
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	moved := func(name string) bool {
		top, _, _ := strings.Cut(name, "/")
		return merged && (top == "bin" || top == "sbin" || top == "lib")
	}
	if merged {
		apktest.WriteTar(t, &out, []apktest.File{
			apktest.Directory("usr", 0o755), apktest.Directory("usr/bin", 0o755), apktest.Directory("usr/sbin", 0o755), apktest.Directory("usr/lib", 0o755),
			apktest.Symlink("bin", "usr/bin"), apktest.Symlink("sbin", "usr/sbin"), apktest.Symlink("lib", "usr/lib"),
		}, false)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			check(t, w.Flush())
			return out.Bytes()
		}
		check(t, err)
		h.Name = strings.TrimPrefix(h.Name, "./")
		if !ofSmallSystem(h.Name) || moved(h.Name) && h.Typeflag == tar.TypeDir {
			continue
		}
		if moved(h.Name) {
			h.Name = "usr/" + h.Name
		}
		check(t, w.WriteHeader(h))
		_, err = io.Copy(w, r)
		check(t, err)
	}
}

func ofSmallSystem(name string) bool {
	switch name {
	case "bin/", "dev/", "etc/", "etc/apk/", "etc/apk/arch", "etc/apk/keys/", "lib/", "sbin/", "tmp/", "var/", "var/log/",
		"usr/", "usr/bin/", "usr/sbin/", "usr/lib/", "home/", "opt/", "srv/", "etc/passwd", "etc/group", "etc/shadow", "etc/init.d/":
		return true
	}
	return strings.HasPrefix(name, "bin/") || strings.HasPrefix(name, "lib/ld-musl") || strings.HasPrefix(name, "lib/libc.musl") ||
		strings.HasPrefix(name, "usr/bin/") || strings.HasPrefix(name, "usr/sbin/") && !strings.Contains(name, "apk")
}

// runWorld carries out the runs of a world both ways.
func runWorld(t *testing.T, tools *reference, system []byte, w *world, count func(string)) {
	root, staged := unpackBoth(t, append(bytes.Clone(system), tarBytes(t, w.base)...))
	c := newConfined(t, tools, root)
	repo := apktest.WriteRepository(t, filepath.Join(c.inside, "repository", "x86_64"), w.packages...)
	began := time.Now()
	said := ""
	for i, st := range w.steps {
		args := []string{"--allow-untrusted", "-X", "/" + confinement + "/repository", st.command}
		if _, err := staged.Lstat("lib/apk/db/installed"); err != nil && st.command == "add" {
			args = append(args, "--initdb")
		}
		output, failed := c.apk(t, slices.Concat(args, st.options, st.args)...)
		said += output
		if strings.Contains(output, "unable to select packages") {
			count("not solvable")
			continue
		}
		next, err := stageLike(t, staged, began, st, repo, output)
		switch {
		case failed && err != nil:
			count("both failed")
			return
		case failed:
			count("apk failed")
			t.Errorf("run %d: apk fails, the stage does not:\n%s", i+1, output)
		case err != nil:
			count("stage failed")
			t.Errorf("run %d: the stage fails, apk does not: %v\n%s", i+1, err, output)
		default:
			count("both done")
			staged = next
			compareWithReference(t, root, staged, began)
		}
		if t.Failed() {
			t.Fatalf("in run %d of\n%s\napk says:\n%s", i+1, w.show(said), output)
		}
		for _, e := range st.edits {
			e.edit(t, preparation{root, staged})
		}
	}
}

// unpackBoth unpacks an archive to a directory and to a tree.
func unpackBoth(t *testing.T, archive []byte) (root string, staged *tree.Tree) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "root")
	check(t, os.Mkdir(root, 0o755))
	unpack := exec.Command("tar", "xpf", "-", "-C", root, "--numeric-owner", "--xattrs", "--xattrs-include=*")
	unpack.Stdin = bytes.NewReader(archive)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	staged = tree.New()
	check(t, staged.ReadLayer(bytes.NewReader(archive), apktest.Reopen(archive)))
	return root, staged
}

// stageLike asks the solver as apk is asked, checks that it answers what apk did, and
// carries that out.
func stageLike(t *testing.T, base *tree.Tree, began time.Time, st run, repo *apktest.Repository, output string) (*tree.Tree, error) {
	t.Helper()
	var log bytes.Buffer
	s, draft, err := draftedStage(t, base, stage.Options{Generation: apk.V2, Arch: "x86_64", Now: began.Truncate(time.Second), Output: &log})
	if err != nil {
		return nil, err
	}
	question := solver.Request{
		Generation: apk.V2, World: s.World(), Installed: s.Installed(),
		Repositories: []solver.Repository{{Name: repo.Dir, Index: repo.Index}},
	}
	switch st.command {
	case "add":
		var items []apk.Dependency
		for _, arg := range st.args {
			d, err := apk.ParseDependency(arg, apk.V2)
			check(t, err)
			items = append(items, d)
		}
		question.Add(items, 0)
	case "del":
		question.Delete(st.args)
	case "fix":
		question.Fix(st.args, 0, false)
	case "upgrade":
		var flags solver.Flags
		if slices.Contains(st.options, "--available") {
			flags = solver.Available
		}
		question.Upgrade(nil, flags)
	}
	solution, err := solver.Solve(context.Background(), question)
	if err != nil {
		t.Fatalf("%v, but apk says:\n%s", err, output)
	}
	var changes []stage.Change
	said := ""
	for _, c := range solution.Changes {
		change := stage.Change{Old: c.Old, New: c.New, Tag: c.NewTag, Reinstall: c.Kind == solver.Reinstalling && c.Repository >= 0}
		if c.Kind != solver.Unchanged {
			said += c.String() + "\n"
			if c.New != nil {
				change.Source = repo.Source(c.New)
			}
		}
		changes = append(changes, change)
	}
	apkSaid := ""
	for _, m := range changeLine.FindAllString(output, -1) {
		_, what, _ := strings.Cut(m, ") ")
		apkSaid += what + "\n"
	}
	if said != apkSaid {
		t.Fatalf("the solver says\n%s\nbut apk\n%s", said, output)
	}
	options := stage.ApplyOptions{NoScripts: slices.Contains(st.options, "--no-scripts")}
	if err := s.Apply(context.Background(), changes, solution.World, options); err != nil {
		return nil, fmt.Errorf("%w\nscripts said:\n%s", err, &log)
	}
	return writtenLayer(t, base, s, draft)
}
