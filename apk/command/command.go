// Package command reads command lines of apk, says what add, del, fix and upgrade ask the solver for and which packages fetch takes, and answers
// those that only ask: "apk info" and "apk list" with the output of apk 2.14 or 3.0, "apk policy", "apk search" and "apk version" with that of
// 2.14; for "apk query" see [Command.QueryPrinter]. It has no state; everything may be called concurrently.
package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Command is a command line of apk, such as "apk add --virtual .deps gcc".
type Command struct {
	Applet string   // "add", "upgrade" and so on; "" if the line has none
	Args   []string // the operands after it

	// Repositories are those of -X, in their order.
	Repositories []string
	// Verbosity is 1, and more with -v and less with -q.
	Verbosity int

	options map[string]bool
	values  map[string]string
}

// Has reports whether the line has an option, by its long name without dashes. It is not inlined, which saves space.
//
//go:noinline
func (c *Command) Has(option string) bool { return c.options[option] }

// Value returns the value of an option, "" without it.
func (c *Command) Value(option string) string { return c.values[option] }

// optionsOf returns the options of one of apk's commands that are understood, and whether the command is; "" has those of all commands. An
// option is its names with commas between, the first of them the one that [Command.Has] takes, and "=" if it takes a value.
func optionsOf(applet string) (options string, ok bool) {
	switch applet {
	case "":
		return "quiet,q verbose,v update-cache,U,update repository,X= interactive,i force,f no-interactive no-cache no-progress progress " +
			"force-refresh force-overwrite force-non-repository no-network repositories-file= wait= timeout= cache-max-age= cache-dir= purge print-arch " +
			"allow-untrusted no-check-certificate root,p= keys-dir= arch=", true
	case "add":
		return "upgrade,u latest,l virtual,t= initdb", true
	case "upgrade":
		return "available,a latest,l no-self-upgrade self-upgrade-only ignore", true
	case "fix":
		return "depends,d reinstall,r upgrade,u xattr,x directory-permissions", true
	case "info":
		return "all,a description,d e,installed contents,L provides,P rdepends,r depends,R size,s webpage,w who-owns,W triggers,t " +
			"install-if rinstall-if replaces license", true
	case "list":
		return "available,a installed,I origin,o orphaned,O providers,P upgradable,u,upgradeable", true
	case "search":
		return "all,a description,d exact,e,x has-origin origin,o", true
	case "fetch":
		return "output,o= stdout,s link,l simulate", true
	case "query":
		return "installed recursive world summarize= fields= format=", true
	case "del":
		return "rdepends,r", true
	case "version":
		return "all,a limit,l=", true
	case "update", "cache", "policy":
		return "", true
	}
	return "", false
}

// commitOptions are for the commands that change what is installed.
const commitOptions = "clean-protected no-scripts no-commit-hooks simulate,s"

// ChangesDatabase reports whether the command takes apk's lock on its database.
func (c *Command) ChangesDatabase() bool {
	return slices.Contains([]string{"add", "del", "fix", "update", "upgrade"}, c.Applet)
}

// AppletOf returns the command that arguments of apk name: as for apk, that is the first argument that is one. "" means none
// of those that [Parse] understands.
func AppletOf(args []string) string {
	for _, arg := range args {
		if _, ok := optionsOf(arg); ok && arg != "" {
			return arg
		}
	}
	return ""
}

// Parse parses apk's arguments. An option or command that is not understood is an error that wraps [errors.ErrUnsupported].
func Parse(args []string) (*Command, error) {
	c := &Command{Applet: AppletOf(args), Verbosity: 1, options: make(map[string]bool), values: make(map[string]string)}
	rest := slices.Clone(args)
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			c.Args = append(c.Args, rest...)
			rest = nil
		case strings.HasPrefix(arg, "--"):
			name, value, has := strings.Cut(arg[2:], "=")
			full, takes, ok := c.option(name)
			if !ok || len(name) == 1 {
				return nil, unsupported(args, "the option --"+name+" is not supported")
			}
			if has && !takes {
				return nil, unsupported(args, "the option --"+name+" takes no value")
			}
			if takes && !has {
				if len(rest) == 0 {
					return nil, unsupported(args, "the option --"+name+" needs a value")
				}
				value, rest = rest[0], rest[1:]
			}
			c.set(full, value)
		case len(arg) > 1 && arg[0] == '-':
			for i := 1; i < len(arg); i++ {
				letter := arg[i : i+1]
				full, takes, ok := c.option(letter)
				if !ok {
					return nil, unsupported(args, "the option -"+letter+" is not supported")
				}
				value := ""
				if takes {
					if value = arg[i+1:]; value == "" {
						if len(rest) == 0 {
							return nil, unsupported(args, "the option -"+letter+" needs a value")
						}
						value, rest = rest[0], rest[1:]
					}
					i = len(arg)
				}
				c.set(full, value)
			}
		default:
			c.Args = append(c.Args, arg)
		}
	}
	if i := slices.Index(c.Args, c.Applet); i >= 0 {
		c.Args = slices.Delete(c.Args, i, i+1)
	} else if c.Applet == "" && len(c.Args) > 0 {
		return nil, unsupported(args, "the command "+c.Args[0]+" is not supported")
	}
	return c, nil
}

func unsupported(args []string, why string) error {
	return &unsupportedError{fmt.Sprintf("apk %s: %s", strings.Join(args, " "), why)}
}

// option returns the long name of an option of the command, and whether it takes a value.
func (c *Command) option(name string) (full string, takes, ok bool) {
	own, _ := optionsOf(c.Applet)
	common, _ := optionsOf("")
	if c.ChangesDatabase() {
		common += " " + commitOptions
	}
	for option := range strings.FieldsSeq(own + " " + common) {
		names, takes := strings.CutSuffix(option, "=")
		if known := strings.Split(names, ","); slices.Contains(known, name) {
			return known[0], takes, true
		}
	}
	return "", false, false
}

func (c *Command) set(option, value string) {
	switch option {
	case "quiet":
		c.Verbosity--
	case "verbose":
		c.Verbosity++
	case "repository":
		c.Repositories = append(c.Repositories, value)
	}
	c.options[option], c.values[option] = true, value
}

// unsupportedError is an [errors.ErrUnsupported] with a text of its own.
type unsupportedError struct{ text string }

func (e *unsupportedError) Error() string        { return e.text }
func (e *unsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }
