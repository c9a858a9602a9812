package script

import "testing"

// A dump may be read back. Two characters in a row that are no digits end a line, unless they stand behind half a byte.
func TestDumpsOfXxd(t *testing.T) {
	compareWithBusybox(t, batches(`
printf '31 !3 0a 0a\n' | xxd -r -p | od -c; printf '31 !!343434\n30 0a\n' | xxd -r -p | od -c
printf '3!1 32' | xxd -r -p | od -c; printf '3 1 32\n' | xxd -r -p; printf '3\n1' | xxd -r -p; printf '313\n4' | xxd -r -p
printf 'z31z32z33' | xxd -r -p; printf 'z z31' | xxd -r -p; printf 'zz\n31' | xxd -r -p; printf '31x32' | xxd -r -p; printf '31xp32' | xxd -r -p
printf 'al31' | xxd -r -p; printf 'alphqwx31' | xxd -r -p; printf '31 alph32' | xxd -r -p; printf 'ala31' | xxd -r -p | od -c
printf 'a lxbp32' | xxd -r -p | od -c
printf '31\r\n32\r\n' | xxd -r -p; printf 'al\nxp31' | xxd -r -p | od -c; printf '3\nzz31' | xxd -r -p
xxd one | xxd -r; xxd -c 5 -g 1 one | xxd -r; xxd one | xxd -r -p | od -c
printf '0: 31 32  ab\n' | xxd -r; printf '0:31' | xxd -r; printf ' 0: 31' | xxd -r; printf '0: 31!32  ab' | xxd -r; printf '0: !!31' | xxd -r
printf '0: 3 1 32' | xxd -r; printf '0: 31   32' | xxd -r; printf '0: a  bc' | xxd -r | od -c; printf '0: 31\n2 33' | xxd -r | od -c
printf '0: 3\n1: 31' | xxd -r | od -c
xxd -o -1 one; xxd -o 0x10 one; xxd -o -0x10 one; xxd -o x one; xxd -s -1 one; xxd -c -1 one; xxd -l -1 one
xxd -i one; xxd -i - < one; xxd -i < one; xxd -i missing; xxd -i dir; xxd -i -p one; xxd -i -s 4 one; xxd -i -s 4 -l 3 one; xxd -i -s 100 one
xxd -i -l 0 one; xxd -l 0 missing; xxd -i -l 0 missing; xxd -p missing; xxd -i ./one; xxd -i -c 1 one; xxd -i -c 2 one; xxd -i -g 3 < one
`))
}

// A short block at the end counts as a repeated one if the bytes that it has are those of the block before.
func TestBlocksOfHexdump(t *testing.T) {
	compareWithBusybox(t, batches(`
printf 'aaaaaaaa\n\n\n' | hexdump -e '1/2 "%d,"'; printf 'abababa' | hexdump -e '2/1 "%c" "\n"'; printf 'abababab' | hexdump -e '2/1 "%c" "\n"'
printf 'abababa' | hexdump -v -e '2/1 "%c" "\n"'; printf 'ababx' | hexdump -e '2/1 "%c" "\n"'; printf 'abcda' | hexdump -e '2/1 "%c" "\n"'
printf 'aba' | hexdump -e '2/1 "%c" "\n"'
seq 1000 1005 | sed 's/.*/1234567/' | hexdump -C; printf '1234567812345678123' | hexdump; printf '12345678123456781234567812345678123' | hexdump
hexdump -n 0 missing; hexdump -n 3 one missing; hexdump -n 14 one missing; hexdump -n 15 one missing; hexdump -n 0 -s 3 one
hexdump -n 2 -s 3 one missing; hexdump -n 0 dir
hexdump -C one two; hexdump -C empty one; hexdump -s 20 -C one two; hexdump missing; hexdump dir
`))
}

// Files are opened before bytes are read, of which there may be none to read.
func TestStreamsOfCmp(t *testing.T) {
	compareWithBusybox(t, batches(`
cmp - < one; cmp - - < one; cmp -s - < one; cmp -n 3 - - < one; cmp - one < one; cmp one - < two
cmp dir one; cmp one dir; cmp dir missing; cmp dir dir; cmp dir empty; cmp -s dir one; cmp -n 0 dir one; cmp -n 0 one two; cmp -n 0 dir empty 2
cmp dir one/ 1 1
cmp -n x; cmp -n x one; cmp -n x -n 3 one two; cmp -n 3 -n x one two; cmp -n -1 one two; cmp -n 2 one two x; cmp one two 1 x; cmp
cmp -l one two; cmp -ln 3 one two; cmp -l one one 4; cmp one one 4 4; cmp one one 100; cmp -s one one 100
`))
}

func TestWidthsOfSeq(t *testing.T) {
	compareWithBusybox(t, batches(`
seq -w 1 10 5; seq -w 1 1000 300; seq -w 300 -1000 1; seq -w 1 010 5; seq -w 1 10.5 5; seq -w 1 +1 3; seq -w 1 +10 30; seq -w 5 -010 1
seq -w 3 -1 1; seq -w 3.00 -1 .5; seq -w 3.0 -1 0.5; seq -w .5 1 3.00; seq -w 3 -.5 1; seq -w 1 .5 2.00; seq -w 3 -1.0 1; seq -w 1 -1 -1
seq -w 10.00 -1 9.5
`))
}

// Without -a, blanks become tabs at the beginning of a line, or behind the word that begins it.
func TestTabsBehindWords(t *testing.T) {
	compareWithBusybox(t, batches(`
printf 'version 1.2.3 x\n' | unexpand | od -c; printf 'ab      c       d\n' | unexpand | od -c; printf '        a       b\n' | unexpand | od -c
printf 'ab      c       d\n' | unexpand -f | od -c; printf 'ab      c       d\n' | unexpand -a | od -c
printf 'ab      c       d\n' | unexpand -t 4 | od -c; printf 'ab  c   d\n' | unexpand -ft 4 | od -c
printf 'word\t' | unexpand | od -c; printf 'word\t\n' | unexpand | od -c; printf 'a  \t  b\n' | unexpand -a | od -c
printf '  \t  b\n' | unexpand | od -c; printf '  \000  b\n' | unexpand | od -c
printf '\t\000\n' | unexpand -t1 | od -c; printf 'a \t\000b\n' | unexpand -a | od -c; printf 'é       b\n' | unexpand | od -c
printf '\n\n  \n' | unexpand -a | od -c
`))
}

// The message of a command differs when another program runs it than when the shell does.
func TestMessagesOfPrograms(t *testing.T) {
	compareWithBusybox(t, batches(`
test 1 x 2; echo a b | xargs test -n; env test 1 x 2; find one -exec test 1 x 2 \;; nice test 1 x 2; timeout 5 test 1 x 2; /usr/bin/test 1 x 2
env [ 1; [ 1; xargs [ 1 < empty
printf; env printf %d x; printf %d x; env sh -c 'test 1 x 2; printf'; nohup test 1 x 2; env printf; xargs printf < empty
getopt --opt; getopt --longo; getopt --n; getopt --qui=x -- a; install --mod; install --owne; chown --refer; mkdir --mod; mkdir --parent=1; date --ref
stat --x
strings -f one; strings -f - < one; strings -f < one; strings -f one -; stat -c '%#t|%#T|%#5t|%#a|%#f' one; stat -c '%20N|%.3N|%-20N|' link one
stat -c '%#.3T' dir/sub/deep
date -u -d '1969-12-31 23:59:59'; date -u -d 196912312359.59; touch -d '1969-12-31 23:59:59' one; date -u -d '1969-12-31 23:59:58'; date -u -d @-1
date -u -d '1970-01-01 00:00:00'
realpath ../nosuch; realpath /nosuch; realpath ../bin/../nosuch
cd /; realpath nosuch; realpath ./nosuch; realpath tmp/../nosuch; realpath /tmp/../nosuch; readlink -f ../nosuch; readlink -f ./bin; realpath w/nosuch
ls loop; ls -d loop; ls -d broken; ls -dF broken; ls -F loop; ls -dl broken | cut -c1-10; ls -d dirlink; ls -dp dirlink; ls -dL broken
ls -rd dirlink broken
find dir \( -exec echo x {} + \); find dir -type f -exec echo x {} + | wc -w; find dir \( -name inner -exec echo x {} + -o -name deep \) -print
find dir ! \( -exec echo {} + \); find dir -name deep -exec echo {} + -o -name inner -exec echo y {} +
`))
}

// Of lists that are parted at NUL or lines, -I leaves out the empty ones, and blanks before the others.
func TestReplacingXargs(t *testing.T) {
	compareWithBusybox(t, batches(`
printf 'a\000b' | xargs -0 -I {} echo '<{}>'; printf '\000\000b\000' | xargs -0 -I {} echo '<{}>'; printf '\000 a \000' | xargs -0 -I {} echo '<{}>'
printf '\n\n' | xargs -0 -I {} echo '<{}>'
printf '\000\000' | xargs -0 printf '<%s>'; printf '\000\000' | xargs -0 -I {} printf '<{}>'; printf ' a\000\nb\n' | xargs -0 -I {} echo '<{}>'
printf ' a\000\nb\n' | xargs -0 printf '<%s>'
printf 'a\n\n b \n' | xargs -I {} echo '<{}>'; printf '"a b"\nc' | xargs -I {} echo '<{}>'; printf 'a\\\nb' | xargs -I {} echo '<{}>'
printf ' \n \nb' | xargs -I {} echo '<{}>'
for w in a abc abcd abcdefghijklm; do echo $w | xargs -s 12 -I X echo '' X; done; printf 'a\nbbbbbbbbbbbbbbbbb\nc\n' | xargs -s 12 -I X echo X
printf 'ab\0abc\0abcd' | xargs -0 -s 12 -I X echo '' X
echo a b c | xargs -n 0 -n 2; echo a b c | xargs -n 2 -n 0; echo a b c | xargs -n x -n 1; echo a b c | xargs -n 1 -n x; echo a | xargs -s x -n x
echo a | xargs -n x -s 0; echo a b | xargs -s 0 -s 9
`))
}
