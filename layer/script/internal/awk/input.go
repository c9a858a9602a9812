package awk

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
)

// reader gives the records of one file. Its buffer grows with the longest record.
type reader struct {
	src  io.Reader
	file io.Closer // nil: not closed here
	buf  []byte
	off  int // of the first byte not given yet
	eof  bool

	// Of what a command has printed: its bytes, and the status of the command as wait(2) has it.
	held, status int
}

// fill reads more into the buffer and reports whether there was more.
func (r *reader) fill(m *machine) bool {
	if r.eof || m.err != nil {
		return false
	}
	if r.off > 0 && (r.off == len(r.buf) || len(r.buf) == cap(r.buf)) {
		r.buf = r.buf[:copy(r.buf, r.buf[r.off:])]
		r.off = 0
	}
	if len(r.buf) == cap(r.buf) {
		size := max(4096, 2*cap(r.buf))
		if !m.hold(int64(size-cap(r.buf))) || !m.spend(int64(len(r.buf))) {
			return false
		}
		r.buf = append(make([]byte, 0, size), r.buf...)
	}
	for range 100 {
		n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		chunk := r.buf[len(r.buf) : len(r.buf)+n]
		r.buf = r.buf[:len(r.buf)+n]
		m.spend(int64(n))
		if bytes.IndexByte(chunk, 0) >= 0 {
			m.unsupported("input with a NUL")
		}
		if err != nil {
			r.eof = true
			if errors.Is(err, io.EOF) {
				return n > 0
			}
			if reason := m.reasonOf(err); reason != "" {
				m.abort("%s", reason)
			}
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	m.fail(io.ErrNoProgress)
	return false
}

// next returns the next record and what ended it.
func (r *reader) next(m *machine) (record, end string, ok bool) {
	rs := m.text(m.globals[varRS].val)
	var begin, size int
	switch len(rs) {
	case 0:
		begin, size, ok = r.paragraph(m)
	case 1:
		begin, size, ok = r.upTo(m, rs[0])
	default:
		begin, size, ok = r.upToMatch(m, rs)
	}
	if !ok || m.err != nil {
		return "", "", false
	}
	if !m.allocate(int64(begin + size)) {
		return "", "", false
	}
	record = string(r.buf[r.off : r.off+begin])
	end = string(r.buf[r.off+begin : r.off+begin+size])
	r.off += begin + size
	return record, end, true
}

// rest is all that is left at the end of the file.
func (r *reader) rest() (begin, size int, ok bool) {
	n := len(r.buf) - r.off
	return n, 0, n > 0
}

func (r *reader) upTo(m *machine, sep byte) (begin, size int, ok bool) {
	seen := 0
	for {
		if at := bytes.IndexByte(r.buf[r.off+seen:], sep); at >= 0 {
			return seen + at, 1, true
		}
		seen = len(r.buf) - r.off
		if !r.fill(m) {
			return r.rest()
		}
	}
}

// paragraph is a record that empty lines end.
func (r *reader) paragraph(m *machine) (begin, size int, ok bool) {
	for skipped := false; ; {
		for r.off < len(r.buf) && r.buf[r.off] == '\n' {
			r.off++
			skipped = true
		}
		if r.off < len(r.buf) {
			break
		}
		if !r.fill(m) {
			return 0, 0, skipped // for busybox newlines alone are an empty record
		}
	}
	for seen := 0; ; {
		text := r.buf[r.off:]
		if at := bytes.Index(text[seen:], []byte("\n\n")); at >= 0 {
			begin, size = seen+at, 2
			break
		}
		seen = max(0, len(text)-1)
		if !r.fill(m) {
			return r.rest()
		}
	}
	for {
		for r.off+begin+size < len(r.buf) && r.buf[r.off+begin+size] == '\n' {
			size++
		}
		if r.off+begin+size < len(r.buf) || !r.fill(m) {
			return begin, size, true
		}
	}
}

// upToMatch is a record that a regular expression ends.
func (r *reader) upToMatch(m *machine, rs string) (begin, size int, ok bool) {
	re := m.compile(rs, false)
	for m.err == nil {
		have := len(r.buf) - r.off
		b, e, found := m.findFull(re, string(r.buf[r.off:]))
		if found && (e < have || r.eof) {
			return b, e - b, true
		}
		// A match at the end might go on: read twice as much before the next search.
		more := false
		for len(r.buf)-r.off < 2*have+1 && r.fill(m) {
			more = true
		}
		if !more {
			if found {
				return b, e - b, true
			}
			return r.rest()
		}
	}
	return 0, 0, false
}

func (r *reader) close(m *machine) {
	m.hold(-int64(cap(r.buf) + r.held))
	if r.file != nil {
		r.file.Close()
	}
}

// mainInput are the operands, one after the other.
type mainInput struct {
	at     *reader // nil: between files
	stdin  *reader
	next   int // of ARGV; 0 before the first
	opened bool
	done   bool
	ended  bool // in END, after the last record
}

// nextRecord reads a record of the main input into $0.
func (m *machine) nextRecord() bool {
	return m.readMain(nil, false) && m.err == nil
}

// readMain reads a record into a target, or into $0, and counts it. At the end of a file it goes on with the next one, unless it stays, as getline does.
func (m *machine) readMain(target syntax.Expr, stays bool) bool {
	for m.err == nil {
		if m.main.at == nil && !m.openNext() {
			return false
		}
		record, end, ok := m.main.at.next(m)
		if ok {
			m.setGlobal(varRT, str(end))
			m.setGot(target, record)
			m.count(varNR)
			m.count(varFNR)
			return true
		}
		if stays {
			break
		}
		m.main.skip(m)
	}
	return false
}

func (m *machine) count(slot int) {
	m.setGlobal(slot, num(m.globals[slot].val.number()+1))
}

// skip leaves the current file.
func (in *mainInput) skip(m *machine) {
	if in.at != nil && in.at != in.stdin {
		in.at.close(m)
	}
	in.at = nil
}

// openNext opens the next operand that is a file and does the assignments before it.
func (m *machine) openNext() bool {
	in := &m.main
	if in.done {
		return false
	}
	for m.err == nil {
		in.next++
		if float64(in.next) >= m.globals[varARGC].val.number() {
			break
		}
		m.spend(1)
		e := m.globals[varARGV].array().Get(wholeNumber(float64(in.next)))
		if e == nil {
			continue
		}
		name := m.text(e.Value)
		if name == "" || m.assignText(name) {
			continue
		}
		m.setGlobal(varARGIND, num(float64(in.next)))
		return m.openMain(name)
	}
	in.done = true
	if in.opened || m.err != nil {
		return false
	}
	return m.openMain("-")
}

func (m *machine) openMain(name string) bool {
	in := &m.main
	in.opened = true
	if name == "-" {
		if in.stdin == nil {
			in.stdin = &reader{src: m.config.Stdin}
		}
		in.at = in.stdin
	} else {
		r, reason := m.open(name)
		if r == nil {
			if reason == "Is a directory" {
				m.abort("%s", reason) // of reading it
			} else {
				m.fail(&RuntimeError{Text: name + ": " + reason})
			}
			return false
		}
		in.at = r
	}
	m.setGlobal(varFILENAME, inputOf(strings.Clone(name)))
	m.setGlobal(varFNR, num(0))
	return m.err == nil
}

// open opens a file, or returns the reason why it cannot be opened.
func (m *machine) open(name string) (r *reader, reason string) {
	if m.config.Open == nil {
		m.unsupported("reading the file %q", name)
		return nil, ""
	}
	if m.outputs.Get(name) != nil {
		m.unsupported("reading %q while it is written", name)
		return nil, ""
	}
	f, err := m.config.Open(name)
	if err != nil {
		return nil, m.reasonOf(err)
	}
	return &reader{src: f, file: f}, ""
}

// getline reads a record, and is 1, 0 at the end and -1 if the file cannot be read.
func (m *machine) getline(x *syntax.GetlineExpr) value {
	if x.Command != nil && m.config.Command == nil {
		m.unsupported("a command that is read with getline")
		return value{}
	}
	target := m.fixed(x.Target)
	if t, ok := target.(*syntax.IndexExpr); ok {
		m.indexed(t) // is there even if nothing is read
	}
	from := x.File
	switch {
	case x.Command != nil:
		from = x.Command
	case from == nil:
		return m.getlineMain(target)
	}
	name := m.text(m.eval(from))
	if m.halted() {
		return value{}
	}
	r := m.files[name]
	if r == nil {
		if len(m.files) >= maxFiles {
			m.fail(&LimitError{Line: x.Line, What: "files open at once", Limit: maxFiles})
			return value{}
		}
		if x.Command != nil {
			r = m.output(name)
		} else if r, _ = m.open(name); r == nil {
			return num(-1)
		}
		m.files[name] = r
	}
	record, end, ok := r.next(m)
	if !ok {
		return num(0)
	}
	m.setGlobal(varRT, str(end))
	m.setGot(target, record)
	return num(1)
}

func (m *machine) setGot(target syntax.Expr, record string) {
	if target == nil {
		m.setRecord(inputOf(record))
		return
	}
	m.assign(target, inputOf(record))
}

func (m *machine) getlineMain(target syntax.Expr) value {
	if m.main.ended {
		return num(-1)
	}
	return truth(m.readMain(target, true))
}
