package expand

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/bash"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// expansion is a word of which the values of its parts come in.
type expansion struct {
	words.Text
	scope *Scope
	place place
	here  bool // it is of a here-document
	loose bool // it is a pattern there, in which double quotes quote no value

	isSingle bool // in Bash, it stays one word
	inner    bool // it is the word behind an operator
	goesOn   bool // behind a literal is more of the word
}

// place is where a word stands, which decides about backslashes and tildes.
type place uint8

const (
	inCommand place = iota
	inAssignment
	inDocument
	inQuotedWord // of an expansion within double quotes or in a here-document: single quotes are plain characters there
)

// Fields expands the words of a command: everything, and then splitting and pathnames.
func (s *Scope) Fields(list []*syntax.Word) ([]string, error) {
	var fields []string
	size := 0
	for _, w := range list {
		before := len(fields)
		if lit := plainWord(w); lit != "" {
			fields = append(fields, lit)
		} else {
			x := expansion{scope: s}
			if err := x.word(w); err != nil {
				return nil, err
			}
			for _, f := range x.Fields(s.IFS()) {
				var err error
				if fields, err = s.addField(fields, f); err != nil {
					return nil, err
				}
			}
		}
		for _, field := range fields[before:] {
			size += len(field) + 32
		}
		if err := s.Spend(size / 8); err != nil {
			return nil, err
		}
		if size > MaxFields {
			return nil, s.Exceeded("the words of a command have more than %d bytes", MaxFields)
		}
	}
	return fields, nil
}

// addField adds a field, or the pathnames that it stands for.
func (s *Scope) addField(list []string, f words.Field) ([]string, error) {
	if f.Pattern != "" && !s.Noglob {
		if s.Bash && bash.EscapesInBrackets(f.Pattern) {
			return nil, s.Refuse("a backslash or quotes within brackets of a pattern are not supported in bash")
		}
		paths, err := s.glob(f.Pattern)
		if err != nil {
			return nil, err
		}
		if len(paths) > 0 || s.Nullglob {
			return append(list, paths...), nil
		}
	}
	return append(list, f.Text), nil
}

// plainWord is the text of a word of which nothing is to be expanded, or "".
func plainWord(w *syntax.Word) string {
	if len(w.Parts) != 1 {
		return ""
	}
	if lit, ok := w.Parts[0].(*syntax.Lit); ok && !strings.ContainsAny(lit.Value, `\*?[~`) {
		return lit.Value
	}
	return ""
}

// Word expands a word that stays one: no splitting, no pathnames.
func (s *Scope) Word(w *syntax.Word) (string, error) { return s.single(w, inCommand) }

// Assigned expands the value of an assignment, in which a tilde may stand behind each colon. A missing one is the empty value.
func (s *Scope) Assigned(w *syntax.Word) (string, error) {
	if w == nil {
		return "", nil
	}
	return s.single(w, inAssignment)
}

func (s *Scope) single(w *syntax.Word, at place) (string, error) {
	x := expansion{scope: s, place: at, isSingle: s.Bash}
	if err := x.word(w); err != nil {
		return "", err
	}
	return x.joined(), nil
}

// Pattern expands a word to a pattern, for [Scope.Match], in which what was quoted stands for itself. Here says that it stands in a
// here-document, where double quotes quote no value in ash. A missing word is the empty pattern.
func (s *Scope) Pattern(w *syntax.Word, here bool) (string, error) {
	if w == nil {
		return "", nil
	}
	x := expansion{scope: s, here: here, loose: here && !s.Bash}
	if err := x.word(w); err != nil {
		return "", err
	}
	pattern := x.Pattern(s.separator())
	if s.Bash && bash.EscapesInBrackets(pattern) {
		return "", s.Refuse("a backslash or quotes within brackets of a pattern are not supported in bash")
	}
	return pattern, nil
}

// joined is the text where there is no splitting.
func (x *expansion) joined() string {
	if x.scope.Bash {
		return x.Joined(" ")
	}
	return x.Joined(x.scope.separator())
}

func (x *expansion) word(w *syntax.Word) error { return x.parts(w.Parts, false) }

// parts expands the parts of a word, within double quotes or not.
func (x *expansion) parts(parts []syntax.WordPart, quoted bool) error {
	for i, part := range parts {
		if x.Len() > MaxValue {
			return x.scope.Exceeded("a word of more than %d bytes", MaxValue)
		}
		switch part := part.(type) {
		case *syntax.Lit:
			x.goesOn = i+1 < len(parts)
			x.literal(part.Value, quoted, i == 0)
		case *syntax.SglQuoted:
			if x.place == inQuotedWord {
				if err := x.singleQuotes(part); err != nil {
					return err
				}
				continue
			}
			x.AddMark(words.Mark)
			text := part.Value
			if part.Dollar {
				text, _ = busybox.Unescape(text, busybox.DollarQuotes)
			}
			x.Add(text, words.Quoted)
		case *syntax.DblQuoted:
			inner := expansion{scope: x.scope, place: inCommand, here: x.here, loose: x.loose, isSingle: x.isSingle}
			if err := inner.parts(part.Parts, true); err != nil {
				return err
			}
			if !x.onlyNoArguments(part.Parts, &inner.Text) {
				x.AddMark(words.Mark)
			}
			x.AddText(&inner.Text)
		case *syntax.ParamExp:
			if err := x.parameter(part, quoted); err != nil {
				return err
			}
		case *syntax.CmdSubst:
			out, err := x.scope.Substitute(part)
			if err != nil {
				return err
			}
			x.value(out, quoted)
		case *syntax.ProcSubst:
			name, err := x.scope.Pipe(part)
			if err != nil {
				return err
			}
			x.Add(name, words.Quoted)
		case *syntax.ArithmExp:
			n, err := x.scope.arithmetic(part)
			if err != nil {
				return err
			}
			x.value(fmt.Sprint(n), quoted)
		default:
			return x.scope.Refuse("this kind of word is not supported")
		}
	}
	return nil
}

// singleQuotes expands text in single quotes within double quotes, where they are no quotes. The parser, to which they are, has
// left out what is in them. See [misreadQuotes] for braces.
func (x *expansion) singleQuotes(part *syntax.SglQuoted) error {
	if strings.Contains(part.Value, `"`) || part.Dollar {
		return x.scope.refuseSingleQuotes()
	}
	file, err := x.scope.Parse([]byte(`"'` + part.Value + `'"`))
	if err != nil {
		return err
	}
	return x.parts(file.Stmts[0].Cmd.(*syntax.CallExpr).Args[0].Parts[0].(*syntax.DblQuoted).Parts, true)
}

func (s *Scope) refuseSingleQuotes() error {
	return s.Refuse("a quote or brace in single quotes within double quotes is not supported")
}

// onlyNoArguments reports whether quotes hold only "$@" and the arguments are empty: then
// there is no word at all.
func (x *expansion) onlyNoArguments(parts []syntax.WordPart, expanded *words.Text) bool {
	if x.scope.Bash {
		if len(parts) != 1 || expanded.Len() > 0 {
			return false
		}
		param, ok := parts[0].(*syntax.ParamExp)
		if !ok {
			return false
		}
		sign, ok := bash.List(param)
		return ok && sign == "@" && !param.Length
	}
	if len(parts) != 1 || len(x.scope.Args) > 0 {
		return false
	}
	param, ok := parts[0].(*syntax.ParamExp)
	return ok && param.Param.Value == "@" && !param.Length && param.Exp == nil && param.Slice == nil && param.Repl == nil
}

// value adds the result of an expansion.
func (x *expansion) value(s string, quoted bool) {
	if quoted && !x.loose {
		x.Add(s, words.Quoted)
	} else {
		x.Add(s, words.Split)
	}
}

// literal adds text of the script, with its backslashes worked out.
func (x *expansion) literal(s string, quoted, first bool) {
	if !quoted {
		s = x.tilde(s, first)
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			x.plain(s[i], quoted)
			continue
		}
		next := s[i+1]
		if quoted && strings.IndexByte("$`\\\n", next) < 0 && (next != '"' || x.place == inDocument) && (next != '}' || x.place != inQuotedWord) {
			x.plain('\\', true)
			continue
		}
		i++
		if next != '\n' {
			x.AddByte(next, words.Quoted|words.Escaped)
		}
	}
}

func (x *expansion) plain(b byte, quoted bool) {
	kind := words.Kind(0)
	if quoted {
		kind = words.Quoted
	}
	x.AddByte(b, kind)
}

// tilde replaces "~" and "~name" at the beginning of a word, and in an assignment
// behind a colon as well.
func (x *expansion) tilde(s string, first bool) string {
	if !strings.Contains(s, "~") {
		return s
	}
	pieces := []string{s}
	if x.place == inAssignment {
		pieces = strings.SplitAfter(s, ":")
	}
	rest := ""
	for i, piece := range pieces {
		if piece == "" || piece[0] != '~' || i == 0 && !first {
			rest += piece
			continue
		}
		end := strings.IndexAny(piece, "/:")
		if end < 0 {
			end = len(piece)
		}
		if x.scope.Bash && end == len(piece) && i == len(pieces)-1 && x.goesOn { // what follows may be of the name
			rest += piece
			continue
		}
		home, ok := x.scope.Home(piece[1:end])
		if !ok {
			rest += piece
			continue
		}
		x.literal(rest, false, false)
		rest = piece[end:]
		x.Add(home, words.Quoted)
	}
	return rest
}

// IFS is what parts fields.
func (s *Scope) IFS() string {
	if ifs, set := s.Get("IFS"); set {
		return ifs
	}
	return " \t\n"
}
