package apk_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

var adbRoot = adb.ACL{Mode: 0o755, User: "root", Group: "root"}

func adbFile(name, content string) adb.File {
	sum := sha256.Sum256([]byte(content))
	return adb.File{Name: name, ACL: adbRoot, Size: uint64(len(content)), Hash: string(sum[:])}
}

func adbLink(name string, kind byte, target string) adb.File {
	return adb.File{Name: name, ACL: adbRoot, Target: string([]byte{0, kind}) + target, HasTarget: true}
}

// TestADBPackageErrors has packages that apk 3 would install in part, or as something else than their metadata says.
func TestADBPackageErrors(t *testing.T) {
	usr := func(files ...adb.File) []adb.Dir { return []adb.Dir{{Name: "usr", ACL: adbRoot, Files: files}} }
	content := func(dir, file uint32, text string) adb.Content {
		return adb.Content{Dir: dir, File: file, Bytes: []byte(text)}
	}
	withMode := adbFile("a", "")
	withMode.ACL.Mode = 0o120644
	withAttribute := adbFile("a", "")
	withAttribute.ACL.Xattrs = []string{"user.x\x001", "user.x\x002"}
	noHash := adb.File{Name: "a", ACL: adbRoot, Size: 1}
	for _, test := range []struct {
		name     string
		edit     func(*adb.Package)
		contents []adb.Content
		want     string
	}{
		{"no name", func(p *adb.Package) { p.Info.Name = "" }, nil, "has no name"},
		{"no version", func(p *adb.Package) { p.Info.Version = "" }, nil, "the metadata has no name or no version"},
		{"name", func(p *adb.Package) { p.Info.Name = "a b" }, nil, `"a b" is not a package name`},
		{"version", func(p *adb.Package) { p.Info.Version = "x" }, nil, `the package cannot be installed: its version "x" is not valid`},
		{"line", func(p *adb.Package) { p.Info.URL = "x\nP:other" }, nil, `"p": field "x\nP:other": has a control character`},
		{"tag", func(p *adb.Package) { p.Info.Tags = []string{"a\nb"} }, nil, `"p": tag "a\nb": has a control character`},
		{"trigger", func(p *adb.Package) { p.Triggers = []string{"/a\n"} }, nil, `trigger "/a\n": has a control character`},
		{"layer", func(p *adb.Package) { p.Info.Layer = 1 }, nil, "the package cannot be installed: it is for layer 1, not for the root file system"},
		{"replaces", func(p *adb.Package) { p.Info.Replaces = []adb.Dependency{{Name: "a", Version: "1", Match: 10}} }, nil,
			`replaces: dependency on "a": unknown comparison 10`},
		{"depends", func(p *adb.Package) { p.Info.Depends = []adb.Dependency{{Name: "a", Version: "b c", Match: 1}} }, nil,
			`the package cannot be installed: broken depends: dependency "a=b c" is not valid`},
		{"priority", func(p *adb.Package) { p.ReplacesPriority = 1 << 16 }, nil, "the replaces-priority 65536 is larger than 65535"},
		{"directory twice", func(p *adb.Package) { p.Dirs = append(usr(), usr()...) }, nil, `directory "usr": occurs twice`},
		{"absolute directory", func(p *adb.Package) { p.Dirs = []adb.Dir{{Name: "/usr", ACL: adbRoot}} }, nil, `directory "/usr": the name is absolute`},
		{"directory above", func(p *adb.Package) { p.Dirs = []adb.Dir{{Name: "usr/..", ACL: adbRoot}} }, nil,
			`directory "usr/..": the name has a component ".."`},
		{"file twice", func(p *adb.Package) { p.Dirs = usr(adbFile("a", ""), adbFile("a", "")) }, nil, `entry "usr/a": occurs twice`},
		{"file name", func(p *adb.Package) { p.Dirs = usr(adbFile("a/b", "")) }, nil, `entry "usr/a/b": "a/b" is not a file name`},
		{"no file name", func(p *adb.Package) { p.Dirs = usr(adbFile("", "")) }, nil, `entry "usr/": "" is not a file name`},
		{"mode", func(p *adb.Package) { p.Dirs = usr(withMode) }, nil, `entry "usr/a": has the mode 120644, want at most 7777`},
		{"attribute", func(p *adb.Package) { p.Dirs = usr(withAttribute) }, nil, `entry "usr/a": has the attribute "user.x" twice`},
		{"no hash", func(p *adb.Package) { p.Dirs = usr(noHash) }, nil, `entry "usr/a": has a hash of 0 bytes, want 20, 32 or 64`},
		{"target", func(p *adb.Package) { p.Dirs = usr(adb.File{Name: "a", Target: "x", HasTarget: true}) }, nil,
			`entry "usr/a": has a target of fewer than 2 bytes`},
		{"kind", func(p *adb.Package) { p.Dirs = usr(adbLink("a", 0x40, "x")) }, nil, `entry "usr/a": is of the unknown kind 0x4000`},
		{"device", func(p *adb.Package) { p.Dirs = usr(adbLink("a", 0x20, "1234")) }, nil, `entry "usr/a": is a device with a number of 4 bytes, want 8`},
		{"empty link", func(p *adb.Package) { p.Dirs = usr(adbLink("a", 0xa0, "")) }, nil, `entry "usr/a": is a link without a target`},
		{"long link", func(p *adb.Package) { p.Dirs = usr(adbLink("a", 0xa0, strings.Repeat("x", 4095))) }, nil,
			`entry "usr/a": is a link to a path of 4095 bytes, want at most 4094`},
		{"NUL in link", func(p *adb.Package) { p.Dirs = usr(adbLink("a", 0xa0, "a\x00b")) }, nil, `entry "usr/a": is a link to a path with a NUL byte`},
		{"hard link", func(p *adb.Package) { p.Dirs = usr(adbLink("a", 0x80, "usr/b")) }, nil,
			`entry "usr/a": is a hard link to "usr/b", which is not an earlier file`},
		{"unique id", func(p *adb.Package) { p.Info.Hashes = strings.Repeat("x", 32) }, nil, "its unique id has 32 bytes, want 20"},
		{"hash of a hard link", func(p *adb.Package) {
			link := adbLink("b", 0x80, "usr/a")
			link.Hash = strings.Repeat("x", 32)
			p.Dirs = usr(adbFile("a", ""), link)
		}, nil, `entry "usr/b": its hash is 7878787878787878787878787878787878787878787878787878787878787878, but that of its target is ` +
			`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`},
		{"missing content", func(p *adb.Package) { p.Dirs = usr(adbFile("a", "1")) }, nil, `entry "usr/a": its content is missing`},
		{"other content", func(p *adb.Package) { p.Dirs = usr(adbFile("a", "1")) }, []adb.Content{content(1, 2, "1")},
			`entry "usr/a": the content that comes is of 1 bytes and for file 2 of directory 1, want 1 bytes for file 1 of directory 1`},
		{"altered content", func(p *adb.Package) { p.Dirs = usr(adbFile("a", "1")) }, []adb.Content{content(1, 1, "2")},
			`entry "usr/a": its content has the hash d4735e3a`},
		{"hash of an empty file", func(p *adb.Package) {
			f := adbFile("a", "1")
			f.Size = 0
			p.Dirs = usr(f)
		}, nil, `entry "usr/a": its content has the hash e3b0c442`},
		{"more content", func(p *adb.Package) { p.Dirs = usr(adbFile("a", "")) }, []adb.Content{content(1, 1, "1")},
			"there is more content than the metadata has files"},
	} {
		pkg := &adb.Package{Info: adb.PackageInfo{Name: "p", Version: "1-r0", InstalledSize: 1}}
		test.edit(pkg)
		var file bytes.Buffer
		if err := adb.Write(&file, adb.Zstd, adb.SchemaPackage, pkg.Marshal(), nil, test.contents); err != nil {
			t.Fatal(err)
		}
		if err := readADB(file.Bytes(), apk.V3); err == nil || err.Error() != test.want &&
			(!strings.Contains(test.want, "has the hash") || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
		if err := readADB(file.Bytes(), apk.V2); err == nil || err.Error() != "is in the format of apk 3, which apk 2 cannot read" {
			t.Errorf("%s: apk 2: got %v", test.name, err)
		}
	}
}

func readADB(file []byte, g apk.Generation) error {
	r := apk.NewPackageReader(bytes.NewReader(file), g)
	for {
		if _, err := r.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestADBIdentity has the ways in which an index names a package (apk/FORMAT.md 18.4).
func TestADBIdentity(t *testing.T) {
	info, file, err := fixtures.Package{Name: "p", Files: []fixtures.File{{Path: "a", Content: "1"}}}.BuildADB()
	if err != nil {
		t.Fatal(err)
	}
	keys := new(apk.KeyRing)
	if err := keys.Add(fixtures.ECKeyName, []byte(fixtures.ECPublicKeyPEM)); err != nil {
		t.Fatal(err)
	}
	whole := apk.SHA256Checksum([32]byte([]byte(info.Hashes)))
	wrong := apk.SHA256Checksum([32]byte{1})
	for _, test := range []struct {
		name    string
		version string
		id      apk.Checksum
		keys    *apk.KeyRing
		want    string
	}{
		{"32 bytes", "1.0-r0", whole, nil, ""},
		{"32 other bytes", "1.0-r0", wrong, keys, "this is another build of p-1.0-r0, or it was altered"},
		{"20 bytes and a signature", "1.0-r0", whole.Short(), keys, ""},
		{"20 bytes without a key", "1.0-r0", whole.Short(), nil,
			"the index has an identity of 20 bytes, so that the package itself must be signed: signed by key "},
		{"20 other bytes", "1.0-r0", wrong.Short(), keys, "this is another build of p-1.0-r0, or it was altered"},
		{"another version", "2.0-r0", whole, keys, "it is p-1.0-r0, but the index says p-2.0-r0"},
	} {
		want := &apk.Package{Name: "p", Version: test.version, Identity: test.id}
		_, err := apk.VerifyPackage(bytes.NewReader(file), want, test.keys, apk.V3)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestADBIndexErrors has indexes that are signed, and still not to be used.
func TestADBIndexErrors(t *testing.T) {
	keys := new(apk.KeyRing)
	if err := keys.Add(fixtures.ECKeyName, []byte(fixtures.ECPublicKeyPEM)); err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("i", 32)
	good := adb.PackageInfo{Name: "p", Version: "1-r0", Hashes: id}
	read := func(index *adb.Index, contents ...adb.Content) (*apk.Index, error) {
		metadata := index.Marshal()
		signature, err := adb.Sign(fixtures.ECKey(), adb.SchemaIndex, metadata)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := adb.Write(&file, adb.Deflate, adb.SchemaIndex, metadata, []adb.Signature{signature}, contents); err != nil {
			t.Fatal(err)
		}
		return apk.ReadIndexArchive(&file, keys, apk.V3)
	}
	for _, test := range []struct {
		name     string
		index    adb.Index
		contents []adb.Content
		want     string
	}{
		{"content", adb.Index{Packages: []adb.PackageInfo{good}}, []adb.Content{{Dir: 1, File: 1, Bytes: []byte("x")}},
			"index: has a content, which an index cannot have"},
		{"no version", adb.Index{Packages: []adb.PackageInfo{{Name: "p", Hashes: id}}}, nil, `index: package "p" has no version`},
		{"no name", adb.Index{Packages: []adb.PackageInfo{good, {Version: "1", Hashes: id}}}, nil, "index: package 2: has no name"},
		{"slash", adb.Index{Packages: []adb.PackageInfo{{Name: "p", Version: "1/2", Hashes: id}}}, nil,
			`index: package 1: package "p": "1/2" cannot be part of a file name`},
	} {
		if _, err := read(&test.index, test.contents...); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	index, err := read(&adb.Index{NameSpec: "/pool/${name:1}/${hash:4}/${name}-${version}.apk",
		Packages: []adb.PackageInfo{good, {Name: "q", Version: "1-r0"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(index.Packages) != 1 || index.Packages[0].Path != "pool/p/6969/p-1-r0.apk" || len(index.Warnings) != 1 ||
		index.Warnings[0] != "1 packages have no identity and are left out" || index.SignedBy != fixtures.ECKeyName {
		t.Errorf("got %+v with warnings %q", index.Packages[0], index.Warnings)
	}
	for spec, want := range map[string]string{
		"${what}":                   `the index's rule for names of package files, "${what}", is not valid`,
		"${name":                    `the index's rule for names of package files, "${name", is not valid`,
		"${name:}":                  `the index's rule for names of package files, "${name:}", is not valid`,
		"../${name}":                `the index's rule for names of package files gives "../p": the name has a component ".."`,
		"https://b.example/${name}": `the index's rule for names of package files gives "https://b.example/p", which is in another repository`,
	} {
		index, err := read(&adb.Index{NameSpec: spec, Packages: []adb.PackageInfo{good}})
		if err != nil || index.Packages[0].Uninstallable != want {
			t.Errorf("%s: got %v, %v, want %s", spec, index, err, want)
		}
	}
}
