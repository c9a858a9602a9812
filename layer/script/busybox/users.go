package busybox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func adduser(c *Call) (int, error) {
	opts, args, err := c.getopt("h:g:s:G:DSHu:k:", map[string]byte{
		"home": 'h', "gecos": 'g', "shell": 's', "ingroup": 'G', "disabled-password": 'D', "empty-password": 'D',
		"system": 'S', "no-create-home": 'H', "uid": 'u', "skel": 'k',
	})
	if err != nil {
		return 0, err
	}
	switch len(args) {
	case 1:
		return c.newUser(args[0], opts)
	case 2:
		return c.becomeMember(args[0], args[1])
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
	if problem := checkName(name); problem != "" {
		return c.complain("%s", problem), nil
	}
	uid := -1
	if text, ok := opts.last('u'); ok {
		if uid, ok = c.parseID(text); !ok {
			return 1, nil
		}
	}
	users, err := c.readAccounts(passwdFile)
	if err != nil {
		return c.complain("%s: %s", passwdFile, Reason(err)), nil
	}
	groups, err := c.readAccounts(groupFile)
	if err != nil {
		groups = &accounts{path: groupFile}
	}
	if c.lookUp(passwdFile, name) != nil {
		return c.complain("user '%s' in use", name), nil
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
		return 0, c.Unsupported(c.Line, "adduser asks for a password without -D or -S")
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
	status, err := c.rewritten(passwdFile, func(a *accounts) { a.lines = append(a.lines, line) })
	if status != 0 || err != nil {
		return status, err
	}
	line = fmt.Sprintf("%s:!:%d:0:99999:7:::", name, c.Now.Unix()/86400)
	if _, err := c.Tree.Stat(shadowFile); err != nil {
		return 0, nil
	}
	return c.rewritten(shadowFile, func(a *accounts) { a.lines = append(a.lines, line) })
}

// loginShell is that of whoever runs the command: root.
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
	for uid := first; uid <= last; uid++ {
		if !users.hasID(uid) && (hasGroup || !groups.hasID(uid)) {
			return uid
		}
	}
	return -1
}

// makeHome makes the folder, or takes one that is there, and gives it to the user.
// That it cannot be made is no failure of adduser.
func (c *Call) makeHome(home string, uid, gid int, opts optionList) error {
	p := c.Path(home)
	if _, err := c.Tree.Stat(p); err != nil {
		if err := c.Tree.Mkdir(p, 0o755); err != nil {
			c.complain("%s: %s", home, Reason(err))
			return nil
		}
		names, err := c.Tree.ReadDir(skeleton(opts))
		if err == nil && len(names) > 0 {
			return c.Unsupported(c.Line, "adduser with files in %s is not supported: use -H", skeleton(opts))
		}
		if err != nil && (opts.has('k') || !errors.Is(err, tree.ErrNotExist)) {
			c.complain("can't stat '%s': %s", skeleton(opts), Reason(err))
		}
	}
	n, err := c.Tree.Stat(p)
	if err != nil {
		return err
	}
	n.UID, n.GID, n.Mode = uint32(uid), uint32(gid), 0o2755
	return nil
}

func skeleton(opts optionList) string {
	if dir, ok := opts.last('k'); ok {
		return dir
	}
	return "/etc/skel"
}

func deluser(c *Call) (int, error) {
	opts, args, err := c.getopt("", map[string]byte{"remove-home": 'r'})
	switch {
	case err != nil:
		return 0, err
	case len(opts) > 0:
		return 0, c.Unsupported(c.Line, "deluser --remove-home is not supported")
	case len(args) != 1:
		return c.usage(), nil
	}
	name := args[0]
	fields := c.lookUp(passwdFile, name)
	if fields == nil {
		return c.complain("unknown user %s", name), nil
	}
	for _, file := range []string{passwdFile, shadowFile} {
		if status, err := c.removeAccount(file, name); status != 0 || err != nil {
			return status, err
		}
	}
	// Out of all groups, and then the group of the same name goes, if it is there.
	if status, err := c.removeMember("", name); status != 0 || err != nil {
		return status, err
	}
	if c.lookUp(groupFile, name) == nil {
		return 0, nil
	}
	return c.removeGroup(name)
}

// removeAccount takes a name's lines from a file.
func (c *Call) removeAccount(file, name string) (int, error) {
	return c.rewritten(file, func(a *accounts) {
		a.lines = slices.DeleteFunc(a.lines, func(line string) bool { return strings.HasPrefix(line, name+":") })
	})
}

// passwd can lock, unlock and clear.
func passwd(c *Call) (int, error) {
	opts, args, err := c.getopt("lud", nil)
	if err != nil {
		return 0, err
	}
	if len(args) != 1 || len(opts) != 1 {
		return 0, c.Unsupported(c.Line, "passwd asks for a password without -l, -u or -d and a user")
	}
	name := args[0]
	if c.lookUp(passwdFile, name) == nil {
		return c.complain("unknown user %s", name), nil
	}
	fields := c.lookUp(shadowFile, name)
	if len(fields) < 3 {
		return 0, c.Unsupported(c.Line, "passwd for %s, who is not in %s, is not supported", name, shadowFile)
	}
	secret, locked := strings.CutPrefix(fields[1], "!")
	switch letter := opts[0].letter; {
	case letter == 'l' && locked:
		return c.complain("password for %s is already locked", name), nil
	case letter == 'u' && !locked:
		return c.complain("password for %s is already unlocked", name), nil
	case letter == 'l':
		secret = "!" + secret
	case letter == 'd':
		secret = ""
	}
	fields[1], fields[2] = secret, strconv.FormatInt(c.Now.Unix()/86400, 10)
	status, err := c.rewritten(shadowFile, func(a *accounts) {
		for _, i := range a.matches(name) {
			a.lines[i] = strings.Join(fields, ":")
		}
	})
	if status == 0 && err == nil {
		status, err = c.rewritten(passwdFile, func(*accounts) {})
	}
	if status == 0 && err == nil {
		c.complain("password for %s changed by root", name)
	}
	return status, err
}

func getent(c *Call) (int, error) {
	if len(c.Args) != 3 || c.Args[1] != "passwd" && c.Args[1] != "group" {
		return 0, c.Unsupported(c.Line, "getent is supported for one entry of passwd or group")
	}
	a, err := c.readAccounts("/etc/" + c.Args[1])
	if err != nil {
		return 2, nil
	}
	key := c.Args[2]
	f := a.find(func(f []string) bool { return f[0] == key })
	if _, err := strconv.Atoi(key); f == nil && err == nil {
		f = a.find(func(f []string) bool { return len(f) > 2 && f[2] == key })
	}
	if f == nil {
		return 2, nil
	}
	fmt.Fprintln(&c.Out, strings.TrimSuffix(strings.Join(f, ":"), ":"))
	return 0, nil
}

// id is supported for one of -u, -g and -G, each with -n or without, of root, who
// runs everything, or of a user.
func id(c *Call) (int, error) {
	opts, args, err := c.getopt("ugGnr", nil)
	if err != nil {
		return 0, err
	}
	if len(args) > 1 {
		return c.usage(), nil
	}
	user := []string{"root", "x", "0", "0"}
	if len(args) == 1 {
		if user = c.lookUp(passwdFile, args[0]); len(user) < 4 {
			return c.complain("unknown user %s", args[0]), nil
		}
	}
	kinds := 0
	for _, letter := range "ugG" {
		if opts.has(byte(letter)) {
			kinds++
		}
	}
	groups := []string{user[3]}
	if len(args) == 1 {
		groups = append(groups, c.memberOf(user[0])...)
	}
	number := func(text string) uint32 { n, _ := strconv.ParseUint(text, 10, 32); return uint32(n) }
	switch {
	case kinds == 0 && !opts.has('n') && !opts.has('r'):
		labels := make([]string, len(groups))
		for i, g := range groups {
			labels[i] = fmt.Sprintf("%s(%s)", g, c.nameOf(groupFile, number(g)))
		}
		fmt.Fprintf(&c.Out, "uid=%s(%s) gid=%s", user[2], user[0], labels[0])
		if len(args) == 1 {
			fmt.Fprintf(&c.Out, " groups=%s", strings.Join(labels, ","))
		}
		fmt.Fprintln(&c.Out)
		return 0, nil
	case kinds != 1:
		return c.usage(), nil
	}
	list, file := []string{user[2]}, passwdFile
	switch {
	case opts.has('g'):
		list, file = groups[:1], groupFile
	case opts.has('G'):
		// The primary group once, though it may list the user as well.
		others := slices.DeleteFunc(slices.Clone(groups[1:]), func(gid string) bool { return gid == groups[0] })
		list, file = append(groups[:1], others...), groupFile
	}
	for i, text := range list {
		if opts.has('n') {
			list[i] = c.nameOf(file, number(text))
		}
	}
	fmt.Fprintln(&c.Out, strings.Join(list, " "))
	return 0, nil
}

// memberOf returns the gids of the groups that list a user.
func (c *Call) memberOf(user string) []string {
	a, err := c.readAccounts(groupFile)
	if err != nil {
		return nil
	}
	var list []string
	a.find(func(f []string) bool {
		if len(f) > 3 && slices.Contains(strings.Split(f[3], ","), user) {
			list = append(list, f[2])
		}
		return false
	})
	return list
}
