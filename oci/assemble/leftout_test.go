package assemble_test

import (
	"archive/tar"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/record"
)

// leftOutInputs is a request with a package whose script calls a program that is left out, and one that the spec names, and with a
// command that calls the first of them again.
func leftOutInputs(t *testing.T) *inputs {
	fonts := fixtures.Package{Name: "fonts", Files: []fixtures.File{
		{Path: "usr/bin/fc-cache", Mode: 0o755, Content: "\x7fELF"}, {Path: "usr/bin/index-fonts", Mode: 0o755, Content: "\x7fELF"},
	}, Scripts: map[string]string{"post-install": "#!/bin/sh\nfc-cache -f\nfc-cache -r\nindex-fonts --all && echo done >/etc/fonts\n"}}
	in := newInputs(t, fixtures.Base{APKTools: "2.14.9-r2", World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "bin/busybox", Mode: 0o755, Content: "\x7fELF"}, {Path: "bin/sh", Type: tar.TypeSymlink, Target: "busybox"},
	}}, fonts)
	in.spec.LeaveOut = []string{"index-fonts"}
	in.spec.Run = []string{"fc-cache"}
	return in
}

// TestLeftOutPrograms: programs that are left out are in the result and in the image's history, and the script continues.
func TestLeftOutPrograms(t *testing.T) {
	in := leftOutInputs(t)
	result, image := in.build("image")
	const cache = "fontconfig makes its caches again when it is first used"
	want := []stage.SkippedScript{
		{Package: "fonts-1.0-r0", Type: apk.PostInstall, Program: "fc-cache", Reason: cache},
		{Package: "fonts-1.0-r0", Type: apk.PostInstall, Program: "index-fonts", Reason: "scripts.without names it"},
		{Program: "fc-cache", Reason: cache},
	}
	if diff := cmp.Diff(want, result.Skipped); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	history := image.Config.History
	listed := record.SkippedScripts(history[len(history)-1].Comment)
	if got := strings.Join(listed, " "); got != "fonts-1.0-r0.post-install:fc-cache fonts-1.0-r0.post-install:index-fonts run:fc-cache" {
		t.Errorf("the history has %q", got)
	}
	found := false
	for _, h := range headers(t, image) {
		found = found || h.Name == "etc/fonts"
	}
	if !found {
		t.Error("the script did not continue")
	}
}

// TestLeftOutOpenRC: what only makes OpenRC's cache of dependencies does nothing.
func TestLeftOutOpenRC(t *testing.T) {
	in := leftOutInputs(t)
	openrc := fixtures.Package{Name: "openrc", Files: []fixtures.File{
		{Path: "bin/rc-status", Mode: 0o755, Content: "\x7fELF"}, {Path: "sbin/rc-update", Mode: 0o755, Content: "\x7fELF"},
	}}
	in.repository(openrc)
	in.spec.Packages = []string{"openrc"}
	in.spec.Run = []string{"rc-status -a && rc-update -u"}
	result, _ := in.build("image")
	var got []string
	for _, s := range result.Skipped {
		got = append(got, s.Program)
	}
	if want := []string{"rc-status", "rc-update -u"}; !slices.Equal(got, want) {
		t.Errorf("%v were left out, want %v", got, want)
	}
}

// TestRebuildLeftOut: the record names what was left out.
func TestRebuildLeftOut(t *testing.T) {
	in := leftOutInputs(t)
	if image, rebuilt, err := in.rebuild(in.record("image")); err != nil || image != rebuilt {
		t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
	}
}

// TestUnknownProgram: a program that nobody leaves out is an error that says how to.
func TestUnknownProgram(t *testing.T) {
	in := leftOutInputs(t)
	in.spec.LeaveOut = nil
	err := in.fails("package", `"index-fonts" is a program that cannot be interpreted`)
	if hint := assemble.Hint(err); !strings.Contains(hint, "scripts: {without: [index-fonts]}") || !strings.Contains(hint, "scripts: {skip: [fonts]}") {
		t.Errorf("the hint is %q", hint)
	}
}

// TestFailingTrigger: with apk 2 it is a warning, and every further run of apk in a command fails, as apk's does; with apk 3, and if
// that is asked for, it is an error.
func TestFailingTrigger(t *testing.T) {
	for _, test := range []struct {
		tools    string
		isStrict bool
		want     string
	}{{"2.14.9-r2", false, ""}, {"2.14.9-r2", true, "exit status 3"}, {"3.0.6-r0", false, "exit status 3"}} {
		trig := fixtures.Package{Name: "trig", Files: []fixtures.File{{Path: "usr/share/trig", Content: "x"}}, Triggers: "/usr/share",
			Scripts: map[string]string{"trigger": "#!/bin/sh\necho ran >/etc/ran\nexit 3\n"}}
		in := newInputs(t, fixtures.Base{APKTools: test.tools, World: []string{"apk-tools"}, Files: []fixtures.File{
			{Path: "bin/sh", Mode: 0o755, Content: "sh"}, {Path: "sbin/apk", Mode: 0o755, Content: "apk"},
		}}, trig, libz())
		in.spec.Packages = []string{"trig"}
		in.spec.Run = []string{"apk add libz || echo $? >/etc/status"}
		in.env.StrictScripts = test.isStrict
		if test.want != "" {
			in.fails("package", test.want)
			continue
		}
		_, image := in.build("image")
		if got := strings.Join(in.warned, "\n"); !strings.Contains(got, "package trig-1.0-r0: its trigger failed, and the package is marked as broken") {
			t.Errorf("warned of %q", got)
		}
		var names []string
		for _, h := range headers(t, image) {
			names = append(names, h.Name)
		}
		if got := " " + strings.Join(names, " ") + " "; !strings.Contains(got, " etc/ran ") || !strings.Contains(got, " etc/status ") ||
			!strings.Contains(got, " usr/lib/libz.so.1 ") {
			t.Errorf("the layer has %s", got)
		}
	}
}

// TestIndexInRoot: "apk list" in a script is refused where the base has indexes that the answer would depend on.
func TestIndexInRoot(t *testing.T) {
	for path, isRefused := range map[string]bool{"var/cache/apk/APKINDEX.0123.tar.gz": true, "var/cache/apk/other": false} {
		in := newInputs(t, fixtures.Base{APKTools: "2.14.0-r5", World: []string{"apk-tools"},
			Files: fixtures.WithParents([]fixtures.File{{Path: path}, {Path: "sbin/apk", Mode: 0o755, Content: "\x7fELF"}})}, fixtures.Package{
			Name: "asking", Files: []fixtures.File{{Path: "etc/asking", Content: "x"}},
			Scripts: map[string]string{"post-install": "#!/bin/sh\napk list -Pa nosuch >/listed\n"},
		})
		in.spec.Packages = []string{"asking"}
		if isRefused {
			in.fails("package", `"apk list -Pa nosuch" is not supported in scripts of packages: the root has indexes of repositories`)
		} else {
			in.build("image")
		}
	}
}
