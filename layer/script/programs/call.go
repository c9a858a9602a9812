package programs

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
)

// isSilent reports whether the messages of a command are thrown away.
func isSilent(s *syntax.Stmt) bool {
	return slices.ContainsFunc(s.Redirs, func(r *syntax.Redirect) bool {
		return r.N != nil && r.N.Value == "2" && r.Word != nil && r.Word.Lit() == "/dev/null"
	})
}

// keeps reports whether a redirection puts what is printed somewhere.
func keeps(r *syntax.Redirect) bool {
	switch r.Op {
	case syntax.RdrOut, syntax.AppOut, syntax.RdrAll, syntax.AppAll, syntax.RdrClob:
		return r.Word == nil || r.Word.Lit() != "/dev/null"
	}
	return false
}

// call is a command with its words.
func (w *walk) call(args []*syntax.Word, final bool) {
	w.advance(int(args[0].Pos().Offset()))
	name, ok := patternOf(args[0]).literal()
	if !ok {
		return
	}
	if f := w.functions[name]; f != nil {
		if w.depth++; w.depth < maxDepth {
			saved := w.left
			w.stmt(f.Body, final)
			w.left = saved
		}
		w.depth--
		return
	}
	switch name {
	case "exit", ".", "source":
		w.ended = true
	case "return", "break", "continue":
		w.left = true
	case "exec":
		if len(args) > 1 {
			w.call(args[1:], final)
			w.ended = true
		}
	case "eval":
		if len(args) == 2 {
			w.evaluate(args[1], final)
		} else {
			w.ended = true
		}
	case "set":
		for _, arg := range args[1:] {
			w.set(arg.Lit())
		}
	default:
		w.program(name, args, final)
	}
}

// set takes account of an operand of "set".
func (w *walk) set(word string) {
	switch {
	case word == "errexit", strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.Contains(word, "e"):
		w.errexit = true
	case strings.HasPrefix(word, "-") && strings.Contains(word, "n"):
		w.ended = true // nothing more is run
	}
}

// program is a command that the shell does not run itself.
func (w *walk) program(name string, args []*syntax.Word, final bool) {
	base := path.Base(name)
	if !w.isRead && showsVersion(name, args) {
		return // it is left out
	}
	if s := w.survey; s.isProgram(name) && !(base == "git" && len(args) > 1 && args[1].Lit() == "config") {
		isThere := s.installed[base] || s.Has != nil
		if !s.mayHave(base) && (!w.tested || isThere) {
			at := w.offset(args[0])
			w.found = append(w.found, found{Program{Name: name, Offset: at, Line: w.line(at), MayBeScript: !isKnown(base)}, isThere, w.finals})
		}
		return
	}
	words := patternsOf(args)
	switch {
	case isShell(base), base == "su" && runsShell(words):
		if i := slices.IndexFunc(words, isText); i > 0 && i+1 < len(args) {
			w.inner(func() {
				w.errexit = slices.ContainsFunc(words[1:i+1], func(p pattern) bool { return strings.Contains(p[0], "e") })
				w.dialect, _ = grammar.DialectOf(base)
				w.evaluate(args[i+1], final)
			})
		}
	default:
		if i := wrapped(base, words); i > 0 && i < len(args) {
			w.inner(func() { w.call(args[i:], final) })
		}
	}
}

// showsVersion is [busybox.ShowsVersion] of words.
func showsVersion(name string, args []*syntax.Word) bool {
	if len(args) != 2 {
		return false
	}
	operand, ok := patternOf(args[1]).literal()
	return ok && busybox.ShowsVersion(name, []string{operand})
}

// evaluate goes through a word that is text.
func (w *walk) evaluate(word *syntax.Word, final bool) {
	text, ok := patternOf(word).literal()
	if !ok {
		w.ended = true
		return
	}
	file, err := grammar.Parse([]byte(text), w.dialect)
	if err != nil || w.depth >= maxDepth {
		w.ended = true
		return
	}
	start := w.offset(word)
	inner, effects := *w, w.survey.effectsOf(file)
	inner.text, inner.effects, inner.depth = text, &effects, w.depth+1
	inner.base = func(int) int { return start }
	if at := int(word.Pos().Offset()) + 1; len(word.Parts) == 1 && strings.HasPrefix(w.text[min(at, len(w.text)):], text) {
		inner.base = func(offset int) int { return start + offset } // in quotes, without any within
	}
	inner.list(file.Stmts, final)
	inner.advance(len(text) + 1)
	w.found, w.ended, w.errexit = inner.found, inner.ended, inner.errexit
}

// line is that of a place in the outermost text.
func (w *walk) line(offset int) uint {
	return uint(1 + strings.Count(w.outermost[:min(offset, len(w.outermost))], "\n"))
}

// offset is the place of a word in the outermost text, behind a quote that it begins with.
func (w *walk) offset(word *syntax.Word) int {
	at := min(int(word.Pos().Offset()), len(w.text))
	if len(word.Parts) > 0 && word.Lit() == "" && strings.IndexAny(w.text[at:], `'"`) == 0 {
		at++
	}
	if w.base != nil {
		return w.base(at)
	}
	return at
}
