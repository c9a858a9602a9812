package script

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func userCommands() map[string]command {
	return map[string]command{
		"addgroup": addgroup, "adduser": adduser, "delgroup": delgroup, "deluser": deluser,
		"id": id, "getent": getent, "passwd": passwd,
	}
}

// Ids that busybox gives: of system users and groups, and of others.
const (
	firstSystemID = 100
	lastSystemID  = 999
	firstID       = 1000
	lastID        = 60000
)

// database is a file of lines with fields between colons.
type database struct {
	path  string
	lines []string
}

func (c *call) readDatabase(path string) (*database, error) {
	b, err := c.Tree.ReadFile(path, maxInput)
	if err != nil {
		return nil, err
	}
	d := &database{path: path}
	if text := strings.TrimSuffix(string(b), "\n"); text != "" {
		d.lines = strings.Split(text, "\n")
	}
	return d, nil
}

func (d *database) find(name string) []string {
	if i := d.index(name); i >= 0 {
		return strings.Split(d.lines[i], ":")
	}
	return nil
}

func (d *database) index(name string) int {
	return slices.IndexFunc(d.lines, func(line string) bool { return strings.HasPrefix(line, name+":") })
}

// byID finds a line by its third field.
func (d *database) byID(id int) []string {
	for _, line := range d.lines {
		if f := strings.Split(line, ":"); len(f) > 2 && f[2] == strconv.Itoa(id) {
			return f
		}
	}
	return nil
}

// write replaces the file, as busybox does: by a new one with the old one's mode and
// owner.
func (c *call) write(d *database) error {
	text := ""
	if len(d.lines) > 0 {
		text = strings.Join(d.lines, "\n") + "\n"
	}
	old, err := c.Tree.Stat(d.path)
	if err != nil {
		return err
	}
	p, err := c.Tree.Resolve(d.path, true)
	if err != nil {
		return err
	}
	n := &tree.Node{Type: tree.Regular, Mode: old.Mode, UID: old.UID, GID: old.GID, ModTime: c.Now}
	if err := c.Tree.Put(p, n); err != nil {
		return err
	}
	return c.Tree.WriteFile(p, []byte(text), old.Mode)
}

// validName is busybox's rule for names of users and groups.
func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
		digit := '0' <= c && c <= '9'
		if letter || digit || i > 0 && (c == '.' || c == '-') || i > 0 && i == len(name)-1 && c == '$' {
			continue
		}
		return false
	}
	return name != "" && len(name) < 256
}

func addgroup(c *call) (int, error) {
	opts, args, err := c.options("g:S", map[string]string{"gid": "g:", "system": "S"})
	if err != nil {
		return 0, err
	}
	switch len(args) {
	case 1:
	case 2:
		return c.addToGroup(args[0], args[1])
	default:
		return c.complain("usage: addgroup [-g GID] [-S] [USER] GROUP"), nil
	}
	name := args[0]
	if !validName(name) {
		return c.complain("invalid name: '%s'", name), nil
	}
	groups, err := c.readDatabase("/etc/group")
	if err != nil {
		return c.complain("/etc/group: %s", reason(err)), nil
	}
	gid := -1
	if value, ok := opts['g']; ok {
		if gid, err = strconv.Atoi(value); err != nil || gid < 0 || gid > 1<<31-1 {
			return c.complain("invalid number '%s'", value), nil
		}
	}
	if status := c.newGroup(groups, name, gid, has(opts, 'S')); status != 0 {
		return status, nil
	}
	return c.failed(c.write(groups))
}

// newGroup adds a group's line; a gid below 0 means the next one that is free.
func (c *call) newGroup(groups *database, name string, gid int, system bool) int {
	if groups.find(name) != nil {
		return c.complain("group '%s' in use", name)
	}
	if gid >= 0 {
		if groups.byID(gid) != nil {
			return c.complain("gid '%d' in use", gid)
		}
	} else {
		first, last := firstID, lastID
		if system {
			first, last = firstSystemID, lastSystemID
		}
		for gid = first; groups.byID(gid) != nil; gid++ {
			if gid == last {
				return c.complain("no gids left")
			}
		}
	}
	groups.lines = append(groups.lines, fmt.Sprintf("%s:x:%d:", name, gid))
	return c.addShadowGroup(name)
}

// addShadowGroup adds to /etc/gshadow where there is one.
func (c *call) addShadowGroup(name string) int {
	shadow, err := c.readDatabase("/etc/gshadow")
	if err != nil {
		return 0
	}
	shadow.lines = append(shadow.lines, name+":!::")
	if err := c.write(shadow); err != nil {
		return c.complain("/etc/gshadow: %s", reason(err))
	}
	return 0
}

func (c *call) addToGroup(user, group string) (int, error) {
	users, err := c.readDatabase("/etc/passwd")
	if err != nil || users.find(user) == nil {
		return c.complain("unknown user %s", user), nil
	}
	groups, err := c.readDatabase("/etc/group")
	if err != nil || groups.find(group) == nil {
		return c.complain("unknown group %s", group), nil
	}
	if !groups.addMember(group, user) {
		return 0, nil
	}
	return c.failed(c.write(groups))
}

// addMember adds a user to a group's line, unless it is there.
func (d *database) addMember(group, user string) bool {
	i := d.index(group)
	f := strings.Split(d.lines[i], ":")
	for len(f) < 4 {
		f = append(f, "")
	}
	var members []string
	if f[3] != "" {
		members = strings.Split(f[3], ",")
	}
	if slices.Contains(members, user) {
		return false
	}
	f[3] = strings.Join(append(members, user), ",")
	d.lines[i] = strings.Join(f, ":")
	return true
}

func (c *call) failed(err error) (int, error) {
	if err != nil {
		if errors.Is(err, tree.ErrNoSpace) {
			return 0, fmt.Errorf("%s: line %d: %s: %w", &c.script, c.line, c.args[0], err)
		}
		return c.complain("%s", reason(err)), nil
	}
	return 0, nil
}

func adduser(c *call) (int, error) {
	opts, args, err := c.options("h:g:s:G:DSHu:k:", map[string]string{
		"home": "h:", "gecos": "g:", "shell": "s:", "ingroup": "G:", "disabled-password": "D",
		"system": "S", "no-create-home": "H", "uid": "u:", "skel": "k:",
	})
	if err != nil {
		return 0, err
	}
	if len(args) == 2 {
		return c.addToGroup(args[0], args[1])
	}
	if len(args) != 1 {
		return c.complain("usage: adduser [OPTIONS] USER [GROUP]"), nil
	}
	name := args[0]
	if !validName(name) {
		return c.complain("invalid name: '%s'", name), nil
	}
	users, err := c.readDatabase("/etc/passwd")
	if err != nil {
		return c.complain("/etc/passwd: %s", reason(err)), nil
	}
	groups, err := c.readDatabase("/etc/group")
	if err != nil {
		return c.complain("/etc/group: %s", reason(err)), nil
	}
	if users.find(name) != nil {
		return c.complain("user '%s' in use", name), nil
	}
	system := has(opts, 'S')
	group, hasGroup := opts['G']
	gid := 65533 // nogroup, for system users without a group
	if hasGroup {
		f := groups.find(group)
		if f == nil {
			return c.complain("unknown group %s", group), nil
		}
		if gid, err = strconv.Atoi(f[2]); err != nil {
			return c.complain("bad gid of group %s", group), nil
		}
	}
	uid := -1
	if value, ok := opts['u']; ok {
		if uid, err = strconv.Atoi(value); err != nil || uid < 0 {
			return c.complain("invalid number '%s'", value), nil
		}
		if users.byID(uid) != nil {
			return c.complain("uid '%d' in use", uid), nil
		}
	} else if uid = freeUser(users, groups, system, hasGroup); uid < 0 {
		return c.complain("no uids left"), nil
	}
	if !hasGroup && !system {
		if status := c.newGroup(groups, name, uid, false); status != 0 {
			return status, nil
		}
		gid = uid
	}
	gecos, ok := opts['g']
	if !ok {
		gecos = "Linux User,,,"
	}
	home, ok := opts['h']
	if !ok {
		home = "/home/" + name
	}
	shell, ok := opts['s']
	if !ok {
		shell = "/bin/sh"
	}
	users.lines = append(users.lines, fmt.Sprintf("%s:x:%d:%d:%s:%s:%s", name, uid, gid, gecos, home, shell))
	if status, err := c.failed(c.write(users)); status != 0 || err != nil {
		return status, err
	}
	if shadow, err := c.readDatabase("/etc/shadow"); err == nil {
		shadow.lines = append(shadow.lines, fmt.Sprintf("%s:!:%d:0:99999:7:::", name, c.Now.Unix()/86400))
		if status, err := c.failed(c.write(shadow)); status != 0 || err != nil {
			return status, err
		}
	}
	if hasGroup {
		groups.addMember(group, name)
	}
	if status, err := c.failed(c.write(groups)); status != 0 || err != nil {
		return status, err
	}
	if !has(opts, 'H') {
		if status, err := c.makeHome(home, uid, gid); status != 0 || err != nil {
			return status, err
		}
	}
	if !has(opts, 'D') {
		return 0, c.unsupported(c.line, "adduser asks for a password without -D")
	}
	return 0, nil
}

// freeUser returns the next free uid. Without a group given, the id must be free
// as a group's as well.
func freeUser(users, groups *database, system, hasGroup bool) int {
	first, last := firstID, lastID
	if system {
		first, last = firstSystemID, lastSystemID
	}
	for uid := first; uid <= last; uid++ {
		if users.byID(uid) == nil && (hasGroup || system || groups.byID(uid) == nil) {
			return uid
		}
	}
	return -1
}

func (c *call) makeHome(home string, uid, gid int) (int, error) {
	if err := c.Tree.MkdirAll(home, 0o755); err != nil {
		return c.failed(err)
	}
	n, err := c.Tree.Stat(home)
	if err != nil {
		return c.failed(err)
	}
	n.UID, n.GID, n.Mode = uint32(uid), uint32(gid), n.Mode|0o2000
	return 0, nil
}

func deluser(c *call) (int, error) {
	opts, args, err := c.options("", map[string]string{"remove-home": "r"})
	if err != nil {
		return 0, err
	}
	if len(opts) > 0 {
		return 0, c.unsupported(c.line, "deluser --remove-home is not supported")
	}
	if len(args) == 2 {
		return c.removeMember(args[0], args[1])
	}
	if len(args) != 1 {
		return c.complain("usage: deluser USER"), nil
	}
	users, err := c.readDatabase("/etc/passwd")
	if err != nil || users.find(args[0]) == nil {
		return c.complain("unknown user %s", args[0]), nil
	}
	for _, file := range []string{"/etc/passwd", "/etc/shadow"} {
		if d, err := c.readDatabase(file); err == nil && d.index(args[0]) >= 0 {
			d.lines = slices.Delete(d.lines, d.index(args[0]), d.index(args[0])+1)
			if status, err := c.failed(c.write(d)); status != 0 || err != nil {
				return status, err
			}
		}
	}
	return 0, nil
}

func (c *call) removeMember(user, group string) (int, error) {
	groups, err := c.readDatabase("/etc/group")
	if err != nil || groups.find(group) == nil {
		return c.complain("unknown group %s", group), nil
	}
	i := groups.index(group)
	f := strings.Split(groups.lines[i], ":")
	members := strings.Split(f[len(f)-1], ",")
	f[len(f)-1] = strings.Join(slices.DeleteFunc(members, func(m string) bool { return m == user }), ",")
	groups.lines[i] = strings.Join(f, ":")
	return c.failed(c.write(groups))
}

func delgroup(c *call) (int, error) {
	_, args, err := c.options("", nil)
	if err != nil {
		return 0, err
	}
	if len(args) == 2 {
		return c.removeMember(args[0], args[1])
	}
	if len(args) != 1 {
		return c.complain("usage: delgroup GROUP"), nil
	}
	groups, err := c.readDatabase("/etc/group")
	if err != nil || groups.find(args[0]) == nil {
		return c.complain("unknown group %s", args[0]), nil
	}
	groups.lines = slices.Delete(groups.lines, groups.index(args[0]), groups.index(args[0])+1)
	return c.failed(c.write(groups))
}

func getent(c *call) (int, error) {
	if len(c.args) != 3 || c.args[1] != "passwd" && c.args[1] != "group" {
		return 0, c.unsupported(c.line, "getent is supported for one entry of passwd or group")
	}
	d, err := c.readDatabase("/etc/" + c.args[1])
	if err != nil {
		return 2, nil
	}
	f := d.find(c.args[2])
	if n, err := strconv.Atoi(c.args[2]); f == nil && err == nil {
		f = d.byID(n)
	}
	if f == nil {
		return 2, nil
	}
	fmt.Fprintln(&c.out, strings.Join(f, ":"))
	return 0, nil
}

// id is supported as scripts use it: "id -u", "id -u NAME", "id NAME".
func id(c *call) (int, error) {
	opts, args, err := c.options("ugn", nil)
	if err != nil {
		return 0, err
	}
	name, uid, gid := "root", "0", "0"
	if len(args) > 0 {
		users, err := c.readDatabase("/etc/passwd")
		var f []string
		if err == nil {
			f = users.find(args[0])
		}
		if len(f) < 4 {
			return c.complain("unknown user %s", args[0]), nil
		}
		name, uid, gid = f[0], f[2], f[3]
	}
	switch {
	case has(opts, 'u') && has(opts, 'n'):
		fmt.Fprintln(&c.out, name)
	case has(opts, 'u'):
		fmt.Fprintln(&c.out, uid)
	case has(opts, 'g') && !has(opts, 'n'):
		fmt.Fprintln(&c.out, gid)
	case len(opts) == 0 && len(args) > 0:
		fmt.Fprintf(&c.out, "uid=%s(%s) gid=%s\n", uid, name, gid)
	default:
		return 0, c.unsupported(c.line, "these options of id are not supported")
	}
	return 0, nil
}

// passwd can lock and unlock.
func passwd(c *call) (int, error) {
	opts, args, err := c.options("lu", nil)
	if err != nil {
		return 0, err
	}
	if len(args) != 1 || len(opts) != 1 {
		return 0, c.unsupported(c.line, "passwd asks for a password without -l or -u")
	}
	shadow, err := c.readDatabase("/etc/shadow")
	if err != nil {
		return c.failed(err)
	}
	i := shadow.index(args[0])
	if i < 0 {
		return c.complain("unknown user %s", args[0]), nil
	}
	f := strings.Split(shadow.lines[i], ":")
	locked := strings.HasPrefix(f[1], "!")
	switch {
	case has(opts, 'l') && locked:
		return c.complain("password for %s is already locked", args[0]), nil
	case has(opts, 'u') && !locked:
		return c.complain("password for %s is already unlocked", args[0]), nil
	case has(opts, 'l'):
		f[1] = "!" + f[1]
	default:
		f[1] = f[1][1:]
	}
	shadow.lines[i] = strings.Join(f, ":")
	return c.failed(c.write(shadow))
}
