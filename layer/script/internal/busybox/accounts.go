package busybox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Where accounts are.
const (
	passwdFile  = "/etc/passwd"
	groupFile   = "/etc/group"
	shadowFile  = "/etc/shadow"
	gshadowFile = "/etc/gshadow"
)

// Ids that busybox gives: to system users and groups, and to others.
const (
	firstSystemID = 100
	lastSystemID  = 999
	firstID       = 1000
	lastID        = 256000 // as Alpine builds it
)

// noGroup is the group of system users without one.
const noGroup = "nogroup"

// accounts is a file of lines with fields between colons.
type accounts struct {
	path  string
	lines []string
}

func (c *Call) readAccounts(path string) (*accounts, error) {
	b, err := c.Tree.ReadFile(path, MaxInput)
	if err != nil {
		return nil, err
	}
	if err := c.spend(accountCost * len(b)); err != nil {
		return nil, err
	}
	a := &accounts{path: path}
	if text := strings.TrimSuffix(string(b), "\n"); text != "" {
		a.lines = strings.Split(text, "\n")
	}
	return a, nil
}

// accountCost is how often each byte of an account file is looked at, roughly.
const accountCost = 4

// lookUp returns the fields of a name's first line, nil if it is missing or the
// file cannot be read.
func (c *Call) lookUp(path, name string) []string {
	a, err := c.readAccounts(path)
	if err != nil {
		return nil
	}
	return a.find(func(f []string) bool { return f[0] == name && len(f) >= a.fields() })
}

// fields is how many fields a line of the file has at least: others are passed over.
func (a *accounts) fields() int {
	switch a.path {
	case passwdFile:
		return 7
	case groupFile:
		return 4
	}
	return 3
}

// account returns the fields, at least four, of the first line that match accepts, or nil.
func (c *Call) account(path string, match func(fields []string) bool) []string {
	a, err := c.readAccounts(path)
	if err != nil {
		return nil
	}
	return a.find(func(f []string) bool { return len(f) >= 4 && match(f) })
}

// nameOf returns the name that a file has for an id, or "".
func (c *Call) nameOf(path string, id uint32) string {
	text := strconv.FormatUint(uint64(id), 10)
	if f := c.account(path, func(fields []string) bool { return fields[2] == text }); f != nil {
		return f[0]
	}
	return ""
}

func (a *accounts) find(match func(fields []string) bool) []string {
	for _, line := range a.lines {
		if f := strings.Split(line, ":"); match(f) {
			return f
		}
	}
	return nil
}

// hasID says whether an id is taken.
func (a *accounts) hasID(id int) bool { return a.ids()[strconv.Itoa(id)] }

// ids returns the ids that are taken.
func (a *accounts) ids() map[string]bool {
	taken := make(map[string]bool, len(a.lines))
	for _, line := range a.lines {
		if f := strings.Split(line, ":"); len(f) >= a.fields() {
			taken[f[2]] = true
		}
	}
	return taken
}

// matches returns where the lines of a name are.
func (a *accounts) matches(name string) []int {
	var places []int
	for i, line := range a.lines {
		if strings.HasPrefix(line, name+":") {
			places = append(places, i)
		}
	}
	return places
}

// add writes a line at the end, in place of what is there of that name with too few fields.
func (a *accounts) add(line string) {
	name, _, _ := strings.Cut(line, ":")
	a.lines = slices.DeleteFunc(a.lines, func(old string) bool { return strings.HasPrefix(old, name+":") })
	a.lines = append(a.lines, line)
}

// rewrite changes a file as busybox does: what was there stays behind under the
// name with "-" at its end, and a new file of the same mode and owner takes its
// place, also if nothing changed.
func (c *Call) rewrite(path string, change func(a *accounts)) error {
	a, err := c.readAccounts(path)
	if err != nil {
		return err
	}
	p, err := c.Tree.Resolve(path, true)
	if err != nil {
		return err
	}
	old, err := c.Tree.Lstat(p)
	if err != nil {
		return err
	}
	change(a)
	n := &tree.Node{Type: tree.Regular, Mode: old.Mode & 0o777, UID: old.UID, GID: old.GID, ModTime: c.Now}
	err = tree.ErrNotExist
	if backup, failed := c.Tree.Lstat(p + "-"); failed == nil {
		if err = tree.ErrIsDir; backup.Type != tree.Directory {
			err = c.Tree.Remove(p + "-")
		}
	}
	if err != nil && !errors.Is(err, tree.ErrNotExist) {
		c.complain("warning: can't create backup copy '%s-': %s", path, Reason(err))
	} else if err := c.Tree.Link(p, p+"-"); err != nil {
		return err
	}
	if err := c.Tree.Put(p, n); err != nil {
		return err
	}
	var b strings.Builder
	for _, line := range a.lines {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return c.Tree.WriteFile(p, []byte(b.String()), n.Mode)
}

// rewritten is rewrite for a command that fails without the file.
func (c *Call) rewritten(path string, change func(a *accounts)) (status int, err error) {
	err = c.rewrite(path, change)
	switch {
	case err == nil:
		return 0, nil
	case Fatal(err):
		return 0, err
	}
	return c.complain("%s: %s", path, Reason(err)), nil
}

// addMember adds a user to a group. One that is there already is not added again.
func (c *Call) addMember(group, user string) (int, error) {
	if f := c.lookUp(groupFile, group); len(f) > 3 && slices.Contains(strings.Split(f[3], ","), user) {
		return 0, nil
	}
	status, err := c.append(groupFile, group, user)
	if status != 0 || err != nil {
		return status, err
	}
	if _, err := c.Tree.Stat(gshadowFile); err != nil {
		return 0, nil
	}
	_, err = c.append(gshadowFile, group, user)
	return 0, err
}

// append writes a user behind the members of a group in a file.
func (c *Call) append(path, group, user string) (int, error) {
	found := false
	status, err := c.rewritten(path, func(a *accounts) {
		for _, i := range a.matches(group) {
			found = true
			separator := ","
			if strings.HasSuffix(a.lines[i], ":") {
				separator = ""
			}
			a.lines[i] += separator + user
		}
	})
	if status == 0 && err == nil && !found {
		fmt.Fprintf(&c.Err, "addgroup: can't find %s in %s\n", group, path) // which adduser runs
	}
	return status, err
}

// removeMember takes a user from groups: from one, or from all for "".
func (c *Call) removeMember(group, user string) (int, error) {
	status, err := c.takeOut(groupFile, group, user)
	if status != 0 || err != nil || group == "" {
		return status, err
	}
	if _, err := c.Tree.Stat(gshadowFile); err != nil {
		return 0, nil
	}
	return c.takeOut(gshadowFile, group, user)
}

// takeOut is removeMember for one file.
func (c *Call) takeOut(path, group, user string) (int, error) {
	found := false
	status, err := c.rewritten(path, func(a *accounts) {
		for i, line := range a.lines {
			f := strings.Split(line, ":")
			if len(f) < 4 || group != "" && f[0] != group {
				continue
			}
			members := strings.Split(f[3], ",")
			if at := slices.Index(members, user); at >= 0 {
				found = true
				f[3] = strings.Join(slices.Delete(members, at, at+1), ",")
				a.lines[i] = strings.Join(f, ":")
			}
		}
	})
	if status == 0 && err == nil && !found {
		c.complain("can't find %s in %s", user, path)
	}
	return status, err
}

// checkName says what is wrong with a name for a user or group.
func checkName(name string) string {
	if name == "" {
		return "illegal character with code 0 at position 0"
	}
	for i := range len(name) {
		b := name[i]
		letter := 'a' <= b|0x20 && b|0x20 <= 'z' || b == '_'
		digit := '0' <= b && b <= '9'
		inner := i > 0 && (b == '-' || b == '.' || b == '$' && i == len(name)-1)
		if !letter && !digit && !inner {
			return fmt.Sprintf("illegal character with code %d at position %d", b, i)
		}
	}
	return ""
}

// parseID reads the argument of an option with an id.
func (c *Call) parseID(text string) (int, bool) {
	id, err := strconv.ParseUint(text, 10, 32)
	switch {
	case err != nil:
		c.complain("invalid number '%s'", text)
		return 0, false
	case id > lastID:
		c.complain("number %s is not in 0..%d range", text, lastID)
		return 0, false
	}
	return int(id), true
}

// today is what /etc/shadow keeps of the time of a password's change.
func (c *Call) today() string { return strconv.FormatInt(c.Now.Unix()/86400, 10) }

// Home returns a user's home directory.
func (c *Call) Home(user string) (string, bool) {
	f := c.lookUp(passwdFile, user)
	if len(f) < 6 {
		return "", false
	}
	return f[5], true
}

// Account returns the home and the shell of the user who runs, "" for one that is not known.
func (c *Call) Account() (home, shell string) {
	uid := strconv.FormatUint(uint64(c.Tree.Credentials().UID), 10)
	f := c.account(passwdFile, func(fields []string) bool { return fields[2] == uid })
	if len(f) < 7 {
		return "", ""
	}
	return f[5], f[6]
}
