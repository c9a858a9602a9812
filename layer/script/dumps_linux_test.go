package script

import (
	"strings"
	"testing"
)

// dumped makes files to print the bytes of.
const dumped = `printf 'hello\0 wor\nld\t\377\200\033abcdefghijklmnopqrstuvwxyz' > f; (yes aaaaaaaaaaaaaaa | head -n 5; echo b) > h; ` +
	`(yes aaaaaaaaaaaaaaa | head -n 5; printf aaa) > e; `

// eachDump are cases over those files.
func eachDump(lines string) []scriptCase {
	cases := eachLine(lines)
	for i := range cases {
		cases[i].script = strings.Replace(cases[i].script, "cd /w\n", "cd /w\n"+dumped+"\n", 1)
	}
	return cases
}

func TestOd(t *testing.T) {
	compareWithBusybox(t, eachDump(`
od f
od -An -tx1 f
od -c f
od -a f
od -b f
od -x f
od -d f
od -i f
od -l f
od -o f
od -h f
od -s f
od -tx1z f
od -t x1 -t c f
od -Ax -tx2 f
od -Ad -td1 f
od -tu1 f
od -tu8 f
od -to8 f
od -to4 f
od -td8 f
od -to1 f
od -td f
od -tx f
od -tu2 f
od -tu4 -N 3 f
od -N5 -tx1 f
od -j3 -N5 -c f
od h
od e
od -v -tx1 h
od -w8 -tx1 f
od -w -tx1 f
od -w3 -tx2 f
od -w5 -tx1 f
od -w0 -tx1 f
od -w16k -tx1 f | md5sum
od -j 100 f
od nosuch f
od nosuch
od dir
od dir f
od -tq f
od -tx3 f
od -Az f
od -N x f
od -tx1a f
od -tx2x1 f
od -txS f
od -txL f
od -txC f
od -txSd f
od -N 0 f
od -j 1k h
od -j 0x10 h
od -j 010 h
od -j 1b h
cat one | od -tx1 - f
od f +5
od < f
od -An -N2 -tx2 f
od -An -N2 -i f
od -tacx1 f
od -bc f
od -cb f
od -t c -b -x -s -o f
od -t x4x1 f
od --width=4 f
od --format=x1 --address-radix=n f
od --read-bytes=3 f
od --skip-bytes=3 f
od --output-duplicates h
od -tx1 -Ax /dev/null
od -tz f
od -t '' f
od -qx f
od -An -tx1 f | tr -d ' \n'
od -An -tu1 -v -w1 f
`))
}

func TestHexdump(t *testing.T) {
	compareWithBusybox(t, eachDump(`
hexdump f
hexdump -C f
hd f
hexdump -b f
hexdump -c f
hexdump -d f
hexdump -o f
hexdump -x f
hexdump h
hexdump e
hexdump -C e
hexdump -v h
hexdump -n 5 f
hexdump -n 0 f
hexdump -n 16 f
hexdump -s 3 -n 5 -C f
hexdump -e '/1 "%02x"' f
hexdump -v -e '/1 "%02x"' f
hexdump -ve '1/1 "%.2x"' f
hexdump -e '16/1 "%02x " "\n"' f
hexdump -e '4/4 "%08X" "\n"' f
hexdump -n 4 -e '4/4 "%08X" 1 "\n"' f
hexdump -e '"%07_ax " 4/2 "%04x " "\n"' f
hexdump -e '2/4 "%d," "x\n"' f
hexdump -e '8/1 "%_c" "\n"' f
hexdump -e '8/1 "%5_c" "\n"' f
hexdump -e '8/1 "%_u" "\n"' f
hexdump -e '8/1 "%4_u|" "\n"' f
hexdump -e '8/1 "%_p" "\n"' f
hexdump -e '1/1 "%u\n"' -n 3 f
hexdump nosuch
hexdump nosuch f
hexdump f nosuch
hexdump f f
hexdump dir
hexdump -s 100 f
hexdump -s 0x10 f
hexdump -e '1/1 "%q"' f
hexdump -e '1/1 "%_q"' f
hexdump -e 'foo' f
hexdump -e '3x "%x"' f
hexdump -e '1/ "%x"' f
hexdump -e '1/1 "%x' f
hexdump /dev/null
hexdump -C /dev/null
hexdump -e '"%d\n"' -n 8 f
hexdump -e '"%x" "\n"' f
hexdump -e '3/1 "%03d " "|" 2/1 "%o" "\n"' f
hexdump -e '"a" 1/2 "%5d" "b\n"' -n 4 f
hexdump -e '1/8 "%x\n"' f
hexdump -bC f
hexdump -n x f
hexdump -n 1k f
hexdump -s 1k f
hexdump -C < one
hexdump -e '4/1 "%c"' -n 5 f
hexdump -e '1/4 "%c"' -n 5 f
hexdump -v -e '1/1 "%02X:"' -n 6 f
hexdump -e '1/1 "%i "' -e '1/1 "%x\n"' -n 3 f
hexdump -v -s 2 -e '"%_ad " "%_ao " "%_ax " 1/1 "%x\n"' -n 2 f
hexdump -e '8/2 "%d " "\n"' f
hexdump -e '8/2 "%i " "\n"' f
hexdump -e '"%04_Ad\n"' -e '1/1 "%x "' -n 2 f
hexdump -e '5/1 "%02x" " "' f
hexdump -e '1/1 "%#x %+d %-5u|" "\n"' -n 3 f
hexdump -e '"\t%x\a\\\n"' -n 4 f
hexdump -e '1/1 "%5_c|%-5_p|"' -n 5 f
hexdump -Cv e
hd nosuch
hd h
`))
}

func TestXxd(t *testing.T) {
	compareWithBusybox(t, eachDump(`
xxd f
xxd < f
xxd -p f
xxd -p -c 5 f
xxd -i f
xxd -i < f
xxd -i -l 5 f
xxd -i ./f
mkdir 1; cp f 1/2; xxd -i 1/2
xxd -g 1 f
xxd -g 4 f
xxd -g 0 f
xxd -c 8 f
xxd -c 5 -g 2 f
xxd -l 5 f
xxd -s 3 -l 4 f
xxd -s 3 -l 4 -p f
xxd -o 16 f
xxd nosuch
xxd dir
xxd -s 100 f
xxd -g 3 f
xxd -c 100 f
xxd -c 0 f
xxd -p -c 0 f
xxd -u f
xxd f f
xxd f | xxd -r
xxd -p f | xxd -r -p
xxd -c 8 -g 1 f | xxd -r
echo '48 65 6c6C 6fzz41' | xxd -r -p
echo '0: 4142' | xxd -r
printf '0: 41\n8: 42\n' | xxd -r | od -c
xxd -r -p nosuch
xxd -r nosuch
xxd /dev/null
xxd -s -3 f
xxd -l x f
xxd -s 0x4 f
xxd -l 0x4 f
xxd -b f
xxd -i -c 4 f
xxd -p -l 40 f
xxd -c 17 f
xxd -pg1 f
xxd -g 5 -l 12 f
xxd -o 0x10 -l 3 f
xxd h
printf abc | xxd -p
printf 414\n2 | xxd -r -p
`))
}

func TestUuencode(t *testing.T) {
	compareWithBusybox(t, eachDump(`
chmod 640 f; uuencode f new
uuencode -m f new
uuencode new < f
umask 027; uuencode new < f
uuencode
uuencode a b c
uuencode nosuch x
chmod 755 dir; uuencode dir x
uuencode empty x
uuencode -m empty x
uuencode h x
uuencode -m h x
chmod 4750 f; uuencode f new | uudecode; stat -c '%a %s' new; cmp f new
uuencode -m h new | uudecode; stat -c '%a %s' new; cmp h new
uuencode h new | uudecode -o other; cmp h other
uuencode f new | uudecode -o - | md5sum; ls
uuencode f new | uudecode -o /dev/stdout | md5sum
uuencode f /dev/stdout | uudecode | md5sum
uudecode nosuch
uudecode f
uuencode f new > e; head -n 2 e | uudecode; md5sum new
printf 'begin 644 a/b\n`+"`"+`\nend\n' | uudecode
printf 'junk\nbegin 600 q\n#86)C\n`+"`"+`\nend\nmore\n' | uudecode; cat q; stat -c %a q
printf 'begin 644 q\n#86)\n`+"`"+`\nend\n' | uudecode; wc -c q
printf 'begin 644 q\n#~~~~\n`+"`"+`\nend\n' | uudecode; od -c q
printf 'begin-base64 644 q\nYWI=\n====\n' | uudecode; cat q
printf 'begin 644 q\r\n#86)C\r\n`+"`"+`\r\nend\r\n' | uudecode; od -c q
printf 'begin 644 \n`+"`"+`\nend\n' | uudecode
printf 'begin 644 dir\n#86)C\n`+"`"+`\nend\n' | uudecode
printf 'begin 4755 s\n#86)C\n`+"`"+`\nend\n' | uudecode; stat -c %a s
uudecode a b
`))
}

func TestGetoptApplet(t *testing.T) {
	compareWithBusybox(t, eachLine(`
getopt ab:c:: -a -b x -cfoo -c y z
getopt -o ab:c:: -- -a -b 'x y' -cfoo -c y z
getopt -o ab: -l long,arg:,opt:: -- --long --arg=v --opt --opt=w --arg u file "it's"
getopt -u -o ab: -- -b 'x y' z
getopt -o a -- -x -a
getopt -n prog -o a -- -x
getopt -q -o a -- -x y
getopt -Q -o a -- -a
getopt -l foo -o '' -- --bar
getopt -l foo: -o '' -- --foo
getopt -l foo -o '' -- --foo=1
getopt -l foobar,foobaz -o '' -- --foo
getopt -l foobar,foobaz -o '' -- --foo=3
getopt -l foobar -o '' -- --foo
getopt -l foo -o '' -- --bar=1
getopt -T
getopt
getopt -s sh -o a -- -a
getopt -s bash -o a -- 'a!'
getopt -o ''
getopt a -- -a
getopt '' a b
getopt a --foo -a
getopt -o a -- --foo -a
getopt -o a -l 'x,y' -l z -- -a --x --y --z -- q -a
getopt -o a --
getopt --options=ab --longoptions=long --name=p -- -a --lo
getopt --op ab --long long -- -a --lo
getopt -l a,b c
getopt -o 'a b' -- -a
getopt -l 'foo bar' -o '' -- --foo --bar
getopt -x
getopt -o a -- -ab
getopt -l foo -o a -- --
getopt -o a -- - x -a
getopt -o a -- '' "'" '\' -a
getopt -l foo: -o a -- --foo '' --foo=
getopt -l 'foo::' -o a -- --foo '' --foo=
getopt -o a: -- -a '' -a-a
getopt -o a -l
O=$(getopt -l bb: -- ab:c:: -a --bb 'x y' -c3 z); eval set -- "$O"; for i; do echo "<$i>"; done
`))
}

// TestTime: how long a command took is not compared.
func TestTime(t *testing.T) {
	compareWithBusybox(t, eachLine(`
{ time true; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ time -p true; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ time false; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ time -p sh -c 'exit 3'; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ time -o out true; cat out; echo $?; rm out; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ echo x > out; time -a -o out false; cat out; echo $?; rm out; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ time -o dir true; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ time -p echo a b; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
{ echo x | time cat; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
time -x true 2>/dev/null
{ time sh -c 'echo out; echo err >&2'; echo $?; } 2>&1 | sed 's/0\.[0-9][0-9]/0.00/'
`))
}
