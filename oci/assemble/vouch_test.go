package assemble_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
)

// unsigned is a package that only an index can vouch for.
func unsigned() fixtures.Package {
	p := libz()
	p.Fault = fixtures.Unsigned
	return p
}

// vendor puts the packages of the request into a directory.
func (in *inputs) vendor() string {
	in.t.Helper()
	ctx := context.Background()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		in.t.Fatal(err)
	}
	defer plan.Close()
	dir := filepath.Join(in.dir, "vendor")
	if err := (assemble.Plans{plan}).Vendor(ctx, &lock.Lock{Vendor: dir}, ""); err != nil {
		in.t.Fatal(err)
	}
	return dir
}

// TestVouch: with a lock, a trusted key must have signed each package, or an index that lists it.
func TestVouch(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(in *inputs)
		want   string // of the error; empty: the same image
		hint   string
	}{
		{"index of the repository", func(*inputs) {}, "", ""},
		{"index among the vendored packages", func(in *inputs) {
			in.spec.Vendor, in.spec.Repositories = in.vendored, []string{filepath.Join(in.dir, "gone")}
		}, "", ""},
		{"no index", func(in *inputs) {
			if err := os.Remove(filepath.Join(in.spec.Repositories[0], "x86_64", "APKINDEX.tar.gz")); err != nil {
				in.t.Fatal(err)
			}
		}, "package libz-1.0-r0: no trusted key has signed it or an index that lists it: package REPO/x86_64/libz-1.0-r0.apk: not signed; " +
			"trusted keys: fixtures@lamina.rsa.pub",
			"pass the public key of its maker (--key FILE); --allow-untrusted gives up this check"},
		{"an index that is not signed", func(in *inputs) {
			in.spec.Vendor, in.spec.Repositories = in.vendored, []string{filepath.Join(in.dir, "gone")}
			signed, err := filepath.Glob(filepath.Join(in.vendored, "x86_64", "APKINDEX.*.tar.gz"))
			if err != nil || len(signed) != 1 {
				in.t.Fatalf("%q, %v", signed, err)
			}
			if err := os.Remove(signed[0]); err != nil {
				in.t.Fatal(err)
			}
		}, "package libz-1.0-r0: no trusted key has signed it or an index that lists it: package VENDOR/x86_64/libz-1.0-r0.apk: not signed; " +
			"trusted keys: fixtures@lamina.rsa.pub",
			"pass the public key of its maker (--key FILE); --allow-untrusted gives up this check"},
		{"given up", func(in *inputs) {
			in.env.AllowUntrusted = true
			if err := os.Remove(filepath.Join(in.spec.Repositories[0], "x86_64", "APKINDEX.tar.gz")); err != nil {
				in.t.Fatal(err)
			}
		}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx(), unsigned())
			free, _ := in.build("free")
			in.vendored = in.vendor()
			in.spec.Lock = in.lock()
			repo := in.spec.Repositories[0]
			c.change(in)
			if c.want == "" {
				if locked, _ := in.build("locked"); locked.Manifest.Digest != free.Manifest.Digest {
					t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, free.Manifest.Digest)
				}
				return
			}
			err := in.fails("package", "no trusted key")
			text := strings.NewReplacer(repo, "REPO", in.vendored, "VENDOR").Replace(err.Error())
			if text != c.want || assemble.Hint(err) != c.hint {
				t.Errorf("got  %s\nwant %s\nhint %s\nwant %s", text, c.want, assemble.Hint(err), c.hint)
			}
		})
	}
}

// TestForgedPackage: a lock and a vendored package that somebody has changed, and signed with a key of their own.
func TestForgedPackage(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx())
	in.vendored = in.vendor()
	in.spec.Lock = in.lock()
	in.spec.Vendor = in.vendored
	forged := nginx()
	forged.Files[0].Content = "EVIL"
	forged.Scripts = map[string]string{"post-install": "#!/bin/sh\necho evil::0:0::/:/bin/sh >>/etc/passwd\n"}
	forged.Fault = fixtures.StrangersPackage
	built, err := forged.Build()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(in.vendored, "x86_64", "nginx-1.0-r0.apk"), built.File, 0o644); err != nil {
		t.Fatal(err)
	}
	control, err := apk.NewPackageReader(bytes.NewReader(built.File), apk.V3).Control()
	if err != nil {
		t.Fatal(err)
	}
	for i := range in.spec.Lock.Platforms[0].Changes {
		if c := &in.spec.Lock.Platforms[0].Changes[i]; c.Name == "nginx" {
			c.Identity, c.SHA256, c.DataHash = built.Entry.Identity.String(), fmt.Sprintf("%x", sha256.Sum256(built.File)), control.DataHash
			c.Size = uint64(len(built.File))
			c.InstalledSize = built.Entry.InstalledSize
		}
	}
	err = in.fails("package", "no trusted key has signed it")
	if want := "if you trust stranger@lamina.rsa.pub, pass its public key (--key FILE); --allow-untrusted gives up this check"; assemble.Hint(err) != want {
		t.Errorf("hint %q, want %q", assemble.Hint(err), want)
	}
}

// TestAlteredLock alters every value of a lock: no image comes of it but the right one.
func TestAlteredLock(t *testing.T) {
	meta := fixtures.Package{Name: "meta", Depends: "nginx"}
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}}, everyField(), libz(), meta)
	in.spec.Packages = []string{"meta"}
	want, _ := in.build("free")
	var text bytes.Buffer
	if err := in.lock().Write(&text); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(text.String(), "\n")
	base := in.spec.Lock
	altered, refused := 0, 0
	for i, line := range lines {
		for _, to := range alterations(line) {
			text := strings.Join(slices.Concat(lines[:i], []string{to}, lines[i+1:]), "")
			if !json.Valid([]byte(text)) {
				continue
			}
			altered++
			read, err := lock.Read(strings.NewReader(text))
			if err == nil {
				in.spec.Lock = read
				var got string
				if got, err = in.digest(); err == nil && got != want.Manifest.Digest.String() && !strings.Contains(line, `"size"`) {
					t.Errorf("line %d, %s instead of %s: another image, and no error", i+1, strings.TrimSpace(to), strings.TrimSpace(line))
				}
			}
			if err != nil {
				refused++
			}
			in.spec.Lock = base
		}
	}
	if altered < 100 || refused < altered/2 {
		t.Errorf("%d alterations, of which %d were refused", altered, refused)
	}
}

// alterations returns a line of JSON with another value, and with another name.
func alterations(line string) []string {
	var all []string
	for _, at := range []int{len(line) / 4, len(line) / 2, len(line) - 5, strings.Index(line, ": ") + 3} {
		if at <= 0 || at >= len(line) {
			continue
		}
		b := []byte(line)
		switch c := b[at]; {
		case c >= '0' && c <= '8':
			b[at]++
		case c >= 'a' && c < 'z', c >= 'A' && c < 'Z':
			b[at]++
		default:
			continue
		}
		all = append(all, string(b))
	}
	return append(all, "")
}

// digest builds the request, and returns the image's digest.
func (in *inputs) digest() (string, error) {
	ctx := context.Background()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		return "", err
	}
	defer plan.Close()
	image, _, err := plan.Rebuild(ctx)
	if err != nil {
		return "", err
	}
	return image.ManifestDescriptor.Digest.String(), nil
}

// TestSignedBy: the record says which key vouches for a package, and names only the indexes that were read.
func TestSignedBy(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx(), unsigned())
	for _, c := range []struct {
		name    string
		change  func()
		indexes int
	}{
		{"without a lock", func() {}, 1},
		{"with a lock", func() { in.spec.Lock = in.lock() }, 1}, // for libz
		{"all signed", func() {
			in.spec.Lock = nil
			in.repository(nginx(), libz())
			in.spec.Lock = in.lock()
		}, 0},
	} {
		c.change()
		s := in.statement(in.record(strings.ReplaceAll(c.name, " ", "-")))
		var indexes, signed int
		for _, d := range s.Predicate.BuildDefinition.ResolvedDependencies {
			switch {
			case d.Name == "index":
				indexes++
			case d.Annotations["signedBy"] == fixtures.KeyName:
				signed++
			}
		}
		if indexes != c.indexes || signed != 2 {
			t.Errorf("%s: %d indexes, want %d; %d packages with a key, want 2", c.name, indexes, c.indexes, signed)
		}
	}
}

// statement reads the record of an image.
func (in *inputs) statement(ref oci.Reference) *record.Statement {
	in.t.Helper()
	ctx := context.Background()
	store, image := in.open(ref)
	list, err := oci.ListReferrers(ctx, store, image.Manifest.Digest, record.ProvenanceType)
	if err != nil {
		in.t.Fatal(err)
	}
	s, err := record.ReadStatement(ctx, store, list)
	if err != nil || s == nil {
		in.t.Fatalf("%v, %v", s, err)
	}
	return s
}

// TestKeysOfRecord: a rebuild says which packages only keys of the record vouch for, and does not trust them if others are given.
func TestKeysOfRecord(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", NoKey: true}, nginx())
	in.spec.Keys = []spec.Key{{Name: fixtures.KeyName, PEM: []byte(fixtures.PublicKeyPEM)}}
	ref := in.record("image")
	in.warned = nil
	image, rebuilt, err := in.rebuild(ref)
	if err != nil || image != rebuilt {
		t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
	}
	want := "1 package is signed only by fixtures@lamina.rsa.pub, which the image's record brings along: pass the keys that you trust (--key FILE)"
	if len(in.warned) != 1 || in.warned[0] != want {
		t.Errorf("warnings %q, want %s", in.warned, want)
	}
	other := spec.Key{Name: "other.rsa.pub", PEM: []byte(fixtures.PublicKeyPEM)}
	if _, _, err := in.rebuild(ref, other); err == nil ||
		!strings.Contains(err.Error(), "signed by fixtures@lamina.rsa.pub, which is not trusted; trusted keys: other.rsa.pub") {
		t.Errorf("with another key: %v", err)
	}
}
