package programs

import (
	"errors"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
)

// Run goes through the text of commands, as a shell would run it that is given as its path and options, or "sh -c" if none is, and
// returns the programs that it needs, in the order in which it comes to them. Of a text that the shell refuses it returns that instead.
func (s *Survey) Run(text string, shell ...string) []Program {
	if len(shell) == 0 {
		return s.run(text, grammar.Ash, nil)
	}
	d, _ := grammar.DialectOf(shell[0])
	return s.run(text, d, shell[1:])
}

func (s *Survey) run(text string, d grammar.Dialect, flags []string) []Program {
	file, err := grammar.Parse([]byte(text), d)
	if refused := new(grammar.SyntaxError); errors.As(err, &refused) {
		return []Program{{Reason: refused.Reason, Offset: min(refused.Offset, len(text)), Line: refused.Line}}
	}
	budget, effects := maxCommands, s.effectsOf(file)
	w := &walk{survey: s, dialect: d, outermost: text, text: text, effects: &effects, functions: make(map[string]*syntax.FuncDecl), budget: &budget}
	for _, flag := range flags {
		w.set(flag)
	}
	w.list(file.Stmts, true)
	w.advance(len(text) + 1)
	s.dirs, s.elsewhere = nil, false
	programs := make([]Program, len(w.found))
	for i, f := range w.found {
		programs[i] = f.Program
	}
	return programs
}

// Script is Run for a file that is a script, as it would be run by its name.
func (s *Survey) Script(body []byte) []Program {
	d, flags, err := grammar.Interpreter(body)
	if refused := new(grammar.SyntaxError); errors.As(err, &refused) {
		return []Program{{Reason: refused.Reason, Line: refused.Line}}
	}
	return s.run(string(body), d, flags)
}

// found is a program that the text needs.
type found struct {
	Program
	isInstalled bool // by its name
	finals      int  // see walk
}

// walk is the way through one text.
type walk struct {
	survey    *Survey
	dialect   grammar.Dialect
	outermost string
	text      string               // of this walk
	base      func(offset int) int // the place in the outermost text of one in this; nil if this is that one
	effects   *[]effect            // that are to come
	functions map[string]*syntax.FuncDecl
	depth     int  // of functions and texts within each other
	budget    *int // commands that may still be looked at

	found   []found
	finals  int  // "&&" of which this is the right side, and runs because the list has to succeed
	tested  bool // a failure is provided for
	isRead  bool // what is printed is read
	errexit bool
	ended   bool // the shell may have ended
	left    bool // the function or loop may have been left
}

// Bounds of a walk: functions and texts within each other, and commands in all.
const (
	maxDepth    = 20
	maxCommands = 20_000
)

// advance takes account of what the text may have done before an offset.
func (w *walk) advance(offset int) {
	for len(*w.effects) > 0 && (*w.effects)[0].at < offset {
		(*w.effects)[0].apply(w.survey)
		*w.effects = (*w.effects)[1:]
	}
}

// list goes through commands one after the other. It is final if the status of the last is that of the text.
func (w *walk) list(list []*syntax.Stmt, final bool) {
	for i, s := range list {
		w.stmt(s, final && i == len(list)-1)
	}
}

// within goes through something in which a failure is provided for.
func (w *walk) within(tested bool, do func()) {
	saved := w.tested
	w.tested = w.tested || tested
	do()
	w.tested = saved
}

// read is for commands of which somebody reads what they print.
func (w *walk) read(do func()) {
	saved := w.isRead
	w.isRead = true
	do()
	w.isRead = saved
}

func (w *walk) stmt(s *syntax.Stmt, final bool) {
	if *w.budget--; *w.budget < 0 {
		w.ended = true
	}
	if w.ended || w.left || s.Background {
		return
	}
	for _, r := range s.Redirs {
		w.words(r.Word, r.Hdoc)
	}
	saved := w.isRead
	w.isRead = saved || slices.ContainsFunc(s.Redirs, keeps)
	w.within(s.Negated, func() { w.command(s.Cmd, final && !s.Negated) })
	w.isRead = saved
}

func (w *walk) command(c syntax.Command, final bool) {
	switch c := c.(type) {
	case *syntax.CallExpr:
		for _, a := range c.Assigns {
			w.words(a.Value)
		}
		w.words(c.Args...)
		if len(c.Args) > 0 {
			w.call(c.Args, final)
		}
	case *syntax.DeclClause:
		for _, a := range c.Args {
			w.words(a.Value)
		}
	case *syntax.BinaryCmd:
		w.binary(c, final)
	case *syntax.Block:
		w.list(c.Stmts, final)
	case *syntax.Subshell:
		w.inner(func() { w.list(c.Stmts, final) })
	case *syntax.IfClause:
		w.within(true, func() { w.list(c.Cond, false) })
		w.maybe(c)
	case *syntax.WhileClause:
		w.within(true, func() { w.list(c.Cond, false) })
		w.maybe(c)
	case *syntax.ForClause:
		if words, ok := c.Loop.(*syntax.WordIter); ok {
			w.words(words.Items...)
			if slices.ContainsFunc(words.Items, isThere) {
				saved := w.left
				w.list(c.Do, false)
				w.left = saved
			}
		}
		w.maybe(c)
	case *syntax.CaseClause:
		w.words(c.Word)
		w.maybe(c)
	case *syntax.FuncDecl:
		if c.Name != nil {
			w.functions[c.Name.Value] = c
		}
	}
}

// isThere reports whether a word is at least one when it is expanded.
func isThere(word *syntax.Word) bool {
	_, ok := patternOf(word).literal()
	return ok
}

func (w *walk) binary(c *syntax.BinaryCmd, final bool) {
	switch c.Op {
	case syntax.AndStmt:
		w.stmt(c.X, final)
		if final {
			w.finals++
			w.stmt(c.Y, true)
			w.finals--
		} else {
			w.maybe(c.Y)
		}
	case syntax.OrStmt:
		w.or(c, final)
	default: // a pipe
		w.read(func() { w.inner(func() { w.stmt(c.X, false) }) })
		w.inner(func() { w.stmt(c.Y, final) })
	}
}

// or is "X || Y". X has to succeed if Y cannot: if it only fails, or if it needs a program, too.
func (w *walk) or(c *syntax.BinaryCmd, final bool) {
	before := len(w.found)
	failure, ends := fails(c.Y)
	w.stmt(c.X, final || failure && ends)
	isNeeded := failure && (ends || final || w.errexit)
	if !isNeeded && (final || w.errexit) {
		other := *w
		other.found = nil
		other.stmt(c.Y, final)
		isNeeded = len(other.found) > 0
	}
	if !isNeeded {
		kept := w.found[:before]
		for _, f := range w.found[before:] {
			if f.isInstalled && f.finals == w.finals {
				kept = append(kept, f)
			}
		}
		w.found = kept
	}
	w.maybe(c.Y)
}

// fails reports whether a command only fails, and with that ends the shell.
func fails(s *syntax.Stmt) (failure, ends bool) {
	switch c := s.Cmd.(type) {
	case *syntax.Block:
		if len(c.Stmts) > 0 {
			return fails(c.Stmts[len(c.Stmts)-1])
		}
	case *syntax.CallExpr:
		if len(c.Args) == 0 || s.Negated || s.Background {
			return false, false
		}
		switch c.Args[0].Lit() {
		case "false":
			return true, false
		case "exit":
			return len(c.Args) == 2 && strings.Trim(c.Args[1].Lit(), "0") != "", true
		}
	}
	return false, false
}

// inner goes through what another shell runs: one that may end without ending this one.
func (w *walk) inner(do func()) {
	ended, left, errexit, dialect := w.ended, w.left, w.errexit, w.dialect
	do()
	w.ended, w.left, w.errexit, w.dialect = ended, left, errexit, dialect
}

// maybe is for what may run or not: it may end the shell, or leave the function or the loop.
func (w *walk) maybe(root syntax.Node) {
	isLoop := false
	syntax.Walk(root, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Subshell, *syntax.CmdSubst, *syntax.FuncDecl:
			return false
		case *syntax.ForClause, *syntax.WhileClause:
			if n == root {
				isLoop = true
			} else {
				w.maybe(n)
				return false
			}
		case *syntax.Stmt:
			if failure, ends := fails(n); failure && ends {
				return false // the text fails with it
			}
		case *syntax.CallExpr:
			if len(n.Args) > 0 {
				w.mayLeave(n.Args[0].Lit(), isLoop && len(n.Args) == 1)
			}
		}
		return true
	})
}

// mayLeave is for a command that may run, perhaps in a loop that it leaves.
func (w *walk) mayLeave(name string, isLoop bool) {
	switch name {
	case "exit", "exec", ".", "source", "eval", "": // the last may be any of these
		w.ended = true
	case "break", "continue":
		w.left = w.left || !isLoop
	case "return":
		w.left = true
	default:
		w.ended = w.ended || w.functions[name] != nil
	}
}

// words goes through the command substitutions of words.
func (w *walk) words(words ...*syntax.Word) {
	for _, word := range words {
		if word == nil {
			continue
		}
		syntax.Walk(word, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CmdSubst:
				w.inner(func() {
					for _, s := range n.Stmts {
						w.read(func() { w.within(isSilent(s), func() { w.stmt(s, false) }) })
					}
				})
				return false
			case *syntax.ParamExp:
				return n.Exp == nil // of "${x:-…}" the word may not be needed
			}
			return true
		})
	}
}
