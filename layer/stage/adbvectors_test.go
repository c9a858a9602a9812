package stage

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/adbtest"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// stricterADB is what apk 3 installs and a stage refuses, with the reason.
var stricterADB = []struct{ reason, text string }{
	{"apk installs another file than the metadata means", "occurs twice"},
	{"apk cuts the target there", "with a NUL byte"},
	{"apk would write another path into the database", "the name has an empty component"},
	{"apk does not verify hashes of empty files", "its content has the hash e3b0c442"},
	{"apk does not verify hashes of hard links", "but that of its target is"},
	{"apk does not notice that the end of a stream is missing", "unexpected EOF"},
	{"apk would write more lines into the database", "has a control character"},
	{"apk takes any name", "is not a package name"},
	{"apk takes any name", "cannot be part of a file name"},
	{"apk takes any version", "is not valid"},
	{"apk reads it as absent", "metadata: "},
	{"the package is not the one of the index", "this is another build"},
	{"apk accepts any version of a dependency in such an index", "uninstallable"},
	{"apk does not compare sizes", "but the index says 100"},
	{"an index with an incomplete package is not to be used", "has no version"},
}

// TestADBVectors installs packages in apk 3's own format, as files and from indexes, and compares the roots with those that
// apk 3 left. LAMINA_ADB_CASES names another directory of vectors.
func TestADBVectors(t *testing.T) {
	dir := adbtest.Dir(t)
	keys := trustedADBKeys(t, dir)
	minirootfs := minirootfsInMemory(t)
	for _, v := range adbtest.Packages(t) {
		t.Run(v.File, func(t *testing.T) {
			if testing.Short() && v.File == "gib-file.apk" {
				t.Skip("a file of 1 GiB")
			}
			t.Parallel()
			file := filepath.Join(dir, "packages", v.File)
			empty := v.AddEmpty
			if v.AddEmptyUntrusted != nil {
				empty = v.AddEmptyUntrusted
			}
			addADBFile(t, file, &recordedBase{tree: tree.New()}, empty)
			if v.AddMinirootfs != nil {
				addADBFile(t, file, minirootfs, v.AddMinirootfs)
			}
		})
	}
	for _, v := range adbtest.Indexes(t) {
		for i := range v.Adds {
			add := &v.Adds[i]
			if len(add.Options) > 0 {
				continue // --allow-untrusted, which a build does not have for indexes
			}
			t.Run(fmt.Sprintf("%s/%s/%s", v.Index, strings.Join(add.Names, ","), add.Base), func(t *testing.T) {
				t.Parallel()
				base := &recordedBase{tree: tree.New()}
				if add.Base == "minirootfs" {
					base = minirootfs
				}
				text := strings.ReplaceAll(v.Repositories, "$DIR", filepath.Join(dir, "indexes"))
				s, err := addFromADBIndexes(t, text, keys, add.Names, base)
				judgeADB(t, s, err, base, &add.Result, strings.NewReplacer())
			})
		}
	}
}

func trustedADBKeys(t testing.TB, dir string) *apk.KeyRing {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "keys", "trusted", "*"))
	check(t, err)
	keys := new(apk.KeyRing)
	for _, file := range files {
		pem, err := os.ReadFile(file)
		check(t, err)
		check(t, keys.Add(filepath.Base(file), pem))
	}
	return keys
}

// minirootfsInMemory returns a base whose contents are quickly read.
func minirootfsInMemory(t testing.TB) *recordedBase {
	t.Helper()
	base := &recordedBase{tree: apktest.BaseTree(t), contents: make(map[tree.Content]*recordedContent)}
	files := readTarFiles(t, filepath.Join(apktest.Corpus(t), apktest.Minirootfs))
	for name, n := range base.tree.All() {
		if b := files[name]; len(b) > 0 {
			when := n.ModTime
			base.tree.SetContent(n, tree.Bytes(b), int64(len(b)))
			n.ModTime = when
			base.contents[n.Content] = describeContent(b)
		}
	}
	return base
}

// addADBFile installs a package file without looking at its signatures.
func addADBFile(t *testing.T, file string, base *recordedBase, want *adbtest.Result) {
	t.Helper()
	content, err := os.ReadFile(file)
	check(t, err)
	control, err := apk.NewPackageReader(bytes.NewReader(content), apk.V3).Control()
	if err != nil {
		judgeADB(t, nil, err, base, want, nil)
		return
	}
	p := control.Package
	p.Size = uint64(len(content))
	// apk takes the unique id for the identity, see below.
	id := control.Identity.Short()
	if hashes := hashesOfADB(t, content); len(hashes) == 20 {
		id = apk.SHA1Checksum([20]byte([]byte(hashes)))
	}
	request := solver.Request{Files: []*apk.Package{&p}}
	request.Add([]apk.Dependency{{Name: p.Name, Op: apk.Checksums, Version: control.Identity.Short().String()}}, 0)
	s, err := addADB(t, request, base, nil, func(solver.Change) Source { return apktest.FileSource(file) })
	judgeADB(t, s, err, base, want, strings.NewReplacer(control.Identity.Short().String(), id.String(), control.Identity.Short().Hex(), id.Hex()))
}

func hashesOfADB(t *testing.T, file []byte) string {
	t.Helper()
	r := adb.NewReader(bytes.NewReader(file))
	defer r.Close()
	metadata, err := r.Metadata(adb.SchemaPackage)
	check(t, err)
	pkg, err := adb.ParsePackage(metadata)
	check(t, err)
	return pkg.Info.Hashes
}

func addFromADBIndexes(t *testing.T, repositories string, keys *apk.KeyRing, names []string, base *recordedBase) (*Stage, error) {
	t.Helper()
	list, err := repository.ParseRepositories(strings.NewReader(repositories), apk.V3, "x86_64")
	check(t, err)
	client := new(repository.Client)
	var request solver.Request
	for _, r := range list {
		index, err := client.Index(t.Context(), r, "x86_64", keys, apk.V3)
		if err != nil {
			return nil, err
		}
		request.Repositories = append(request.Repositories, solver.Repository{Name: r.String(), Index: index})
	}
	var items []apk.Dependency
	for _, name := range names {
		d, err := apk.ParseDependency(name, apk.V3)
		check(t, err)
		items = append(items, d)
	}
	request.Add(items, 0)
	return addADB(t, request, base, keys, func(c solver.Change) Source {
		if c.New.InstalledSize == 0 {
			return nil
		}
		source, err := client.Package(t.Context(), list[c.Repository], c.New, "x86_64", apk.V3)
		if err != nil {
			return failingSource{err}
		}
		return source
	})
}

type failingSource struct{ err error }

func (f failingSource) Open() (io.ReadCloser, error) { return nil, f.err }

func addADB(t *testing.T, request solver.Request, base *recordedBase, keys *apk.KeyRing, source func(solver.Change) Source) (*Stage, error) {
	t.Helper()
	options := Options{Arch: "x86_64", Now: stageTime, Keys: keys}
	for _, err := base.tree.Lstat("bin/sh"); err != nil; err = nil { // without a shell apk was told to run no scripts
		for _, p := range request.Files {
			options.SkipScripts = append(options.SkipScripts, p.Name)
		}
		for _, r := range request.Repositories {
			for _, p := range r.Index.Packages {
				options.SkipScripts = append(options.SkipScripts, p.Name)
			}
		}
	}
	s, err := New(base.tree, options)
	check(t, err)
	s.mkdirBits = mkdirBits
	request.Generation, request.Archs = apk.V3, []string{"x86_64"}
	goal := request.Goal
	request.World, request.Installed = s.World(), s.Installed()
	request.Goal = nil
	request.Add(goal, 0)
	solution, err := solver.Solve(t.Context(), request)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, c := range solution.Changes {
		change := Change{Old: c.Old, New: c.New, Tag: c.NewTag}
		if c.Kind != solver.Unchanged {
			change.Source = source(c)
		}
		changes = append(changes, change)
	}
	if err := s.Apply(t.Context(), changes, solution.World, ApplyOptions{}); err != nil {
		return nil, err
	}
	return s, nil
}

// judgeADB compares a stage with what apk left, which takes another identity for a package that it got as a file.
func judgeADB(t *testing.T, s *Stage, err error, base *recordedBase, want *adbtest.Result, identity *strings.Replacer) {
	t.Helper()
	if err != nil {
		if want.RC != 0 {
			return
		}
		for _, stricter := range stricterADB {
			if strings.Contains(err.Error(), stricter.text) {
				return
			}
		}
		t.Fatalf("%v, but apk says\n%s", err, want.Out)
	}
	if want.RC != 0 {
		t.Fatalf("done, but apk says\n%s", want.Out)
	}
	expected, before := want.Tree, &recordedBase{tree: tree.New()}
	if want.Tree == nil {
		before = base
		check(t, json.Unmarshal(want.Changed, &expected))
	}
	texts := make(map[string]string)
	for _, p := range expected {
		texts[p.Path] = describeADBPath(&p)
	}
	got := changedADBPaths(t, before, s.tree)
	for name := range got {
		if texts[name] == "" && !isOfAPK(name) {
			texts[name] = "nothing"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if name != "tmp/script.log" && texts[name] != cmp.Or(got[name], "nothing") {
			t.Errorf("%s:\n\tapk   %s\n\tstage %s", name, texts[name], cmp.Or(got[name], "nothing"))
		}
	}
	for _, name := range want.Removed {
		if _, err := s.tree.Lstat(name); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	compareADBDatabases(t, s, want, identity)
}

func compareADBDatabases(t *testing.T, s *Stage, want *adbtest.Result, identity *strings.Replacer) {
	t.Helper()
	text := func(name string) string {
		b, err := s.tree.ReadFile(name, 1<<30)
		check(t, err)
		return identity.Replace(string(b))
	}
	same := func(what, want, got string) {
		t.Helper()
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-apk +stage):\n%s", what, diff)
		}
	}
	if want.Triggers != nil {
		same("triggers", *want.Triggers, text(triggersFile))
	}
	if want.World != nil {
		same("world", *want.World, text(worldFile))
	}
	scripts := want.Scripts
	if want.Tree != nil {
		same("installed", *want.Installed, text(installedFile))
	} else {
		scripts = want.ScriptsAdded
		var added []string
		check(t, json.Unmarshal(want.InstalledAdded, &added))
		records := strings.Split(text(installedFile), "\n\n")
		var order []string
		for _, record := range records {
			for line := range strings.Lines(record) {
				if name, ok := strings.CutPrefix(line, "P:"); ok {
					order = append(order, strings.TrimSpace(name))
				}
			}
		}
		same("order of records", strings.Join(want.RecordOrder, " "), strings.Join(order, " "))
		for _, record := range added {
			if !slices.Contains(records, record) {
				_, rest, _ := strings.Cut(record, "\nP:")
				name, _, _ := strings.Cut(rest, "\n")
				i := slices.IndexFunc(records, func(r string) bool { return strings.Contains(r, "\nP:"+name+"\n") })
				same("record of "+name, record, records[max(i, 0)])
			}
		}
	}
	if want.ScriptLog != nil {
		same("log of scripts", logOfScripts(*want.ScriptLog), logOfScripts(text("tmp/script.log")))
	}
	var stored []struct {
		Name, Mode string
		MTime      int64
		Size       int64
		SHA256     string
	}
	check(t, json.Unmarshal(scripts, &stored))
	_, archive, err := s.scriptsArchive()
	check(t, err)
	have := make(map[string]string)
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		check(t, err)
		b, err := io.ReadAll(r)
		check(t, err)
		have[identity.Replace(h.Name)] = fmt.Sprintf("%04o %d %d %s", h.Mode, h.ModTime.Unix(), h.Size, describeContent(b).sum)
	}
	for _, entry := range stored {
		if want := fmt.Sprintf("%s %d %d %s", entry.Mode, entry.MTime, entry.Size, entry.SHA256); have[entry.Name] != want {
			t.Errorf("script %s is %q, want %q", entry.Name, have[entry.Name], want)
		}
	}
	if want.Tree != nil && len(have) != len(stored) {
		t.Errorf("%d scripts, want %d", len(have), len(stored))
	}
}

// logOfScripts drops $0, and sorts the arguments of triggers, which come in the order of a hash.
func logOfScripts(text string) string {
	var lines []string
	for line := range strings.Lines(normalizeScriptName(text)) {
		words := strings.Fields(line)
		if len(words) > 2 {
			slices.Sort(words[2:])
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}

func describeADBPath(p *adbtest.Path) string {
	typ := map[string]tree.Type{"file": tree.Regular, "dir": tree.Directory, "link": tree.Symlink, "chr": tree.CharDevice, "blk": tree.BlockDevice,
		"fifo": tree.FIFO}[p.Type]
	d := describedPath{typ: typ, uid: p.UID, gid: p.GID, size: p.Size, sum: p.SHA256, target: p.Target, mtime: fmt.Sprint(p.MTime),
		xattrs: make(map[string]string)}
	fmt.Sscanf(p.Mode, "%o", &d.mode)
	if p.Size == 0 {
		d.sum = ""
	}
	if len(p.Dev) == 2 {
		d.major, d.minor = p.Dev[0], p.Dev[1]
	}
	for name, value := range p.Xattrs {
		b, _ := hex.DecodeString(value)
		d.xattrs[name] = string(b)
	}
	if p.LinkedWith != "" {
		d.link = " same as " + p.LinkedWith
	}
	return d.String()
}

// changedADBPaths describes the paths that differ from a base, without those of apk itself.
func changedADBPaths(t *testing.T, base *recordedBase, staged *tree.Tree) map[string]string {
	t.Helper()
	before := describeStaged(t, base, base.tree, time.Time{})
	got := make(map[string]string)
	for name, d := range describeStaged(t, base, staged, time.Time{}) {
		if old := before[name]; old == nil || old.String() != d.String() {
			got[name] = d.String()
		}
	}
	return got
}

func isOfAPK(name string) bool {
	for _, dir := range []string{"etc/apk", "lib/apk", "var/log", "var/cache"} {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}
