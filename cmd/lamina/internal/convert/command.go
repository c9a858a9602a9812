package convert

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/apk"
)

// addCommand adds a command to the spec as what it is there, such as packages, and reports whether it could.
func (d *document) addCommand(words []string) bool {
	if len(words) == 0 {
		return false
	}
	switch words[0] {
	case "apk":
		return d.addAPK(words[1:])
	case "addgroup":
		entry := groupOf(words[1:])
		if entry != nil {
			d.addGroup(entry)
		}
		return entry != nil
	case "adduser":
		entry := userOf(words[1:])
		if entry != nil {
			d.addUser(entry)
		}
		return entry != nil
	}
	return false
}

// quietFlags are those of apk that change nothing in the image.
var quietFlags = []string{
	"--no-cache", "--update-cache", "--update", "--quiet", "--verbose", "--no-progress", "--progress", "--no-interactive", "-U", "-q", "-v",
}

// addAPK adds "apk add", "apk upgrade" or "apk update" without options that matter.
func (d *document) addAPK(args []string) bool {
	var names []string
	applet, upgrade := "", ""
	for i, arg := range args {
		switch {
		case arg == "--":
			names = append(names, args[i+1:]...)
			return d.addTransaction(applet, upgrade, names)
		case arg == "-u" || arg == "--upgrade":
			upgrade = "named"
		case slices.Contains(quietFlags, arg):
		case strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && len(arg) > 1 && strings.Trim(arg[1:], "Uqv") == "":
		case strings.HasPrefix(arg, "-"):
			return false
		case applet == "":
			applet = arg
		default:
			names = append(names, arg)
		}
	}
	return d.addTransaction(applet, upgrade, names)
}

func (d *document) addTransaction(applet, upgrade string, names []string) bool {
	for _, name := range names {
		p, err := apk.ParseDependency(name, apk.V3)
		if err != nil || p.Broken || strings.Contains(name, "/") {
			return false
		}
	}
	switch {
	case applet == "add" && len(names) > 0:
		d.addPackages(upgrade, names...)
	case applet == "upgrade" && len(names) == 0 && upgrade == "":
		d.addPackages("all")
	case applet == "update" && len(names) == 0 && upgrade == "":
		// Indexes are always fresh.
	default:
		return false
	}
	return true
}

// account is the command line of adduser or addgroup.
type account struct {
	flags    map[byte]bool
	values   map[byte]string
	operands []string
}

// parseAccount parses arguments as busybox' getopt does; nil if they have other options. In options, a colon follows those with a value.
func parseAccount(args []string, options string, long map[string]byte) *account {
	a := &account{flags: make(map[byte]bool), values: make(map[byte]string)}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			a.operands = append(a.operands, args[i+1:]...)
			return a
		case !strings.HasPrefix(arg, "-") || arg == "-":
			a.operands = append(a.operands, arg)
			continue
		}
		var letters, value string
		hasValue := false
		if strings.HasPrefix(arg, "--") {
			name, inline, has := strings.Cut(arg[2:], "=")
			letter, ok := long[name]
			if !ok {
				return nil
			}
			letters, value, hasValue = string(letter), inline, has
		} else {
			letters = arg[1:]
		}
		for j := 0; j < len(letters); j++ {
			at := strings.IndexByte(options, letters[j])
			switch {
			case at < 0 || letters[j] == ':':
				return nil
			case at+1 == len(options) || options[at+1] != ':':
				if hasValue {
					return nil
				}
				a.flags[letters[j]] = true
				continue
			case j+1 < len(letters):
				value, hasValue = letters[j+1:], true
			case !hasValue:
				if i++; i == len(args) {
					return nil
				}
				value = args[i]
			}
			a.values[letters[j]] = value
			break
		}
	}
	return a
}

// groupOf returns the entry of a group for the arguments of addgroup, nil if a spec says it otherwise.
func groupOf(args []string) *yaml.Node {
	a := parseAccount(args, "g:S", map[string]byte{"gid": 'g', "system": 'S'})
	if a == nil || len(a.operands) != 1 {
		return nil
	}
	id, ok := a.id('g')
	if !ok {
		return nil
	}
	return new(entry).text("name", a.operands[0]).number("gid", id).flag("system", a.flags['S']).flow()
}

// userOf returns the entry of a user for the arguments of adduser, nil if a spec says it otherwise.
func userOf(args []string) *yaml.Node {
	a := parseAccount(args, "h:g:s:G:DSHu:", map[string]byte{
		"home": 'h', "gecos": 'g', "shell": 's', "ingroup": 'G', "disabled-password": 'D', "system": 'S', "no-create-home": 'H', "uid": 'u',
	})
	if a == nil || len(a.operands) != 1 || !a.flags['D'] && !a.flags['S'] {
		return nil
	}
	id, ok := a.id('u')
	for _, letter := range []byte("hsG") {
		if value, isGiven := a.values[letter]; isGiven && value == "" {
			ok = false
		}
	}
	if !ok {
		return nil
	}
	e := new(entry).text("name", a.operands[0]).number("uid", id).text("group", a.values['G']).text("home", a.values['h'])
	if a.flags['H'] {
		e.add("createHome", tagged("!!bool", "false"))
	}
	e.text("shell", a.values['s'])
	if gecos, isGiven := a.values['g']; isGiven {
		e.exact("gecos", gecos)
	}
	return e.flag("system", a.flags['S']).flow()
}

// id returns a number that an option gives; nil without it.
func (a *account) id(option byte) (*uint64, bool) {
	text, isGiven := a.values[option]
	if !isGiven {
		return nil, true
	}
	id, err := strconv.ParseUint(text, 10, 32)
	return &id, err == nil && id <= 256_000
}
