package stage

import (
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestConfigOptions(t *testing.T) {
	for _, test := range []struct{ file, text, want, warning string }{
		{"etc/apk/config", "# force-overwrite\n\nno-network\nlogfile=no\ntimeout 5\nscripts=yes\nforce-overwrite=no\n", "", ""},
		{"etc/apk/config", "no-network\n  force-overwrite\n", "etc/apk/config: line 2: option force-overwrite changes what apk installs, which is not supported", ""},
		{"etc/apk/config", "--no-scripts", "etc/apk/config: line 1: option no-scripts changes what apk installs, which is not supported", ""},
		{"etc/apk/config", "scripts=no", "etc/apk/config: line 1: option scripts changes what apk installs, which is not supported", ""},
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
		base.WriteFile("etc/apk/config", nil, 0o644), base.WriteFile("lib/apk/config", []byte("purge\n"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := New(base, Options{Now: stageTime}); err != nil {
		t.Error(err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
