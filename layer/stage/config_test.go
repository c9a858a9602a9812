package stage

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestConfigOptions(t *testing.T) {
	for _, test := range []struct{ file, text, want, warning string }{
		{"etc/apk/config", "# force-overwrite\n\nno-network\nlogfile=no\ntimeout 5\nscripts=yes\nforce-overwrite=no\n", "", ""},
		{"etc/apk/config", "no-network\n  force-broken-world\n",
			"etc/apk/config: line 2: option force-broken-world changes what apk installs, which is not supported", ""},
		{"etc/apk/config", "--no-scripts\nforce-overwrite\nclean-protected=yes\npurge\n", "", ""},
		{"etc/apk/config", "purge=perhaps\n", "etc/apk/config: line 1: option purge changes what apk installs, which is not supported", ""},
		{"etc/apk/config", "force\n", "etc/apk/config: line 1: option force changes what apk installs, which is not supported", ""},
		{"etc/apk/config", "-X https://example.com\n", "etc/apk/config: line 1: option -X changes what apk installs, which is not supported", ""},
		{"lib/apk/config", "arch x86\n", "lib/apk/config: line 1: option arch changes what apk installs, which is not supported", ""},
		{"etc/apk/config", "allow-untrusted\n", "", "etc/apk/config: line 1: ignoring option allow-untrusted: signatures are checked all the same"},
	} {
		base := tree.New()
		for _, err := range []error{base.MkdirAll("etc/apk", 0o755), base.MkdirAll("lib/apk", 0o755), base.WriteFile(test.file, []byte(test.text), 0o644)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		var warned []string
		_, err := New(base, Options{Now: stageTime, Warn: func(text string) { warned = append(warned, text) }})
		if got := errorText(err); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
		if err != nil && hint.Of(err) != "remove the line from the base" {
			t.Errorf("%q: hint %q", test.text, hint.Of(err))
		}
		if test.warning != "" && !slices.Equal(warned, []string{test.warning}) {
			t.Errorf("%q: warnings %q, want %q", test.text, warned, test.warning)
		}
		if _, err := New(base, Options{Generation: apk.V2, Now: stageTime}); err != nil {
			t.Errorf("%q: apk 2 has no such file, but: %v", test.text, err)
		}
	}
	// The file in lib counts only without the one in etc.
	base := tree.New()
	for _, err := range []error{
		base.MkdirAll("etc/apk", 0o755), base.MkdirAll("lib/apk", 0o755),
		base.WriteFile("etc/apk/config", nil, 0o644), base.WriteFile("lib/apk/config", []byte("prune\n"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := New(base, Options{Now: stageTime}); err != nil {
		t.Error(err)
	}
}

// TestConfiguredOptions: options that apk 3 reads from the root have the effect that apk/FORMAT.md 8 and 9 give them, in the transaction
// that follows.
func TestConfiguredOptions(t *testing.T) {
	first := &apktest.Package{Name: "a", Files: []apktest.File{apktest.Regular("etc/a", "one"), apktest.Regular("usr/shared", "a")}}
	second := &apktest.Package{Name: "a", Version: "2-r0", Files: []apktest.File{apktest.Regular("etc/a", "two"), apktest.Regular("usr/shared", "a")}}
	other := &apktest.Package{Name: "b", Files: []apktest.File{apktest.Regular("usr/shared", "b")},
		Scripts: map[string]string{"post-install": "#!/bin/sh\necho ran >/etc/ran\n"}}
	for _, test := range []struct {
		config string
		steps  [][]any
		path   string
		want   string // content; "" if it is missing
		fails  bool
	}{
		{"", [][]any{{first}, {second}}, "etc/a.apk-new", "two", false},
		{"clean-protected\n", [][]any{{first}, {second}}, "etc/a.apk-new", "", false},
		{"clean-protected\n", [][]any{{first}, {second}}, "etc/a", "changed", false},
		{"", [][]any{{first}, {"-a"}}, "etc/a", "changed", false},
		{"purge=yes\n", [][]any{{first}, {"-a"}}, "etc/a", "", false},
		{"purge=yes\npurge=no\n", [][]any{{first}, {"-a"}}, "etc/a", "changed", false},
		{"", [][]any{{first}, {other}}, "", "", true},
		{"force-overwrite\n", [][]any{{first}, {other}}, "usr/shared", "b", false},
		{"force-overwrite\n", [][]any{{first}, {other}}, "etc/ran", "ran\n", false},
		{"force-overwrite\nscripts=no\n", [][]any{{first}, {other}}, "etc/ran", "", false},
	} {
		base := tree.New()
		if err := errors.Join(base.MkdirAll("etc/apk", 0o755), base.MkdirAll("usr", 0o755), base.MkdirAll("bin", 0o755),
			base.WriteFile("bin/sh", nil, 0o755), base.WriteFile("etc/apk/config", []byte(test.config), 0o644)); err != nil {
			t.Fatal(err)
		}
		var warned []string
		s, err := New(base, Options{Now: stageTime, Warn: func(text string) { warned = append(warned, text) }})
		if err != nil {
			t.Fatal(err)
		}
		apply(t, s, test.steps[0])
		if err := s.tree.WriteFile("etc/a", []byte("changed"), 0o644); err != nil {
			t.Fatal(err)
		}
		if test.fails {
			changes := []Change{newChange(t, s, test.steps[1][0].(*apktest.Package))}
			if err := s.Apply(t.Context(), changes, s.World(), ApplyOptions{}); !errors.As(err, new(*ConflictError)) {
				t.Errorf("%q: got %v, want a conflict", test.config, err)
			}
			continue
		}
		apply(t, s, test.steps[1])
		got, err := s.tree.ReadFile(test.path, 100)
		if errors.Is(err, tree.ErrNotExist) {
			err = nil
		}
		if string(got) != test.want || err != nil {
			t.Errorf("%q: %s has %q, want %q: %v", test.config, test.path, got, test.want, err)
		}
		const overwrites = "b-1-r0 overwrites usr/shared of a-1-r0"
		if isForced := strings.HasPrefix(test.config, "force"); isForced != slices.Contains(warned, overwrites) {
			t.Errorf("%q: warnings %q", test.config, warned)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
