package expand

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// list expands all elements of an array, or all arguments, in Bash: an operator is for each of them, and ":" for the list.
func (x *expansion) list(e *syntax.ParamExp, sign string, quoted bool) error {
	s, values := x.scope, x.scope.Args
	var elements *bash.Array
	if e.Index != nil {
		elements = s.Elements(e.Param.Value)
		values = elements.Values
	}
	switch {
	case e.Excl && elements != nil:
		values = elements.Subscripts()
	case e.Length:
		if s.Nounset && elements != nil && (!s.IsArray(e.Param.Value) || elements.IsDeclared) {
			return s.refuseLength()
		}
		x.value(strconv.Itoa(len(values)), quoted)
		return nil
	case e.Slice != nil:
		if elements != nil && !s.IsArray(e.Param.Value) && len(values) > 0 {
			return s.Refuse("a slice of all elements of a variable that is no array is not supported")
		}
		var err error
		if values, err = s.slicedList(e.Slice, values, elements); err != nil {
			return err
		}
	case e.Exp != nil:
		there := len(values) > 0
		switch e.Exp.Op {
		case syntax.DefaultUnsetOrNull, syntax.AlternateUnsetOrNull:
			there = len(values) > 1 || there && values[0] != ""
			fallthrough
		case syntax.DefaultUnset, syntax.AlternateUnset:
			isAlternate := e.Exp.Op == syntax.AlternateUnset || e.Exp.Op == syntax.AlternateUnsetOrNull
			if quoted && misreadQuotes(e) {
				return s.refuseSingleQuotes()
			}
			if quoted && (len(values) > 0 || !isAlternate) {
				x.AddMark(words.Mark) // "${@-}" is a word, and "${@+}" if there are arguments
			}
			if isAlternate == there {
				return x.alternative(e.Exp.Word, quoted)
			}
			if isAlternate {
				return nil
			}
		case syntax.AssignUnset, syntax.AssignUnsetOrNull, syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
			return s.Refuse("${%s%s…} for a list is not supported", sign, e.Exp.Op)
		}
	}
	var changed []string
	for _, value := range values {
		value, err := x.operate(e, value)
		if err != nil {
			return err
		}
		changed = append(changed, value)
	}
	ifs := s.IFS()
	if ifs == "" && !quoted && !x.isSingle && (e.Exp != nil || e.Repl != nil) {
		return s.Refuse("an operator for each of a list, where IFS is empty, is not supported")
	}
	if !quoted && len(values) > 1 && (x.inner && !x.isSingle && sign == "@" && ifs != "" && ifs[0] != ' ' &&
		(!strings.Contains(ifs, " ") || strings.ContainsAny(strings.Join(values, ""), ifs)) || x.isSingle && sign == "*" && ifs == "") {
		return s.Refuse("a list without quotes here, where IFS does not begin with a space, is not supported")
	}
	if joined := strings.Join(changed, " "); x.here && sign == "*" && (ifs == "" || strings.Contains(ifs, " ")) && joined != strings.Join(strings.Fields(joined), " ") {
		return s.Refuse("${*} of words with spaces in a here-document is not supported in bash: use ${@}")
	}
	x.all(changed, sign, quoted)
	return nil
}

// refuseLength is for what ends Bash with a status that depends on where, or counts nothing.
func (s *Scope) refuseLength() error {
	return s.Refuse("with set -u, the length of a list or element without a value is not supported: write name=() before it")
}

// all adds the values of a list.
func (x *expansion) all(values []string, sign string, quoted bool) {
	ifs := x.scope.IFS()
	switch {
	case x.here:
		x.value(strings.Join(values, " "), quoted)
	case sign == "*" && (quoted || x.isSingle):
		x.value(strings.Join(values, x.scope.separator()), quoted)
	case !quoted && !x.isSingle && ifs != "" && !strings.Contains(" \t\n", ifs[:1]): // empty ones stay
		x.value(strings.Join(values, ifs[:1]), false)
	default:
		x.words(values, quoted)
	}
}

// names is "${!prefix@}": the names of variables that begin so. Those that Bash sets by itself are not known.
func (x *expansion) names(prefix, sign string, quoted bool) error {
	if name := bash.SetByItself(prefix); name != "" {
		return x.scope.Refuse("${!%s%s} is not supported: $%s is one of them", prefix, sign, name)
	}
	var found []string
	for _, name := range x.scope.Names() {
		if strings.HasPrefix(name, prefix) {
			found = append(found, name)
		}
	}
	x.all(found, sign, quoted)
	return nil
}

// operate does what the operator of an expansion says to one value.
func (x *expansion) operate(e *syntax.ParamExp, value string) (string, error) {
	switch {
	case e.Exp != nil && e.Exp.Op > syntax.AssignUnsetOrNull: // behind the operators about values that are not set
		return x.scope.trimmed(e.Exp, value, x.here)
	case e.Repl != nil:
		return x.scope.replaced(e.Repl, value, x.here)
	}
	return value, nil
}

// inCase is "${x^}" and its like.
func (s *Scope) inCase(e *syntax.Expansion, value string) (string, error) {
	if e.Word != nil && len(e.Word.Parts) > 0 {
		return "", s.Refuse("${…%s…} with a pattern is not supported", e.Op)
	}
	rest := ""
	if e.Op == syntax.UpperFirst || e.Op == syntax.LowerFirst {
		first := []rune(value)
		if len(first) == 0 {
			return "", nil
		}
		value, rest = string(first[:1]), string(first[1:])
	}
	if e.Op == syntax.UpperFirst || e.Op == syntax.UpperAll {
		return strings.ToUpper(value) + rest, nil
	}
	return strings.ToLower(value) + rest, nil
}

// transformed is "${x@Q}" and its like.
func (s *Scope) transformed(operator, value string) (string, error) {
	switch operator {
	case "U":
		return s.inCase(&syntax.Expansion{Op: syntax.UpperAll}, value)
	case "u":
		return s.inCase(&syntax.Expansion{Op: syntax.UpperFirst}, value)
	case "L":
		return s.inCase(&syntax.Expansion{Op: syntax.LowerAll}, value)
	}
	if !bash.IsQuotable(value) {
		return "", s.Refuse("${…@Q} of other characters than those of ASCII is not supported")
	}
	return bash.Quote(value), nil
}

// slicedList is "${@:offset:length}". That of the arguments begins with $0.
func (s *Scope) slicedList(slice *syntax.Slice, values []string, elements *bash.Array) ([]string, error) {
	from, err := s.Evaluate(slice.Offset)
	if err != nil {
		return nil, err
	}
	if elements == nil {
		elements = bash.NewArray(append([]string{s.Name}, values...))
	}
	if elements.IsAssociative {
		return nil, s.Refuse("a slice of an associative array is not supported")
	}
	if from < 0 {
		if from += elements.Next(); from < 0 {
			return nil, nil
		}
	}
	rest := elements.From(from) // an offset is an index
	if slice.Length != nil {
		n, err := s.Evaluate(slice.Length)
		if err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, s.Refuse("a negative length of a list is not supported")
		}
		rest = rest[:min(n, int64(len(rest)))]
	}
	return rest, nil
}

// indirect is "${!name}".
func (x *expansion) indirect(e *syntax.ParamExp, quoted bool) error {
	s := x.scope
	name, _ := s.Get(e.Param.Value)
	number := name != "" && strings.Trim(name, "0123456789") == ""
	if !syntax.ValidName(name) && !number {
		return s.Refuse("${!%s}: %q is no name of a variable that is supported there", e.Param.Value, name)
	}
	return x.parameter(&syntax.ParamExp{Param: &syntax.Lit{Value: name}}, quoted)
}
