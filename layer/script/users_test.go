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

// userRoot is commandRoot with users and groups.
func userRoot(t *testing.T) *tree.Tree {
	t.Helper()
	root := commandRoot(t)
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:100:101:App:/home/app:/bin/sh\nnol:x:102:101:App:/home/nol:/sbin/nologin\n",
		"etc/group":  "root:x:0:root\nwheel:x:10:app\napp:x:101:\n",
	} {
		if err := root.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
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

// TestSudo expects what sudo 1.9.13 prints with the rule "root ALL=(ALL:ALL) ALL".
func TestSudo(t *testing.T) {
	root := userRoot(t)
	const set = "export PATH=/bin:/opt HOME=/custom FOO=bar LANG=C.UTF-8; "
	expectScripts(t, root, map[string]string{
		set + "sudo env | sort": "HOME=/root\nLANG=C.UTF-8\nLOGNAME=root\nMAIL=/var/mail/root\nPATH=/bin:/opt\nSHELL=/bin/sh\nSUDO_COMMAND=/bin/env\nSUDO_GID=0\n" +
			"SUDO_UID=0\nSUDO_USER=root\nTERM=unknown\nUSER=root\n",
		set + "TERM=xterm sudo -u nol env A=b | sort": "A=b\nHOME=/home/nol\nLANG=C.UTF-8\nLOGNAME=nol\nMAIL=/var/mail/nol\nPATH=/bin:/opt\nSHELL=/sbin/nologin\n" +
			"SUDO_COMMAND=/bin/env A=b\nSUDO_GID=0\nSUDO_UID=0\nSUDO_USER=root\nTERM=xterm\nUSER=nol\n",
		set + "sudo -E printenv FOO HOME USER":                          "bar\n/custom\nroot\n",
		set + "sudo -EHu app printenv FOO HOME USER":                    "bar\n/home/app\napp\n",
		set + "sudo A=b printenv A FOO":                                 "b\n",
		"sudo -u app id; sudo -u '#100' id -un; sudo --user=nol id -un": "uid=100(app) gid=101(app) groups=10(wheel),101(app)\napp\nnol\n",
		"sudo -u nosuch id; echo $?":                                    "sudo: unknown user nosuch\nsudo: error initializing audit plugin sudoers_audit\n1\n",
		"sudo -u '#777' id; echo $?":                                    "sudo: unknown user #777\n1\n",
		"sudo nosuch; echo $?":                                          "sudo: nosuch: command not found\n1\n",
		"sudo /etc/passwd; echo $?":                                     "sudo: /etc/passwd: command not found\n1\n",
		"sudo sh -c 'exit 7'; echo $?; sudo -n -- true; echo $?":        "7\n0\n",
		"cd /tmp; sudo -u app pwd; umask 0; sudo sh -c umask; umask 077; sudo sh -c umask; umask": "/tmp\n0022\n0077\n0077\n",
	})
	for script, want := range map[string]string{"sudo -u app sudo id": "as another user than root", "sudo": "without a command", "sudo -i": "option -i"} {
		if _, err := runScript(t, Options{Tree: root}, script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", script, err)
		}
	}
	if err := root.WriteFile("etc/sudoers", []byte("# a comment\nDefaults secure_path=\"/sbin:/bin\"\nroot ALL=(ALL:ALL) ALL\n"), 0o440); err != nil {
		t.Fatal(err)
	}
	expectScripts(t, root, map[string]string{set + "sudo -E printenv PATH; sudo PATH=/x:/bin printenv PATH": "/sbin:/bin\n/x:/bin\n"})
	if err := root.WriteFile("etc/sudoers", []byte("Defaults env_keep += \"FOO\"\n"), 0o440); err != nil {
		t.Fatal(err)
	}
	if _, err := runScript(t, Options{Tree: root}, "sudo true"); err == nil || !strings.Contains(err.Error(), "env_keep") {
		t.Error(err)
	}
}

// TestDoas expects what Alpine's doas 6.8.2 prints.
func TestDoas(t *testing.T) {
	root := userRoot(t)
	const (
		set  = "export PATH=/bin:/opt HOME=/custom FOO=bar; cd /; "
		path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
		own  = "DOAS_USER=root\nHOME=/home/app\nLOGNAME=app\n" + path + "SHELL=/bin/sh\nUSER=app\n"
		no   = "doas: Operation not permitted\n"
	)
	expectScripts(t, root, map[string]string{"doas id; echo $?": "doas: doas is not enabled, /etc/doas.conf: No such file or directory\n1\n"})
	for rules, want := range map[string]string{
		"# nothing\n":                                         no,
		"permit nopass root\n":                                own,
		"permit nopass 0\n":                                   own,
		"permit nopass :root\n":                               own,
		"permit nopass :wheel\n":                              no,
		"permit nopass root as app\n":                         own,
		"permit nopass root as nol\n":                         no,
		"permit nopass root\ndeny root\n":                     no,
		"deny root\npermit nopass root\npermit app as root\n": own,
	} {
		if err := root.WriteFile("etc/doas.conf", []byte(rules), 0o600); err != nil {
			t.Fatal(err)
		}
		expectScripts(t, root, map[string]string{set + "doas -u app env | sort": want})
	}
	for _, rule := range []string{"permit root", "permit persist :root", "permit nopass root cmd env", "permit setenv { A } root"} {
		if err := root.WriteFile("etc/doas.conf", []byte(rule+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := runScript(t, Options{Tree: root}, "doas id"); err == nil || !strings.Contains(err.Error(), rule) {
			t.Errorf("%s: %v", rule, err)
		}
	}
	if err := root.WriteFile("etc/doas.conf", []byte("permit nopass keepenv root\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	expectScripts(t, root, map[string]string{
		set + "doas printenv FOO HOME USER":                         "bar\n/root\nroot\n",
		"doas -u nol id -un; doas -u 100 id -un; doas -n id -u":     "nol\napp\n0\n",
		"doas -u nosuch id; echo $?; doas -u 777 id; echo $?":       "doas: unknown user\n1\ndoas: no passwd entry for target\n1\n",
		"doas nosuch; echo $?; doas /etc/passwd; echo $?":           "doas: nosuch: command not found\n1\ndoas: /etc/passwd: Permission denied\n1\n",
		"doas sh -c 'exit 4'; echo $?; umask 077; doas sh -c umask": "4\n0077\n",
	})
}

// TestSetpriv expects what setpriv of util-linux 2.38 prints, and busybox's id of these users.
func TestSetpriv(t *testing.T) {
	expectScripts(t, userRoot(t), map[string]string{
		"setpriv --reuid=app --regid=app --init-groups id":                                    "uid=100(app) gid=101(app) groups=10(wheel),101(app)\n",
		"setpriv --reuid app --regid app --clear-groups id":                                   "uid=100(app) gid=101(app)\n",
		"setpriv --reuid=100 --regid=101 --clear-groups -- id -u":                             "100\n",
		"setpriv --reuid=app id":                                                              "uid=100(app) gid=0(root)\n",
		"setpriv --regid=wheel id; echo $?":                                                   "setpriv: --[re]gid requires --keep-groups, --clear-groups, --init-groups, or --groups\n1\n",
		"setpriv --regid=wheel --keep-groups id":                                              "uid=0(root) gid=10(wheel)\n",
		"setpriv --reuid=100 --regid=7 --groups 5,wheel id -G":                                "7 5 10\n",
		"setpriv --reuid=nosuch --clear-groups id; echo $?":                                   "setpriv: failed to parse reuid: 'nosuch'\n1\n",
		"setpriv --regid=nosuch --clear-groups id; echo $?":                                   "setpriv: failed to parse regid: 'nosuch'\n1\n",
		"setpriv --reuid=777 --init-groups id; echo $?":                                       "setpriv: uid 777 not found, --init-groups requires an user that can be found on the system\n1\n",
		"setpriv --init-groups id; echo $?":                                                   "setpriv: --init-groups requires --ruid or --reuid\n1\n",
		"setpriv nosuch; echo $?":                                                             "setpriv: failed to execute nosuch: No such file or directory\n127\n",
		"setpriv /etc/passwd; echo $?":                                                        "setpriv: failed to execute /etc/passwd: Permission denied\n126\n",
		"HOME=/x setpriv --no-new-privs --reuid=app --regid=app --clear-groups printenv HOME": "/x\n",
		"setpriv sh -c 'exit 5'; echo $?; setpriv; echo $?":                                   "5\nsetpriv: No program specified\n1\n",
		"setpriv --clear-groups --keep-groups id; echo $?":                                    "setpriv: mutually exclusive arguments: --clear-groups --keep-groups --init-groups --groups\n1\n",
	})
}

// TestChsh expects what chsh of shadow 4.13 does and prints.
func TestChsh(t *testing.T) {
	const passwd = "grep app /etc/passwd"
	line := func(shell string) string { return "app:x:100:101:App:/home/app:" + shell + "\n" }
	for script, want := range map[string]string{
		"chsh -s /bin/id app; echo $?; " + passwd:      "0\n" + line("/bin/id"),
		"chsh --shell=/nope app; echo $?; " + passwd:   "chsh: Warning: /nope does not exist\n0\n" + line("/nope"),
		"chsh -s /etc/group app; echo $?; " + passwd:   "chsh: Warning: /etc/group is not executable\n0\n" + line("/etc/group"),
		"chsh -s a:b app; echo $?; " + passwd:          "chsh: Invalid entry: a:b\n1\n" + line("/bin/sh"),
		"chsh -s '' app; echo $?; " + passwd:           "chsh: Warning:  does not exist\n0\n" + line(""),
		"chsh -s /bin app; echo $?; " + passwd:         "0\n" + line("/bin"),
		"chsh -s /bin/id; grep ^root: /etc/passwd":     "root:x:0:0:root:/root:/bin/id\n",
		"chsh -s /bin/id nosuch; echo $?; " + passwd:   "chsh: user 'nosuch' does not exist\n1\n" + line("/bin/sh"),
		"chsh -s /bin/sh -s /bin/id app; " + passwd:    line("/bin/id"),
		"chsh -s /bin/id app nol 2>/dev/null; echo $?": "2\n",
	} {
		expectScripts(t, userRoot(t), map[string]string{script: want})
	}
}

// TestInits expects what tini 0.19 and dumb-init 1.2.5 print.
func TestInits(t *testing.T) {
	expectScripts(t, userRoot(t), map[string]string{
		"tini -- sh -c 'exit 3'; echo $?; tini echo a; tini -g -- echo x; tini -s -vv -p SIGKILL -- echo y": "3\na\nx\ny\n",
		"tini -e 3 -- sh -c 'exit 3'; echo $?; tini -e 4 -e 3 -- sh -c 'exit 5'; echo $?":                   "0\n5\n",
		"tini -- nosuch 2>/dev/null; echo $?; tini -- /etc/passwd 2>/dev/null; echo $?":                     "127\n126\n",
		"dumb-init -- sh -c 'exit 3'; echo $?; dumb-init echo a; dumb-init -c echo x":                       "3\na\nx\n",
		"dumb-init --rewrite 15:3 -- echo r; dumb-init --single-child echo y":                               "r\ny\n",
		"dumb-init nosuch; echo $?":      "[dumb-init] nosuch: No such file or directory\n2\n",
		"dumb-init /etc/passwd; echo $?": "[dumb-init] /etc/passwd: Permission denied\n2\n",
	})
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
