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
			sides := []syntax.ArithmExpr{n.Y}
			if w, ok := n.X.(*syntax.Word); ok && ElementOf(w) != nil {
				sides = append(sides, ElementOf(w).Index)
			}
			if n.Op != syntax.Assgn { // the old value counts, too
				sides = append(sides, n.X)
			}
			return orderCounts(sides)
		}
	}
	return orderCounts([]syntax.ArithmExpr{e})
}

func orderCounts(list []syntax.ArithmExpr) bool {
	changed, names := effectsOf(list)
	return len(changed) > 1 || len(changed) == 1 && names[changed[0]] != 1
}

// ElementOf returns the element of an array that a word of an expression is, such as "a[1]" without a dollar sign, or nil.
func ElementOf(w *syntax.Word) *syntax.ParamExp {
	if len(w.Parts) != 1 {
		return nil
	}
	if p, ok := w.Parts[0].(*syntax.ParamExp); ok && p.Short && p.Index != nil {
		return p
	}
	return nil
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

// effectsOf returns the variables that expressions change, by name, and how often they name each one. If one may leave out a part, all names
// count twice. An element counts as its array.
func effectsOf(list []syntax.ArithmExpr) (changed []string, names map[string]int) {
	names = make(map[string]int)
	name := func(e syntax.ArithmExpr) string {
		w, ok := e.(*syntax.Word)
		if !ok {
			return ""
		}
		if element := ElementOf(w); element != nil {
			return element.Param.Value
		}
		return w.Lit()
	}
	each := 1
	visit := func(n syntax.Node) bool {
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
			names[name(n)] += each
		case *syntax.CmdSubst:
			return false
		}
		return true
	}
	for _, e := range list {
		syntax.Walk(e, visit)
	}
	return changed, names
}
