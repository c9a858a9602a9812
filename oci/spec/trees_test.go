package spec

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/layer/tree"
)

// context creates files, "name content", directories, "name/", executables, "name*content", and links, "name -> target".
func contextOf(t *testing.T, entries ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, entry := range entries {
		name, target, isLink := strings.Cut(entry, " -> ")
		name, content, _ := strings.Cut(name, " ")
		mode := os.FileMode(0o644)
		if cut, rest, ok := strings.Cut(name, "*"); ok {
			name, content, mode = cut, rest, 0o755
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(target, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte(content), mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// filesOf returns the files that a spec in a directory gives, one a line.
func filesOf(t *testing.T, dir, text string) (lines []string, err error) {
	t.Helper()
	d := &Document{dir: dir, context: dir}
	if err := d.Parse([]byte(text), "x"); err != nil {
		t.Fatal(err)
	}
	s, err := d.Spec()
	if err != nil {
		return nil, err
	}
	for _, f := range s.Files {
		line := f.Path
		switch f.Type {
		case tree.Directory:
			line += "/"
		case tree.Symlink:
			line += " -> " + f.Target
		}
		if f.Mode != nil && runtime.GOOS != "windows" {
			line += " " + string([]byte{'0' + byte(*f.Mode>>6&7), '0' + byte(*f.Mode>>3&7), '0' + byte(*f.Mode&7)})
		}
		lines = append(lines, line+" "+f.Owner)
	}
	return lines, nil
}

func TestTree(t *testing.T) {
	dir := contextOf(t, "site/index.html a", "site/css/a.css b", "site/css/a.map c", "site/.git/HEAD d", "site/.git/keep e", "site/run*f", "site/empty/",
		"site/link -> css/a.css", "other g", "entry.sh*h")
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"whole", "files: [{path: /srv, tree: site}]", []string{
			"/srv/ ", "/srv/.git/ ", "/srv/.git/HEAD ", "/srv/.git/keep ", "/srv/css/ ", "/srv/css/a.css ", "/srv/css/a.map ", "/srv/empty/ ",
			"/srv/index.html ", "/srv/link -> css/a.css ", "/srv/run 755 "}},
		{"excluded", `files: [{path: /srv, tree: ./site/, exclude: ["**/.git", "**/*.map", "empty"], owner: "1:2"}]`, []string{
			"/srv/ 1:2", "/srv/css/ 1:2", "/srv/css/a.css 1:2", "/srv/index.html 1:2", "/srv/link -> css/a.css ", "/srv/run 755 1:2"}},
		{"all but one", `files: [{path: /srv, tree: site, exclude: ["*", "!.git/keep"]}]`, []string{"/srv/ ", "/srv/.git/keep "}},
		{"modes", "files: [{path: /srv, tree: site/css, modes: {files: 0600, directories: 0700}}]", []string{"/srv/ 700", "/srv/a.css 600", "/srv/a.map 600"}},
		{"the context itself", `files: [{path: /srv, tree: ., exclude: [site]}]`, []string{"/srv/ ", "/srv/entry.sh 755 ", "/srv/other "}},
		{"copied", "files: [{path: /srv, tree: site/css, merge: true}, {path: /c, tree: site, exclude: [\"*\", \"!css/a.css\", \"!link\"], owner: \"1:2\", merge: true}]", []string{
			"/srv/ ", "/srv/a.css ", "/srv/a.map ", "/c/ 1:2", "/c/css/ 755 1:2", "/c/css/a.css 1:2", "/c/link -> css/a.css 1:2"}},
		{"copied with modes", "files: [{path: /, tree: site, exclude: [css/*, run], modes: {files: 0640, directories: 02750}, merge: true}]", []string{
			"// 750 ", "/.git/ 750 0:0", "/.git/HEAD 640 ", "/.git/keep 640 ", "/css/ 750 0:0", "/empty/ 750 0:0", "/index.html 640 ", "/link -> css/a.css "}},
		{"executable source", "files: [{path: /entry.sh, source: entry.sh}, {path: /b, source: entry.sh, mode: 0644}, {path: /c, source: other}]",
			[]string{"/entry.sh 755 ", "/b 644 ", "/c "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("files there cannot be executable")
			}
			got, err := filesOf(t, dir, c.text)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				got[i] = strings.TrimSuffix(got[i], " ")
			}
			want := make([]string, len(c.want))
			for i := range c.want {
				want[i] = strings.TrimSuffix(c.want[i], " ")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for text, want := range map[string]string{
		"files: [{path: /a, tree: nosuch}]":                        `"nosuch" of /a does not exist`,
		"files: [{path: /a, tree: other}]":                         "is not a directory",
		"files: [{path: /a, tree: ../x}]":                          "leads out of the context directory",
		"files: [{path: /a, tree: /etc}]":                          "is an absolute path",
		"files: [{path: /a, from: oci:../x, source: /b}]":          `leads out of the context directory`,
		"files: [{path: /a, from: rootfs:/etc/x.tar, source: /b}]": `is an absolute path`,
		"files: [{path: /a, from: oci:nosuch, source: /b}]":        `"nosuch" of from does not exist`,
		"files: [{path: /a, from: nosuch, source: /b}]":            `no transport`,
		`files: [{path: /a, tree: site, exclude: ["[" ]}]`:         "exclude of /a: ",
	} {
		if _, err := filesOf(t, dir, text); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "x:1:") {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
