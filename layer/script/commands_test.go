package script

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/tree"
)

var commandTime = time.Unix(1_700_000_000, 0)

// commandRoot has every command as a program in /bin, and a few files in /w.
func commandRoot(t testing.TB) *tree.Tree {
	t.Helper()
	root := tree.New()
	root.Now = commandTime
	for _, dir := range []string{"bin", "tmp", "etc", "w/dir"} {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range busybox.Names() {
		if strings.Contains(name, "/") {
			continue
		}
		if err := root.WriteFile("bin/"+name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{"w/one": "one\ntwo\n", "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n"} {
		if err := root.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func runCommands(t testing.TB, o Options, text string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	if o.Tree == nil {
		o.Tree = commandRoot(t)
	}
	o.Generation, o.Now, o.Arch = apk.V2, o.Tree.Now, "x86_64"
	if o.Output == nil {
		o.Output = &out
	}
	err := Run(context.Background(), o, Script{Package: "p", Version: "1-r0", Type: apk.PostInstall, Body: []byte("#!/bin/sh\ncd /w\n" + text + "\n")})
	return out.String(), err
}

// TestProgramsWithoutASystem: programs that tell a running system something succeed, and a
// note says that they did nothing.
func TestProgramsWithoutASystem(t *testing.T) {
	for script, want := range map[string]string{
		"modprobe fuse":                         "modprobe: nothing done: no system is running\n",
		"udevadm control --reload-rules":        "udevadm: nothing done: no system is running\n",
		"udevadm --debug trigger":               "udevadm: nothing done: no system is running\n",
		"sysctl -w kernel.x=1":                  "sysctl: nothing done: no system is running\n",
		"service crond restart; echo $?":        "service: nothing done: no system is running\n0\n",
		"rc-service crond status; echo $?":      " * status: stopped\n3\n",
		"rc-service -e crond; echo $?":          "0\n",
		"rc-service -e nosuch; echo $?":         "1\n",
		"rc-service nosuch start; echo $?":      "rc-service: service `nosuch' does not exist\n1\n",
		"rc-service -i nosuch start; echo $?":   "0\n",
		"rc-service --ifstarted crond restart":  "",
		"kill -HUP 99999 2>/dev/null; echo $?":  "1\n",
		"pidof crond; pgrep crond; pkill crond": "",
	} {
		got, err := runCommands(t, Options{}, "mkdir -p /etc/init.d; echo > /etc/init.d/crond; "+script)
		var exit *ExitError
		if err != nil && !errors.As(err, &exit) || got != want {
			t.Errorf("%s:\ngot  %q, %v\nwant %q", script, got, err, want)
		}
	}
}

// TestRefusals: a command that cannot do as busybox does ends the script, and the error names the place.
func TestRefusals(t *testing.T) {
	const onlyStreams = "only the standard streams, which are 0, 1 and 2, have a name"
	for script, want := range map[string]string{
		"awk 'BEGIN {print > \"/dev/tty\"}'": "awk: /dev/tty is no regular file: it cannot be written",
		"awk 'BEGIN {srand()}'":              "awk: line 1: a random number (rand, srand) is not supported",
		"cp -i one x":                        "cp: option -i is not supported",
		"cp --interactive one x":             `cp: option "--interactive" is not supported`,
		"date -s 1":                          "date: option -s is not supported",
		"date +%N":                           "date: %N is not supported",
		"date 01020304":                      "date: setting the time is not supported",
		"TZ=CET date":                        "date with TZ=CET is not supported without tzdata",
		"TZ=CET-1 date":                      "date with TZ=CET-1 is not supported: only names of time zones are",
		"TZ='<x>1' touch -d @0 f":            "touch with TZ=<x>1 is not supported: only names of time zones are",
		"printf 1 > x; diff -B one x":        "diff: option -B is not supported",
		"find . -inum 3":                     "find: -inum is not supported: it depends on the machine",
		"find . -size 3":                     "find: -size of a directory is not supported: use -type f before it",
		"find . -type s":                     "find: -type s is not supported",
		"grep '\\(a\\)\\1' one":              `grep: "\\(a\\)\\1": regular expression with a back reference is not supported`,
		"grep -o -e a -e b one":              "grep -o with several patterns is not supported",
		"install -s one x":                   "install: option -s is not supported",
		"ls -i one":                          "ls: option -i is not supported",
		"mkfifo f; cat f":                    "cat: f is not a regular file: reading it is not supported",
		"sed -n l one":                       "sed: command l is not supported",
		"sed -i q one":                       "sed -i with the command q is not supported",
		"sed 's/\\(.\\)\\1/x/' one":          "sed: regular expression with a back reference is not supported",
		"ln -s /dev/urandom r; cat r 2>/dev/null || true": "/dev/urandom is not supported: its bytes are others each time, and secrets do not belong " +
			"in an image",
		"cp /dev/urandom x 2>/dev/null || true": "/dev/urandom is not supported: its bytes are others each time, and secrets do not belong in an " +
			"image",
		`awk 'BEGIN { getline x < "/dev/random" }'`: "/dev/random is not supported: its bytes are others each time, and secrets do not belong in an " +
			"image",
		"sha256sum /dev/urandom 2>/dev/null || true": "/dev/urandom is not supported: its bytes are others each time, " +
			"and secrets do not belong in an image",
		"cat /dev/fd/3 3<one | sort":                 "/dev/fd/3 is not supported: " + onlyStreams,
		"cat < /proc/self/fd/12 2>/dev/null || true": "/proc/self/fd/12 is not supported: " + onlyStreams,
		"tar cf x one; tar tf /dev/fd/3 3<x || true": "/dev/fd/3 is not supported: " + onlyStreams,
		"exec 5>x; echo a > /proc/self/fd/5":         "/proc/self/fd/5 is not supported: " + onlyStreams,
		"echo a | tee /dev/kmsg >/dev/null":          "writing /dev/kmsg is not supported",
		"(sleep 1; echo a > b) &": "sleep in the background is not supported: it is for what happens " +
			"meanwhile",
		"true & echo $! > pid": "$! is not supported but for wait: its value is another each time",
		"sort -n -V one":       "sort: -n -V together are not supported",
		"dd if=/dev/urandom of=x bs=1 count=4 2>/dev/null || true": "/dev/urandom is not supported: its bytes are others each time, and secrets do not " +
			"belong in an image",
		"mknod z c 1 5; dd if=z of=x count=1 2>/dev/null || true":              "dd: z is not a regular file: reading it is not supported",
		"rm -f /dev/zero; mknod /dev/zero c 1 5; dd if=/dev/zero of=x || true": "dd: reading /dev/zero without count= is not supported",
		"echo a >x; dd if=x of=x 2>/dev/null || true":                          "dd of a file to itself is not supported without conv=notrunc",
		"echo a >x; dd if=x of=y conv=swab 2>/dev/null || true":                "dd: conv=swab is not supported",
		"echo a | od -t f || true":                                             "od: numbers with a point are not supported",
		"echo a | hexdump -e '\"%s\"' || true":                                 "hexdump: the conversion %s is not supported",
		"getopt -o a: -- -a || true": "getopt: option -a needs an argument; what busybox prints without one is not " +
			"defined",
		"seq 3 | comm - -":              "comm of standard input with itself is not supported",
		"seq 3 | hexdump -s 1 -":        "hexdump: - beside other files or with -s is not supported",
		"seq 3 | hexdump /etc/passwd -": "hexdump: - beside other files or with -s is not supported",
		"echo 4142z | xxd -r || true": "xxd: -r of a line that does not go on behind the one before with an address and a colon is not " +
			"supported",
		"time || true":                "time without a command is not supported",
		"uuidgen 2>/dev/null || true": "uuidgen is not supported: what it makes is another each time",
		"udevadm hwdb --update":       "udevadm is supported with control, trigger and settle only",
		"sysctl kernel.hostname": "sysctl is supported to set values only: those of the machine that builds do not belong in an " +
			"image",
		"mkdir -p /etc/init.d; echo > /etc/init.d/crond; rc-service crond describe": "rc-service with the command describe is not supported",
		"seq 1 0 2":                    "seq: an increment of 0 never ends",
		"stat one":                     "stat without -c is not supported: it prints device and inode numbers",
		"stat -c %i one":               "stat: %i is not supported",
		"truncate -s 999999999999 one": "truncate: a size of more than 67108864 bytes is not supported",
		"uname -r >r":                  "uname -r is not supported: it depends on the machine",
		"uniq -z one":                  "uniq: option -z is not supported",
		"echo a | xargs -p echo":       "xargs: option -p is not supported",
		"touch x; echo x | xargs -n1 tail -f one": "tail: option -f is not supported",
	} {
		_, err := runCommands(t, Options{}, script)
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) {
			t.Errorf("%s: got %v, want an UnsupportedError", script, err)
			continue
		}
		if want = "p-1-r0.post-install: line 3: " + want; err.Error() != want {
			t.Errorf("%s:\ngot  %s\nwant %s", script, err, want)
		}
	}
}

// Time and memory of every command are bounded, so that no script hangs a build or exhausts the machine.
func TestCommandBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("work up to the bound takes minutes under the race detector, which has nothing to find in it")
	}
	for name, c := range map[string]struct{ script, want string }{
		"sed loop":       {"sed ':a;ba' one", "commands processed more than"},
		"sed growing":    {"sed ':a;G;h;ba' one", "more than 67108864 bytes"},
		"sed twice":      {"sed ':a;s/.*/&&/;ta' one", "more than 67108864 bytes"},
		"sed writing":    {"printf ':a;s/$/xxxxxxxx/;w x\\nba' > s; sed -f s one", "bytes"},
		"sed printing":   {"sed ':a;s/$/xxxxxxxx/;p;ba' one | cat", "bytes"},
		"seq":            {"seq 1 999999999999 | cat", "bytes"},
		"awk printing":   {"awk 'BEGIN {while (1) print \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}' | cat", "bytes"},
		"xargs":          {"seq 1000 | xargs -n 1 true", "more than 100 commands were run"},
		"find exec":      {"mkdir a b c d e; find . . . . . . . . . . . . . . . . . . -exec true {} \\;", "more than 100 commands were run"},
		"nested groups":  {"grep " + strings.Repeat("'\\('", 300) + " one", "more than 200 parentheses"},
		"repetition":     {"grep -E '((((a{255}){255}){255}){255})' one", "repetitions of more than 1000 in all"},
		"find nesting":   {"find . " + strings.Repeat("\\( ", 300), "more than 200 parentheses"},
		"expr nesting":   {"expr " + strings.Repeat("\\( ", 300), "more than 200 parentheses"},
		"env of env":     {"env env env env env env env env env env env " + strings.Repeat("env ", 200) + "true", "more than 100 commands were run"},
		"written sparse": {"truncate -s 60M a; truncate -s 60M b; truncate -s 60M c; sed p a b c | wc -c", "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := runCommands(t, Options{Steps: 100, Output: io.Discard}, c.script)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Date, host name and the like come from the options, since they differ between days and machines.
func TestFromOptions(t *testing.T) {
	for script, want := range map[string]string{
		"date +%s":              "1700000000\n",
		"date":                  "Tue Nov 14 22:13:20 UTC 2023\n",
		"date -I":               "2023-11-14\n",
		"touch x; stat -c %Y x": "1700000000\n",
		"ln -sf busybox /bin/touch; touch -d 2020-01-02 x; stat -c %y x":         "2020-01-02 22:13:20.000000000 +0000\n", // what is left out is the clock's
		"ln -sf busybox /bin/touch; touch -d '2020-01-02 03:04' x; stat -c %y x": "2020-01-02 03:04:20.000000000 +0000\n",
		"ln -sf busybox /bin/touch; touch -d 03:04 x; stat -c %y x":              "2023-11-14 03:04:20.000000000 +0000\n",
		"touch -t 03040506 x; stat -c %y x":                                      "2023-03-04 05:06:00.000000000 +0000\n",
		"touch -t 7001010000 x; stat -c %y x":                                    "2070-01-01 00:00:00.000000000 +0000\n", // the nearest year of that name
		"touch -t 7401010000 x; stat -c %y x":                                    "1974-01-01 00:00:00.000000000 +0000\n",
		"uname -sm":                                                              "Linux x86_64\n",
		"env":                                                                    "OLDPWD=/\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/w\nSHLVL=1\n",
		"ls -l one":                                                              "-rw-r--r--    1 root     root             8 Nov 14 22:13 one\n",
		"which cat; which nothing":                                               "/bin/cat\n",
		"a=$(mktemp); b=$(mktemp); [ $a != $b ] && stat -c '%a %s' $a":           "600 0\n",
		"mktemp -u XXXXXX; mktemp -u XXXXXX":                                     "FIGG5X\nFIGG5X\n",
	} {
		got, err := runCommands(t, Options{}, script)
		var exit *ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Errorf("%s: %v", script, err)
		} else if got != want {
			t.Errorf("%s: got %q, want %q", script, got, want)
		}
	}
}

// TestNoSystem: commands that describe the machine or its processes describe none.
func TestNoSystem(t *testing.T) {
	got, err := runCommands(t, Options{}, `echo $(hostname) $(hostname -f); dbus-send --system --type=method_call / a.b 2>&1 || echo failed`)
	if err != nil {
		t.Fatal(err)
	}
	if want := "localhost localhost\nFailed to open connection to \"system\" message bus: Failed to connect to socket /run/dbus/system_bus_socket: No such " +
		"file or directory\nfailed\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
