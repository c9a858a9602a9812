package script

import "testing"

// TestNulBytes: to most of busybox a NUL ends a line.
func TestNulBytes(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\0b\n' | grep b | wc -c
printf 'a\0b\nc\n' | grep -c b
printf 'a\0b\n' | grep -o b
printf 'a\0b\n' | grep -v x | tr '\0' N
printf 'a\0b\n' | grep a | tr '\0' N
printf 'a\0b\n' | sed 's/a/x/' | tr '\0' N
printf 'a\0b\n' | sort | tr '\0' N
printf 'a\0b\n' | cut -c1-3 | tr '\0' N
printf 'a\0b\n' | head -n1 | tr '\0' N
printf 'a\0b\n' | tail -n1 | tr '\0' N
printf 'a\0b\n' | uniq | tr '\0' N
printf 'a\0b\n' | rev | tr '\0' N
printf 'a\0b\n' | tac | tr '\0' N
printf 'a\0b\n' | wc
printf 'a\0b\n' | xargs echo | tr '\0' N
printf 'a\0b c\n' | xargs -n1 echo | tr '\0' N
a=$(printf 'a\0b'); echo $a
printf 'a\0b\n' | while read x; do echo $x; done
printf 'a\0b\n' | grep -x 'a'; echo $?
printf 'a\0b\n' | grep -F b; echo $?
printf 'a\0b\n' | fgrep a | tr '\0' N
printf '\033[1m\n' | wc -L
printf 'ab\0cd\n' | wc -L
printf 'a\0b\0c\n' | cut -d '' -f2
printf 'a\tb\0c\n' | cut -f1
printf 'a:b\0c:d\n' | cut -d: -f2
printf 'ab\0cdef\n' | cut -c2-
printf '\0a\n' | cut -c1
`))
}

func TestCountsOfHeadAndTail(t *testing.T) {
	compareWithBusybox(t, eachLine(`
seq 9 | head -c 3 -n 2
seq 9 | head -n 2 -c 3
seq 9 | tail -c 3 -n 2
seq 9 | tail -n 2 -c 3
seq 9 | tail -n 2 -n 3
seq 9 | head -n -2 -n 3
seq 9 | head -n 3 -n -7
seq 9 | tail -n +3 -n 2
seq 9 | tail -n 2 -n +3
seq 9 | tail -c +3 -n 2
seq 9 | tail -2 -c 3
seq 9 | head -2 -c 3
seq -w 1 100 | head -n2
export -p | head -3
seq 9 | head -c 3 -n -2
seq 9 | head -n -2 -c 3
seq 9 | head -n 3 -n -2
seq 9 | head -c -3 -c 4
seq 9 | head -c -3 -n 4
seq 9 | head -n 5 -c -3
seq 9 | head -n -2 -c -3
seq 9 | tail -n 2 -c +3
seq 9 | tail -n +2 -c 3
seq 9 | tail -n +2 -c 4
seq 9 | tail -c 4 -n +2
seq 9 | tail -c 3 -2
seq 9 | tail -q -c 3 -n 2
seq 9 | tail -c 10 -n 1
seq 9 | head -q -n1 -c 5
seq 9 | /usr/bin/tail -n +3
seq 9 | /usr/bin/tail +3
seq 9 | /usr/bin/head -n -3
seq 9 | head -n +3
seq 9 | head -n +-3
seq 9 | tail -n -3
seq 9 | tail -n +-3
seq 9 | tail +3 -n 2
seq 9 | tail -3 -n +2
seq 9 | head -3 -n -2
seq 9 | head +3
seq 9 | busybox tail -n +8
/usr/bin/tail -n1 one two
head -n +x one
tail -n +x one
tail -n -x one
head -n -x one
set +o | head -3; set -e; set -o | head -2
export -p -n | head -1
export -np | head -1
export -n -p | head -1
`))
}

func TestRangesOfCut(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo abcdef | cut -c3-2
echo abcdef | cut -c3-2,5
echo abcdef | cut -b0
echo abcdef | cut -c0-3
echo abcdef | cut -c-
echo abcdef | cut -c1--3
echo abcdef | cut -c 2,1
echo abcdef | cut -c a
echo a:b:c | cut -d: -f3-2
echo a:b:c | cut -d: -f2,1
echo a:b:c | cut -d:: -f2
echo a:b:c | cut -d '' -f2
echo a:b:c | cut -f1 -c1
echo abcdef | cut -c3-1
echo abcdef | cut -c4-2
echo abcdef | cut -c5-2
echo abcdef | cut -c2-1
echo abcdef | cut -c3-0
echo abcdef | cut -c2-0
echo abcdef | cut -c1-0
echo abcdef | cut -c0-0
echo a:b:c:d | cut -d: -f3-2
echo a:b:c:d | cut -d: -f2-1
echo a:b:c:d | cut -d: -f1-0
echo a:b:c:d | cut -d: -f3-1
echo a:b:c:d | cut -d: -f3-2,4
echo a:b:c:d | cut -d: -f3-2,3
echo abcdef | cut -c3-2,3
echo abcdef | cut -c3-2,3-5
echo abcdef | cut -c2-4,3-2
echo abcdef | cut -c9-8
echo abcdef | cut -c7-6
echo abcdef | cut -c6-5
echo a:b:c | cut -d :x -f2
echo a:b:c | cut -d:x -f1,2
echo a:b:c | cut -d '' -s -f2
echo a:b:c | cut -d '' -f1,2
echo a:b:c | cut -d '' -f2-
echo a:b | cut -d:x -sf1-
echo ab | cut -d '' -c1
`))
}

func TestBytesOfCmp(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cmp one two 1 1
cmp one one 1
cmp one one 1 1
cmp one two 4 4
cmp one one 99 99
cmp one one 0x1 1
cmp one one 1k
cmp one one -1
cmp one one 1 x
cmp -l one two
cmp -n 2 one two
cmp -n 1 one one; echo $?
cmp -l one one
cmp -s one two 1 1; echo $?
cmp one one 0 99
cmp -n 20 one two
cmp -n 0 one two
cmp -n x one two
cmp -n -1 one two
cmp -l -n 3 one two
cmp -ls one two
cmp -s -n 2 one two
cmp -l one nothing
cmp one two 1 1 1
cmp -n 1k one one
printf 'a\nb\nc\n' > x; printf 'a\nb\nd\n' > y; cmp x y; cmp -l x y; cmp x y 2 2; cmp x y 5; cmp -n 4 x y; cmp -n 6 x y
`))
}

func TestWidthsOfWc(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\rb\tc\n' | wc -L
printf 'abc\rx\n' | wc -L
printf 'a\tb\n' | wc -L
printf 'é\n' | wc -L; printf 'é\n' | wc -m
printf 'abc' | wc -L
printf 'ab\bc\n' | wc -L
printf 'ab\fcde\n' | wc -L
printf 'ab\vc\n' | wc -L
printf '' | wc -L
wc -L one two
wc -lwc one; wc -cl one; wc -lL one
wc -m two
printf 'ab\fc\n' | wc -L
printf 'a\vbcd\n' | wc -L
printf 'a\bbcd\n' | wc -L
printf 'abcd\rab\rabcde\n' | wc -L
printf '\177ab\n' | wc -L
`))
}

func TestBatchesOfFind(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find dir -exec echo {} y +
find dir -exec echo {} +
find dir -exec echo a{} +
find dir -exec echo {} {} +
find dir -exec echo + \;
find dir -type f -exec echo {} ';' -exec echo b {} +
find dir -exec false {} +; echo $?
find dir -exec echo
find dir -exec \;
find dir -exec +
find dir -exec echo +
find dir -exec echo {}{} +
find dir -exec echo {}b +
find dir -exec echo x {} y z +
find dir -exec echo {} ';' -o -name nope
find dir -name nope -exec echo {} +
find dir -exec echo {} + -print
find dir -exec + {} +
find dir -exec {} +
`))
}
