package assemble_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
)

// packageFileInputs is a request whose command installs a package from a file that the request brings.
func packageFileInputs(t *testing.T, local fixtures.Package, tools string) *inputs {
	t.Helper()
	in := newInputs(t, fixtures.Base{APKTools: tools, World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"},
	}}, libz())
	in.spec.Packages = nil
	in.spec.Run = []string{"cd /srv && apk add ./local.apk"}
	in.spec.Remove = []string{"/srv/local.apk"}
	in.bring(local)
	return in
}

// bring puts a package file into the request.
func (in *inputs) bring(local fixtures.Package) {
	in.t.Helper()
	built, err := local.Build()
	if err != nil {
		in.t.Fatal(err)
	}
	in.spec.Files = []stage.File{{Path: "/srv/local.apk", Content: tree.Bytes(built.File), Size: int64(len(built.File))}}
}

// TestPackageFile: with apk 2 and 3, a package file is installed with its dependencies, and a lock pins it.
func TestPackageFile(t *testing.T) {
	for _, tools := range []string{"2.14.9-r2", "3.0.1-r0"} {
		in := packageFileInputs(t, fixtures.Package{Name: "local", Depends: "libz", Files: []fixtures.File{{Path: "etc/local", Content: "1"}}}, tools)
		free, image := in.build("free")
		names := ""
		for _, h := range headers(t, image) {
			names += h.Name + " "
		}
		if !strings.Contains(names, "etc/local ") || strings.Contains(names, "local.apk") {
			t.Errorf("%s: the layer has %s", tools, names)
		}
		var text bytes.Buffer
		if err := in.lock().Write(&text); err != nil {
			t.Fatal(err)
		}
		pinned, err := lock.Read(&text)
		if err != nil {
			t.Fatal(err)
		}
		changes := pinned.Platforms[0].Transactions[0].Changes
		last := changes[len(changes)-1]
		if last.Name != "local" || last.File != "/srv/local.apk" || last.SHA256 == "" || last.Repository != -1 {
			t.Errorf("%s: the lock has %+v", tools, last.Package)
		}
		in.spec.Lock = pinned
		if locked, _ := in.build("locked"); locked.Manifest.Digest != free.Manifest.Digest {
			t.Errorf("%s: with the lock %s, without %s", tools, locked.Manifest.Digest, free.Manifest.Digest)
		}
		in.bring(fixtures.Package{Name: "local", Depends: "libz", Files: []fixtures.File{{Path: "etc/local", Content: "2"}}})
		in.fails("run", "the lock's world is")
		changes[len(changes)-1].SHA256 = strings.Repeat("0", 64)
		in.bring(fixtures.Package{Name: "local", Depends: "libz", Files: []fixtures.File{{Path: "etc/local", Content: "1"}}})
		in.fails("lock", "it was signed again or altered")
	}
}

// TestPackageFileWithoutFiles: a package without files is pinned by its file, too.
func TestPackageFileWithoutFiles(t *testing.T) {
	in := packageFileInputs(t, fixtures.Package{Name: "local", Depends: "libz"}, "3.0.1-r0")
	free, _ := in.build("free")
	in.spec.Lock = in.lock()
	changes := in.spec.Lock.Platforms[0].Transactions[0].Changes
	if last := changes[len(changes)-1]; last.Name != "local" || len(last.SHA256) != 64 {
		t.Errorf("the lock has %+v", last)
	}
	if locked, _ := in.build("locked"); locked.Manifest.Digest != free.Manifest.Digest {
		t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, free.Manifest.Digest)
	}
}

// TestUntrustedPackageFile: only a flag of the build can turn off the check of signatures, not a command.
func TestUntrustedPackageFile(t *testing.T) {
	local := fixtures.Package{Name: "local", Files: []fixtures.File{{Path: "etc/local", Content: "1"}}, Fault: fixtures.StrangersPackage}
	in := packageFileInputs(t, local, "3.0.1-r0")
	err := in.fails("run", "UNTRUSTED signature")
	if want := "if you trust stranger@lamina.rsa.pub, pass its public key: --key FILE"; assemble.Hint(err) != want {
		t.Errorf("hint %q, want %q", assemble.Hint(err), want)
	}
	in.spec.Run = []string{"apk add --allow-untrusted /srv/local.apk"}
	in.fails("run", "/srv/local.apk: UNTRUSTED signature; a command cannot turn off the check")
	in.env.AllowUntrusted = true
	in.build("allowed")
}

// TestNeedlessAllowUntrusted: a file that a trusted key has signed needs no permission.
func TestNeedlessAllowUntrusted(t *testing.T) {
	local := fixtures.Package{Name: "local", Files: []fixtures.File{{Path: "etc/local", Content: "1"}}}
	in := packageFileInputs(t, local, "3.0.1-r0")
	_, want := in.build("run")
	in.spec.Run = []string{"apk add --allow-untrusted /srv/local.apk"}
	_, got := in.build("allowing")
	if diff := cmp.Diff(headers(t, want), headers(t, got)); diff != "" {
		t.Errorf("without the option (-) and with it (+):\n%s", diff)
	}
}
