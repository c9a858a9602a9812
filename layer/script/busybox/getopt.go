package busybox

import (
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

func (l optionList) has(letter byte) bool {
	_, ok := l.last(letter)
	return ok
}

// last returns the argument of the last option of that letter.
func (l optionList) last(letter byte) (string, bool) {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].letter == letter {
			return l[i].value, true
		}
	}
	return "", false
}

// all returns the arguments of every option of that letter.
func (l optionList) all(letter byte) []string {
	var values []string
	for _, o := range l {
		if o.letter == letter {
			values = append(values, o.value)
		}
	}
	return values
}

// getopt reads options as getopt(3) does, in their order and with repetitions. What a command
// does not know is an error: doing something else would be worse.
// In spec a letter followed by ":" takes an argument, by "::" one in the same word if any;
// with "+" in front the first operand ends the options. Long options map to a letter.
func (c *Call) getopt(spec string, long map[string]byte) (opts optionList, rest []string, err error) {
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
		if strings.HasPrefix(arg, "--") {
			name, value, hasValue := strings.Cut(arg[2:], "=")
			letter, ok := long[name]
			wants := ""
			if ok {
				wants = takesArgument(spec, letter)
			}
			if !ok || hasValue && wants == "" {
				return nil, nil, c.Unsupported(c.Line, "%s: option %q is not supported", c.Args[0], arg)
			}
			if wants == ":" && !hasValue {
				if len(args) == 0 {
					return nil, nil, c.Unsupported(c.Line, "%s: option %q needs an argument", c.Args[0], arg)
				}
				value, args = args[0], args[1:]
			}
			opts = append(opts, option{letter, value})
			continue
		}
		for i := 1; i < len(arg); i++ {
			letter := arg[i]
			if letter == ':' || strings.IndexByte(spec, letter) < 0 {
				return nil, nil, c.Unsupported(c.Line, "%s: option -%c is not supported", c.Args[0], letter)
			}
			wants := takesArgument(spec, letter)
			if wants == "" {
				opts = append(opts, option{letter, ""})
				continue
			}
			value := arg[i+1:]
			if value == "" && wants == ":" {
				if len(args) == 0 {
					return nil, nil, c.Unsupported(c.Line, "%s: option -%c needs an argument", c.Args[0], letter)
				}
				value, args = args[0], args[1:]
			}
			opts = append(opts, option{letter, value})
			break
		}
	}
	return opts, rest, nil
}

// takesArgument returns "", ":" or "::".
func takesArgument(spec string, letter byte) string {
	after := spec[strings.IndexByte(spec, letter)+1:]
	return after[:len(after)-len(strings.TrimLeft(after, ":"))]
}

// usage is what a command says that got too few or too many arguments. Busybox prints
// its help there.
func (c *Call) usage() int {
	fmt.Fprintf(&c.Err, "Usage: %s\n", path.Base(c.Args[0]))
	return 1
}
