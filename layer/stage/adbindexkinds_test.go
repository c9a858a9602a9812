package stage

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestADBIndexKinds installs a package in apk 3's own format by indexes of both formats that are made by hand, with what apk/FORMAT.md 18
// says of identities, entries and places. Where the index does not say otherwise, the package is signed.
func TestADBIndexKinds(t *testing.T) {
	file := adb.File{Name: "f", ACL: adb.ACL{Mode: 0o644, User: "root", Group: "root"}, Size: 1}
	sum := sha256.Sum256([]byte("f"))
	file.Hash = string(sum[:])
	pkg := &adb.Package{Info: adb.PackageInfo{Name: "p", Version: "1-r0", Arch: "noarch", Description: "of the package", InstalledSize: 1,
		Replaces: []adb.Dependency{{Name: "x"}}},
		Dirs: []adb.Dir{{Name: "d", ACL: adb.ACL{Mode: 0o755, User: "root", Group: "root"}, Files: []adb.File{file}}}}
	metadata := pkg.Marshal()
	id := sha256.Sum256(metadata)
	write := func(schema adb.Schema, metadata []byte, contents ...adb.Content) []byte {
		signature, err := adb.Sign(fixtures.ECKey(), schema, metadata)
		check(t, err)
		var made bytes.Buffer
		check(t, adb.Write(&made, adb.Zstd, schema, metadata, []adb.Signature{signature}, contents))
		return made.Bytes()
	}
	built := write(adb.SchemaPackage, metadata, adb.Content{Dir: 1, File: 1, Bytes: []byte("f")})
	entry := func(edit func(*adb.PackageInfo)) adb.PackageInfo {
		info := adb.PackageInfo{Name: "p", Version: "1-r0", Arch: "x86_64", Hashes: string(id[:]), Description: "of the index", InstalledSize: 1,
			FileSize: uint64(len(built))}
		if edit != nil {
			edit(&info)
		}
		return info
	}
	index := func(spec string, list ...adb.PackageInfo) []byte {
		return write(adb.SchemaIndex, (&adb.Index{NameSpec: spec, Packages: list}).Marshal())
	}
	text := func(identity string) []byte {
		content := fmt.Sprintf("C:%s\nP:p\nV:1-r0\nA:x86_64\nS:%d\nI:1\nT:of the index\nU:\nL:\n\n", identity, len(built))
		var archive bytes.Buffer
		z := gzip.NewWriter(&archive)
		w := tar.NewWriter(z)
		check(t, w.WriteHeader(&tar.Header{Name: "APKINDEX", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content))}))
		_, err := io.WriteString(w, content)
		check(t, err)
		check(t, errors.Join(w.Close(), z.Close()))
		signature, err := apk.Sign(fixtures.Key(), fixtures.KeyName, "RSA256", archive.Bytes())
		check(t, err)
		return append(signature, archive.Bytes()...)
	}
	b64 := base64.StdEncoding.EncodeToString
	const installed = "f:S\nF:d\nR:f\nZ:"
	for _, test := range []struct {
		name  string
		index []byte
		where string // of the package; "" for the usual place
		want  string // lines of the record, or the beginning of an error
	}{
		{"the metadata of the index counts", index("", entry(nil)), "", "T:of the index\nU:\nL:\nr:x\n" + installed},
		{"a long description", index("", entry(func(i *adb.PackageInfo) { i.Description = strings.Repeat("x", 600) })), "",
			"T:" + strings.Repeat("x", 512) + "\n"},
		{"noarch", index("", entry(func(i *adb.PackageInfo) { i.Arch = "noarch" })), "noarch/p-1-r0.apk", "A:noarch\n"},
		{"another architecture", index("", entry(func(i *adb.PackageInfo) { i.Arch = "armv7" })), "armv7/p-1-r0.apk", "error: "},
		{"one identity twice", index("", entry(nil), entry(func(i *adb.PackageInfo) { i.Description = "of another entry" })), "", "T:of the index\n"},
		{"entries out of order", index("", entry(func(i *adb.PackageInfo) { i.Name, i.Hashes = "q", strings.Repeat("q", 32) }), entry(nil)), "",
			"T:of the index\n"},
		{"nothing to install", index("", entry(func(i *adb.PackageInfo) { i.InstalledSize = 0 })), "nowhere", "I:0\nT:of the index\nU:\nL:\n\n"},
		{"20 bytes", index("", entry(func(i *adb.PackageInfo) { i.Hashes = i.Hashes[:20] })), "", installed},
		{"20 other bytes", index("", entry(func(i *adb.PackageInfo) { i.Hashes = strings.Repeat("x", 20) })), "", "error: "},
		{"32 other bytes", index("", entry(func(i *adb.PackageInfo) { i.Hashes = strings.Repeat("x", 32) })), "", "error: "},
		{"21 bytes", index("", entry(func(i *adb.PackageInfo) { i.Hashes = i.Hashes[:21] })), "", "error: "},
		{"another version", index("", entry(func(i *adb.PackageInfo) { i.Version = "2-r0" })), "x86_64/p-2-r0.apk", "error: "},
		{"a place by name and hash", index("pool/${arch}/${name:1}/${hash:8}-${version}.apk", entry(nil)),
			"pool/x86_64/p/" + hex.EncodeToString(id[:4]) + "-1-r0.apk", installed},
		{"a place that begins with a slash", index("/a/${name}.apk", entry(nil)), "a/p.apk", installed},
		{"a place outside", index("../${name}.apk", entry(nil)), "../p.apk", "error: "},
		{"a place without a rule for it", index("${nosuch}.apk", entry(nil)), "", "error: "},
		{"v2, Q1", text("Q1" + b64(id[:20])), "", installed},
		{"v2, Q1 and the rest", text("Q1" + b64(id[:20]) + b64(id[20:])), "", installed},
		{"v2, Q2", text("Q2" + b64(id[:])), "", installed},
		{"v2, X2", text("X2" + hex.EncodeToString(id[:])), "", installed},
		{"v2, another", text("Q2" + b64(sum[:])), "", "error: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "repository")
			put := func(name string, content []byte) {
				name = filepath.Join(dir, filepath.FromSlash(name))
				check(t, os.MkdirAll(filepath.Dir(name), 0o755))
				check(t, os.WriteFile(name, content, 0o644))
			}
			keyword, name := "v3", "x86_64/Packages.adb"
			if strings.HasPrefix(test.name, "v2") {
				keyword, name = "v2", "x86_64/APKINDEX.tar.gz"
			}
			put(name, test.index)
			if test.where == "" {
				test.where = "x86_64/p-1-r0.apk"
			}
			put(test.where, built)
			keys := fixtures.KeyRing()
			check(t, keys.Add(fixtures.ECKeyName, []byte(fixtures.ECPublicKeyPEM)))
			s, err := addFromADBIndexes(t, keyword+" "+dir+"\n", keys, []string{"p"}, &recordedBase{tree: tree.New()})
			if isError := strings.HasPrefix(test.want, "error"); isError != (err != nil) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if err != nil {
				t.Log(err)
				return
			}
			record, err := s.tree.ReadFile(installedFile, 1<<20)
			check(t, err)
			if !strings.Contains(string(record), test.want) {
				t.Errorf("record lacks %q:\n%s", test.want, record)
			}
			if got, _, _ := strings.Cut(string(record), "\n"); got != "C:Q1"+b64(id[:20]) {
				t.Errorf("identity (-want +got):\n%s", gocmp.Diff("C:Q1"+b64(id[:20]), got))
			}
		})
	}
}
