package assemble_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// queryInputs is a request that asks apk which packages a server of another repository would need, installs them from the root's
// own, and then the server from nowhere but there, although the root's repository has a newer one.
func queryInputs(t *testing.T) *inputs {
	program := func(text string) []fixtures.File {
		return []fixtures.File{{Path: "usr/sbin/server", Mode: 0o755, Content: text}}
	}
	in := newInputs(t, fixtures.Base{APKTools: "3.0.6-r0", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"},
	}}, libz(), fixtures.Package{Name: "tool", Depends: "libz"}, fixtures.Package{Name: "server", Version: "2.0-r0", Depends: "tool",
		Files: program("the newer one")})
	theirs := filepath.Join(in.dir, "theirs")
	if err := (fixtures.Repository{Packages: []fixtures.Package{
		{Name: "server", Version: "1.5-r1", Depends: "so:libz.so.1 tool !apache", Files: program("theirs")},
	}}).Write(theirs); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(theirs)))
	t.Cleanup(server.Close)
	in.spec.Packages = nil
	in.spec.Run = []string{
		fmt.Sprintf(`wanted="  server=1.5-r1  "
deps=$(apk query --summarize depends --recursive --no-cache --repository "@theirs %s" ${wanted/=/@theirs=})
echo "$deps" >/etc/needed
apk add --no-cache $deps
apk add --repositories-file /dev/null -X %[1]s --no-cache $wanted`, server.URL),
		"apk query --recursive nosuch 2>/dev/null || echo \"status $?\" >>/etc/needed",
		"apk query --installed --fields name,version --format yaml 'lib*' >>/etc/needed",
		"apk query --world --summarize name libz >>/etc/needed",
	}
	return in
}

// TestAPKQuery: a query solves as apk does and changes nothing, and the lock has what it found.
func TestAPKQuery(t *testing.T) {
	in := queryInputs(t)
	result, image := in.build("free")
	read := func(name string) string {
		tr := tree.New()
		for _, l := range image.Layers {
			if err := l.ReadInto(t.Context(), tr); err != nil {
				t.Fatal(err)
			}
		}
		text, err := tr.ReadFile(name, 9999)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := "!apache\nlibz\nso:libz.so.1\ntool\nstatus 1\n# 1 items\n- name: libz\n  version: 1.0-r0\napk-tools\nlibz\nserver\ntool\n"
	if got := read("etc/needed"); got != want {
		t.Errorf("the queries print %q, want %q", got, want)
	}
	if got := read("usr/sbin/server"); got != "theirs" {
		t.Errorf("the server is %q", got)
	}
	if got := strings.Fields(read("etc/apk/world")); strings.Join(got, " ") != "!apache apk-tools libz server=1.5-r1 so:libz.so.1 tool" {
		t.Errorf("the world is %q", got)
	}

	pinned := in.lock()
	transactions := pinned.Platforms[0].Transactions
	if len(transactions) != 5 || transactions[0].Answer == nil || transactions[0].Answer.Output != "!apache\nlibz\nso:libz.so.1\ntool\n" ||
		transactions[3].Answer == nil || transactions[3].Answer.Status != 1 {
		t.Errorf("the lock has %+v", transactions)
	}
	in.pin(pinned)
	if again, _ := in.build("locked"); again.Manifest.Digest != result.Manifest.Digest {
		t.Errorf("with the lock %s, without %s", again.Manifest.Digest, result.Manifest.Digest)
	}
}

// TestRebuildQuery: the record says enough to answer the queries again.
func TestRebuildQuery(t *testing.T) {
	in := queryInputs(t)
	if image, rebuilt, err := in.rebuild(in.record("image")); err != nil || image != rebuilt {
		t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
	}
}

// TestRefusedQueries: apk 2 has no query, and what is not known about apk 3's is not guessed.
func TestRefusedQueries(t *testing.T) {
	for text, want := range map[string]string{
		"apk query libz": "query needs --recursive or --installed",
		"apk query --installed --format xml libz":     `the format "xml" is not supported`,
		"apk query --installed --fields owner libz":   `the field "owner" is not supported`,
		"apk query --recursive --summarize url libz":  `a summary of the field "url" is not supported`,
		"apk query --match provides --recursive libz": "the option --match is not supported",
		"apk query --recursive --summarize":           "--summarize needs a value",
	} {
		in := queryInputs(t)
		in.spec.Run = []string{text}
		in.fails("run", want)
	}
	in := commandInputs(t)
	old, err := fixtures.Base{APKTools: "2.14.4-r0", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"},
	}}.TarGzip()
	if err != nil {
		t.Fatal(err)
	}
	in.spec.Base.Path = filepath.Join(in.dir, "old.tar.gz")
	if err := os.WriteFile(in.spec.Base.Path, old, 0o644); err != nil {
		t.Fatal(err)
	}
	in.spec.Packages, in.spec.Run = nil, []string{"apk query --recursive libz"}
	in.fails("run", "the base's apk 2 has no query")
}

// TestUpgradedAPK: once apk 2 has upgraded itself to apk 3, apk 3 does the rest, which knows queries.
func TestUpgradedAPK(t *testing.T) {
	for name, change := range map[string]func(*spec.Spec){
		"command": func(s *spec.Spec) { s.Run = []string{"apk upgrade"} },
		"key":     func(s *spec.Spec) { s.Upgrade = lock.UpgradeAll },
	} {
		t.Run(name, func(t *testing.T) {
			in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
				{Path: "sbin/apk", Mode: 0o755, Content: "apk 2"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"},
			}}, libz(), fixtures.Package{Name: "apk-tools", Version: "3.0.6-r0", Files: []fixtures.File{{Path: "sbin/apk", Mode: 0o755, Content: "apk 3"}}})
			in.spec.Packages = nil
			change(&in.spec)
			in.spec.Run = append(in.spec.Run, "apk add libz && apk query --installed --summarize name 'lib*' >/etc/asked")
			result, image := in.build("free")
			all := tree.New()
			for _, l := range image.Layers {
				if err := l.ReadInto(t.Context(), all); err != nil {
					t.Fatal(err)
				}
			}
			if text, err := all.ReadFile("etc/asked", 99); err != nil || string(text) != "libz\n" {
				t.Errorf("the query prints %q, %v", text, err)
			}
			if image, rebuilt, err := in.rebuild(in.record("image")); err != nil || image != rebuilt {
				t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
			}
			in.pin(in.lock())
			if again, _ := in.build("locked"); again.Manifest.Digest != result.Manifest.Digest {
				t.Errorf("with the lock %s, without %s", again.Manifest.Digest, result.Manifest.Digest)
			}
		})
	}
}

// TestSimulate: a transaction that apk only simulates prints what it would do and changes nothing, also with a lock and from the record.
func TestSimulate(t *testing.T) {
	for _, tools := range []string{"2.14.9-r2", "3.0.1-r0"} {
		in := newInputs(t, fixtures.Base{APKTools: tools, World: []string{"apk-tools"}, Files: []fixtures.File{
			{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"}, {Path: "bin/cat", Mode: 0o755, Content: "cat"},
		}}, libz(), fixtures.Package{Name: "tool", Depends: "libz"})
		in.spec.Packages = nil
		in.spec.Run = []string{
			"apk add --simulate tool >/etc/would; apk add -qs tool >>/etc/would; apk add -s nosuch >>/etc/would 2>/etc/why || echo status $? >>/etc/would",
			"apk add nosuch 2>/etc/as || :",
			"apk add -q libz; apk fix -s libz >>/etc/would; apk del -s libz >>/etc/would; apk info >>/etc/would; cat /etc/apk/world >>/etc/would",
		}
		result, image := in.build("free")
		files := tree.New()
		for _, l := range image.Layers {
			if err := l.ReadInto(t.Context(), files); err != nil {
				t.Fatal(err)
			}
		}
		want := "(1/2) Installing libz (1.0-r0)\n(2/2) Installing tool (1.0-r0)\nstatus 1\n(1/1) Reinstalling libz (1.0-r0)\n(1/1) Purging libz (1.0-r0)\n" +
			"apk-tools\nlibz\napk-tools\nlibz\n"
		if got, err := files.ReadFile("etc/would", 999); err != nil || string(got) != want {
			t.Errorf("%s: %q, want %q; %v", tools, got, want, err)
		}
		simulated, err := files.ReadFile("etc/why", 999)
		if done, _ := files.ReadFile("etc/as", 999); err != nil || !strings.Contains(string(simulated), "nosuch") || string(simulated) != string(done) {
			t.Errorf("%s: simulated, apk says %q, and otherwise %q; %v", tools, simulated, done, err)
		}
		if was, now, err := in.rebuild(in.record("recorded")); err != nil || was != now {
			t.Errorf("%s: rebuilt as %s of %s, %v", tools, now, was, err)
		}
		in.pin(in.lock())
		if again, _ := in.build("locked"); again.Manifest.Digest != result.Manifest.Digest {
			t.Errorf("%s: with the lock %s, without %s", tools, again.Manifest.Digest, result.Manifest.Digest)
		}
	}
}
