package script

import "testing"

func TestErrorsOfLetAndArithmetic(t *testing.T) {
	compareWithBusybox(t, eachLine(`
let 1/0; echo $?
let x=08; echo $? "[$x]"
let "x = '1'"; echo $?
let x=1 'y=' z=2; echo $? $x "[$y]" "[$z]"
let ''; echo $?; let ' '; echo $?; let 0; echo $?; let 1 0; echo $?; let 0 1; echo $?
set -e; let 0 || echo a; let 1; let 0; echo no
set -e; let 1/0 || echo a; echo b
readonly r=1; let r=2; echo $? $r
readonly r=1; echo $((r=2)); echo no
if let 1/0; then echo y; else echo n; fi
let x++ x++; echo $x; let 'x+=$x'; echo $? $x
let 'x=1' > out; echo $? $x; let x=2 > no/such; echo $? $x
set -u; let 'x=nosuch'; echo $?; let "x=$nosuch"; echo no
echo $(( '1' + 1 )); echo no
echo $(( "1" + 1 )); echo no
x=1; echo $(( "$x" + 1 )); echo no
x=1; echo $(( ${x:-"2"} + 1 )) $(( $(echo "3") )) $((`+"`echo '4'`"+`))
x='"1"'; echo $((x + 1)); echo no
x='1 + 1'; echo $(( x * 2 )) $(( $x * 2 )) $(( ${x} )) $((x))
`))
}

// test takes a word for an operator or not by the number of words and the places of "!" and "(".
func TestWordsThatTestTakesForOperators(t *testing.T) {
	compareWithBusybox(t, eachLine(`
[ ! ]; echo $?; [ ! ! ]; echo $?; [ ! ! ! ]; echo $?; [ ! '' ]; echo $?; [ ! ! '' ]; echo $?
[ = ]; echo $?; [ ! = ]; echo $?; [ = = = ]; echo $?; [ ! = ! ]; echo $?; [ ! = x ]; echo $?; [ ! ! = x ]; echo $?
[ -n = ]; echo $?; [ -z = ]; echo $?; [ -f = ]; echo $?; [ -d == ]; echo $?; [ -e -eq ]; echo $?; [ -n -lt ]; echo $?
[ ! -n = ]; echo $?; [ ! -f one ]; echo $?; [ ! -z '' ]; echo $?; [ ! a = a ]; echo $?; [ ! a -a b ]; echo $?
[ '(' ]; echo $?; [ ')' ]; echo $?; [ '(' = '(' ]; echo $?; [ '(' a ')' ]; echo $?; [ '(' '' ')' ]; echo $?
[ '(' -eq 1 ]; echo $?; [ '(' = ')' ]; echo $?; [ '(' a = a ')' ]; echo $?; [ '(' a == -5 ]; echo $?
[ ! '(' a ')' ]; echo $?; [ ! '(' ! a ')' ]; echo $?; [ a -a '(' ]; echo $?; [ a -o '(' ]; echo $?; [ -o -a '(' ]; echo $?
[ a -a ! ]; echo $?; [ a -a ! '' ]; echo $?; [ '' -o ! '' ]; echo $?; [ a = ! ]; echo $?; [ ! -a ! ]; echo $?
[ -a ]; echo $?; [ -o ]; echo $?; [ a -a ]; echo $?; [ a -o ]; echo $?; [ -a a ]; echo $?; [ -f -o '(' ]; echo $?
[ a = a -a b = b ]; echo $?; [ a = b -o b = b ]; echo $?; [ a = a -a b = c -o d = d ]; echo $?; [ a -a b -a '' ]; echo $?
[ ! -lt a a ]; echo $?; [ ! = a b ]; echo $?; [ ! = b == ]; echo $?; [ ! = 0 == ')' ]; echo $?; [ ! = -lt -o -5 ]; echo $?
[ -t x ]; echo $?; [ -t '' ]; echo $?; [ -t 0 -o -t 1 ]; echo $?; [ -t ]; echo $?
[ 1 -eq ]; echo $?; [ -eq 1 ]; echo $?; [ one = ]; echo $?; [ a b ]; echo $?; [ a b c ]; echo $?; [ a b c d ]; echo $?
[ -z ]; echo $?; [ -z -a -n ]; echo $?; [ -n -a -z ]; echo $?; [ -n '' -o -z '' ]; echo $?; [ a -a -n ]; echo $?
x=; [ -n $x ]; echo $?; [ -z $x ]; echo $?; [ $x = a ]; echo $?; [ x$x = x ]; echo $?; [ "$x" = "" -a -z "$x" ]; echo $?
x='a b'; [ -n $x ]; echo $?; [ $x = "a b" ]; echo $?; [ "$x" = "a b" ]; echo $?
`))
}
