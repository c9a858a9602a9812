package expand

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// parameter expands "$name" and "${name…}".
func (x *expansion) parameter(e *syntax.ParamExp, quoted bool) error {
	s, name := x.scope, e.Param.Value
	if s.Bash {
		if sign, ok := bash.List(e); ok && e.Names != 0 {
			return x.names(e.Param.Value, sign, quoted)
		} else if ok {
			return x.list(e, sign, quoted)
		}
		if e.Excl {
			return x.indirect(e, quoted)
		}
	}
	if name == "@" || name == "*" {
		if !e.Length && e.Exp == nil && e.Slice == nil && e.Repl == nil {
			x.arguments(name, quoted)
			return nil
		}
		if e.Length {
			x.value(strconv.Itoa(len(strings.Join(s.Args, s.separator()))), quoted)
			return nil
		}
	}
	value, set := "", false
	if e.Index != nil {
		list := s.Elements(name)
		at, err := s.Subscript(e.Index, list)
		if err != nil {
			return err
		}
		value, set = list.At(at)
	} else {
		value, set = s.Get(name)
	}
	several := false // words that stay apart
	if name == "@" || name == "*" {
		value, set = strings.Join(s.Args, " "), true
		if several = len(s.Args) > 1 && (name == "@" || !quoted); name == "*" && quoted {
			value = strings.Join(s.Args, s.separator())
		}
	}
	if e.Exp != nil {
		if done, err := x.conditional(e, value, set, quoted); done || err != nil {
			return err
		}
	}
	if !set && s.Nounset && name != "@" && name != "*" {
		if e.Length && e.Index != nil {
			return s.refuseLength()
		}
		return s.AbortParameter("%s: parameter not set", name)
	}
	if e.Length {
		x.value(strconv.Itoa(utf8.RuneCountInString(value)), quoted)
		return nil
	}
	if several && e.Slice == nil {
		return s.Refuse("${%s} with an operator and several arguments is not supported", name)
	}
	if several {
		value = strings.Join(s.Args, "\x00")
	}
	var err error
	switch {
	case e.Exp != nil && e.Exp.Op == syntax.OtherParamOps && !set: // which is not the same as empty
	case e.Exp != nil:
		value, err = s.trimmed(e.Exp, value, x.here)
	case e.Slice != nil:
		value, err = s.sliced(e.Slice, value)
	case e.Repl != nil && set:
		value, err = s.replaced(e.Repl, value, x.here)
	}
	if err != nil {
		return err
	}
	if several {
		x.words(strings.Split(value, "\x00"), quoted)
	} else {
		x.value(value, quoted)
	}
	return nil
}

// arguments expands "$@" and "$*", within quotes or not.
func (x *expansion) arguments(name string, quoted bool) {
	args := x.scope.Args
	if name == "*" && quoted {
		x.value(strings.Join(args, x.scope.separator()), true)
		return
	}
	x.words(args, quoted)
}

func (x *expansion) words(args []string, quoted bool) {
	for i, arg := range args {
		switch {
		case quoted && i > 0:
			x.AddMark(words.Break)
		case i > 0:
			x.AddMark(words.Break | words.Split)
		}
		if quoted {
			x.AddMark(words.Mark)
		}
		x.value(arg, quoted)
	}
}

// separator joins the words of "$*", and of "$@" where a word stays one.
func (s *Scope) separator() string {
	if ifs := s.IFS(); ifs != "" {
		return ifs[:1]
	}
	return ""
}

// conditional is "${x-word}" and its like. It is not done for the operators that take
// something off a value.
func (x *expansion) conditional(e *syntax.ParamExp, value string, set, quoted bool) (done bool, err error) {
	op, name := e.Exp.Op, e.Param.Value
	if quoted && misreadQuotes(e) { // also where the word is not used: what is behind the brace follows the value
		return true, x.scope.refuseSingleQuotes()
	}
	there := set
	switch op {
	case syntax.DefaultUnsetOrNull, syntax.AssignUnsetOrNull, syntax.ErrorUnsetOrNull, syntax.AlternateUnsetOrNull:
		if there = value != ""; op == syntax.AlternateUnsetOrNull && (name == "@" || name == "*") {
			there = strings.Join(x.scope.Args, x.scope.separator()) != ""
		}
	}
	switch op {
	case syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
		if there {
			return true, x.alternative(e.Exp.Word, quoted)
		}
		return true, nil
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull:
		if !there {
			return true, x.alternative(e.Exp.Word, quoted)
		}
	case syntax.AssignUnset, syntax.AssignUnsetOrNull:
		if !there {
			if !syntax.ValidName(name) || e.Index != nil {
				return true, x.scope.Abort("%s: bad variable name", name)
			}
			inner := expansion{scope: x.scope, place: inAssignment}
			if err := inner.alternative(e.Exp.Word, quoted); err != nil {
				return true, err
			}
			if value = inner.joined(); true {
				err = x.scope.Set(name, value)
			}
		}
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		if !there {
			text := ""
			if e.Exp.Word != nil {
				if text, err = x.scope.Word(e.Exp.Word); err != nil {
					return true, err
				}
			}
			if e.Exp.Word == nil || len(e.Exp.Word.Parts) == 0 {
				text = "parameter not set"
				if op == syntax.ErrorUnsetOrNull {
					text = "parameter not set or null"
				}
			}
			return true, x.scope.AbortParameter("%s: %s", name, text)
		}
	default:
		return false, nil
	}
	if err == nil {
		if name == "@" || name == "*" {
			x.arguments(name, quoted)
		} else {
			x.value(value, quoted)
		}
	}
	return true, err
}

// misreadQuotes reports whether the word of an expansion within double quotes has text in single quotes with a brace. To ash these are
// no quotes, so that the expansion ends there.
func misreadQuotes(e *syntax.ParamExp) bool {
	if e.Exp == nil || e.Exp.Word == nil || slices.Contains(trimming, e.Exp.Op) {
		return false
	}
	return slices.ContainsFunc(e.Exp.Word.Parts, func(part syntax.WordPart) bool {
		switch part := part.(type) {
		case *syntax.SglQuoted:
			return strings.Count(part.Value, "}") != strings.Count(part.Value, "${")
		case *syntax.ParamExp:
			return misreadQuotes(part)
		}
		return false
	})
}

var trimming = []syntax.ParExpOperator{syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix}

// alternative expands the word behind an operator. Its unquoted parts divide words
// as the value would have.
func (x *expansion) alternative(w *syntax.Word, quoted bool) error {
	if w == nil {
		return nil
	}
	inner := expansion{scope: x.scope, place: x.place, here: x.here, loose: x.loose, isSingle: x.isSingle, inner: true}
	if quoted {
		inner.place = inQuotedWord
	}
	if err := inner.parts(w.Parts, quoted); err != nil {
		return err
	}
	inner.SplitPlain()
	x.AddText(&inner.Text)
	return nil
}

// Match matches a whole text with a pattern.
func (s *Scope) Match(pattern, text string) (bool, error) {
	return glob.MatchWithin(pattern, text, s.Spend)
}

// trimmed is "${x#pattern}" and its like.
func (s *Scope) trimmed(e *syntax.Expansion, value string, here bool) (string, error) {
	switch e.Op {
	case syntax.OtherParamOps:
		return s.transformed(e.Word.Lit(), value)
	case syntax.UpperFirst, syntax.UpperAll, syntax.LowerFirst, syntax.LowerAll:
		return s.inCase(e, value)
	}
	pattern, err := s.Pattern(e.Word, here)
	if err != nil {
		return "", err
	}
	largest := e.Op == syntax.RemLargePrefix || e.Op == syntax.RemLargeSuffix
	if e.Op == syntax.RemSmallPrefix || e.Op == syntax.RemLargePrefix {
		return words.TrimPrefix(value, pattern, largest, s.Spend)
	}
	return words.TrimSuffix(value, pattern, largest, s.Spend)
}

// replaced is "${x/pattern/text}": of what matches at a place, the longest. A pattern of Bash may be for the beginning or the end alone.
func (s *Scope) replaced(r *syntax.Replace, value string, here bool) (string, error) {
	orig, anchor := r.Orig, byte(0)
	if s.Bash {
		if orig, anchor = bash.Anchor(orig); orig == nil {
			return value, nil
		}
	}
	pattern, err := s.Pattern(orig, here)
	if err != nil {
		return "", err
	}
	with := ""
	if r.With != nil {
		if with, err = s.Word(r.With); err != nil {
			return "", err
		}
	}
	switch {
	case s.Bash && strings.Contains(with, "&"):
		return "", s.Refuse("& in what replaces is not supported: to Bash it is what was replaced")
	case anchor != 0:
		return s.replacedAt(anchor, pattern, with, value)
	case s.Bash && pattern == "":
		return value, nil
	case s.Bash:
	case pattern == "": // busybox loses what is behind it
		return "", s.Refuse("an empty pattern to replace is not supported")
	case slices.ContainsFunc(orig.Parts, quotesSlash):
		return "", s.Refuse("a slash in quotes in a pattern to replace is not supported")
	case slices.ContainsFunc(orig.Parts, operates): // ash takes all behind it as pattern
		return "", s.Refuse("an expansion with an operator in a pattern to replace is not supported")
	}
	out, err := words.Replace(value, pattern, with, r.All, MaxValue, s.Spend)
	if errors.Is(err, words.ErrTooLong) {
		err = s.Exceeded("a value of more than %d bytes", MaxValue)
	}
	return out, err
}

// replacedAt replaces what matches at the beginning of a value, for the anchor '#', or at its end, for '%'.
func (s *Scope) replacedAt(anchor byte, pattern, with, value string) (string, error) {
	trim := words.TrimSuffix
	if anchor == '#' {
		trim = words.TrimPrefix
	}
	rest, err := trim(value, pattern, true, s.Spend)
	switch {
	case err != nil, len(rest) == len(value) && pattern != "":
		return value, err
	case anchor == '#':
		return with + rest, nil
	}
	return rest + with, nil
}

// quotesSlash reports whether a part of a pattern is text in quotes with a slash, at which ash ends the pattern.
func quotesSlash(part syntax.WordPart) bool {
	quoted, ok := part.(*syntax.SglQuoted)
	return ok && strings.Contains(quoted.Value, "/")
}

// operates reports whether a part of a pattern expands a parameter with an operator.
func operates(part syntax.WordPart) bool {
	switch part := part.(type) {
	case *syntax.ParamExp:
		return part.Length || part.Exp != nil || part.Slice != nil || part.Repl != nil
	case *syntax.DblQuoted:
		return slices.ContainsFunc(part.Parts, operates)
	}
	return false
}

// sliced is "${x:offset:length}".
func (s *Scope) sliced(slice *syntax.Slice, value string) (string, error) {
	from, err := s.Evaluate(slice.Offset)
	if err != nil || from < 0 && from+int64(len(value)) < 0 {
		return "", err // the length is not looked at
	}
	size := int64(len(value))
	length := size
	if slice.Length != nil {
		if length, err = s.Evaluate(slice.Length); err != nil {
			return "", err
		}
	}
	if start := from; s.Bash && length < 0 {
		if start < 0 {
			start += size
		}
		if size+length < min(start, size) {
			return "", s.Refuse("a negative length that ends before the offset is not supported")
		}
	}
	return words.Slice(value, from, length), nil
}
