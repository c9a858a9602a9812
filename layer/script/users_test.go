package script

import (
	"errors"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestSuExec expects what su-exec.c says: the groups of the user, or only the one that is named, and HOME.
func TestSuExec(t *testing.T) {
	root := commandRoot(t)
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:100:101:App:/home/app:/bin/sh\n",
		"etc/group":  "root:x:0:root\nwheel:x:10:app\napp:x:101:\n",
	} {
		if err := root.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for script, want := range map[string]string{
		"su-exec app id":                  "uid=100(app) gid=101(app) groups=10(wheel),101(app)\n",
		"su-exec 100 id":                  "uid=100(app) gid=101(app) groups=10(wheel),101(app)\n",
		"su-exec app:wheel id":            "uid=100(app) gid=10(wheel) groups=10(wheel)\n",
		"su-exec app:7 id":                "uid=100(app) gid=7 groups=7\n",
		"su-exec 5 id":                    "uid=5 gid=0(root) groups=0(root)\n",
		"su-exec 5:6 id":                  "uid=5 gid=6 groups=6\n",
		"su-exec :wheel id":               "uid=0(root) gid=10(wheel) groups=10(wheel)\n",
		"A=1 su-exec app printenv A HOME": "1\n/home/app\n",
		"HOME=/x su-exec 5 printenv HOME": "/\n",
		"su-exec app sh -c 'id -u'":       "100\n",
		"su-exec app id -u; id -u":        "100\n0\n",
		"su-exec app su-exec 5 id":        "su-exec: setgroups: Operation not permitted\n",
		"su-exec app nosuch":              "su-exec: nosuch: No such file or directory\n",
		"su-exec app; echo $?":            "Usage: su-exec user-spec command [args]\n0\n",
	} {
		got, err := runScript(t, Options{Tree: root}, script)
		if exit := (*ExitError)(nil); err != nil && !errors.As(err, &exit) || got != want {
			t.Errorf("%s: got %q, %v; want %q", script, got, err, want)
		}
	}
}

// TestGosu expects what gosu 1.14 prints.
func TestGosu(t *testing.T) {
	root := commandRoot(t)
	if err := root.WriteFile("etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\napp:x:100:101:App:/home/app:/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile("etc/group", []byte("root:x:0:root\nwheel:x:10:app\napp:x:101:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{
		"gosu app id":                     "uid=100(app) gid=101(app) groups=10(wheel),101(app)\n",
		"gosu app:wheel id":               "uid=100(app) gid=10(wheel) groups=10(wheel)\n",
		"gosu 5:6 id":                     "uid=5 gid=6 groups=6\n",
		"A=1 gosu app printenv A HOME":    "1\n/home/app\n",
		"gosu 12345 printenv HOME":        "/\n",
		"gosu app true; echo $?":          "0\n",
		"gosu nosuch id; echo $?":         "error: failed switching to \"nosuch\": unable to find user nosuch: no matching entries in passwd file\n1\n",
		"gosu root:nosuch id; echo $?":    "error: failed switching to \"root:nosuch\": unable to find group nosuch: no matching entries in group file\n1\n",
		"gosu app gosu root id; echo $?":  "error: failed switching to \"root\": operation not permitted\n1\n",
		"gosu app nosuchprogram; echo $?": "error: exec: \"nosuchprogram\": executable file not found in $PATH\n1\n",
		"gosu app /etc/passwd; echo $?":   "error: exec: \"/etc/passwd\": permission denied\n1\n",
		"gosu app; echo $?":               "Usage: gosu user-spec command [args]\n1\n",
	} {
		if got, err := runScript(t, Options{Tree: root}, script); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", script, got, err, want)
		}
	}
}

// expectScripts runs each script and compares what it prints.
func expectScripts(t *testing.T, root *tree.Tree, want map[string]string) {
	t.Helper()
	for script, want := range want {
		got, err := runScript(t, Options{Tree: root}, script)
		if exit := (*ExitError)(nil); err != nil && !errors.As(err, &exit) || got != want {
			t.Errorf("%s: got %q, %v; want %q", script, got, err, want)
		}
	}
}

// TestShred expects what busybox 1.36.1 leaves.
func TestShred(t *testing.T) {
	root := commandRoot(t)
	if err := root.WriteFile("bin/busybox", nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bin/shred"} {
		if err := errors.Join(root.Remove(name), root.Symlink("/bin/busybox", name)); err != nil {
			t.Fatal(err)
		}
	}
	expectScripts(t, root, map[string]string{
		"cd /w; echo abc > s; shred -u s; ls; echo abc > s; chmod 400 s; shred -zfu s; ls":                       "dir\none\ndir\none\n",
		"cd /w; echo abc > s; shred -n 0 -z s; cat s | tr '\\0' 0; shred -n 0 s; shred -zs 2 s; wc -c < s; rm s": "00004\n",
		"cd /w; shred -u nosuch one; echo $?; cat one; shred -u dir; echo $?":                                    "shred: can't open 'nosuch': No such file or directory\n1\none\ntwo\nshred: can't open 'dir': Is a directory\n1\n",
		"cd /w; : > e; shred e; shred -u e; ln -s e l; shred -u l; echo $?; ls; rm l":                            "shred: can't open 'l': No such file or directory\n1\ndir\nl\none\n",
	})
	for _, script := range []string{"shred /w/one", "ln /w/one /w/two; shred -u /w/two"} {
		if _, err := runScript(t, Options{Tree: root}, script); err == nil || !strings.Contains(err.Error(), "it writes is another each time") {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// TestAPKOfUser expects what apk-tools 2.14 printed for a user in Alpine's root file system. A user to whom the database
// belongs is refused.
func TestAPKOfUser(t *testing.T) {
	root := commandRoot(t)
	if err := root.MkdirAll("lib/apk/db", 0o755); err != nil {
		t.Fatal(err)
	}
	user := Options{Tree: root, User: tree.Credentials{UID: 405, GID: 100}, Database: func() (*apk.Installed, error) {
		return &apk.Installed{Packages: []*apk.InstalledPackage{{Package: apk.Package{Name: "busybox", Version: "1-r0"}}}}, nil
	}}
	const denied = "ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n"
	for script, want := range map[string]string{
		"apk add --no-network nginx; echo $?": denied + "99\n", "apk -q del x; echo $?": denied + "99\n", "apk upgrade": denied, "apk fix": denied,
		"apk update":          denied,
		"apk info -e busybox": "busybox\n", "apk version -t 1 2": "<\n", "apk --print-arch": "x86_64\n",
	} {
		got, err := runScript(t, user, script)
		if exit := (*ExitError)(nil); err != nil && !errors.As(err, &exit) || got != want {
			t.Errorf("%s: got %q, %v; want %q", script, got, err, want)
		}
	}
	n, err := root.Stat("lib/apk/db")
	if err != nil {
		t.Fatal(err)
	}
	n.UID = 405
	var unsupported *UnsupportedError
	if _, err := runScript(t, user, "apk add x"); !errors.As(err, &unsupported) {
		t.Errorf("apk of a user who may write the database: %v", err)
	}
}

// TestDirectory: a script begins where it is put, as a program that runc starts does: without links, and whether or not its
// user may go there.
func TestDirectory(t *testing.T) {
	root := commandRoot(t)
	for name, mode := range map[string]uint16{"closed": 0o700, "open": 0o755} {
		if err := root.Mkdir(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := root.Symlink("open", "link"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, want string }{
		{"", "/ / []\nnot executable: no\n"}, {"/open", "/open /open []\nnot executable: no\n"}, {"/link", "/open /open []\nnot executable: no\n"},
		{"/closed", "/closed /closed []\nnot executable: yes\n/bin/sh: can't create f: Permission denied\n"},
		{"/none", "x: working directory /none: No such file or directory"}, {"/w/one", "x: working directory /w/one: Not a directory"},
	} {
		var b strings.Builder
		text := `echo "$(pwd) $PWD [$OLDPWD]"; [ -x . ] && echo "not executable: no" || { echo "not executable: yes"; echo > f; }`
		err := RunText(t.Context(), Options{Tree: root, User: tree.Credentials{UID: 5}, Dir: c.dir, Output: &b}, "x", text, nil)
		got := b.String()
		if exit := (*ExitError)(nil); err != nil && !errors.As(err, &exit) {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.dir, got, c.want)
		}
	}
}
