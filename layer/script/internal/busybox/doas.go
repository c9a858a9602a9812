package busybox

import (
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// doas is "doas [-n] [-u USER] COMMAND…" of OpenDoas 6.8, run by root where its rules let root run every command without a password.
func doas(c *Call) (int, error) {
	opts, args, err := c.getopt("+nu:", "")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		return 0, c.Unsupported(c.Line, "doas without a command is not supported")
	}
	user, err := c.target(opts, "")
	if user == nil {
		if name, _ := opts.last('u'); err == nil && isNumber(name) {
			c.complain("no passwd entry for target")
		} else if err == nil {
			c.complain("unknown user")
		}
		return 1, err
	}
	const conf = "/etc/doas.conf"
	if _, err := c.look(conf, true); err != nil {
		return c.complain("doas is not enabled, %s: %s", conf, Reason(err)), nil
	}
	rules := c.rules(conf)
	names, _ := c.Tree.ReadDir("/etc/doas.d")
	for _, name := range names {
		if strings.HasSuffix(name, ".conf") {
			rules = append(rules, c.rules("/etc/doas.d/"+name)...)
		}
	}
	isPermitted, keeps := false, false
	for _, f := range rules { // the last one that matches counts
		options := 1
		for options < len(f) && strings.Contains(" nopass persist nolog keepenv ", " "+f[options]+" ") {
			options++
		}
		if options == len(f) || f[options] == "setenv" {
			return 0, c.Unsupported(c.Line, "the rule %q of doas is not supported", strings.Join(f, " "))
		}
		who, rest := f[options], f[options+1:]
		if group, isGroup := strings.CutPrefix(who, ":"); isGroup && !c.isIn(group) || !isGroup && who != "root" && who != "0" {
			continue
		}
		if len(rest) > 1 && rest[0] == "as" {
			if rest[1] != user[0] {
				continue
			}
			rest = rest[2:]
		}
		isPermitted, keeps = f[0] == "permit", slices.Contains(f, "keepenv")
		if len(rest) > 0 || isPermitted && !slices.Contains(f, "nopass") {
			return 0, c.Unsupported(c.Line, "the rule %q of doas is not supported: for root, it must be one with nopass for all commands", strings.Join(f, " "))
		}
	}
	if !isPermitted {
		return c.complain("%s", tree.ErrNotPermit), nil
	}
	before := c.Environment()
	env := Environment{}
	for name, value := range before {
		if keeps || name == "TERM" || name == "DISPLAY" {
			env[name] = value
		}
	}
	where, err := c.find(args[0], before)
	if Fatal(err) {
		return 0, err
	} else if err != nil {
		return c.complain("%s: command not found", args[0]), nil
	}
	env.set("DOAS_USER", c.nameOf(passwdFile, 0), "HOME", user[5], "LOGNAME", user[0], "SHELL", user[6], "USER", user[0],
		"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	sub := c.other(args, c.Stdin, env)
	sub.Tree = c.Tree.As(c.credentialsOf(user))
	if err := sub.mayRun(where); err != nil {
		return c.complain("%s: %s", args[0], Reason(err)), nil
	}
	return c.start(sub, where, nil, "%s: %s")
}

// isIn reports whether a group is one of those of the process.
func (c *Call) isIn(group string) bool {
	id, problem := c.lookGroup(group)
	who := c.Tree.Credentials()
	return problem == "" && (who.GID == uint32(id) || slices.Contains(who.Groups, uint32(id)))
}
