package script

import (
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

func TestPaste(t *testing.T) {
	compareWithBusybox(t, eachLine(`
paste one two
paste two one
paste one
paste < one
paste -d , one two
paste -d ',;' one two one
paste -d ',;' one two one empty
paste -d '\t\n\x' one two one one
paste -d '\0' one two
paste -d '' one two
paste -s one two
paste -s -d ',;' one two
paste -sd, -
paste -sd+ < one
seq 5 | paste -sd '+'
seq 5 | paste - -
seq 5 | paste - - -
seq 6 | paste - one -
paste -s - - < one
paste one nosuch
paste nosuch one
paste empty empty
paste -s empty one
paste one empty
paste dir one
printf '\n\na' | paste - one
printf 'a\0b\n' | paste - one
`))
}

func TestNl(t *testing.T) {
	compareWithBusybox(t, eachLine(`
nl one
nl two one
nl < two
nl - one < two
printf 'a\n\nb' | nl
printf 'a\n\nb' | nl -ba
printf 'a\n\nb' | nl -b t
printf 'a\n\nb' | nl -bn
nl -bx one
nl -b '' one
nl -w 2 -s : -v 9 -i 2 one
nl --number-width=2 --number-separator=: one
nl --body-numbering=a --line-increment=3 --starting-line-number=7 one
nl -s '' one
nl -s ', ' -bn one
nl -w 0 one
nl -v -1 one
nl -i x one
nl -p one
nl nosuch one
nl dir one
nl empty
`))
}

func TestComm(t *testing.T) {
	compareWithBusybox(t, eachLine(`
comm one two
comm one one
comm -12 one one
comm -1 one two
comm -2 one two
comm -3 one two
comm -13 one two
comm -23 one two
comm -123 one two
comm - one < two
comm one - < two
comm one
comm one two empty
comm one nosuch
comm nosuch one
comm one empty
comm empty two
comm dir one
printf 'a\nb\nc\n' > x; printf 'b\nc\nd' > y; comm x y; comm -12 x y; comm -23 x y
printf 'a\na\nb\n' > x; printf 'a\nb\nb' > y; comm x y
printf 'b\na\n' > x; printf 'a\nb\n' > y; comm x y
printf 'a\nb' > x; printf 'a\nb\n' > y; comm x y
`))
}

func TestFold(t *testing.T) {
	compareWithBusybox(t, eachLine(`
fold -w 3 two
fold -w3 one two
fold -sw 5 two
fold -s -w 7 two
fold -w 1 one
fold -w 0 two
fold -w 10001 two
fold -w x two
printf 'a\tb\n' | fold -w 4
printf 'a\tb\n' | fold -w 9
printf 'a\tb\tc\n' | fold -sw 9
printf 'a\tb\n' | fold -b -w 4
printf 'a\tb\n' | fold -b -w 2
printf 'ééé\n' | fold -w 2
printf 'ééé\n' | fold -bw 2 | wc -c
printf 'abc\bdef\rxyzuv' | fold -w 3
echo 'the quick brown fox jumps' | fold -s -w 10
echo 'the quick  brown fox jumps' | fold -s -w 9
printf '                a' | fold -sw 5
seq -s ' ' 60 | fold
seq -s ' ' 60 | fold -s
fold nosuch one
fold dir one
fold empty
printf '\n\n' | fold -w 2
`))
}

func TestExpand(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\tb\t\tc\n' | expand
printf 'a\tb\n' | expand -t 4
printf 'a\tb\tc' | expand -t1
printf '\ta\tb\n' | expand -i
printf ' \t a\tb\n' | expand --initial
printf 'é\tb\n' | expand
printf 'é\tb\n' | expand -t 2
printf 'a\tb\n' | expand --tabs=3
expand -t 0 one
expand -t 2,4 one
expand -t x one
expand nosuch one
expand dir one
expand one two
printf '        a        b\n' | unexpand
printf '        a        b\n' | unexpand -a
printf '        a       b\n' | unexpand -t4
printf '        a       b\n' | unexpand -ft4
printf '        a       b\n' | unexpand --first-only --tabs 4
printf '   a    b\n' | unexpand
printf '   \ta    b\n' | unexpand
printf '     \t   a \t   b  ' | unexpand -a
printf 'abcdefg h\n' | unexpand -a
printf 'abcdefg  h\n' | unexpand -a
printf 'abcdef  h\n' | unexpand -a
printf 'é       é       h\n' | unexpand -a
printf '          \n' | unexpand
printf '\n\n' | unexpand -a
unexpand nosuch one
unexpand one two
`))
}

func TestStrings(t *testing.T) {
	compareWithBusybox(t, eachLine(`
strings one
strings -a one
strings -n 5 two
strings -n 1 one
strings -f two one
strings -o two
strings -fo two
strings -t d two one
strings -t x two
strings -t o two
strings -t z two
strings -ot x two
strings -t x -o two
strings -t x -t d two
strings -n 0 two
strings -n x two
strings nosuch one
printf 'abcd\te\0efgh\n\001abcde' | strings -t d
printf 'abc\0abcd\377abcde' | strings
strings < two
strings -f < two
strings - < two
strings dir
strings empty
`))
}

func TestSums(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cksum one two
cksum < one
cksum - < one
cksum empty
cksum nosuch one dir two
seq 100000 | cksum
sum one
sum one two
sum -s one
sum -s one two
sum -r one two
sum -rs one
sum -sr one
sum < one
sum - < one
sum - one < two
sum -s < one
sum nosuch one
sum dir
sum dir one
sum one dir two
sum empty
sum -s empty
seq 100000 | sum
seq 100000 | sum -s
sha3sum one two
sha3sum -a 256 one
sha3sum -a 512 one
sha3sum -a 384 one | sha3sum -a 384 -c
sha3sum -a 1 one
sha3sum -a x one
sha3sum one | sha3sum -c
sha3sum < one
`))
}

func TestDosToUnix(t *testing.T) {
	cases := eachLine(`
printf 'a\r\nb\rc\n' | dos2unix
printf 'a\r\nb\rc\n' | unix2dos
printf 'a\r\nb' | dos2unix -d
printf 'a\r\nb' | unix2dos -u
printf 'a\r\n' > f; dos2unix f
printf 'a\n' > f; printf 'b\r\nc' > g; unix2dos f g
unix2dos two; dos2unix suid
unix2dos link
unix2dos broken one
ln -s ../one dir/up; ln -s /w/dir/up abs; unix2dos abs
ln -s dir/nosuch l; unix2dos l
unix2dos dirlink/link
dos2unix nosuch one
unix2dos one nosuch two
dos2unix -
dos2unix -du one
dos2unix -ud one
unix2dos attr
unix2dos empty
unix2dos one one
`)
	user := &tree.Credentials{UID: 1000, GID: 1000, Groups: []uint32{1000}}
	for _, script := range []string{"unix2dos one", "cat one > /tmp/f; unix2dos /tmp/f; cat /tmp/f",
		"unix2dos dir/sub/deep; cat dir/sub/deep", "unix2dos suid"} {
		c := inFixture(script)[0]
		c.name, c.user = "as a user: "+c.name, user
		cases = append(cases, c)
	}
	compareWithBusybox(t, cases)
}
