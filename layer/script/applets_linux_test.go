package script

import "testing"

// The tables of this file hold a few lines for applets that scripts call less often, run
// here and in busybox.

func TestSequences(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"seq 3; seq 2 4; seq 1 2 7; seq 5 1; seq 5 -2 0; seq -w 8 11; seq -s , 3; seq; seq a; seq 1 2 3 4; seq 3 3",
		"seq -s '' 3; seq -w 1 5 12; seq 0 0; seq 10 -5 -10",
		"printf 'a\\na\\nb\\nA\\n' | uniq; printf 'a\\na\\nb\\n' | uniq -c; printf 'a\\na\\nb\\n' | uniq -d; printf 'a\\na\\nb\\n' | uniq -u; "+
			"printf 'a\\nA\\n' | uniq -i; uniq nothing; uniq one out; cat out; uniq - < two",
		"printf 'a' | uniq; uniq empty; printf '\\n\\n' | uniq -c; uniq one -",
	))
}

func TestExpr(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"expr 1 + 2; expr 3 - 5; expr 2 '*' 3; expr 7 / 2; expr 7 % 2; expr 1 = 1; expr a = b; expr 2 '<' 10; expr a '<' b; expr 0; expr ''; expr 5",
		"expr abc : 'a\\(.\\)c'; expr abc : a; expr abc : x; expr abc : '\\(x\\)'; expr length abc; expr substr abcdef 2 3; expr index abc c; "+
			"expr match abc 'a.'",
		"expr 1 '|' 2; expr 0 '|' 2; expr 1 '&' 2; expr 1 '&' 0; expr '(' 1 + 2 ')' '*' 3; expr 1 / 0; expr a + 1; expr; expr 1 +; expr 1 2",
		"expr -1 + 1; expr 10 '>=' 9; expr b '!=' a; expr 2 '<=' 2; expr 1 + 2 '*' 3 - 4; expr quote 1 2; expr + length",
	))
}

func TestPathNames(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"basename a; basename a/b; basename a/b.c .c; basename /; basename a/; basename a b c; basename; basename ''; basename .c .c; "+
			"basename -- -a; basename a//b//",
		"dirname a; dirname a/b; dirname /; dirname a/; dirname /a; dirname a//b; dirname; dirname ''; dirname a/b/ ; dirname //a; dirname a/b c",
		"readlink link; readlink one; readlink broken; readlink -f link; readlink -f broken; readlink -f no/x; readlink -f dirlink/inner; readlink -f loop; "+
			"readlink -n link; readlink; readlink -f .",
		"realpath one; realpath link dirlink; realpath nothing; realpath no/x; realpath loop; realpath; realpath .; realpath dir/../one; realpath ''",
		"which sh; which nothing; which /bin/sh; which sh cat; which -a sh; which; which ./suid; PATH=/w which suid; which one",
		"pwd; cd dir; pwd; cd ../dirlink; pwd; pwd -P; cd -; cd /nothing; pwd",
	))
}

func TestModesAndTimes(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"chmod 600 one; chmod u+x,g=r,o= two; chmod a-w dir; chmod +x empty; chmod 4755 suid; chmod 9 one; chmod x one; chmod 600 nothing; chmod; "+
			"chmod 600; chmod -R 700 dir",
		"umask 077; chmod +w one; chmod =rw two; chmod u=g 'a b'; chmod g+s dir; chmod o+t dir; chmod u-s suid; chmod 0 empty",
		"touch -d '2020-01-02 03:04:05' one; touch -r one two; touch -c nothing; touch new; touch -t 202001020304 a; touch; touch -d bad one; touch no/x; "+
			"touch -h link -r one",
		"truncate -s 3 one; cat one; truncate -s 1k new; truncate -c -s 1 nothing; truncate -s x one; truncate; truncate -s 0 two; wc -c new",
		"mktemp -u XXXXXX >/dev/null; mktemp x; mktemp -q x; d=$(mktemp -d) && test -d $d && rmdir $d; mktemp -d no/XXXXXX; mktemp -t a b",
		"mkfifo p; mkfifo -m 600 q; mkfifo p; mkfifo; mkfifo a b; mkfifo no/x; mknod n p; mknod; mknod x y; mknod z c 1",
	))
}

func TestComparing(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"cmp one one; cmp one two; cmp -s one two; cmp one nothing; cmp; cmp one empty; printf 'on' > p; cmp one p; cmp one - < one",
		"diff -q one two; diff -q one one; diff -q one nothing; printf x | diff -q - one",
		"md5sum one; sha1sum one two; sha256sum < one; sha512sum empty; md5sum nothing one; sha256sum dir",
	))
}

func TestRunningCommands(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"echo a b | xargs; echo a b | xargs -n 1; printf 'a\\0b c\\0' | xargs -0 -n 1; xargs -r < empty; xargs < empty; echo a | xargs -I{} echo x{}y{}; "+
			"echo 'a \"b c\" d' | xargs -n 1; echo \"a 'b\" | xargs",
		"echo a | xargs false; echo $?; echo a | xargs nothing; echo $?; echo a | xargs sh -c 'exit 255'; echo $?; echo a | xargs -t echo; "+
			"seq 5 | xargs -n 2; echo x | xargs -n 0; printf 'a\\\\ b\\n' | xargs -n 1",
		"env -i A=1 sh -c 'echo $A$B'; env A=2 printenv A; env -u PATH /bin/echo x; env nothing; env A=1 B=2 printenv B A; printenv NOTHING; env - A=1 env",
		"sh -c 'echo $0 $1' a b; sh -c 'exit 3'; sh -ec 'false; echo no'; echo 'echo x' | sh; sh nothing; sh ./suid; printf 'echo $1' > s; sh s q; "+
			"sh -u -c 'echo $nothing'",
		"test; test a; test ''; test ! a; test a = a -a b = b; test a = b -o b = b; test '(' a = a ')'; test -e one -a ! -e nothing; test 1 -lt 2; "+
			"test x -lt 2; [ a; [ a ]; test -s empty; test one -nt two; test -k dir/sub; test -u suid; test -L link -a -p fifo",
		"hostname >/dev/null; whoami; id -u; sleep 0; sync; true; false; logger x",
	))
}
