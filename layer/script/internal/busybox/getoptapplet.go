package busybox

import (
	"fmt"
	"strings"
)

// getoptApplet is the program getopt: it prints arguments in order, options first, quoted for a shell.
func getoptApplet(c *Call) (int, error) {
	isOld := len(c.Args) > 1 && !strings.HasPrefix(c.Args[1], "-")
	if c.Env("GETOPT_COMPATIBLE") != "" {
		return 0, c.Unsupported(c.Line, "getopt: GETOPT_COMPATIBLE is not supported")
	}
	g := optionsOf{c: c, name: "getopt", isQuoted: !isOld}
	var opts optionList
	args := c.Args[1:]
	switch {
	case len(args) == 0:
		return c.complain("missing optstring argument"), nil
	case isOld:
		g.short, args = args[0], args[1:]
	default:
		var err error
		opts, args, err = c.getopt("+o:n:qQl:as:Tu", "alternative=a longoptions=l name=n options=o quiet=q quiet-output=Q shell=s test=T unquoted=u")
		if err != nil {
			return 0, err
		}
		if opts.has('T') {
			return 4, nil
		}
		short, ok := opts.last('o')
		if !ok {
			if len(args) == 0 {
				return c.complain("missing optstring argument"), nil
			}
			short, args = args[0], args[1:]
		}
		g.short = short
	}
	if name, ok := opts.last('n'); ok {
		g.name = name
	}
	shell, ok := opts.last('s')
	switch {
	case opts.has('a'), ok && shell != "sh" && shell != "bash":
		return 0, c.Unsupported(c.Line, "getopt: -a and other shells than sh are not supported")
	case c.Env("POSIXLY_CORRECT") != "" || strings.HasPrefix(g.short, "+") || strings.HasPrefix(g.short, "-") || strings.HasPrefix(g.short, ":"):
		return 0, c.Unsupported(c.Line, "getopt: POSIXLY_CORRECT and options that begin with %q are not supported", "+-:")
	}
	for _, list := range opts.all('l') {
		g.long = append(g.long, strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \t\n", r) })...)
	}
	g.isQuoted = g.isQuoted && !opts.has('u')
	g.isQuiet = opts.has('q')
	if err := g.read(args); err != nil {
		return 0, err
	}
	if !opts.has('Q') {
		fmt.Fprintf(&c.Out, "%s --%s\n", g.options.String(), g.rest.String())
	}
	return g.status, c.Bounded()
}

// optionsOf reads arguments for getopt.
type optionsOf struct {
	c                 *Call
	name              string // for messages
	short             string
	long              []string // with ":" or "::" behind them
	isQuoted, isQuiet bool
	options, rest     strings.Builder
	status            int
}

func (g *optionsOf) quoted(s string) string {
	if !g.isQuoted {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (g *optionsOf) complain(format string, args ...any) {
	g.status = 1
	if !g.isQuiet {
		fmt.Fprintf(&g.c.Err, "%s: %s\n", g.name, fmt.Sprintf(format, args...))
	}
}

// read sorts the arguments.
func (g *optionsOf) read(args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if err := g.c.received(len(arg)); err != nil {
			return err
		}
		switch {
		case arg == "--":
			for _, arg := range args {
				g.rest.WriteString(" " + g.quoted(arg))
			}
			return nil
		case len(arg) < 2 || arg[0] != '-':
			g.rest.WriteString(" " + g.quoted(arg))
		case strings.HasPrefix(arg, "--") && len(g.long) > 0:
			args = g.readLong(arg[2:], args)
		default:
			var err error
			if args, err = g.readShort(arg[1:], args); err != nil {
				return err
			}
		}
	}
	return nil
}

// readShort reads letters, and the argument of the last one.
func (g *optionsOf) readShort(letters string, args []string) ([]string, error) {
	for i := range len(letters) {
		letter := letters[i]
		if letter == ':' || strings.IndexByte(g.short, letter) < 0 {
			g.complain("unrecognized option: %c", letter)
			continue
		}
		g.options.WriteString(" -" + string(rune(letter)))
		wants := takesArgument(g.short, letter)
		if wants == "" {
			continue
		}
		value := letters[i+1:]
		if value == "" && wants == ":" {
			if len(args) == 0 {
				// busybox goes on behind the end of its arguments then.
				return nil, g.c.Unsupported(g.c.Line, "getopt: option -%c needs an argument; what busybox prints without one is not defined", letter)
			}
			value, args = args[0], args[1:]
		}
		g.options.WriteString(" " + g.quoted(value))
		break
	}
	return args, nil
}

// readLong reads a long option. A prefix that fits one name only will do.
func (g *optionsOf) readLong(text string, args []string) []string {
	name, value, hasValue := strings.Cut(text, "=")
	found, wants, matches := "", "", 0
	for _, known := range g.long {
		bare := strings.TrimRight(known, ":")
		if bare == name {
			found, wants, matches = bare, known[len(bare):], 1
			break
		}
		if strings.HasPrefix(bare, name) {
			found, wants = bare, known[len(bare):]
			matches++
		}
	}
	switch {
	case matches == 0:
		g.complain("unrecognized option: %s", text)
		return args
	case matches > 1:
		g.complain("option is ambiguous: %s", text)
		return args
	case wants == "" && hasValue:
		g.complain("option does not take an argument: %s", found)
		return args
	case wants == ":" && !hasValue:
		if len(args) == 0 {
			g.complain("option requires an argument: %s", found)
			return args
		}
		value, args = args[0], args[1:]
	}
	g.options.WriteString(" --" + found)
	if wants != "" {
		g.options.WriteString(" " + g.quoted(value))
	}
	return args
}
