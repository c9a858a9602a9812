package script

import (
	"strings"
	"testing"
)

// eachLine makes a case of every line of a table, as [inFixture] does.
func eachLine(table string) []scriptCase {
	return inFixture(strings.Split(strings.Trim(table, "\n"), "\n")...)
}

func TestHeadAndTailForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
seq 9 | head -n -0
seq 9 | head -n 010
seq 9 | head -c 1b | wc -c
seq 900 | head -c 1k | wc -c
seq 900 | head -c -1k | wc -c
seq 9 | head -n 2 -c 3
seq 9 | head -2 -q
seq 9 | head -qn2
seq 9 | head -vn2
seq 9 | head -n2 -
head -n1 one - two < empty
head -c2 one two
head -c 2 -q one two
head -v empty
head -n 2 one/
head -n 99999999999999999999 one
head -c -1 two
head -n -1 two
head -n -1 one
head -n 1 link dirlink/inner broken
head -n2x one
head -n 2kb one
seq 9 | tail -n +2
seq 9 | tail -n -2
seq 9 | tail -n +0
seq 9 | tail -n +1
seq 9 | tail -n +10
seq 9 | tail -c +1
seq 9 | tail -c 0
seq 9 | tail -c 4
seq 9 | tail -c -4
seq 9 | tail -c +17
seq 9 | tail +8
seq 9 | tail -2
seq 900 | tail -c 1b | wc -c
seq 9000 | tail -n 1k | wc -l
tail -qn1 one two
tail -vn1 two
tail -c 2 one two
tail -n 1 nothing one broken two
tail -n 2 two
tail -n +2 two one
tail -n +3 one two
tail -n x one
printf '\n\n\n' | tail -n 2
printf 'a\0b\nc\0d' | tail -n 1 | tr '\0' .
printf 'a\0b\nc\0d' | head -n 1 | tr '\0' .
printf 'no newline' | tail -n 2
printf 'no newline' | tail -c 99
head -n +1 one
head -c +1 one
tail -c +2 one
seq 9 | head -n +2
`))
}

func TestCountingLines(t *testing.T) {
	compareWithBusybox(t, eachLine(`
wc -l < two
wc -w one two empty
wc -L one two empty
wc -lw one
wc -lwc one two
wc -lwcmL two
wc -mL < two
wc - < one
wc -l - one < two
wc nothing one
wc -c dir one
wc link dirlink/inner
wc broken
wc 'a b' ./-dash
wc -l -- -dash
printf 'a\tb\n' | wc -L
printf 'é\n' | wc -m
printf 'a b  c\n\n d' | wc
printf '\0\0 \0' | wc
printf 'a\fb\n' | wc
seq 100000 | wc
tac one two
tac one nothing two
printf 'a\n\nb' | tac
printf '\n' | tac
tac < one
tac - < one
tac empty
rev one two
rev nothing one
rev < two
printf 'abc' | rev
printf 'a\n\nbc\n' | rev
rev empty
tac dir one
rev dir one
tac dir
`))
}

func TestUniqForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\nA\nb\n' | uniq -ci
printf 'a\nA\nb\n' | uniq -di
printf 'a\nA\nb\n' | uniq -ui
printf 'a\na\nb\n' | uniq -du
printf 'a\na\nb\n' | uniq -cdu
printf 'a\na' | uniq -c
printf '\n\n\na\n' | uniq
printf 'a \na\n' | uniq -c
uniq one new; cat new
uniq - new < two; cat new
uniq one dir
uniq empty new; wc -c new
`))
}

func TestCutForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo a:b:c:d | cut -d: -f1,3
echo a:b:c:d | cut -d: -f3,1
echo a:b:c:d | cut -d: -f2-
echo a:b:c:d | cut -d: -f-2
echo a:b:c:d | cut -d: -f-2,4-
echo a:b:c:d | cut -d: -f1-2,2-3
echo a:b:c:d | cut -d: -f9
echo a:b:c:d | cut -d: -f-
echo a:b:c:d | cut -d: -f1 -f2
echo a:b:c:d | cut -d: -sf2
echo abcd | cut -d: -sf1
echo abcd | cut -d: -f2
printf ':\n' | cut -d: -f1
printf '::\n' | cut -d: -f2-
printf '\n' | cut -d: -f1
printf 'a\tb' | cut -f2
printf 'a b c\n' | cut -d ' ' -f 2,3
printf 'a\\b\\c\n' | cut -d '\' -f 2
echo abcdef | cut -c1
echo abcdef | cut -c1,2-3,6
echo abcdef | cut -c-
echo abcdef | cut -c0
echo abcdef | cut -c0-2
echo abcdef | cut -c 7-
echo abcdef | cut -c 5-9
echo abcdef | cut -c 4,2
echo abcdef | cut -c 1-3,2-4
echo abcdef | cut -b 2
echo abcdef | cut -nb 2
echo abcdef | cut -b 1 -c 2
echo abcdef | cut -c 1.5
echo abcdef | cut -c a
echo abcdef | cut
cut -c1 one two nothing
cut -c1 - one < two
cut -c1 dir
printf '\n' | cut -d: -sf2
printf '\n' | cut -d: -sf1-
printf '\na:b\n' | cut -d: -sf2
printf '\n' | cut -sf1
printf 'a\n\nb\n' | cut -sd: -f1
echo abcd | cut -c 3-1
echo a:b:c:d | cut -d: -f3-1
printf '\n' | cut -d: -sf1
`))
}

func TestTrForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo abc | tr a-c 1-3
echo abc | tr a-c 1-2
echo abc | tr 'a-c' '[A-C]'
echo abc | tr '[a-c]' 'A-C'
echo abc | tr '[:alpha:]' x
echo abc | tr '[:lower:]' '[:digit:]'
echo 'aB3 _' | tr '[:upper:][:lower:]' '[:lower:][:upper:]'
echo 'aB3 _' | tr -d '[:alnum:]'
echo 'aB3 _' | tr -cd '[:alnum:]'
echo 'aB3 _' | tr -c '[:alnum:]' -
echo 'aB3 _' | tr -cs '[:alnum:]' -
printf 'a\001b\177c' | tr -d '[:cntrl:]'
printf 'a\nb\n\n\nc\n' | tr -s '\n'
printf 'a\nb\n' | tr '\n' ,
printf 'a,b' | tr , '\n'
printf 'a,b' | tr , '\012'
printf 'a\\b' | tr '\\' /
printf 'a\tb\rc\n' | tr '\t\r' ' .'
printf 'a\vb\ac\n' | tr '\v\a' ' .'
echo aabbcc | tr -s ab
echo aabbcc | tr -s ab xy
echo aabbcc | tr -s a-c x
echo aabbcc | tr -sd a bc
echo aabbcc | tr -d a -s c
echo aabbcc | tr -d ab xy
echo 'a-z' | tr -d a-
echo 'a-z' | tr -d -- -a
echo abc | tr z-a x
echo abc | tr 'a-' x
echo abc | tr '[a*2]' xy
echo abc | tr abc '[x*]'
echo abc | tr abc '[x*2]y'
echo abc | tr '[.a.]' x
echo abc | tr '[=b=]' x
echo abc | tr '\1\2a' x
echo abc | tr abc ''
echo abc | tr -c abc ''
echo abc | tr
echo abc | tr -d
echo abc | tr -s
echo abc | tr a
echo abc | tr a b c
printf 'a\0b\0' | tr '\0' '\n'
printf 'a\0b\0' | tr -d '\0'
printf '\377\376' | tr '\376-\377' ab
echo abc | tr '\x61' X
echo abc | tr '\x6' X
echo 'a-z' | tr 'a\-z' xyz
echo 'a-b' | tr 'a\-b' xyz
echo 'a.b' | tr 'a\.b' xyz
echo 'a-z' | tr -d '\-'
echo 'abc-' | tr 'a-\143' xyz
printf 'print[:]\001' | tr -d '[:print:]' | wc -c
printf 'a\001b c\n' | tr -d '[:graph:]'
echo abc | tr '[:foo:]' x
echo 'a b' | tr -d '[:print:]'
echo abc | tr '\x61\142' XY
echo abc | tr '\141-\143' X-Z
echo '\x' | tr '\x' ab
echo 'a\b' | tr '\\-b' x
printf 'a\001b c\n' | tr -cd '[:print:]'
printf 'a\001b c\n' | tr -cd '[:graph:]'
`))
}

func TestSortForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '3\n1\n2\n' | sort
printf '10\n9\n1\n' | sort -n
printf '10\n9\n1\n' | sort -nr
printf 'b\nA\na\nB\n' | sort -f
printf 'b\nA\na\nB\n' | sort -fu
printf 'b\nA\na\nB\n' | sort -fr
printf 'b\nA\na\nB\n' | sort -fs
printf 'b-1\nb2\nb_3\n' | sort -d
printf 'x c\nx a\ny b\n' | sort -k1,1
printf 'x c\nx a\ny b\n' | sort -s -k1,1
printf 'x c\nx a\ny b\n' | sort -k1,1r -k2
printf 'x c\nx a\ny b\n' | sort -k2r
printf 'x 10\ny 9\nz 1\n' | sort -k2
printf 'x 10\ny 9\nz 1\n' | sort -k2n
printf 'x 10\ny 9\nz 1\n' | sort -k 2,2n -r
printf 'a:3:x\nb:1:y\nc:2:z\n' | sort -t: -k2
printf 'a:3:x\nb:1:y\nc:2:z\n' | sort -t : -k 3r
printf 'abz\naay\naxx\n' | sort -k1.3
printf '  b\n a\nc\n' | sort -b
printf '  b\n a\nc\n' | sort -k1b
printf 'x   b\nx a\n' | sort -k2
printf 'x   b\nx a\n' | sort -k2b
printf 'x   b\nx a\n' | sort -b -k2
printf 'b\na\nb\n' | sort -u
printf 'x 1\ny 1\nz 0\n' | sort -u -k2
printf 'x 1\ny 1\nz 0\n' | sort -uk2,2
printf 'b\0a\0' | sort -z | tr '\0' .
printf 'a\nb\n' | sort -c
printf 'b\na\n' | sort -c
printf 'a\na\n' | sort -cu
sort -o new one two; cat new
sort -o one one; cat one
sort one -r
sort one -o new; cat new
sort - one < two
sort nothing one
sort dir
sort empty
printf 'b' | sort
printf '\n\nb\na' | sort
printf -- '-1\n-10\n5\n' | sort -n
printf '1.5\n1.25\n1\n' | sort -n
printf 'x1\nx\n2\n' | sort -n
printf 'é\ne\nf\n' | sort
`))
}
