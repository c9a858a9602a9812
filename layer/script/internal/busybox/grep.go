package busybox

import (
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

func grep(c *Call) (int, error) {
	g, args, err := c.newGrepper()
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	several := len(args) > 1 || g.naming == 'H'
	if err := g.checkOnly(several); err != nil {
		return 0, err
	}
	for _, name := range args {
		g.names = g.naming != 'h' && (several || g.recursive && c.isDir(name))
		if err := g.operand(name); err == errStop {
			return 0, nil
		} else if err != nil {
			return 0, err
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
	invert, ignoreCase, words, whole, fixed, extended            bool
	inverted, recursive, follow                                  bool // -v as it was given; -r or -R; -R
	naming                                                       byte // the last of -h and -H; 0 without
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
	bad          error // ends the command when the pattern is looked for, which is when busybox compiles it
	perl         *regex.Perl
}

func (g *grepper) operand(name string) error {
	if g.recursive && name != "-" && g.c.isDir(name) {
		return g.directory(name, 0)
	}
	ok, err := g.file(name)
	g.failed = g.failed || !ok
	return err
}

func (g *grepper) directory(name string, depth int) error {
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
		below, err := c.look(at, g.follow)
		switch {
		case err != nil:
			if !g.silent {
				c.complain("%s: %s", at, Reason(err))
			}
			continue
		case below.Type != tree.Directory && !g.isChosen(child):
		case below.Type == tree.Directory && g.leavesOut(child):
		case below.Type == tree.Directory:
			err = g.directory(at, depth+1)
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
		stdin := &stdinReader{c: g.c, from: g.c.Stdin}
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
		if p != nil && p.bad != nil {
			return p.bad
		}
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
