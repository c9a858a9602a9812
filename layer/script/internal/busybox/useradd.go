package busybox

import (
	"cmp"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func useradd(c *Call) (int, error) {
	opts, args, err := c.getopt("b:c:d:e:f:g:G:k:lmMNop:rs:u:U", "base-dir=b comment=c gecos=c home-dir=d home=d expiredate=e inactive=f gid=g "+
		"groups=G skel=k no-log-init=l create-home=m no-create-home=M no-user-group=N non-unique=o password=p system=r shell=s uid=u user-group=U")
	if err != nil {
		return 0, err
	}
	if len(args) != 1 {
		c.usage()
		return wrongUsage, nil
	}
	s, status := c.suite()
	if status != 0 {
		return status, nil
	}
	if status = s.checkFields(opts, map[byte]string{'b': "base directory", 'c': "comment", 'd': "home directory", 's': "shell", 'p': "field"}); status != 0 {
		return status, nil
	}
	u := &newUser{shadowSuite: s, opts: opts, name: args[0], defaults: c.readSettings(useraddDefaults, "=")}
	return u.add()
}

// newUser is a user that useradd makes.
type newUser struct {
	*shadowSuite
	opts     optionList
	name     string
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

func (u *newUser) add() (int, error) {
	isSystem, hasUID := u.opts.has('r'), u.opts.has('u')
	hasOwnGroup := u.opts.has('U') || !u.opts.has('g') && !u.opts.has('N') && u.is("USERGROUPS_ENAB")
	shell := u.option('s', "SHELL", "/bin/bash")
	if u.opts.has('s') {
		u.warnOfShell(shell)
	}
	expires, err := u.parseDay(u.option('e', "EXPIRE", ""))
	if err != nil {
		return 0, err
	}
	inactive, status := u.inactivity(u.option('f', "INACTIVE", "-1"))
	switch {
	case status != 0:
		return status, nil
	case !u.shadow.isThere && (expires != "" || inactive != ""):
		return u.failed(wrongUsage, "shadow passwords required for -e and -f"), nil
	}
	if isSystem {
		inactive, expires = "", ""
	}
	if text, ok := u.opts.last('u'); ok {
		if u.uid, status = u.parseNumber(text, "user ID"); status != 0 {
			return status, nil
		}
	}
	if f := u.findGroup(u.option('g', "GROUP", "")); f != nil {
		u.gid, _ = strconv.Atoi(f[2])
	} else if u.gid = 1000; u.opts.has('g') {
		return u.failed(notFound, "group '%s' does not exist", u.option('g', "", "")), nil
	}
	list, _ := u.opts.last('G')
	groups, status := u.findGroups(list)
	has := u.opts.has
	switch {
	case status != 0:
		return status, nil
	case has('o') && !has('u') || has('U') && (has('g') || has('N')) || has('m') && has('M'):
		u.usage()
		return wrongUsage, nil
	case !isAccountName(u.name):
		return u.failed(wrongArgument, "invalid user name '%s'", u.name), nil
	case u.passwd.fields(u.name) != nil:
		return u.failed(nameInUse, "user '%s' already exists", u.name), nil
	case hasOwnGroup && u.group.fields(u.name) != nil:
		return u.failed(nameInUse, "group %s exists - if you want to add this user to that group, use -g.", u.name), nil
	case hasUID && !u.opts.has('o') && u.passwd.hasID(u.uid):
		return u.failed(idInUse, "UID %d is not unique", u.uid), nil
	case !hasUID:
		if u.uid, status = u.freeID("UID", &u.passwd, isSystem); status != 0 {
			return status, nil
		}
	}
	if err := u.checkSubordinates(isSystem, hasUID); err != nil {
		return 0, err
	}
	if hasOwnGroup {
		if u.gid, status = u.ownGroup(isSystem); status != 0 {
			return status, nil
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
	wanted := make(map[string]bool)
	for _, group := range groups {
		wanted[group] = true
	}
	u.setMembers(u.name, u.name, func(group string, isMember bool) bool { return isMember || wanted[group] })
	if status, err := u.write(); status != 0 || err != nil {
		return status, err
	}
	if u.opts.has('m') || !u.opts.has('M') && !isSystem && u.is("CREATE_HOME") {
		if err := u.makeHome(); err != nil {
			return 0, err
		}
	}
	if isSystem || !strings.EqualFold(u.defaults["CREATE_MAIL_SPOOL"], "yes") {
		return 0, nil
	}
	return 0, u.makeMail()
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
func (u *newUser) ownGroup(isSystem bool) (int, int) {
	first, last := u.number("GID_MIN", firstID), u.number("GID_MAX", 60000)
	if isSystem {
		first, last = 1, u.number("SYS_GID_MAX", first-1) // below what would be chosen, too
	}
	gid := u.uid
	if gid < first || gid > last || u.group.hasID(gid) {
		var status int
		if gid, status = u.freeID("GID", &u.group, isSystem); status != 0 {
			return 0, status
		}
	}
	u.addGroup(u.name, gid, "!")
	return gid, 0
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
		u.complain("cannot create directory %s", u.home)
		return exitStatus(cannotRemoveHome)
	}
	skel := u.option('k', "SKEL", "/etc/skel")
	if err := u.fillHome(skel); err != nil {
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

// mailDirectory is where users' mail is.
func (s *shadowSuite) mailDirectory() string { return cmp.Or(s.settings["MAIL_DIR"], "/var/mail") }

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
		gid, _ := strconv.ParseUint(f[2], 10, 32)
		n.GID, n.Mode = uint32(gid), 0o660
	}
	return nil
}
