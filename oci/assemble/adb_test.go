package assemble_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// useADB gives the request a repository in apk 3's own format in place of its own.
func (in *inputs) useADB(r fixtures.Repository) (dir string) {
	in.t.Helper()
	dir = filepath.Join(in.dir, "packages-adb")
	if err := os.RemoveAll(dir); err != nil {
		in.t.Fatal(err)
	}
	if err := r.Write(dir); err != nil {
		in.t.Fatal(err)
	}
	in.spec.Repositories = []string{"v3 file://" + filepath.ToSlash(dir)}
	if r.Format == fixtures.OpenWrtFormat {
		in.spec.Repositories = []string{"file://" + filepath.ToSlash(dir) + "/packages.adb"}
	}
	in.spec.Keys = []spec.Key{{Name: fixtures.ECKeyName, PEM: []byte(fixtures.ECPublicKeyPEM)}}
	return dir
}

// TestADB builds from repositories in apk 3's own format: the same files as from others, freely and with a lock, from a
// directory and from a server, on a base and from scratch.
func TestADB(t *testing.T) {
	packages := []fixtures.Package{everyField(), libz(), {Name: "meta", Depends: "nginx"}}
	for _, format := range []struct {
		name   string
		format fixtures.Format
	}{{"v3", fixtures.ADBFormat}, {"OpenWrt", fixtures.OpenWrtFormat}} {
		t.Run(format.name, func(t *testing.T) {
			in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}}, packages...)
			in.spec.Packages = []string{"meta"}
			_, usual := in.build("usual")
			dir := in.useADB(fixtures.Repository{Packages: packages, Format: format.format})
			free, image := in.build("adb")
			if diff := cmp.Diff(withoutDatabases(headers(t, usual)), withoutDatabases(headers(t, image))); diff != "" {
				t.Errorf("files (-usual +adb):\n%s", diff)
			}
			root := tree.New()
			for _, l := range image.Layers {
				if err := l.ReadInto(t.Context(), root); err != nil {
					t.Fatal(err)
				}
			}
			db, err := stage.ReadInstalled(root, apk.V3)
			if err != nil {
				t.Fatal(err)
			}
			if p := db.Find("nginx"); p == nil || !p.Flags.SHA256Sums || len(p.Identity.Bytes()) != 20 {
				t.Errorf("the database has %+v", p)
			}

			pinned := in.lock()
			var text bytes.Buffer
			if err := pinned.Write(&text); err != nil {
				t.Fatal(err)
			}
			if in.spec.Lock, err = lock.Read(&text); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"x86_64/Packages.adb", "packages.adb"} {
				os.Remove(filepath.Join(dir, filepath.FromSlash(name)))
			}
			locked, _ := in.build("locked")
			if locked.Layer.DiffID != free.Layer.DiffID {
				t.Errorf("layer %s with a lock, %s without", locked.Layer.DiffID, free.Layer.DiffID)
			}
		})
	}
	t.Run("from scratch over http", func(t *testing.T) {
		in := newInputs(t, fixtures.Base{}, nginx())
		dir := in.useADB(fixtures.Repository{Packages: []fixtures.Package{nginx()}, Format: fixtures.OpenWrtFormat})
		in.spec.Base = oci.Reference{Transport: oci.TransportScratch}
		in.platform = oci.Platform{OS: "linux", Architecture: "amd64"}
		in.env.Client.CacheDir = t.TempDir()
		server := httptest.NewServer(http.FileServer(http.Dir(dir)))
		defer server.Close()
		in.spec.Repositories = []string{server.URL + "/packages.adb"}
		first, _ := in.build("first")
		in.env.Client.Offline = true
		again, _ := in.build("again")
		if first.Layer.Digest != again.Layer.Digest {
			t.Errorf("layer %s from the server, %s from the cache", first.Layer.Digest, again.Layer.Digest)
		}
	})
	t.Run("cached", func(t *testing.T) {
		in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}}, nginx())
		in.useADB(fixtures.Repository{Packages: []fixtures.Package{nginx()}, Format: fixtures.ADBFormat})
		free, _ := in.build("free")
		in.env.Cache = cachetest.Open(filepath.Join(in.dir, "cache"))
		for _, name := range []string{"first", "second"} {
			if got, _ := in.build(name); got.Layer.Digest != free.Layer.Digest {
				t.Errorf("%s: layer %s with a cache, %s without", name, got.Layer.Digest, free.Layer.Digest)
			}
		}
		for _, kind := range []string{"listings", "segments"} {
			if list, _ := filepath.Glob(filepath.Join(in.dir, "cache", kind, "*")); len(list) == 0 {
				t.Errorf("the cache has no %s", kind)
			}
		}
	})
	t.Run("mixed", func(t *testing.T) {
		in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}}, libz())
		usual := in.spec.Repositories
		in.useADB(fixtures.Repository{Packages: []fixtures.Package{everyField()}, Format: fixtures.ADBFormat})
		in.spec.Repositories = append(in.spec.Repositories, usual...)
		in.spec.Packages = []string{"nginx"}
		_, image := in.build("mixed")
		all := strings.Join(names(headers(t, image)), " ")
		if !strings.Contains(all, "usr/lib/libz.so.1") || !strings.Contains(all, "usr/sbin/nginx") {
			t.Errorf("the layer has %s", all)
		}
	})
}

// withoutDatabases drops what differs: databases, and the times of directories, which such packages do not have.
func withoutDatabases(list []*tar.Header) []string {
	var all []string
	for _, h := range list {
		if strings.HasPrefix(h.Name, "lib/apk/") {
			continue
		}
		line := fmt.Sprintf("%s %c %o %d:%d %d %s %v", h.Name, h.Typeflag, h.Mode, h.Uid, h.Gid, h.Size, h.Linkname, h.PAXRecords)
		if h.Typeflag != tar.TypeDir {
			line += h.ModTime.UTC().String()
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// TestADBFaults has files that are not what their metadata or index says.
func TestADBFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault fixtures.Fault
		index fixtures.IndexFault
		tools string
		part  string
		want  string
	}{
		{"altered content", fixtures.AlteredData, 0, "3.0.1-r0", "package", "its content has the hash"},
		{"another package", fixtures.OtherIdentity, 0, "3.0.1-r0", "package", "this is another build of nginx-1.0-r0, or it was altered"},
		{"truncated", fixtures.Truncated, 0, "3.0.1-r0", "package", "unexpected EOF"},
		{"unsigned index", 0, fixtures.UnsignedIndex, "3.0.1-r0", "repository", "not signed; trusted keys:"},
		{"apk 2", 0, 0, "2.14.9-r2", "request", "the keyword v3 is of apk 3, but the base has apk 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := newInputs(t, fixtures.Base{APKTools: test.tools, World: []string{"apk-tools"}}, nginx())
			p := nginx()
			p.Fault = test.fault
			in.useADB(fixtures.Repository{Packages: []fixtures.Package{p}, Format: fixtures.ADBFormat, IndexFault: test.index})
			in.fails(test.part, test.want)
		})
	}
	// The package's own signature does not count where the index has its SHA-256.
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}}, nginx())
	p := nginx()
	p.Fault = fixtures.Unsigned
	in.useADB(fixtures.Repository{Packages: []fixtures.Package{p}, Format: fixtures.ADBFormat})
	in.build("unsigned")
}
