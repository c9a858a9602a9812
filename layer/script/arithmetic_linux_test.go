package script

import (
	"math/rand/v2"
	"testing"
)

// TestRandomArithmetic evaluates random expressions here and in busybox.
func TestRandomArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	var lines []string
	for range 1500 {
		lines = append(lines, "a=3; b=-2; c=5; d='a+1'; echo $(("+randomExpression(r, 1+r.IntN(4))+")) $a $b $c")
	}
	compareLines(t, lines)
}

// randomExpression returns an expression of at most a depth.
func randomExpression(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	deeper := func() string { return randomExpression(r, depth-1) }
	if depth == 0 || r.IntN(4) == 0 {
		return pick("0", "1", "2", "3", "7", "a", "b", "c", "010", "0x1f", "d", "4", "-1", "16#ff", "nosuch")
	}
	switch r.IntN(12) {
	case 0:
		return "(" + deeper() + ")"
	case 1:
		return pick("!", "~", "-", "+") + deeper()
	case 2:
		return deeper() + "?" + deeper() + ":" + deeper()
	case 3:
		return "(" + pick("a", "b", "c") + pick("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "|=", "^=", "&=") + deeper() + ")"
	case 4:
		return pick("a++", "b--", "++c", "--a")
	case 5:
		return deeper() + "," + deeper()
	}
	space := pick("", "", " ")
	if r.IntN(10) == 0 {
		return deeper() + space + "**" + space + pick("0", "1", "2", "3", "-1", "!0") // busybox takes long for more
	}
	return deeper() + space + pick("+", "-", "*", "/", "%", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^", "&&", "||", "<<", ">>") + space + deeper()
}
