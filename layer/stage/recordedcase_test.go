package stage

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// recordedCase is what apk 3 left behind in a root, run after run: a file GROUP.CASE.jsonl.gz.
type recordedCase struct {
	name  string
	group string
	base  string // "scratch", or a file in bases
	clock int64  // what the clock was, in Unix seconds
	file  string
	runs  []*recordedRun
}

// recordedRun is one run of apk.
type recordedRun struct {
	before []*recordedPath // edits between the last run and this one
	args   []string
	exit   int
	output string
	after  []*recordedPath // the changes of this run
}

// recordedPath is a line about one path.
type recordedPath struct {
	When       string
	Step       int
	Path       string
	Path64     []byte
	Gone       bool
	Type       string
	Mode       string
	UID, GID   uint32
	Size       int64
	SHA256     string
	Target     string
	Major      uint32
	Minor      uint32
	MTime      int64
	Now        bool
	Hardlink   string
	Hardlink64 []byte
	Xattrs     map[string][]byte
	Text       *string
	Base64     []byte
	From       string

	// Of a run or a case:
	Args                []string
	Exit                int
	Output              string
	Case, Group, Base   string
	Clock               int64
	Reference, Comments string
}

func (p *recordedPath) content() ([]byte, bool) {
	switch {
	case p.Text != nil:
		return []byte(*p.Text), true
	case p.Base64 != nil:
		return p.Base64, true
	}
	return nil, p.Size == 0
}

// readRecorded reads the lines of a file, paths in plain form.
func readRecorded(t testing.TB, file string) []*recordedPath {
	t.Helper()
	f, err := os.Open(file)
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	check(t, err)
	var lines []*recordedPath
	scanner := bufio.NewScanner(z)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		line := new(recordedPath)
		check(t, json.Unmarshal(scanner.Bytes(), line))
		if line.Path64 != nil {
			line.Path = string(line.Path64)
		}
		if line.Hardlink64 != nil {
			line.Hardlink = string(line.Hardlink64)
		}
		lines = append(lines, line)
	}
	check(t, scanner.Err())
	return lines
}

func readRecordedCase(t testing.TB, file string) *recordedCase {
	t.Helper()
	c := &recordedCase{file: file}
	run := new(recordedRun)
	for _, line := range readRecorded(t, file) {
		switch {
		case line.Case != "":
			c.name, c.group, c.base, c.clock = line.Case, line.Group, line.Base, line.Clock
		case line.When == "before":
			if run.args != nil {
				run = new(recordedRun)
			}
			run.before = append(run.before, line)
		case line.Args != nil:
			if run.args != nil {
				run = new(recordedRun)
			}
			run.args, run.exit, run.output = line.Args, line.Exit, line.Output
			c.runs = append(c.runs, run)
		case line.When == "after":
			run.after = append(run.after, line)
		default:
			t.Fatalf("%s: unknown line about %q", file, line.Path)
		}
	}
	return c
}

// repository returns the repository that an argument of -X names. It is that of the corpus, or one unpacked from the
// archive beside the case.
func (c *recordedCase) repository(t testing.TB, dir, name string) *apktest.Repository {
	t.Helper()
	if below, ok := strings.CutPrefix(name, "CORPUS/"); ok {
		return apktest.OpenRepository(t, filepath.Join(apktest.Corpus(t), below), apk.V3)
	}
	below, ok := strings.CutPrefix(name, "REPOS/")
	if !ok {
		t.Fatalf("unknown repository %s", name)
	}
	if _, err := os.Stat(filepath.Join(dir, below)); err != nil {
		f, err := os.Open(strings.TrimSuffix(c.file, ".jsonl.gz") + ".repos.tar.gz")
		check(t, err)
		defer f.Close()
		z, err := gzip.NewReader(f)
		check(t, err)
		for r := tar.NewReader(z); ; {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			check(t, err)
			if h.Typeflag != tar.TypeReg {
				continue
			}
			path := filepath.Join(dir, filepath.FromSlash(filepath.Clean(h.Name)))
			check(t, os.MkdirAll(filepath.Dir(path), 0o755))
			b, err := io.ReadAll(r)
			check(t, err)
			check(t, os.WriteFile(path, b, 0o644))
		}
	}
	return apktest.OpenRepository(t, filepath.Join(dir, below), apk.V3)
}

// recordedBases makes the roots that cases begin with, each once.
type recordedBases struct {
	dir        string
	mu         sync.Mutex
	bases      map[string]*recordedBase
	minirootfs map[string][]byte
	packages   map[string]map[string][]byte
}

type recordedBase struct {
	tree     *tree.Tree
	paths    map[string]*recordedPath
	contents map[tree.Content]*recordedContent
}

func (b *recordedBases) get(t testing.TB, name string) *recordedBase {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if name == "scratch" {
		return &recordedBase{tree: tree.New()}
	}
	if base := b.bases[name]; base != nil {
		return base
	}
	base := &recordedBase{tree: tree.New(), paths: make(map[string]*recordedPath), contents: make(map[tree.Content]*recordedContent)}
	for _, line := range readRecorded(t, filepath.Join(b.dir, name+".jsonl.gz")) {
		if _, ok := line.content(); !ok && line.From == "" {
			line.From = "minirootfs:" + line.Path // the base that is just that
		}
		if line.From != "" {
			line.Base64 = b.content(t, line.From)
		}
		editRecorded(t, base.tree, line, time.Unix(0, 0))
		base.paths[line.Path] = line
		if n, err := base.tree.Lstat(line.Path); err == nil && n.Content != nil {
			content, _ := line.content()
			base.contents[n.Content] = describeContent(content)
		}
	}
	b.bases[name] = base
	return base
}

// content finds a content that is in the corpus.
func (b *recordedBases) content(t testing.TB, from string) []byte {
	t.Helper()
	file, path, _ := strings.Cut(from, ":")
	if file == "minirootfs" {
		if b.minirootfs == nil {
			b.minirootfs = readTarFiles(t, filepath.Join(apktest.Corpus(t), apktest.Minirootfs))
		}
		return b.minirootfs[path]
	}
	if b.packages[file] == nil {
		b.packages[file] = readTarFiles(t, filepath.Join(apktest.Corpus(t), strings.TrimPrefix(file, "CORPUS/")))
	}
	return b.packages[file][path]
}

// readTarFiles reads the contents of a gzipped archive, also of a package.
func readTarFiles(t testing.TB, file string) map[string][]byte {
	t.Helper()
	f, err := os.Open(file)
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	check(t, err)
	files := make(map[string][]byte)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		check(t, err)
		b, err := io.ReadAll(r)
		check(t, err)
		files[strings.TrimPrefix(h.Name, "./")] = b
	}
}

var recordedTypes = map[string]tree.Type{
	"file": tree.Regular, "dir": tree.Directory, "symlink": tree.Symlink, "char": tree.CharDevice, "block": tree.BlockDevice, "fifo": tree.FIFO,
}

// editRecorded brings a path of a tree into the state of a line.
func editRecorded(t testing.TB, in *tree.Tree, line *recordedPath, now time.Time) {
	t.Helper()
	if line.Gone {
		check(t, in.RemoveAll(line.Path))
		return
	}
	if line.Hardlink != "" {
		check(t, in.RemoveAll(line.Path))
		check(t, in.Link(line.Hardlink, line.Path))
		return
	}
	typ, ok := recordedTypes[line.Type]
	if !ok {
		t.Fatalf("%s: unknown type %q", line.Path, line.Type)
	}
	n := &tree.Node{Type: typ, Mode: line.mode(t), UID: line.UID, GID: line.GID, ModTime: now, Target: line.Target, Major: line.Major, Minor: line.Minor}
	if line.MTime != 0 {
		n.ModTime = time.Unix(line.MTime, 0)
	}
	for name, value := range line.Xattrs {
		if n.Xattrs == nil {
			n.Xattrs = make(map[string]string)
		}
		n.Xattrs[name] = string(value)
	}
	if typ == tree.Regular && line.Size > 0 {
		content, ok := line.content()
		if sum := fmt.Sprintf("%x", sha256.Sum256(content)); !ok || sum != line.SHA256 {
			t.Fatalf("%s: content of %d bytes with hash %s, want %d bytes and %s", line.Path, len(content), sum, line.Size, line.SHA256)
		}
		n.Content, n.Size = tree.Bytes(content), line.Size
	}
	if old, err := in.Lstat(line.Path); err == nil && (old.Type == tree.Directory) != (typ == tree.Directory) {
		check(t, in.RemoveAll(line.Path))
	}
	check(t, in.Put(line.Path, n))
}

func (p *recordedPath) mode(t testing.TB) uint16 {
	t.Helper()
	if p.Mode == "" {
		return 0o777 // a symbolic link
	}
	mode, err := strconv.ParseUint(p.Mode, 8, 12)
	check(t, err)
	return uint16(mode)
}

// describeRecorded describes a path as a root has it. A hard link is described by the path that has the content.
func describeRecorded(t testing.TB, paths map[string]*recordedPath, path string) string {
	t.Helper()
	p := paths[path]
	if p == nil {
		return ""
	}
	link := ""
	if p.Hardlink != "" {
		link = " same as " + p.Hardlink
		if p = paths[p.Hardlink]; p == nil {
			t.Fatalf("%s:%s, which is missing", path, link)
		}
	}
	d := describedPath{
		typ: recordedTypes[p.Type], mode: p.mode(t), uid: p.UID, gid: p.GID, size: p.Size, sum: p.SHA256, target: p.Target, major: p.Major, minor: p.Minor,
		mtime: "now", xattrs: make(map[string]string), link: link,
	}
	if !p.Now {
		d.mtime = strconv.FormatInt(p.MTime, 10)
	}
	for name, value := range p.Xattrs {
		d.xattrs[name] = string(value)
	}
	if content, ok := p.content(); ok && p.Type == "file" {
		d.normalize(path, content)
	}
	return d.String()
}

// inflateRecorded is for archives that are compressed: another deflate has other bytes for the same archive.
func inflateRecorded(content []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
