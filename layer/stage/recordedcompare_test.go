package stage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/layer/tree"
)

// compareRecorded reports every path at which a tree is not as recorded.
func compareRecorded(t *testing.T, base *recordedBase, paths map[string]*recordedPath, staged *tree.Tree, now time.Time) {
	t.Helper()
	got := describeStaged(t, base, staged, now)
	names := slices.Collect(maps.Keys(paths))
	for name := range got {
		if paths[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	wrong := 0
	for _, name := range names {
		want := describeRecorded(t, paths, name)
		if want == "" {
			want = "nothing"
		}
		g := "nothing"
		if d := got[name]; d != nil {
			d.tolerate(name, paths[name])
			g = d.String()
		}
		if want == g {
			continue
		}
		if wrong++; wrong > 20 {
			continue
		}
		t.Errorf("%q:\n\tapk   %s\n\tstage %s", name, want, g)
		if p, d := paths[name], got[name]; p != nil && d != nil && p.Text != nil && d.text != "" {
			t.Logf("-apk +stage:\n%s", cmp.Diff(strings.Split(normalizeScriptName(*p.Text), "\n"), strings.Split(normalizeScriptName(d.text), "\n")))
		}
	}
	if wrong > 20 {
		t.Errorf("and %d more", wrong-20)
	}
}

// describedPath is everything about a path that is compared.
type describedPath struct {
	typ          tree.Type
	mode         uint16
	uid, gid     uint32
	size         int64
	sum          string
	text         string
	target       string
	major, minor uint32
	mtime        string
	xattrs       map[string]string
	link         string
}

// describeStaged describes every path of a tree.
func describeStaged(t testing.TB, base *recordedBase, staged *tree.Tree, now time.Time) map[string]*describedPath {
	t.Helper()
	all := make(map[string]*describedPath)
	first := make(map[*tree.Node]string)
	contents := make(map[PackageFile]*recordedContent)
	for name, n := range staged.All() {
		d := &describedPath{
			typ: n.Type, mode: n.Mode, uid: n.UID, gid: n.GID, size: n.Size, target: n.Target, major: n.Major, minor: n.Minor,
			mtime: fmt.Sprint(n.ModTime.Unix()), xattrs: n.Xattrs,
		}
		if n.ModTime.Equal(now) {
			d.mtime = "now"
		}
		if n.Type == tree.Regular {
			content := base.contents[n.Content]
			if content == nil {
				content = stagedContent(t, n, contents)
			}
			d.sum = content.sum
			d.normalize(name, content.bytes)
		}
		if n.Links() > 1 && n.Type != tree.Directory {
			if other, ok := first[n]; ok {
				d.link = " same as " + other
			} else {
				first[n] = name
			}
		}
		all[name] = d
	}
	return all
}

type recordedContent struct {
	sum   string
	bytes []byte // of small files
}

// stagedContent hashes a file. A package is read once for all of its files.
func stagedContent(t testing.TB, n *tree.Node, contents map[PackageFile]*recordedContent) *recordedContent {
	t.Helper()
	if f, ok := n.Content.(PackageFile); ok {
		if contents[f] == nil {
			hashPackage(t, f.Package, contents)
		}
		return contents[f]
	}
	b, err := n.Read(1 << 30)
	check(t, err)
	return describeContent(b)
}

func describeContent(b []byte) *recordedContent {
	c := new(recordedContent)
	if len(b) > 0 {
		c.sum = fmt.Sprintf("%x", sha256.Sum256(b))
	}
	if len(b) <= maxSmall {
		c.bytes = b
	}
	return c
}

// hashPackage hashes all files of a package, which is quicker than to open one after the other.
func hashPackage(t testing.TB, pkg *Package, contents map[PackageFile]*recordedContent) {
	t.Helper()
	r, closer, err := pkg.Open(context.Background(), nil)
	check(t, err)
	defer closer.Close()
	for i := 0; ; i++ {
		if _, err := r.Next(); err == io.EOF {
			return
		} else {
			check(t, err)
		}
		var small bytes.Buffer
		h := sha256.New()
		size, err := io.Copy(h, io.TeeReader(r, &boundedBuffer{&small}))
		check(t, err)
		c := new(recordedContent)
		if size > 0 {
			c.sum = fmt.Sprintf("%x", h.Sum(nil))
		}
		if size <= maxSmall {
			c.bytes = small.Bytes()
		}
		contents[PackageFile{Package: pkg, Entry: i}] = c
	}
}

// maxSmall is how long a content may be to be kept, in bytes.
const maxSmall = 16 << 20

// boundedBuffer drops what is more.
type boundedBuffer struct{ b *bytes.Buffer }

func (w *boundedBuffer) Write(b []byte) (int, error) {
	if w.b.Len()+len(b) <= maxSmall {
		w.b.Write(b)
	}
	return len(b), nil
}

// normalize inflates the archive of scripts: other programs compress it to other bytes.
func (d *describedPath) normalize(path string, content []byte) {
	if strings.HasSuffix(path, "lib/apk/db/scripts.tar.gz") {
		if plain, err := inflateRecorded(content); err == nil {
			d.sum, d.size = describeContent(plain).sum, int64(len(plain))
		}
	} else if len(content) < 1<<20 {
		d.text = string(content)
	}
}

func normalizeScriptName(text string) string { return scriptName.ReplaceAllString(text, "SCRIPT") }

var scriptName = regexp.MustCompile(`/proc/self/fd/\d+|lib/apk/exec/\S+`)

// tolerate lets pass what a stage does on purpose in another way than apk 3 (docs/differences.md). In set-id bits of new
// directories the stages of this test are like apk 3, for scripts see them and files inherit them.
func (d *describedPath) tolerate(path string, want *recordedPath) {
	if want == nil {
		return
	}
	if databasePath.MatchString(path) { // apk writes them also if nothing changes
		if d.mtime = "now"; !want.Now {
			d.mtime = fmt.Sprint(want.MTime)
		}
	}
	if text, ok := want.content(); ok && d.sum != want.SHA256 && normalizeScriptName(string(text)) == normalizeScriptName(d.text) { // $0 of a script
		d.sum, d.size = want.SHA256, want.Size
	}
}

var databasePath = regexp.MustCompile(`^(usr/)?lib/apk/db/(installed|triggers|scripts\.tar|scripts\.tar\.gz)$|^etc/apk/(world|arch)$`)

func (d *describedPath) String() string {
	s := fmt.Sprintf("%v mode %04o owner %d:%d", [...]string{"file", "directory", "link", "character device", "block device", "fifo"}[d.typ],
		d.mode, d.uid, d.gid)
	switch d.typ {
	case tree.Directory:
	case tree.Symlink:
		s = fmt.Sprintf("link to %s owner %d:%d", d.target, d.uid, d.gid)
	case tree.CharDevice, tree.BlockDevice:
		s += fmt.Sprintf(" %d:%d", d.major, d.minor)
	case tree.Regular:
		s += fmt.Sprintf(" %d bytes %.12s", d.size, d.sum)
	}
	if d.typ != tree.Directory && d.typ != tree.Symlink {
		s += " mtime " + d.mtime
	}
	for _, name := range slices.Sorted(maps.Keys(d.xattrs)) {
		s += fmt.Sprintf(" %s=%q", name, d.xattrs[name])
	}
	return s + d.link
}
