package assemble_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// counted is a server that counts what it is asked for.
type counted struct {
	holds atomic.Bool // files end after their beginning until the client goes away

	mu       sync.Mutex
	requests map[string]int
}

// beginning is what is sent of a file that is held, in bytes.
const beginning = 64 << 10

func (c *counted) serve(dir string) http.Handler {
	files := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.requests[filepath.Base(r.URL.Path)]++
		c.mu.Unlock()
		if c.holds.Load() {
			w = &heldResponse{w, r, beginning}
		}
		files.ServeHTTP(w, r)
	})
}

type heldResponse struct {
	http.ResponseWriter
	r    *http.Request
	left int
}

func (w *heldResponse) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	w.left -= n
	n, err := w.ResponseWriter.Write(b[:n])
	if err == nil && n < len(b) {
		w.ResponseWriter.(http.Flusher).Flush()
		<-w.r.Context().Done()
		err = w.r.Context().Err()
	}
	return n, err
}

// served makes the request one with a repository on a server.
func (in *inputs) served() *counted {
	in.t.Helper()
	c := &counted{requests: make(map[string]int)}
	server := httptest.NewServer(c.serve(in.spec.Repositories[0]))
	in.t.Cleanup(server.Close)
	in.spec.Repositories = []string{server.URL}
	in.env.Client = &repository.Client{CacheDir: in.t.TempDir()}
	in.t.Cleanup(func() { in.env.Client.Close() })
	return c
}

// incompressible is content that a package cannot be made small with.
func incompressible(size int) string {
	b := make([]byte, size)
	source := rand.NewChaCha8([32]byte{})
	source.Read(b)
	return string(b)
}

var scriptBase = fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
	{Path: "bin/busybox", Mode: 0o755, Content: "\x7fELF"}, {Path: "bin/sh", Type: apk.EntrySymlink, Target: "busybox"},
}}

// TestRefusedByControls: scripts that cannot be interpreted are found while packages are downloaded, and of the others only the beginning
// is fetched: the server sends no more.
func TestRefusedByControls(t *testing.T) {
	elf := fixtures.File{Path: "usr/bin/perl", Mode: 0o755, Content: "\x7fELF"}
	packages := []fixtures.Package{
		{Name: "a", Files: []fixtures.File{{Path: "etc/a", Content: "a"}}, Scripts: map[string]string{"post-install": "#!/usr/bin/python3\n"}},
		{Name: "c-perl", Provides: "cmd:perl=5 cmd:helper=1", Files: []fixtures.File{elf, {Path: "usr/bin/helper", Mode: 0o755, Content: "\x7fELF"}},
			Scripts: map[string]string{"pre-install": "#!/bin/sh\nperl -v\ntrue\n", "post-install": "#!/bin/sh\ntrue\nhelper x\n/usr/bin/perl -v || true\n"}},
		{Name: "d", Files: []fixtures.File{{Path: "etc/d", Content: "d"}}, Triggers: "/etc", Scripts: map[string]string{
			"post-install": "#!/bin/sh\ncat <(echo a)\n", "post-upgrade": "#!/usr/bin/python3\n", "trigger": "#!/bin/sh\nperl $1\n"}},
	}
	for _, name := range strings.Fields("e f g h i j k l m n") {
		packages = append(packages, fixtures.Package{Name: name, Files: []fixtures.File{{Path: "usr/share/" + name, Content: incompressible(8 * beginning)}}})
	}
	in := newInputs(t, scriptBase, packages...)
	in.spec.Packages = nil
	for _, p := range packages {
		in.spec.Packages = append(in.spec.Packages, p.Name)
	}
	server := in.served()
	server.holds.Store(true)
	err := in.fails(assemble.PartPackage, "scripts cannot be interpreted in 5 places:\n  package a-1.0-r0: a-1.0-r0.post-install: line 1: the interpreter")
	refused := new(assemble.RefusedError)
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var got []string
	for _, r := range refused.Refusals {
		got = append(got, r.UnsupportedError.Error()+" ("+r.Program+")")
	}
	const program = " is a program that cannot be interpreted"
	want := []string{
		`a-1.0-r0.post-install: line 1: the interpreter "/usr/bin/python3" is not supported: only the shell is ()`,
		`c-perl-1.0-r0.post-install: line 3: "helper"` + program + ", unless it is a script (helper)",
		`c-perl-1.0-r0.post-install: line 4: "/usr/bin/perl"` + program + " (perl)",
		"d-1.0-r0.post-install: line 2: process substitution is not supported ()",
		`d-1.0-r0.trigger: line 2: "perl"` + program + " (perl)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	if hint := assemble.Hint(err); !strings.HasSuffix(hint, "without a spec: --skip-scripts a:post-install --without perl --skip-scripts d:post-install") {
		t.Errorf("the hint is %q", hint)
	}

	// What is asked for to be left out is not refused, and the build needs one request for each package.
	in.spec.SkipScripts, in.spec.LeaveOut = []string{"a", "d:post-install"}, []string{"perl", "helper"}
	in.env.Client = &repository.Client{CacheDir: t.TempDir()}
	defer in.env.Client.Close()
	clear(server.requests)
	server.holds.Store(false)
	in.build("image")
	for name, n := range server.requests {
		if n != 1 {
			t.Errorf("%d requests for %s", n, name)
		}
	}
	if len(server.requests) != len(packages)+1 {
		t.Errorf("%d files were requested, want the index and %d packages", len(server.requests), len(packages))
	}
}

// TestNotRefusedByControls: scripts that go through when they run are not refused before.
func TestNotRefusedByControls(t *testing.T) {
	for name, script := range map[string]string{
		"condition":         "if [ -e /nowhere ]; then perl; fi",
		"not executable":    "[ -x /usr/bin/python3 ] && python3\ntrue",
		"missing":           "python3 || true; python3; true",
		"command -v":        "command -v python3 && python3; true",
		"function":          "perl() { echo; }; perl",
		"made before":       "printf '#!/bin/sh\\n' >/usr/local/bin/perl; chmod 755 /usr/local/bin/perl; PATH=/usr/local/bin:$PATH; perl",
		"brought script":    "tool",
		"after the end":     "exit 0\nperl",
		"not run":           "false && perl; true || perl; true",
		"left out":          "ruby",
		"applet":            "openssl version >/dev/null || true",
		"behind a function": "f() { return 0; perl; }; f",
		"of the base":       "git",
		"put before":        "npm",
	} {
		t.Run(name, func(t *testing.T) {
			elf := func(path string) fixtures.File { return fixtures.File{Path: path, Mode: 0o755, Content: "\x7fELF"} }
			in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: append([]fixtures.File{
				{Path: "bin/chmod", Type: apk.EntrySymlink, Target: "busybox"}, {Path: "usr/local/bin", Type: apk.EntryDirectory, Mode: 0o755},
				{Path: "usr/sbin/git", Mode: 0o755, Content: "#!/bin/sh\ntrue\n"},
			}, scriptBase.Files...)},
				fixtures.Package{Name: "p", Provides: "cmd:perl=1 cmd:tool=1 cmd:ruby=1 cmd:git=1 cmd:npm=1", Files: []fixtures.File{
					elf("usr/bin/git"), elf("usr/bin/npm"),
					elf("usr/bin/perl"), elf("usr/bin/ruby"), {Path: "usr/bin/tool", Mode: 0o755, Content: "#!/bin/sh\ntrue\n"}}},
				fixtures.Package{Name: "q", Depends: "p", Files: []fixtures.File{{Path: "etc/q", Content: "q"}}, Scripts: map[string]string{
					"post-install": "#!/bin/sh\n" + script + "\n", "post-upgrade": "#!/usr/bin/perl\n", "pre-deinstall": "#!/usr/bin/perl\n"}})
			in.spec.Packages, in.spec.LeaveOut = []string{"q"}, []string{"ruby"}
			const before = "#!/bin/sh\ntrue\n"
			mode := uint16(0o755)
			in.spec.Before = []stage.File{{Path: "/usr/sbin/npm", Mode: &mode, Content: tree.Bytes([]byte(before)), Size: int64(len(before))}}
			server := in.served()
			in.build("image")
			if server.requests["q-1.0-r0.apk"] != 1 {
				t.Errorf("%d requests", server.requests["q-1.0-r0.apk"])
			}
		})
	}
}
