package awk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/syntax"
	"github.com/lamina-oci/lamina/layer/script/internal/awk/internal/table"
	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// Program is a parsed program. It never changes, so several runs may use it at once.
type Program struct{ tree *syntax.Program }

// SyntaxError is a program that cannot be parsed.
type SyntaxError = syntax.Error

// Parse reads a program. The error is a *[SyntaxError].
func Parse(src string) (*Program, error) {
	tree, err := syntax.Parse(src, specialNames)
	if err != nil {
		return nil, err
	}
	return &Program{tree}, nil
}

// Config is what a program runs with. Only Compile is needed.
type Config struct {
	Args []string // operands: files, and assignments VAR=VALUE
	Vars []string // VAR=VALUE of -v, assigned before BEGIN
	FS   *string  // of -F; nil for a blank

	Stdin          io.Reader // nil: empty
	Stdout, Stderr io.Writer // nil: discarded
	Environ        []string  // NAME=VALUE
	Now            time.Time // what systime returns

	// Compile translates a regular expression, an extended one unless it is basic. An error that is a
	// *[RegexError] is that of the program, which ends with its text; any other ends the run as it is.
	Compile func(expr string, ignoreCase, basic bool) (Matcher, error)
	// Open opens a file to read; nil: there are no files. An error that is an
	// *[fs.PathError] is the program's; any other ends the run as it is.
	Open func(name string) (io.ReadCloser, error)
	// Create opens a file to write, which "print >" and "print >>" (more set) do. Its
	// errors are as those of Open. If it is nil, a program that writes a file is
	// not supported, except for /dev/stdout and /dev/stderr.
	Create func(name string, more bool) (io.WriteCloser, error)
	// Command runs a shell command and returns its exit status. It reads stdin or, if that is nil, what the program reads. Its output goes to
	// stdout or, if that is nil, where the program's own output goes. An error ends the run. If it is nil, system, a command before getline and
	// one that print writes to are not supported.
	Command func(command string, stdin io.Reader, stdout io.Writer) (status int, err error)
	// Spend is called as the run goes on with a number of steps: statements, operations
	// and bytes that they touch. An error ends the run. It may be nil.
	Spend func(n int64) error
	// MaxBytes bounds the live values, in bytes; 0 for 32 MiB.
	MaxBytes int64
}

// Matcher is a compiled regular expression.
type Matcher interface {
	// Find returns where the leftmost and longest match begins and ends, or ok == false.
	// If notBOL is set, text does not begin a line, so that "^" does not match there.
	Find(text string, notBOL bool) (begin, end int, ok bool)
}

// RegexError is an invalid regular expression; Text is what libc says of it.
type RegexError struct{ Expr, Text string }

func (e *RegexError) Error() string { return fmt.Sprintf("bad regex '%s': %s", e.Expr, e.Text) }

// UnsupportedError is a construct that is valid but not supported.
type UnsupportedError struct {
	Line int
	What string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("line %d: %s is not supported", e.Line, e.What)
}

// RuntimeError is an error that ends a program as it ends in busybox: with a message on
// standard error and status 1. Line is 0 for one that busybox gives no line.
type RuntimeError struct {
	Line int
	Text string
}

func (e *RuntimeError) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// LimitError is a program that would take too much.
type LimitError struct {
	Line  int
	What  string
	Limit int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("line %d: more than %d %s", e.Line, e.Limit, e.What)
}

// Bounds of a run.
const (
	defaultMaxBytes = 32 << 20
	maxCalls        = 1000 // functions within each other
	maxFiles        = 256  // open at once
)

// Run runs the program and returns its exit status. An error is a *[RuntimeError], after
// which the output that was written stays; a *[UnsupportedError]; a *[LimitError]; or what
// ctx or a function of the configuration returned.
func (p *Program) Run(ctx context.Context, config Config) (status int, err error) {
	m := newMachine(ctx, p.tree, config)
	m.prepare()
	m.runAll()
	m.closeAll()
	if m.err != nil {
		return 0, m.err
	}
	return m.status, nil
}

// machine is one run. Its first error stays in err; from then on nothing is evaluated, and what
// is on its way gives zero values and writes nothing.
type machine struct {
	ctx     context.Context
	config  Config
	program *syntax.Program

	err     error
	jump    syntax.Jump // on its way out of statements
	status  int
	line    int
	pending int64 // steps not spent yet
	live    int64 // bytes of variables, elements and fields
	passing int64 // bytes of intermediate values of the statement

	globals []cell
	frames  []frame
	result  value // of return
	calls   int
	active  []bool // ranges by rule
	places  []*place

	record  record
	main    mainInput
	files   map[string]*reader
	outputs table.Table[*output]
	stdout  *output
	regexes map[regexKey]*compiled
}

// cell is a variable. The same name may be that of a value and of an array.
type cell struct {
	val   value
	arr   *array
	alias *cell // of an argument: where the array comes from
	given bool  // an argument of a call, which to length is no array in busybox
}

type frame struct {
	cells []cell
}

func newMachine(ctx context.Context, p *syntax.Program, config Config) *machine {
	if config.MaxBytes <= 0 {
		config.MaxBytes = defaultMaxBytes
	}
	if config.Stdin == nil {
		config.Stdin = strings.NewReader("")
	}
	if config.Stdout == nil {
		config.Stdout = io.Discard
	}
	if config.Stderr == nil {
		config.Stderr = io.Discard
	}
	m := &machine{
		ctx: ctx, config: config, program: p,
		globals: make([]cell, len(p.Globals)), active: make([]bool, len(p.Rules)),
		files: make(map[string]*reader), regexes: make(map[regexKey]*compiled),
	}
	m.stdout = newOutput(config.Stdout, nil)
	m.line = 1
	return m
}

// Variables with a meaning, in the order of their slots.
const (
	varNF = iota
	varNR
	varFNR
	varFS
	varOFS
	varORS
	varRS
	varRT
	varCONVFMT
	varOFMT
	varSUBSEP
	varRSTART
	varRLENGTH
	varFILENAME
	varIGNORECASE
	varARGC
	varARGV
	varARGIND
	varERRNO
	varENVIRON
)

var specialNames = []string{
	"NF", "NR", "FNR", "FS", "OFS", "ORS", "RS", "RT", "CONVFMT", "OFMT", "SUBSEP", "RSTART", "RLENGTH", "FILENAME", "IGNORECASE",
	"ARGC", "ARGV", "ARGIND", "ERRNO", "ENVIRON",
}

// prepare sets the variables that a program finds.
func (m *machine) prepare() {
	for slot, v := range map[int]value{
		varFS: str(" "), varOFS: str(" "), varORS: str("\n"), varRS: str("\n"), varRT: str(""), varCONVFMT: str("%.6g"), varOFMT: str("%.6g"),
		varSUBSEP: str("\x1c"), varFILENAME: str(""), varNR: num(0), varFNR: num(0), varNF: num(0), varARGIND: num(0), varERRNO: num(0),
		varIGNORECASE: num(0), varARGC: num(float64(len(m.config.Args) + 1)),
	} {
		m.globals[slot].val = v
	}
	m.setElement(&m.globals[varARGV], "0", inputOf("awk"))
	for i, arg := range m.config.Args {
		m.setElement(&m.globals[varARGV], wholeNumber(float64(i+1)), inputOf(arg))
	}
	for _, e := range m.config.Environ {
		name, v, _ := strings.Cut(e, "=")
		m.setElement(&m.globals[varENVIRON], name, inputOf(v))
	}
	if m.config.FS != nil {
		m.setGlobal(varFS, str(libc.UnescapeAll(*m.config.FS)))
	}
	for _, v := range m.config.Vars {
		m.assignText(v)
	}
}

// IsAssignment reports whether the value of -v, or an operand, is VAR=VALUE.
func IsAssignment(text string) bool {
	name, _, ok := strings.Cut(text, "=")
	return ok && syntax.IsName(name)
}

// assignText does VAR=VALUE of -v or an operand. It reports whether text is one.
func (m *machine) assignText(text string) bool {
	if !IsAssignment(text) {
		return false
	}
	name, v, _ := strings.Cut(text, "=")
	// A variable that the program does not name cannot be seen.
	if slot, ok := m.program.Slots[name]; ok {
		m.setGlobal(slot, inputOf(libc.UnescapeAll(v)))
	}
	return true
}

// runAll runs BEGIN, the rules on each record and END.
func (m *machine) runAll() {
	for _, text := range m.program.Literals { // an error in one of them comes before all output
		if m.compile(text, false) == nil {
			return
		}
	}
	for _, b := range m.program.Begin {
		m.execute(b)
		if m.jump == syntax.JumpNext || m.jump == syntax.JumpNextFile {
			m.jump = syntax.NoJump
		}
		if m.halted() {
			break
		}
	}
	if m.err != nil {
		return
	}
	if m.jump != syntax.JumpExit && len(m.program.Rules)+len(m.program.End) > 0 {
		m.runRules()
	}
	if m.err != nil {
		return
	}
	m.jump = syntax.NoJump
	for _, b := range m.program.End {
		m.execute(b)
		if m.jump == syntax.JumpNext || m.jump == syntax.JumpNextFile {
			m.jump = syntax.NoJump
		}
		if m.halted() {
			return
		}
	}
}

func (m *machine) runRules() {
	m.setGlobal(varFNR, num(0)) // also if BEGIN has read from the first file
	for m.nextRecord() {
		for _, r := range m.program.Rules {
			m.line = r.Line
			m.spend(1)
			if m.selected(r) {
				if r.Print {
					m.printRecord()
				} else {
					m.execute(r.Body)
				}
			}
			if m.halted() {
				break
			}
		}
		if m.jump == syntax.JumpNextFile {
			m.main.skip(m)
		}
		if m.jump == syntax.JumpNext || m.jump == syntax.JumpNextFile {
			m.jump = syntax.NoJump
		}
		if m.halted() {
			return
		}
	}
	m.main.ended = true
}

// selected reports whether a rule's pattern selects the record.
func (m *machine) selected(r *syntax.Rule) bool {
	if r.Last == nil {
		return r.Pattern == nil || m.condition(r.Pattern)
	}
	if !m.active[r.Index] && !m.condition(r.Pattern) {
		return false
	}
	m.active[r.Index] = !m.condition(r.Last)
	return !m.halted()
}

// fail keeps the first error.
// It is not inlined, which saves space at 70 callers.
//
//go:noinline
func (m *machine) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

func (m *machine) abort(format string, args ...any) {
	m.fail(&RuntimeError{Line: m.line, Text: fmt.Sprintf(format, args...)})
}

func (m *machine) unsupported(format string, args ...any) {
	m.fail(&UnsupportedError{Line: m.line, What: fmt.Sprintf(format, args...)})
}

// halted reports whether evaluation is on its way out. It is not inlined, which saves space.
//
//go:noinline
func (m *machine) halted() bool { return m.err != nil || m.jump != syntax.NoJump }

// spendBatch is how many steps are counted before Spend and the context are looked at.
const spendBatch = 1 << 10

// spend counts steps and reports whether the run goes on.
func (m *machine) spend(n int64) bool {
	if m.pending += n; m.pending >= spendBatch {
		m.settle()
	}
	return m.err == nil
}

// settle passes the steps counted to Spend.
func (m *machine) settle() {
	n := m.pending
	m.pending = 0
	if m.config.Spend != nil {
		if err := m.config.Spend(n); err != nil {
			m.fail(err)
		}
	}
	if m.ctx.Err() != nil {
		m.fail(context.Cause(m.ctx))
	}
}

// allocate asks for n bytes of an intermediate value before they are allocated, and reports
// whether it may be.
func (m *machine) allocate(n int64) bool {
	m.passing += n
	return m.fits() && m.spend(n)
}

// hold counts n bytes more, or fewer, of live values.
func (m *machine) hold(n int64) bool {
	m.live += n
	return n <= 0 || m.fits()
}

func (m *machine) fits() bool {
	if m.live+m.passing > m.config.MaxBytes {
		m.fail(&LimitError{Line: m.line, What: "bytes of live values", Limit: m.config.MaxBytes})
	}
	return m.err == nil
}

// reasonOf returns what a program says of an error of Open or Create; an error that is not
// the program's ends the run.
func (m *machine) reasonOf(err error) string {
	var path *fs.PathError
	if !errors.As(err, &path) {
		m.fail(err)
		return ""
	}
	return path.Err.Error()
}
