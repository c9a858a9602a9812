package script

import "testing"

// Arithmetic, names and words that look like something else.
func TestOddSyntax(t *testing.T) {
	compareNewShells(t, append(linesOf(`
x=5 y=x; echo $((x)) $((y)) $((x+y)) $((x++ + ++x)) $x $((x--)) $((-x)) $((+x)) $((!x)) $((~x)) $((x=y=3)) $x $y
echo $((0x)) ; echo no
echo $((08)); echo no
echo $((0b11)); echo no
echo $((2#102)); echo no
echo $((37#1)); echo no
echo $((64#_)) $((64#@)) $((36#Z)) $((16#fF)) $((2#)) ; echo no
echo $((99999999999999999999)) $((9223372036854775808)) $((-9223372036854775808)) $((0xffffffffffffffff)) $((1<<63)) $((1<<64)) $((1<<-1)) $((-1>>1)) $((-8>>1))
echo $((5/0)); echo no
echo $((5%0)); echo no
echo $((-9223372036854775808 / -1)) $((-7/2)) $((-7%2)) $((7%-2)) $((2**0)) $((2**63)) $((2**64)) $((0**0)) $((-2**2)) $((2**3**2))
echo $((2**-1)); echo no
echo $((1?2:3)) $((0?2:3)) $((1?0?4:5:6)) $((x=1?2:3)) $((1||x++)) $((0&&x++)) $x $((1,2,3)) $((x=1,x+1)) $(((1,2)+3))
echo $((1<2<3)) $((3>2>1)) $((1==1==1)) $((1!=1)) $((5&3|4^1)) $((1<<2+1)) $((!0+1)) $((~0)) $((- -1)) $((!!5)) $((1-1-1)) $((2*3%4)) $((10-2*3))
x=1; echo $((x+=2)) $((x-=1)) $((x*=5)) $((x/=3)) $((x%=2)) $((x<<=3)) $((x>>=1)) $((x|=3)) $((x&=2)) $((x^=7)) $x
echo $((++5)) $((--5)) $((5++)); echo no
x=abc; echo $((x)); x='1+1'; echo $((x)) $((x*2)) $(($x*2)); x='y+1' y=2; echo $((x)); x=' 7 '; echo $((x)); x=010; echo $((x)); x=-3; echo $((x)) $((-x)) $((4-x)); x='(1'; echo $((x)); echo no
x=1.5; echo $((x)); echo no
x='a b'; echo $((x)); echo no
x='$y'; y=3; echo $((x)); echo no
echo $(("1"+'2')); echo no
echo $(($x)) $((x)) $((unset_)) $((unset_+1)) $(( ${nosuch} + 1 )); echo no
echo $((@)); echo no
a=1; a=$((a+1)) b=$((a*2)); echo $a $b; a=$((a+1)) true; echo $a; export c=$((a<<1)); echo $c; for i in $((1+1)) $((2+2)); do echo $i; done; case $((3)) in 3) echo three;; esac
set -u; echo $((x)); echo no
set -u; echo $((x=3)) $((x+y)); echo no
set -e; : $((0)); echo a; x=$((1/0)); echo no
readonly r=1; echo $((r+1)) $((r=2)); echo no
case x in a) esac
f() echo a; f
f() if true; then echo a; fi; f
f() ( echo sub ); f
f( ) { echo sp; }; f
f () { echo sp; }; f
{ echo nl; }; f
echo() { command echo "[$*]"; }; echo a b
cd() { echo mycd; }; cd /; unset -f cd; cd /; pwd
!true
! echo a | cat; echo $?
echo ${-} ${#} ${?} ${#-} ${##} ${#?} ${#:-x} ${-:+y} $# $#x ${#1} ${1#} ${#x}
echo ${x-y}z} ${x+}y} ${x:-{a}} ${x:-'}'}
echo a#b #c
echo \# "#" '#' a\#b; #x
echo a\
< /dev/null
> /tmp/x < /dev/null; rm /tmp/x
echo <&a; echo no
echo >& 1
echo 1>&1 2>&1 3>&2
echo a>/tmp/x; cat /tmp/x; echo 1>/tmp/x; cat /tmp/x; echo 1 >/tmp/x; cat /tmp/x; echo a1>/tmp/x; cat /tmp/x; echo "1">/tmp/x; cat /tmp/x; echo \1>/tmp/x; cat /tmp/x; rm /tmp/x
x=1 y=2 z; echo no $?
x=1; x =2; echo $?; x= 2; echo $?; "x=3"; echo $?; x\=4; echo $?; $nosuch; echo $?; "$nosuch"; echo $?; '' ; echo $?
x=1 x=2; echo $x; x=a y=$x; echo $y; x=$x$y x=$x; echo $x; x='a b' ; y=$x; echo "$y"; y="$x"c; z=*; echo "$z"; z=~; echo $z
true && x=5 || x=6; echo $x; x=7 && echo $x; y=8 | true; echo "[$y]"; (z=9); echo "[$z]"; { w=10; }; echo $w
x=1 else
\else
"then"
echo else then fi
case a in else) echo b;; esac
for else in 1 2; do echo $else; done
else=1; echo $else
time true
function f { echo a; }; f
function f() { echo b; }; f
wait %1; echo $?
`),
		"echo $((`echo 3`+$(echo 4))) $((${#x}+1)) $(($#)) $(($?)) $((${x:-5})) \"$((1+1))\" $((1+1))a a$((1))b",
	))
}
