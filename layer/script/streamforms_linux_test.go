package script

import "testing"

func TestStreamsWithoutEnd(t *testing.T) {
	compareWithBusybox(t, eachLine(`
yes | head -n 2
yes a b | head -n 2
yes | sed 3q
yes '' | head -n 1
yes | read x; echo $x
yes | true; echo $?
yes | { read a; read b; echo $a$b; }
seq 99999999 | head -n 1
seq 1 99999999 | sed -n '2{p;q}'
`))
}

// TestWhatIsLeftOfInput: commands leave the rest of what they share for the next one.
func TestWhatIsLeftOfInput(t *testing.T) {
	compareWithBusybox(t, eachLine(`
seq 2000 > f; { head -n1; head -n1; } < f
seq 2000 > f; { head -c3; head -n1; } < f
seq 2000 > f; { sed q; head -n1; } < f
seq 2000 > f; { grep -m1 5; head -n1; } < f
seq 2000 > f; { read x; cat | wc -l; } < f
seq 10 > f; { head -n2; cat; } < f
seq 10 | { head -n2; cat; }
seq 10 > f; { tail -n1; cat; } < f
seq 2000 > f; { grep -q 5; head -n1; } < f
seq 2000 > f; { grep -l 5; head -n1; } < f
seq 2000 > f; { grep -m2 5; head -n1; } < f
seq 2000 > f; { grep -m1 -A2 5; head -n1; } < f
seq 2000 > f; { sed -n 2q; head -n1; } < f
seq 2000 > f; { sed -n '2{p;q}'; head -n1; } < f
seq 2000 > f; { sed -n 3p; cat; } < f
seq 2000 > f; { head -n0; head -n1; } < f
seq 2000 > f; { head -n 1 -; head -n1 - one; } < f
seq 2000 > f; { md5sum; cat; } < f
seq 2000 > f; { diff -q - one; head -n1; } < f
seq 2000 > f; { wc -c one; head -n1; } < f
seq 2000 > f; { sh -c 'head -n1'; head -n1; } < f
seq 2000 > f; while read x; do head -n1; [ $x -gt 4 ] && break; done < f
seq 2000 > f; exec 3<f; head -n1 <&3; head -n1 <&3; read x <&3; echo $x
seq 2000 > f; { read x; sed -n '1p;1q'; read x; echo $x; } < f
`))
}

func TestOrderOfOutputAndMessages(t *testing.T) {
	compareWithBusybox(t, eachLine(`
ls nothing one >&f; cat f
ls nothing one >f 2>&1; cat f
cat one nothing two > f 2>&1; cat f
cat nothing one > f 2>&1; cat f
grep x nothing one; grep one nothing one > f 2>&1; cat f
head -n1 one nothing two > f 2>&1; cat f
sh -c 'echo a; echo b >&2; echo c' > f 2>&1; cat f
printf '#!/bin/sh\necho a; echo b >&2; echo c\n' > s; chmod +x s; ./s > f 2>&1; cat f
env sh -c 'echo a; echo b >&2; echo c' > f 2>&1; cat f
nohup sh -c 'echo a; echo b >&2; echo c' > f 2>&1; cat f
find one two -exec sh -c 'echo $0; echo e >&2' {} ';' > f 2>&1; cat f
find one two -print -exec sh -c 'echo $0; echo e >&2' {} ';' > f 2>&1; cat f
xargs -n1 sh -c 'echo $0; echo e >&2' < one > f 2>&1; cat f
wc one nothing two > f 2>&1; cat f
stat -c %n one nothing two > f 2>&1; cat f
md5sum one nothing > f 2>&1; cat f
sed p nothing one > f 2>&1; cat f
sort nothing one > f 2>&1; cat f
awk 'BEGIN { print "a"; print "b" > "/dev/stderr"; print "c" }' > f 2>&1; cat f
cp -v one nothing/x void > f 2>&1; cat f
rm -v one nothing two > f 2>&1; cat f
mkdir -v x one y > f 2>&1; cat f
printf 'a%db\n' x > f 2>&1; cat f
echo a > f 2>&1; test -q x >> f 2>&1; cat f
cut -c1 one nothing > f 2>&1; cat f
tail -n1 one nothing two > f 2>&1; cat f
tac one nothing two > f 2>&1; cat f
uniq nothing > f 2>&1; cat f
diff -q one nothing > f 2>&1; cat f
chmod -v 600 one nothing two > f 2>&1; cat f
find nothing one > f 2>&1; cat f
which ls nothing > f 2>&1; cat f
id nosuch > f 2>&1; cat f
cat one nothing | cat; cat one nothing 2>&1 | cat
x=$(cat one nothing 2>&1); echo "$x"
x=$(ls one nothing 2>&1); echo "$x"
{ ls one nothing; } 2>&1 | cat
tee x < one > f 2>&1; cat f
tee nothing/x < one > f 2>&1; cat f
`))
}

func TestBothStreamsIntoAFile(t *testing.T) {
	compareWithBusybox(t, eachLine(`
true >&/dev/null; echo hello >&f; cat f
ls nothing one >&f; cat f
echo a 2>&f; cat f; echo $?
echo a 1>&f; cat f; echo $?
echo a 3>&f; cat f; echo $?
echo a >&-; echo $?
echo a >& f; cat f
x=f; echo a >&$x; cat f
x=2; echo a >&$x
cat <&f; echo no
cat <&one; echo no
exec >&f; echo a; ls nothing; cat f >/dev/null
echo a >&99; echo $?
echo a >&1x; cat 1x
echo a >&nothing/x; echo $?
set -C; echo a >&one; echo $?; cat one
{ echo a; ls nothing; } >&f; cat f
`))
}

func TestDocumentsWithoutAnEnd(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'cat <<END\nfirst\nlast\n' > s; sh s
printf 'cat <<END | tr a b\nfirst\nlast\n' > s; sh s
printf 'cat <<-END\n\tfirst\n\tlast $((1+1))\n' > s; sh s
printf "cat <<'E D'\nfirst\nlast \$x\n" > s; sh s
printf 'cat <<A <<B\nfirst\nA\nlast\n' > s; sh s
printf 'cat <<END\n' > s; sh s; echo $?
printf 'echo $(cat <<END\nx\nEND\n)\n' > s; sh s; echo $?
`))
}
