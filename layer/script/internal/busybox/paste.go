package busybox

import (
	"bytes"
)

func paste(c *Call) (int, error) {
	opts, args, err := c.getopt("d:s", "")
	if err != nil {
		return 0, err
	}
	delimiters := "\t"
	if text, ok := opts.last('d'); ok {
		if text == "" {
			return c.complain("-d '' is not supported"), nil
		}
		var stopped bool
		if delimiters, stopped = Unescape(text, formatEscapes); stopped {
			return 0, c.Unsupported(c.Line, `paste: \c in a list of delimiters is not supported`)
		}
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	files := make([]*pasted, len(args))
	opened := make(map[string]*pasted)
	for i, name := range args {
		if name == "-" && opened[name] != nil { // each reads on where the one before it stopped
			files[i] = opened[name]
			continue
		}
		list, problem, err := c.recordsOf(name)
		switch {
		case err != nil:
			return 0, err
		case problem != "":
			return c.complain("%s", problem), nil
		}
		files[i] = &pasted{list}
		opened[name] = files[i]
	}
	p := paster{c: c, delimiters: delimiters}
	if opts.has('s') {
		return 0, p.serial(files)
	}
	return 0, p.parallel(files)
}

// pasted is what is left of the lines of a file.
type pasted struct{ lines [][]byte }

type paster struct {
	c          *Call
	delimiters string
	next       int // of the delimiters
}

// put prints a line and what is behind it.
func (p *paster) put(line []byte, isLast bool) error {
	p.c.Out.Write(bytes.TrimSuffix(line, []byte("\n")))
	if isLast {
		p.c.Out.WriteByte('\n')
		p.next = 0
	} else {
		if d := p.delimiters[p.next]; d != 0 {
			p.c.Out.WriteByte(d)
		}
		p.next = (p.next + 1) % len(p.delimiters)
	}
	return p.c.Bounded()
}

// parallel prints a line of each file next to each other. Files that have ended are left out, with the delimiter or newline
// behind them.
func (p *paster) parallel(files []*pasted) error {
	ended := make([]bool, len(files))
	for left := len(files); left > 0; {
		p.next = 0
		for i, f := range files {
			if ended[i] {
				continue
			}
			if len(f.lines) == 0 {
				ended[i] = true
				left--
				continue
			}
			line := f.lines[0]
			f.lines = f.lines[1:]
			if err := p.put(line, i == len(files)-1); err != nil {
				return err
			}
		}
		if err := p.c.spend(len(files)); err != nil {
			return err
		}
	}
	return nil
}

// serial prints the lines of each file next to each other.
func (p *paster) serial(files []*pasted) error {
	for _, f := range files {
		p.next = 0
		for i, line := range f.lines {
			if err := p.put(line, i == len(f.lines)-1); err != nil {
				return err
			}
		}
		f.lines = nil
	}
	return nil
}
