package script

import (
	"context"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
)

// FuzzApplets runs one applet over any arguments and input: it ends within its bounds and
// without a panic, and leaves a tree in which everything can be reached.
func FuzzApplets(f *testing.F) {
	names := busybox.Names()
	index := func(name string) uint8 {
		for i, n := range names {
			if n == name {
				return uint8(i)
			}
		}
		f.Fatalf("no applet %s", name)
		return 0
	}
	for _, seed := range []struct{ name, args, input string }{
		{"sort", "-k2,2n -k1.2,1.3r -t: -V", "a:1\nb:10\n"}, {"sort", "-h -u -z", "1K\x002\x00"}, {"sed", "-n s/\\(a*\\)*b/x/;N;$!D", "aab\nc\n"},
		{"awk", "{n[$1]++}END{for(k_in_n)print_n[k]}", "a b\na\n"}, {"head", "-n -1 -c 5 - one", "x\ny\n"}, {"tail", "-n +2 -c 3", "x\ny\n"},
		{"cut", "-d : -f 3-2,1- -s", "a:b\x00c:d\n"}, {"cmp", "-l -n 5 - one 1 2", "one\n"}, {"grep", "-oiw -A1 -e o* -m 2", "one\ntwo\n"},
		{"tr", "-cs [:alpha:] \\n", "a1b\xff"}, {"xargs", "-0 -n 1 -I{} echo {}", "a\x00b"}, {"find", ". -name o* -exec echo {} +", ""},
		{"expr", "9223372036854775807 * 2 : \\(.\\)", ""}, {"seq", "-w -s, 1 .5 3", ""}, {"date", "-u -d @-5 +%c%V", ""},
		{"printf", "%5.3d%b\\101 7 \\0101", ""},
		{"adduser", "-S -D -u 5 -G root web", ""}, {"addgroup", "-g 5 -S crew", ""}, {"chpasswd", "-e", "root:x\n"}, {"crontab", "-u root -", "a"},
		{"cp", "-av dir dir/x", ""}, {"mv", "-vn one dir/", ""}, {"rm", "-rvf .", ""}, {"ln", "-sbS x one two", ""}, {"install", "-Dvm u+s one a/b/", ""},
		{"stat", "-c %5a%-9n%Y one", ""}, {"ls", "-lan one", ""}, {"chmod", "-vR a=rX,u+s dir", ""}, {"test", "( a -a ! b ) -o -f one", ""},
		{"uniq", "-cdi", "a\nA\n"}, {"wc", "-L -m", "a\tb\r\n"}, {"tee", "-a one dir", "x"}, {"touch", "-d 2020-01-01 -r one x", ""}, {"yes", "a", ""},
		{"flock", "f -c echo", ""},
		{"timeout", "5 sh -c echo", ""}, {"env", "-i a=b env", ""}, {"setcap", "cap_chown=ep one", ""}, {"realpath", "../w/one", ""},
		{"mktemp", "-d x.XXXXXX", ""},
		{"od", "-A d -t x2c -j 1 -N 9 -w4", "a\x00b\xff"}, {"hexdump", "-v -e 3/2_\"%04x\" -n 9", "abc"}, {"hexdump", "-C -s 1", "a\nb"}, {"hd", "one", ""},
		{"xxd", "-c 3 -g 2 -l 9", "a\x00b\xff"}, {"xxd", "-r", "00000003: 4142  AB\n"}, {"uuencode", "-m x", "abc"},
		{"uudecode", "-o x", "begin 644 y\n#86)C\n`\nend\n"},
		{"getopt", "-o ab:c:: -l long,arg: -- -ab x --arg=y -c", ""}, {"time", "-p -o x echo", ""}, {"cracklib-packer", "d", "b\na\n\nab"},
		{"netstat", "-lnpW", ""},
	} {
		f.Add(index(seed.name), seed.args, seed.input)
	}
	f.Fuzz(func(t *testing.T, applet uint8, args, input string) {
		root := commandRoot(t)
		root.Limit = 1 << 20
		if err := root.WriteFile("input", []byte(input), 0o644); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		b.WriteString("#!/bin/sh\ncd /w\n" + names[int(applet)%len(names)])
		for word := range strings.FieldsSeq(strings.ReplaceAll(args, "\x00", "")) {
			b.WriteString(" '" + strings.ReplaceAll(word, "'", `'\''`) + "'")
		}
		b.WriteString(" < /input\n")
		err := Run(context.Background(), Options{Tree: root, Now: commandTime, Steps: 300, Work: 1 << 22, OutputLimit: 1 << 16},
			Script{Package: "p", Version: "1", Type: apk.PostInstall, Body: []byte(b.String())})
		if err != nil && strings.Contains(err.Error(), "interpreter of scripts failed") {
			t.Fatal(err)
		}
		for name, n := range root.All() {
			if found, err := root.Lstat(name); err != nil || found != n {
				t.Fatalf("%q is there and cannot be found: %v", name, err)
			}
		}
	})
}
