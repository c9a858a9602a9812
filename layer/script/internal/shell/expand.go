package shell

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
	p     *process
	place place
	here  bool // it is of a here-document
	loose bool // it is a pattern there, in which double quotes quote no value

	isSingle bool // in Bash, it stays one word
	goesOn   bool // behind a literal is more of the word
}

// place is where a word stands, which decides about backslashes and tildes.
type place uint8

const (
	inCommand place = iota
	inAssignment
	inDocument
	inQuotedWord // of an expansion within double quotes or in a here-document: single quotes are none there
)

// fields expands the words of a command: everything, and then splitting and pathnames.
func (p *process) fields(list []*syntax.Word) ([]string, error) {
	var fields []string
	size := 0
	for _, w := range list {
		before := len(fields)
		if lit := plainWord(w); lit != "" {
			fields = append(fields, lit)
		} else {
			x := expansion{p: p}
			if err := x.word(w); err != nil {
				return nil, err
			}
			for _, f := range x.Fields(p.ifs()) {
				var err error
				if fields, err = p.addField(fields, f); err != nil {
					return nil, err
				}
			}
		}
		for _, field := range fields[before:] {
			size += len(field) + 32
		}
		if err := p.spend(size / 8); err != nil {
			return nil, err
		}
		if size > maxFields {
			return nil, p.Fail(p.Exceeded(p.line, "the words of a command have more than %d bytes", maxFields))
		}
	}
	return fields, nil
}

// addField adds a field, or the pathnames that it stands for.
func (p *process) addField(list []string, f words.Field) ([]string, error) {
	if f.Pattern != "" && !p.options.Noglob {
		if p.isBash && bash.EscapesInBrackets(f.Pattern) {
			return nil, p.refuse("a backslash or quotes within brackets of a pattern are not supported in bash")
		}
		paths, err := p.glob(f.Pattern)
		if err != nil {
			return nil, err
		}
		if len(paths) > 0 || p.nullglob {
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

// word expands a word that stays one: no splitting, no pathnames.
func (p *process) word(w *syntax.Word) (string, error) { return p.single(w, inCommand) }

// assigned expands the value of an assignment.
func (p *process) assigned(w *syntax.Word) (string, error) {
	if w == nil {
		return "", nil
	}
	return p.single(w, inAssignment)
}

func (p *process) single(w *syntax.Word, at place) (string, error) {
	x := expansion{p: p, place: at, isSingle: p.isBash}
	if err := x.word(w); err != nil {
		return "", err
	}
	return x.joined(), nil
}

// pattern expands a word to a pattern in which what was quoted stands for itself.
func (p *process) pattern(w *syntax.Word, here bool) (string, error) {
	if w == nil {
		return "", nil
	}
	x := expansion{p: p, here: here, loose: here}
	if err := x.word(w); err != nil {
		return "", err
	}
	pattern := x.Pattern(p.separator())
	if p.isBash && bash.EscapesInBrackets(pattern) {
		return "", p.refuse("a backslash or quotes within brackets of a pattern are not supported in bash")
	}
	return pattern, nil
}

// joined is the text where there is no splitting.
func (x *expansion) joined() string {
	if x.p.isBash {
		return x.Joined(" ")
	}
	return x.Joined(x.p.separator())
}

func (x *expansion) word(w *syntax.Word) error { return x.parts(w.Parts, false) }

// parts expands the parts of a word, within double quotes or not.
func (x *expansion) parts(parts []syntax.WordPart, quoted bool) error {
	for i, part := range parts {
		if x.Len() > maxValue {
			return x.p.Fail(x.p.Exceeded(x.p.line, "a word of more than %d bytes", maxValue))
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
			inner := expansion{p: x.p, place: inCommand, here: x.here, loose: x.loose, isSingle: x.isSingle}
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
			out, err := x.p.substitute(part)
			if err != nil {
				return err
			}
			x.value(out, quoted)
		case *syntax.ArithmExp:
			n, err := x.p.arithmetic(part)
			if err != nil {
				return err
			}
			x.value(fmt.Sprint(n), quoted)
		default:
			return x.p.refuse("this kind of word is not supported")
		}
	}
	return nil
}

// singleQuotes expands text in single quotes within double quotes, where they are no quotes. The parser, to which they are, has
// left out what is in them. See [misreadQuotes] for braces.
func (x *expansion) singleQuotes(part *syntax.SglQuoted) error {
	if strings.Contains(part.Value, `"`) || part.Dollar {
		return x.p.refuseSingleQuotes()
	}
	file, err := x.p.parse([]byte(`"'` + part.Value + `'"`))
	if err != nil {
		return x.p.Fail(err)
	}
	return x.parts(file.Stmts[0].Cmd.(*syntax.CallExpr).Args[0].Parts[0].(*syntax.DblQuoted).Parts, true)
}

func (p *process) refuseSingleQuotes() error {
	return p.refuse("a quote or brace in single quotes within double quotes is not supported")
}

// onlyNoArguments reports whether "$@" is all that quotes hold and there are none: then
// there is no word at all.
func (x *expansion) onlyNoArguments(parts []syntax.WordPart, expanded *words.Text) bool {
	if x.p.isBash {
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
	if len(parts) != 1 || len(x.p.args) > 0 {
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
		if x.p.isBash && end == len(piece) && i == len(pieces)-1 && x.goesOn { // what follows may be of the name
			rest += piece
			continue
		}
		home, ok := x.p.home(piece[1:end])
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

// home is the home folder of a user, or $HOME.
func (p *process) home(user string) (string, bool) {
	if user == "" {
		home, set := p.get("HOME")
		if !set && p.isBash {
			home, _ = p.outside(nil).Account()
			set = true
		}
		return home, set
	}
	return p.outside(nil).Home(user)
}

// substitute runs a command substitution and returns what it printed.
func (p *process) substitute(s *syntax.CmdSubst) (string, error) {
	c, err := p.fork()
	if err != nil {
		return "", err
	}
	stmts := s.Stmts
	if p.isBash && len(stmts) == 1 && stmts[0].Cmd == nil && len(stmts[0].Redirs) == 1 && stmts[0].Redirs[0].Op == syntax.RdrIn {
		cat := &syntax.CallExpr{Args: []*syntax.Word{{Parts: []syntax.WordPart{&syntax.Lit{Value: "cat"}}}}} // "$(<file)"
		stmts = []*syntax.Stmt{{Position: stmts[0].Position, Cmd: cat, Redirs: stmts[0].Redirs}}
	}
	out := &capture{p: p}
	c.fds[1] = out
	line := p.line
	p.substituted = true
	c.options.Errexit = c.options.Errexit && p.inheritErrexit // not as POSIX has it
	if p.substStatus, err = c.run(stmts); err != nil {
		return "", err
	}
	if p.line = line; p.isBash {
		p.status = p.substStatus // also for "$?" in what follows of the command
	}
	return strings.TrimRight(strings.ReplaceAll(out.b.String(), "\x00", ""), "\n"), nil
}
