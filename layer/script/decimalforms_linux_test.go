package script

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// calculatorBatches makes a case of every 20 programs, each of which runs alone.
func calculatorBatches(command, programs string) []scriptCase {
	var cases []scriptCase
	for batch := range slices.Chunk(calculatorCases(command, programs), 20) {
		var script strings.Builder
		for i, c := range batch {
			fmt.Fprintf(&script, "echo '# %d'; %s\n", i, c.script)
		}
		cases = append(cases, scriptCase{name: batch[0].name, script: script.String()})
	}
	return cases
}

// An "else" follows its "if" on the same line, and a body is at most on the next one.
func TestStatementsOfBC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("bc", `
if (1) { if (0) 2 else 3 } else 4
i=0; while (i<3) ++i; i
for (i=0;i<3;) { i+=1 }¶i
for (;i<3;++i) i
for (i=0;;++i) { if (i>2) break }¶i
for (i=0;i<3;++i) { for (j=0;j<3;++j) { if (j==1) break; j }; i }
while (0) { x }¶5
/* a */ 1 /* b */ + /* c */ 2
1 # x¶2
1 \¶+ 2
1;quit;2
1¶quit¶2
if (1) halt;2
1;halt
if (.0) 1 else 2
if (0.00) 1 else 2
if (-1) 1
while (i++<3) i
while (++i<3) i
while ((i+=1)<3) i
if (a=5) a
if (!a) 1
if (1==1&&2==2) 3
if (1) { }
{}
{ }¶1
{¶}¶
;¶;;
for (i=0;i<2;++i)¶i
while (i<2)¶i+=1¶i
if (1) 1¶2
{ while (1) { break }; 5 }
while (1) { if (1) { break; 4 }; 5 }; 6
;1
{;1;}
if (0) {1} else 2
if (0) 1 else¶2
if (1) if (0) 2 else 3
if (0) { 1¶2¶} else { 3¶4¶}
if (0) {¶1¶} else {¶3¶}
if (0) {¶¶1¶} else {¶¶3¶}
while (i<1) {¶¶i+=1¶¶}
`))
}

// A zero that is read has no scale, while one that is calculated has that of its operands.
func TestNumbersOfBC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("bc", `
sqrt(15);sqrt(16.0);sqrt(.0001)
sqrt(-0.1)
length(0);length(0.0);length(1.0);length(100);length(0.001);length(00100);length(-5.55)
scale(0);scale(0.0);scale(1.230);scale(.5);scale(-1.5)
-2^2;(-2)^2;-2^3;2^-2;2^0;0^1;1^100
2^3^2;(2^3)^2
2^(1/2)
0^-1
10%0
A;B;F;AB;FF
00;0.00;.0;0.;-0;-0.0
1.;.1;1.10;01.50
1- -1
1 - - 1
- - 1
length(a)
(((((1)))))
99999999999999999999999999999999999*99999999999999999999999999999999999
print 1;print 2
7/2;-7/2;7/-2;-7/-2
0.1+0.2;1.10+2.2;1-1.00
1.0-1;1.50-1.5;0.0+0;0*1.55;1.55*0;0/5.55
	1	+	2
2^2.0;2^2.5
2^2.00;2^-1.0;1.5^2.000
2^.0;2^0.0
2^1.50
2^-1.50
1+-1
1-(-1)
2/-1
sqrt(99999999999999999999999999999999)
99999999999999999999999/7;99999999999999999999999%7
5+0.00;scale(5+0.00);scale(0.00+5);scale(5-0.000);scale(0.00-5.1)
1.5%0.5;scale(1.5%0.5);scale(0.00%1)
`))
}

// An assignment binds more tightly than a comparison, and prints nothing.
func TestAssignmentsOfBC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("bc", `
x=3;x*x;x/2;x%2;x^x
scale=2;x=1.555;x*x;x/3;x^2;-x;x-.005
scale=5;1/3;scale=2;1/3;scale=0;1/3
scale=10;sqrt(2);sqrt(0);sqrt(1);sqrt(.25);sqrt(144)
ibase=2;101;111;12;ibase=1010;10
ibase=16;F;10;obase=2;F
obase=2;255;-1;0;obase=16;255;4095;obase=3;8;obase=7;48
scale=2.7;scale
ibase=10.5;10
5%3;-5%3;5%-3;-5%-3;5.5%2;scale=2;5.5%2;5.55%1.1
a=b=5;a;b;a=(b=6)+1;a;b
a+=b+=2;a;b
a=5;a++;a;++a;a;a--;a;--a;a
a=5;-a++;a;a++*2;2*++a
a=5;b=a+++1;a;b
a++;a
a=1;a++;;a;;
a[0]=1;a[0]++;a[0];++a[0];a[0];a[5];a[1.9]=7;a[1]
i=3;a[i]=i;a[i];a[a[i]]
.;1;.+1;last;last*2
last=5;last;.
1;2¶last
a;b;ab;a_1;a1
a=A;a;ibase=16;A;AA
scale=3;1.1*1.1;1.111*1.1;1.1111*1.11111;scale=0;1.1*1.1;1.11*2
scale=1;2.55/1;2.55*1;-2.55/1
scale=2;100*1.05;100*1.055;1.005*100;.1*.1
1.5^2;scale=1;1.55^2;scale=4;1.55^2;1.5^-1
scale=2;2^-3;.5^-2
1/3*3;scale=4;1/3*3
scale=3;0/5;0.0*1;5*0
a=1.50;a;a+0;a*1;a/1;-a
a=.5;-a;a-1;a-a
scale(1-1.000);scale(0*1.55);x=1.50-1.50;x;scale(x)
scale=5;scale(0/3);scale(1/3*0);scale(sqrt(0));scale(0^3);scale(0.000+1);scale(1%1)
x=0.000;scale(x);x=-0.00;scale(x);x
a=.000;scale(a);a[1]=0.0;scale(a[1]);length(0.00);length(0.000)
x=5;x^=2;x;x%=7;x;x/=2;x;x*=1.5;x
x^=-1
x=2;x^=-1;x;scale=3;x=2;x^=-1;x
x=2;y=x^=3;x;y
scale+=3;scale;scale++;scale;--scale;scale
ibase+=6;10;ibase
last+=1;last;.
a=5;a=a;a;a=-a;a
a=1;b=a++ + ++a;a;b
a=3;a-- - --a;a
a=2;-a^2;(-a)^2;2^-a
scale=3;-1.5^3;(-1.5)^3;1.5^-3
scale=0;1.25^2;1.25*1.25;scale=1;1.25*1.25
scale=3;1.23456*1;1.23456/1;1.23456+0;1.23456%1
scale=2;10.5%3;-10.5%3;10%.3;1%.07;scale=0;10%.3;10.55%.3
scale=6;sqrt(2);sqrt(2.5);sqrt(.5);sqrt(100);sqrt(99.999999)
scale(0^3);scale=4;scale(0^3);scale(0^-1);0^0;scale(0^0)
x=0.00;x+1.5;x*5.55;scale(x*5.55);scale(0.00*5)
`))
}

// Comparisons and "!" give 1 or 0, and nest in parentheses.
func TestComparisonsOfBC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("bc", `
1<2;2<1;1<=1;1>=2;1==1.0;1!=1;(1<2)+(2<3)
1<2<3;3>2>1
1&&0||1;0||0&&1;1||0&&0
!-1
2*!1
2+!3
!1+1
1-!1
1*!0
0==-0;0.0==0;.10==.1;-1<-.5
1>2||3>2;1>2&&3>2
x=1||0;x
(x=1||0);x
x=(1||0);x
x=1<2;x
(x=5)<3;x
1<(x=5);x
x=y<3;x
x=3<y;x
1+1<3
1<2==1
!1==0
!(1==0)
(!0)
a[!0]=3;a[1]
sqrt(!0)
2^!0
a=!0;a
(1)+(!0)
((!0))
!((1))
!!0;!!!0
-(1+!0)
`))
}

// A number is broken where 69 characters would be on a line, those of texts before it included.
func TestLinesOfBC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("bc", `
if (1) "a"; if (0) "b"; "c¶"
print "a"; print "b", "c"; print 1,2,"¶"
print "\a\b\f\r" ; print "x\\n"
"a\nb"¶print "a\nb"
"";1;last
"a\¶b"
"a";"b"
2^250
2^-250
scale=80;1/3
scale=67;1/3
scale=68;1/3
scale=66;1/3;-1/3
1111111111111111111111111111111111111111111111111111111111111111111
11111111111111111111111111111111111111111111111111111111111111111111
111111111111111111111111111111111111111111111111111111111111111111111
-1111111111111111111111111111111111111111111111111111111111111111111
-11111111111111111111111111111111111111111111111111111111111111111111
print 11111111111111111111111111111111111111111111111111111111111111111111111111
print "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
print "abc";11111111111111111111111111111111111111111111111111111111111111111111111111
print "abc",11111111111111111111111111111111111111111111111111111111111111111111111111
print "abc\n";1111111111111111111111111111111111111111111111111111111111111111111111
print "abc¶";1111111111111111111111111111111111111111111111111111111111111111111111
"abc";1111111111111111111111111111111111111111111111111111111111111111111111
"abc¶";1111111111111111111111111111111111111111111111111111111111111111111111
"abc\n";1111111111111111111111111111111111111111111111111111111111111111111111
print "a\tc";1111111111111111111111111111111111111111111111111111111111111111111111
print "a\qc";1111111111111111111111111111111111111111111111111111111111111111111111
print 1;1111111111111111111111111111111111111111111111111111111111111111111111
print 1,2,3;print -1111111111111111111111111111111111111111111111111111111111111111111111
1;1111111111111111111111111111111111111111111111111111111111111111111111
print "1234567890123456789012345678901234567890123456789012345678901234567890123";1
print "1234567890123456789012345678901234567890123456789012345678901234567";12
print "12345678901234567890123456789012345678901234567890123456789012345678";12
print "123456789012345678901234567890123456789012345678901234567890123456789";12
print "123456789012345678901234567890123456789012345678901234567890123456789";-.5
print "12345678901234567890123456789012345678901234567890123456789012345678";-.5
print "1234567890123456789012345678901234567890123456789012345678901234567";-.5
obase=2;2^68-1;2^68;-2^67;obase=16;2^300
print "a\nb\tc";1111111111111111111111111111111111111111111111111111111111111111111111
"a¶b¶";"c";1111111111111111111111111111111111111111111111111111111111111111111111
`))
}

// Numbers, the stack, and the bases in which they are read and printed.
func TestNumbersOfDC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("dc", `
1 2+p
1p2p
1 2 3f
1 2 3 rf
1dpf
1r
zp1zp
1 2zp
_1p
_.5p
1.2.3p
1_2f
-1p
1 2-p
2 1-p
_3_4*p
3 _4/p
2k3 _4/p
2k 1.555 1*p 1.555 1/p
0k 7 2/p 7 2%p _7 2%p 7 _2%p
2k7 2%p 7.55 2%p
2 3^p 2 _3^p 4k2 _3^p
2 .5^p
2 1.0^p
0 0^p 0 _1^p
1 0/p
1 0%p
2vp 4vp 3k2vp
_1v
0vp
9Zp 99Zp 0Zp 1.25Zp .001Zp
1.250Xp 0Xp 0.0Xp
1n2n
16o255p
2o5p8o64p
16oFp
16iFFp
16iFp
16i10p10ip
8i77p9p
2i2p12p
Fp AAp
10 5+p#c
1p # 2p
 1 	2
1p¶2p
1 2++p
1Kp
3kKp1.5kKp
Ip16iIp
Op16oOp2iIp
I p A i I p
99999999999999999999 99999999999999999999*p
2 300^p
1 2 3+-p
1.5 2.25+p 1.50 2.5-p
3k 1 3/ 3*p
0.0p .0p 00p 0_1p
1.0p 1.50p 01p
1 d d f
1 2 c f z p
3 4 r - p
10 3 ^ 2 / p
4 2 3 1 f
16o 2 300^p
8o 2 300^ _1*p
`))
}

// Texts, registers, and what ends a text that runs.
func TestMacrosOfDC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("dc", `
[a[b]c]p
[a]n[b]n
[a]P[b]P
[1p]x
[2 3+p]x
[[1p]x2p]x3p
[q]x1p
[[q]x1p]x2p
[[[q]x1p]x2p]x3p
1pq2p
1sa2salap
1Sa2SaLapLap
1Sa2saLap
1sala lapp
lxp
[1p]sa lax lax
5sa la1+sa lap
1sAlAp
1s	l	p
1sa[2]salap
[1p]sa1 2>a
[1p]sa2 1>a
[1p]sa1 1>a
[1p]sa1 1!>a
[1p]sa1 2<a2 1<a
[1p]sa1 1=a1 2=a
[1p]sa1 1!=a1 2!=a
[1p]sa1 1!<a1 2!<a2 1!<a
3sa1 1=af
[la1-dsap0<b]sb5salbx
[la1-dsap0!=b]sb3salbx
[d1-d0<f*]sf5lfxp
[d1-d1<f*]sf10lfxp
[dnlax]sa
# only
1x p
[1]xp
1 x f
lalap
[p]x
5[p]x
5[d*p]dsax x
[0 1 2 3]xf
3sa1 1=a 5p
`))
}

// A line of dc has a character more than one of bc.
func TestLinesOfDC(t *testing.T) {
	compareWithBusybox(t, calculatorBatches("dc", `
2 200^p
11111111111111111111111111111111111111111111111111111111111111111111p
111111111111111111111111111111111111111111111111111111111111111111111p
111111111111111111111111111111111111111111111111111111111111111111111n
_11111111111111111111111111111111111111111111111111111111111111111111p
[1234567890123456789012345678901234567890123456789012345678901234567890123]p
[abc]p 1111111111111111111111111111111111111111111111111111111111111111111111p
[abc]n 1111111111111111111111111111111111111111111111111111111111111111111111p
[abc]P 1111111111111111111111111111111111111111111111111111111111111111111111p
[a¶c]P 1111111111111111111111111111111111111111111111111111111111111111111111p
1n 1111111111111111111111111111111111111111111111111111111111111111111111p
1p 1111111111111111111111111111111111111111111111111111111111111111111111p
1f 1111111111111111111111111111111111111111111111111111111111111111111111f
70k1 3/p
70k_1 3/p
[a¶c]p 1111111111111111111111111111111111111111111111111111111111111111111111p
[abc]f 1111111111111111111111111111111111111111111111111111111111111111111111p
[a]p[b]p[c]p1111111111111111111111111111111111111111111111111111111111111111111111p
[]p 1111111111111111111111111111111111111111111111111111111111111111111111p
2o 2 68^1-p 2 69^1-p 2 70^1-p 2 300^p
`))
}
