package assemble_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
)

// lock resolves the request and locks it.
func (in *inputs) lock() *lock.Lock {
	in.t.Helper()
	ctx := context.Background()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		in.t.Fatal(err)
	}
	defer plan.Close()
	pinned, err := assemble.Plans{plan}.Lock(ctx, lock.Request{Packages: in.spec.Packages})
	if err != nil {
		in.t.Fatal(err)
	}
	return pinned
}

// repository writes the packages to the repository, in place of those there.
func (in *inputs) repository(packages ...fixtures.Package) {
	in.t.Helper()
	if err := os.RemoveAll(in.spec.Repositories[0]); err != nil {
		in.t.Fatal(err)
	}
	if err := (fixtures.Repository{Packages: packages}).Write(in.spec.Repositories[0]); err != nil {
		in.t.Fatal(err)
	}
}

// fails resolves and writes the request, which must fail with something about part.
func (in *inputs) fails(part string, text string) error {
	in.t.Helper()
	ctx := context.Background()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err == nil {
		defer plan.Close()
		_, err = plan.Write(ctx, oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "failed"), Name: "x"})
	}
	about := new(assemble.Error)
	if !errors.As(err, &about) || about.Part != part || !strings.Contains(err.Error(), text) {
		in.t.Errorf("got %v, want an error about the %s with %q", err, part, text)
	}
	if _, err := os.Stat(filepath.Join(in.dir, "failed", "index.json")); err == nil {
		in.t.Error("an image was written")
	}
	return err
}

// everyField is a package whose record in the index uses every line.
func everyField() fixtures.Package {
	p := nginx()
	p.Depends = "libz>=1 !apache2 so:libz.so.1~1"
	p.Provides = "www=2 cmd:nginx=1.0-r0 virtual"
	p.InstallIf = "libz=1.0-r0 apk-tools"
	p.ProviderPriority = 7
	p.Scripts = map[string]string{"post-install": "#!/bin/sh\necho made >/var/made\n"}
	return p
}

func libz() fixtures.Package {
	return fixtures.Package{Name: "libz", Provides: "so:libz.so.1=1.2", Files: []fixtures.File{{Path: "usr/lib/libz.so.1", Content: "z"}}}
}

// TestLock: a build with the lock reads no index and gives the same image.
func TestLock(t *testing.T) {
	for _, tools := range []string{"2.14.9-r2", "3.0.1-r0"} {
		t.Run(tools, func(t *testing.T) {
			meta := fixtures.Package{Name: "meta", Depends: "nginx"} // without a file
			in := newInputs(t, fixtures.Base{APKTools: tools, World: []string{"apk-tools"}}, everyField(), libz(), meta)
			in.spec.Packages = []string{"meta"}
			free, _ := in.build("free")
			pinned := in.lock()
			var text bytes.Buffer
			if err := pinned.Write(&text); err != nil {
				t.Fatal(err)
			}
			for _, form := range []struct{ name, text string }{
				{"as written", text.String()},
				{"line ends of Windows", strings.ReplaceAll(text.String(), "\n", "\r\n")},
			} {
				read, err := lock.Read(strings.NewReader(form.text))
				if err != nil {
					t.Fatalf("%s: %v", form.name, err)
				}
				if diff := cmp.Diff(pinned, read); diff != "" {
					t.Errorf("%s (-want +got):\n%s", form.name, diff)
				}
				in.spec.Lock = read
			}
			if err := os.Remove(filepath.Join(in.spec.Repositories[0], "x86_64", "APKINDEX.tar.gz")); err != nil {
				t.Fatal(err)
			}
			locked, _ := in.build("locked")
			if locked.Manifest.Digest != free.Manifest.Digest {
				t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, free.Manifest.Digest)
			}
		})
	}
}

// TestLockFromElsewhere: with a lock, any place that has the very files will do.
func TestLockFromElsewhere(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	free, _ := in.build("free")
	in.spec.Lock = in.lock()
	old := in.spec.Repositories[0]
	elsewhere := filepath.Join(in.dir, "elsewhere")
	if err := os.Rename(old, elsewhere); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(in.dir, "empty")
	in.spec.Repositories = []string{empty, elsewhere}
	if got, _ := in.build("elsewhere-image"); got.Manifest.Digest != free.Manifest.Digest {
		t.Errorf("from elsewhere %s, want %s", got.Manifest.Digest, free.Manifest.Digest)
	}
	in.spec.Repositories, in.spec.Vendor = []string{empty}, elsewhere
	if got, _ := in.build("vendored-image"); got.Manifest.Digest != free.Manifest.Digest {
		t.Errorf("vendored %s, want %s", got.Manifest.Digest, free.Manifest.Digest)
	}
	in.spec.Vendor = ""
	in.fails("package", "nginx-1.0-r0.apk: no such file")
}

// TestLockDoesNotFit: a lock is refused where spec, base or platforms differ from it.
func TestLockDoesNotFit(t *testing.T) {
	fresh := func(t *testing.T) *inputs {
		in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
		in.spec.Lock = in.lock()
		return in
	}
	t.Run("another base", func(t *testing.T) {
		in := fresh(t)
		root, err := fixtures.Base{APKTools: "3.0.2-r0"}.TarGzip()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(in.spec.Base.Path, root, 0o644); err != nil {
			t.Fatal(err)
		}
		in.fails("lock", "but the lock was made for sha256:")
	})
	t.Run("another package of that name", func(t *testing.T) {
		in := fresh(t)
		p := nginx()
		p.Files[0].Content = "altered"
		in.repository(p)
		in.fails("package", "but the lock says")
	})
	t.Run("signed again", func(t *testing.T) {
		in := fresh(t)
		p := nginx()
		p.Fault = fixtures.Unsigned
		in.repository(p)
		// The size would tell as well.
		for i := range in.spec.Lock.Platforms[0].Changes {
			in.spec.Lock.Platforms[0].Changes[i].Size = 0
		}
		in.fails("lock", "it was signed again or altered")
	})
	t.Run("another platform", func(t *testing.T) {
		in := fresh(t)
		in.spec.Lock.Platforms[0].Platform = "linux/riscv64"
		in.fails("lock", "the lock has no entry for linux/amd64, only for linux/riscv64")
	})
	t.Run("another recipe", func(t *testing.T) {
		in := fresh(t)
		in.spec.Lock.Recipe = strings.Replace(in.spec.Lock.Recipe, "rules=", "rules=9", 1)
		in.fails("lock", "rules")
	})
	t.Run("a package that the base should have", func(t *testing.T) {
		in := fresh(t)
		in.spec.Lock.Platforms[0].Changes[0].OldVersion = "9"
		in.fails("lock", "is not in the base")
	})
}

// TestRenew: one package is upgraded with what it needs; the others stay as locked.
func TestRenew(t *testing.T) {
	version := func(name, version, depends string) fixtures.Package {
		return fixtures.Package{Name: name, Version: version, Depends: depends, Files: []fixtures.File{{Path: "usr/share/" + name, Content: version}}}
	}
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"},
		version("a", "1-r0", "c"), version("b", "1-r0", ""), version("c", "1-r0", ""), version("d", "1-r0", ""))
	pinned := in.lock()
	// Of b and d the old version is no longer in the index; that of d is not even there.
	in.repository(version("a", "2-r0", "c>1-r0"), version("b", "2-r0", ""), version("c", "1-r0", ""), version("c", "2-r0", ""), version("d", "2-r0", ""))
	if err := (fixtures.Repository{Packages: []fixtures.Package{version("b", "1-r0", "")}}).Write(filepath.Join(in.dir, "old")); err != nil {
		t.Fatal(err)
	}
	copyTo := filepath.Join(in.spec.Repositories[0], "x86_64", "b-1-r0.apk")
	old, err := os.ReadFile(filepath.Join(in.dir, "old", "x86_64", "b-1-r0.apk"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copyTo, old, 0o644); err != nil {
		t.Fatal(err)
	}
	versions := func(pinned *lock.Lock) map[string]string {
		list := make(map[string]string)
		for _, c := range pinned.Platforms[0].Changes {
			if c.Package != nil {
				list[c.Name] = c.Version
			}
		}
		return list
	}

	plans, err := (&assemble.Renewal{Lock: pinned, Names: []string{"a", "d"}}).Resolve(context.Background(), &in.spec, &in.env)
	if err != nil {
		t.Fatal(err)
	}
	defer plans.Close()
	got, err := plans.Lock(context.Background(), lock.Request{Packages: in.spec.Packages})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "2-r0", "b": "1-r0", "c": "2-r0", "d": "2-r0"}, versions(got)); diff != "" {
		t.Errorf("a and d renewed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "1-r0", "b": "1-r0", "c": "1-r0", "d": "1-r0"}, versions(pinned)); diff != "" {
		t.Errorf("the old lock changed (-want +got):\n%s", diff)
	}
	in.spec.Lock = got
	in.build("renewed")

	in.spec.Lock = nil
	_, err = (&assemble.Renewal{Lock: pinned, Names: []string{"e"}}).Resolve(context.Background(), &in.spec, &in.env)
	if err == nil || !strings.Contains(err.Error(), "package e: is neither in the lock nor in the base") {
		t.Errorf("got %v", err)
	}
}

// TestVendor: a directory with the packages is all that a build with the lock needs.
func TestVendor(t *testing.T) {
	ctx := context.Background()
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, everyField(), libz())
	free, _ := in.build("free")
	in.spec.Lock = in.lock()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	vendor := filepath.Join(in.dir, "vendored", "packages")
	if err := (assemble.Plans{plan}).Vendor(ctx, &lock.Lock{Vendor: vendor}, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nginx-1.0-r0.apk", "libz-1.0-r0.apk"} {
		want, err := os.ReadFile(filepath.Join(in.spec.Repositories[0], "x86_64", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(vendor, "x86_64", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what it was: %v", name, err)
		}
	}
	if err := os.RemoveAll(in.spec.Repositories[0]); err != nil {
		t.Fatal(err)
	}
	in.spec.Repositories = []string{"http://127.0.0.1:1/gone"}
	in.spec.Vendor = vendor
	in.env.Client = &repository.Client{Offline: true, CacheDir: filepath.Join(in.dir, "cache")}
	t.Cleanup(func() { in.env.Client.Close() })
	if got, _ := in.build("offline"); got.Manifest.Digest != free.Manifest.Digest {
		t.Errorf("offline %s, want %s", got.Manifest.Digest, free.Manifest.Digest)
	}
	if err := os.RemoveAll(vendor); err != nil {
		t.Fatal(err)
	}
	in.fails("package", "libz-1.0-r0.apk, http://127.0.0.1:1/gone/x86_64/nginx-1.0-r0.apk are not in the cache")
}
