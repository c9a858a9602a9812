package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
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
	"github.com/lamina-oci/lamina/layer/tree"
)

// The tests in this file run Alpine's own apk 2.14 on Alpine's own root file system and
// compare what it leaves behind with what a stage gives.

// allowedDifferences are the paths at which the two may differ, each with the reason.
var allowedDifferences = map[string]string{
	"dev/null": "made for the reference only: its scripts write to it and the root has no devices",
}

// rewrittenAlike are files that apk writes anew although nothing in them changes. A stage
// leaves them alone, so that a layer does not repeat them: their time differs.
var rewrittenAlike = []string{"lib/apk/db/installed", "lib/apk/db/triggers", "lib/apk/db/scripts.tar", "etc/apk/world", "etc/apk/arch"}

// reference is a root file system with an apk to work on it.
type reference struct {
	tools string // where apk is
	root  string
}

// newReference unpacks the minirootfs. It needs root, since the owners of files matter.
func newReference(t *testing.T) *reference {
	dir := corpus(t)
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
	runCommand(t, "tar", "xzpf", filepath.Join(dir, minirootfs), "-C", root)
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
	command := exec.Command(loader, append([]string{
		"--library-path", filepath.Join(r.tools, "lib"), filepath.Join(r.tools, "sbin/apk"),
		"--root", r.root, "--no-network", "--no-progress", "--repositories-file", "/dev/null",
		"--keys-dir", filepath.Join(corpus(t), "keys"),
	}, args...)...)
	command.Env = []string{"PATH=/usr/bin:/bin"}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("apk %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

var changeLine = regexp.MustCompile(`(?m)^\( *\d+/\d+\) (Installing|Upgrading|Downgrading|Replacing|Purging) ([^ @]+)(@\S+)? \((?:(\S+) -> )?(\S+)\)$`)

// changesOf turns apk's output into what it did, in its order. Packages that stay come
// first, as the base's do that others depend on.
func changesOf(t testing.TB, output string, installed *apk.Installed, repositories ...*repository) []Change {
	t.Helper()
	var changes []Change
	changed := make(map[string]bool)
	for _, m := range changeLine.FindAllStringSubmatch(output, -1) {
		name, version := m[2], m[5]
		c := Change{Old: installed.Find(name), Tag: strings.TrimPrefix(m[3], "@")}
		changed[name] = true
		if m[1] != "Purging" {
			for _, r := range repositories {
				if p := r.packages[name+"-"+version]; p != nil {
					c.New, c.Source = p, r.source(p)
				}
			}
			if c.New == nil {
				t.Fatalf("no repository has %s-%s", name, version)
			}
		}
		changes = append(changes, c)
	}
	var stay []Change
	for _, p := range installed.Packages {
		if !changed[p.Name] {
			stay = append(stay, Change{Old: p, New: &p.Package, Tag: p.RepositoryTag})
		}
	}
	return append(stay, changes...)
}

// describeRoot describes every file of a real root file system by path.
func describeRoot(t testing.TB, root string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	links := make(map[uint64]string)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(strings.TrimPrefix(path, root), "/")
		if name == "" {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		desc := fmt.Sprintf("mode %04o owner %d:%d", st.Mode&0o7777, st.Uid, st.Gid)
		switch st.Mode & syscall.S_IFMT {
		case syscall.S_IFDIR:
			desc = "directory " + desc
		case syscall.S_IFLNK:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			desc = "link to " + target + " " + desc
		case syscall.S_IFREG:
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			desc = "file " + desc + describeContent(content) + fmt.Sprintf(" mtime %d", info.ModTime().Unix())
		case syscall.S_IFCHR:
			desc = fmt.Sprintf("character device %d:%d ", st.Rdev>>8, st.Rdev&0xff) + desc
		case syscall.S_IFBLK:
			desc = fmt.Sprintf("block device %d:%d ", st.Rdev>>8, st.Rdev&0xff) + desc
		case syscall.S_IFIFO:
			desc = "fifo " + desc
		}
		if st.Nlink > 1 && !d.IsDir() {
			if first, ok := links[st.Ino]; ok {
				desc += " same as " + first
			} else {
				links[st.Ino] = name
			}
		}
		files[name] = desc + describeXattrs(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func describeXattrs(t testing.TB, path string) string {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return ""
	}
	buf := make([]byte, 4096)
	n, err := syscall.Listxattr(path, buf)
	if err != nil || n == 0 {
		return ""
	}
	desc := ""
	for name := range strings.SplitSeq(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00") {
		value := make([]byte, 4096)
		n, err := syscall.Getxattr(path, name, value)
		if err != nil {
			t.Fatal(err)
		}
		desc += fmt.Sprintf(" %s=%q", name, value[:n])
	}
	return desc
}

// describeTree describes a tree in the same way.
func describeTree(t testing.TB, staged *tree.Tree) map[string]string {
	t.Helper()
	files := make(map[string]string)
	links := make(map[*tree.Node]string)
	contents := make(map[PackageFile]string)
	for _, n := range staged.All() {
		if f, ok := n.Content.(PackageFile); ok && contents[f] == "" {
			describePackage(t, f.Package, contents)
		}
	}
	for name, n := range staged.All() {
		var desc string
		if f, ok := n.Content.(PackageFile); ok {
			desc = fmt.Sprintf("file mode %04o owner %d:%d", n.Mode, n.UID, n.GID) + contents[f]
		} else {
			desc = describeNode(t, n)
		}
		if n.Type == tree.Regular {
			desc += fmt.Sprintf(" mtime %d", n.ModTime.Unix())
		}
		if n.Links() > 1 && n.Type != tree.Directory {
			if first, ok := links[n]; ok {
				desc += " same as " + first
			} else {
				links[n] = name
			}
		}
		for _, attr := range slices.Sorted(maps.Keys(n.Xattrs)) {
			desc += fmt.Sprintf(" %s=%q", attr, n.Xattrs[attr])
		}
		files[name] = desc
	}
	return files
}

// describePackage describes the contents of a whole package, which is quicker than to
// open one after the other.
func describePackage(t testing.TB, pkg *StagedPackage, contents map[PackageFile]string) {
	t.Helper()
	r, closer, err := pkg.open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	for i := 0; ; i++ {
		if _, err := r.Next(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		contents[PackageFile{pkg, i}] = describeContent(b)
	}
}

var mtimeField = regexp.MustCompile(` mtime (\d+)`)

// compareWithReference reports every path at which tree and root differ. A time that
// the reference took from the clock stands for the stage's.
func compareWithReference(t *testing.T, root string, staged *tree.Tree, began time.Time) {
	t.Helper()
	want, got := describeRoot(t, root), describeTree(t, staged)
	names := slices.Sorted(maps.Keys(want))
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	wrong := 0
	for _, name := range names {
		if _, ok := allowedDifferences[name]; ok {
			continue
		}
		w := mtimeField.ReplaceAllStringFunc(want[name], func(field string) string {
			var seconds int64
			fmt.Sscanf(field, " mtime %d", &seconds)
			if seconds >= began.Unix() {
				return fmt.Sprintf(" mtime %d", began.Unix())
			}
			return field
		})
		g := got[name]
		if slices.Contains(rewrittenAlike, strings.TrimPrefix(name, "usr/")) {
			w, g = mtimeField.ReplaceAllString(w, ""), mtimeField.ReplaceAllString(g, "")
		}
		if w == g {
			continue
		}
		if wrong++; wrong <= 40 {
			t.Errorf("%s:\n\tapk   %s\n\tstage %s", name, w, g)
			if w != "" && g != "" {
				showTextDifference(t, filepath.Join(root, name), staged, name)
			}
		}
	}
	if wrong > 40 {
		t.Errorf("and %d more", wrong-40)
	}
}

// showTextDifference shows the first line at which two text files differ.
func showTextDifference(t *testing.T, path string, staged *tree.Tree, name string) {
	want, err := os.ReadFile(path)
	if err != nil || len(want) > 1<<20 {
		return
	}
	got, err := staged.ReadFile(name, 1<<20)
	if err != nil || bytes.IndexByte(want, 0) >= 0 {
		return
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			t.Logf("line %d:\napk:\n%s\nstage:\n%s", i+1,
				strings.Join(w[min(i, len(w)):min(i+6, len(w))], "\n"), strings.Join(g[min(i, len(g)):min(i+6, len(g))], "\n"))
			return
		}
	}
}

// buildLike does what apk printed that it did, writes the layer, and returns base and
// layer together.
func buildLike(t *testing.T, base *tree.Tree, began time.Time, output string, world []string, repositories ...*repository) *tree.Tree {
	t.Helper()
	var log bytes.Buffer
	var skipped []string
	if !strings.Contains(output, "Executing ") {
		for _, r := range repositories {
			for _, p := range r.packages {
				skipped = append(skipped, p.Name)
			}
		}
	}
	s, err := NewStage(base, Options{Generation: apk.V2, Arch: "x86_64", Now: began.Truncate(time.Second), Output: &log, SkipScripts: skipped})
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
	if err := s.Apply(context.Background(), changes, items); err != nil {
		t.Fatalf("%v\nscripts said:\n%s\napk said:\n%s", err, &log, output)
	}
	return throughLayer(t, base, s)
}

// throughLayer writes the layer and returns what base and layer are together.
func throughLayer(t *testing.T, base *tree.Tree, s *Stage) *tree.Tree {
	t.Helper()
	var blob bytes.Buffer
	if _, err := Write(context.Background(), &blob, base, s.Tree(), s.Packages(), DefaultRecipe(), WriteOptions{Now: s.options.Now}); err != nil {
		t.Fatal(err)
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
	reopen := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(plain)), nil }
	if err := built.ReadLayer(bytes.NewReader(plain), reopen); err != nil {
		t.Fatal(err)
	}
	// Contents where they lie in memory, so that nothing is looked for twice.
	r := bytes.NewReader(plain)
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return built
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
		when := n.ModTime
		built.SetContent(n, tree.Bytes(content), h.Size)
		n.ModTime = when
	}
}

// everything is what can be installed at once of the corpus.
const everything = `
alpine-base alpine-baselayout alpine-baselayout-data alpine-conf alpine-keys alpine-release apk-tools binutils bonding bridge
brotli-libs busybox busybox-binsh busybox-mdev-openrc busybox-openrc busybox-suid c-ares ca-certificates ca-certificates-bundle
chrony chrony-openrc coreutils coreutils-env coreutils-fmt coreutils-sha512sum dbus-libs dhcpcd dhcpcd-openrc doas dosfstools
e2fsprogs e2fsprogs-extra e2fsprogs-libs efibootmgr efivar-libs eudev eudev-dev eudev-libs eudev-openrc gdbm git gmp gnutls
gptfdisk grep hwdata-pci hwdata-usb ifupdown-ng ifupdown-ng-ppp ifupdown-ng-wifi ipmitool ipmitool-openrc isl26 iw jansson jq
kbd-bkeymaps kmod-libs libacl libatomic libattr libblkid libbsd libbz2 libc-dev libc-utils libcap2 libcom_err libcrypto3 libcurl
libedit libexpat libfdisk libffi libffi-dev libgcc libgfortran libgomp libidn2 libintl libmd libmount libncursesw libnl3 libpanelw
libpcap libquadmath libretls libseccomp libsmartcols libssl3 libstdc++ libstdc++-dev libtasn1 libunistring libusb libusb-dev
libuuid libxml2 linux-headers lsblk lshw make mdev-conf mount mpc1 mpdecimal mpfr4 musl musl-dev musl-utils ncurses-terminfo-base
netcat-openbsd nettle nghttp2-libs nginx nginx-openrc oniguruma openntpd openntpd-openrc openrc openssh openssh-client-common
openssh-client-default openssh-keygen openssh-server openssh-server-common openssh-server-common-openrc openssh-sftp-server openssl
p11-kit partx pciutils pciutils-libs pcre2 pcsc-lite-libs pkgconf popt ppp-atm ppp-chat ppp-daemon ppp-l2tp ppp-minconn ppp-openrc
ppp-passprompt ppp-passwordfd ppp-pppoe ppp-radius ppp-winbind pyc readline scanelf sfdisk sgdisk skalibs sqlite-libs ssl_client
tiny-cloud tiny-cloud-alpine tiny-cloud-nocloud tiny-cloud-openrc tzdata udev-init-scripts udev-init-scripts-openrc usb-modeswitch
usbutils utmps-libs wget wpa_supplicant wpa_supplicant-openrc xz-libs yaml yx zlib zlib-dev zstd zstd-dev zstd-libs
`

// TestStageLikeReference installs real packages both ways.
func TestStageLikeReference(t *testing.T) {
	for _, packages := range []string{
		"jq", "nginx", "nginx openrc", "git", "coreutils", "openssh", "openssh openrc", "chrony", "chrony openrc",
		"dhcpcd", "dhcpcd openrc", "alpine-base", "tiny-cloud-nocloud", "tiny-cloud-alpine openrc", "doas", "busybox-suid", "eudev", "eudev openrc", "lsblk mount sfdisk partx", "wpa_supplicant openrc", "ppp-pppoe openrc", "openntpd openrc", "e2fsprogs-extra dosfstools", "wget ca-certificates",
		"libstdc++-dev binutils make", "ipmitool openrc", "tzdata", "ifupdown-ng ifupdown-ng-wifi", "usb-modeswitch usbutils", "!nginx jq", everything,
	} {
		name := packages
		if packages == everything {
			name = "everything"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			likeReference(t, strings.Fields(packages))
		})
	}
}

// TestStageWithoutScriptsLikeReference does so without their scripts.
func TestStageWithoutScriptsLikeReference(t *testing.T) {
	likeReference(t, strings.Fields(everything), "--no-scripts")
}

func likeReference(t *testing.T, packages []string, options ...string) {
	r := newReference(t)
	repo := filepath.Join(corpus(t), "repo")
	began := time.Now()
	output := r.apk(t, append(append([]string{"-X", repo, "add"}, options...), packages...)...)
	built := buildLike(t, baseTree(t), began, output, packages, openRepository(t, repo, apk.V2))
	compareWithReference(t, r.root, built, began)
}

// TestUpgradeLikeReference installs an older nginx, changes its configuration, upgrades
// and removes it.
func TestUpgradeLikeReference(t *testing.T) {
	r, staged := newReference(t), baseTree(t)
	old, repo := filepath.Join(corpus(t), "repo-old"), filepath.Join(corpus(t), "repo")
	repositories := []*repository{openRepository(t, repo, apk.V2), openRepository(t, old, apk.V2)}
	began := time.Now()
	for _, step := range []struct {
		command string
		args    []string
	}{
		{"add", []string{"nginx=1.22.1-r8", "openrc"}},
		{"add", []string{"nginx>1.22.1-r8"}},
		{"del", []string{"-nginx"}},
		{"del", []string{"-openrc"}},
	} {
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
	repo := filepath.Join(corpus(t), "repo")
	began := time.Now()
	output := r.apk(t, "-X", repo, "--initdb", "--arch", "x86_64", "add", "alpine-base")
	built := buildLike(t, tree.New(), began, output, []string{"alpine-base"}, openRepository(t, repo, apk.V2))
	for _, name := range []string{"console", "random", "urandom", "zero"} { // see openDatabase
		if err := os.Remove(filepath.Join(r.root, "dev", name)); err != nil {
			t.Error(err)
		}
	}
	compareWithReference(t, r.root, built, began)
}
