package busybox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

// The programs of package shadow end with these, by their manual pages: useradd(8), usermod(8) and so on.
const (
	cannotUpdateUsers  = 1
	wrongUsage         = 2
	wrongArgument      = 3
	idInUse            = 4
	notFound           = 6
	isBusy             = 8
	nameInUse          = 9
	cannotUpdateGroups = 10
	cannotChangeHome   = 12
)

const (
	loginDefs       = "/etc/login.defs"
	useraddDefaults = "/etc/default/useradd"
)

// shadowSuite is a call of a program of package shadow. These change the files of accounts all together, once nothing can fail any more.
// Methods that fail say why, and return an exitStatus.
type shadowSuite struct {
	*Call
	opts                           optionList
	name                           string // the only operand: a user or a group
	passwd, shadow, group, gshadow accountTable
	settings                       map[string]string // of /etc/login.defs
}

// accountTable is a file of accounts that may be missing.
type accountTable struct {
	accounts
	isThere, isChanged bool
}

// suite reads a command line, as getopt does, and the files, of which passwd and group must be there. IsWrong tells options that exclude or
// lack others; nil for a program without.
func (c *Call) suite(letters, long string, isWrong func(optionList) bool) (*shadowSuite, error) {
	opts, args, err := c.getopt(letters, long)
	if err != nil {
		return nil, err
	}
	s := &shadowSuite{Call: c, opts: opts, settings: c.readSettings(loginDefs, " \t")}
	if len(args) != 1 || isWrong != nil && isWrong(opts) {
		return nil, s.wrong()
	}
	s.name = args[0]
	for _, file := range []struct {
		table    *accountTable
		path     string
		isNeeded bool
		status   int
	}{
		{&s.passwd, passwdFile, true, cannotUpdateUsers}, {&s.shadow, shadowFile, false, cannotUpdateUsers},
		{&s.group, groupFile, true, cannotUpdateGroups}, {&s.gshadow, gshadowFile, false, cannotUpdateGroups},
	} {
		a, err := c.readAccounts(file.path)
		switch {
		case err == nil:
			*file.table = accountTable{accounts: *a, isThere: true}
		case file.isNeeded || !errors.Is(err, tree.ErrNotExist):
			return nil, s.failed(file.status, "cannot open %s", file.path)
		}
	}
	return s, nil
}

// lacksID reports whether -o, which allows an id that is taken, comes without -g, which gives it.
func lacksID(opts optionList) bool { return opts.has('o') && !opts.has('g') }

// wrong ends a command with its usage.
func (s *shadowSuite) wrong() error {
	s.usage()
	return exitStatus(wrongUsage)
}

// write ends a command: what has changed is written.
func (s *shadowSuite) write() error {
	for _, table := range []*accountTable{&s.passwd, &s.shadow, &s.group, &s.gshadow} {
		if !table.isChanged {
			continue
		}
		status, err := s.rewritten(table.path, func(a *accounts) { a.lines = table.lines })
		if err == nil && status != 0 {
			err = exitStatus(status)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readSettings reads a file of names and values: the value of a name is what follows the first of the separators.
func (c *Call) readSettings(path, separators string) map[string]string {
	settings := make(map[string]string)
	file, err := c.readAccounts(path)
	if err != nil {
		return settings
	}
	for _, line := range file.lines {
		line = strings.TrimSpace(line)
		if at := strings.IndexAny(line, separators); at > 0 && line[0] != '#' {
			settings[line[:at]] = strings.Trim(line[at+1:], " \t\"")
		}
	}
	return settings
}

// number returns a setting of /etc/login.defs.
func (s *shadowSuite) number(name string, without int) int {
	if n, err := strconv.ParseInt(s.settings[name], 0, 33); err == nil {
		return int(n)
	}
	return without
}

// is reports whether a setting says yes.
func (s *shadowSuite) is(name string) bool { return strings.EqualFold(s.settings[name], "yes") }

// fields returns those of a name's line, or nil.
// It is not inlined, which saves space.
//
//go:noinline
func (t *accountTable) fields(name string) []string {
	return t.find(func(f []string) bool { return f[0] == name && len(f) > 3 })
}

// set replaces a name's line, or adds one. In a file that is not there it does nothing.
func (t *accountTable) set(name string, fields ...string) {
	if !t.isThere {
		return
	}
	t.isChanged = true
	line := strings.Join(fields, ":")
	if at := t.matches(name); len(at) > 0 {
		t.lines[at[0]] = line
		return
	}
	// Lines about NIS stay the last.
	end := slices.IndexFunc(t.lines, func(line string) bool { return strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-") })
	if end < 0 {
		end = len(t.lines)
	}
	t.lines = slices.Insert(t.lines, end, line)
}

// rename replaces a name's line by one of another name, at the end.
func (t *accountTable) rename(name string, fields ...string) {
	if name != fields[0] {
		t.delete(name)
	}
	t.set(fields[0], fields...)
}

// delete removes a name's line.
func (t *accountTable) delete(name string) {
	if at := t.matches(name); len(at) > 0 {
		t.lines, t.isChanged = slices.Delete(t.lines, at[0], at[0]+1), true
	}
}

// findGroup returns the fields of a group that is named or has the id given.
func (s *shadowSuite) findGroup(text string) []string {
	if isNumber(text) {
		id := strings.TrimLeft(text, "0")
		return s.group.find(func(f []string) bool { return len(f) > 3 && strings.TrimLeft(f[2], "0") == id })
	}
	return s.group.fields(text)
}

// findGroups returns the names of the groups of a list.
func (s *shadowSuite) findGroups(list string) (names []string, err error) {
	for _, name := range strings.Split(list, ",") {
		if name == "" {
			continue
		}
		f := s.findGroup(name)
		if f == nil {
			err = s.failed(notFound, "group '%s' does not exist", name)
			continue
		}
		names = append(names, f[0])
	}
	return names, err
}

// parseNumber reads an id, or fails with "invalid WHAT".
func (s *shadowSuite) parseNumber(text, what string) (int, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil || id == 1<<32-1 {
		return 0, s.failed(wrongArgument, "invalid %s '%s'", what, text)
	}
	return int(id), nil
}

// freeID returns the next id for a user or group. Those of the system go downward from the lowest that is taken, others upward from the highest.
// KIND is "UID" or "GID".
func (s *shadowSuite) freeID(kind string, table *accountTable, isSystem bool) (int, error) {
	first, last := s.number(kind+"_MIN", firstID), s.number(kind+"_MAX", 60000)
	if isSystem {
		first, last = s.number("SYS_"+kind+"_MIN", 101), s.number("SYS_"+kind+"_MAX", first-1)
	}
	taken := make(map[int]bool)
	lowest, highest := last, first
	for _, line := range table.lines {
		f := strings.SplitN(line, ":", 4)
		if len(f) < 4 {
			continue
		}
		id, err := strconv.Atoi(f[2])
		if err != nil || id < first || id > last {
			continue
		}
		taken[id] = true
		lowest, highest = min(lowest, id-1), max(highest, id+1)
	}
	if isSystem {
		for _, from := range []int{lowest, last} {
			for id := from; id >= first; id-- {
				if !taken[id] {
					return id, nil
				}
			}
		}
	} else {
		for _, from := range []int{highest, first} {
			for id := from; id <= last; id++ {
				if !taken[id] {
					return id, nil
				}
			}
		}
	}
	return 0, s.failed(idInUse, "Can't get unique %s (no more available %ss)", kind, kind)
}

// setMembers makes a user a member of the groups that keep says, under the name that it has from now on.
func (s *shadowSuite) setMembers(user, name string, keep func(group string, isMember bool) bool) {
	for _, table := range []*accountTable{&s.group, &s.gshadow} {
		for i, line := range table.lines {
			f := strings.Split(line, ":")
			if len(f) < 4 {
				continue
			}
			var members []string
			if f[3] != "" {
				members = strings.Split(f[3], ",")
			}
			isMember := slices.Contains(members, user)
			isKept := keep(f[0], isMember)
			if !isMember && !isKept || isMember && isKept && user == name {
				continue
			}
			members = slices.DeleteFunc(members, func(m string) bool { return m == user })
			if isKept && !slices.Contains(members, name) {
				members = append(members, name)
			}
			f[3] = strings.Join(members, ",")
			table.lines[i], table.isChanged = strings.Join(f, ":"), true
		}
	}
}

// addGroup adds a group. Password is what its line has if there is no /etc/gshadow.
func (s *shadowSuite) addGroup(name string, gid int, password string) {
	if s.gshadow.isThere {
		password = "x"
	}
	s.group.set(name, name, password, strconv.Itoa(gid), "")
	s.gshadow.set(name, name, "!", "", "")
}

// isAccountName reports whether useradd takes a name: letters, digits and "_.-", no "-" in front, "$" at its end, and not a number.
func isAccountName(name string) bool {
	if name == "." || name == ".." || isNumber(name) || name == "" || len(name) > 255 {
		return false
	}
	for i := range len(name) {
		b := name[i]
		isInner := i > 0 && (b == '-' || b == '$' && i == len(name)-1)
		if !isInner && b != '_' && b != '.' && ('z' < b|0x20 || b|0x20 < 'a') && (b < '0' || '9' < b) {
			return false
		}
	}
	return true
}

// parseDay reads the date of option -e: the days since 1970, or "" for never.
func (s *shadowSuite) parseDay(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", s.Unsupported(s.Line, "%s -e %s: a date other than YYYY-MM-DD is not supported", s.Args[0], text)
	}
	return strconv.FormatInt(day.Unix()/86400, 10), nil
}

// checkFields refuses what would end a field of a line. The message of each is "invalid WHAT 'TEXT'".
func (s *shadowSuite) checkFields(what map[byte]string) error {
	for _, o := range s.opts {
		isPath := o.letter == 'd' || o.letter == 's' || o.letter == 'b'
		if name, ok := what[o.letter]; ok && (strings.ContainsAny(o.value, ":\n") || isPath && o.value != "" && o.value[0] != '/') {
			return s.failed(wrongArgument, "invalid %s '%s'", name, o.value)
		}
	}
	return nil
}

// inactivity reads the argument of option -f: days, or "" for -1.
func (s *shadowSuite) inactivity(text string) (string, error) {
	if text == "-1" {
		return "", nil
	}
	_, err := s.parseNumber(text, "numeric argument")
	return text, err
}

// warnOfShell says that a login shell cannot be run.
func (s *shadowSuite) warnOfShell(shell string) {
	if n, err := s.look(shell, true); shell != "" && shell != "/sbin/nologin" && (err != nil || n.Type == tree.Directory || n.Mode&0o111 == 0) {
		fmt.Fprintf(&s.Err, "%s: Warning: missing or non-executable shell '%s'\n", s.Args[0], shell)
	}
}

// giveTree gives a directory and what is below it, where it belongs to the ids given, to others; -1 leaves an id.
func (s *shadowSuite) giveTree(dir string, uid, gid uint32, newUID, newGID int64) error {
	_, err := s.recurse([]string{dir}, walkRule{recursive: true}, func(_ string, n *tree.Node, _ int) error {
		toUID, toGID := int64(-1), int64(-1)
		if n.UID == uid {
			toUID = newUID
		}
		if n.GID == gid {
			toGID = newGID
		}
		if toUID < 0 && toGID < 0 {
			return nil
		}
		return s.Tree.Chown(n, toUID, toGID)
	})
	return err
}

func parseUint32(text string) uint32 {
	n, _ := strconv.ParseUint(text, 10, 32)
	return uint32(n)
}

// mailDirectory is where users' mail is.
func (s *shadowSuite) mailDirectory() string { return cmp.Or(s.settings["MAIL_DIR"], "/var/mail") }

// errBusy is why an account is not changed that runs something: in a build that is root, whose shell is process 1.
func (s *shadowSuite) errBusy() error {
	return s.failed(isBusy, "user %s is currently used by process 1", s.name)
}
