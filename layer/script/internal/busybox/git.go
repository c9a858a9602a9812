package busybox

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// git is "git config" of git 2.39 and later that sets a variable of the user or the system: a file with sections and lines (git-config(1)). All else of git needs
// the program.
func git(c *Call) (int, error) {
	refuse := func(why string) (int, error) {
		return c.RefuseProgram("git", "git is a program that cannot be interpreted: %s", why)
	}
	const supported = "only git config with --global or --system, a name and a value is"
	args := c.Args[1:]
	if len(args) == 0 || args[0] != "config" {
		return refuse(supported)
	}
	place, isAdded := "", false
	for args = args[1:]; len(args) > 0 && strings.HasPrefix(args[0], "-"); args = args[1:] {
		switch args[0] {
		case "--global", "--system":
			place = args[0]
		case "--add":
			isAdded = true
		case "--replace-all", "--bool", "--int":
			return refuse("git config " + args[0] + " is not supported")
		default:
			return refuse(supported)
		}
	}
	if len(args) != 2 || place == "" {
		return refuse(supported)
	}
	name := "/etc/gitconfig"
	if place == "--global" {
		home := c.Env("HOME")
		if home == "" {
			fmt.Fprintln(&c.Err, "fatal: $HOME not set")
			return 128, nil
		}
		name = home + "/.gitconfig"
		xdg := c.Env("XDG_CONFIG_HOME")
		if xdg == "" {
			xdg = home + "/.config"
		}
		if c.hasFile(xdg+"/git/config") && !c.hasFile(name) {
			name = xdg + "/git/config"
		}
	}
	key, problem := parseGitKey(args[0])
	if problem != "" {
		fmt.Fprintln(&c.Err, "error: "+problem)
		if strings.HasPrefix(problem, "invalid") {
			return 1, nil
		}
		return 2, nil
	}
	before, err := c.open(name, false)
	if Fatal(err) {
		return 0, err
	}
	if err != nil && !errors.Is(err, tree.ErrNotExist) {
		return refuse(name + ": " + Reason(err))
	}
	file := strings.Split(strings.TrimSuffix(string(before), "\n"), "\n")
	if len(before) == 0 {
		file = nil
	}
	after, status, problem := key.set(file, args[1], isAdded)
	switch {
	case status < 0:
		return refuse(name + ": " + problem)
	case status > 0:
		fmt.Fprintln(&c.Err, problem)
		return status, nil
	}
	text := strings.Join(after, "\n") + "\n"
	if before == nil {
		err = c.writeTo(name, tree.Create|tree.Truncate, []byte(text))
	} else {
		err = c.replaceMade(name, []byte(text))
	}
	if err != nil && !Fatal(err) {
		fmt.Fprintf(&c.Err, "error: could not lock config file %s: %s\n", name, Reason(err))
		return 255, nil
	}
	return 0, err
}

func (c *Call) hasFile(name string) bool {
	_, err := c.look(name, true)
	return err == nil
}

// gitKey is the name of a variable: section.variable or section.subsection.variable.
type gitKey struct{ section, subsection, variable string }

var gitName = regexp.MustCompile(`^[A-Za-z][-A-Za-z0-9]*$`)

func parseGitKey(name string) (key gitKey, problem string) {
	first, last := strings.IndexByte(name, '.'), strings.LastIndexByte(name, '.')
	if first <= 0 {
		return key, "key does not contain a section: " + name
	}
	if last == len(name)-1 {
		return key, "key does not contain variable name: " + name
	}
	key = gitKey{section: name[:first], variable: name[last+1:]}
	if first < last {
		key.subsection = name[first+1 : last]
	}
	if !gitName.MatchString(key.variable) || strings.Trim(strings.ToLower(key.section), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return key, "invalid key: " + name
	}
	return key, ""
}

func (k gitKey) header() string {
	if k.subsection == "" {
		return "[" + k.section + "]"
	}
	return "[" + k.section + ` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(k.subsection) + `"]`
}

var gitLine = regexp.MustCompile(`^\t([A-Za-z][-A-Za-z0-9]*) = (?:[^\\]|\\.)*$`)

// set gives the variable a value in the lines of a file, of which it knows those that git writes. The status is that of git, or -1 for
// other lines.
func (k gitKey) set(lines []string, value string, isAdded bool) (after []string, status int, problem string) {
	line := "\t" + k.variable + " = " + gitValue(value)
	end, at, isHere := -1, -1, false
	for i, text := range lines {
		switch m := gitLine.FindStringSubmatch(text); {
		case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
			isHere = len(text) == len(k.header()) && strings.EqualFold(text[:len(k.section)+1], "["+k.section) &&
				text[len(k.section)+1:] == k.header()[len(k.section)+1:]
		case m == nil:
			return nil, -1, fmt.Sprintf("line %d is not one that git config writes", i+1)
		case isHere && strings.EqualFold(m[1], k.variable) && !isAdded:
			if at >= 0 {
				return nil, 5, "warning: " + k.name() + " has multiple values\nerror: cannot overwrite multiple values with a single value\n" +
					"       Use a regexp, --add or --replace-all to change " + k.name() + "."
			}
			at = i
		}
		if isHere {
			end = i
		}
	}
	switch {
	case at >= 0:
		after = slices.Clone(lines)
		after[at] = line
	case end >= 0:
		after = slices.Insert(slices.Clone(lines), end+1, line)
	default:
		after = append(slices.Clone(lines), k.header(), line)
	}
	return after, 0, ""
}

func (k gitKey) name() string {
	if k.subsection == "" {
		return k.section + "." + k.variable
	}
	return k.section + "." + k.subsection + "." + k.variable
}

// gitValue is a value as git writes it: in quotes where a space at its ends or a character that begins a comment would be lost.
func gitValue(value string) string {
	quote := ""
	if strings.HasPrefix(value, " ") || strings.HasSuffix(value, " ") || strings.ContainsAny(value, ";#") {
		quote = `"`
	}
	return quote + strings.NewReplacer("\n", `\n`, "\t", `\t`, `"`, `\"`, `\`, `\\`).Replace(value) + quote
}
