package script

import "testing"

func TestExprForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
expr 1 + 2; expr 5 - 7; expr 3 \* 4; expr 7 / 2; expr 7 % 3; expr -7 / 2; expr -7 % 3
expr 1 / 0; echo $?; expr 1 % 0; echo $?
expr a + 1; echo $?; expr 1 + a; echo $?; expr 1 + ''; echo $?; expr '' + 1; echo $?
expr 1 +; echo $?; expr + 1; echo $?; expr; echo $?; expr 1 2; echo $?
expr 9223372036854775807 + 1; expr 9223372036854775808 + 0; echo $?; expr -9223372036854775808 - 1
expr 0x10 + 1; echo $?; expr 010 + 1; expr ' 1' + 1; echo $?; expr 1' ' + 1; echo $?; expr +1 + 1; echo $?
expr 1 \< 2; expr 2 \< 10; expr a \< b; expr 2 \< a; expr 10 \< 9a; expr b \< a; echo $?
expr 1 \<= 1; expr 1 \>= 2; expr 1 = 1; expr 1 == 1; expr 1 != 1; expr a = a; expr 01 = 1; expr a != b
expr '' \| 5; expr 0 \| 5; expr 00 \| 5; expr a \| b; expr 0 \| 0; echo $?; expr '' \| ''; echo $?
expr 1 \& 2; expr 0 \& 2; expr '' \& 2; expr 1 \& ''; echo $?; expr a \& b
expr 1 \| 1 / 0; echo $?; expr 0 \& 1 / 0; echo $?
expr 1 + 2 \* 3; expr \( 1 + 2 \) \* 3; expr 2 \* 3 + 1; expr 10 - 2 - 3; expr 100 / 10 / 2
expr 1 = 1 = 1; expr 1 = 2 = 0; expr 2 \> 1 \> 0; expr 1 + 1 = 2; expr 0 \| 1 \& 0; echo $?
expr \( 1; echo $?; expr 1 \); echo $?; expr \( \); echo $?; expr \( 1 \) \); echo $?; expr \(; echo $?
expr abc : a; expr abc : b; expr abc : abc; expr abc : .; expr abc : '.*'; expr abc : ''; echo $?
expr abc : 'a\(.\)c'; expr abc : 'a\(x*\)'; echo $?; expr abc : '\(x\)'; echo $?; expr abc : 'x\(.\)'; echo $?
expr abc : '^a'; expr abc : '^b'; echo $?; expr abc : 'c$'; echo $?; expr abc : '.*c$'; expr 'a^b' : 'a^b'
expr aab : 'a*'; expr aab : 'a\{2\}'; expr aab : 'a+'; echo $?; expr aab : 'a\+'; expr ab : 'a?b'; expr ab : 'a\?b'
expr 'a(b' : 'a('; expr 'a.b' : 'a\.b'; expr 'axb' : 'a[x-z]b'; expr ab : 'a\|b'; expr b : '\(a\|b\)'
expr abcabc : '\(abc\)'; expr abc : '\(a\)\(b\)'; expr abc : '\(\)'; echo $?; expr äb : '.*'; expr äb : '\(.\)'
expr abc : '\('; echo $?; expr abc : '['; echo $?; expr abc : '*'; expr '*a' : '*a'; expr abc : 'a\{1'; echo $?
expr match abc 'a.'; expr match abc '\(a.\)'; expr match abc; echo $?; expr match; echo $?
expr substr abcdef 2 3; expr substr abcdef 0 3; echo $?; expr substr abcdef 2 0; echo $?; expr substr abc 2 99
expr substr abc -1 2; echo $?; expr substr abc x 2; echo $?; expr substr abc 9 2; echo $?; expr substr äbc 2 1
expr substr abc 2; echo $?; expr substr; echo $?; expr substr abc 1 1 1; echo $?
expr index abcdef d; expr index abcdef fd; expr index abcdef x; echo $?; expr index abc ''; expr index '' a; expr index äb b
expr length abc; expr length ''; echo $?; expr length äb; expr length; echo $?; expr length a b; echo $?
expr quote length; echo $?; expr + length; echo $?; expr quote match; expr quote; echo $?; expr length quote
expr length + 1; echo $?; expr length 1 + 1; expr index ab b + 1; expr match ab a \| 0; expr \( length abc \) + 1
expr match = match; echo $?; expr index : index; echo $?; expr length = length; echo $?
expr -- 1 + 1; echo $?; expr --; echo $?; expr -- -1; expr -1; echo $?; expr -- -- ; echo $?
expr 0; echo $?; expr 00; echo $?; expr -0; echo $?; expr ''; echo $?; expr a; echo $?; expr ' '; echo $?
expr 1 '>' 2 '|' 3; expr 3 '<' 2 '|' 0; echo $?; expr 5 '&' 6 '|' 7; expr a : b '|' c; expr abc : '\(b\)' '|' none
expr 2 '*' '(' 3 '+' 4 ')'; expr '(' 2 '*' 3 ')' '=' 6; expr '(' a '|' b ')'; expr '(' '(' 1 ')' ')'
expr 1 - -1; expr -1 - 1; expr -1 '*' -1; expr - 1; echo $?; expr 1 -1; echo $?
expr --help > /dev/null 2>&1; echo $?; expr --version 2>&1 | head -n 1; expr -x; expr -- -x
`))
}

func TestWordsOfTest(t *testing.T) {
	compareWithBusybox(t, eachLine(`
for a in '' a 0 '(' '!' -n -f = -a; do test "$a"; echo $?; test ! "$a"; echo $?; done
for o in -n -z -f -e -r -a -o '!' '('; do test $o; echo $?; test $o ''; echo $?; done
for o in = == != '<' '>' -eq -nt -a -o; do test a $o a; echo "$o $?"; done 2>&1
for o in -eq -ne -lt -le -gt -ge; do test 1 $o 2; echo $?; test 2 $o 1; echo $?; test 2 $o 2; echo $?; done
for f in one dir link broken fifo nothing suid /dev/null empty; do for o in b c d e f h k L p S s u g; do test -$o $f && printf $o; done; echo " $f"; done
for f in one dir nothing suid; do for o in r w x O G; do test -$o $f && printf $o; done; echo " $f"; done
for o in a -b c; do test -$o 2>&1; echo $?; test - $o; echo $?; done
test 1 -eq 01; echo $?; test 1 -eq ' 1 '; echo $?; test 1 -eq 1x; echo $?; test 1 -eq ''; echo $?; test a -eq a; echo $?
test 0x10 -eq 16; echo $?; test -1 -lt +1; echo $?; test 9223372036854775807 -gt 1; echo $?; test 9223372036854775808 -gt 1; echo $?
test a -a b; echo $?; test a -a ''; echo $?; test '' -o b; echo $?; test '' -o ''; echo $?; test '' -a a -o b; echo $?; test a -o b -a ''; echo $?
test ! a -a b; echo $?; test ! '' -a b; echo $?; test ! a -o b; echo $?; test \( a -o '' \) -a ''; echo $?; test ! \( a -a '' \); echo $?
test \( a \); echo $?; test \( '' \); echo $?; test \( a = b \); echo $?; test \( \); echo $?; test \( a; echo $?; test a \); echo $?
test a b; echo $?; test a b c; echo $?; test a = b c; echo $?; test -n a b; echo $?; test = = =; echo $?; test ! = !; echo $?; test -f = -f; echo $?
test ! ! a; echo $?; test ! ! ! a; echo $?; test ! a = a; echo $?; test ! a = b; echo $?; test ! -n ''; echo $?; test ! ! ''; echo $?
test one -ef one; echo $?; test two -ef hard; echo $?; test one -ef link; echo $?; test one -ef two; echo $?; test one -ef nothing; echo $?
touch -d @5 old; test one -nt old; echo $?; test one -ot old; echo $?; test nothing -nt one; echo $?; test one -nt nothing; echo $?; test one -nt one; echo $?
[ a = a; echo $?; [ ]; echo $?; [; echo $?; [ a ]; echo $?; [ a ] ]; echo $?; [ ! ]; echo $?; [ -n ]; echo $?
/usr/bin/test a = b; echo $?; /usr/bin/[ a = a ]; echo $?; /usr/bin/[ a = a; echo $?; /usr/bin/test; echo $?; /usr/bin/test 1 -eq x; echo $?
test a \< b; echo $?; test b \< a; echo $?; test a \> b; echo $?; test A \< a; echo $?; test '' \< a; echo $?; test ab \> a; echo $?
test -t 0; test -t 9; echo $?; test -t x; echo $?; test -t; echo $?; test -e ''; echo $?; test -f one/; echo $?; test -d dir/; echo $?; test -d link/; echo $?
[[ a = a ]]; echo $?; [[ a == b ]]; echo $?; [[ ! a ]]; echo $?
`))
}
