package script

import "testing"

func TestReadFiles(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"cat one two empty one; cat; cat nothing one; cat dir; cat -",
		"printf 'a\nb' | cat - one; cat < one; printf 'x\n\ny' | cat -n; printf 'x\n\ny\n' | cat -b; cat -n one two; cat -u one",
		"cat 'a b' 'new\nline' ./-dash -- -dash; cat link dirlink/inner; cat broken; cat loop; cat one/x; cat ''",
		"cat one one > two; cat two; cat /dev/null",
		"seq 20 | head; seq 20 | head -n 3; seq 20 | head -n3; seq 20 | head -3; seq 20 | head -n -15; seq 3 | head -n 0; seq 3 | head -n -9",
		"seq 20 | head -c 5; echo; seq 20 | head -c -40; head -n 1 one two; head -q -n 1 one two; head -v -n 1 one; head -n 1 nothing one",
		"head -n x one; head dir; head -n 1k one; head empty one; head -c 3 - < one; printf abc | head -n 1",
		"seq 20 | tail; seq 20 | tail -n 3; seq 20 | tail -n3; seq 20 | tail -3; seq 20 | tail -n +18; seq 3 | tail -n 0; seq 3 | tail -n +0; "+
			"seq 3 | tail -n +9",
		"seq 20 | tail -c 5; seq 20 | tail -c +48; tail -n 1 one two; tail -q -n 1 one two; tail -v -n 1 one; tail -n 1 nothing one; tail -n 1 two; "+
			"printf 'a\nb' | tail -n 1",
		"tail -n x one; tail empty one; tail -n -2 one; tail +2 one",
		"wc one; wc one two empty; wc -l one; wc -l one two; wc -c < one; wc < one; wc -w two; wc -m one; printf 'é x\n' | wc -m -c -w; wc -L one; "+
			"wc -lc one; wc nothing one; wc empty; printf 'a b' | wc -l",
		"wc -l nothing; wc dir; cat one | wc -; printf 'a\\tb\\vc\\fd\\n' | wc -w; wc -c one two; wc -cl one",
		"echo hi | tee a b; echo ho | tee -a a; cat a; echo x | tee dir; echo x | tee no/x; echo y | tee; printf '' | tee e; cat one | tee -",
		"tac one; tac two; rev one; printf 'aé\nb' | rev; tac nothing",
	))
}

func TestCut(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"cut -d: -f1 /etc/passwd; cut -d : -f 1,3-4 /etc/passwd | head -n 3; cut -f 2 one; printf 'a\\tb\\tc\\n' | cut -f 2-; "+
			"printf 'a\\tb\\tc\\n' | cut -f -2",
		"printf 'a:b:c\nno\n:x:\n' | cut -d: -f2; printf 'a:b:c\nno\n' | cut -s -d: -f2; printf 'a:b:c:d\n' | cut -d: -f 4,1; printf 'a:b:c:d\n"+
			"' | cut -d: -f 2-3,3-4; printf 'a:b' | cut -d: -f3",
		"echo abcdef | cut -c2-4; echo abcdef | cut -c 1,3,5-; echo abcdef | cut -b -2; echo abc | cut -c5; printf 'aéb\n' | cut -c2; printf 'aéb\n"+
			"' | cut -b1-3; printf 'abc' | cut -c1",
		"cut -f1 nothing two; cut -c1; cut -d' ' -f2 two",
		"echo a:b | cut -f 0; echo a:b | cut -c 3-1; echo a:b | cut -f x; echo a | cut -d: -c1; echo a | cut -s -c1; echo a | cut -f 1 -c 1",
		"echo a | cut -d: one; echo ab | cut -c 1-1,2; echo ab | cut -c -; echo ab | cut -c ,1; echo ab | cut -c 1,,2; echo abc | cut -c 2,1",
	))
}

func TestTr(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"echo hello | tr a-y b-z; echo Hello | tr '[:lower:]' '[:upper:]'; echo Hello | tr A-Z a-z; echo hello | tr -d l; echo hello | tr -s l; "+
			"echo 'a  b' | tr -s ' ' '_'",
		"echo abc | tr abc x; echo abc | tr a xyz; echo abc | tr -c 'a\\n' .; echo abc123 | tr -cd '[:digit:]'; echo; echo aabbcc | tr -ds a b; "+
			"echo aabbcc | tr -s a-c; echo aabb | tr -cs a '\\n'",
		"printf 'a\\tb\\n' | tr '\\t\\n' '  '; printf 'a\\nb' | tr '\\n' '\\f' | tr '\\f' '\\n'; echo 'a\\b' | tr '\\\\' /; echo abc | tr '\\141' X; "+
			"echo 'a\"b' | tr -d '\"'; printf 'x\\0y' | tr '\\000' .",
		"echo '[ab]' | tr '[a-b]' '[x-y]'; echo 'a-b' | tr -- -a x_; echo 'a-b' | tr a- xy; echo abc | tr c-a x; echo 'a]b' | tr ']' x; "+
			"echo abc | tr '[=a=]' x; echo 'a[:b' | tr '[:b' xyz",
		"echo abc | tr '[:foo:]' x; echo 'Ab1 _;' | tr '[:alnum:]' a; echo 'Ab1 _;' | tr '[:punct:]' p; echo 'Ab1 _;' | tr -d '[:space:][:alpha:]'; "+
			"printf 'a b\\tc\\n' | tr '[:blank:]' .; echo 'Ab1gG' | tr '[:xdigit:]' x",
		"echo abc | tr a-c A-C; echo abc | tr abc-z ABC; echo é | tr é x; tr a b < empty; echo abc | tr -d -c b; echo aXbX | tr X '\\n'; "+
			"echo abc | tr a '\\\\'; echo abc | tr 'a\\' 'x'",
		"echo abc | tr a ''; echo abc | tr; echo abc | tr a; echo abc | tr a b c; echo a | tr '' b; echo 'a\\q' | tr '\\q' x; echo abc | tr '\\' x; "+
			"echo abc | tr -C 'a\\n' x",
	))
}

func TestSort(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"printf 'b\\na\\nc\\na\\n' | sort; printf 'b\\na\\nc\\na\\n' | sort -u; printf 'b\\na\\nc' | sort -r; printf '10\\n9\\n-1\\nx\\n1.5\\n 3\\n' | "+
			"sort -n; printf 'b\\nA\\na\\nB\\n' | sort; printf 'b\\nA\\na\\nB\\n' | sort -f",
		"printf 'a 3\\nb 1\\nc 2\\n' | sort -k2; printf 'a 3\\nb 1\\nc 2\\n' | sort -k 2n; printf 'a:3\\nb:1\\nc:2\\n' | sort -t: -k2; "+
			"printf 'a 3 z\\nb 3 y\\nc 2 x\\n' | sort -k2,2 -k3,3r; sort -t: -k3 -n /etc/passwd",
		"printf 'x 10\\ny 9\\nz 10\\n' | sort -k2,2nr; printf 'x 10\\ny 9\\nz 10\\n' | sort -k2,2n -k1,1r; printf 'abc\\nbbb\\ncab\\n' | sort -k1.2; "+
			"printf ' b\\na\\n  c\\n' | sort -b; printf ' b\\na\\n  c\\n' | sort",
		"sort one two; sort nothing; sort -o two one; cat two; sort -o one one; cat one; printf '' | sort; printf '\\n\\n' | sort; "+
			"printf 'b\\0a\\0' | sort -z | tr '\\0' .",
		"sort -c one; printf 'a\\nb\\n' | sort -c; printf '1\\n01\\n1.0\\n' | sort -n; printf '1\\n01\\n1.0\\n' | sort -nu; "+
			"printf '1\\n01\\n1.0\\n' | sort -ns; printf 'B\\nb\\na\\n' | sort -fu; printf 'a b\\na  b\\n' | sort -k2",
		"printf 'a-b\\nab\\na.a\\n' | sort -d; printf 'b 1\\na 1\\n' | sort -s -k2,2; printf 'b 1\\na 1\\n' | sort -k2,2; "+
			"printf 'b 1\\na 1\\nc 0\\n' | sort -r -k2,2; printf '2\\n10\\n' | sort -rn; printf 'é\\nz\\n' | sort; sort -r one two; sort dir",
		"printf '1e3\\n200\\n.5\\n+7\\n-2\\n--3\\n\\n' | sort -n; printf 'a::1\\nb:x:0\\n' | sort -t : -k 3; printf 'a b c\\na c b\\n' | sort -k 3 -u; "+
			"printf 'b\\na\\n' | sort - one",
		"printf 'b\\nb\\na\\na\\nc\\n' | uniq; printf 'b\\nb\\na\\na\\nc\\n' | uniq -c; printf 'b\\nb\\na\\na\\nc\\n' | uniq -d; "+
			"printf 'b\\nb\\na\\na\\nc\\n' | uniq -u; printf 'b\\nb' | uniq; uniq one; uniq nothing; uniq < empty; printf 'a\\nA\\n' | uniq -i; "+
			"printf 'a\\na\\nb\\n' | uniq -cd; printf 'a\\na\\nb\\n' | uniq -cu",
		"printf 'a\\na\\n' | uniq - n; cat n; uniq one m; cat m; uniq one no/x; printf '\\n\\nx' | uniq -c; uniq dir",
	))
}

func TestGrep(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"grep t one; grep -v t one; grep -c t one two; grep -n e one; grep -q x one; grep -q one one; grep -l o one two empty; grep -L o one two empty; "+
			"grep -i ONE one; grep o one two; grep -h o one two; grep -H o one",
		"grep -E '^(one|two)$' one; grep '^t' one; grep 'e$' one; grep -F 'a 1' two; grep -x one one; grep -w one one; grep -w on one; grep -o 'e' one; "+
			"grep -o '[a-z]*' two; grep -on 'e' one; grep -e one -e two one; grep -f empty one; grep ''  one; grep -v '' one",
		"grep x nothing; grep -s x nothing; grep one nothing one; grep -q one nothing one; grep -s one nothing one; grep one dir; grep x dir one; "+
			"grep -r inner dir; cd dir; grep -r inner; cd ..; grep -rl e dir | sort; grep -R deep dir",
		"printf 'a\\nb' | grep b; printf 'a\\nb' | grep -c ''; grep b; echo b | grep b -; echo b | grep -H b -; echo ab | grep -o b -; grep -m 1 e one; "+
			"grep -m1 -c e one; grep -A1 one one; grep -B1 three one; grep -C1 two one; seq 10 | grep -A1 -n '[37]'; seq 10 | grep -B1 '[37]'; "+
			"seq 12 | grep -C1 -e 3 -e 9",
		"echo 'foo.bar' | grep 'foo\\.bar'; echo 'a+b' | grep 'a+b'; echo 'aab' | grep -E 'a+b'; echo 'aab' | grep 'a\\+b'; echo 'a|b' | grep 'a|b'; "+
			"echo a | grep 'a\\|b'; echo abab | grep '\\(ab\\)\\{2\\}'; echo abab | grep -E '^(ab){2}$'; echo 'a{2}' | grep 'a{2}'; echo x | grep -E 'x{0}y'",
		"echo 'foo_bar' | grep -w foo; echo 'foo-bar' | grep -w foo; echo 'xfoo foo' | grep -w foo; echo 'xfoo foo' | grep -wo foo; "+
			"echo foo | grep -w 'fo*'; echo 'ab ab' | grep -ow ab; echo foobar | grep -wE 'foo|foobar'; echo foo | grep -w ''; echo foo | grep -xE 'fo|foo'; "+
			"echo foo | grep -x fo; echo FOO | grep -ixF foo; echo 'a.b' | grep -Fw a",
		"echo test | grep -o ''; echo aaa | grep -o a; echo 'abcabc' | grep -oE 'a|bc'; echo aaa | grep -o '^a'; echo 'aXbX' | grep -oi x; "+
			"echo abc | grep -Fo b; echo abc | grep -ov b; echo abc | grep -oc b; echo abc | grep -e b -o; echo 'one two' | grep -oE '[a-z]+'",
		"grep -E 'a{' one; grep '\\(' one; grep '[' one; grep 'a\\{1' one; grep -E '*a' one; grep -E '(' one; grep '\\' one; grep '[[:foo:]]' one; "+
			"grep '[b-a]' one; grep -E ')' one; grep '\\)' one; grep '[[.a.]]' one; grep '[[=a=]]' one",
		"grep",
		"printf 'a\\nb\\n' > pats; grep -f pats two; grep -f nothing one; grep 'one\nthree' one; grep -e 'x\ntwo' one; grep -F 'one\ntwo' one; "+
			"printf 'one\\n\\n' | grep -f - two; grep -lr inner dir/inner; grep -c x empty; grep -vc x empty; grep -nv x one two",
		"egrep 'a|b' two; fgrep 'a 1' two; fgrep -x one one; echo 'a.b' | fgrep .; printf 'é\\n' | grep '^.$'; printf 'É\\n' | grep -i é; "+
			"printf '\\303\\n' | grep .; echo 'a[b' | grep 'a\\[b'; echo 'a]b' | grep '[]]'; echo 'a-b' | grep '[a-]-'; echo 'a\\b' | grep '[\\]'; "+
			"echo '^a' | grep '[\\^]a'; echo 'tab\tx' | grep '[[:blank:]]x'",
		"grep -- -dash ./-dash; grep dash -- -dash; grep -e -x one; echo -x | grep -e -x; grep -qs x nothing; grep -cv t one two; grep -lc t one; "+
			"grep -ql t one; grep -hc t one two; grep -Hc t one; grep -on t one two; grep -s t dir; grep -m0 t one; grep t one one",
		"echo 'foo bar' | grep '\\<bar\\>'; echo 'foobar' | grep '\\<bar'; echo foobar | grep '\\bfoo'; echo 'foo bar' | grep 'foo\\b'; "+
			"echo foobar | grep 'foo\\B'; echo 'a1_' | grep '^\\w*$'; echo 'a b' | grep 'a\\sb'; echo ' ' | grep '\\S'; echo '.' | grep '\\W'; "+
			"echo 'word' | grep '\\<[a-z]\\+\\>'; echo a1 | grep -E '\\d'",
	))
}

func TestSmallCommands(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"seq 3; seq 2 4; seq 1 2 7; seq 5 -2 0; seq 3 1; seq -s, 3; seq -w 8 11; seq -w 1 5 11; seq 0; seq 1 1; seq -s ' ' 1 3; seq -- -1 -1 -3",
		"seq; seq x; seq 1 2 3 4",
		"expr 1 + 2; expr 7 - 9; expr 3 '*' 4; expr 7 / 2; expr -7 / 2; expr 7 % 3; expr -7 % 3; expr 1 + 2 '*' 3; expr '(' 1 + 2 ')' '*' 3; expr 5 - 3 - 1; "+
			"expr 0; expr ''; expr a; expr 00; expr 1 - 1",
		"expr 1 '<' 2; expr 10 '<' 9; expr a '<' b; expr 10 '<' 9x; expr a = a; expr a == b; expr 1 = 01; expr a != b; expr 2 '>=' 2; expr 1 '|' 2; "+
			"expr 0 '|' 5; expr '' '|' ''; expr 1 '&' 2; expr 0 '&' 1; expr a '&' ''",
		"expr abc : 'a\\(.\\)c'; expr abc : 'ab'; expr abc : 'b'; expr abc : '\\(x\\)'; expr /usr/bin : '.*/\\(.*\\)'; expr abc : ''; expr abcabc : '.*'; "+
			"expr match abc 'a.'; expr foo : '[a-z]*$'; expr a1b2 : '[^0-9]*\\([0-9]\\)'",
		"expr length hello; expr index hello l; expr index hello xyz; expr substr hello 2 3; expr substr hello 4 9; expr substr hello 0 2; "+
			"expr substr hello x 2; expr quote length; expr length quote match; expr + 1",
		"expr 1 +; expr 1 / 0; expr a + 1; expr '(' 1; expr 1 2; expr; expr 1 + a; expr ')' ; expr 5 % 0; expr abc : '\\('; expr a : '['",
		"uname; uname -s; uname -m; uname -sm; uname -o",
		"which cat nothing; which /bin/cat; which /w/suid /w/one; which -a cat; which; which ls cat; PATH=/w; /usr/bin/which suid",
		"md5sum one; sha1sum one two; sha256sum < one; sha512sum empty; md5sum nothing one; cat one | md5sum -; md5sum dir",
		"cmp one one; cmp one two; cmp one empty; cmp -s one two; cmp nothing one; cmp -s nothing one; cat one | cmp - one; cmp one < two; "+
			"printf 'one\\ntwo' > n; cmp one n; cmp n one; cmp",
		"diff -q one one; diff -q one two; diff one one; diff -q nothing one; cat one | diff -q - one",
		"cd /; cd w; printenv PATH; printenv NOTHING; X=1 printenv X; Y=2; printenv Y; export Y; printenv Y PATH; env | sort; cd /; env | sort; cd w; "+
			"env -i; env -i A=1 B=2; env -u PATH /usr/bin/printenv PATH; env A=1 printenv A; env A='x y' B= | sort; true",
		"env -i A=b printenv; env nothing; env ./one; env -i /bin/echo hi; env echo a b; env FOO=bar env -u FOO printenv FOO; env -; "+
			"env -0 -i A=1 B=2 | tr '\\0' '\\n'; X=y env -i printenv X",
		"date -u -d @0; date -d @1000000000 '+%Y-%m-%d %H:%M:%S'; date -d @1000000000 +%s; date -d @1000000000 '+%a %A %b %B %c %C %d %D %e %F %g %G %H %I "+
			"%j %m %M %n %p %r %R %S %t %T %u %U %V %w %W %x %X %y %Y %z %Z %%'; date -d @86400 '+%U %V %W %G'; date -d @1230768000 '+%U %V %W %G %g %j'",
		"date -d '2020-01-02 03:04:05' +%s; date -u -d 2020.01.02-03:04:05 +%s; date -d @1 -I; date -d @1 -Iseconds; date -d @1 -Iminutes; "+
			"date -d @1 -Ihours; date -d @1 -R; date -r one +%s; date -r nothing; date -d foo; date -ud @5 +%H; date -d @5 +; date --date=@5 +%s; "+
			"date -d @5 '+a%'; date -d @-1 +%s",
		"logger hello; echo x | logger -t foo; sync; sleep 0; true; false",
	))
}

func TestAwk(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"awk '{print $1}' one two; awk -F: '{print $1, $3}' /etc/passwd | head -n 3; awk -F: '$3 == 0 {print $1}' /etc/passwd; awk 'NR==2' one; "+
			"awk 'END {print NR}' one two; awk '/t/ {n++} END {print n+0}' one",
		"awk -v x=5 'BEGIN {print x*2}'; awk 'BEGIN {printf \"%s-%d-%05.2f\\n\", \"a\", 7, 3.14159}'; echo 'a b c' | awk '{print $NF; $2=\"x\"; print}'; "+
			"echo a:b | awk -F : -v OFS=- '{$1=$1; print}'; awk 'BEGIN {exit 3}'; echo 5 | awk '{exit $1}'",
		"echo 'foo bar' | awk '{sub(/o+/, \"0\"); gsub(\"a\", \"[&]\"); print; print length($0), toupper($1), substr($2, 2), index($0, \"b\")}'; "+
			"awk 'BEGIN {n = split(\"a,b,c\", p, \",\"); print n, p[3]}'; awk '!seen[$0]++' one one; awk 'BEGIN {while (i < 3) {i++; print i}}'",
		"awk '{print > \"/dev/stderr\"}' empty; awk 'BEGIN {print 1==1.0, \"a\" < \"b\", 2^10, 7%3, 1/4}'; awk '{print; next; print}' one; "+
			"awk '$1 ~ /^t/' one; awk '$0 !~ /t/' one; printf 'a b\\n\\nc d\\n' | awk 'NF'; awk 'BEGIN{RS=\"\"}{print NR\": \"$1}' one; awk nothing empty; "+
			"awk '{print}' nothing",
		"awk '{print FILENAME, FNR, NR; n[$1]++} END {for (k in n) print k, n[k]}' one x=1 two; awk 'NR == FNR {a[$1]; next} $1 in a' one one; "+
			"awk '{print x}' x=1 one; awk 'BEGIN {print ENVIRON[\"PATH\"]; while ((getline l < \"one\") > 0) print l}'; "+
			"echo in | awk '{getline x < \"one\"; print $0, x}'",
		"awk '{print > \"out\"; print $1 >> \"more\"} END {close(\"out\"); while ((getline l < \"out\") > 0) print \"read\", l}' one; cat out more; "+
			"awk 'BEGIN {print > \"/no/x\"}'; awk 'BEGIN {print 1 > \"/dev/null\"; print 1/0}'; awk '{print}' one nothing two; "+
			"awk 'BEGIN {print \"a(\" ~ \"(\", \"a\" ~ \"(\", \"a\" ~ \"[\"}'",
		"awk 'BEGIN {x = \"foo bar\"; gsub(/o+/, \"X\", x); print x; print match(\"a-b\", /[^[:alpha:]]/), \"é\" ~ /^.$/; n = split(\"b:a:c\", p, \":\"); "+
			"for (k in p) print k, p[k]}'; printf 'print 1/0\\n' > prog; printf 'BEGIN { print 1/0 }' > prog; awk -f prog",
		"awk 'BEGIN {print length(\"é\")}'; awk 'BEGIN {x[\"a\"]=1; print (\"a\" in x), (\"b\" in x); delete x[\"a\"]; print length(x)}'; "+
			"awk 'function f(a) {return a*2} BEGIN {print f(4)}'; awk 'BEGIN {print match(\"foobar\", /o+/), RSTART, RLENGTH}'; awk -f one empty",
	))
}
