package busybox

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func useradd(c *Call) (int, error) {
	s, err := c.suite("b:c:d:e:f:g:G:k:lmMNop:rs:u:U", "base-dir=b comment=c gecos=c home-dir=d home=d expiredate=e inactive=f gid=g "+
		"groups=G skel=k no-log-init=l create-home=m no-create-home=M no-user-group=N non-unique=o password=p system=r shell=s uid=u user-group=U", nil)
	if err == nil {
		err = s.checkFields(map[byte]string{'b': "base directory", 'c': "comment", 'd': "home directory", 's': "shell", 'p': "field"})
	}
	if err != nil {
		return 0, err
	}
	return 0, (&newUser{shadowSuite: s, defaults: c.readSettings(useraddDefaults, "=")}).add()
}

// newUser is a user that useradd makes.
type newUser struct {
	*shadowSuite
	defaults map[string]string
	uid, gid int
	home     string
}

// option returns an option's argument, or else what the defaults have.
func (u *newUser) option(letter byte, setting, without string) string {
	if value, ok := u.opts.last(letter); ok {
		return value
	}
	if value, ok := u.defaults[setting]; ok {
		return value
	}
	return without
}

func (u *newUser) add() error {
	isSystem, hasUID := u.opts.has('r'), u.opts.has('u')
	hasOwnGroup := u.opts.has('U') || !u.opts.has('g') && !u.opts.has('N') && u.is("USERGROUPS_ENAB")
	shell := u.option('s', "SHELL", "/bin/bash")
	if u.opts.has('s') {
		u.warnOfShell(shell)
	}
	expires, err := u.parseDay(u.option('e', "EXPIRE", ""))
	if err != nil {
		return err
	}
	inactive, err := u.inactivity(u.option('f', "INACTIVE", "-1"))
	switch {
	case err != nil:
		return err
	case !u.shadow.isThere && (expires != "" || inactive != ""):
		return u.failed(wrongUsage, "shadow passwords required for -e and -f")
	}
	if isSystem {
		inactive, expires = "", ""
	}
	if text, ok := u.opts.last('u'); ok {
		if u.uid, err = u.parseNumber(text, "user ID"); err != nil {
			return err
		}
	}
	if f := u.findGroup(u.option('g', "GROUP", "")); f != nil {
		u.gid, _ = strconv.Atoi(f[2])
	} else if u.gid = 1000; u.opts.has('g') {
		return u.failed(notFound, "group '%s' does not exist", u.option('g', "", ""))
	}
	list, _ := u.opts.last('G')
	groups, err := u.findGroups(list)
	has := u.opts.has
	switch {
	case err != nil:
		return err
	case has('o') && !has('u') || has('U') && (has('g') || has('N')) || has('m') && has('M'):
		return u.wrong()
	case !isAccountName(u.name):
		return u.failed(wrongArgument, "invalid user name '%s'", u.name)
	case u.passwd.fields(u.name) != nil:
		return u.failed(nameInUse, "user '%s' already exists", u.name)
	case hasOwnGroup && u.group.fields(u.name) != nil:
		return u.failed(nameInUse, "group %s exists - if you want to add this user to that group, use -g.", u.name)
	case hasUID && !u.opts.has('o') && u.passwd.hasID(u.uid):
		return u.failed(idInUse, "UID %d is not unique", u.uid)
	case !hasUID:
		if u.uid, err = u.freeID("UID", &u.passwd, isSystem); err != nil {
			return err
		}
	}
	if err := u.checkSubordinates(isSystem, hasUID); err != nil {
		return err
	}
	if hasOwnGroup {
		if u.gid, err = u.ownGroup(isSystem); err != nil {
			return err
		}
	}
	comment, _ := u.opts.last('c')
	u.home = u.option('d', "", path.Join(u.option('b', "HOME", "/home"), u.name))
	password, hasPassword := u.opts.last('p')
	if !hasPassword {
		password = "!"
	}
	inPasswd := password
	if u.shadow.isThere {
		inPasswd = "x"
	}
	u.passwd.set(u.name, u.name, inPasswd, strconv.Itoa(u.uid), strconv.Itoa(u.gid), comment, u.home, shell)
	u.shadow.set(u.name, u.name, password, u.today(), u.aging("PASS_MIN_DAYS", isSystem), u.aging("PASS_MAX_DAYS", isSystem),
		u.aging("PASS_WARN_AGE", isSystem), inactive, expires, "")
	u.setMembers(u.name, u.name, func(group string, isMember bool) bool { return isMember || slices.Contains(groups, group) })
	if err := u.write(); err != nil {
		return err
	}
	if u.opts.has('m') || !u.opts.has('M') && !isSystem && u.is("CREATE_HOME") {
		if err := u.makeHome(); err != nil {
			return err
		}
	}
	if isSystem || !strings.EqualFold(u.defaults["CREATE_MAIL_SPOOL"], "yes") {
		return nil
	}
	return u.makeMail()
}

// aging is what a setting says of passwords, "" for nothing.
func (u *newUser) aging(setting string, isSystem bool) string {
	if days := u.number(setting, -1); days >= 0 && !isSystem {
		return strconv.Itoa(days)
	}
	return ""
}

// checkSubordinates refuses what would have to give the user subordinate ids.
func (u *newUser) checkSubordinates(isSystem, hasUID bool) error {
	if isSystem || hasUID && (u.uid < u.number("UID_MIN", firstID) || u.uid > u.number("UID_MAX", 60000)) {
		return nil
	}
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		if _, err := u.Tree.Stat(file); err == nil {
			return u.Unsupported(u.Line, "useradd gives users subordinate ids where there is %s, which is not supported", file)
		}
	}
	return nil
}

// ownGroup makes a group for the user, of the same id if that is one for groups and is free.
func (u *newUser) ownGroup(isSystem bool) (gid int, err error) {
	first, last := u.number("GID_MIN", firstID), u.number("GID_MAX", 60000)
	if isSystem {
		first, last = 1, u.number("SYS_GID_MAX", first-1) // below what would be chosen, too
	}
	if gid = u.uid; gid < first || gid > last || u.group.hasID(gid) {
		if gid, err = u.freeID("GID", &u.group, isSystem); err != nil {
			return 0, err
		}
	}
	u.addGroup(u.name, gid, "!")
	return gid, nil
}

// makeHome makes the directory and fills it. One that is there stays as it is.
func (u *newUser) makeHome() error {
	p := u.file(u.home)
	if _, err := u.Tree.Stat(p); err == nil {
		u.complain("warning: the home directory %s already exists.\n%s: Not copying any file from skel directory into it.", u.home, u.Args[0])
		return nil
	}
	err := u.Tree.MkdirAll(path.Dir(p), 0o755)
	if err == nil {
		err = u.Tree.Mkdir(p, 0o755)
	}
	if err != nil {
		if Fatal(err) {
			return err
		}
		return u.failed(cannotChangeHome, "cannot create directory %s", u.home)
	}
	if err := u.fillHome(u.option('k', "SKEL", "/etc/skel")); err != nil {
		return err
	}
	n, err := u.Tree.Stat(p)
	if err != nil {
		return err
	}
	n.UID, n.GID, n.Mode = uint32(u.uid), uint32(u.gid), uint16(u.number("HOME_MODE", 0o777&^u.number("UMASK", 0o022)))
	return nil
}

// fillHome copies what is in a directory into the home, with modes and times.
func (u *newUser) fillHome(from string) error {
	dir, err := u.look(from, true)
	if err != nil || dir.Type != tree.Directory {
		return nil
	}
	cp := copier{c: u.Call, recursive: true, preserve: true, copied: make(map[*tree.Node]string), made: make(map[*tree.Node]bool)}
	for _, name := range dir.Names() {
		if _, err := cp.copy(path.Join(from, name), path.Join(u.home, name), false); err != nil {
			return err
		}
	}
	_, err = u.recurse([]string{u.home}, walkRule{recursive: true}, func(_ string, n *tree.Node, _ int) error {
		n.UID, n.GID = uint32(u.uid), uint32(u.gid)
		return nil
	})
	return err
}

// makeMail makes the file for the user's mail.
func (u *newUser) makeMail() error {
	p := u.mailDirectory() + "/" + u.name
	if _, err := u.Tree.Lstat(p); err == nil {
		u.complain("Creating mailbox file: File exists")
		return nil
	}
	if err := u.Tree.WriteFile(p, nil, 0o660); err != nil {
		u.complain("Creating mailbox file: %s", Reason(err))
		return nil
	}
	n, err := u.Tree.Stat(p)
	if err != nil {
		return err
	}
	n.UID, n.GID, n.Mode = uint32(u.uid), uint32(u.gid), 0o600
	if f := u.group.fields("mail"); f != nil {
		n.GID, n.Mode = parseUint32(f[2]), 0o660
	}
	return nil
}
