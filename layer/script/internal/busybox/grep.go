package busybox

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

func grep(c *Call) (int, error) {
	spec, long := "lnqvscFiHhe:f:LorRm:wxEA:B:C:\x01::", "color=\x01"
	if c.isOther() {
		spec, long = spec+"P\x02:\x03:\x04:", ""
	}
	opts, args, err := c.getopt(spec, long)
	if err == nil {
		opts, err = c.plainColors(opts)
	}
	if err != nil {
		return 0, err
	}
	g := grepper{
		c: c, invert: opts.has('v'), ignoreCase: opts.has('i'), words: opts.has('w'), whole: opts.has('x'), fixed: opts.has('F'),
		quiet: opts.has('q'), silent: opts.has('s'), list: opts.has('l'), listOthers: opts.has('L'), count: opts.has('c'),
		numbers: opts.has('n'), only: opts.has('o'), perl: opts.has('P'), most: -1,
	}
	extended := opts.has('E')
	switch path.Base(c.Args[0]) {
	case "egrep":
		extended = true
	case "fgrep":
		g.fixed = true
	}
	naming := byte(0) // the last of -h and -H
	for _, o := range opts {
		n := 0
		if strings.IndexByte("mABC", o.letter) >= 0 {
			if n, err = strconv.Atoi(o.value); err != nil || n < 0 {
				c.complain("invalid number '%s'", o.value)
				return 2, nil
			}
		}
		switch o.letter {
		case 'm':
			g.most = n
		case 'A':
			g.after = n
		case 'B':
			g.before = n
		case 'C':
			g.after, g.before = n, n
		case 'h', 'H':
			naming = o.letter
		}
	}
	given := opts.has('e') || opts.has('f')
	if !given {
		if len(args) == 0 {
			return c.usage(), nil
		}
		opts = append(opts, option{'e', args[0]})
		args = args[1:]
	}
	if err := g.checkPerl(opts); err != nil {
		return 0, err
	}
	for _, o := range opts {
		var text string
		switch o.letter {
		case 'e':
			text = o.value
		case 'f':
			content, err := c.open(o.value, true)
			if Fatal(err) {
				return 0, err
			} else if err != nil {
				c.complain("%s: %s", o.value, Reason(err))
				return 2, nil
			}
			if len(content) == 0 {
				continue
			}
			text = strings.TrimSuffix(string(content), "\n")
		default:
			continue
		}
		for pattern := range strings.SplitSeq(text, "\n") {
			if err := g.add(pattern, extended); err != nil {
				var unsupported regex.UnsupportedError
				if errors.As(err, &unsupported) {
					return 0, c.Unsupported(c.Line, "grep: %q: %v", pattern, err)
				}
				c.complain("bad regex '%s': %v", pattern, err)
				return 2, nil
			}
		}
	}
	if len(g.patterns) == 0 { // of empty files: busybox turns around what an empty pattern selects
		if g.whole || g.words || g.only {
			return 0, c.Unsupported(c.Line, "grep -f of an empty file with -o, -w or -x is not supported")
		}
		g.invert = !g.invert
		if err := g.add("", extended); err != nil {
			return 0, err
		}
	}
	recursive := opts.has('r') || opts.has('R')
	if err := g.chooseFiles(opts, args, recursive); err != nil {
		return 0, err
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	if g.only && len(g.patterns) > 1 {
		return 0, c.Unsupported(c.Line, "grep -o with several patterns is not supported")
	}
	several := len(args) > 1 || naming == 'H'
	context := g.before > 0 || g.after > 0
	if g.only && opts.has('v') && (context || !g.fixed && (several || recursive || g.numbers)) && !g.quiet && !g.list && !g.listOthers && !g.count {
		return 0, c.Unsupported(c.Line, "grep -o with -v is not supported where something is printed before a line")
	}
	for _, name := range args {
		g.names = naming != 'h' && (several || recursive && c.isDir(name))
		if err := g.operand(name, recursive, opts.has('R')); err != nil && err != errStop {
			return 0, err
		} else if err == errStop {
			return 0, nil
		}
	}
	switch {
	case g.failed:
		return 2, nil
	case g.listOthers && g.listed, !g.listOthers && g.matched:
		return 0, nil
	}
	return 1, nil
}

// grepper is one run of grep.
type grepper struct {
	c                                                            *Call
	patterns                                                     []grepPattern
	invert, ignoreCase, words, whole, fixed                      bool
	quiet, silent, list, listOthers, count, numbers, only, names bool
	include, exclude, excludeDirs                                []string // names, of GNU's grep -r
	perl                                                         bool     // -P of GNU's grep
	problem                                                      error    // of the last match
	most, before, after                                          int
	last                                                         int // number of the line that was printed last, from 1 on
	matched, listed, failed                                      bool
}

// grepPattern is a string to find or a regular expression.
type grepPattern struct {
	text, folded []byte
	re           *regex.Expression
	perl         *regex.Perl
}

func (g *grepper) add(pattern string, extended bool) error {
	p := grepPattern{text: []byte(pattern), folded: []byte(pattern)}
	if g.ignoreCase {
		p.folded = upper(p.text)
	}
	if g.perl {
		var err error
		if p.perl, err = g.parsePerl(pattern); err != nil {
			return err
		}
	} else if !g.fixed {
		var err error
		if p.re, err = regex.Parse(pattern, regex.Flags{Extended: extended, IgnoreCase: g.ignoreCase}); err != nil {
			return err
		}
	}
	g.patterns = append(g.patterns, p)
	return nil
}

func (g *grepper) operand(name string, recursive, follow bool) error {
	c := g.c
	if recursive && name != "-" && c.isDir(name) {
		return g.directory(name, follow, 0)
	}
	ok, err := g.file(name)
	g.failed = g.failed || !ok
	return err
}

func (g *grepper) directory(name string, follow bool, depth int) error {
	c := g.c
	if depth > maxDirectories {
		return c.Unsupported(c.Line, "grep: more than %d directories deep", maxDirectories)
	}
	n, err := c.look(name, true)
	if err != nil {
		return err
	}
	names, err := c.Tree.Names(n)
	if err != nil {
		c.complain("%s: %s", name, Reason(err)) // also with -s
		return nil
	}
	for _, child := range names {
		at := join(name, child)
		below, err := c.look(at, follow)
		switch {
		case err != nil:
			if !g.silent {
				c.complain("%s: %s", at, Reason(err))
			}
			continue
		case below.Type != tree.Directory && !g.isChosen(child):
		case below.Type == tree.Directory && g.leavesOut(child):
		case below.Type == tree.Directory:
			err = g.directory(at, follow, depth+1)
		case below.Type == tree.Symlink && c.isDir(at):
		default:
			_, err = g.file(at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file searches a file. It is not ok if that cannot be opened; a directory is taken for
// empty.
func (g *grepper) file(name string) (ok bool, err error) {
	if name == "-" {
		stdin := &stdinReader{c: g.c}
		defer stdin.close()
		if g.perl {
			if err := g.checkInput(stdin); err != nil {
				return false, err
			}
		}
		return true, g.search("(standard input)", &grepLines{stdin: stdin})
	}
	content, err := g.c.open(name, true)
	switch {
	case Fatal(err):
		return false, err
	case g.perl && errors.Is(err, tree.ErrIsDir):
		return false, g.c.Unsupported(g.c.Line, "grep: -P of a directory is not supported: %s", name)
	case err != nil && !errors.Is(err, tree.ErrIsDir):
		if !g.silent {
			g.c.complain("%s: %s", name, Reason(err))
		}
		return false, nil
	}
	list, err := g.c.records(content)
	if err == nil {
		err = g.checkText(name, content)
	}
	if err != nil {
		return false, err
	}
	return true, g.search(name, &grepLines{list: list})
}

// grepLines are the lines of an input, of which standard input is read when they are asked for.
type grepLines struct {
	list  [][]byte
	stdin *stdinReader
}

// has reports whether there is a line of a number from 0 on.
func (l *grepLines) has(i int) (bool, error) {
	for len(l.list) <= i {
		if l.stdin == nil {
			return false, nil
		}
		line, err := l.stdin.line()
		if line == nil || err != nil {
			return false, err
		}
		records, err := l.stdin.c.records(line)
		if err != nil {
			return false, err
		}
		if l.list = append(l.list, records...); len(l.list) > maxLines {
			return false, l.stdin.c.exceeded("grep: input of more than %d lines", maxLines)
		}
	}
	return true, nil
}

// search goes through the lines of a file.
func (g *grepper) search(name string, lines *grepLines) error {
	c := g.c
	count, printed, after := 0, 0, 0 // printed: lines that have been printed up to here
	for i := 0; g.most < 0 || i == 0 || after > 0 || count != g.most; i++ {
		if ok, err := lines.has(i); err != nil {
			return err
		} else if !ok {
			break
		}
		line := lines.list[i]
		if i%1024 == 0 {
			if err := c.Bounded(); err != nil {
				return err
			}
		}
		text := chomp(line)
		if err := c.spend(g.cost(text)); err != nil {
			return err
		}
		p, m := g.match(text)
		if g.problem != nil {
			return c.Unsupported(c.Line, "grep: %q: %v", p.text, g.problem)
		}
		if (m != nil) == g.invert {
			if after > 0 {
				g.line(name, i, '-', text)
				printed = i + 1
				after--
			}
			continue
		}
		count++
		g.matched = true
		switch {
		case g.quiet:
			return errStop
		case g.list:
			fmt.Fprintln(&c.Out, name)
			g.listed = true
			return nil
		case g.listOthers:
			return nil
		}
		if g.most >= 0 && count > g.most {
			break
		}
		if g.count {
			continue
		}
		for from := max(i-g.before, printed); from < i; from++ {
			g.line(name, from, '-', chomp(lines.list[from]))
		}
		switch {
		case !g.only:
			g.line(name, i, ':', text)
		case p != nil && p.perl != nil && !g.invert:
			if err := g.perlMatches(name, i, text, p, m); err != nil {
				return err
			}
		case !g.invert:
			g.matches(name, i, text, p, m)
		}
		printed, after = i+1, g.after
	}
	if g.count {
		if g.names {
			c.Out.WriteString(name + ":")
		}
		fmt.Fprintln(&c.Out, count)
	}
	if g.listOthers && count == 0 {
		fmt.Fprintln(&c.Out, name)
		g.listed = true
	}
	return nil
}

func (g *grepper) line(name string, i int, mark byte, text []byte) {
	out := &g.c.Out
	if (g.before > 0 || g.after > 0) && g.last > 0 && g.last != i { // also between files
		out.WriteString("--\n")
	}
	g.last = i + 1
	if g.names {
		out.WriteString(name)
		out.WriteByte(mark)
	}
	if g.numbers {
		fmt.Fprintf(out, "%d%c", i+1, mark)
	}
	out.Write(text)
	out.WriteByte('\n')
}

// matches prints each match of a line.
func (g *grepper) matches(name string, i int, text []byte, p *grepPattern, m []int) {
	if p.re == nil {
		g.line(name, i, ':', p.text)
		return
	}
	start, end := m[0], m[1]
	for {
		if end > start {
			g.line(name, i, ':', text[start:end])
		} else {
			end++
		}
		if end >= len(text) {
			return
		}
		m := p.re.Find(text[end:], true)
		if m == nil {
			return
		}
		start, end = end+m[0], end+m[1]
	}
}
