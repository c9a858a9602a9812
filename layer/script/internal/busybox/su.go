package busybox

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// su runs a shell as another user. See setuid for who can.
func su(c *Call) (int, error) {
	opts, args, err := c.getopt("mplc:s:", "")
	if err != nil {
		return 0, err
	}
	login, name := opts.has('l'), "root"
	if len(args) > 0 && args[0] == "-" {
		login, args = true, args[1:]
	}
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	user := c.account(passwdFile, func(f []string) bool { return f[0] == name && len(f) >= 7 })
	if user == nil {
		return c.complain("unknown user %s", name), nil
	}
	keeps := opts.has('m') || opts.has('p')
	environment := c.Environment()
	shell, ok := opts.last('s')
	if !ok && keeps {
		shell, ok = environment["SHELL"]
	}
	if !ok {
		shell = user[6]
	}
	if shell == "" {
		shell = "/bin/sh"
	}
	credentials := c.credentialsOf(user)
	if login {
		changed := Environment{"PATH": "/bin:/usr/bin"}
		if credentials.UID == 0 {
			changed["PATH"] = "/sbin:/usr/sbin:/bin:/usr/bin"
		}
		if term, ok := environment["TERM"]; ok {
			changed["TERM"] = term
		}
		environment = changed
	}
	if login || !keeps {
		environment["HOME"], environment["SHELL"] = user[5], shell
	}
	if login || !keeps && credentials.UID != 0 {
		environment["USER"], environment["LOGNAME"] = name, name
	}
	command := []string{path.Base(shell)}
	if login {
		command[0] = "-" + command[0]
	}
	if text, ok := opts.last('c'); ok {
		command = append(command, "-c", text)
	}
	sub := c.other(append(command, args...), c.Stdin, environment)
	sub.Tree = c.Tree.As(credentials)
	if login {
		if err := sub.enter(user[5]); err != nil {
			c.complain("can't change directory to '%s': %s", user[5], Reason(err))
			sub.Dir = "/"
		}
	}
	if err := sub.mayRun(shell); err != nil {
		return c.complain("can't execute '%s': %s", shell, Reason(err)), nil
	}
	return c.start(sub, shell, nil, "can't execute '%s': %s")
}

// suExec is su-exec, a package of its own: "su-exec USER[:GROUP] COMMAND…", by names or numbers. It keeps the environment but
// for HOME.
func suExec(c *Call) (int, error) {
	if len(c.Args) < 3 {
		fmt.Fprintf(&c.Out, "Usage: %s user-spec command [args]\n", c.Args[0])
		return 0, nil
	}
	who, home, problem, _ := c.parseUser(c.Args[1])
	if problem != "" {
		return 0, c.Unsupported(c.Line, "su-exec: %s", problem)
	}
	if c.Tree.Credentials().UID != 0 {
		return c.complain("setgroups: %s", tree.ErrNotPermit), nil
	}
	sub, where, err := c.as(who, home)
	if err != nil {
		return c.complain("%s: %s", sub.Args[0], Reason(err)), nil
	}
	return c.start(sub, where, nil, "%s: %s")
}

// parseUser reads USER[:GROUP], by names or numbers. A problem is about the user, or about the group.
func (c *Call) parseUser(text string) (who tree.Credentials, home, problem string, isGroup bool) {
	name, group, _ := strings.Cut(text, ":")
	who, home = c.Tree.Credentials(), "/"
	column, wanted := 0, name
	if id, problem := c.lookUser(name); name == "" || isNumber(name) {
		if name != "" {
			who.UID = uint32(id)
		}
		column, wanted = 2, strconv.FormatUint(uint64(who.UID), 10)
	} else if problem != "" {
		return who, "", problem, false
	}
	if user := c.account(passwdFile, func(f []string) bool { return f[column] == wanted && len(f) >= 7 }); user != nil {
		who, home = c.credentialsOf(user), user[5]
	} else {
		who.Groups = []uint32{who.GID}
	}
	if group != "" {
		id, problem := c.lookGroup(group)
		if problem != "" {
			return who, "", problem, true
		}
		who.GID, who.Groups = uint32(id), []uint32{uint32(id)}
	}
	return who, home, "", false
}

// as is the command behind "su-exec USER" by a user, and the path of its program. Of the environment, HOME is the user's.
func (c *Call) as(who tree.Credentials, home string) (sub *Call, where string, err error) {
	environment := c.Environment()
	environment["HOME"] = home
	sub = c.other(c.Args[2:], c.Stdin, environment)
	sub.Tree = c.Tree.As(who)
	where, err = sub.program(environment)
	return sub, where, err
}

// enter makes a directory the working directory.
func (c *Call) enter(dir string) error {
	n, err := c.look(dir, true)
	if err == nil && n.Type != tree.Directory {
		err = tree.ErrNotDir
	}
	if err == nil {
		err = c.Tree.Access(n, tree.Execute)
	}
	if err == nil {
		c.Dir = c.Path(dir)
	}
	return err
}

// nologin is the shell of users who have none.
func nologin(c *Call) (int, error) {
	text, err := c.open("/etc/nologin.txt", false)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		text = []byte("This account is not available\n")
	}
	c.Out.Write(text)
	return 1, nil
}

// setuid refuses an applet to others than root, unless its program has the set-user-id bit: then it would read a password.
func setuid(run Function) Function {
	return func(c *Call) (int, error) {
		if c.Tree.Credentials().UID == 0 {
			return run(c)
		}
		if c.isSetuid() {
			return 0, c.Unsupported(c.Line, "%s as another user than root is not supported", c.Args[0])
		}
		return c.complain("must be suid to work properly"), nil
	}
}

// isSetuid reports whether the call's program belongs to root and has the set-user-ID bit.
func (c *Call) isSetuid() bool {
	n, err := c.look(c.Which(c.Args[0]), true)
	return err == nil && n.Mode&0o4000 != 0 && n.UID == 0
}

// rootOnly refuses an applet to others, before it looks at its arguments.
func rootOnly(run Function) Function {
	return func(c *Call) (int, error) {
		if c.Tree.Credentials().UID != 0 {
			return c.complain("permission denied (are you root?)"), nil
		}
		return run(c)
	}
}
