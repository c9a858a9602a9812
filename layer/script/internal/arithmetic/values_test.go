package arithmetic_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/arithmetic"
)

// values have what busybox 1.36.1 prints of "$((EXPRESSION)) $a $b $c", or its message, where a is 3, b is -2, c is 5, d is "a+1", e is
// empty, s is " 7 ", n is -4, and q and r are each other.
var values = []struct{ expression, want string }{
	{`0`, `0 3 -2 5`}, {`007`, `7 3 -2 5`}, {`0x10`, `16 3 -2 5`}, {`0X1f`, `31 3 -2 5`}, {`0xG`, `arithmetic syntax error`},
	{`1a`, `arithmetic syntax error`}, {`08`, `arithmetic syntax error`}, {`0777`, `511 3 -2 5`}, {`0x`, `arithmetic syntax error`},
	{`2#101`, `5 3 -2 5`}, {`2#2`, `arithmetic syntax error`}, {`1#0`, `arithmetic syntax error`}, {`65#1`, `arithmetic syntax error`},
	{`64#_@`, `4094 3 -2 5`}, {`36#Zz`, `1295 3 -2 5`}, {`16#FF`, `255 3 -2 5`}, {`16#fg`, `arithmetic syntax error`}, {`10#08`, `8 3 -2 5`},
	{`8#17`, `15 3 -2 5`}, {`2#`, `0 3 -2 5`}, {`#1`, `arithmetic syntax error`}, {`9223372036854775807`, `9223372036854775807 3 -2 5`},
	{`9223372036854775808`, `-9223372036854775808 3 -2 5`}, {`-9223372036854775808`, `-9223372036854775808 3 -2 5`},
	{`0x7fffffffffffffff`, `9223372036854775807 3 -2 5`}, {`0xffffffffffffffff`, `-1 3 -2 5`}, {`18446744073709551615`, `-1 3 -2 5`},
	{`18446744073709551616`, `0 3 -2 5`}, {`0777777777777777777777`, `9223372036854775807 3 -2 5`}, {`02000000000000000000000`, `0 3 -2 5`},
	{`16#fffffffffffffffff`, `-1 3 -2 5`}, {`1+2*3`, `7 3 -2 5`}, {`(1+2)*3`, `9 3 -2 5`}, {`2*(3+4)*5`, `70 3 -2 5`}, {`10-4-3`, `3 3 -2 5`},
	{`100/10/5`, `2 3 -2 5`}, {`17%5%3`, `2 3 -2 5`}, {`-7/2`, `-3 3 -2 5`}, {`-7%3`, `-1 3 -2 5`}, {`7/-2`, `-3 3 -2 5`}, {`7%-3`, `1 3 -2 5`},
	{`-9223372036854775807-1`, `-9223372036854775808 3 -2 5`}, {`9223372036854775807+1`, `-9223372036854775808 3 -2 5`},
	{`9223372036854775807*2`, `-2 3 -2 5`}, {`-9223372036854775808/-1`, `-9223372036854775808 3 -2 5`}, {`-9223372036854775808%-1`, `0 3 -2 5`},
	{`1<<62`, `4611686018427387904 3 -2 5`}, {`1<<63`, `-9223372036854775808 3 -2 5`}, {`1<<64`, `1 3 -2 5`}, {`1<<-1`, `-9223372036854775808 3 -2 5`},
	{`-1>>1`, `-1 3 -2 5`}, {`-1>>63`, `-1 3 -2 5`}, {`8>>1`, `4 3 -2 5`}, {`1<2`, `1 3 -2 5`}, {`2<1`, `0 3 -2 5`}, {`2<=2`, `1 3 -2 5`},
	{`3>=4`, `0 3 -2 5`}, {`1==1`, `1 3 -2 5`}, {`1!=1`, `0 3 -2 5`}, {`1<2<3`, `1 3 -2 5`}, {`3>2>1`, `0 3 -2 5`}, {`1==1==1`, `1 3 -2 5`},
	{`5&3`, `1 3 -2 5`}, {`5|3`, `7 3 -2 5`}, {`5^3`, `6 3 -2 5`}, {`~5`, `-6 3 -2 5`}, {`!5`, `0 3 -2 5`}, {`!0`, `1 3 -2 5`}, {`!!7`, `1 3 -2 5`},
	{`- -3`, `3 3 -2 5`}, {`+3`, `3 3 -2 5`}, {`-+-3`, `3 3 -2 5`}, {`~~3`, `3 3 -2 5`}, {`!~0`, `0 3 -2 5`}, {`1&&2`, `1 3 -2 5`}, {`1&&0`, `0 3 -2 5`},
	{`0||3`, `1 3 -2 5`}, {`0||0`, `0 3 -2 5`}, {`1||0&&0`, `1 3 -2 5`}, {`1|2&4^8`, `9 3 -2 5`}, {`1&3==3`, `1 3 -2 5`}, {`5&4|2`, `6 3 -2 5`},
	{`1?2:3`, `2 3 -2 5`}, {`0?2:3`, `3 3 -2 5`}, {`1?2:0?3:4`, `2 3 -2 5`}, {`0?2:0?3:4`, `4 3 -2 5`}, {`1?0?5:6:7`, `malformed ?: operator`},
	{`a`, `3 3 -2 5`}, {`a+b`, `1 3 -2 5`}, {`a*c`, `15 3 -2 5`}, {`-a`, `-3 3 -2 5`}, {`a-b`, `5 3 -2 5`}, {`a++`, `3 4 -2 5`}, {`a--`, `3 2 -2 5`},
	{`++a`, `4 4 -2 5`}, {`--a`, `2 2 -2 5`}, {`a++ + ++a`, `8 5 -2 5`}, {`a+++b`, `1 4 -2 5`}, {`a---b`, `5 2 -2 5`}, {`a+ ++b`, `2 3 -1 5`},
	{`a- --b`, `6 3 -3 5`}, {`a=7`, `7 7 -2 5`}, {`a=b=c`, `5 5 5 5`}, {`a+=2`, `5 5 -2 5`}, {`a-=b`, `5 5 -2 5`}, {`a*=c`, `15 15 -2 5`},
	{`a/=2`, `1 1 -2 5`}, {`a%=2`, `1 1 -2 5`}, {`a<<=2`, `12 12 -2 5`}, {`a>>=1`, `1 1 -2 5`}, {`a&=2`, `2 2 -2 5`}, {`a|=4`, `7 7 -2 5`},
	{`a^=1`, `2 2 -2 5`}, {`a=a+1,b=a*2`, `8 4 8 5`}, {`a=(b=4)+1`, `5 5 4 5`}, {`(a)+(b)`, `1 3 -2 5`}, {`((a))`, `3 3 -2 5`}, {`(a=5)*2`, `10 5 -2 5`},
	{`a?b:c`, `-2 3 -2 5`}, {`a>b?a:b`, `3 3 -2 5`}, {`a==3&&b<0`, `1 3 -2 5`}, {`u`, `0 3 -2 5`}, {`u+1`, `1 3 -2 5`}, {`u++`, `0 3 -2 5`},
	{`u=1,u`, `1 3 -2 5`}, {`u+=5`, `5 3 -2 5`}, {`d`, `4 3 -2 5`}, {`d*2`, `8 3 -2 5`}, {`d+d`, `8 3 -2 5`}, {`e`, `0 3 -2 5`}, {`e+1`, `1 3 -2 5`},
	{`s`, `7 3 -2 5`}, {`s*2`, `14 3 -2 5`}, {`n`, `-4 3 -2 5`}, {`n+1`, `-3 3 -2 5`}, {`r`, `expression recursion loop detected`},
	{`q`, `expression recursion loop detected`}, {`a,b,c`, `5 3 -2 5`}, {`1,2`, `2 3 -2 5`}, {`,1`, `arithmetic syntax error`},
	{`1,`, `arithmetic syntax error`}, {`()`, `arithmetic syntax error`}, {`1 2`, `arithmetic syntax error`}, {`a b`, `arithmetic syntax error`},
	{`1 +`, `arithmetic syntax error`}, {`+ 1`, `1 3 -2 5`}, {`* 1`, `arithmetic syntax error`}, {`1 * * 2`, `arithmetic syntax error`},
	{`2**3`, `8 3 -2 5`}, {`2**0`, `1 3 -2 5`}, {`2**-1`, `exponent less than 0`}, {`-2**2`, `4 3 -2 5`}, {`2**2**3`, `256 3 -2 5`},
	{`0**0`, `1 3 -2 5`}, {`2**62`, `4611686018427387904 3 -2 5`}, {`2**63`, `-9223372036854775808 3 -2 5`}, {`2**64`, `0 3 -2 5`},
	{`10**18`, `1000000000000000000 3 -2 5`}, {`10**19`, `-8446744073709551616 3 -2 5`}, {`a**2`, `9 3 -2 5`}, {`1/0`, `divide by zero`},
	{`1%0`, `divide by zero`}, {`0/1`, `0 3 -2 5`}, {`a/=0`, `divide by zero`}, {`a%=u`, `divide by zero`}, {`a=`, `arithmetic syntax error`},
	{`=1`, `arithmetic syntax error`}, {`1=2`, `arithmetic syntax error`}, {`a+b=c`, `arithmetic syntax error`}, {`(a)=1`, `arithmetic syntax error`},
	{`a++=1`, `arithmetic syntax error`}, {`a++ ++`, `arithmetic syntax error`}, {`++a++`, `arithmetic syntax error`}, {`++1`, `1 3 -2 5`},
	{`1++`, `arithmetic syntax error`}, {`--`, `arithmetic syntax error`}, {`++`, `arithmetic syntax error`}, {`- - -1`, `-1 3 -2 5`},
	{`a ++`, `3 4 -2 5`}, {`++ a`, `4 4 -2 5`}, {`a = 1`, `1 1 -2 5`}, {"a\t+\tb", `1 3 -2 5`}, {` 1 `, `1 3 -2 5`}, {`a<b`, `0 3 -2 5`},
	{`a>=b`, `1 3 -2 5`}, {`a<<b`, `-4611686018427387904 3 -2 5`}, {`a>>1`, `1 3 -2 5`}, {`a<=b||c`, `1 3 -2 5`}, {`!a`, `0 3 -2 5`}, {`!u`, `1 3 -2 5`},
	{`~a`, `-4 3 -2 5`}, {`!a==0`, `1 3 -2 5`}, {`-a+b`, `-5 3 -2 5`}, {`a-+b`, `5 3 -2 5`}, {`a?`, `arithmetic syntax error`},
	{`a?b`, `malformed ?: operator`}, {`a?b:`, `arithmetic syntax error`}, {`a:b`, `malformed ?: operator`}, {`?1:2`, `arithmetic syntax error`},
	{`1?2,3:4`, `malformed ?: operator`}, {`1?a=9:c`, `malformed ?: operator`}, {`0?a=9:(c=8)`, `malformed ?: operator`}, {`a&&b++`, `1 3 -1 5`},
	{`u&&a++`, `0 4 -2 5`}, {`a||b++`, `1 3 -1 5`}, {`1.5`, `arithmetic syntax error`}, {`1e3`, `arithmetic syntax error`},
	{`@`, `arithmetic syntax error`}, {`a.b`, `arithmetic syntax error`}, {`a[0]`, `arithmetic syntax error`}, {`a@1`, `arithmetic syntax error`},
	{`_x`, `0 3 -2 5`}, {`_x=2`, `2 3 -2 5`}, {`A1`, `0 3 -2 5`}, {`A1=3,A1`, `3 3 -2 5`}, {`1_0`, `arithmetic syntax error`},
	{`0b1`, `arithmetic syntax error`}, {`0o7`, `arithmetic syntax error`}, {`1L`, `arithmetic syntax error`}, {`x==y`, `1 3 -2 5`},
	{`x!=1`, `1 3 -2 5`}, {`a<>b`, `arithmetic syntax error`}, {`a=<b`, `arithmetic syntax error`}, {`a!b`, `arithmetic syntax error`},
	{`a&|b`, `arithmetic syntax error`}, {`&a`, `arithmetic syntax error`}, {`|a`, `arithmetic syntax error`}, {`a&&&b`, `arithmetic syntax error`},
	{`a|||b`, `arithmetic syntax error`}, {`a^^b`, `arithmetic syntax error`}, {`a<<<b`, `arithmetic syntax error`}, {`1<<1<<1`, `4 3 -2 5`},
	{`64>>1>>1`, `16 3 -2 5`}, {`a=1+2*3,b=a<<1,c=b%4`, `2 7 14 2`}, {`(a+b)*(c-1)/2`, `2 3 -2 5`}, {`a*-b`, `6 3 -2 5`}, {`a/-1`, `-3 3 -2 5`},
	{`-(-(3))`, `3 3 -2 5`}, {`(((1+2)))*3`, `9 3 -2 5`}, {`1?(2):(3)`, `2 3 -2 5`}, {`1 ? 2 : 3`, `2 3 -2 5`}, {`!(1&&0)`, `1 3 -2 5`},
	{`(1,2),3`, `3 3 -2 5`}, {`a=1?2:3`, `2 2 -2 5`}, {`a=0||5`, `1 1 -2 5`}, {`a=1==1`, `1 1 -2 5`}, {`a+=b-=c`, `-4 -4 -7 5`},
	{`a=b+=c*=2`, `8 8 8 10`}, {`1-1-1`, `-1 3 -2 5`}, {`1-(1-1)`, `1 3 -2 5`}, {`2+3<<1`, `10 3 -2 5`}, {`1<<2+1`, `8 3 -2 5`}, {`5>3==1`, `1 3 -2 5`},
	{`5&3==1`, `0 3 -2 5`}, {`6^3&1`, `7 3 -2 5`}, {`1|0&&0`, `0 3 -2 5`}, {`0x1F+010`, `39 3 -2 5`}, {`3+-2`, `1 3 -2 5`}, {`3- -2`, `5 3 -2 5`},
	{`3--2`, `5 3 -2 5`}, {`3++2`, `5 3 -2 5`}, {`a--b`, `arithmetic syntax error`}, {`a++b`, `arithmetic syntax error`},
}

func TestValues(t *testing.T) {
	for _, c := range values {
		v := variables{"a": "3", "b": "-2", "c": "5", "d": "a+1", "s": " 7 ", "n": "-4", "q": "r", "r": "q"}
		n, err := arithmetic.Evaluate(c.expression, v)
		got := fmt.Sprint(n, " ", v["a"], " ", v["b"], " ", v["c"])
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.expression, got, c.want)
		}
		if err != nil && !errors.As(err, new(arithmetic.Error)) {
			t.Errorf("%s: %T is not the error of an expression", c.expression, err)
		}
	}
}

// failing are variables that cannot be read or set, or whose budget is spent.
type failing struct {
	variables
	get, set, spend error
	spent           []int
}

func (f *failing) Get(name string) (string, error) { return f.variables[name], f.get }

func (f *failing) Set(name, value string) error {
	if f.set == nil {
		f.variables[name] = value
	}
	return f.set
}

func (f *failing) Spend(n int) error {
	f.spent = append(f.spent, n)
	return f.spend
}

// TestErrorsOfVariables: an error of a variable ends the evaluation at the operator that reads or sets it.
func TestErrorsOfVariables(t *testing.T) {
	unset, readOnly, spent := errors.New("unset"), errors.New("read only"), errors.New("spent")
	for _, test := range []struct {
		expression string
		v          failing
		want       error
		a          string
	}{
		{"a", failing{get: unset}, unset, "1"}, {"1 + a", failing{get: unset}, unset, "1"}, {"a + 1", failing{get: unset}, unset, "1"},
		{"a ? 1 : 2", failing{get: unset}, unset, "1"},
		{"(a)", failing{get: unset}, unset, "1"}, {"a++", failing{get: unset}, unset, "1"},
		{"++a", failing{get: unset}, unset, "1"}, {"a += 1", failing{get: unset}, unset, "1"},
		{"-a", failing{get: unset}, unset, "1"}, {"a = 2", failing{get: unset}, nil, "2"}, {"1", failing{get: unset, set: readOnly}, nil, "1"},
		{"a = 2", failing{set: readOnly}, readOnly, "1"}, {"a++", failing{set: readOnly}, readOnly, "1"}, {"--a", failing{set: readOnly}, readOnly, "1"},
		{"a *= 2", failing{set: readOnly}, readOnly, "1"},
		{"a + 1", failing{set: readOnly}, nil, "1"}, {"(a = 2) / 0", failing{set: readOnly}, readOnly, "1"}, {"1", failing{spend: spent}, spent, "1"},
		{"", failing{spend: spent}, spent, "1"},
	} {
		test.v.variables = variables{"a": "1"}
		if _, err := arithmetic.Evaluate(test.expression, &test.v); err != test.want || test.v.variables["a"] != test.a {
			t.Errorf("%s: got %v and a=%s, want %v and %s", test.expression, err, test.v.variables["a"], test.want, test.a)
		}
	}
}

// TestSpending: an expression costs its bytes, and one that is the value of a variable a fixed part in addition. Plain numbers are free.
func TestSpending(t *testing.T) {
	for expression, want := range map[string]string{"1+1": "[3]", "a+a": "[3]", "b": "[1 1027]", "b+b": "[3 1027 1027]", "c": "[1 1025 1027]", "  1": "[3]"} {
		v := &failing{variables: variables{"a": "12", "b": "a+1", "c": "b"}}
		if _, err := arithmetic.Evaluate(expression, v); err != nil || fmt.Sprint(v.spent) != want {
			t.Errorf("%s: %v, spends %v, want %s", expression, err, v.spent, want)
		}
	}
}

// TestDepth: variables lead to each other a hundred times at most.
func TestDepth(t *testing.T) {
	v := variables{}
	for i := range 150 {
		v[fmt.Sprint("v", i)] = fmt.Sprint("v", i+1)
	}
	v["v150"] = "7"
	if n, err := arithmetic.Evaluate("v60", v); n != 7 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := arithmetic.Evaluate("v0", v); err == nil || err.Error() != "expression recursion loop detected" {
		t.Errorf("got %v", err)
	}
	if n, err := arithmetic.Evaluate(strings.Repeat("(", 5000)+"1"+strings.Repeat(")", 5000), v); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}
