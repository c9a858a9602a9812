package script

import "testing"

// The tables of this file hold what random lines have shown: odd ends of commands for text.

func TestCountsOfGrep(t *testing.T) {
	compareWithBusybox(t, eachLine(`
grep -m0 o one
grep -m0 x one
grep -m0 -v one one
grep -m0 -c o one
grep -m0 -q o one
grep -m0 -l o one two
grep -m0 o nothing one
seq 9 | grep -m2 -A1 '[2468]'
seq 9 | grep -m2 -A3 '[2468]'
seq 9 | grep -m1 -B1 -A9 '[48]'
seq 9 | grep -m2 -c -A3 '[2468]'
seq 9 | grep -A1 -c 3
seq 9 | grep -o -B1 5
seq 9 | grep -o -C1 -e 3
grep -A1 one one two
grep -B1 three one two
grep -C1 -h beta one two one
grep -n -A1 -e one -e alpha one two
seq 3 > f; seq 4 6 > g; grep -A1 3 f g
seq 3 > f; seq 4 6 > g; grep -B1 '[35]' f g
seq 3 > f; seq 3 > g; grep -A1 '[1]' f g
`))
}

func TestEmptyPatterns(t *testing.T) {
	compareWithBusybox(t, eachLine(`
grep -f empty one
grep -v -f empty one
grep -F -f empty one
grep -Fv -f empty one
grep -Fi -f empty one
grep -c -f empty one
grep -f empty -e two one
printf 'a\n\nb c\n' | grep -F -e ''
printf 'a\n\nb c\n' | grep -Fi -e ''
printf 'a\n\nb c\n' | grep -Fx -e ''
printf 'a\n\nb c\n' | grep -Fxi -e ''
printf 'a\n\n x\n' | grep -Fw -e ''
printf 'a\n\n x\n' | grep -Fwi -e ''
printf 'a\n\n x\n' | grep -w ''
printf 'a\n\n x\n' | grep -x ''
printf 'a\n\n x\n' | grep -vx ''
printf 'a\n\n x\n' | grep -e '' -e b
grep -ov one one
grep -Fov one one
grep -ovc one one
grep '[a-' one
grep -E '[^a-' one
expr a : '[a-'
sed 's/[a-/x/' one
`))
}

func TestParenthesesOfTest(t *testing.T) {
	compareWithBusybox(t, eachLine(`
test '(' -e one ')'
test '(' -e nosuch ')'
test '(' -z '' ')'
test '(' a b ')'
test '(' ! x ')'
test '(' ! '' ')'
test '(' ! -f ')'
test ! '(' -e one ')'
test ! '(' x ')'
test ! '(' '' ')'
test '(' -e one ')' -a x
test x -a '(' -e one ')'
test '(' a = a ')'
test '(' a = b ')'
test '(' '(' -e one ')' ')'
test '(' = one ')'
[ '(' -n x ')' ]
[ '' -ef '' ]
[ one -ef one ]
[ one -ef '' ]
[ one -nt '' ]
[ '' -ot one ]
[ nosuch -ef nosuch ]
[ two -ef hard ]
[ link -ef one ]
`))
}

func TestEscapesOfOctalDigits(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '\400 \777 \401x \377' | od -c
printf '%b' '\400 \0400 \0777 \01011' | od -c
echo -e '\400 \0400 \0377 \0777' | od -c
echo $'\400 \777 \377' | od -c
printf '%l' 1
printf 'a%z' 1
printf '%5.1lz' 1
printf '%ld %hhd %lld %zd\n' 1 2 3 4
printf '%jd' 1
printf '%td' 1
printf '%Lf\n' 1.5
printf '%l-d' 1
tr '\400' x < one
echo ' 0' | tr '\400' xy
`))
}

func TestBlanksAndHeaders(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'word        x        y\n' | unexpand
printf 'word        x        y\n' | unexpand -f -t4
printf '12345678        \n' | unexpand -ft4
printf ' word        x\n' | unexpand
printf '        word        x\n' | unexpand
printf 'a \tb        c\n' | unexpand
printf 'a\t' | unexpand | od -c
printf 'a        \t' | unexpand -a | od -c
printf 'a\t        ' | unexpand -a | od -c
printf '\t' | unexpand | od -c
printf 'a\n\n\n b\n' | cat -nb
printf 'a\n\n\n b\n' | cat -bn
tail -v -n1 < one
tail -v -n1 - < one
tail -n1 one - < two
tail -n1 - one < two
head -v -n1 - < one
head -n1 one - < two
seq -w 1 010 5
seq -w 6 -3 1
seq -w 1 100 5
seq -w 2.5 010 12
seq -w 1 0.25 2
seq -w -5 5 5
seq -ws: 8 1 10
`))
}

func TestEndsOfDumps(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf aaaaaaaaaaaaaaaaaa | hexdump -C
printf aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | hexdump
printf aaaaaaaaaaaaaaaaab | hexdump -c
printf aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | hexdump -C
printf aaaaaaaaaaaaaaaaaa | hexdump -v
printf 'a\0a\0a\0a\0a\0a\0a\0a\0a\0a' | hd
printf aaaaaaaa | hexdump -e '4/1 "%02x" "\n"'
printf aaaaaa | hexdump -e '4/1 "%02x" "\n"'
printf aaaaaaaaaaaaaaaaaa | od -tx1
printf aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | od -tx1
printf '\0\0\0\0\0' | od -tx4 -w4
printf '\0\0\0\0\0' | od -tx1 -w4
printf '\0\0\0\0\0\0\0\0\0\0' | od -tx2 -w4
printf '\0\0\0\0\0\0\0\0\0' | od -tx2 -w2
printf 'aaaaaaaa\0\0\0aaaa' | od -tx8 -w8
printf 'a\0a\0a' | od -tx2 -w2
`))
}
