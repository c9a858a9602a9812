package console

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/registry"
)

// Forms of progress.
const (
	Auto  = "auto" // bars on a terminal, else plain; nothing where nobody looks
	Plain = "plain"
	JSON  = "json"
	None  = "none"
	bar   = "bar"
)

// Progress shows on a writer, usually stderr, how far each stage has come. Stages are fetch, verify, write, pull, push and share. Others that write
// there write to it.
type Progress struct {
	form  string
	w     io.Writer
	width func() int
	now   func() time.Time

	mu      sync.Mutex
	stages  []*stageProgress // in the order in which they began
	shown   time.Time
	isShown bool   // there is a line on the terminal
	line    []byte // with --progress json, of what others print: it has no end yet
}

// stageProgress is one of them, for all platforms and files together.
type stageProgress struct {
	name   string
	unit   string           // "bytes" or "packages"
	parts  map[string]*part // by what is done
	begun  time.Time
	done   int64 // sums over parts
	total  int64
	last   event // that was told
	isTold bool  // in a line, without a terminal
}

type part struct{ done, total int64 }

// event is a line of --progress json.
type event struct {
	Stage string `json:"stage"` // fetch, verify, write, pull, push or share
	Done  int64  `json:"done"`
	Total int64  `json:"total"` // 0 if it is not known; it may grow
	Unit  string `json:"unit"`  // bytes or packages
}

// New returns the progress in a form: Auto, Plain, JSON or None.
func New(w io.Writer, form string) (*Progress, error) {
	p := &Progress{form: form, w: w, now: time.Now, width: func() int { return 80 }}
	switch form {
	case Plain, JSON, None:
		return p, nil
	case Auto:
	default:
		return nil, fmt.Errorf("progress %q: want auto, plain, json or none", form)
	}
	file, ok := p.w.(interface{ Fd() uintptr })
	switch {
	case !ok:
		p.form = None
	case term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb":
		p.form = bar
		p.width = func() int {
			width, _, err := term.GetSize(int(file.Fd()))
			if err != nil || width <= 0 {
				return 80
			}
			return width
		}
	default:
		p.form = Plain
	}
	return p, nil
}

// IsSilent reports whether nothing is shown.
func (p *Progress) IsSilent() bool { return p.form == None }

// Fetched, Built and Transferred take what the rooms below tell; nil if nobody wants it.
func (p *Progress) Fetched() func(repository.Progress) {
	if p.form == None {
		return nil
	}
	return func(r repository.Progress) {
		total := r.Size
		if r.Done {
			total = r.Received
		}
		p.tell("fetch", "bytes", r.URL, r.Received, total)
	}
}

func (p *Progress) Built() func(assemble.Progress) {
	if p.form == None {
		return nil
	}
	return func(b assemble.Progress) {
		p.tell(b.Stage, b.Unit, b.Platform.String(), b.Done, b.Total)
	}
}

func (p *Progress) Transferred() func(registry.Transfer) {
	if p.form == None {
		return nil
	}
	return func(t registry.Transfer) {
		name := "pull"
		if t.Upload {
			name = "push"
		}
		p.tell(name, "bytes", t.Name, t.Done, t.Total)
	}
}

// Shared takes the progress of a shared cache: entries that are fetched count for the stage fetch, those that are sent for a stage of their own.
func (p *Progress) Shared() func(registry.Transfer) {
	if p.form == None {
		return nil
	}
	return func(s registry.Transfer) {
		name := "fetch"
		if s.Upload {
			name = "share"
		}
		p.tell(name, "bytes", s.Name, s.Done, s.Total)
	}
}

// often is how much time is between two events of a stage, or two looks of a line, at least.
const often = 100 * time.Millisecond

func (p *Progress) tell(name, unit, what string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stage(name, unit)
	one := s.parts[what]
	if one == nil {
		one = new(part)
		s.parts[what] = one
	}
	s.done += done - one.done
	s.total += total - one.total
	one.done, one.total = done, total
	isEnd := s.done == s.total
	if !isEnd && p.now().Sub(p.shown) < often {
		return
	}
	p.shown = p.now()
	switch p.form {
	case JSON:
		p.tellJSON(s)
	case bar:
		p.draw(s)
	}
}

func (p *Progress) stage(name, unit string) *stageProgress {
	for _, s := range p.stages {
		if s.name == name {
			return s
		}
	}
	if p.form == Plain {
		p.tellPlain()
	}
	s := &stageProgress{name: name, unit: unit, parts: make(map[string]*part), begun: p.now()}
	p.stages = append(p.stages, s)
	return s
}

func (p *Progress) tellJSON(s *stageProgress) {
	e := event{Stage: s.name, Done: s.done, Total: s.total, Unit: s.unit}
	if e == s.last {
		return
	}
	s.last = e
	if line, err := jsontext.Marshal(e); err == nil {
		p.w.Write(append(line, '\n'))
	}
}

// draw puts a line in place of the one before: the stage, a bar, how much, how fast and how long still.
func (p *Progress) draw(s *stageProgress) {
	width := p.width() - 1 // a line that is full would wrap
	line := fmt.Sprintf("%-6s  %s", s.name, s.amount(s.done, s.total))
	if elapsed := p.now().Sub(s.begun); elapsed >= time.Second && s.done > 0 {
		rate := float64(s.done) / elapsed.Seconds()
		if s.unit == "bytes" {
			line += fmt.Sprintf("  %s/s", terminal.FormatBytes(int64(rate)))
		}
		if left := float64(s.total-s.done) / rate; s.total > s.done && left < 100*3600 {
			line += "  " + (time.Duration(left+0.5) * time.Second).String() + " left"
		}
	}
	const barWidth = 20
	if s.total > 0 && len(line)+barWidth+4 <= width {
		full := min(int(s.done*barWidth/s.total), barWidth)
		bar := make([]byte, barWidth)
		for i := range bar {
			bar[i] = '.'
			if i < full {
				bar[i] = '#'
			}
		}
		line = fmt.Sprintf("%-6s  [%s]%s", s.name, bar, line[6:])
	}
	if len(line) > width {
		line = line[:max(width, 0)]
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	p.isShown = true
}

// amount is how much was done, and of how much unless total is 0.
func (s *stageProgress) amount(done, total int64) string {
	form, unit := terminal.FormatBytes, ""
	if s.unit != "bytes" {
		form, unit = func(n int64) string { return strconv.FormatInt(n, 10) }, " "+s.unit
		if max(done, total) == 1 {
			unit = strings.TrimSuffix(unit, "s")
		}
	}
	if total == 0 {
		return form(done) + unit
	}
	return form(done) + " of " + form(total) + unit
}

// End clears the line; without a terminal, it says in a line what each stage came to.
func (p *Progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.form {
	case bar:
		if p.isShown {
			fmt.Fprint(p.w, "\r\x1b[K")
			p.isShown = false
		}
	case JSON:
		for _, s := range p.stages {
			p.tellJSON(s)
		}
	case Plain:
		for _, s := range p.stages {
			s.total = s.done // there is no more to come
		}
		p.tellPlain()
	}
	p.stages = nil
}

// Abort forgets unfinished stages.
func (p *Progress) Abort() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stages = slices.DeleteFunc(p.stages, func(s *stageProgress) bool { return s.done != s.total })
}

// tellPlain says of each stage that is over what it came to.
func (p *Progress) tellPlain() {
	for _, s := range p.stages {
		if s.isTold || s.done != s.total {
			continue
		}
		s.isTold = true
		forms := map[string]string{
			"pull": "pulled %s", "fetch": "fetched %s", "verify": "verified %s", "write": "packed %s into a layer",
			"push": "pushed %s", "share": "sent %s to the shared cache",
		}
		fmt.Fprintf(p.w, MessagePrefix+forms[s.name]+"\n", s.amount(s.done, 0))
	}
}

// Write lets others print without getting into the line. Lines become objects with --progress json.
func (p *Progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.form == JSON {
		p.line = append(p.line, b...)
		for {
			line, rest, found := bytes.Cut(p.line, []byte{'\n'})
			if !found {
				return len(b), nil
			}
			text, err := jsontext.Marshal(noticeOf(string(line)))
			if err == nil {
				_, err = p.w.Write(append(text, '\n'))
			}
			if err != nil {
				return 0, err
			}
			p.line = slices.Clone(rest)
		}
	}
	if p.isShown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.isShown = false
	}
	return p.w.Write(b)
}

// Notice is a line of --progress json that tells of something else than progress; it has one of these.
type Notice struct {
	Warning string `json:"warning,omitempty"`
	Message string `json:"message,omitempty"`
	Output  string `json:"output,omitempty"` // of a script
	Error   string `json:"error,omitempty"`
	Hint    string `json:"hint,omitempty"` // what to do about an error
}

// WriteError writes an error to standard error once progress has ended: in the form JSON as an object, otherwise as a line, and one with the
// remedy, if any.
func WriteError(w io.Writer, form, message, remedy string) {
	if form == JSON {
		if text, err := jsontext.Marshal(Notice{Error: message, Hint: remedy}); err == nil {
			fmt.Fprintf(w, "%s\n", text)
		}
		return
	}
	fmt.Fprintf(w, MessagePrefix+"%s\n", message)
	if remedy != "" {
		fmt.Fprintf(w, "  %s\n", remedy)
	}
}

// noticeOf makes one of a line for people.
func noticeOf(line string) Notice {
	if text, ok := strings.CutPrefix(line, WarningPrefix); ok {
		return Notice{Warning: text}
	}
	if text, ok := strings.CutPrefix(line, MessagePrefix); ok {
		return Notice{Message: text}
	}
	return Notice{Output: line}
}

// How lines on stderr begin.
const (
	MessagePrefix = "lamina: "
	WarningPrefix = MessagePrefix + "warning: "
)
