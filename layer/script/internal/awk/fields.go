package awk

import (
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// record is $0 with its fields. Either may be out of date, but not both.
type record struct {
	text   value
	fields []value
	split  bool // fields are up to date
	joined bool // text is up to date
	bytes  int64
	most   int   // missing fields up to here are "" rather than unset: they were there, or read, before
	seen   int   // highest field that was there or read
	nf     value // as it was assigned, until the fields change
	hasNF  bool
}

// setRecord sets $0.
func (m *machine) setRecord(v value) {
	m.dropFields()
	if m.hold(int64(len(v.s) - len(m.record.text.s))) {
		m.record.text = v
		m.record.joined, m.record.split = true, false
	}
}

func (m *machine) dropFields() {
	m.keepFields()
	m.record.nf, m.record.hasNF = value{}, false
	m.record.most = m.record.seen
	m.hold(-m.record.bytes)
	m.record.bytes = 0
	clear(m.record.fields)
	m.record.fields = m.record.fields[:0]
}

// splitRecord brings the fields up to date.
func (m *machine) splitRecord() {
	if m.record.split {
		return
	}
	m.record.split = true
	s := m.text(m.record.text)
	m.cut(s, m.fieldSeparator(), func(part string) bool {
		n := int64(fieldCost + len(part))
		m.record.bytes += n
		if !m.hold(n) {
			return false
		}
		m.record.fields = append(m.record.fields, inputOf(strings.Clone(part)))
		return true
	})
	m.record.seen = max(m.record.seen, len(m.record.fields))
}

// field returns $n.
func (m *machine) field(n int) value {
	if n == 0 {
		return m.whole()
	}
	m.splitRecord()
	if n < 0 {
		m.abort("Access to negative field")
		return value{}
	}
	if n > len(m.record.fields) {
		return m.record.missing(n)
	}
	return m.record.fields[n-1]
}

// missing is a field that the record does not have.
func (r *record) missing(n int) value {
	r.seen = max(r.seen, n)
	if n <= r.most {
		return inputOf("")
	}
	return value{}
}

// whole returns $0.
func (m *machine) whole() value {
	if m.record.joined {
		return m.record.text
	}
	ofs := m.text(m.globals[varOFS].val)
	size := int64(0)
	for _, f := range m.record.fields {
		size += int64(len(f.s) + len(ofs))
		if f.kind == numeric {
			size += 32
		}
	}
	if !m.allocate(size) || !m.hold(size) {
		return value{}
	}
	var b strings.Builder
	for i, f := range m.record.fields {
		if i > 0 {
			b.WriteString(ofs)
		}
		b.WriteString(m.text(f))
	}
	m.hold(-size + int64(b.Len()-len(m.record.text.s)))
	m.record.text = str(b.String())
	m.record.joined = true
	return m.record.text
}

// fieldNumber works out what stands behind "$".
func (m *machine) fieldNumber(f *syntax.FieldExpr) int {
	n := libc.Int(m.eval(f.Index).number())
	if n < 0 {
		m.abort("Access to negative field")
	}
	return n
}

// setField sets $n.
func (m *machine) setField(n int, v value) {
	if n == 0 {
		m.setRecord(v)
		return
	}
	m.splitRecord()
	if n > len(m.record.fields) {
		m.resize(n)
	}
	if m.halted() {
		return
	}
	f := &m.record.fields[n-1]
	d := int64(len(v.s) - len(f.s))
	m.record.bytes += d
	if m.hold(d) {
		*f = v
		m.record.joined = false
	}
}

// setNF cuts off or adds fields.
func (m *machine) setNF(v value) {
	n := libc.Int(v.number())
	m.splitRecord()
	if n < 0 {
		m.abort("NF set to negative value")
		return
	}
	m.resize(n)
	m.record.joined = false
	if m.hold(int64(len(v.s))) {
		m.record.bytes += int64(len(v.s))
		m.record.nf, m.record.hasNF = v, true
	}
}

// resize gives the record n fields.
func (m *machine) resize(n int) {
	m.record.bytes -= int64(len(m.record.nf.s))
	m.hold(-int64(len(m.record.nf.s)))
	m.record.nf, m.record.hasNF = value{}, false
	have := len(m.record.fields)
	if n <= have {
		m.record.most = max(m.record.most, have)
		for _, f := range m.record.fields[n:] {
			m.record.bytes -= fieldCost + int64(len(f.s))
			m.hold(-fieldCost - int64(len(f.s)))
		}
		clear(m.record.fields[n:])
		m.record.fields = m.record.fields[:n]
		return
	}
	more := int64(n-have) * fieldCost
	m.record.bytes += more
	if !m.hold(more) || !m.spend(int64(n-have)) {
		return
	}
	m.record.fields = append(m.record.fields, make([]value, n-have)...)
	for i := have; i < min(n, m.record.most); i++ {
		m.record.fields[i] = inputOf("")
	}
	m.record.seen = max(m.record.seen, n)
}

// separator is how text is cut: at blanks, at a byte, everywhere, or at a regular expression.
type separator struct {
	blanks, every bool
	single        byte
	folded        bool // single, in either case
	newlines      bool // a newline separates as well
	re            *compiled
}

func (m *machine) fieldSeparator() separator {
	s := m.separatorOf(m.text(m.globals[varFS].val))
	s.newlines = m.inParagraphs()
	return s
}

// inParagraphs reports whether RS is empty: then newlines part fields and what split cuts, too.
func (m *machine) inParagraphs() bool {
	return m.globals[varRS].val.kind != unset && m.text(m.globals[varRS].val) == ""
}

// separatorOf is the separator that a string means.
func (m *machine) separatorOf(s string) separator {
	switch {
	case s == " ":
		return separator{blanks: true}
	case s == "":
		return separator{every: true}
	case len(s) == 1:
		return separator{single: s[0], folded: m.ignoresCase()}
	}
	return separator{re: m.compile(s, false)}
}

// cut calls add with each part of s until it returns false.
func (m *machine) cut(s string, sep separator, add func(part string) bool) {
	if !m.spend(int64(len(s)) + 1) {
		return
	}
	switch {
	case sep.blanks:
		for {
			s = strings.TrimLeft(s, blanks)
			if s == "" {
				return
			}
			end := strings.IndexAny(s, blanks)
			if end < 0 {
				end = len(s)
			}
			if !add(s[:end]) {
				return
			}
			s = s[end:]
		}
	case s == "":
	case sep.every:
		for i := range len(s) {
			if !add(s[i : i+1]) {
				return
			}
		}
	case sep.re != nil:
		m.cutRegex(s, sep, add)
	default:
		m.cutSingle(s, sep, add)
	}
}

func (m *machine) cutSingle(s string, sep separator, add func(part string) bool) {
	set := string([]byte{sep.single})
	if sep.folded {
		set = strings.ToLower(set) + strings.ToUpper(set)
	}
	if sep.newlines {
		set += "\n"
	}
	for {
		end := -1
		if len(set) == 1 {
			end = strings.IndexByte(s, set[0])
		} else {
			for i := range len(s) {
				if strings.IndexByte(set, s[i]) >= 0 {
					end = i
					break
				}
			}
		}
		if end < 0 {
			add(s)
			return
		}
		if !add(s[:end]) {
			return
		}
		s = s[end+1:]
	}
}

// cutRegex cuts at matches that do not end where a field begins.
func (m *machine) cutRegex(s string, sep separator, add func(part string) bool) {
	if sep.newlines {
		m.cutLines(s, sep, add)
		return
	}
	for {
		begin, end, ok := m.findFull(sep.re, s) // a "^" matches where the last part ended
		switch {
		case m.err != nil:
			return
		case !ok:
			add(s)
			return
		case !add(s[:begin]):
			return
		}
		s = s[end:]
	}
}

// cutLines cuts at newlines, too, as busybox does: there are no more parts than matches of the expression have made.
func (m *machine) cutLines(s string, sep separator, add func(part string) bool) {
	var parts []string
	count := 1
	for s != "" && m.err == nil {
		line := strings.IndexByte(s+"\n", '\n')
		begin, end, ok := m.findFull(sep.re, s)
		if ok && begin <= line {
			count++
		} else {
			begin, end = line, min(line+1, len(s))
		}
		parts = append(parts, s[:begin])
		s = s[end:]
	}
	for _, part := range append(parts, "")[:count] {
		if !add(part) {
			return
		}
	}
}
