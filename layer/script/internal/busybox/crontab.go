package busybox

import (
	"path"

	"github.com/lamina-oci/lamina/layer/tree"
)

// crontabs is where the tables of users are.
const crontabs = "/var/spool/cron/crontabs"

// cronUpdate is the file that tells a running crond of a change.
const cronUpdate = "cron.update"

// crontab shows, replaces or removes the table of a user. Its program has the set-user-id bit: tables belong to root, and to the group
// of the user.
func crontab(c *Call) (int, error) {
	who := c.Tree.Credentials()
	isRoot := who.IsRoot()
	if !isRoot && !c.isSetuid() {
		return c.complain("must be suid to work properly"), nil
	}
	opts, args, err := c.getopt("c:dlru:", "")
	if err != nil {
		return 0, err
	}
	if !isRoot && (opts.has('u') || opts.has('c')) {
		return c.complain("you must be root"), nil
	}
	user := c.nameOf(passwdFile, who.UID)
	who.UID = 0
	if name, ok := opts.last('u'); ok {
		if c.lookUp(passwdFile, name) == nil {
			return c.complain("unknown user %s", name), nil
		}
		user = name
	}
	dir, ok := opts.last('c')
	if !ok {
		dir = crontabs
	}
	actions := 0
	for _, letter := range []byte("delr") {
		if opts.has(letter) {
			actions++
		}
	}
	if actions == 0 && len(args) == 0 || actions > 1 || len(args) > 1 {
		return c.usage(), nil
	}
	var content []byte
	replaces := !opts.has('l') && !opts.has('r') && !opts.has('d')
	if replaces {
		if content, err = c.open(args[0], true); Fatal(err) {
			return 0, err
		} else if err != nil {
			return c.complain("can't open '%s': %s", args[0], Reason(err)), nil
		}
	}
	c.Tree = c.Tree.As(who)
	if n, err := c.look(dir, true); err != nil || n.Type != tree.Directory {
		if err == nil {
			err = tree.ErrNotDir
		}
		return c.complain("can't change directory to '%s': %s", dir, Reason(err)), nil
	}
	at := func(name string) string { return path.Join(c.Path(dir), name) }
	switch {
	case opts.has('l'):
		table, err := c.open(at(user), false)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			return c.complain("can't open '%s': %s", user, Reason(err)), nil
		}
		c.Out.Write(table)
		return 0, nil
	case replaces:
		if err := c.Tree.Remove(at(user)); Fatal(err) {
			return 0, err
		}
		if err := c.Tree.WriteFile(at(user), content, c.masked(0o600)); Fatal(err) {
			return 0, err
		} else if err != nil {
			return c.complain("can't create '%s.new': %s", user, Reason(err)), nil
		}
	default:
		if err := c.Tree.Remove(at(user)); Fatal(err) {
			return 0, err
		}
	}
	w, err := c.Tree.OpenWriter(at(cronUpdate), tree.Create|tree.Append, c.masked(0o600))
	if err != nil {
		return c.complain("can't append to %s/%s", dir, cronUpdate), nil
	}
	defer w.Close()
	if _, err := w.Write([]byte(user + "\n")); err != nil {
		return 0, err
	}
	return 0, nil
}
