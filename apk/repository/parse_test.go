package repository_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
)

// native writes the directories of a list the way this system does.
func native(list []repository.Repository) []repository.Repository {
	for i := range list {
		if list[i].Local() {
			list[i].URL = filepath.FromSlash(list[i].URL)
		}
	}
	return list
}

// TestParseRepositories follows apk/FORMAT.md 6.2.
func TestParseRepositories(t *testing.T) {
	type list = []repository.Repository
	for _, c := range []struct {
		name, text string
		v2, v3     list
		v2err      string // instead of a list
		v3err      string
	}{
		{name: "empty"},
		{name: "comments", text: "# one\n\n#two\n"},
		{
			name: "plain", text: "https://a.example/main\n/srv/repo\nhttp://b.example/x/\n",
			v2: list{{URL: "https://a.example/main"}, {URL: "/srv/repo"}, {URL: "http://b.example/x"}},
			v3: list{{URL: "https://a.example/main"}, {URL: "/srv/repo"}, {URL: "http://b.example/x"}},
		},
		{
			name: "no newline at the end", text: "https://a.example/main",
			v2: list{{URL: "https://a.example/main"}}, v3: list{{URL: "https://a.example/main"}},
		},
		{
			name: "tag", text: "@edge https://a.example/edge\n@t\t/srv\n",
			v2: list{{Tag: "edge", URL: "https://a.example/edge"}, {Tag: "t", URL: "/srv"}},
			v3: list{{Tag: "edge", URL: "https://a.example/edge"}, {Tag: "t", URL: "/srv"}},
		},
		{
			name: "tag with a colon", text: "@edge:/srv\n",
			v2: list{{Tag: "edge", URL: "/srv"}}, v3err: "line 1: missing URL",
		},
		{
			name: "trailing blank", text: "/srv/repo \n",
			v2: list{{URL: "/srv/repo "}}, v3: list{{URL: "/srv/repo"}},
		},
		{
			name: "blank in the middle", text: "/srv/my repo\n",
			v2: list{{URL: "/srv/my repo"}}, v3: list{{URL: "/srv/my/repo"}},
		},
		{
			name: "components", text: "https://a.example/v3.22/ main community\n",
			v2: list{{URL: "https://a.example/v3.22/ main community"}},
			v3: list{{URL: "https://a.example/v3.22/main"}, {URL: "https://a.example/v3.22/community"}},
		},
		{
			name: "variables", text: "set branch=v3.22\nset mirror=https://a.example/${branch}\nset -default branch=edge\nv2 @x ${mirror} main ${APK_ARCH}\n",
			v2err: `line 1: "set branch=v3.22" is neither a URL nor an absolute path`,
			v3:    list{{Tag: "x", URL: "https://a.example/v3.22/main"}, {Tag: "x", URL: "https://a.example/v3.22/x86_64"}},
		},
		{
			name: "default", text: "set -default b=1\nset b=2\nset -default b=3\n/srv/${b}\n",
			v2err: "line 1: ", v3: list{{URL: "/srv/2"}},
		},
		{
			name: "index file", text: "https://a.example/x86_64/APKINDEX.tar.gz\nndx /srv/all/index\n@t ndx.example\n",
			v2err: `line 2: "ndx /srv/all/index" is neither`,
			v3err: `line 3: "ndx.example" is neither`,
		},
		{
			name: "ndx", text: "https://a.example/x86_64/APKINDEX.tar.gz\nndx /srv/all/index\n",
			v2err: "line 2: ",
			v3: list{
				{URL: "https://a.example/x86_64", Index: "APKINDEX.tar.gz"},
				{URL: "/srv/all", Index: "index"},
			},
		},
		{name: "ndx is a host", text: "ndx https://a.example\n", v2err: "line 1: ", v3err: "line 1: https://a.example names no index file"},
		{name: "ndx is a folder", text: "ndx /\n", v2err: "line 1: ", v3err: "names no index file"},
		{name: "adb", text: "\nhttps://a.example/Packages.adb\n", v2: list{{URL: "https://a.example/Packages.adb"}},
			v3: list{{URL: "https://a.example", Index: "Packages.adb"}}},
		{name: "v3", text: "v3 https://u:secret@a.example/main\n", v2err: "line 1: ",
			v3: list{{URL: "https://u:secret@a.example/main", ADB: true}}},
		{name: "file", text: "file:/srv/a\nfile:///srv/b\nfile://localhost/srv/c\n",
			v2: list{{URL: "/srv/a"}, {URL: "/srv/b"}, {URL: "/srv/c"}}, v3: list{{URL: "/srv/a"}, {URL: "/srv/b"}, {URL: "/srv/c"}}},
		{name: "capitals", text: "HTTPS://a.example/x\n", v2: list{{URL: "HTTPS://a.example/x"}}, v3: list{{URL: "HTTPS://a.example/x"}}},
		{name: "user", text: "https://u:p@a.example/x\n", v2: list{{URL: "https://u:p@a.example/x"}}, v3: list{{URL: "https://u:p@a.example/x"}}},

		{name: "leading blank", text: "/srv\n /other\n", v2err: `line 2: " /other" is neither a URL nor an absolute path`,
			v3err: "line 2: begins with a blank, where apk 3 stops reading"},
		{name: "only blanks", text: " \n", v2err: "line 1: ", v3err: "line 1: begins with a blank"},
		{name: "relative", text: "repo\n", v2err: `line 1: "repo" is neither a URL nor an absolute path`, v3err: `line 1: "repo" is neither`},
		{name: "other scheme", text: "ftp://a.example/x\n", v2err: `line 1: scheme "ftp" is not supported`,
			v3err: `scheme "ftp" is not supported: use http, https, file or a directory`},
		{name: "other host", text: "file://host/srv\n", v2err: "is on another machine", v3err: "is on another machine"},
		{name: "no host", text: "https:///x\n", v2err: "it has no host", v3err: "it has no host"},
		{name: "query", text: "https://a.example/x?token=1\n", v2err: "it has a query", v3err: "it has a query"},
		{name: "malformed", text: "https://a.example:port/\n", v2err: "it is not well-formed", v3err: "it is not well-formed"},
		{name: "control character", text: "/srv\x1b\n", v2err: "line 1: contains a control character", v3err: "contains a control character"},
		{name: "tag only", text: "@edge\n", v2err: `line 1: "@edge" has a tag but no URL`, v3err: "line 1: missing URL"},
		{name: "empty tag", text: "@ /srv\n", v2err: `empty tag after "@"`, v3err: `empty tag after "@"`},
		{name: "keyword only", text: "v2\n", v2err: "line 1: ", v3err: "line 1: missing URL"},
		{name: "unset variable", text: "/srv/${x}\n", v2: list{{URL: "/srv/${x}"}}, v3err: "line 1: variable ${x} is not set"},
		{name: "open variable", text: "/srv/${x\n", v2: list{{URL: "/srv/${x"}}, v3err: `line 1: "${x" has no closing "}"`},
		{name: "set nothing", text: "set\n", v2err: "line 1: ", v3err: `line 1: want "set key=value"`},
		{name: "set arch", text: "set APK_ARCH=x86\n", v2err: "line 1: ", v3err: `line 1: cannot set "APK_ARCH=x86"`},
		{name: "set key", text: "set 1a=x\n", v2err: "line 1: ", v3err: `line 1: cannot set "1a=x"`},
		{name: "doubling", text: "set a=0123456789abcdef\n" + doubling(20) + "/srv/${a}\n", v2err: "line 1: ",
			v3err: "longer than 65536 bytes after variables are expanded"},
		{name: "long line", text: "/" + strings.Repeat("x", 1<<17), v2err: "line 1: ", v3err: "line 1: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, g := range []struct {
				generation apk.Generation
				want       list
				err        string
			}{{apk.V2, c.v2, c.v2err}, {apk.V3, c.v3, c.v3err}} {
				got, err := repository.ParseRepositories(strings.NewReader(c.text), g.generation, "x86_64")
				switch {
				case g.err != "" && (err == nil || !strings.Contains(err.Error(), g.err)):
					t.Errorf("%s: got %v, %v, want the error %q", g.generation, got, err, g.err)
				case g.err == "" && err != nil:
					t.Errorf("%s: %v", g.generation, err)
				case g.err == "":
					if diff := cmp.Diff(native(g.want), got); diff != "" {
						t.Errorf("%s: (-want +got):\n%s", g.generation, diff)
					}
				}
			}
		})
	}
}

func doubling(n int) string { return strings.Repeat("set a=${a}${a}\n", n) }

func TestParseArgument(t *testing.T) {
	for _, c := range []struct {
		argument string
		g        apk.Generation
		want     []repository.Repository
		err      string
	}{
		{"https://a.example/main/", apk.V2, []repository.Repository{{URL: "https://a.example/main"}}, ""},
		{"@edge https://a.example/main", apk.V3, []repository.Repository{{Tag: "edge", URL: "https://a.example/main"}}, ""},
		{"https://a.example/3 main community", apk.V3, []repository.Repository{{URL: "https://a.example/3/main"}, {URL: "https://a.example/3/community"}}, ""},
		{"repo", apk.V3, []repository.Repository{{URL: "repo"}}, ""},
		{"./my repo/", apk.V2, []repository.Repository{{URL: "my repo"}}, ""},
		{"my repo", apk.V3, []repository.Repository{{URL: "my repo"}}, ""},
		{"@t ../repo", apk.V3, []repository.Repository{{Tag: "t", URL: "../repo"}}, ""},
		{"#repo", apk.V3, []repository.Repository{{URL: "#repo"}}, ""},
		{"file:repo", apk.V2, []repository.Repository{{URL: "repo"}}, ""},
		{"", apk.V3, nil, "is empty"},
		{"set a=file:///x", apk.V3, nil, "is empty"},
		{"sftp://a.example", apk.V2, nil, `scheme "sftp" is not supported`},
	} {
		got, err := repository.ParseArgument(c.argument, c.g, "x86_64")
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: got %v, %v, want the error %q", c.argument, got, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.argument, err)
		}
		if diff := cmp.Diff(native(c.want), got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.argument, diff)
		}
	}
}

func TestURLs(t *testing.T) {
	r := repository.Repository{Tag: "t", URL: "https://user:secret@a.example/dir"}
	directory := repository.Repository{URL: filepath.FromSlash("/srv/repo")}
	ndx := repository.Repository{URL: "https://a.example", Index: "all.tar.gz"}
	p := &apk.Package{Name: "libstdc++", Version: "13.2_p1-r0", Arch: "noarch"}
	unsaid := &apk.Package{Name: "a b%", Version: "1~2"}
	url := func(s string, err error) string {
		if err != nil {
			t.Error(err)
		}
		return s
	}
	for _, c := range []struct{ got, want string }{
		{url(r.IndexURL("x86_64")), "https://user:secret@a.example/dir/x86_64/APKINDEX.tar.gz"},
		{url(r.PackageURL(p, "x86_64")), "https://user:secret@a.example/dir/noarch/libstdc++-13.2_p1-r0.apk"},
		{url(r.PackageURL(unsaid, "x86_64")), "https://user:secret@a.example/dir/x86_64/a%20b%25-1~2.apk"},
		{url(directory.IndexURL("x86_64")), filepath.FromSlash("/srv/repo/x86_64/APKINDEX.tar.gz")},
		{url(directory.PackageURL(unsaid, "x86_64")), filepath.FromSlash("/srv/repo/x86_64/a b%-1~2.apk")},
		{url(ndx.IndexURL("x86_64")), "https://a.example/all.tar.gz"},
		{url(ndx.PackageURL(p, "x86_64")), "https://a.example/libstdc++-13.2_p1-r0.apk"},
		{r.String(), "@t https://xxxxx@a.example/dir"},
		{ndx.String(), "https://a.example/all.tar.gz"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestHostileNames(t *testing.T) {
	for _, c := range []struct{ name, version, arch string }{
		{"../../etc/passwd", "1", "x86_64"},
		{"a", "1/../../x", "x86_64"},
		{"a", "1", ".."},
		{"a", "1", "../../x"},
		{"a", "1", "."},
		{"a", "1", ".git"},
		{"a", "1", "x86_64/y"},
		{`..\a`, "1", "x86_64"},
		{"c:a", "1", "x86_64"},
		{"a\x00", "1", "x86_64"},
		{"a\nb", "1", "x86_64"},
		{"a\x7f", "1", "x86_64"},
		{"a", "1", "x\x1b[2J"},
		{strings.Repeat("a", 300), "1", "x86_64"},
	} {
		p := &apk.Package{Name: c.name, Version: c.version, Arch: c.arch}
		for _, base := range []string{"https://a.example", "/srv"} {
			got, err := repository.Repository{URL: base}.PackageURL(p, "x86_64")
			if err == nil || !strings.Contains(err.Error(), "cannot be part of a path") {
				t.Errorf("%q %q %q in %s: got %q, %v", c.name, c.version, c.arch, base, got, err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x00\n\x1b") {
				t.Errorf("the error has control characters: %q", err)
			}
		}
	}
	if _, err := (repository.Repository{URL: "/srv"}).IndexURL("../x"); err == nil {
		t.Error("an architecture with a slash is taken")
	}
}

// FuzzParseRepositories checks that whatever is taken leads to clean places only.
func FuzzParseRepositories(f *testing.F) {
	f.Add("https://a.example/main\n@edge /srv\n", true)
	f.Add("set a=b\nv2 @t https://${a}/ main\nndx http://h/x.tar.gz\n", false)
	f.Add("v3 /0", false)
	f.Add("v2 /.tar.gz\nv2 https://h/x.tar.gz", false)
	f.Add("file://localhost/srv\n# x\n", false)
	f.Fuzz(func(t *testing.T, text string, two bool) {
		g := apk.V3
		if two {
			g = apk.V2
		}
		list, err := repository.ParseRepositories(strings.NewReader(text), g, "x86_64")
		if err != nil {
			return
		}
		for _, r := range list {
			u, err := r.IndexURL("x86_64")
			if err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
			if r.Local() != filepath.IsAbs(u) || r.Local() != !strings.Contains(u, "://") {
				t.Errorf("%+v leads to %q", r, u)
			}
			again, err := repository.ParseArgument(r.String(), g, "x86_64")
			plain := !strings.Contains(r.URL, "@") && !strings.Contains(r.Tag, ":") && r.Index == ""
			if plain && (err != nil || len(again) != 1 || again[0] != r) {
				t.Errorf("%+v printed and parsed is %+v, %v", r, again, err)
			}
		}
	})
}
