package grammar

import "mvdan.cc/sh/v3/syntax"

// cutFunctions gives functions the bodies that they have for a shell. In "f() { …; } && f", the parser takes all up to the end of the
// list for the body: it is the compound command alone, and what follows is run.
func cutFunctions(file *syntax.File) (err error) {
	syntax.Walk(file, func(n syntax.Node) bool {
		s, ok := n.(*syntax.Stmt)
		if !ok {
			return true
		}
		cutFunction(s)
		for {
			list, ok := s.Cmd.(*syntax.BinaryCmd)
			if !ok || !takesMore(list.Y) {
				return true
			}
			cutFunction(list.Y)
			rest, ok := list.Y.Cmd.(*syntax.BinaryCmd)
			switch {
			case !ok || !isAndOr(rest):
				return true
			case !isAndOr(list):
				err = &SyntaxError{Offset: int(list.Y.Pos().Offset()), Line: list.Y.Pos().Line(),
					Reason: "a function in a pipeline that is part of a list is not supported"}
				return true
			}
			// Lists are read from the left: "a && (b || c)" becomes "(a && b) || c".
			first := firstOf(rest)
			first.X = &syntax.Stmt{Position: s.Position, Cmd: &syntax.BinaryCmd{OpPos: list.OpPos, Op: list.Op, X: list.X, Y: first.X}}
			s.Cmd = rest
		}
	})
	return err
}

func isAndOr(c *syntax.BinaryCmd) bool { return c.Op == syntax.AndStmt || c.Op == syntax.OrStmt }

// takesMore says whether a command is a function for whose body the parser took a list or a pipeline.
func takesMore(s *syntax.Stmt) bool {
	f, ok := s.Cmd.(*syntax.FuncDecl)
	if ok {
		_, ok = f.Body.Cmd.(*syntax.BinaryCmd)
	}
	return ok
}

// firstOf returns the innermost "&&" or "||" of a list: the one with the list's first pipeline.
func firstOf(list *syntax.BinaryCmd) *syntax.BinaryCmd {
	for {
		inner, ok := list.X.Cmd.(*syntax.BinaryCmd)
		if !ok || !isAndOr(inner) {
			return list
		}
		list = inner
	}
}

// cutFunction turns such a function into the list or pipeline that begins with it.
func cutFunction(s *syntax.Stmt) {
	if !takesMore(s) {
		return
	}
	f := s.Cmd.(*syntax.FuncDecl)
	list := f.Body.Cmd.(*syntax.BinaryCmd)
	first := list
	for {
		inner, ok := first.X.Cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		first = inner
	}
	f.Body = first.X
	first.X = &syntax.Stmt{Position: s.Position, Cmd: f}
	s.Cmd = list
	if isAndOr(list) && s.Negated { // "!" is of the first pipeline
		firstOf(list).X.Negated, s.Negated = true, false
	}
}
