package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// calculatorCases makes a case of each program.
func calculatorCases(command, programs string) []scriptCase {
	var cases []scriptCase
	for program := range strings.SplitSeq(strings.TrimSpace(programs), "\n") {
		text := strings.ReplaceAll(program, "¶", "\n")
		cases = append(cases, scriptCase{name: command + ": " + program, script: "cd /w; " + command + " <<'E'\n" + text + "\nE\necho $?"})
	}
	return cases
}

func TestBC(t *testing.T) {
	compareWithBusybox(t, calculatorCases("bc", `
1/3
scale=3; 1/3; -1/3; .5; -0.5; 1.50+.25; 10%3; scale=0; -7%3; 7%-3; 2^10; 2^-1; 0^0; sqrt(2)
scale=4; sqrt(2); 2^-2; 1.5^3; 1.1*1.11; 5.5%2; length(12.345); scale(1.230); length(0); length(.001); length(0.10); length(-12)
a=5; a; a+=2; a; ++a; a++; a; a^=2; a; last; .; a-=.5; a; a*=3; a; a/=4; a; a%=7; a; --a; a--; a
obase=16; 255; 256; 0; -17; obase=2; 10; obase=8; 64; ibase=16; FF; obase=A; ibase=A; A; 15; A1
ibase=16; A; FF; obase=10; 20; 0
ibase=8; 19; 17; 9; 777
1/0
1; 1%0; 2
sqrt(-1)
2^1.5
"hello¶world"; print "a\n", 1+1, "\tx\q\\"; 3
"no newline"
print a=3; a
if (1>2) 3 else 4; if (1<2) { 5; 6 }¶while (i<3) { i=i+1; i }¶for (j=0;j<3;++j) j; for (;;) { break }
if (0) { 1 } else if (1) 2 else 3¶if (1)¶ 4¶if (0) 5¶6
for (i=0; i<5; i++) { if (i==3) break; i; }; i
for (i=0; i<2; i++) for (j=0; j<2; j++) { i*10+j; if (j==0) break }
while (1) { while (1) { break }; x=x+1; if (x>3) break; x }
a[1]=3; a[2]=4; a[1]+a[2]; a[0]; a[1+1]*=2; a[2]; a[a[1]]=9; a[3]; a
i=1; a[i++]=5; i; a[1]; a[i--]; i; a[i++]+=2; a[1]; i; a[a[a[0]]]; -a[1]; a[1]-1; a[1]--; a[1]; b-1
1==1; 1!=1; 1<=2; !0; 1&&0; 1||0; 1<2; 2>=2.0; !3; !0+1; 1.0==1; 0||0&&1
a=1; (a=2); a=(b=3); b; a=b=4; a; b; 1+(a=7); a
2^300
-2^300*2^300; 2^-1; -2^2; 2^3^2; -(3); - 3; 3- -2; 2*-3
# comment¶/* c */ 1; /* more¶lines */ 2 # end
quit¶1
1; halt; 2
if (0) halt; 1
scale=20; 1/7; 100000000000000000000/3; 22/7*3.14; 1.000*2; 0.000
1.000; 00012; 1.; .5+.5; 0.0*3; 1-1.000
1;;2;
e=1;e; ab_1=2; ab_1
10 / 4; scale=2; 10/4; 10.00/4; (1+2)*3/4; 7/2*2; 7%2.5; -7.5%2
scale=5; x=2; (x+sqrt(x^2+4))/2; x^2-3*x+.5
ibase; obase; scale; scale=3; scale; scale(1.25)
{ 1; 2 }¶{¶3¶}
x; y+1; last+1
1 +\¶2
scale=10; 4*(1-1/3+1/5-1/7+1/9)
for (i=66; i<72; i++) { 10^i; -10^i; scale=3; 10^i+.125 }
123456789*987654321; 99999999999999999999+1; 1-99999999999999999999999
`))
	compareWithBusybox(t, calculatorCases("bc -q", "1+1"))
	compareWithBusybox(t, calculatorCases("bc -l", "1/3; scale"))
	compareWithBusybox(t, []scriptCase{
		{name: "files", script: "cd /tmp; echo 1+1 > a; echo 2+2 > b; echo 3 | bc a b; echo 3 | bc nosuch; echo $?; echo '5*5' | bc; x=$(echo 'scale=2; " +
			"7/3' | bc); echo $x"},
	})
}

func TestDC(t *testing.T) {
	compareWithBusybox(t, calculatorCases("dc", `
1 2 + p
2k 1 3 / p
_5 p _1.50 p .5 p 5. p 0.000 p
5 3 - p f
1 2 3 f c f
10 3 % p 2k 10 3 % p
2 10 ^ p 2 v p 4k 2 v p 2 _2 ^ p
5 sa la p la p 6 sa la p lz p
[hello] p
[1 p] x 2p
1 d p r p
16 o 255 p 2o 5p 10o 255p
16 i FF p A p Ai 10 p
[la 1 + d sa p la 3 >b] sb 0 sa lb x
[la1+dsap la3!<b]sb0sa lbx
p
1 +
1 0 /
[abc] P [def] n
5 Z p 1.25 X p 1.25 Z p
z p 1 2 z p
I p O p K p 3k Kp
1 q 2 p
[[x]p] x
1 Sa 2 Sa La p La p
1 2 3 la 1 2 =x p
[1p]sa 1 1 =a 1 2 =a 1 2 !=a 1 2 >a 1 2 <a
# c¶1 p # d¶2 p
1 n 2 n
[[1p q 2p] x 3p] x 4p
2 200 ^ p
_3 2 * p 7 _2 / p 7 _2 % p
`))
	compareWithBusybox(t, []scriptCase{
		{name: "options", script: "cd /tmp; echo 3p > f; dc -e '1 2 + p' -e '2 p'; dc f; dc -f f; dc -e 1 -f f -e +p; echo $?; echo 4p | dc; echo 5p | dc -; " +
			"dc nosuch; echo $?; dc f -e 1p"},
	})
}

// TestBCAtRandom compares random expressions.
func TestBCAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	value := func() string {
		switch r.IntN(6) {
		case 0:
			return fmt.Sprint(r.IntN(10))
		case 1:
			return fmt.Sprintf("%d.%0*d", r.IntN(1000), 1+r.IntN(6), r.IntN(10))
		case 2:
			return fmt.Sprintf(".%0*d", 1+r.IntN(8), r.IntN(10))
		case 3:
			return fmt.Sprintf("%d%d", r.Uint64(), r.Uint64())
		}
		return string(rune('a' + r.IntN(4)))
	}
	var expression func(depth int) string
	expression = func(depth int) string {
		if depth == 0 {
			return value()
		}
		switch r.IntN(10) {
		case 0:
			return "(" + expression(depth-1) + ")"
		case 1:
			return "(-" + value() + ")"
		case 2:
			return value() + "^" + fmt.Sprint(r.IntN(7)-2)
		case 3:
			return "(" + expression(depth-1) + [...]string{"<", "<=", "==", "!=", ">", ">="}[r.IntN(6)] + expression(depth-1) + ")"
		}
		return expression(depth-1) + [...]string{"+", "-", "*", "/", "%", "*"}[r.IntN(6)] + expression(depth-1)
	}
	var cases []scriptCase
	for i := range 12 {
		var program strings.Builder
		for range 25 {
			fmt.Fprintf(&program, "scale=%d; %c=%s; ", r.IntN(12), 'a'+r.IntN(4), value())
			fmt.Fprintf(&program, "if (1) %s\n", expression(3))
		}
		// An error ends bc, so each line has one of its own.
		cases = append(cases,
			scriptCase{name: fmt.Sprint(i), script: "while read -r line; do echo \"$line\" | bc; echo $?; done <<'E'\n" + program.String() + "E"})
	}
	compareWithBusybox(t, cases)
}

func TestDecimalsThatAreRefused(t *testing.T) {
	for program, want := range map[string]string{
		"define f(x) { return x }": "bc: define is not supported", "f(1)": "bc: the function f is not supported",
		"obase=16; 1.5": "bc: a fraction in another base than ten is not supported",
		"2^99999999":    "bc: a power of more than 20000 digits is not supported", "while (1) x=x+1": "line 2: ", "1 2": `bc: "2" is not supported`,
		"(1":                     `bc: "\n" where ")" is wanted is not supported`,
		strings.Repeat("(", 500): "bc: more than 100 expressions within each other is not supported",
		"x=3; while (1) x*=x":    "bc: a number of more than 20000 digits is not supported",
	} {
		tree := newTree(t)
		if err := tree.WriteFile("bin/bc", nil, 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := runScript(t, Options{Tree: tree, Work: 1 << 24}, "bc <<'E'\n"+program+"\nE")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want %s", program, err, want)
		}
	}
}
