package busybox

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// sudo is "sudo [-EHn] [-u USER] [NAME=VALUE…] COMMAND…" of sudo 1.9, run by root, who needs no password.
func sudo(c *Call) (int, error) {
	opts, args, err := c.getopt("+EHnSu:", "preserve-env=E set-home=H non-interactive=n stdin=S user=u")
	if err != nil {
		return 0, err
	}
	var settings []string
	for len(args) > 0 && strings.Contains(args[0], "=") {
		name, value, _ := strings.Cut(args[0], "=")
		settings, args = append(settings, name, value), args[1:]
	}
	if len(args) == 0 {
		return 0, c.Unsupported(c.Line, "sudo without a command is not supported")
	}
	user, err := c.target(opts, "#")
	if user == nil {
		if err == nil {
			name, _ := opts.last('u')
			if c.complain("unknown user %s", name); !strings.HasPrefix(name, "#") {
				c.complain("error initializing audit plugin sudoers_audit")
			}
		}
		return 1, err
	}
	env, err := c.sudoEnvironment(opts, user)
	if err != nil {
		return 0, err
	}
	sub := c.other(args, c.Stdin, env)
	sub.Tree, sub.Umask = c.Tree.As(c.credentialsOf(user)), c.Umask|0o022
	where, err := sub.program(env)
	if Fatal(err) {
		return 0, err
	} else if err != nil {
		return c.complain("%s: command not found", args[0]), nil
	}
	env.set("USER", user[0], "LOGNAME", user[0], "SUDO_USER", c.nameOf(passwdFile, 0), "SUDO_UID", "0", "SUDO_GID", fmt.Sprint(c.Tree.Credentials().GID),
		"SUDO_COMMAND", strings.Join(append([]string{c.Path(where)}, args[1:]...), " "))
	env.set(settings...)
	return c.start(sub, where, nil, "%s: %s")
}

// sudoEnvironment is what a command of sudo finds, but for the variables that sudo adds at last.
func (c *Call) sudoEnvironment(opts optionList, user []string) (Environment, error) {
	securePath := ""
	for _, f := range c.rules("/etc/sudoers") {
		value := strings.Join(f[1:], " ")
		switch {
		case f[0] != "Defaults":
		case strings.HasPrefix(value, "secure_path"):
			securePath = strings.Trim(strings.TrimPrefix(value, "secure_path"), `= "`)
		case strings.Contains(value, "env_keep"), strings.Contains(value, "!env_reset"), strings.Contains(value, "setenv"):
			return nil, c.Unsupported(c.Line, "sudo with %q in /etc/sudoers is not supported", value)
		}
	}
	before := c.Environment()
	env := before
	if !opts.has('E') {
		env = Environment{"MAIL": "/var/mail/" + user[0], "SHELL": user[6]}
		for name, value := range before {
			if slices.Contains(keptBySudo, name) || strings.HasPrefix(name, "LC_") {
				env[name] = value
			}
		}
	}
	if opts.has('H') || !opts.has('E') {
		env["HOME"] = user[5]
	}
	if env["TERM"] == "" {
		env["TERM"] = "unknown"
	}
	if securePath != "" {
		env["PATH"] = securePath
	}
	return env, nil
}

// keptBySudo are the variables that sudo keeps without -E.
var keptBySudo = []string{
	"COLORS", "COLORTERM", "DISPLAY", "HOSTNAME", "KRB5CCNAME", "LANG", "LANGUAGE", "LINGUAS", "LS_COLORS", "PATH", "PS1", "PS2", "TERM", "TZ",
	"XAUTHORITY", "XAUTHORIZATION", "XUSERFILESEARCHPATH",
}

// target returns the fields of the account that -u names, by default root's; nil for an unknown one. A number with the prefix before it is a user
// ID. Users other than root are refused.
func (c *Call) target(opts optionList, prefix string) ([]string, error) {
	if c.Tree.Credentials().UID != 0 {
		return nil, c.Unsupported(c.Line, "%s as another user than root is not supported", path.Base(c.Args[0]))
	}
	name, ok := opts.last('u')
	if !ok {
		name = "root"
	}
	column := 0
	if number, ok := strings.CutPrefix(name, prefix); ok && isNumber(number) {
		column, name = 2, number
	}
	return c.account(passwdFile, func(f []string) bool { return len(f) >= 7 && f[column] == name }), nil
}

// rules returns the words of each line of a file that is no comment; nothing if the file is missing. It is not inlined, which saves space.
//
//go:noinline
func (c *Call) rules(name string) (lines [][]string) {
	text, _ := c.open(name, false)
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			lines = append(lines, f)
		}
	}
	return lines
}
