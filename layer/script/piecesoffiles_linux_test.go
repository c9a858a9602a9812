package script

import "testing"

// A number of -l and of -b are one: the last one counts.
func TestPiecesOfSplit(t *testing.T) {
	compareWithBusybox(t, eachLine(`
split one; cat xaa
split -l 1 one; cat xaa xab xac
split -l1 one p; ls p*
split -1 one; echo $?
split -2 one; ls x*
split -l 2 one p-; cat p-aa; cat p-ab
split -b 3 one; cat xaa; ls x*
split -b 1k one; ls x*
split -b 5 two; ls x*; cat xae
split -b 1b suid; ls x*
split -b 1m one; ls x*
split -a 1 -l 1 one; ls x*
split -a 3 -l 1 one; ls x*
split -a 1 -b 1 one; echo $?; ls x*
split -a 1 -b 1 two p; echo $?; ls p* | wc -l
seq 30 | split -l 1; ls x* | tail -n 1
seq 27 | split -a 1 -l 1; echo $?; ls x* | wc -l
seq 26 | split -a 1 -l 1; echo $?; ls x* | wc -l
seq 700 | split -l 1; echo $?; ls x* | wc -l
seq 5 | split -l 2 -; ls x*
seq 5 | split -l 2 - part.; ls part.*; cat part.ac
seq 5 | split - part.; ls part.*
split empty; echo $?; ls x*
split nothing; echo $?
split dir; echo $?
split -l x one; echo $?
split -l -1 one; echo $?
split -b x one; echo $?
split -a x one; echo $?
split one nothing/x; echo $?
split one dir/; ls dir
split -l 1 -b 3 one; ls x*; cat xaa
split -b 3 -l 1 one; ls x*; cat xaa
printf 'a\nb' | split -l 1; od -c xab
printf '\n\n\n' | split -l 2; od -c xaa
mkdir xab; split -l 1 one; echo $?; ls -d x*
ln -s one xaa; seq 3 | split -l 2; cat one
split one p q; echo $?
split -x one; echo $?
`))
}

func TestFilesOfTee(t *testing.T) {
	compareWithBusybox(t, eachLine(`
tee a < one
tee a b < one; cat a b
tee -a one < two; cat one
tee -a new < two; cat new
tee < one
tee dir < one; echo $?
tee dir a < one; echo $?; cat a
tee nothing/x a < one; echo $?; cat a
tee a a < one; cat a
tee - < one; ls -- -*
tee -- -x < one; cat ./-x
tee -i a < one; cat a
tee link < two; cat one
tee broken < two; cat nothing
tee loop < two; echo $?
tee /dev/null < one
echo a | tee -a x x; cat x
printf 'a\0b' | tee x | od -c; od -c x
umask 077; tee n < one; ls -l n | cut -c1-10
tee -x one < one; echo $?
`))
}

func TestCksum(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cksum - < one; echo $?; cksum nothing one; echo $?; cksum dir; echo $?; cksum one dir two; echo $?
seq 1000 | cksum; printf '\0' | cksum; printf '\0\0\0\0' | cksum; printf 'a' | cksum; head -c 255 suid | cksum
seq 100 | head -c 256 | cksum; seq 30000 | head -c 65536 | cksum; cksum -x one; echo $?
`))
}

// The sum of BSD rotates and counts blocks of 1024 bytes, that of System V blocks of 512.
func TestSumOfBlocks(t *testing.T) {
	compareWithBusybox(t, eachLine(`
sum -r one; sum nothing one; echo $?; sum -s nothing one; echo $?; sum dir; echo $?; seq 1000 | sum
seq 1000 | sum -s; seq 30000 | sum; seq 30000 | sum -s; printf '\377\377\377' | sum; printf '\377\377\377' | sum -s
head -c 1024 /dev/zero | sum; seq 400 | head -c 1024 | sum; seq 400 | head -c 1025 | sum
seq 400 | head -c 512 | sum -s; seq 400 | head -c 513 | sum -s
`))
}

func TestLineEnds(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\nb\n' | unix2dos | od -c; printf 'a\r\nb\r\n' | dos2unix | od -c; printf 'a\rb\r\r\nc\r' | dos2unix | od -c
printf 'a\r\nb\n' | unix2dos | od -c; printf 'a\r\r\nb\n' | unix2dos | od -c; printf '\n\n' | unix2dos | od -c
printf '' | unix2dos | od -c; printf 'a' | unix2dos | od -c; printf 'a\r\nb\r\n' | unix2dos -u | od -c
printf 'a\nb\n' | dos2unix -d | od -c; printf 'a\nb\r\n' | dos2unix -du; echo $?
printf 'a\nb\r\n' | dos2unix -ud; echo $?
unix2dos one two; od -c one; od -c two
dos2unix one; ls -l one | cut -c1-10
unix2dos suid; stat -c '%a %u %g' suid
unix2dos two; stat -c '%a %u %g' two; cat hard
unix2dos link; ls -l link | cut -c1; od -c one
unix2dos broken; echo $?
unix2dos nothing one; echo $?; od -c one
unix2dos dirlink/inner; od -c dir/inner
unix2dos loop; echo $?
dos2unix empty; echo $?
dos2unix -x one; echo $?
unix2dos < one > x; od -c x
unix2dos - < one; echo $?
`))
}

// Text behind a group with "=" is read together with the next line, if another follows.
func TestBase64Groups(t *testing.T) {
	compareWithBusybox(t, eachLine(`
base64 empty; echo $?; printf a | base64; printf ab | base64; printf abc | base64; seq 100 | base64 | head -n 2
seq 100 | base64 -w 10 | head -n 2; seq 100 | base64 -w0 | wc -l; printf abc | base64 -w 0; echo .
printf abc | base64 -w 1; printf abc | base64 -w 4 | od -c; seq 20 | base64 -w 76; base64 -w x one; echo $?
base64 -w -1 one; echo $?; base64 -w 1k one; echo $?; base64 nothing; echo $?; base64 dir; echo $?
base64 - < one; base64 one two; echo $?; base64 -d < one; echo $?
printf 'b25l\nCg==\n' | base64 -d
printf 'b2\n5lC\ng==' | base64 -d
printf 'b25lCg' | base64 -d; echo $?
printf 'b25lCg=' | base64 -d; echo $?
printf 'b25l!Cg==' | base64 -d; echo $?
printf '!b25lCg==' | base64 -d; echo $?
printf 'b25lCg==b25lCg==' | base64 -d; echo $?
printf 'b25lCg==\nb25lCg==\n' | base64 -d; echo $?
printf '====' | base64 -d; echo $?; printf '' | base64 -d; echo $?
printf 'b25l Cg==' | base64 -d; echo $?
printf 'b25-_w==' | base64 -d | od -c; echo $?
printf 'AAEC/f7/' | base64 -d | od -An -tx1
printf '0AB-\nDf' | base64 -d | od -An -tx1; printf 'e!fA\n0B' | base64 -d | od -An -tx1
printf 'b25lCg==' | base64 -di
printf 'b' | base64 -d; echo $?; base64 -d nothing; echo $?
`))
}
