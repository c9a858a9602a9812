package script

import "testing"

// TestDoubleBrackets is about [[ … ]], which to busybox's shell is a test of words that are split and become pathnames.
func TestDoubleBrackets(t *testing.T) {
	compareWithBusybox(t, eachLine(`
[[ abc =~ b ]]; echo $?; [[ abc =~ x ]]; echo $?; [[ abc =~ ^b ]]; echo $?; [[ abc =~ ^abc$ ]]; echo $?
[[ abc =~ "b." ]]; echo $?; [[ abc =~ "b"."" ]]; echo $?; [[ abc =~ b\. ]]; echo $?; [[ abc =~ b\\. ]]; echo $?
[[ a.c =~ a\.c ]]; echo $?; [[ abc =~ a\.c ]]; echo $?; [[ abc =~ 'a\.c' ]]; echo $?; [[ a.c =~ "a\.c" ]]; echo $?
[[ abc =~ "(b|x)" ]]; echo $?; [[ abc =~ '^(a|b)+$' ]]; echo $?; [[ abab =~ '^(ab)\1$' ]]; echo $?; [[ ababc =~ "^(ab)+c\$" ]]; echo $?
[[ abc =~ ^[a-z]+$ ]]; echo $?; [[ aBc =~ ^[a-z]+$ ]]; echo $?; [[ abc =~ [^a-c] ]]; echo $?; [[ abc =~ ^[[:alpha:]]{3}$ ]]; echo $?
[[ "a b" =~ a\ b ]]; echo $?; [[ "a b" =~ "a b" ]]; echo $?; [[ 'a b' =~ ' ' ]]; echo $?
x=abc; [[ $x =~ ^a && $x =~ c$ ]]; echo $?; [[ $x =~ ^b || $x =~ z ]]; echo $?; [[ ! $x =~ ^a ]]; echo $?; [[ ! $x =~ ^b ]]; echo $?
x=abc; [[ $x =~ "^a" ]]; echo $?; r='^(a|b)+'; [[ abc =~ $r ]]; echo $?; [[ abc =~ "$r" ]]; echo $?; [[ xabc =~ $r ]]; echo $?
x='a b'; [[ $x =~ b ]]; echo $?; [[ "$x" =~ b ]]; echo $?; [[ "$x" =~ $x ]]; echo $?
x=; [[ $x =~ ^$ ]]; echo $?; [[ "$x" =~ ^$ ]]; echo $?; [[ a =~ "$x" ]]; echo $?
[[ abc =~ * ]]; echo $?; [[ one =~ on* ]]; echo $?; [[ one =~ tw* ]]; echo $?; [[ abc =~ .* ]]; echo $?; [[ abc =~ x* ]]; echo $?
[[ abc =~ "[" ]]; echo $?; [[ abc =~ "(" ]]; echo $?; [[ abc =~ \(b ]]; echo $?; [[ abc =~ "*" ]]; echo $?; [[ abc =~ "a{2" ]]; echo $?; [[ abc =~ '\' ]]; echo $?
[[ 1.2.3 =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; echo $?; [[ 1x2x3 =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; echo $?; [[ v1.20 =~ ^v[0-9]+ ]]; echo $?
[[ a =~ A ]]; echo $?; [[ abc =~ a{1} ]]; echo $?; [[ aab =~ "a"+b ]]; echo $?; [[ 'a$' =~ \$ ]]; echo $?; [[ abc =~ a?b ]]; echo $?
if [[ "$(cat one)" =~ "tw" ]]; then echo y; else echo n; fi; [[ "$(uname -m)" =~ "^(x86_64|aarch64)$" ]] && echo y
f() { [[ $1 =~ ^-- ]]; }; f --a; echo $?; f a; echo $?; f; echo $?
set -e; [[ a =~ a ]]; [[ a =~ b ]] || echo n; [[ a =~ b ]]; echo never
test a =~ a; echo $?; [ a =~ a ]; echo $?; [ a =~ ]; echo $?
[[ a && b ]]; echo $?; [[ a && "" ]]; echo $?; [[ "" && a ]]; echo $?; [[ "" || a ]]; echo $?; [[ "" || "" ]]; echo $?
[[ a = a && b = b ]]; echo $?; [[ a = b && b = b ]]; echo $?; [[ a = b || b = b ]]; echo $?; [[ a = b || b = c && a ]]; echo $?; [[ a || b && "" ]]; echo $?
[[ ! a && b ]]; echo $?; [[ ! "" && b ]]; echo $?; [[ a && ! b ]]; echo $?; [[ ! a = b && ! b = a ]]; echo $?; [[ ! a = a || ! b = b ]]; echo $?
[[ -f one && -d dir ]]; echo $?; [[ -f one && ! -d one ]]; echo $?; [[ -z $x && -n "" ]]; echo $?; [[ -e nosuch || -L link ]]; echo $?
[[ 1 -lt 2 && 2 -lt 3 ]]; echo $?; [[ 1 -eq 1 || x -eq 1 ]]; echo $?; [[ 1 -eq 2 && x -eq 1 ]]; echo $?; [[ x -eq 1 ]]; echo $?
[[ abc == a* && abc != b* ]]; echo $?; [[ abc = *c || x ]]; echo $?; [[ "a*c" == "a*c" ]]; echo $?; [[ abc == "a*c" ]]; echo $?; [[ abc == a\*c ]]; echo $?
[[ abc == [a-c]bc ]]; echo $?; [[ abc == [!a]bc ]]; echo $?; [[ a/b == a*b ]]; echo $?; [[ .a == *a ]]; echo $?; [[ one == o* ]]; echo $?; [[ one == t* ]]; echo $?
[[ ! a ]]; echo $?; [[ ! "" ]]; echo $?; [[ ! $u ]]; echo $?; [[ $u ]]; echo $?; [[ ! -n $u ]]; echo $?; [[ -n $u ]]; echo $?; [[ ! ! a ]]; echo $?
x="a -a b"; [[ $x ]]; echo $?; x="a && b"; [[ $x ]]; echo $?; x="a = b"; [[ $x ]]; echo $?
[[ -d dir ]] && [[ -f one ]] && echo y; [[ $# -eq 0 && -z "$1" ]] && echo none; while [[ $i != xx && $i != xxx ]]; do i=x$i; done; echo $i
[[ a =~ "\d" ]]; echo $?; [[ 1 =~ "\w" ]]; echo $?; [[ 'a b' =~ '\s' ]]; echo $?; [[ 'a b' =~ 'a\>' ]]; echo $?
`))
}
