package awk

import (
	"errors"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
)

type regexKey struct {
	expr       string
	ignoreCase bool
	isValue    bool // and not written between slashes
}

// compiled is a regular expression with what is needed to count the steps of a search.
type compiled struct {
	matcher Matcher
	expr    string
	// reads is set if a search may read far more of the text than the match: then each
	// one costs as much as the whole text.
	reads bool
}

// maxRegexes bounds how many expressions are kept compiled.
const maxRegexes = 200

func (m *machine) ignoresCase() bool { return m.globals[varIGNORECASE].val.isTrue() }

// compile returns a compiled expression, or nil after an error. A value that is not a valid extended
// one, as in "a" ~ "(", is read as a basic one, as busybox does.
func (m *machine) compile(expr string, isValue bool) *compiled {
	key := regexKey{expr, m.ignoresCase(), isValue}
	if re := m.regexes[key]; re != nil {
		return re
	}
	if !m.spend(100 * int64(len(expr)+10)) {
		return nil
	}
	if m.config.Compile == nil {
		m.unsupported("a regular expression")
		return nil
	}
	matcher, err := m.config.Compile(expr, key.ignoreCase, false)
	var bad *RegexError
	if isValue && errors.As(err, &bad) {
		matcher, err = m.config.Compile(expr, key.ignoreCase, true)
	}
	if err != nil {
		if errors.As(err, &bad) {
			err = &RuntimeError{Text: bad.Error()}
		}
		m.fail(err)
		return nil
	}
	if len(m.regexes) >= maxRegexes {
		clear(m.regexes)
	}
	re := &compiled{matcher: matcher, expr: strings.Clone(expr), reads: readsAhead(expr)}
	m.regexes[regexKey{re.expr, key.ignoreCase, isValue}] = re
	return re
}

// readsAhead reports whether a search may have to read far beyond a match: not without
// repetition, nor if one repetition ends an expression without alternatives.
func readsAhead(expr string) bool {
	at := strings.IndexAny(expr, "*+{")
	if at < 0 {
		return false
	}
	return expr[at] == '{' || at != len(expr)-1 || strings.ContainsAny(expr, "|(?")
}

// find searches text.
func (m *machine) find(re *compiled, text string, notBOL bool) (begin, end int, ok bool) {
	if re == nil || m.err != nil {
		return 0, 0, false
	}
	begin, end, ok = re.matcher.Find(text, notBOL)
	read := len(text)
	if ok && !re.reads {
		read = end
	}
	m.spend(int64(read) + int64(len(re.expr)) + 1)
	return begin, end, ok
}

// findFull searches for a match that does not end where text begins. As busybox does, it takes each place where it looks for
// the beginning of a line.
func (m *machine) findFull(re *compiled, text string) (begin, end int, ok bool) {
	for skipped := 0; ; {
		begin, end, ok = m.find(re, text[skipped:], false)
		if !ok || end > 0 {
			return begin + skipped, end + skipped, ok
		}
		if skipped++; skipped >= len(text) {
			return 0, 0, false
		}
	}
}

// regex evaluates an operand that is a regular expression.
func (m *machine) regex(x syntax.Expr) *compiled {
	for {
		g, ok := x.(*syntax.ParenExpr)
		if !ok {
			break
		}
		x = g.X
	}
	if r, ok := x.(*syntax.RegexExpr); ok {
		return m.compile(r.Text, false)
	}
	s := m.text(m.eval(x))
	if m.halted() {
		return nil
	}
	return m.compile(s, true)
}

// matches is "text ~ re".
func (m *machine) matches(s string, re *compiled) bool {
	_, _, ok := m.find(re, s, false)
	return ok
}

// matchFunction is match(s, re).
func (m *machine) matchFunction(x *syntax.BuiltinExpr) value {
	s := m.text(m.eval(x.Args[0]))
	re := m.regex(x.Args[1])
	begin, end, ok := m.find(re, s, false)
	if m.halted() {
		return value{}
	}
	start, length := float64(begin+1), float64(end-begin)
	if !ok {
		start, length = 0, -1
	}
	m.setGlobal(varRSTART, num(start))
	m.setGlobal(varRLENGTH, num(length))
	return num(start)
}

// splitFunction is split(s, a[, separator]).
func (m *machine) splitFunction(x *syntax.BuiltinExpr) value {
	s := m.text(m.eval(x.Args[0]))
	var sep separator
	if len(x.Args) < 3 {
		sep = m.separatorOf(m.text(m.globals[varFS].val))
	} else if r, ok := x.Args[2].(*syntax.RegexExpr); ok {
		sep = separator{re: m.compile(r.Text, false)}
	} else {
		sep = m.separatorOf(m.text(m.eval(x.Args[2])))
	}
	sep.newlines = m.inParagraphs()
	if m.halted() {
		return value{}
	}
	c := m.cell(x.Args[1].(*syntax.VarExpr))
	arr := c.array()
	m.hold(-arr.bytes)
	arr.bytes = 0
	m.spend(int64(arr.Steps()))
	arr.Clear()
	n := 0
	m.cut(s, sep, func(part string) bool {
		n++
		m.setElement(c, wholeNumber(float64(n)), inputOf(strings.Clone(part)))
		return m.err == nil
	})
	return num(float64(n))
}

// substitute is sub and gsub. It goes through the text as busybox does: behind a match, the
// rest is searched as a text of its own that does not begin a line.
func (m *machine) substitute(x *syntax.BuiltinExpr) value {
	re := m.regex(x.Args[0])
	with := m.text(m.eval(x.Args[1]))
	var target syntax.Expr = &syntax.FieldExpr{Index: &syntax.NumberExpr{}}
	if len(x.Args) == 3 {
		target = m.fixed(x.Args[2])
	}
	s := m.text(m.eval(target))
	if m.halted() {
		return value{}
	}
	var b strings.Builder
	count := 0
	put := func(part string) {
		if m.allocate(int64(len(part))) {
			b.WriteString(part)
		}
	}
	rest, notBOL := s, false
	for m.err == nil {
		begin, end, ok := m.find(re, rest, notBOL)
		if !ok {
			break
		}
		put(rest[:begin])
		count++
		m.replacement(with, rest[begin:end], put)
		rest, notBOL = rest[end:], true
		if x.Fn == syntax.FnSub || rest == "" && begin == end {
			break
		}
		if begin == end {
			put(rest[:1])
			rest = rest[1:]
		}
	}
	// The target is set to a string also if nothing matched: fields come to be, $0 is split again.
	put(rest)
	m.assign(target, str(b.String()))
	return num(float64(count))
}

// replacement puts what stands for a match: "&" is the match, "\&" an ampersand.
func (m *machine) replacement(with, matched string, put func(string)) {
	for with != "" && m.err == nil {
		at := strings.IndexAny(with, `&\`)
		if at < 0 {
			put(with)
			return
		}
		put(with[:at])
		with = with[at:]
		switch {
		case with[0] == '&':
			put(matched)
			with = with[1:]
		case len(with) > 1:
			if with[1] != '&' && with[1] != '\\' {
				put(with[:1])
			}
			put(with[1:2])
			with = with[2:]
		default:
			put(with)
			with = ""
		}
	}
}
