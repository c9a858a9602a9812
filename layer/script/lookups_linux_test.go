package script

import "testing"

func TestPathForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
basename /a/b/
basename /a/b.c .c
basename b.c b.c
basename .c .c
basename a.c c
basename ///
basename ''
basename -- -a
basename -a
basename a b c
basename
basename 'a b/c d' ' d'
dirname /a/b/
dirname a
dirname a/
dirname /
dirname ///a
dirname a//b
dirname a/b//
dirname ''
dirname ..
dirname -- -a/b
dirname a b
dirname
readlink link dirlink
readlink -n link
readlink one; readlink dir; readlink nothing
readlink -f link one dir nothing no/such
readlink -f dirlink/inner dirlink/nothing
readlink -f broken
readlink -f loop
readlink -f dir/link/x
readlink -f one/
readlink -f one/x
readlink -f ../w/./dir/..
readlink -f /
readlink -f ''
readlink -fn link
readlink -v nothing
readlink -q link
readlink
realpath link dirlink one
realpath nothing
realpath no/such
realpath broken
realpath loop
realpath dir/../one
realpath .
realpath /w//dir/
realpath ''
realpath one/
realpath
which sh ls
which nosuch
which /bin/sh /nosuch
which ./suid ./one
which -a sh
which
PATH=/bin:/w; which suid; which one
PATH=; which ls
pwd -P
`))
}

func TestStatForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
stat -c %n one two
stat -c '%a %A' one suid dir dir/sub link fifo /dev/null
stat -c '%f %F' one empty dir link fifo /dev/null
stat -c '%u:%g %U:%G' one two dir
stat -c '%h %s' one two hard empty
stat -c %N one link dirlink
stat -c '%y' one dir
stat -c '%t:%T' /dev/null one
stat -c '%5a|%-5a|%05a|%.2n' one
stat -c '%10s|%-10s|' one
stat -c 'a\tb' one
stat -c '' one
stat -Lc '%N %F' link dirlink
stat -Lc %F broken
stat -c %F nothing one
stat -c %a ''
stat -c %a one/
stat -c %a link/
stat -c %a dirlink/
stat
`))
}

func TestGrepForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
grep -n t one two
grep -c t one two
grep -cv t one
grep -l e one two empty
grep -L e one two empty
grep -h e one two
grep -H e one
grep -q e one; grep -q x one; grep -q x nothing; grep -q e nothing one
grep -s e nothing one
grep -i ONE one
grep -v e one two
grep -x one one; grep -x on one
grep -w one one; grep -w on one
grep -o '[aeiou]' one
grep -on t one
grep -m 1 e one two
grep -m1 -c e one
grep -A 1 one one
grep -B 1 three one
grep -C 1 two one
seq 20 | grep -A1 -n '[05]$'
seq 20 | grep -B1 -A1 5
grep -e one -e two one
grep -f two one
printf 'one\nthree\n' > p; grep -f p one
printf '' > p; grep -f p one; grep -vf p one
grep -F . one; grep -F 'a 1' two
grep -E 'one|two' one; grep 'one\|two' one
grep -E '^(t)' one; grep '^\(t\)' one
grep -E 'e{2}' one; grep 'e\{2\}' one; grep 'e{2}' one
grep -E 't+' one; grep 't\+' one; grep 't+' one
grep '[[:digit:]]$' two; grep '[^a-y]' two
grep -r inner dir
grep -rh inner dir
grep -rn . dir/sub
grep -R inner dirlink
grep -r inner dirlink
grep inner dir
grep inner < dir/inner
grep inner - < dir/inner
grep -H inner < dir/inner
grep '' one; grep -c '' empty
grep -e '' one; grep -w '' one; grep -x '' one
grep '\(' one
grep -E '(' one
grep '[' one
grep -E '*' one
grep '*' one
grep -E 'a{1' one
grep
grep -q
grep one dir one nothing
printf 'a\r\n' | grep 'a$'
printf 'x' | grep x
egrep 'one|two' one; fgrep 'a 1' two
grep -lq e one
grep -lv e one two
grep -cl e one
grep -oi ONE one
grep -ow e one
grep -ox one one
grep -Fx -e one -e two one
grep -Fw gamma two
grep -Fi ONE one
grep -E 'a|' one
grep -- -x one; grep -e -x one
grep one one -n
grep -q e one two
`))
}

func TestComparingForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cmp one one
cmp one two
cmp -s one two
cmp one empty
cmp empty one
cmp empty empty
cmp one nothing
cmp -s one nothing
cmp - one < one
cmp one - < two
cmp one < one
cmp
printf 'one\ntwo\nthree' > n; cmp one n
diff -q one nothing
diff -q nothing one
md5sum one two; sha1sum one; sha256sum one; sha512sum one
md5sum < one
md5sum - < one
md5sum empty 'a b' ./-dash
md5sum nothing one dir
md5sum
cat one | tee a b; cat a b
cat one | tee -a two; cat two
cat one | tee dir; echo $?
cat one | tee no/a b; cat b
cat one | tee - | wc -l
cat one | tee
cat one | tee -i a
cat one | tee ''
`))
}

func TestExprAndSeqForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
expr 1 + 2 - 3
expr 2 '*' 3 + 4
expr 2 + 3 '*' 4
expr 10 / 3; expr 10 % 3; expr -10 / 3; expr -10 % 3
expr 1 / 0
expr 1 % 0
expr 9223372036854775807 + 1
expr a + 1
expr 1 + ''
expr a = a; expr a = b; expr a != b; expr 1 = 1.0; expr 01 = 1
expr a == a
expr 2 '<' 10; expr a '<' b; expr 2 '<' a; expr 10 '>' 9; expr 3 '>=' 3; expr 3 '<=' 2
expr 1 '|' 0; expr 0 '|' 0; expr '' '|' a; expr 0 '|' ''
expr 1 '&' 1; expr 1 '&' 0; expr '' '&' 1; expr a '&' b
expr '(' 1 + 2 ')' '*' 3
expr '(' 1 + 2
expr ')' 
expr 1 +
expr 1 2
expr + 1
expr
expr abc : abc; expr abc : b; expr abc : 'a.'; expr abc : '.*'; expr abc : 'x*'
expr abc : '\(.\)'; expr abc : 'a\(.*\)c'; expr abc : '\(x\)'; expr abc : 'a\(\)'
expr abc : '\(a\)\(b\)'
expr abc : '\('
expr match abc '\(b\)'; expr match abc 'ab'
expr length ''; expr length abc; expr length
expr index abc bc; expr index abc x; expr index abc ''; expr index '' a
expr substr abc 2 1; expr substr abc 0 1; expr substr abc 2 99; expr substr abc x 1; expr substr abc 4 1; expr substr abc 1 0
expr length quote x; expr quote length
expr 1 + 2 = 3
expr 3 = 1 + 2
expr a : a + 1
expr length abc + 1
seq 2 5; seq 5 2; seq 2 2
seq 1 2 6; seq 6 -2 1; seq 1 -1 3
seq -s, 3; seq -s '' 3; seq -s ', ' 1 2 5; seq -s, 1
seq -ws: 8 10
seq a
seq 1 a
seq ''
seq
seq 1 2 3 4
seq 3 1
seq -- -3 -1
seq 010
`))
}

func TestDateForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
date -d @0
date -u -d @0
date -d @1000000000 '+%Y-%m-%d %H:%M:%S'
date -d @1000000000 '+%y %b %B %h %a %A %d %e %j %u %w'
date -d @1000000000 '+%D %F %T %R %r %c %x %X'
date -d @1000000000 '+%C %G %g %V %U %W'
date -d @1000000000 '+%n%t%%%Z%z'
date -d @1000000000 '+%'
date -d @1000000000 +
date -d @1000000000 '+a b'
date -d '2020-02-03 04:05:06' +%s
date -d '2020-02-03T04:05:06' +%s
date -d '2020-02-03 04:05:06 UTC' +%s
date -d '2020-02-03 04:05:06Z' +%s
date -d 2020.02.03-04:05:06 +%s
date -d 202002030405 +%s
date -d 202002030405.06 +%s
date -d 20200203040506 +%s
date -d 02030405 +%m%d%H%M
date -d 04:05 +%H:%M
date -d 04:05:06 +%T
date -d '' +%s | grep -c .
date -d tomorrow
date -d '1 day ago'
date -d '2020-13-01' +%s
date -d '2020-02-30' +%F
date -d '2020-02-03 25:00' +%s
date -d @x
date -r one
date -r one +%s
date -ur one +%F
date -r nothing
date -r link +%s
date -R -d @0
date -I -d @0
date -Idate -d @0
date -Iseconds -d @0
date --date=@0 +%s
date --utc --date @0 +%F
TZ=UTC date -d @0
date -d @4294967296 '+%s %Y'
date -d @951782400 '+%F %j %U %V %W %a'
date -d @-1 +%s
date -d 04:05 +%T
date -d 2020-02-03 +%T
date -d '2020-02-03 04:05' +%T
date -d 202002030405 +%T
date -d '2020-02-03' +%s
date -d '2020-02-03 04:05' +%s
`))
}

func TestMktempForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
f=$(mktemp); case $f in /tmp/tmp.??????) echo ok;; esac; stat -c '%a %s' $f; rm $f
f=$(mktemp -d); case $f in /tmp/tmp.??????) echo ok;; esac; stat -c %a $f; rmdir $f
f=$(mktemp aXXXXXX); case $f in a??????) echo ok;; esac; rm $f
f=$(mktemp ./aXXXXXX); case $f in ./a??????) echo ok;; esac; rm $f
f=$(mktemp dir/XXXXXX); case $f in dir/??????) echo ok;; esac; rm $f
f=$(mktemp aXXXXXXb); echo $? ${#f}
mktemp aXXXXX
mktemp a
mktemp -d a
mktemp no/aXXXXXX
mktemp -qd no/aXXXXXX
mktemp aXXXXXX b
f=$(mktemp -p dir); case $f in dir/tmp.??????) echo ok;; esac; rm $f
f=$(mktemp -p dir aXXXXXX); case $f in dir/a??????) echo ok;; esac; rm $f
f=$(mktemp -dp dir aXXXXXX); case $f in dir/a??????) echo ok;; esac; rmdir $f
f=$(mktemp -t aXXXXXX); case $f in /tmp/a??????) echo ok;; esac; rm $f
TMPDIR=/w/void; export TMPDIR; f=$(mktemp); case $f in /w/void/tmp.??????) echo ok;; esac; rm $f
TMPDIR=/w/void; export TMPDIR; f=$(mktemp -t aXXXXXX); case $f in /w/void/a??????) echo ok;; esac; rm $f
TMPDIR=/w/void; export TMPDIR; f=$(mktemp -p dir -t aXXXXXX); case $f in dir/a??????) echo d;; /w/void/*) echo v;; esac; rm $f
f=$(mktemp -u); case $f in /tmp/tmp.??????) echo ok;; esac; ls $f 2>/dev/null
f=$(mktemp -u aXXXXXX); ls $f 2>/dev/null; echo ${#f}
`))
}
