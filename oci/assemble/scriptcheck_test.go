package assemble_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// counted is a server that counts what it is asked for, and what it sends.
type counted struct {
	ignoresRanges bool

	mu       sync.Mutex
	requests map[string]int
	sent     map[string]int64 // bytes of files
}

func (c *counted) serve(dir string) http.Handler {
	files := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := filepath.Base(r.URL.Path)
		c.mu.Lock()
		c.requests[name]++
		c.mu.Unlock()
		if c.ignoresRanges {
			r.Header.Del("Range")
		} else {
			w.Header().Set("ETag", `"`+name+`"`) // files do not change
		}
		files.ServeHTTP(&countedResponse{w, c, name}, r)
	})
}

// forget begins to count from 0.
func (c *counted) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.requests)
	clear(c.sent)
}

type countedResponse struct {
	http.ResponseWriter
	c    *counted
	name string
}

func (w *countedResponse) Write(b []byte) (int, error) {
	w.c.mu.Lock()
	w.c.sent[w.name] += int64(len(b))
	w.c.mu.Unlock()
	return w.ResponseWriter.Write(b)
}

// serve puts the repository on a server, and returns its URL: a base cannot name a directory of this machine.
func (in *inputs) serve() string {
	in.t.Helper()
	server := httptest.NewServer(http.StripPrefix("/repository", http.FileServer(http.Dir(in.spec.Repositories[0]))))
	in.t.Cleanup(server.Close)
	return server.URL + "/repository"
}

// served makes the request one with a repository on a server.
func (in *inputs) served() *counted {
	in.t.Helper()
	c := &counted{requests: make(map[string]int), sent: make(map[string]int64)}
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
	{Path: "bin/busybox", Mode: 0o755, Content: "\x7fELF"}, {Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"},
	{Path: "sbin/apk", Mode: 0o755, Content: "\x7fELF"},
}}

// firstPart is what is requested of a package for its scripts, in bytes.
const firstPart = 4 << 10

// TestRefusedByControls: scripts that cannot be interpreted are found before packages are downloaded, all of them, and no data is read
// beyond the first part of a package.
func TestRefusedByControls(t *testing.T) {
	elf := fixtures.File{Path: "usr/bin/perl", Mode: 0o755, Content: "\x7fELF"}
	packages := []fixtures.Package{
		{Name: "a", Files: []fixtures.File{{Path: "etc/a", Content: "a"}}, Scripts: map[string]string{"post-install": "#!/usr/bin/python3\n"}},
		{Name: "c-perl", Provides: "cmd:perl=5 cmd:helper=1", Files: []fixtures.File{elf, {Path: "usr/bin/helper", Mode: 0o755, Content: "\x7fELF"}},
			Scripts: map[string]string{"pre-install": "#!/bin/sh\nperl x\ntrue\n", "post-install": "#!/bin/sh\ntrue\nhelper x\n/usr/bin/perl x || true\n"}},
		{Name: "d", Files: []fixtures.File{{Path: "etc/d", Content: "d"}}, Triggers: "/etc", Scripts: map[string]string{
			"post-install": "#!/bin/sh\ncat <(echo a)\n", "post-upgrade": "#!/usr/bin/python3\n", "trigger": "#!/bin/sh\nperl $1\n"}},
	}
	for _, name := range strings.Fields("e f g h i j k l m n o p q r s t u") {
		packages = append(packages, fixtures.Package{Name: name, Files: []fixtures.File{{Path: "usr/share/" + name, Content: incompressible(100_000)}}})
	}
	in := newInputs(t, scriptBase, packages...)
	in.spec.Packages = nil
	for _, p := range packages {
		in.spec.Packages = append(in.spec.Packages, p.Name)
	}
	dir := in.spec.Repositories[0]
	server := in.served()
	err := in.fails("package", "scripts cannot be interpreted in 5 places:\n  package a-1.0-r0: a-1.0-r0.post-install: line 1: the interpreter")
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

	for _, p := range packages {
		file := p.Name + "-1.0-r0.apk"
		if size := server.sent[file]; server.requests[file] != 1 || size > firstPart {
			t.Errorf("%s: %d requests, %d bytes", file, server.requests[file], size)
		}
	}

	// Programs and scripts that the spec leaves out are not refused. The build needs two requests for a package, which send no byte
	// twice, and one for a small package.
	in.spec.SkipScripts, in.spec.LeaveOut = []string{"a", "d:post-install"}, []string{"perl", "helper"}
	in.env.Client = &repository.Client{CacheDir: t.TempDir()}
	defer in.env.Client.Close()
	server.forget()
	in.build("image")
	for _, p := range packages {
		file, want := p.Name+"-1.0-r0.apk", 1
		info, err := os.Stat(filepath.Join(dir, "x86_64", file))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 14<<10 {
			want = 2
		}
		if server.requests[file] != want || server.sent[file] != info.Size() {
			t.Errorf("%s: %d requests, want %d; %d bytes, want %d", file, server.requests[file], want, server.sent[file], info.Size())
		}
	}
	if n := server.requests["APKINDEX.tar.gz"]; n != 1 || len(server.requests) != len(packages)+1 {
		t.Errorf("%d requests for the index; %d files were requested, want the index and %d packages", n, len(server.requests), len(packages))
	}

	// From the cache, nothing is requested, and all of the list shows when the scripts run.
	in.spec.SkipScripts, in.spec.LeaveOut = nil, nil
	server.forget()
	in.fails("package", "scripts cannot be interpreted in 5 places")
	for _, p := range packages {
		if n := server.requests[p.Name+"-1.0-r0.apk"]; n != 0 {
			t.Errorf("%d requests for %s", n, p.Name)
		}
	}
}

// TestRefusedInSteps: the scripts of a step's packages are read before the packages are. Those of later stages and steps are in the list,
// too, and from the first that is refused on, no data is fetched.
func TestRefusedInSteps(t *testing.T) {
	python := map[string]string{"post-install": "#!/usr/bin/python3\n"}
	data := []fixtures.File{{Path: "usr/share/x", Content: incompressible(100_000)}}
	base := scriptBase
	base.Files = append([]fixtures.File{{Path: "sbin/apk", Mode: 0o755, Content: "\x7fELF"}}, base.Files...)
	in := newInputs(t, base,
		fixtures.Package{Name: "a", Files: data, Scripts: python}, fixtures.Package{Name: "b", Files: data},
		fixtures.Package{Name: "c", Files: data}, fixtures.Package{Name: "d", Files: data}, fixtures.Package{Name: "e", Files: data, Scripts: python},
		fixtures.Package{Name: "f", Files: data, Scripts: python},
	)
	in.spec.Packages = nil
	in.spec.Stages = make(map[string]*spec.Spec)
	for i, command := range []string{"apk add a b", "apk add c", "apk add e"} {
		other := in.spec
		other.Stages, other.Steps = nil, []spec.Step{{Run: []string{command}}}
		name := fmt.Sprintf("stage:%d", i)
		in.spec.Stages[name] = &other
		in.spec.Steps = append(in.spec.Steps, spec.Step{Files: []stage.File{{Path: name, Origin: &stage.Origin{Image: name, Path: "/usr/share/x"}}}})
	}
	in.spec.Steps = append(in.spec.Steps, spec.Step{Packages: []string{"d"}}, spec.Step{Run: []string{"wget http://127.0.0.1:9/"}},
		spec.Step{Run: []string{"apk add f"}})
	server := in.served()
	plan, err := assemble.Resolve(t.Context(), &in.spec, in.platform, &in.env)
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	_, ofLock := assemble.Plans{plan}.Lock(t.Context(), lock.Request{})
	for _, err := range []error{in.fails("package", "scripts cannot be interpreted in 3 places:"), ofLock} {
		for _, name := range []string{"a", "e", "f"} {
			if err == nil || !strings.Contains(err.Error(), name+"-1.0-r0.post-install: line 1: the interpreter") {
				t.Errorf("%s is missing: %v", name, err)
			}
		}
	}
	for _, name := range strings.Fields("a b c d e f") { // the second time, the client has the beginnings
		if size := server.sent[name+"-1.0-r0.apk"]; size > firstPart {
			t.Errorf("%d bytes of %s were sent", size, name)
		}
	}

	// A survey runs all scripts.
	again, err := assemble.Resolve(t.Context(), &in.spec, in.platform, &in.env)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	scripts, err := again.Scripts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	for _, run := range scripts.Runs {
		if run.Package != "" {
			ran = append(ran, run.Package+" in stage "+run.Stage)
		}
	}
	if diff := cmp.Diff([]string{"a-1.0-r0 in stage 0", "e-1.0-r0 in stage 2"}, ran); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRefusedWithoutRanges: a server that sends no ranges is asked for each package once, and what it sends is kept.
func TestRefusedWithoutRanges(t *testing.T) {
	data := []fixtures.File{{Path: "usr/share/a", Content: incompressible(100_000)}}
	in := newInputs(t, scriptBase, fixtures.Package{Name: "a", Files: data, Scripts: map[string]string{"post-install": "#!/usr/bin/python3\n"}})
	in.spec.Packages = []string{"a"}
	server := in.served()
	server.ignoresRanges = true
	in.fails("package", "package a-1.0-r0: a-1.0-r0.post-install: line 1: the interpreter")
	in.spec.SkipScripts = []string{"a"}
	server.forget()
	in.build("image")
	if n := server.requests["a-1.0-r0.apk"]; n != 1 {
		t.Errorf("%d requests", n)
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
				{Path: "bin/chmod", Type: tar.TypeSymlink, Target: "busybox"}, {Path: "usr/local/bin", Type: tar.TypeDir, Mode: 0o755},
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
			if server.requests["q-1.0-r0.apk"] != 1 { // it is small
				t.Errorf("%d requests", server.requests["q-1.0-r0.apk"])
			}
		})
	}
}
