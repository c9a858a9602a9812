package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// option is one option of a command line, in the order in which it was given.
type option struct {
	letter byte
	value  string
}

type optionList []option

// has reports whether there is an option of that letter. Like last it is not inlined: it has hundreds of callers, and none of them is hot.
//
//go:noinline
func (l optionList) has(letter byte) bool {
	_, ok := l.last(letter)
	return ok
}

// last returns the argument of the last option of that letter.
//
//go:noinline
func (l optionList) last(letter byte) (string, bool) {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].letter == letter {
			return l[i].value, true
		}
	}
	return "", false
}

// all returns the arguments of every option of that letter.
// It is not inlined, which saves space.
//
//go:noinline
func (l optionList) all(letter byte) []string {
	var values []string
	for _, o := range l {
		if o.letter == letter {
			values = append(values, o.value)
		}
	}
	return values
}

// getopt reads options as getopt(3) does, in their order and with repetitions.
// In spec a letter followed by ":" takes an argument, by "::" one in the same word if any;
// with "+" in front the first operand ends the options. Long options are written as
// "name=letter other": one without a letter has that of the one before it.
//
// An option that busybox has and spec lacks is unsupported. One that busybox lacks too
// (see [applet]) is refused in busybox' words, with its usage and status: scripts that
// try options of other systems go on from there.
func (c *Call) getopt(spec, long string) (opts optionList, rest []string, err error) {
	spec, stop := strings.CutPrefix(spec, "+")
	args := c.Args[1:]
	for len(args) > 0 {
		arg := args[0]
		if arg == "--" {
			return opts, append(rest, args[1:]...), nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			if stop {
				return opts, append(rest, args...), nil
			}
			rest, args = append(rest, arg), args[1:]
			continue
		}
		args = args[1:]
		if strings.HasPrefix(arg, "--") && (!c.applet().shortOnly() || c.isOther()) {
			name, value, hasValue := strings.Cut(arg[2:], "=")
			letter, full, err := c.longOption(name, arg[2:], long)
			if err != nil {
				return nil, nil, err
			}
			wants := takesArgument(spec, letter)
			if hasValue && wants == "" {
				return nil, nil, c.refused("option does not take an argument: %s", full)
			}
			if wants == ":" && !hasValue {
				if len(args) == 0 {
					return nil, nil, c.refused("option requires an argument: %s", full)
				}
				value, args = args[0], args[1:]
			}
			opts = append(opts, option{letter, value})
			continue
		}
		for i := 1; i < len(arg); i++ {
			letter := arg[i]
			if letter == ':' || strings.IndexByte(spec, letter) < 0 {
				return nil, nil, c.unknownOption(letter)
			}
			wants := takesArgument(spec, letter)
			if wants == "" {
				opts = append(opts, option{letter, ""})
				continue
			}
			value := arg[i+1:]
			if value == "" && wants == ":" {
				if len(args) == 0 {
					return nil, nil, c.refused("option requires an argument: %c", letter)
				}
				value, args = args[0], args[1:]
			}
			opts = append(opts, option{letter, value})
			break
		}
	}
	return opts, rest, nil
}

// longOption returns the letter that a long option stands for, and its whole name. A prefix
// that fits one name only will do.
func (c *Call) longOption(name, text, long string) (letter byte, found string, err error) {
	if letter, ok := c.gnuOption(name); ok {
		return letter, name, nil
	}
	row := c.applet()
	matches := 0
	for known := range strings.FieldsSeq(row.longOptions()) {
		if known == name {
			matches, found = 1, name
			break
		}
		if strings.HasPrefix(known, name) {
			matches++
			found = known
		}
	}
	switch {
	case matches > 1:
		return 0, "", c.refused("option is ambiguous: %s", text)
	case matches == 0 && row.options != anyOption:
		return 0, "", c.refused("unrecognized option: %s", text)
	case matches == 0:
		found = name
	}
	for word := range strings.FieldsSeq(long) {
		name, is, ok := strings.Cut(word, "=")
		if ok {
			letter = is[0]
		}
		if name == found {
			return letter, found, nil
		}
	}
	return 0, "", c.Unsupported(c.Line, "%s: option %q is not supported", c.Args[0], "--"+text)
}

// unknownOption is the error for a letter that an applet does not implement.
func (c *Call) unknownOption(letter byte) error {
	row := c.applet()
	if row.options == anyOption || letter != ':' && letter != ' ' && strings.IndexByte(row.shortOptions(), letter) >= 0 {
		return c.Unsupported(c.Line, "%s: option -%c is not supported", c.Args[0], letter)
	}
	return c.refused("unrecognized option: %c", letter)
}

// operands are the arguments of a command without options, which ends them with "--" all
// the same.
func (c *Call) operands() []string {
	if len(c.Args) > 1 && c.Args[1] == "--" {
		return c.Args[2:]
	}
	return c.Args[1:]
}

// takesArgument returns "", ":" or "::".
func takesArgument(spec string, letter byte) string {
	after := spec[strings.IndexByte(spec, letter)+1:]
	return after[:len(after)-len(strings.TrimLeft(after, ":"))]
}

// refused prints why a command line is wrong and the usage. Its error ends the command,
// not the script.
func (c *Call) refused(format string, args ...any) error {
	if c.isOther() {
		return c.Unsupported(c.Line, "%s is not busybox's, and is interpreted as far as busybox goes: %s", c.Args[0], fmt.Sprintf(format, args...))
	}
	c.complain(format, args...)
	return exitStatus(c.usage())
}

// exitStatus is the error of an applet that ends at once.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// failed prints why an applet ends at once, and returns the error that ends it.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) failed(status int, format string, args ...any) error {
	c.complain(format, args...)
	return exitStatus(status)
}

// ended returns what an applet returns, with an exitStatus taken apart.
func ended(status int, err error) (int, error) {
	if exit := exitStatus(0); errors.As(err, &exit) {
		return int(exit), nil
	}
	return status, err
}

// usage is what a command says that got too few or too many arguments, with the status
// that it ends with. Busybox prints its help there.
func (c *Call) usage() int {
	if c.isReplacement() {
		c.Fail(c.refused("wrong usage"))
		return 1
	}
	name := path.Base(c.Args[0])
	switch name {
	case "egrep", "fgrep": // without a help of their own
		return 2
	}
	fmt.Fprintf(&c.Err, "Usage: %s\n", name)
	switch name {
	case "grep", "sort":
		return 2
	}
	return 1
}
