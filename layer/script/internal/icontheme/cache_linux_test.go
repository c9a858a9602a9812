package icontheme

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// The cases compare Cache with the real gtk-update-icon-cache byte for byte.
// That program sorts what it reads from a directory, so nothing depends on
// the order of the file system under t.TempDir.

// compare runs the program over dir, as Alpine's trigger does, and returns
// whether it made a cache. The program's failure and Cache's error must agree.
func compare(t testing.TB, dir string, options ...string) bool {
	t.Helper()
	file := filepath.Join(dir, "icon-theme.cache")
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	out, fail := exec.Command("gtk-update-icon-cache", append(options, "-q", "-t", "-f", dir)...).CombinedOutput()
	want, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	got, err := Cache(os.DirFS(dir))
	switch {
	case fail != nil && err == nil:
		t.Errorf("the program fails (%v %s), Cache does not", fail, out)
	case fail == nil && err != nil:
		t.Errorf("Cache fails: %v", err)
	case err == nil && !bytes.Equal(got, want):
		t.Errorf("caches differ:\n got %q\nwant %q", got, want)
	}
	return want != nil
}

// tree makes files in a new directory; "-> x" makes a link to x.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(files[name], "-> "); ok {
			err = os.Symlink(to, p)
		} else {
			err = os.WriteFile(p, []byte(files[name]), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestInstalled copies the names of the themes of this machine, since the
// program writes into the directory.
func TestInstalled(t *testing.T) {
	corpustest.Program(t, "gtk-update-icon-cache")
	themes, err := filepath.Glob("/usr/share/icons/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range themes {
		t.Run(filepath.Base(theme), func(t *testing.T) {
			dir := t.TempDir()
			if out, err := exec.Command("cp", "-r", theme+"/.", dir).CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			compare(t, dir)
			compare(t, dir, "-i")
		})
	}
}

func TestFeatures(t *testing.T) {
	corpustest.Program(t, "gtk-update-icon-cache")
	const icon = "[Icon Data]\nDisplayName[de]=Fu\nDisplayName=Foo\nEmbeddedTextRectangle=1,2,3,4\nAttachPoints=1,2|3,4\n"
	for _, files := range []map[string]string{
		{},
		{"a.png": ""},
		{"d/x.txt": ""},
		{"d/a.icon": "x"},
		{"d/a.png": "", "d/a.svg": "", "d/a.xpm": "", "d/a.icon": icon},
		{"d/.png": "", "d/.hid.png": "", "d/a.PNG": "", "d/b.svgz": "", "d/c.symbolic.png": "", "d/c.symbolic.svg": "", "d/c-symbolic.svg": ""},
		{"d/aaa.png": "", "d/sub/b.png": "", "d/z.png": "", "d/z/q.png": ""},
		{"d/sub/b.png": "", "d/z.png": "", "d/zz/b.png": ""},
		{"d/sub/b.png": "", "d/a.png": "", "d/z.png": "", "d/t/z.png": ""},
		{"d/only.icon": "[Icon Data]\n", "e/a.png": ""},
		{"d/a.png": "", "d/l.png": "-> a.png", "d/broken.png": "-> nowhere", "l": "-> d", "self": "-> self", "e/m.svg": "-> ../d/a.png"},
		{"d/a.png/b.png": "", "d/k.png": "-> a.png"},
		{"d/a.icon": icon, "d/a.png": "", "l": "-> d", "e/a.icon": "-> x.icon", "e/x.icon": "-> ../d/a.icon", "e/a.png": ""},
		{"d/a.icon": "junk", "d/a.png": "", "e/a.icon": "-> ../d/a.icon", "e/a.svg": ""},
		{"d/a b.png": ""},
		{"d/é.png": ""},
		{"d d/a.png": ""},
		{"d/a.png": "", "up": "-> d"},
		{"d/a.png": "", "d/up": "-> ."},
		{strings.Repeat("d/", 90) + "a.png": ""},
		{strings.Repeat(strings.Repeat("d", 200)+"/", 5) + "a.png": ""},
		{strings.Repeat(strings.Repeat("d", 200)+"/", 6) + "a.png": ""},
		{strings.Repeat(strings.Repeat("d", 255)+"/", 3) + strings.Repeat("e", 255) + "/a.png": ""},
		{strings.Repeat(strings.Repeat("d", 255)+"/", 3) + strings.Repeat("e", 254) + "/a.png": ""},
		{"d/\xff.png": ""},
		{"d/\xff.txt": "", "d/a.png": ""},
	} {
		compare(t, tree(t, files))
	}
	t.Run("fifo", func(t *testing.T) {
		dir := tree(t, map[string]string{"d/a.png": ""})
		if out, err := exec.Command("mkfifo", dir+"/d/b.png", dir+"/d/a.svg").CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		compare(t, dir)
	})
}

func TestIconFiles(t *testing.T) {
	corpustest.Program(t, "gtk-update-icon-cache")
	for _, text := range []string{
		"", "\n", "[Icon Data]", "[Icon Data]\n", "[Other]\n", "[Icon Data] \t\nDisplayName=x", "[Icon Data]x\nDisplayName=x", "a=b\n[Icon Data]\n",
		"\ufeff[Icon Data]\n", " [Icon Data]\n", "[Icon Data\n", "[]\n", "[Icon Data]\n[a[b]\n", "[Icon Data]\n[a\x01b]\n", "[Icon Data]\n[X]\nDisplayName=b\n",
		"[X]\nEncoding=latin1\n[Icon Data]\n", "[X]\nEncoding=utf-8\n[Icon Data]\n", "[Icon Data]\nEncoding=latin1\n", "[X]\n[Icon Data]\nEncoding=latin1\n",
	} {
		compare(t, tree(t, map[string]string{"d/a.icon": text, "d/a.png": ""}))
	}
	for _, line := range []string{
		"EmbeddedTextRectangle= 1, 2 ,3,4,", "EmbeddedTextRectangle=1,2,3,x", "EmbeddedTextRectangle=-1,70000,+3,010", "EmbeddedTextRectangle=1,2,3,0x1",
		"EmbeddedTextRectangle=1,2,3,4,5", "EmbeddedTextRectangle=1,2,3,4,,", "EmbeddedTextRectangle=", "EmbeddedTextRectangle=1,2,3",
		"EmbeddedTextRectangle=1,,3,4", "EmbeddedTextRectangle=1,2 x,3,4", "EmbeddedTextRectangle=1,2,3,99999999999",
		"EmbeddedTextRectangle=\\s1,2,3,4", "EmbeddedTextRectangle=1,2,3,2147483648", "EmbeddedTextRectangle=1,2,3, ", "EmbeddedTextRectangle=1;2;3;4",
		"EmbeddedTextRectangle[x]=1,2,3,4", "AttachPoints=", "AttachPoints=1,2,3|4,5\\|6,7", "AttachPoints= 1 , 2 | -3,x4|99999999999999999999,4294967297",
		"AttachPoints=1,2|,", "AttachPoints=\\s1,\\t2", "AttachPoints=\xff1,2", "AttachPoints=\nDisplayName=x", "DisplayName=a\\sb\\n\\t\\r\\\\",
		"DisplayName=a\\q",
		"DisplayName=", "DisplayNameX=foo", "DisplayName[=foo", "DisplayName[a]x=foo", "DisplayName [a]=foo", "DisplayName[]=f", "DisplayName=a\nDisplayName=b",
		"DisplayName=a\n[X]\nDisplayName=b\n[Icon Data]\nDisplayName[c]=d", "DisplayName=  a  ", "DisplayName = a\r", "DisplayName\t= a\t\r\r",
		"# c\n\n  DisplayName=x",
		"DisplayName[de]=f\nDisplayName=\xff", "Other=\xff", "\xff=1", "DisplayName=é", "DisplayName[é]=x", "DisplayName[a_B.c@d-e]=x",
		"DisplayName[a b]=x", "=1", " =1",
		"a b=1", "foo", "foo]=1", "DisplayName[d]=a", "DisplayName[a]=d", "DisplayName=" + strings.Repeat("x", 5000),
		"DisplayName=" + strings.Repeat("x", 1023), "DisplayName=" + strings.Repeat("x", 1024),
		"DisplayName=" + strings.Repeat("é", 511) + "xx", "EmbeddedTextRectangle=1, x,3,4", "EmbeddedTextRectangle=1,- 2,3,4", "EmbeddedTextRectangle=1,2,3,+",
		"EmbeddedTextRectangle=1,2,3,4\\",
		"EmbeddedTextRectangle=1\\,2,3,4", "EmbeddedTextRectangle=1\\q,2,3,4", "DisplayName[" + strings.Repeat("x", 1500) + "]=1",
		"DisplayName=a=b", "[Y]=b", "DisplayName[C]=q\nDisplayName=C", "\v", "\vDisplayName=x", "DisplayName\v=x", "DisplayName=\vx", "DisplayName=x\v",
		"\f", "\fDisplayName=x", "DisplayName\f=\fx", "DisplayName\r=x", "[X]\v",
	} {
		compare(t, tree(t, map[string]string{"d/a.icon": "[Icon Data]\n" + line + "\n", "d/a.png": "", "d/d.svg": "", "d/x.png": ""}))
	}
}

// TestCounts: the sizes at which the tables grow.
func TestCounts(t *testing.T) {
	corpustest.Program(t, "gtk-update-icon-cache")
	for _, n := range []int{1, 5, 6, 7, 8, 9, 14, 15, 16, 30, 32, 33, 56, 57, 110, 111, 218, 219, 326, 327, 488, 489, 752, 753, 1500} {
		files := map[string]string{}
		for i := range n {
			files[fmt.Sprintf("d%d/i%d.png", i*5/n, i)] = ""
		}
		compare(t, tree(t, files))
	}
}

func TestRandom(t *testing.T) {
	corpustest.Program(t, "gtk-update-icon-cache")
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	made := 0
	const n = 300
	for range n {
		files := map[string]string{}
		names := 1 + r.IntN(100)
		for range r.IntN(120) {
			dir := pick("16x16/apps", "16x16/mimetypes", "16x16", "scalable", "scalable/apps", "a", "a/b", "a/b/c", "zz")
			name := fmt.Sprintf("%s%x", pick("", "x-", "application-"), r.IntN(names)*7919)
			switch ext := pick("png", "png", "png", "svg", "symbolic.png", "xpm", "icon", "txt"); {
			case ext == "icon":
				text := "[Icon Data]\n"
				for range r.IntN(5) {
					text += pick("DisplayName=", "DisplayName[de]=", "DisplayName[fr]=", "# ") + pick("Foo", "16x16", "a", "C", "de", name, "x-0") + "\n"
				}
				text += pick("", "", "EmbeddedTextRectangle=1,2,3,4\n") + pick("", "", "AttachPoints=1,2|3,4|5,6\n") + pick("", "", "", "bad")
				files[dir+"/"+name+".icon"] = pick(text, text, "-> "+fmt.Sprintf("x-%x.icon", r.IntN(names)*7919))
			default:
				files[dir+"/"+name+"."+ext] = pick("", "", "", "-> "+name+".svg", "-> ../x")
			}
		}
		if compare(t, tree(t, files), []string{"-i"}[:r.IntN(2)]...) {
			made++
		}
	}
	t.Logf("%d of %d random themes had a cache", made, n)
}

func FuzzCache(f *testing.F) {
	f.Add("d/a.png\nd/a.icon\ne/b/c.svg", []byte("[Icon Data]\nDisplayName[de]=a\nEmbeddedTextRectangle=1,2,3,4\nAttachPoints=1,2|3,4"))
	f.Add("d/a.png\nd/a.icon", []byte("[Icon Data]\nDisplayName[=\\"))
	f.Fuzz(func(t *testing.T, names string, text []byte) {
		theme := fstest.MapFS{}
		for name := range strings.SplitSeq(names, "\n") {
			if fs.ValidPath(name) && name != "." {
				theme[name] = &fstest.MapFile{Data: text}
			}
		}
		_, _ = Cache(theme)
		_, _ = parseIcon(text)
	})
}
