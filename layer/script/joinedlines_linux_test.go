package script

import "testing"

// The delimiters are taken in turn; standard input may be named several times.
func TestDelimitersOfPaste(t *testing.T) {
	compareWithBusybox(t, eachLine(`
paste one nothing; echo $?; paste dir one; echo $?; paste -d ,: one two one; paste -d '\n' one two
paste -d '\t\n' one two one; paste -d '\\' one two; paste -d '\0' one two | od -c; paste -d '' one two | od -c
paste -d ',\0' one two one | od -c; paste -d 'ä' one two | od -c; paste -s -d , one two; paste -sd ,: one
paste -sd '\n' one; paste -sd '' one | od -c; paste empty one; paste empty empty; echo $?; paste - one < two
paste - - < one; paste - - - < one; paste -s - < one; seq 6 | paste -d '\n,' - - -; seq 7 | paste - - -
seq 7 | paste -sd '+' | bc
printf 'a' > x; paste x one
printf 'a\n\nb\n' > x; paste x one
printf 'a\0b\n' > x; paste x one | od -c
paste -d; echo $?; paste -x one; echo $?; paste -ds one
seq 3 > a; seq 2 > b; seq 5 > c; paste a b c
seq 3 > a; seq 2 > b; seq 5 > c; paste -d ab a b c
seq 3 > a; seq 2 > b; seq 5 > c; paste -s -d '12' a b c
`))
}

// A file without a newline at its end gets one.
func TestColumnsOfComm(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm x y
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm -1 x y
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm -2 x y
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm -3 x y
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm -12 x y
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm -13 x y
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm -23 x y
printf 'a\nb\nd\n' > x; printf 'b\nc\nd\n' > y; comm -123 x y
printf 'a\na\nb\n' > x; printf 'a\nb\nb\n' > y; comm x y
printf 'a\nb' > x; printf 'b\n' > y; comm x y | od -c
printf 'a\nb\n' > x; printf 'b' > y; comm x y | od -c
printf 'a' > x; printf 'a' > y; comm x y | od -c
printf 'a' > x; comm x empty | od -c
comm empty one; comm -1 empty one; comm -3 one empty; comm empty empty; echo $?; comm one nothing; echo $?
comm nothing one; echo $?; comm one dir; echo $?; comm one; echo $?; comm; echo $?; comm one two one; echo $?
comm - one < one; comm -x one two; echo $?
printf 'A\nb\n' > x; printf 'a\nB\n' > y; comm x y
printf '\303\244\nz\n' > x; printf 'z\n\303\244\n' > y; comm x y
printf 'a\0c\n' > x; printf 'a\0b\n' > y; comm x y | od -c
`))
}

// uniq skips fields, then characters, and compares as many as -w says.
func TestGroupsOfUniq(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\na\nb\nb\nb\nc\n' | uniq; printf 'a\na\nb\nb\nb\nc\n' | uniq -c; printf 'a\na\nb\nb\nb\nc\n' | uniq -d
printf 'a\na\nb\nb\nb\nc\n' | uniq -u; printf 'a\na\nb\nb\nb\nc\n' | uniq -cd; printf 'a\na\nb\nb\nb\nc\n' | uniq -cu
printf 'a\na\nb\nb\nb\nc\n' | uniq -du; echo $?; printf 'a\nA\nb\nB\n' | uniq -i; printf 'a\nA\nb\nB\n' | uniq -ci
printf 'a\nA\nb\nB\n' | uniq -di; printf '1 a\n2 a\n3 b\n' | uniq -f 1; printf '1 a\n2  a\n3 b\n' | uniq -f 1
printf '1\ta\n2 a\n' | uniq -f 1; printf '  1 a\n 2 a\n' | uniq -f 1; printf '1 a\n2 a\n3\n4\n' | uniq -f 1
printf '1 a x\n2 b x\n3 a y\n' | uniq -f 2; printf '1 a x\n2 b x\n3 a y\n' | uniq -f 9
printf 'xa\nya\nzb\n' | uniq -s 1; printf 'xa\nya\nzb\n' | uniq -s 5; printf 'ab1\nab2\nac\n' | uniq -w 2
printf 'ab1\nab2\nac\n' | uniq -w 0; printf 'xab1\nyab2\nzac\n' | uniq -s 1 -w 2
printf '1 xab\n2 yab\n' | uniq -f 1 -s 2; printf '1 xab\n2 yab\n' | uniq -f 1 -s 2 -w 1 -c
printf 'ab\nAB\n' | uniq -i -w 1; printf 'a\nb' | uniq; echo .; printf '' | uniq -c; echo $?
printf '\n\na\n\n' | uniq -c; printf 'a\0b\na\0c\n' | uniq | od -c; printf 'a\na\nb\n' | uniq - x; cat x
printf 'a\na\nb\n' > y; uniq y x; cat x
uniq nothing; echo $?; uniq one nothing/x; echo $?; uniq one dir; echo $?; uniq dir; echo $?; uniq -f x one; echo $?
uniq -f -1 one; echo $?; uniq -w x one; echo $?; uniq -s 1k one; echo $?; uniq -1 one; echo $?
printf '1 a\n2 a\n' | uniq -1; echo $?; printf '1a\n2a\n' | uniq +1; echo $?; uniq -x one; echo $?
uniq -c - < one; yes a | head -n 12345 | uniq -c
`))
}

// rev turns characters round; a line that is not UTF-8 stays as it is.
func TestReversedLines(t *testing.T) {
	compareWithBusybox(t, eachLine(`
rev one; rev two; rev empty nothing one; echo $?; rev dir; echo $?; rev < one; rev - < one; printf 'äb€\n' | rev
printf 'ab\0cd\n' | rev | od -c; printf 'ab\r\n' | rev | od -c; printf 'ab' | rev; echo .
printf '\377ab\n' | rev | od -c; printf 'a\303b\n' | rev | od -c; printf 'e\314\201x\n' | rev | od -c
rev -x one; echo $?
`))
}

// tac prints what is behind the last newline first, without one.
func TestReversedFiles(t *testing.T) {
	compareWithBusybox(t, eachLine(`
tac one; tac two | od -c; tac one two | od -c; tac empty; echo $?; tac nothing one; echo $?; tac dir; echo $?
tac < two; tac one - < two; printf 'a\n\n\nb' | tac | od -c; printf 'a\0b\nc\n' | tac | od -c
printf '\n' | tac | od -c; tac -x one; echo $?; tac -s x one; echo $?
`))
}
