package busybox

import (
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
	"github.com/lamina-oci/lamina/layer/tree"
)

// newGrepper reads the command line. The operands are the files.
func (c *Call) newGrepper() (g *grepper, operands []string, err error) {
	spec, long := "lnqvscFiHhe:f:LorRm:wxEA:B:C:\x01::", "color=\x01"
	if c.isOther() {
		spec, long = spec+"P\x02:\x03:\x04:", ""
	}
	opts, args, err := c.getopt(spec, long)
	if err == nil {
		opts, err = c.plainColors(opts)
	}
	if err != nil {
		return nil, nil, err
	}
	name := path.Base(c.Args[0])
	g = &grepper{
		c: c, invert: opts.has('v'), inverted: opts.has('v'), ignoreCase: opts.has('i'), words: opts.has('w'), whole: opts.has('x'), fixed: opts.has('F') || name == "fgrep",
		extended: opts.has('E') || name == "egrep", quiet: opts.has('q'), silent: opts.has('s'), list: opts.has('l'), listOthers: opts.has('L'),
		count: opts.has('c'), numbers: opts.has('n'), only: opts.has('o'), perl: opts.has('P'), recursive: opts.has('r') || opts.has('R'),
		follow: opts.has('R'), most: -1,
	}
	if err := g.takeNumbers(opts); err != nil {
		return nil, nil, err
	}
	if !opts.has('e') && !opts.has('f') {
		if len(args) == 0 {
			return nil, nil, exitStatus(c.usage())
		}
		opts, args = append(opts, option{'e', args[0]}), args[1:]
	}
	if err := g.checkPerl(opts); err != nil {
		return nil, nil, err
	}
	if err := g.takePatterns(opts); err != nil {
		return nil, nil, err
	}
	return g, args, g.chooseFiles(opts, args)
}

// takeNumbers takes the options with a number, and the last of -h and -H.
func (g *grepper) takeNumbers(opts optionList) error {
	for _, o := range opts {
		n := 0
		if strings.IndexByte("mABC", o.letter) >= 0 {
			var err error
			if n, err = strconv.Atoi(o.value); err != nil || n < 0 {
				return g.c.failed(2, "invalid number '%s'", o.value)
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
			g.naming = o.letter
		}
	}
	return nil
}

// takePatterns takes the patterns of -e and -f, one a line.
func (g *grepper) takePatterns(opts optionList) error {
	c := g.c
	for _, o := range opts {
		var text string
		switch o.letter {
		case 'e':
			text = o.value
		case 'f':
			content, err := c.open(o.value, true)
			if Fatal(err) {
				return err
			} else if err != nil && (err != tree.ErrIsDir || c.isOther()) {
				return g.c.failed(2, "%s: %s", o.value, Reason(err))
			}
			if len(content) == 0 {
				continue
			}
			text = strings.TrimSuffix(string(content), "\n")
		default:
			continue
		}
		for pattern := range strings.SplitSeq(text, "\n") {
			if err := g.add(pattern); err != nil {
				return err
			}
		}
	}
	if len(g.patterns) > 0 {
		return nil
	}
	// The files of -f were empty: busybox turns around what an empty pattern selects.
	if g.whole || g.words || g.only {
		return c.Unsupported(c.Line, "grep -f of an empty file with -o, -w or -x is not supported")
	}
	g.invert = !g.invert
	return g.add("")
}

// checkOnly refuses what of -o is not modelled.
func (g *grepper) checkOnly(several bool) error {
	c := g.c
	if g.only && len(g.patterns) > 1 {
		return c.Unsupported(c.Line, "grep -o with several patterns is not supported")
	}
	isPrefixed := g.before > 0 || g.after > 0 || !g.fixed && (several || g.recursive || g.numbers)
	if g.only && g.inverted && isPrefixed && !g.quiet && !g.list && !g.listOthers && !g.count {
		return c.Unsupported(c.Line, "grep -o with -v is not supported where something is printed before a line")
	}
	return nil
}

func (g *grepper) add(pattern string) (err error) {
	p := grepPattern{text: []byte(pattern), folded: []byte(pattern)}
	if g.ignoreCase {
		p.folded = upper(p.text)
	}
	switch {
	case g.perl:
		p.perl, err = g.parsePerl(pattern)
	case !g.fixed:
		p.re, err = regex.Parse(pattern, regex.Flags{Extended: g.extended, IgnoreCase: g.ignoreCase})
	}
	var unsupported regex.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return g.c.Unsupported(g.c.Line, "grep: %q: %v", pattern, err)
	case err != nil && !g.c.isOther():
		p.bad = err
	case err != nil:
		return g.c.failed(2, "bad regex '%s': %v", pattern, err)
	}
	g.patterns = append(g.patterns, p)
	return nil
}
