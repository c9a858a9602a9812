package assemble_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// commandInputs is a request whose commands install and remove packages.
func commandInputs(t *testing.T) *inputs {
	tool := fixtures.Package{Name: "tool", Files: []fixtures.File{{Path: "usr/bin/tool", Mode: 0o755, Content: "#!/bin/sh\necho tool\n"}}}
	extra := fixtures.Package{Name: "extra", Depends: "libz", Files: []fixtures.File{{Path: "etc/extra", Content: "extra"}}}
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"},
		{Path: "bin/rm", Mode: 0o755, Content: "rm"},
	}}, nginx(), libz(), tool, extra)
	in.spec.Packages = []string{"nginx"}
	in.spec.Run = []string{
		"apk add --no-cache -t .deps tool && tool >/etc/by-tool",
		"apk del .deps",
		"apk info -e libz || apk add extra; apk info >/etc/packages",
		"apk add nosuch 2>/etc/refused || echo \"status $?\" >>/etc/refused",
	}
	return in
}

func installedIn(t *testing.T, image *oci.Base) string {
	t.Helper()
	tr := tree.New()
	for _, l := range image.Layers {
		if err := l.ReadInto(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
	db, err := stage.ReadInstalled(tr, apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range db.Packages {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	world, err := tr.ReadFile("etc/apk/world", 999)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tr.ReadFile("etc/by-tool", 999)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ") + " | " + strings.Join(strings.Fields(string(world)), " ") + " | " + string(text)
}

// TestAPKInCommands: each apk in a command is a transaction over the root as it is by then, and the lock pins all of them.
func TestAPKInCommands(t *testing.T) {
	in := commandInputs(t)
	result, image := in.build("free")
	if got, want := installedIn(t, image), "apk-tools extra libz nginx | apk-tools extra nginx | tool\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, h := range headers(t, image) {
		if strings.Contains(h.Name, "usr/bin/tool") {
			t.Errorf("%s is in the layer", h.Name)
		}
	}

	pinned := in.lock()
	var commands []string
	for _, tr := range pinned.Platforms[0].Transactions {
		commands = append(commands, tr.Command)
	}
	if diff := cmp.Diff([]string{"apk add --no-cache -t .deps tool", "apk del .deps", "apk add extra", "apk add nosuch"}, commands); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.pin(pinned)
	locked, _ := in.build("locked")
	if locked.Manifest.Digest != result.Manifest.Digest {
		t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, result.Manifest.Digest)
	}

	in.spec.Run[2] = "apk add tool"
	in.fails("run", `the lock has "apk add extra" where the build runs "apk add tool"`)
	in.spec.Run = in.spec.Run[:2]
	in.fails("lock", "the lock has 4 transactions of commands, and the build makes 2")
}

// pin makes the inputs build from a lock, as it is written and read, and from vendored packages alone.
func (in *inputs) pin(pinned *lock.Lock) {
	in.t.Helper()
	var text bytes.Buffer
	if err := pinned.Write(&text); err != nil {
		in.t.Fatal(err)
	}
	read, err := lock.Read(&text)
	if err != nil {
		in.t.Fatal(err)
	}
	in.vendored = in.vendorLocked()
	in.spec.Lock, in.spec.Vendor, in.spec.Repositories = read, in.vendored, []string{"http://127.0.0.1:1/gone"}
	in.env.Client = &repository.Client{Offline: true, CacheDir: filepath.Join(in.dir, "cache")}
	in.t.Cleanup(func() { in.env.Client.Close() })
}

// vendorLocked locks the request and vendors what it takes.
func (in *inputs) vendorLocked() string {
	in.t.Helper()
	ctx := in.t.Context()
	plan, err := assemble.Resolve(ctx, &in.spec, in.platform, &in.env)
	if err != nil {
		in.t.Fatal(err)
	}
	defer plan.Close()
	plans := assemble.Plans{plan}
	if _, err := plans.Lock(ctx, lock.Request{}); err != nil {
		in.t.Fatal(err)
	}
	dir := filepath.Join(in.dir, "vendor")
	if err := plans.Vendor(ctx, &lock.Lock{Vendor: dir}, ""); err != nil {
		in.t.Fatal(err)
	}
	return dir
}

// TestRebuildCommands: the record says enough to make the transactions again.
func TestRebuildCommands(t *testing.T) {
	in := commandInputs(t)
	ref := in.record("image")
	if err := os.Remove(in.spec.Base.Path); err != nil {
		t.Fatal(err)
	}
	if image, rebuilt, err := in.rebuild(ref); err != nil || image != rebuilt {
		t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
	}
}

// TestSteps: steps are carried out one after the other, and the packages of each are a transaction.
func TestSteps(t *testing.T) {
	in := commandInputs(t)
	in.spec.Run = nil
	in.spec.Steps = []spec.Step{
		{Packages: []string{"tool"}, Run: []string{"tool >/etc/by-tool"}},
		{Run: []string{"apk del tool"}, Remove: []string{"/usr/bin"}},
		{Packages: []string{"extra"}, Files: []stage.File{{Path: "/etc/extra", Action: stage.Append, Content: tree.Bytes([]byte(" more")), Size: 5}}},
	}
	_, image := in.build("free")
	if got, want := installedIn(t, image), "apk-tools extra libz nginx | apk-tools extra nginx | tool\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	pinned := in.lock()
	in.spec.Lock = pinned
	if locked, _ := in.build("locked"); locked.Manifest.Digest != image.Manifest.Digest {
		t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, image.Manifest.Digest)
	}
	in.spec.Steps[2].Packages = []string{"nosuch"}
	in.fails("lock", `the lock has "packages extra" where the build runs "packages nosuch"`)
	in.spec.Lock = nil
	in.fails("solution", "no such package: nosuch")
}

// TestAPKCommandErrors: commands fail where apk fails, or are refused with the reason.
func TestAPKCommandErrors(t *testing.T) {
	for text, want := range map[string]string{
		"apk add nosuch":                     "run 1: exit status 1: apk add nosuch: no such package: nosuch: searched ",
		"apk add one two || apk add three":   "run 1: exit status 1: apk add three: no such package: three: searched ",
		"apk add one 2>/dev/null; false":     "run 1: exit status 1",
		"apk add one || echo no; false":      "run 1: exit status 1: ERROR: unable to select packages: one (no such package): required by: world[one] no",
		"apk add 'tool>'":                    "run 1: exit status 1: ERROR: 'tool>' is not a valid world dependency, format is name(@tag)([<>~=]version)",
		"true\napk del --initdb tool":        `run 1: line 2: apk del --initdb tool: the option --initdb is not supported`,
		"apk stats >/x":                      "run 1: line 1: apk stats: the command stats is not supported",
		"apk add nosuch || apk add tool":     "",
		"apk add -X http://127.0.0.1:1 tool": "127.0.0.1",

		// Indexes in the cache would match.
		"apk update; rm /var/cache/apk/*":                  "",
		"cd /var/cache/apk; apk add tool && rm APKINDEX.*": "",
		"apk update; rm /var/cache/apk/*.apk": "run 1: exit status 1: rm: can't remove '/var/cache/apk/*.apk': No " +
			"such file or directory",
		"apk update; rm /var/cache/apk/APKINDEX.01234567.tar.gz": "exit status 1: rm: can't remove",
		"apk update; rm /etc/APKINDEX*":                          "exit status 1: rm: can't remove '/etc/APKINDEX*'",
		"for i in 1 2 3 4 5 6 7 8; do echo line $i; done; rm /nosuch": "run 1: exit status 1: line 6 line 7 line 8 rm: can't remove '/nosuch': No " +
			"such file or directory",
	} {
		in := commandInputs(t)
		in.spec.Run = []string{text}
		if want == "" {
			in.build("image")
			continue
		}
		in.fails("run", want)
	}
}

// TestFailuresAreLocked: what apk printed of packages that could not be had, and its exit status, are the same with the lock, and in a lock that has
// the reason only, it is that.
func TestFailuresAreLocked(t *testing.T) {
	in := commandInputs(t)
	in.spec.Run = []string{"{ apk add one two; echo $?; } >>/etc/by-tool 2>&1; { apk add -s nosuch; echo $?; } >>/etc/by-tool 2>&1; apk add tool"}
	_, image := in.build("free")
	const want = "apk-tools nginx tool | apk-tools nginx tool | ERROR: unable to select packages:\n" +
		"  one (no such package):\n    required by: world[one]\n  two (no such package):\n    required by: world[two]\n2\n" +
		"ERROR: unable to select packages:\n  nosuch (no such package):\n    required by: world[nosuch]\n1\n"
	if got := installedIn(t, image); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	pinned := in.lock()
	in.spec.Lock = pinned
	if locked, _ := in.build("locked"); locked.Manifest.Digest != image.Manifest.Digest {
		t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, image.Manifest.Digest)
	}
	failed := &pinned.Platforms[0].Transactions[0]
	failed.Failure, failed.Answer = "no such packages: one, two", nil
	_, image = in.build("short")
	annotations, err := image.Annotations()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := annotations["io.github.lamina-oci.lock.digest"], pinned.Platforms[0].Digest().String(); got != want {
		t.Errorf("the image of a lock with the reason only has the lock %s, want %s", got, want)
	}
	if got := installedIn(t, image); !strings.Contains(got, "| ERROR: no such packages: one, two\n1\nERROR: unable") {
		t.Errorf("with the reason only: got %s", got)
	}
}

// TestAnswersAreLocked: apk's answers about the indexes are in the lock, and a build with the lock reads no index.
func TestAnswersAreLocked(t *testing.T) {
	in := commandInputs(t)
	in.spec.Run = []string{"apk list tool >/etc/by-tool; apk info -e nginx; apk info -L libz; apk add tool"}
	_, image := in.build("free")
	if got, want := installedIn(t, image), "apk-tools nginx tool | apk-tools nginx tool | tool-1.0-r0 x86_64 {tool} (MIT)\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	pinned := in.lock()
	in.pin(pinned)
	if locked, _ := in.build("locked"); locked.Manifest.Digest != image.Manifest.Digest {
		t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, image.Manifest.Digest)
	}
	in.spec.Run[0] = strings.Replace(in.spec.Run[0], "list tool", "list libz", 1)
	in.fails("run", `the lock has "apk list tool" where the build runs "apk list libz"`)
}

// TestSelfUpgradeOfSpec: upgrade all of a spec is "apk upgrade", which upgrades apk-tools first; the lock pins both
// transactions, and the record says enough to make them again.
func TestSelfUpgradeOfSpec(t *testing.T) {
	for _, upgrade := range []lock.Upgrade{lock.UpgradeAll, lock.UpgradeAvailable} {
		in := commandInputs(t)
		in.spec.Packages, in.spec.Run = []string{"tool", "nginx"}, nil
		in.spec.Upgrade = upgrade
		repo := filepath.Join(t.TempDir(), "newer")
		newer := fixtures.Package{Name: "apk-tools", Version: "3.0.9-r0", Depends: "extra", Files: []fixtures.File{{Path: "etc/by-tool", Content: "apk"}}}
		if err := (fixtures.Repository{Packages: []fixtures.Package{newer}}).Write(repo); err != nil {
			t.Fatal(err)
		}
		in.spec.Repositories = append(in.spec.Repositories, repo)
		plan, err := assemble.Resolve(t.Context(), &in.spec, in.platform, &in.env)
		if err != nil {
			t.Fatal(err)
		}
		defer plan.Close()
		later, err := plan.Transactions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(plan.Solution.Lines(), ", "); strings.Contains(got, "nginx") ||
			!strings.Contains(got, "Upgrading apk-tools (3.0.1-r0 -> 3.0.9-r0)") {
			t.Errorf("first: %s", got)
		}
		if got := strings.Join(later[0].Solution.Lines(), ", "); len(later) != 1 || !strings.Contains(got, "Installing nginx") ||
			strings.Contains(got, "apk-tools") {
			t.Errorf("then: %s", got)
		}
		_, image := in.build("free")
		if got, want := installedIn(t, image), "apk-tools extra libz nginx tool | apk-tools nginx tool | apk"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		ref := in.record("recorded")
		if image, rebuilt, err := in.rebuild(ref); err != nil || image != rebuilt {
			t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
		}
		in.spec.Lock = in.lock()
		if locked, _ := in.build("locked"); locked.Manifest.Digest != image.Manifest.Digest {
			t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, image.Manifest.Digest)
		}
		in.spec.Packages = append(in.spec.Packages, "libz")
		in.fails("lock", "")
	}
}

// TestContainer: apk in a RUN finds what a container has in place of the image's files, as apk-tools 2.14 did in a mount namespace of Linux: /etc/hosts
// is not what the package has, although the image's is, and what goes to /dev is gone. So it is when the image is built again from its record.
func TestContainer(t *testing.T) {
	data := fixtures.Package{Name: "data", Files: []fixtures.File{
		{Path: "etc/hosts", Content: "same\n"}, {Path: "dev/shm", Type: tar.TypeDir, Mode: 0o1777}, {Path: "proc", Type: tar.TypeDir, Mode: 0o700},
	}}
	for _, tools := range []string{"2.14.9-r2", "3.0.1-r0"} {
		for _, isContainer := range []bool{true, false} {
			in := newInputs(t, fixtures.Base{APKTools: tools, World: []string{"apk-tools"}, Files: []fixtures.File{
				{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "etc/hosts", Content: "same\n"}, {Path: "dev", Type: tar.TypeDir, Mode: 0o755},
				{Path: "proc", Type: tar.TypeDir, Mode: 0o555},
			}}, data)
			in.spec.Packages = nil
			in.spec.Steps = []spec.Step{{Run: []string{"apk add data; echo x > /etc/hosts || echo fails > /etc/failed"}, IsContainer: isContainer}}
			_, image := in.build("image")
			files := tree.New()
			for _, l := range image.Layers {
				if err := l.ReadInto(t.Context(), files); err != nil {
					t.Fatal(err)
				}
			}
			want := map[string]string{"etc/hosts": "x\n"}
			if isContainer {
				want = map[string]string{"etc/hosts": "same\n", "etc/hosts.apk-new": "same\n", "etc/failed": "fails\n"}
			}
			for _, name := range []string{"etc/hosts", "etc/hosts.apk-new", "etc/failed"} {
				if text, _ := files.ReadFile(name, 99); string(text) != want[name] {
					t.Errorf("%s: container %v: %s has %q, want %q", tools, isContainer, name, text, want[name])
				}
			}
			if _, err := files.Stat("dev/shm"); (err != nil) != isContainer {
				t.Errorf("%s: container %v: dev/shm: %v", tools, isContainer, err)
			}
			if was, now, err := in.rebuild(in.record("recorded")); err != nil || was != now {
				t.Errorf("%s: rebuilt as %s of %s, %v", tools, now, was, err)
			}
		}
	}
}
