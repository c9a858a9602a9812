package script

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestRefusedForms: forms of commands that busybox has and this package has not, or whose result depends on the machine, end the script
// with the place, also where the script would go on after a failure.
func TestRefusedForms(t *testing.T) {
	for script, want := range map[string]string{
		// These depend on the shell's own list of jobs and on the size of its numbers.
		"true & wait %1":   "wait %1 is not supported: name the process, as in wait $!",
		"exit 99999999999": "the number 99999999999 is not supported: the largest is 2147483647",

		// These need a running system, the network or a terminal.
		"echo root:x | chpasswd -c des":      "chpasswd: passwords encrypted by des are not supported: use sha512, sha256 or md5, or give chpasswd -e a hash",
		"ionice -c 3":                        "ionice without a command is not supported",
		"ionice -p 1":                        "ionice without a command is not supported",
		"killall -l":                         "killall -l is not supported",
		"chroot dir":                         "chroot without a command is not supported: it starts a shell for a person",
		"timeout 2 env sleep 3":              "sleep: timeout would end the command during it, which is not supported: nothing happens in a build while a command waits",
		"timeout 1 sleep 1":                  "timeout 1 ends sleep in a way that is not supported: leave out the sleep",
		"timeout -k 1 1 sleep 5":             "timeout 1 ends sleep in a way that is not supported: leave out the sleep",
		"nice":                               "nice without a command is not supported",
		"pgrep -v x":                         "pgrep: option -v is not supported: it is about the processes of the machine",
		"hostname name":                      "hostname does no more than print the name",
		"rc-service":                         "rc-service without a service is not supported",
		"rc-service crond":                   "rc-service without a command is not supported",
		"rc-update show | cat":               "rc-update show is not supported",
		"getent hosts x":                     "getent hosts x is not supported: a build looks for hosts in /etc/hosts of the image only, which does not have it",
		"getent services":                    "getent services is not supported, only hosts, passwd, group, shadow and shells are",
		"dd seek=1 if=one":                   "dd: seek= of standard output is not supported",
		"tar -cf x one; tar -tOf x":          "tar: -t with -O is not supported",
		"openssl":                            "openssl without a command is not supported",
		"openssl rand 8":                     "openssl rand is not supported: its bytes are others each time, and secrets do not belong in an image",
		"openssl genrsa 2048":                "openssl genrsa is not supported: its bytes are others each time, and secrets do not belong in an image",
		"openssl s_client":                   "openssl s_client is not supported",
		"openssl rsa -in one":                "openssl rsa without -pubin is not supported: secrets do not belong in an image",
		"openssl dgst -hmac x one":           "openssl: option -hmac is not supported",
		"getent group x; busybox":            "busybox without an applet is not supported: the program does not have what it says of itself",
		"bbsuid":                             "bbsuid is supported with --install only",
		"setcap cap_chown=+ep":               "setcap is supported for pairs of capabilities and a file only",
		"setcap nonsense one":                "setcap nonsense is not supported",
		"useradd -D":                         "useradd: option -D is not supported",
		"usermod -Z x a":                     "usermod: option -Z is not supported",
		"groupmod -U a b":                    "groupmod: option -U is not supported",
		"gpasswd users":                      "gpasswd without -a, -d or -M is not supported: it asks for a password",
		"scanelf -a one":                     "scanelf: only -n, -S, -B, -q, -E, -F, -R and -y are supported",
		"useradd -e 1/2/2030 a":              "useradd -e 1/2/2030: a date other than YYYY-MM-DD is not supported",
		"touch /etc/subuid; useradd -N a":    "useradd gives users subordinate ids where there is /etc/subuid, which is not supported",
		"update-mime-database":               "update-mime-database without a directory is not supported",
		"update-mime-database -x d":          "update-mime-database -x d is not supported",
		"update-desktop-database --other":    "update-desktop-database --other is not supported",
		"gtk-update-icon-cache":              "gtk-update-icon-cache: want one directory",
		"xmlcatalog --create one":            "xmlcatalog --create one is not supported",
		"mkfontdir --help":                   "mkfontdir --help is not supported",
		"ldconfig -r /w":                     "ldconfig -r /w: ldconfig is not supported with -l, with -r but for the root, and with -c but for new",
		"ldconfig -l one":                    "ldconfig -l one: ldconfig is not supported with -l, with -r but for the root, and with -c but for new",
		"ldconfig -c old":                    "ldconfig -c old: ldconfig is not supported with -l, with -r but for the root, and with -c but for new",
		"GETOPT_COMPATIBLE=1 getopt a -a":    "getopt: GETOPT_COMPATIBLE is not supported",
		"getopt -a -o a -- -a":               "getopt: -a and other shells than sh are not supported",
		"getopt -s csh -o a -- -a":           "getopt: -a and other shells than sh are not supported",
		"getopt -o +a -- -a":                 `getopt: POSIXLY_CORRECT and options that begin with "+-:" are not supported`,
		"POSIXLY_CORRECT=1 getopt -o a -- b": `getopt: POSIXLY_CORRECT and options that begin with "+-:" are not supported`,

		// Forms of applets.
		"seq 999 | awk '{ system(\"cat\") }'": "awk: a command that reads the same input as the program is not supported",
		"bc -i one":                           "bc is supported with -l and -q only",
		"dc -x -e 1":                          "dc -x is not supported",
		"diff one two":                        "diff of another package than busybox is supported with -q only",
		"find . -name one \\)":                "find: a ) without a ( is not supported",
		"find . -ctime 1":                     "find: -ctime is not supported: it depends on the machine",
		"flock -u one true":                   "flock -u with a file is not supported",
		"unxz -t one":                         "unxz: option -t is not supported",
		"bzip2 one":                           "bzip2: compressing is not supported",
		"xz one":                              "xz: compressing is not supported",
		"grep -xf /dev/null one":              "grep -f of an empty file with -o, -w or -x is not supported",
		"grep -ovn x one":                     "grep -o with -v is not supported where something is printed before a line",
		"tr a c-a < one":                      `tr: a second set of nothing, "c-a", is not supported`,
		"hexdump -e '\"x\"' one":              "hexdump: a format without a conversion is not supported",
		"hexdump -e '99999999/1 \"%x\"' one":  "hexdump: counts and sizes above 65536 are not supported",
		"hexdump -e '\"%x%x\"' one":           "hexdump: several conversions in one text are not supported",
		"ln -s none l; ls -L":                 "ls -L of a link that leads nowhere is not supported",
		"nl -w 99999999 one":                  "nl: a width of more than 65536 columns is not supported",
		"od -A '' one":                        "od: -A without a letter is not supported",
		"od -An -b -c one":                    "od: -A n with several types is not supported: what busybox indents the lines by depends on its memory",
		"od -w99999999 one":                   "od: a width of more than 65536 bytes is not supported",
		"paste -d '\\c' one":                  `paste: \c in a list of delimiters is not supported`,
		"mkfifo f; sed -i s/a/b/ f":           "sed -i: f is not a regular file: editing it is not supported",
		"sed 'w /dev/stdout' one":             "sed: writing to /dev/stdout is not supported",
		"sed -e 'w f' -e 'w ./f' one":         "sed: writing to a file by two names is not supported",
		"sed -n l one":                        "sed: command l is not supported",
		"sed '1:a' one":                       "sed: an address before a label is not supported",
		"sed y/ä/b/ one":                      "sed: y with other characters than ASCII's is not supported",
		"sh -c":                               "sh -c without a command is not supported",
		"cut -f2,2-,4 one":                    "cut: several ranges from field 2 on are not supported",
		"printf 'nan\\n1\\n' | sort -n":       "sort: a key that reads as the number nan has no order, which is not supported",
		"sort -sc -k9 one":                    "sort -c with -s is not supported for lines with equal keys",
		"split -a 0 one":                      "split into pieces of size 0, or with no letters or more than 100, is not supported",
		"split -l 0 one":                      "split into pieces of size 0, or with no letters or more than 100, is not supported",
		"split -b 0 one":                      "split into pieces of size 0, or with no letters or more than 100, is not supported",
		"stat -c %s dir":                      "stat: %s of a directory is not supported",
		"stat -c %9999s one":                  "stat: width 9999 is not supported",
		"tar cjf x one":                       "tar: compressing is supported with -z only",
		"tar caf x.tar.bz2 one":               "tar: compressing is supported with -z only",
		"tar --auto-compress -cf x.txz one":   "tar: compressing is supported with -z only",
		"tar cJf x one":                       "tar: compressing is supported with -z only",
		"uniq one x y":                        "uniq with more than two files is not supported",
		"cp --reflink one new":                "cp: --reflink without auto depends on the file system, and is not supported",
		"cp --reflink=always one new":         "cp: --reflink without auto depends on the file system, and is not supported",
		"unzip -l one":                        "unzip: standard input, -l with -p, and -l of another package than busybox are not supported",
		"unzip - < one":                       "unzip: standard input, -l with -p, and -l of another package than busybox are not supported",
		"unzip one two -x three":              "unzip: members before -x are not supported",
		"xxd -c 99999999 one":                 "xxd: lines and groups of more than 65536 bytes are not supported",
		"xxd -s 3 < one":                      "xxd: -s with standard input is not supported",
		"xxd -r -c 4 one":                     "xxd: -r with -c is not supported",
		"printf 'begin 9z x\\n' | uudecode":   `uudecode: the mode "9z" is not supported`,
		"printf 'begin-base64 644 x\\nYQ==\\n' | uudecode":       `uudecode: base64 without "====" at its end is not supported`,
		"printf 'begin-base64 644 x\\nYQ=\\n====\\n' | uudecode": "uudecode: base64 that is not whole is not supported",

		// Downloads: options that change what is fetched.
		"wget -nH http://a/b":             "wget: option -nH is not supported",
		"wget -O x http://a/b http://a/c": "wget: several URLs into one file are not supported",
		"curl -C 5 http://a/b":            "curl: -C 5 is not supported",
		"curl -H @one http://a/b":         "curl: headers in a file are not supported",
		"curl -O http://a":                "curl: the URL http://a has no name for a file: use -o",
	} {
		_, err := runCommands(t, Options{}, "mkdir -p /etc/init.d; echo > /etc/init.d/crond; "+script+" 2>/dev/null || true")
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

// TestMachine: commands do not read what the machine says of itself. Scripts of packages run where there is no /proc.
func TestMachine(t *testing.T) {
	for command, want := range map[string]string{
		"awk '/MemTotal/{print $2}' </proc/meminfo | cat": "/proc/meminfo is not supported: it depends on the machine",
		"x=$(cat /proc/../proc/version)":                  "/proc/version is not supported: it depends on the machine",
		"uname -r | cut -d. -f1":                          "uname -r is not supported: it depends on the machine",
		"uname -a >/u":                                    "uname -a is not supported: it depends on the machine",
	} {
		err := RunText(t.Context(), Options{Tree: commandRoot(t), Now: commandTime, Arch: "x86_64"}, "RUN", "{ "+command+"; } 2>/dev/null || true", nil)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", command, err, want)
		}
	}
	var got bytes.Buffer
	text := "grep -c ^processor /proc/cpuinfo; while read -r a b c; do echo \"$a$b$c\"; done </proc/cpuinfo; grep -q avx /proc/cpuinfo || echo plain; wc -l /proc/cpuinfo"
	err := RunText(t.Context(), Options{Tree: commandRoot(t), Now: commandTime, Output: &got}, "RUN", text, nil)
	if want := "1\nprocessor:0\n\nplain\n2 /proc/cpuinfo\n"; err != nil || got.String() != want {
		t.Errorf("a machine with one processor: %q, %v", got.String(), err)
	}
	if got, err := runCommands(t, Options{}, "cat /proc/cpuinfo 2>/dev/null || echo none"); err != nil || got != "none\n" {
		t.Errorf("a script of a package: %q, %v", got, err)
	}
}

// TestOtherPrograms: an option that busybox does not have is refused where the program is not busybox, such as GNU's grep, which may have it.
// Its answer would be that of busybox otherwise, and the script would go on.
func TestOtherPrograms(t *testing.T) {
	const other = " is not busybox's, and is interpreted as far as busybox goes: "
	for script, want := range map[string]string{
		"echo a | grep -z a":   "grep" + other + "unrecognized option: z",
		"date --resolution":    "date" + other + "unrecognized option: resolution",
		"find . -iregex a":     "find" + other + "unrecognized: -iregex",
		"echo a | sed --posix": "sed" + other + "unrecognized option: posix",
	} {
		_, err := runCommands(t, Options{}, script+" || true")
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", script, err, want)
		}
		linked := commandRoot(t)
		err = linked.MkdirAll("opt", 0o755)
		for _, name := range []string{"grep", "date", "find", "sed"} {
			if err == nil {
				err = linked.Symlink("/bin/busybox", "opt/"+name)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := runCommands(t, Options{Tree: linked}, "PATH=/opt:/bin; "+script+" >/dev/null 2>&1 || echo failed"); err != nil || got != "failed\n" {
			t.Errorf("%s of busybox: %q, %v", script, got, err)
		}
	}
	// The modes are those that coreutils 9.4 gave.
	const modes = "mkdir d; chmod 2755 d; chmod 755 d; stat -c %a d; chmod 00711 d; stat -c %a d; chmod 6755 d; chmod u=rwx,g=rx,o= d; stat -c %a d; " +
		"chmod g-s d; stat -c %a d; chmod 777 d; stat -c %a d"
	if got, err := runCommands(t, Options{}, modes); err != nil || got != "2755\n711\n6750\n4750\n4777\n" {
		t.Errorf("coreutils' chmod: %q, %v", got, err)
	}
}
