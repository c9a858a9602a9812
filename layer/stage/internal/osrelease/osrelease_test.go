package osrelease

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

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

// TestSet: lines keep their places, also in the file that /etc/os-release is a link to.
func TestSet(t *testing.T) {
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
		if err := Set(base, values); err != nil {
			t.Fatal(err)
		}
		got, err := base.ReadFile(name, 1<<20)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %v\n%s", test.name, err, got)
		}
		if n, err := base.Lstat("etc/os-release"); err != nil || (n.Type == tree.Symlink) != test.isLink {
			t.Errorf("%s: the link is gone", test.name)
		}
	}
}

// TestQuoting: a shell reads the values that were set, as os-release(5) demands.
func TestQuoting(t *testing.T) {
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
