package stage

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestADBKinds installs packages in apk 3's own format that are made by hand, with what apk/FORMAT.md 18 says of each kind of entry and
// of fields, into an empty root: database, files and stored scripts.
func TestADBKinds(t *testing.T) {
	root := adb.ACL{Mode: 0o755, User: "root", Group: "root"}
	file := func(name, content string) adb.File {
		sum := sha256.Sum256([]byte(content))
		return adb.File{Name: name, ACL: adb.ACL{Mode: 0o644, User: "root", Group: "root"}, Size: uint64(len(content)), ModTime: 1_700_000_000,
			Hash: string(sum[:])}
	}
	special := func(name string, kind uint16, rest string) adb.File {
		f := file(name, "")
		f.Hash, f.HasTarget, f.Target = "", true, string(binary.LittleEndian.AppendUint16(nil, kind))+rest
		return f
	}
	device := func(number uint64) string { return string(binary.LittleEndian.AppendUint64(nil, number)) }
	hashed := func(f adb.File, hash string) adb.File {
		f.Hash = hash
		return f
	}
	owned := func(f adb.File, acl adb.ACL) adb.File {
		f.ACL = acl
		return f
	}
	short := func(sum [32]byte) string { return "Q1" + base64.StdEncoding.EncodeToString(sum[:20]) }
	sumOf := func(text string) string { return short(sha256.Sum256([]byte(text))) }
	xattrs := func(list ...string) string {
		h := sha1.New()
		for _, x := range list {
			name, value, _ := strings.Cut(x, "\x00")
			for _, text := range []string{name, value} {
				h.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...))
			}
		}
		return "Q1" + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	sum1, sum512 := sha1.Sum([]byte("one")), sha512.Sum512([]byte("five"))
	many := adb.ACL{Mode: 0o644, User: "root", Group: "root", Xattrs: []string{"user.a\x001", "user.b\x00"}}
	big := "#!/bin/sh\n" + strings.Repeat("# a script may be large\n", 14_000)

	for _, test := range []struct {
		name     string
		edit     func(*adb.Package)
		contents []adb.Content
		record   string // from o: on
		files    []string
	}{
		{name: "fields without a directory", edit: func(p *adb.Package) {
			p.Info.Replaces, p.ReplacesPriority = []adb.Dependency{{Name: "x"}}, 7
			p.Info.Tags, p.Info.Recommends = []string{"a:b", "c"}, []adb.Dependency{{Name: "y"}}
			p.Info.Origin, p.Info.RepoCommit = "o", "\x01\xab"
			p.Info.InstallIf = []adb.Dependency{{Name: "z", Version: "1", Match: adb.MatchLess | adb.MatchEqual}}
		}, record: "o:o\nc:01ab\ni:z<=1\ng:a:b c\n"},
		{name: "fields with a directory", edit: func(p *adb.Package) {
			p.Dirs = []adb.Dir{{Name: "d", ACL: root}}
			p.Info.Replaces, p.ReplacesPriority = []adb.Dependency{{Name: "x"}}, 7
			p.Info.Tags = []string{"a:b"}
		}, record: "g:a:b\nr:x\nq:7\nf:S\nF:d\n", files: []string{"d directory 0755 0:0"}},
		{name: "hashes", edit: func(p *adb.Package) {
			p.Dirs = []adb.Dir{{Name: "d", ACL: root, Files: []adb.File{
				hashed(file("a1", "one"), string(sum1[:])), hashed(file("a512", "five"), string(sum512[:])), file("empty", ""), file("usual", "usual"),
			}}}
		}, contents: []adb.Content{{Dir: 1, File: 1, Bytes: []byte("one")}, {Dir: 1, File: 2, Bytes: []byte("five")},
			{Dir: 1, File: 4, Bytes: []byte("usual")}},
			record: "f:S\nF:d\nR:a1\nZ:Q1" + base64.StdEncoding.EncodeToString(sum1[:]) + "\nR:a512\nR:empty\nZ:" + sumOf("") + "\nR:usual\nZ:" +
				sumOf("usual") + "\n",
			files: []string{"d directory 0755 0:0", "d/a1 file 0644 0:0 one", "d/a512 file 0644 0:0 five", "d/empty file 0644 0:0",
				"d/usual file 0644 0:0 usual"}},
		{name: "directories out of order", edit: func(p *adb.Package) {
			p.Dirs = []adb.Dir{{Name: "z", ACL: root, Files: []adb.File{file("b", "b"), file("a", "a")}}, {Name: "a/b", ACL: root},
				{Name: "a", ACL: adb.ACL{Mode: 0o700, User: "root", Group: "root"}}}
		}, contents: []adb.Content{{Dir: 1, File: 1, Bytes: []byte("b")}, {Dir: 1, File: 2, Bytes: []byte("a")}},
			record: "f:S\nF:z\nR:a\nZ:" + sumOf("a") + "\nR:b\nZ:" + sumOf("b") + "\nF:a/b\nF:a\nM:0:0:700\n",
			files:  []string{"a directory 0755 0:0", "a/b directory 0755 0:0", "z directory 0755 0:0", "z/a file 0644 0:0 a", "z/b file 0644 0:0 b"}},
		{name: "files of the root", edit: func(p *adb.Package) {
			p.Dirs = []adb.Dir{{ACL: adb.ACL{Mode: 0o700, User: "x", Group: "x"}, Files: []adb.File{file(".PKGINFO", "p"), file("f", "f")}}}
		}, contents: []adb.Content{{Dir: 1, File: 1, Bytes: []byte("p")}, {Dir: 1, File: 2, Bytes: []byte("f")}},
			record: "f:S\nF:\nR:.PKGINFO\nZ:" + sumOf("p") + "\nR:f\nZ:" + sumOf("f") + "\n",
			files:  []string{".PKGINFO file 0644 0:0 p", "f file 0644 0:0 f"}},
		{name: "the root alone", edit: func(p *adb.Package) { p.Dirs = []adb.Dir{{ACL: root}} }, record: ""},
		{name: "links", edit: func(p *adb.Package) {
			link := special("soft", 0xa000, "a target")
			link.Size = 100
			hard := special("hard", 0x8000, "d/file")
			hard.Size = 4
			p.Dirs = []adb.Dir{{Name: "d", ACL: root, Files: []adb.File{file("file", "file"), hard, special("hard2", 0x8000, "d/hard"), link,
				hashed(special("hard3", 0x8000, "d/file"), file("", "file").Hash)}}}
		}, contents: []adb.Content{{Dir: 1, File: 1, Bytes: []byte("file")}},
			record: "f:S\nF:d\nR:file\nZ:" + sumOf("file") + "\nR:hard\nR:hard2\nR:hard3\nZ:" + sumOf("file") + "\nR:soft\nZ:" + sumOf("a target") + "\n",
			files: []string{"d directory 0755 0:0", "d/file file 0644 0:0 file", "d/hard file 0644 0:0 file", "d/hard2 file 0644 0:0 file",
				"d/hard3 file 0644 0:0 file",
				"d/soft symlink 0777 0:0 a target"}},
		{name: "devices", edit: func(p *adb.Package) {
			p.Dirs = []adb.Dir{{Name: "dev", ACL: root, Files: []adb.File{
				special("b", 0x6000, device(0x00045678>>8<<20|0x78|0x123<<8)), special("c", 0x2000, device(0x103)),
				special("large", 0x2000, device(0xabcde>>12<<44|0xcde>>0<<8|0x01)), special("p", 0x1000, device(0)),
			}}}
		}, record: "f:S\nF:dev\nR:b\nR:c\nR:large\nR:p\n",
			files: []string{"dev directory 0755 0:0", "dev/b block device 0644 0:0 291,284280", "dev/c character device 0644 0:0 1,3",
				"dev/large character device 0644 0:0 703710,1", "dev/p FIFO 0644 0:0"}},
		{name: "owners and modes", edit: func(p *adb.Package) {
			p.Dirs = []adb.Dir{
				{Name: "d", ACL: adb.ACL{Absent: true}, Files: []adb.File{owned(file("none", ""), adb.ACL{Absent: true}),
					owned(file("other", ""), adb.ACL{Mode: 0o640, User: "nosuch", Group: "root"})}},
				{Name: "e", ACL: adb.ACL{Mode: 0o1777, User: "root", Group: "nosuch"},
					Files: []adb.File{owned(file("suid", ""), adb.ACL{Mode: 0o6755, User: "root", Group: "root"})}},
			}
		}, record: "f:S\nF:d\nM:65534:65534:0\nR:none\na:65534:65534:0\nZ:" + sumOf("") + "\nR:other\na:65534:0:640\nZ:" + sumOf("") +
			"\nF:e\nM:0:65534:1777\nR:suid\na:0:0:6755\nZ:" + sumOf("") + "\n",
			files: []string{"d directory 0000 65534:65534", "d/none file 0000 65534:65534", "d/other file 0640 65534:0", "e directory 1777 0:65534",
				"e/suid file 6755 0:0"}},
		{name: "attributes", edit: func(p *adb.Package) {
			p.Dirs = []adb.Dir{{Name: "d", ACL: adb.ACL{Mode: 0o755, User: "root", Group: "root", Xattrs: many.Xattrs},
				Files: []adb.File{owned(file("f", ""), many), owned(special("l", 0xa000, "x"), many)}}}
		}, record: "f:S\nF:d\nM:0:0:755:" + xattrs(many.Xattrs...) + "\nR:f\na:0:0:644:" + xattrs(many.Xattrs...) + "\nZ:" + sumOf("") + "\nR:l\na:0:0:644:" +
			xattrs(many.Xattrs...) + "\nZ:" + sumOf("x") + "\n",
			files: []string{"d directory 0755 0:0", `d/f file 0644 0:0 user.a="1" user.b=""`, "d/l symlink 0777 0:0 x"}},
		{name: "a unique id that is too short", edit: func(p *adb.Package) { p.Info.Hashes = "12345" }, record: ""},
		{name: "a large script", edit: func(p *adb.Package) {
			p.Scripts.PostInstall, p.Triggers = big, []string{"/a b", "+/c"}
			p.Dirs = []adb.Dir{{Name: "d", ACL: root}}
		}, record: "f:S\nF:d\n", files: []string{"d directory 0755 0:0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			pkg := &adb.Package{Info: adb.PackageInfo{Name: "p", Version: "1-r0", InstalledSize: 1}}
			test.edit(pkg)
			var made bytes.Buffer
			check(t, adb.Write(&made, adb.Deflate, adb.SchemaPackage, pkg.Marshal(), nil, test.contents))
			s := installADB(t, made.Bytes())
			text, err := s.tree.ReadFile(installedFile, 1<<20)
			check(t, err)
			_, record, found := strings.Cut(string(text), "\nP:p\nV:1-r0\n")
			record = strings.Replace(strings.TrimSuffix(record, "\n"), fmt.Sprintf("S:%d\nI:1\nT:\nU:\nL:\n", made.Len()), "", 1)
			if diff := gocmp.Diff(test.record, record); diff != "" || !found {
				t.Errorf("record (-want +got):\n%s", diff)
			}
			var files []string
			for name, n := range s.tree.All() {
				if !isOfAPK(name) && name != "" && !slices.Contains([]string{".", "etc", "lib", "var"}, name) {
					files = append(files, describeADBNode(t, name, n))
				}
			}
			if diff := gocmp.Diff(test.files, files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if pkg.Scripts.PostInstall != "" {
				_, archive, err := s.scriptsArchive()
				check(t, err)
				triggers, err := s.tree.ReadFile(triggersFile, 1<<20)
				check(t, err)
				if diff := gocmp.Diff([]string{"/a", "b", "+/c"}, s.Triggers("p")); diff != "" {
					t.Errorf("triggers of the next transaction (-want +got):\n%s", diff)
				}
				if !bytes.Contains(archive, []byte(big)) || !strings.HasSuffix(string(triggers), "= /a b +/c\n") {
					t.Errorf("archive of %d bytes, triggers %q", len(archive), triggers)
				}
			}
		})
	}
}

// installADB installs a package into an empty root.
func installADB(t *testing.T, file []byte) *Stage {
	t.Helper()
	control, err := apk.NewPackageReader(bytes.NewReader(file), apk.V3).Control()
	check(t, err)
	p := control.Package
	p.Size = uint64(len(file))
	request := solver.Request{Files: []*apk.Package{&p}}
	request.Add([]apk.Dependency{{Name: p.Name, Op: apk.Checksums, Version: control.Identity.Short().String()}}, 0)
	s, err := addADB(t, request, &recordedBase{tree: tree.New()}, nil, func(solver.Change) Source { return &apktest.MemorySource{Content: file} })
	check(t, err)
	return s
}

func describeADBNode(t *testing.T, name string, n *tree.Node) string {
	t.Helper()
	kind := map[tree.Type]string{tree.Regular: "file", tree.Directory: "directory", tree.Symlink: "symlink", tree.CharDevice: "character device",
		tree.BlockDevice: "block device", tree.FIFO: "FIFO"}[n.Type]
	text := fmt.Sprintf("%s %s %04o %d:%d", name, kind, n.Mode, n.UID, n.GID)
	switch n.Type {
	case tree.Symlink:
		return text + " " + n.Target
	case tree.CharDevice, tree.BlockDevice:
		return fmt.Sprintf("%s %d,%d", text, n.Major, n.Minor)
	case tree.Regular:
		if content := stagedContent(t, n, make(map[PackageFile]*recordedContent)); n.Size > 0 {
			text += " " + string(content.bytes)
		}
	}
	for _, key := range []string{"user.a", "user.b"} {
		if value, ok := n.Xattrs[key]; ok {
			text += fmt.Sprintf(" %s=%q", key, value)
		}
	}
	return text
}
