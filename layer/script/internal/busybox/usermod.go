package busybox

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func usermod(c *Call) (int, error) {
	s, err := c.suite("ac:d:e:f:g:G:l:Lmop:rs:u:U", "append=a comment=c gecos=c home=d expiredate=e inactive=f gid=g groups=G "+
		"login=l lock=L move-home=m non-unique=o password=p remove=r shell=s uid=u unlock=U", nil)
	if err == nil {
		err = s.checkFields(map[byte]string{'c': "field", 'd': "field", 's': "field", 'p': "field"})
	}
	if err != nil {
		return 0, err
	}
	return 0, (&changedUser{shadowSuite: s}).change()
}

// changedUser is a user that usermod changes.
type changedUser struct {
	*shadowSuite
	old    []string // fields of passwd
	new    []string
	groups []string
}

func (m *changedUser) change() error {
	if m.old = m.passwd.fields(m.name); len(m.old) < 7 {
		return m.failed(notFound, "user '%s' does not exist", m.name)
	}
	m.new = slices.Clone(m.old)
	if err := m.readOptions(); err != nil {
		return err
	}
	if m.isContradictory() {
		return m.wrong()
	}
	secret, isSecret, err := m.secret()
	if err != nil {
		return err
	}
	isRenamed := m.new[0] != m.name
	isPasswd := !slices.Equal(m.old, m.new) || m.opts.has('p') || m.opts.has('L') || m.opts.has('U')
	if !isPasswd && !isSecret && !m.opts.has('G') {
		m.Out.WriteString("usermod: no changes\n")
		return nil
	}
	if m.old[2] == "0" && (isRenamed || m.new[2] != m.old[2] || m.new[5] != m.old[5]) {
		return m.errBusy()
	}
	if isRenamed && m.passwd.fields(m.new[0]) != nil {
		return m.failed(nameInUse, "user '%s' already exists", m.new[0])
	}
	if uid, _ := strconv.Atoi(m.new[2]); m.new[2] != m.old[2] && !m.opts.has('o') && m.passwd.hasID(uid) {
		return m.failed(idInUse, "UID '%s' already exists", m.new[2])
	}
	if isPasswd {
		m.passwd.rename(m.name, m.new...)
	}
	if secret != nil && (isSecret || isRenamed) {
		secret[0] = m.new[0]
		m.shadow.rename(m.name, secret...)
	}
	if m.opts.has('G') || isRenamed {
		m.setMembers(m.name, m.new[0], m.isKept)
	}
	if err := m.write(); err != nil {
		return err
	}
	if err := m.finishHome(); err != nil {
		return err
	}
	return m.finishMail()
}

// isContradictory reports whether options exclude others, or lack what they are about.
func (m *changedUser) isContradictory() bool {
	has := m.opts.has
	return has('L') && (has('p') || has('U')) || has('p') && has('U') || has('a') && has('r') || (has('a') || has('r')) && !has('G') ||
		has('o') && !has('u') || has('m') && !has('d') || (has('e') || has('f')) && !m.shadow.isThere
}

// readOptions puts into the new fields what the options say.
func (m *changedUser) readOptions() (err error) {
	for _, o := range m.opts {
		switch o.letter {
		case 'c':
			m.new[4] = o.value
		case 'd':
			m.new[5] = o.value
		case 's':
			m.warnOfShell(o.value)
			m.new[6] = o.value
		case 'l':
			if !isAccountName(o.value) {
				return m.failed(wrongArgument, "invalid user name '%s'", o.value)
			}
			m.new[0] = o.value
		case 'u':
			uid, err := m.parseNumber(o.value, "user ID")
			if err != nil {
				return err
			}
			m.new[2] = strconv.Itoa(uid)
		case 'g':
			f := m.findGroup(o.value)
			if f == nil {
				return m.failed(notFound, "group '%s' does not exist", o.value)
			}
			m.new[3] = f[2]
		case 'G':
			if m.groups, err = m.findGroups(o.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// isKept says whether the user is a member of a group from now on.
func (m *changedUser) isKept(group string, isMember bool) bool {
	isNamed := slices.Contains(m.groups, group)
	switch {
	case !m.opts.has('G'):
		return isMember
	case m.opts.has('a'):
		return isMember || isNamed
	case m.opts.has('r'):
		return isMember && !isNamed
	}
	return isNamed
}

// secret returns the fields of shadow as they are from now on, nil for none, and whether one changes. Without a line there the password
// in passwd changes.
func (m *changedUser) secret() (fields []string, isChanged bool, err error) {
	if fields = m.shadow.fields(m.name); len(fields) < 9 {
		fields = nil
	}
	password := &m.new[1]
	if fields != nil {
		password = &fields[1]
	}
	before := slices.Clone(fields)
	for _, o := range m.opts {
		isChanged = isChanged || strings.IndexByte("pLU", o.letter) >= 0
		switch o.letter {
		case 'p':
			if *password = o.value; fields != nil {
				fields[2] = m.today()
			}
		case 'L':
			if !strings.HasPrefix(*password, "!") {
				*password = "!" + *password
			}
		case 'U':
			open, isLocked := strings.CutPrefix(*password, "!")
			if isLocked && open == "" {
				m.complain("unlocking the user's password would result in a passwordless account.\n" +
					"You should set a password with usermod -p to unlock this user's password.")
				continue
			}
			*password = open
		case 'e', 'f':
			var value string
			if o.letter == 'e' {
				value, err = m.parseDay(o.value)
			} else {
				value, err = m.inactivity(o.value)
			}
			if fields == nil && err == nil {
				err = m.Unsupported(m.Line, "usermod -%c is not supported for a user that %s lacks", o.letter, shadowFile)
			}
			if err != nil {
				return nil, false, err
			}
			if o.letter == 'e' {
				fields[7] = value
			} else {
				fields[6] = value
			}
		}
	}
	return fields, isChanged || !slices.Equal(before, fields), nil
}

// finishHome moves the home, and gives it to the new ids.
func (m *changedUser) finishHome() error {
	to := m.new[5]
	if m.opts.has('m') && m.old[5] != to {
		if isMoved, err := m.moveHome(m.old[5], to); !isMoved {
			return err
		}
	}
	uid, newUID, newGID := parseUint32(m.old[2]), int64(-1), int64(-1)
	if m.new[2] != m.old[2] {
		newUID = int64(parseUint32(m.new[2]))
	}
	if m.new[3] != m.old[3] {
		newGID = int64(parseUint32(m.new[3]))
	}
	if newUID < 0 && newGID < 0 {
		return nil
	}
	n, err := m.look(to, true)
	switch {
	case Fatal(err):
		return err
	case err != nil || n.UID != uid && int64(n.UID) != newUID:
		return nil
	}
	return m.giveTree(to, uid, parseUint32(m.old[3]), newUID, newGID)
}

// moveHome moves a directory. A missing one is reported, but is no failure.
func (m *changedUser) moveHome(from, to string) (isMoved bool, err error) {
	n, err := m.look(from, true)
	switch {
	case Fatal(err):
		return false, err
	case err != nil || n.Type != tree.Directory:
		m.complain("The previous home directory (%s) does not exist or is inaccessible. Move cannot be completed.", from)
		return false, nil
	}
	if _, err := m.look(to, true); err == nil {
		return false, m.failed(cannotChangeHome, "directory %s exists", to)
	}
	if err := m.Tree.MkdirAll(path.Dir(m.file(to)), 0o755); err != nil {
		return false, err
	}
	err = m.Tree.Rename(m.file(from), m.file(to))
	if err != nil && !Fatal(err) {
		err = m.failed(cannotChangeHome, "cannot rename directory %s to %s", from, to)
	}
	return err == nil, err
}

// finishMail gives a user's mail the new name and id.
func (m *changedUser) finishMail() error {
	path, uid := m.mailDirectory()+"/", parseUint32(m.old[2])
	n, err := m.look(path+m.name, true)
	if err != nil || n.UID != uid {
		return nil
	}
	if m.new[2] != m.old[2] {
		if err := m.Tree.Chown(n, int64(parseUint32(m.new[2])), -1); err != nil {
			return err
		}
	}
	if m.new[0] == m.name {
		return nil
	}
	return m.Tree.Rename(path+m.name, path+m.new[0])
}
