package script

import "testing"

// Each range of cut -f has its place in the output, also one behind the last field.
func TestRangesOfFields(t *testing.T) {
	compareWithBusybox(t, eachLine(`
for l in 1,4- 1,4-5 1,5 2,4- 2,4-6 1,2,4- 3- 1,3,5-; do echo "[$l]"; printf '%s\n' a:b a:b:c a:b:c:d a : | cut -d: -f$l; done
for l in 4-,5- 4,5- 1,4,6- 1-,3- 2-,3- 4-6,9- 1-1,3- 1,3-3,5-5; do echo "[$l]"; printf '%s\n' a:b a:b:c a:b:c:d a : | cut -d: -f$l; done
for l in 1,4- 1,4-5 1,5 2,4- 3-; do echo "[$l]"; printf '%s\n' a: :b :: a:b: '' | cut -d: -f$l; done
for l in 1,1 1-2,2 2,1-3 2-3,1-2 1,2-2 3,2,1; do echo "[$l]"; printf '%s\n' a:b:c:d a:b a | cut -d: -f$l; done
for l in 1,5 2- 4,5-; do echo "[$l]"; printf '%s\n' a:b a: a '' | cut -s -d: -f$l; done
for l in -1,01 2,4-3 2-2,3-2 -3,3 -1,3 3,6 01,3,4 4-3; do echo "[$l]"; printf '%s\n' a: a:b: a:b:c a::c: ::: : | cut -d: -f$l; done
printf 'a\tb\tc\n' | cut -d '' -f2; printf 'a b\n' | cut -d '' -f1; printf 'a\tb\n' | cut -f2 -d ''
printf 'a\tb\tc\n' | cut -d '' -f2,3; printf 'a\tb\n' | cut -d '' -f1,5 | od -c | head -n 1
cut -d: -f1,7 /etc/passwd; cut -d: -f1,9 /etc/passwd | head -n 2; grep root /etc/passwd | cut -d: -f3,4,99
for l in 1,9 4- 2-3,1 9; do printf 'abcde\nab\n' | cut -c$l; printf 'abcde\nab\n' | cut -b$l; done
`))
}

func TestWhatUniqCompares(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '%s\n' '1 a' '2 a' '3 b' | uniq -f1; printf '%s\n' '1 a' '2 a' '3 b' | uniq -c -f 1
printf '%s\n' '1  a' '2 a' '  3 a' '4	a' | uniq -f1
printf '%s\n' 'x 1 a' 'y 2 a' 'z 3' 'z' '' | uniq -f2 -c
printf '%s\n' xab yab zac z '' | uniq -s1 -c; printf '%s\n' xab yab zac | uniq -s 9
printf '%s\n' abc abd acd b | uniq -w2 -c; printf '%s\n' abc abd b | uniq -w 0; printf '%s\n' abc abd | uniq -w 99
printf '%s\n' '1 xab' '2 yab' '3 yaC' '4 zac' | uniq -f1 -s2 -w1 -c; printf '%s\n' '1 a' '2 A' '3 b' | uniq -i -f1 -d
printf '%s\n' '1 a' '2 a' '3 b' '4 b' '5 c' | uniq -u -f1; printf '%s\n' 'a 1' 'b 1' | uniq -f0
uniq -f x one; uniq -f -1 one; uniq -w '' one; uniq -s 1k one; uniq -w
printf '%s\n' '1 a' '2 a' > x; uniq -f1 x y; cat y
`))
}

func TestOrderByUnits(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '%s\n' 1.5K 2K 1e3K 999 1M 1024K 5T 1P 1E -1K 1k 1m | sort -h
printf '%s\n' 1e2 9 1000 10K 0x10 | sort -h; printf '%s\n' '' 'a 2' 1e2 K 0K 0 -5 | sort -h
printf '%s\n' 1500M 1G 2G 900M 10G | sort -hr; printf '%s\n' '1K a' '1K b' '1k c' '1.0K d' | sort -h -s; printf '%s\n' 'a 2M' 'b 1G' 'c 3K' | sort -k2h
printf '%s\n' 1Z 1Y 1E 1Q 1X 1b | sort -h; printf '%s\n' 1Kx 2K 1K | sort -hu
printf '%s\n' ' 10K' '9K' '	8K' | sort -h; printf '%s\n' inf 1e400 1Y | sort -h
sort -t: -t, one; sort -o x -o y one; ls x y; sort -t: -k1 -t: one
`))
}

func TestBase64ThatIsNotClean(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo '!!!' | base64 -d; echo $?; echo 'YWJj!ZGVm' | base64 -d; echo $?; printf '!YWJj' | base64 -d; echo $?
echo 'YQ=' | base64 -d; echo $?; echo YQ | base64 -d; echo $?; echo YWI | base64 -d; echo $?; echo Y | base64 -d; echo $?
echo 'YWJj==ZGVm' | base64 -d; echo $?; echo 'YQ==YQ==' | base64 -d; echo $?; echo 'YQ=Y' | base64 -d; echo $?
printf 'YWJjZ' | base64 -d; echo $?; printf '====' | base64 -d; echo $?; printf '=YWJj' | base64 -d; echo $?; printf 'YWJj-_' | base64 -d; echo $?
printf 'YWJj\nZGVm\n\n' | base64 -d; echo $?; printf 'YW\nJj ZG\tVm\r\n' | base64 -d; echo $?; printf '\n' | base64 -d; echo $?
echo 'data:YWJj' | base64 -d | od -c
`))
}

// Text that is to follow a line is printed as soon as the next line is read, by n and N too.
func TestTextBehindLinesThatSedJoins(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"seq 4 | sed '1{a x\nN}'",
		"seq 4 | sed '1{a x\nn;s/2/T/}'",
		"seq 4 | sed -n '1{a x\nn;p}'",
		"seq 4 | sed 'a x\n$!N'",
		"seq 4 | sed '$!N;a x'",
		"seq 4 | sed '1{r one\nN}'; seq 4 | sed '1{r nosuch\nN}'",
		"seq 4 | sed '1{a x\nN;D}'",
		"seq 4 | sed '1{a x\nq}'; seq 3 | sed '1{a x\nd}'",
		"seq 3 | sed '3{a x\nN}'; seq 3 | sed '3{a x\nn}'",
		"seq 3 | sed '2{i y\na x\nN\na z\n}'",
		"printf 'a\\nb' | sed '1{a x\nN}'; printf 'a\\nb' | sed 'a x'",
		"seq 3 | sed '2,0a x'; seq 3 | sed '2,0i x'; seq 3 | sed '$,0a x'; seq 3 | sed '2,0r one'",
		"seq 3 | sed '1,2a x'; seq 3 | sed '1,2r one'; seq 3 | sed '1,2i x'; seq 3 | sed '1,+1r one'",
	))
}

func TestWhatGrepListsAndCounts(t *testing.T) {
	compareWithBusybox(t, eachLine(`
grep -L one one; echo $?; grep -L nosuch one; echo $?; grep -L two one two; echo $?; grep -L nosuch one two; echo $?
grep -L -v one one; echo $?; grep -L nosuch < one; echo $?; grep -L one nothing; echo $?; grep -L nosuch one nothing; echo $?
grep -L -l one one two; echo $?; grep -l -L nosuch one; echo $?; grep -L -c one one two; echo $?; grep -l -c one one two; echo $?
grep -q -c nosuch one; echo $?; grep -q -c one one; echo $?; grep -qc nosuch one two; echo $?; grep -c nosuch one || echo none
grep -h -H one one; grep -H -h one one; grep -h one one two; grep -hH o one two; grep -Hc one one; grep -h -c o one two
seq 5 | grep -m1 -A1 .; seq 5 | grep -m 2 -A 2 '[135]'; seq 5 | grep -m1 -A3 2; seq 5 | grep -m2 -v -A1 1; seq 3 | grep -c -m1 .
printf '%s\n' '# a' 'b #' '- c' '' | grep -n '\b'; printf '%s\n' '# a' '--' | grep -c '^\b#'; printf '%s\n' 'a b' '(c)' | sed 's/\b/|/g'
printf '%s\n' '-x' 'x-' 'a-b' | grep '\b-'; printf '%s\n' '-x' 'x-' 'a-b' | sed 's/-\b/+/'
`))
}

func TestNumbersOfPrintf(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '%f|%e|%g\n' "'a" '"b' "'"; printf '%.1f\n' 0x1f 0x1p3 010 1e3; printf '%d\n' "'a" '"b' "'" "'é"
printf '%f|%F|%e|%E|%g|%G\n' inf inf inf inf inf inf; printf '%f %G %5.1f|%-6g|\n' nan nan NAN -inf; printf '%+f % f %05f\n' inf inf inf
printf '%f\n' 1x; echo $?; printf '%f\n' ''; echo $?; printf '%f\n' ' 1'; echo $?; printf '%f\n' '1 '; echo $?; printf '%g\n' .5 5. -0 +1
printf '%d|%+d|% d|%05d\n' -0 -0 -0 -0; printf '%x %o %u\n' -1 -1 -1; printf '%d\n' -9223372036854775808 9223372036854775808; echo $?
printf '%*d|\n' 5 42 -5 42 0 42; printf '%*d|\n' 0x5 42; echo $?; printf '%*d|\n' x 42; echo $?; printf '%*d|\n' ' 5' 42 +5 42 "'a" 42; echo $?
printf '%.*f|\n' 2 3.14159 0 2.5 -1 2.5; printf '%.*s|\n' 2 abc x abc; echo $?; printf '%*s|%-*s|\n' 4 a 4 b; printf '%*d'; echo $?
printf '%#x %#X %#o %#x\n' 255 255 8 0; printf '%.3d|%.0d|%5.3d|%-5.3d|%05.3d\n' 5 0 5 5 5; printf '%+.2e|%#.0f|%#g\n' 12345.678 3 1
printf '%s|%5s|%.2s|%c|%b\n' é é é é 'a\0101\x42\n'; printf '%5%|%-5%|\n'; echo $?; printf '%5c|%-5c|%c\n' a b ''
/usr/bin/printf '%d\n' x; echo $?; /usr/bin/printf '%*d\n' x 1; echo $?; /usr/bin/printf; echo $?; /usr/bin/printf '%y\n' 1; echo $?
`))
}
