package mime

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

func compareDesktop(t *testing.T, program, dir string) {
	t.Helper()
	got, err := DesktopCache(os.DirFS(dir))
	if err != nil {
		t.Error(err)
		return
	}
	output, err := exec.Command(program, dir).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", program, err, output)
		return
	}
	want, err := os.ReadFile(filepath.Join(dir, "mimeinfo.cache"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// TestInstalledDesktop compares for the desktop entries of this machine.
func TestInstalledDesktop(t *testing.T) {
	program := corpustest.Program(t, "update-desktop-database")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("/usr/share/applications")); err != nil {
		t.Skip(err)
	}
	compareDesktop(t, program, dir)
}

// TestDesktop compares for the files of testdata/desktop.txt, each of which is a line with a name and a file: one by
// one, and all together.
func TestDesktop(t *testing.T) {
	program := corpustest.Program(t, "update-desktop-database")
	data, err := os.ReadFile("testdata/desktop.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := t.TempDir()
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, c := range "abcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:<=>?@[]^_`{|}~\x01\t\x7f\v\u00a0\u0080é" {
		lines = append(lines, fmt.Sprintf("char%d.desktop [Desktop Entry]↵MimeType=text/x%ctext;image/%[2]c;%[2]c/x", c, c))
		lines = append(lines, fmt.Sprintf("locale%d.desktop [Desktop Entry]↵MimeType=text/x↵A[x%c]=b", c, c))
		lines = append(lines, fmt.Sprintf("key%d.desktop [Desktop Entry]↵MimeType=text/x↵A%c=b", c, c))
		lines = append(lines, fmt.Sprintf("group%d.desktop [Desktop Entry]↵MimeType=text/x↵[A%c]", c, c))
		lines = append(lines, fmt.Sprintf("begin%d.desktop [Desktop Entry]↵MimeType=text/x↵%c", c, c))
		lines = append(lines, fmt.Sprintf("escape%d.desktop [Desktop Entry]↵MimeType=text/x;text/y\\%cz", c, c))
	}
	for _, media := range strings.Fields("application audio chemical drawing example font image inode interface message model multipart " +
		"text video x-content x-scheme-handler x- X- X-a x x-epoc all uri misc print Text haptics conference") {
		lines = append(lines, fmt.Sprintf("media-%s.desktop [Desktop Entry]↵MimeType=%[1]s/x", media))
	}
	for _, line := range lines {
		name, content, _ := strings.Cut(line, " ")
		content = strings.NewReplacer("↵", "\n", "␍", "\r", "␀", "\xff", "␉", "\t", "␋", "\v").Replace(content)
		writeFile(t, filepath.Join(all, name), content)
		one := t.TempDir()
		writeFile(t, filepath.Join(one, name), content)
		compareDesktop(t, program, one)
		if t.Failed() {
			t.Fatalf("%q", line)
		}
	}
	for link, to := range map[string]string{"link.desktop": "a.desktop", "lsub": "sub", "broken.desktop": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(all, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(all, "zz.desktop"), 0o755); err != nil {
		t.Fatal(err)
	}
	compareDesktop(t, program, all)
	compareDesktop(t, program, t.TempDir())
	t.Logf("%d files", len(lines))
}

// TestRandomDesktop compares for files that are made at random.
func TestRandomDesktop(t *testing.T) {
	program := corpustest.Program(t, "update-desktop-database")
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	const rounds = 400
	for round := range rounds {
		dir := t.TempDir()
		for range random.IntN(8) {
			content := ""
			for range random.IntN(8) {
				switch random.IntN(6) {
				case 0, 1:
					content += pick("", "", " ") + "[Desktop Entry]" + pick("", "", " ", "x")
				case 2:
					content += pick("[Other]", "[", "[]", "# x", "", "x=y", "Hidden=true",
						"Hidden=false", "Hidden = 1 ", "NoDisplay=true", "Encoding=x")
				default:
					content += pick("", "", "", " ") + "MimeType" + pick("", "", "", " ", "[de]") + "=" + pick("", " ")
					for range random.IntN(5) {
						content += pick("text", "image", "x-a", "foo") + "/" + pick("a", "b", "c", "d", `\s`, `\\`, "é", "") + pick(";", ";", ";", ";;",
							" ;", "", `\;`, "\t")
					}
				}
				content += pick("\n", "\n", "\n", "\n", "\r\n", "")
			}
			name := pick("a", "b", "c-d", "c/d", "c/e/f", "g", "") + pick("", "x") + pick(".desktop", ".desktop", ".desktop", ".txt")
			writeFile(t, filepath.Join(dir, name), content)
		}
		compareDesktop(t, program, dir)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
	t.Logf("%d directories", rounds)
}
