package bash

import "mvdan.cc/sh/v3/syntax"

// OrderCounts reports whether it counts in an expression what is worked out first, or whether it is: there Bash and ash differ. It does
// not if a variable is assigned the whole, or one is changed that stands nowhere else in it.
func OrderCounts(e syntax.ArithmExpr) bool {
	switch n := e.(type) {
	case *syntax.ParenArithm:
		return OrderCounts(n.X)
	case *syntax.BinaryArithm:
		switch {
		case n.Op == syntax.Comma:
			return OrderCounts(n.X) || OrderCounts(n.Y)
		case assigns(n.Op):
			e = n.Y
			if changed, _ := effectsOf(e); len(changed) == 0 {
				return false
			}
		}
	}
	changed, names := effectsOf(e)
	return len(changed) > 1 || len(changed) == 1 && names[changed[0]] != 1
}

// assigns reports whether an operator is "=" or one like "+=".
func assigns(op syntax.BinAritOperator) bool {
	switch op {
	case syntax.Assgn, syntax.AddAssgn, syntax.SubAssgn, syntax.MulAssgn, syntax.QuoAssgn, syntax.RemAssgn, syntax.AndAssgn, syntax.OrAssgn,
		syntax.XorAssgn, syntax.ShlAssgn, syntax.ShrAssgn:
		return true
	}
	return false
}

// effectsOf returns the variables that an expression changes, by name, and how often it names each one. If it may leave out a part, all names
// count twice.
func effectsOf(e syntax.ArithmExpr) (changed []string, names map[string]int) {
	names = make(map[string]int)
	name := func(e syntax.ArithmExpr) string {
		if w, ok := e.(*syntax.Word); ok {
			return w.Lit()
		}
		return ""
	}
	each := 1
	syntax.Walk(e, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.UnaryArithm:
			if n.Op == syntax.Inc || n.Op == syntax.Dec {
				changed = append(changed, name(n.X))
			}
		case *syntax.BinaryArithm:
			switch {
			case assigns(n.Op):
				changed = append(changed, name(n.X))
			case n.Op == syntax.TernQuest, n.Op == syntax.AndArit, n.Op == syntax.OrArit:
				each = 2
			}
		case *syntax.Word:
			names[n.Lit()] += each
		case *syntax.CmdSubst:
			return false
		}
		return true
	})
	return changed, names
}
