package layer

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// oddChanges is a base and a staged tree in which types change, links come together, and packages' files are in directories
// that are odd, new, or in the place of something else.
func oddChanges(t *testing.T) (base, tr *tree.Tree, packages []*stage.Package) {
	base = makeTree(t, `
		d etc
		f etc/passwd root
		f etc/gone x
		d etc/gone.d
		f etc/gone.d/x y
		d tmp =1777
		d srv =2750 7:8
		d srv/below =700
		f becomes-dir x
		d becomes-file
		f becomes-file/x y
		l becomes-dir-too etc
		d becomes-link
		d lib
		f lib/of-base x
		l lib64 lib
		l absolute /lib
		d opt
		f opt/file x
		d refilled
		f refilled/old x
		f refilled/kept x
		f linked one
		h linked2 linked
		f mode x`)
	tr = base.Clone()
	changeTree(t, tr, `
		f etc/passwd root,one =600
		rm etc/gone
		rm etc/gone.d
		f tmp/x y
		rm becomes-dir
		d becomes-dir =711
		f becomes-dir/x z
		rm becomes-file
		rm becomes-dir-too
		d becomes-dir-too
		f becomes-dir-too/x z
		rm becomes-link
		l becomes-link etc
		rm lib64
		d lib64
		rm absolute
		d absolute =750
		rm opt/file
		d opt/file =1777
		rm refilled
		d refilled
		f refilled/kept x
		f refilled/new x
		h linked3 linked
		f mode x =4755
		d new
		f new/a b
		h new/c new/a
		l new/l a`)
	big := string(sample(1, 150_000))
	p := makePackage(t, "p",
		"lib64/one.so", big, "absolute/deep/er/file", "two", "opt/file/below", "three", "srv/below/file", "four", "srv/file", "five",
		"tmp/file", "six", "new/z", "seven", "new/y", "", "private/secret", "eight", "shared/group/file", "nine", "becomes-file", "ten",
		"etc/p/p.conf", "eleven")
	p.link(t, "new/y", "new/z")
	q := makePackage(t, "q", "lib64/two.so", big, "private/other", "twelve", "becomes-dir-too/q", "thirteen")
	p.install(t, tr)
	q.install(t, tr)
	for path, mode := range map[string]uint16{"private": 0o700, "shared": 0o2775, "shared/group": 0o1770, "absolute/deep": 0o500} {
		n, err := tr.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		n.Mode = mode
	}
	return base, tr, staged(p, q)
}

// TestUmoci unpacks an image of a base and a layer with umoci, which has its own
// reading of the specification, and compares the files on disk with the staged tree.
func TestUmoci(t *testing.T) {
	umoci := corpustest.Program(t, "umoci")
	base, tr, packages := oddChanges(t)
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	writeImage(t, image, packages, tree.New(), base, tr)
	args := []string{"unpack", "--image", image + ":test"}
	if os.Getuid() != 0 {
		args = append(args, "--rootless")
	}
	if out, err := exec.Command(umoci, append(args, filepath.Join(dir, "bundle"))...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := describeForDisk(t, tr)
	if diff := cmp.Diff(want, describeDisk(t, filepath.Join(dir, "bundle", "rootfs"))); diff != "" {
		t.Errorf("-staged +unpacked:\n%s", diff)
	}
}

// TestEndToEndUnpackers is TestUmoci for the programs that need root: those that unpack a layer over the base, and those that
// unpack it alone for the kernel's overlay file system. Newer versions of docker leave that to containerd.
func TestEndToEndUnpackers(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs root, skopeo, podman, dockerd, docker, containerd and ctr")
	}
	base, tr, packages := oddChanges(t)
	u := &unpackers{T: t, dir: t.TempDir(), want: describeForDisk(t, tr)}
	u.image = filepath.Join(u.dir, "image") + ":test"
	writeImage(t, filepath.Join(u.dir, "image"), packages, tree.New(), base, tr)
	for _, driver := range []string{"overlay", "vfs"} {
		t.Run("podman "+driver, func(t *testing.T) { u.with(t).podman(driver) })
	}
	for _, driver := range []string{"overlay2", "vfs"} {
		t.Run("docker "+driver, func(t *testing.T) { u.with(t).docker(driver) })
	}
	for _, driver := range []string{"overlayfs", "native"} {
		t.Run("containerd "+driver, func(t *testing.T) { u.with(t).containerd(driver) })
	}
}

type unpackers struct {
	*testing.T
	dir, image string
	want       []string
}

// with is the same for a subtest, with a directory of its own.
func (u *unpackers) with(t *testing.T) *unpackers {
	dir, err := os.MkdirTemp("", "lamina-unpack-") // short, for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &unpackers{t, dir, u.image, u.want}
}

func (u *unpackers) run(name string, args ...string) string {
	u.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(corpustest.Program(u.T, name), args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		u.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// start runs a daemon until the test ends, and returns when it answers.
func (u *unpackers) start(answers func() error, name string, args ...string) {
	u.Helper()
	log := new(bytes.Buffer)
	daemon := exec.Command(corpustest.Program(u.T, name), args...)
	daemon.Stdout, daemon.Stderr = log, log
	if err := daemon.Start(); err != nil {
		u.Fatal(err)
	}
	u.Cleanup(func() {
		daemon.Process.Signal(os.Interrupt)
		daemon.Wait()
	})
	for deadline := time.Now().Add(2 * time.Minute); answers() != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			u.Fatalf("%s does not come up here:\n%s", name, log)
		}
	}
}

func (u *unpackers) compare(root string) {
	u.Helper()
	if diff := cmp.Diff(u.want, describeDisk(u.T, root)); diff != "" {
		u.Errorf("-staged +unpacked:\n%s", diff)
	}
}

func (u *unpackers) podman(driver string) {
	root, run := u.dir+"/root", u.dir+"/run"
	u.run("skopeo", "copy", "-q", "oci:"+u.image, "containers-storage:["+driver+"@"+root+"+"+run+"]localhost/odd:1")
	podman := func(args ...string) string {
		return u.run("podman", append([]string{"--root", root, "--runroot", run, "--storage-driver", driver, "image"}, args...)...)
	}
	u.compare(podman("mount", "localhost/odd:1"))
	podman("unmount", "localhost/odd:1")
}

func (u *unpackers) docker(driver string) {
	archive, host := u.dir+"/odd.tar", "unix://"+u.dir+"/docker.sock"
	u.run("skopeo", "copy", "-q", "oci:"+u.image, "docker-archive:"+archive+":odd:1")
	u.start(func() error { return exec.Command("docker", "-H", host, "version").Run() }, "dockerd", "--storage-driver", driver,
		"-H", host, "--data-root", u.dir+"/data", "--exec-root", u.dir+"/exec", "--pidfile", u.dir+"/docker.pid",
		"--bridge", "none", "--iptables=false", "--ip-forward=false", "--ip-masq=false")
	u.Cleanup(func() { exec.Command("umount", "-l", u.dir+"/exec/netns/default").Run() }) // which it leaves mounted
	docker := func(args ...string) string { return u.run("docker", append([]string{"-H", host}, args...)...) }
	docker("load", "-i", archive)
	container := docker("create", "--network", "none", "odd:1", "/none")
	docker("export", "-o", u.dir+"/export.tar", container)
	docker("rm", container)
	root := u.dir + "/exported"
	if err := os.Mkdir(root, 0o755); err != nil {
		u.Fatal(err)
	}
	u.run("tar", "-xpf", u.dir+"/export.tar", "-C", root)
	for _, made := range []string{".dockerenv", "dev", "proc", "sys", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"} { // by docker
		if err := os.RemoveAll(filepath.Join(root, made)); err != nil {
			u.Fatal(err)
		}
	}
	u.compare(root)
}

func (u *unpackers) containerd(snapshotter string) {
	config, socket := u.dir+"/config.toml", u.dir+"/containerd.sock"
	writeFileAt(u.T, config, []byte("version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n"))
	ctr := func(args ...string) string {
		return u.run("ctr", append([]string{"--address", socket, "images"}, args...)...)
	}
	u.start(func() error { return exec.Command("ctr", "--address", socket, "version").Run() },
		"containerd", "--config", config, "--root", u.dir+"/root", "--state", u.dir+"/state", "--address", socket)
	archive, mounted := u.dir+"/odd.tar", u.dir+"/mounted"
	u.run("skopeo", "copy", "-q", "oci:"+u.image, "oci-archive:"+archive+":registry.example/odd:1")
	ctr("import", "--snapshotter", snapshotter, archive)
	if err := os.Mkdir(mounted, 0o755); err != nil {
		u.Fatal(err)
	}
	names := strings.Fields(ctr("ls", "-q"))
	if !slices.Contains(names, "registry.example/odd:1") {
		u.Fatalf("containerd has %q", names)
	}
	ctr("mount", "--snapshotter", snapshotter, "registry.example/odd:1", mounted)
	defer ctr("unmount", mounted)
	u.compare(mounted)
}
