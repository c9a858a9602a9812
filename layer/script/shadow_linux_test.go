package script_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// shadowPrograms are compared with Debian's, which an option makes work on another root.
var shadowPrograms = []string{"useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "gpasswd", "chage"}

// shadowRoot is what the programs find. A path that ends with "/" is a directory.
var shadowRoot = map[string]string{
	"etc/passwd": "root:x:0:0:root:/root:/bin/ash\nmail:x:8:12:mail:/var/mail:/sbin/nologin\nwww-data:x:82:82:www:/home/www-data:/sbin/nologin\n" +
		"guest:x:405:100:guest:/dev/null:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
	"etc/group": "root:x:0:root\nmail:x:12:mail\nwheel:x:10:root\nusers:x:100:games,guest\nwww-data:x:82:\nsystem:x:990:\n" +
		"nogroup:x:65533:\nnobody:x:65534:\n",
	"etc/shadow":          "root:*::0:::::\nmail:!::0:::::\nwww-data:!::0:::::\nguest:!::0:::::\nnobody:!::0:::::\n",
	"etc/login.defs":      "# almost nothing\nUSERGROUPS_ENAB yes\n",
	"etc/default/useradd": "# defaults\nGROUP=0\nHOME=/home\nINACTIVE=-1\nEXPIRE=\nSHELL=/bin/ash\nSKEL=/etc/skel\nCREATE_MAIL_SPOOL=yes\n",
	"etc/skel/.profile":   "umask 022\n",
	"etc/skel/.rc":        "rc\n", // of directories Debian's useradd changes the mode by /proc, which the root lacks
	"bin/ash":             "#!x\n",
	"sbin/nologin":        "#!x\n",
	"home/www-data/a/b":   "b\n",
	"home/www-data/mine":  "mine\n",
	"home/full/file":      "file\n",
	"var/mail/":           "",
	"var/mail/www-data":   "mail\n",
	"srv/":                "",
}

// shadowTime is the time of both sides.
var shadowTime = time.Unix(1_700_000_000, 0)

// shadowScripts are lines of commands, whose status is compared, and what they have made of the root.
var shadowScripts = []string{
	"useradd a\nuseradd b", "useradd -r a\nuseradd -r b\nuseradd -rm c", "useradd -m a", "useradd -m -d /srv/x/y/a a", "useradd -m -d /home/full full",
	"useradd -M a", "useradd -mM a",
	"useradd -u 500 a", "useradd -u 5000 a\nuseradd b", "useradd -u 82 a", "useradd -ou 82 a", "useradd -o a", "useradd -u 990 a", "useradd -r -u 10001 a",
	"useradd -u x a", "useradd -u -1 a",
	"useradd -u 0x500 a", "useradd -u 4294967295 a", "useradd -u 65534 a",
	"useradd -g users a", "useradd -g 100 a", "useradd -g 5555 a", "useradd -g nope a", "useradd -N a", "useradd -N -g users a", "useradd -U -g users a",
	"useradd -UN a", "useradd -U a",
	"useradd -G wheel,users a", "useradd -G wheel,nope,10 a", "useradd -G 10 a", "useradd -G '' a", "useradd -G wheel,wheel a", "useradd -g users -G users a",
	"useradd -s /sbin/nologin -c 'A B' -d /nowhere a", "useradd -c a:b a", "useradd -d rel a", "useradd -s rel a", "useradd -s /nope a", "useradd -s '' a",
	"useradd -d a:b a", "useradd -c '' a",
	"useradd -p x a", "useradd -p '' a", "useradd -p a:b a", "useradd -e 2030-01-02 -f 5 a", "useradd -f -1 a", "useradd -f x a", "useradd -e '' a",
	"useradd root", "useradd users", "useradd -g users users", "useradd a:b", "useradd ''", "useradd", "useradd a b", "useradd -l -k /nope -m a",
	"useradd -mk /etc/default a", "useradd -b /srv a", "useradd -mb /srv/deep a",
	"useradd --system --no-create-home --uid 700 --gid users --shell /sbin/nologin --comment x --home-dir /x --groups wheel a",
	"useradd --create-home --user-group --home /srv/h a",
	"usermod -u 1000 www-data\ngroupmod -g 1000 www-data", "usermod -u 1000 -g users www-data", "usermod -u 82 www-data", "usermod -u 8 www-data",
	"usermod -ou 8 www-data", "usermod -o www-data",
	"usermod -g 100 www-data", "usermod -g nope www-data", "usermod -g users www-data", "usermod -aG wheel www-data",
	"usermod -a -G wheel,users www-data\nusermod -aG wheel www-data", "usermod -G users www-data",
	"usermod -G '' guest", "usermod -G wheel guest", "usermod -aG nope guest", "usermod -a guest", "usermod -s /bin/ash www-data",
	"usermod -s /sbin/nologin www-data", "usermod -s /nope www-data", "usermod -s rel www-data",
	"usermod -c 'x y' www-data", "usermod -c a:b www-data", "usermod -d /srv/new www-data", "usermod -md /srv/new www-data", "usermod -md /home/full www-data",
	"usermod -md /srv/n guest", "usermod -m www-data",
	"usermod -l web www-data", "usermod -l web guest", "usermod -l root guest", "usermod -l guest guest", "usermod -l a:b guest",
	"usermod -l web -aG wheel guest", "usermod -l web -G '' guest",
	"usermod -L root", "usermod -L guest", "usermod -U guest", "usermod -L mail\nusermod -L mail\nusermod -U mail",
	"usermod -p x guest\nusermod -L guest\nusermod -U guest", "usermod -p x -L guest", "usermod -LU guest",
	"usermod -e 2030-01-02 guest", "usermod -e '' -f 3 guest", "usermod -f -1 guest", "usermod nope", "usermod guest", "usermod", "usermod a b",
	"usermod -u x guest", "usermod -s /bin/ash root\nusermod -aG wheel root",
	"usermod -u 1000 -md /srv/new www-data", "usermod -d /home/full -u 1000 www-data",
	"usermod --uid 1000 --append --groups users --login w --shell /bin/ash --home /x --comment c www-data",
	"groupadd a\ngroupadd b", "groupadd -r a\ngroupadd -r b", "groupadd -g 500 a", "groupadd -g 82 a", "groupadd -og 82 a", "groupadd -fg 82 a",
	"groupadd -f users", "groupadd users", "groupadd -o a", "groupadd -g x a",
	"groupadd a:b", "groupadd ''", "groupadd", "groupadd a b", "groupadd -p x a", "groupadd --gid 700 --system a", "groupadd -g 65533 a", "groupadd -g -1 a",
	"groupmod -g 500 users", "groupmod -g 82 users", "groupmod -og 82 users", "groupmod -g 100 users", "groupmod -o users", "groupmod -n u users",
	"groupmod -n users users", "groupmod -n root users", "groupmod -n a:b users",
	"groupmod -g 500 -n u users", "groupmod nope", "groupmod users", "groupmod", "groupmod -g x users", "groupmod -p x users", "groupmod -g 1000 www-data",
	"groupmod -g nope users",
	"groupdel users", "groupdel system", "groupdel nope", "groupdel", "groupdel www-data", "groupdel -f www-data",
	"userdel guest", "userdel www-data", "userdel -r www-data", "userdel -r guest", "userdel -r mail", "userdel nope", "userdel", "useradd a\nuserdel a",
	"useradd -m -G wheel a\nuserdel -r a", "useradd -U a\nuseradd -g a b\nuserdel a",
	"useradd a\nusermod -aG a guest\nuserdel a", "useradd -g users a\ngroupadd a\nuserdel a", "useradd -mou 0 toor\nuserdel -f toor",
	"gpasswd -a guest wheel", "gpasswd -a guest users", "gpasswd -a nope wheel", "gpasswd -a guest nope", "gpasswd -d guest users", "gpasswd -d guest wheel",
	"gpasswd -d nope users", "gpasswd -d games users", "gpasswd -M guest,root users",
	"gpasswd -M '' users", "gpasswd -M guest,nope users", "gpasswd -a guest -d root wheel", "gpasswd -a guest",
	"chage -d 0 guest", "chage -E -1 guest", "chage -E 2030-01-02 -d 2020-02-03 guest", "chage -E 0 guest", "chage -M 90 -m 1 -W 14 -I 5 guest", "chage -M -1 guest",
	"chage -I -1 -m 0 -M 99999 -E -1 root", "chage -M x guest", "chage -M -5 guest", "chage -E 20000 -d 19000 guest", "chage -d '' guest", "chage -M 5 nope",
	"chage --maxdays 3 --mindays 2 --warndays 1 --inactive 4 --expiredate '' --lastday 2020-02-03 guest", "chage -M 007 www-data", "chage",
	"chage -d 0 www-data\nusermod -L www-data",
	"gpasswd --add www-data www-data\ngpasswd --delete www-data www-data", "gpasswd -M guest www-data",
}

// shadowVariants change the root before the scripts run.
var shadowVariants = map[string]map[string]string{
	"as it is": nil,
	"gshadow":  {"etc/gshadow": "root:::root\nmail:::mail\nwheel:::root\nusers:!::games,guest\nwww-data:!::\n"},
	"settings": {"etc/login.defs": "UID_MIN 700\nGID_MIN\t700\nUID_MAX 2000\nSYS_UID_MAX 300\nSYS_GID_MAX 300\nSYS_UID_MIN 200\nCREATE_HOME yes\n" +
		"USERGROUPS_ENAB yes\nUMASK 077\nPASS_MIN_DAYS 1\nPASS_MAX_DAYS 99\nPASS_WARN_AGE 7\nMAIL_DIR /var/post\n"},
	"other": {"etc/login.defs": "USERGROUPS_ENAB no\nHOME_MODE 0750\nUMASK 027\n",
		"etc/default/useradd": "GROUP=0\nHOME=/srv\nSHELL=/nope\nINACTIVE=4\nEXPIRE=2031-02-03\nSKEL=/nope\n"},
	"no shadow": {"etc/shadow": "-"},
	"strange lines": {"etc/passwd": "# comment\n\nroot:x:0:0:root:/root:/bin/ash\nbroken\nguest:x:405:100:guest:/dev/null:/sbin/nologin\n" +
		"www-data:x:82:82:www:/home/www-data:/sbin/nologin\n+::::::\n"},
}

// TestShadow compares what becomes of users, groups and homes, and each status.
func TestShadow(t *testing.T) {
	requireShadow(t)
	for name, changes := range shadowVariants {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the programs wait for the disk
			for i, text := range shadowScripts {
				isAll := name == "as it is" || name == "gshadow"
				if testing.Short() && i%20 == 0 || !testing.Short() && (isAll || i%4 == 0) {
					compareShadow(t, changes, text)
				}
			}
		})
	}
}

// TestRandomShadow compares sequences of commands that are made at random.
func TestRandomShadow(t *testing.T) {
	requireShadow(t)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	user := func() string { return pick("a", "b", "c", "guest", "www-data", "root2") }
	group := func() string { return pick("a", "b", "users", "wheel", "www-data", "g", "100", "system") }
	id := func() string { return pick("5", "82", "100", "500", "990", "1000", "1001", "1500", "70000") }
	options := map[string][]func() string{
		"useradd": {
			func() string { return "-r" }, func() string { return "-m" }, func() string { return "-M" }, func() string { return "-N" },
			func() string { return "-U" }, func() string { return "-l" },
			func() string { return "-u " + id() }, func() string { return "-ou " + id() }, func() string { return "-g " + group() },
			func() string { return "-G " + group() + "," + group() },
			func() string { return "-s " + pick("/bin/ash", "/sbin/nologin") }, func() string { return "-d /srv/" + user() }, func() string { return "-c x" },
		},
		"usermod": {
			func() string { return "-u " + id() }, func() string { return "-ou " + id() }, func() string { return "-g " + group() },
			func() string { return "-G " + group() }, func() string { return "-aG " + group() + "," + group() },
			func() string { return "-l " + user() }, func() string { return "-d /srv/" + user() }, func() string { return "-md /srv/" + user() },
			func() string { return "-s /bin/ash" }, func() string { return "-L" },
			func() string { return "-U" }, func() string { return "-c y" }, func() string { return "-p z" },
		},
		"userdel": {func() string { return "-r" }},
		"groupadd": {func() string { return "-r" }, func() string { return "-f" }, func() string { return "-g " + id() },
			func() string { return "-og " + id() }},
		"groupmod": {func() string { return "-g " + id() }, func() string { return "-og " + id() }, func() string { return "-n " + pick("a", "b", "g", "h") }},
		"groupdel": {},
	}
	variants := []string{"as it is", "gshadow", "settings", "other"}
	rounds := 150
	if testing.Short() {
		rounds = 30
	}
	for i := range rounds {
		var lines []string
		for range 1 + random.IntN(6) {
			program := pick("useradd", "useradd", "usermod", "usermod", "usermod", "userdel", "groupadd", "groupadd", "groupmod", "groupdel")
			words := []string{program}
			for _, option := range options[program] {
				if random.IntN(len(options[program])) < 2 {
					words = append(words, option())
				}
			}
			name := user()
			if strings.HasPrefix(program, "group") {
				name = pick("a", "b", "users", "wheel", "www-data", "g")
			}
			lines = append(lines, strings.Join(append(words, name), " "))
		}
		variant := variants[random.IntN(len(variants))]
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			compareShadow(t, shadowVariants[variant], strings.Join(lines, "\n"))
		})
	}
}

func requireShadow(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("Debian's programs change another root as root only")
	}
	for _, program := range shadowPrograms {
		corpustest.Program(t, program)
	}
}

func compareShadow(t *testing.T, changes map[string]string, text string) {
	t.Helper()
	root, tr := t.TempDir(), tree.New()
	put(t, tr, "bin/sh", "\x7fELF", 0o755)
	for _, program := range shadowPrograms {
		put(t, tr, "usr/sbin/"+program, "\x7fELF", 0o755)
	}
	put(t, tr, "bin/echo", "\x7fELF", 0o755)
	makeShadowRoot(t, root, tr, changes)
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] += "; echo $?"
	}
	text = strings.Join(lines, "\n")
	functions := ""
	for _, program := range shadowPrograms {
		option := "-R"
		if program == "gpasswd" {
			option = "-Q"
		}
		functions += fmt.Sprintf("%s() { command %s %s %s \"$@\"; }\n", program, program, option, root)
	}
	cmd := exec.Command("sh", "-c", "umask 022\n"+functions+text)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", fmt.Sprintf("SOURCE_DATE_EPOCH=%d", shadowTime.Unix())}
	var want, got, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &want, &said
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	err := script.RunText(t.Context(), script.Options{Tree: tr, Generation: apk.V2, Output: &got, Now: shadowTime}, "test", "{ "+text+"\n} 2>/dev/null", nil)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	real, ours := filesBelow(t, root), make(map[string]string)
	for name, n := range tr.All() {
		top, _, isBelow := strings.Cut(name, "/")
		if !isBelow || top == "bin" || top == "sbin" || top == "usr" {
			continue
		}
		content := ""
		if n.Type == tree.Regular {
			b, err := n.Read(1 << 20)
			if err != nil {
				t.Fatal(err)
			}
			content = string(b)
		}
		ours[name] = fmt.Sprintf("%v %o %d:%d %q", n.Type == tree.Directory, n.Mode, n.UID, n.GID, content)
	}
	diff := cmp.Diff(want.String(), got.String())
	for _, name := range slices.Sorted(maps.Keys(real)) {
		if ours[name] != real[name] {
			diff += fmt.Sprintf("\n%s: got  %s\n%s: want %s", name, ours[name], name, real[name])
		}
		delete(ours, name)
	}
	for name, file := range ours {
		diff += fmt.Sprintf("\n%s: got %s, want none", name, file)
	}
	if diff != "" {
		t.Errorf("%s\n%s\nthe real program says: %s", text, diff, said.Bytes()[:min(said.Len(), 500)])
	}
}

// makeShadowRoot makes the root for both sides.
func makeShadowRoot(t *testing.T, root string, tr *tree.Tree, changes map[string]string) {
	t.Helper()
	files := make(map[string]string)
	for _, from := range []map[string]string{shadowRoot, changes} {
		for name, content := range from {
			if files[name] = content; content == "-" {
				delete(files, name)
			}
		}
	}
	for name, content := range files {
		dir, isDir := strings.CutSuffix(name, "/")
		mode, owner := fs.FileMode(0o644), 0
		switch {
		case strings.HasPrefix(name, "bin/") || strings.HasPrefix(name, "sbin/"):
			mode = 0o755
		case name == "etc/shadow" || name == "etc/gshadow":
			mode = 0o640
		}
		if !isDir {
			dir = filepath.Dir(name)
		}
		if strings.HasPrefix(name, "home/www-data/") && !strings.HasSuffix(name, "/b") || name == "var/mail/www-data" {
			owner = 82
		}
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := tr.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if isDir {
			continue
		}
		put(t, tr, name, content, uint16(mode))
		n, err := tr.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		n.UID, n.GID = uint32(owner), uint32(owner)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"home/www-data", "home/www-data/a"} {
		n, err := tr.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		n.UID, n.GID = 82, 82
		if err := os.Chown(filepath.Join(root, dir), 82, 82); err != nil {
			t.Fatal(err)
		}
	}
}

// filesBelow describes what the real programs have left, but for the lock of Debian's C library.
func filesBelow(t *testing.T, root string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		top, _, isBelow := strings.Cut(name, "/")
		if err != nil || !isBelow || top == "bin" || top == "sbin" || name == "etc/.pwd.lock" {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content := ""
		if !e.IsDir() {
			b, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				return err
			}
			content = string(b)
		}
		owner := info.Sys().(*syscall.Stat_t)
		files[name] = fmt.Sprintf("%v %o %d:%d %q", e.IsDir(), info.Mode().Perm(), owner.Uid, owner.Gid, content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
