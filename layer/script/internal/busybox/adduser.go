package busybox

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/lamina-oci/lamina/layer/tree"
)

func adduser(c *Call) (int, error) {
	opts, args, err := c.getopt("h:g:s:G:DSHu:k:",
		"home=h gecos=g shell=s ingroup=G disabled-password=D empty-password=D system=S no-create-home=H uid=u skel=k")
	if err != nil {
		return 0, err
	}
	switch {
	case len(args) == 2 && len(opts) == 0:
		return c.becomeMember(args[0], args[1])
	case len(args) == 1 || len(args) == 2: // with an option busybox does not look at a second operand
		return c.newUser(args[0], opts)
	}
	return c.usage(), nil
}

// becomeMember is "adduser USER GROUP", which is addgroup's.
func (c *Call) becomeMember(user, group string) (int, error) {
	c.Args = []string{"addgroup"}
	if c.lookUp(passwdFile, user) == nil {
		return c.complain("unknown user %s", user), nil
	}
	if c.lookUp(groupFile, group) == nil {
		return c.complain("unknown group %s", group), nil
	}
	return c.addMember(group, user)
}

func (c *Call) newUser(name string, opts optionList) (int, error) {
	uid := -1
	if text, ok := opts.last('u'); ok {
		if uid, ok = c.parseID(text); !ok {
			return 1, nil
		}
	}
	if problem := checkName(name); problem != "" {
		return c.complain("%s", problem), nil
	}
	users, err := c.readAccounts(passwdFile)
	if err != nil {
		return c.complain("%s: %s", passwdFile, Reason(err)), nil
	}
	groups, err := c.readAccounts(groupFile)
	if err != nil {
		groups = &accounts{path: groupFile}
	}
	group, hasGroup := opts.last('G')
	if opts.has('S') && !hasGroup {
		group, hasGroup = noGroup, true
	}
	gid := -1
	if hasGroup {
		if gid, err = groupID(c.lookUp(groupFile, group)); err != nil {
			return c.complain("unknown group %s", group), nil
		}
	}
	if c.lookUp(passwdFile, name) != nil {
		return c.complain("user '%s' in use", name), nil
	}
	switch {
	case uid >= 0 && (users.hasID(uid) || !hasGroup && groups.hasID(uid)):
		return c.complain("uid '%d' in use", uid), nil
	case uid < 0:
		if uid = freeUser(users, groups, opts.has('S'), hasGroup); uid < 0 {
			return c.complain("no %cids left", 'u'), nil
		}
	}
	if !hasGroup {
		if gid = uid; c.lookUp(groupFile, name) != nil {
			return c.complain("group '%s' in use", name), nil
		}
	}
	status, err := c.writeUser(name, uid, gid, opts)
	if status != 0 || err != nil {
		return status, err
	}
	if hasGroup {
		status, err = c.addMember(group, name)
	} else {
		status, err = c.newGroup(name, gid, false)
	}
	if status != 0 || err != nil {
		return status, err
	}
	if !opts.has('H') {
		if err := c.makeHome(userHome(name, opts), uid, gid, opts); err != nil {
			return 0, err
		}
	}
	if !opts.has('D') && !opts.has('S') {
		c.Args = []string{"passwd", name}
		return c.askPassword(name, "")
	}
	return 0, nil
}

// writeUser adds the lines to passwd and shadow.
func (c *Call) writeUser(name string, uid, gid int, opts optionList) (int, error) {
	gecos, ok := opts.last('g')
	if !ok {
		gecos = "Linux User,,,"
	}
	shell, ok := opts.last('s')
	switch {
	case ok:
	case opts.has('S'):
		shell = "/sbin/nologin"
	default:
		shell = c.loginShell()
	}
	line := fmt.Sprintf("%s:x:%d:%d:%s:%s:%s", name, uid, gid, gecos, userHome(name, opts), shell)
	status, err := c.rewritten(passwdFile, func(a *accounts) { a.add(line) })
	if status != 0 || err != nil {
		return status, err
	}
	line = fmt.Sprintf("%s:!:%s:0:99999:7:::", name, c.today())
	if _, err := c.Tree.Stat(shadowFile); err != nil {
		return 0, nil
	}
	return c.rewritten(shadowFile, func(a *accounts) { a.lines = append(a.lines, line) })
}

// loginShell is that of the user who runs the command: root.
func (c *Call) loginShell() string {
	if shell := c.Env("SHELL"); shell != "" {
		return shell
	}
	if a, err := c.readAccounts(passwdFile); err == nil {
		if f := a.find(func(f []string) bool { return len(f) > 6 && f[2] == "0" }); f != nil && f[6] != "" {
			return f[6]
		}
	}
	return "/bin/sh"
}

func userHome(name string, opts optionList) string {
	if home, ok := opts.last('h'); ok {
		return home
	}
	return "/home/" + name
}

func groupID(fields []string) (int, error) {
	if len(fields) < 3 {
		return 0, errors.New("no such group")
	}
	return strconv.Atoi(fields[2])
}

// freeUser returns the next free uid. For a user that gets a group of its own it
// must be free as a gid as well.
func freeUser(users, groups *accounts, system, hasGroup bool) int {
	first, last := firstID, lastID
	if system {
		first, last = firstSystemID, lastSystemID
	}
	taken, takenGroups := users.ids(), groups.ids()
	for uid := first; uid <= last; uid++ {
		id := strconv.Itoa(uid)
		if !taken[id] && (hasGroup || !takenGroups[id]) {
			return uid
		}
	}
	return -1
}

// makeHome makes the directory, or takes an existing one, and gives it to the user.
// That it cannot be made is no failure of adduser.
func (c *Call) makeHome(home string, uid, gid int, opts optionList) error {
	p := c.file(home)
	if _, err := c.Tree.Stat(p); err != nil {
		if err := c.Tree.Mkdir(p, 0o755); err != nil {
			c.complain("%s: %s", home, Reason(err))
			return nil
		}
		if err := c.copySkeleton(skeleton(opts), home, uid, gid, opts.has('k')); err != nil {
			return err
		}
	}
	n, err := c.Tree.Stat(p)
	if err != nil {
		return err
	}
	n.UID, n.GID, n.Mode = uint32(uid), uint32(gid), 0o2755
	return nil
}

// copySkeleton fills a new home. It need not be there, unless the command names it.
func (c *Call) copySkeleton(from, home string, uid, gid int, named bool) error {
	if _, err := c.look(from, true); errors.Is(err, tree.ErrNotExist) && !named {
		return nil
	}
	umask := c.Umask
	c.Umask = 0
	defer func() { c.Umask = umask }()
	cp := copier{c: c, recursive: true, followFirst: true, copied: make(map[*tree.Node]string), made: make(map[*tree.Node]bool)}
	if _, err := cp.copy(from, home, true); err != nil {
		return err
	}
	_, err := c.recurse([]string{home}, walkRule{recursive: true}, func(_ string, n *tree.Node, _ int) error {
		return c.Tree.Chown(n, int64(uid), int64(gid))
	})
	return err
}

func skeleton(opts optionList) string {
	if dir, ok := opts.last('k'); ok {
		return dir
	}
	return "/etc/skel"
}
