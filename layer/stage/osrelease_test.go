package stage

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// alpineRelease is what Alpine's package alpine-release has for 3.22.1.
const alpineRelease = `NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.22.1
PRETTY_NAME="Alpine Linux v3.22"
HOME_URL="https://alpinelinux.org/"
BUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"
`

// TestSetOSRelease: lines keep their places, also in the file that /etc/os-release is a link to.
func TestSetOSRelease(t *testing.T) {
	values := map[string]string{"PRETTY_NAME": "Example 1", "VARIANT_ID": "web", "HOME_URL": "https://example.org/"}
	for _, test := range []struct {
		name, before, want string
		isLink             bool
	}{
		{"file", alpineRelease, `NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.22.1
PRETTY_NAME="Example 1"
HOME_URL="https://example.org/"
BUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"
VARIANT_ID=web
`, false},
		{"link", "# a comment\n\nPRETTY_NAME=x\nPRETTY_NAME=y", `# a comment

PRETTY_NAME="Example 1"
HOME_URL="https://example.org/"
VARIANT_ID=web
`, true},
		{"missing", "", `HOME_URL="https://example.org/"
PRETTY_NAME="Example 1"
VARIANT_ID=web
`, false},
	} {
		base := tree.New()
		name := "etc/os-release"
		if test.isLink {
			name = "usr/lib/os-release"
			if err := base.MkdirAll("etc", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := base.Symlink("../usr/lib/os-release", "etc/os-release"); err != nil {
				t.Fatal(err)
			}
		}
		if test.before != "" {
			if err := base.MkdirAll(filepath.ToSlash(filepath.Dir(name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := base.WriteFile(name, []byte(test.before), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		s := newStage(t, base, apk.V3)
		if err := s.SetOSRelease(values); err != nil {
			t.Fatal(err)
		}
		got, err := s.Tree().ReadFile(name, 1<<20)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %v\n%s", test.name, err, got)
		}
		if n, err := s.Tree().Lstat("etc/os-release"); err != nil || (n.Type == tree.Symlink) != test.isLink {
			t.Errorf("%s: the link is gone", test.name)
		}
	}
}

// TestOSReleaseQuoting: a shell reads the values that were set, as os-release(5) demands.
func TestOSReleaseQuoting(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("no sh")
	}
	for _, value := range []string{"", "alpine", "3.22.1", "two words", `it's "quoted"`, "$HOME `id` $(id)", `back\slash \$`, "a;b&c|d>e", "#no comment", "ä"} {
		cmd := exec.Command(shell, "-c", `eval "$(cat)"; printf %s "$X"`)
		cmd.Stdin = strings.NewReader(withVariables("", map[string]string{"X": value}))
		if out, err := cmd.Output(); err != nil || string(out) != value {
			t.Errorf("%q: the shell reads %q, %v", value, out, err)
		}
	}
}

// TestLink: a hard link is the file itself, and takes the place of another file.
func TestLink(t *testing.T) {
	base := tree.New()
	for _, name := range []string{"a", "b"} {
		if err := base.WriteFile(name, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := base.MkdirAll("dir", 0o755); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, base, apk.V3)
	for range 2 {
		if err := s.AddFiles(t.Context(), []File{{Path: "/b", Action: Link, Target: "/a"}, {Path: "/new/c", Action: Link, Target: "/a"}}); err != nil {
			t.Fatal(err)
		}
	}
	a, err := s.Tree().Lstat("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "new/c"} {
		if n, err := s.Tree().Lstat(name); err != nil || n != a {
			t.Errorf("%s is not a name of a: %v", name, err)
		}
	}
	for _, test := range []struct {
		file File
		want string
	}{
		{File{Path: "/x", Action: Link, Target: "/missing"}, "link /x: "},
		{File{Path: "/dir", Action: Link, Target: "/a"}, "link /dir: a directory of that name exists"},
		{File{Path: "/x", Action: Link, Target: "/dir"}, "link /x: "},
	} {
		if err := s.AddFiles(t.Context(), []File{test.file}); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %s", test.file, err, test.want)
		}
	}
}
