package accounts

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// ExecUser returns the credentials and the home directory of who runs a command in a container: "user" or "user:group", by names
// or numbers, found in the tree's etc/passwd and etc/group as builders and runc find them (github.com/moby/sys/user, GetExecUser).
// A number needs no entry. A user without a group has that of passwd, or 0, and the groups that list the name.
func ExecUser(in *tree.Tree, spec string) (who tree.Credentials, home string, err error) {
	name, group, _ := strings.Cut(spec, ":")
	users, groups := accountLines(in, Passwd().Path), accountLines(in, Groups().Path)
	match := func(lines [][]string, name string) int {
		number, err := strconv.Atoi(name)
		return slices.IndexFunc(lines, func(fields []string) bool {
			if err == nil {
				return atoi(field(fields, 2)) == number
			}
			return fields[0] == name
		})
	}
	name = cmp.Or(name, "0")
	member := "" // of groups
	if i := match(users, name); i >= 0 {
		line := users[i]
		who.UID, who.GID = uint32(atoi(field(line, 2))), uint32(atoi(field(line, 3)))
		member = line[0]
	} else if who.UID, err = containerID(name); err != nil {
		return who, "", hint.Errorf("user %q: %s has no such name", name, Passwd().Path).With("add the user before, or give a number")
	}
	who.Groups = []uint32{}
	if group == "" && member != "" {
		for _, line := range groups {
			if slices.Contains(strings.Split(field(line, 3), ","), member) {
				who.Groups = append(who.Groups, uint32(atoi(field(line, 2))))
			}
		}
	}
	if i := match(groups, group); group == "" {
		// The group is that of passwd.
	} else if i >= 0 {
		who.GID = uint32(atoi(field(groups[i], 2)))
	} else if who.GID, err = containerID(group); err != nil {
		return who, "", hint.Errorf("group %q: %s has no such name", group, Groups().Path).With("add the group before, or give a number")
	}
	if !slices.Contains(who.Groups, who.GID) {
		who.Groups = append([]uint32{who.GID}, who.Groups...)
	}
	home = "/" // runc looks for the number
	if i := match(users, strconv.FormatUint(uint64(who.UID), 10)); i >= 0 {
		home = field(users[i], 5)
	}
	return who, home, nil
}

// accountLines returns the fields of each line of etc/passwd or etc/group. A file that cannot be read has none.
func accountLines(in *tree.Tree, path string) (lines [][]string) {
	b, err := in.ReadFile(path, MaxFile)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, strings.Split(line, ":"))
		}
	}
	return lines
}

// field is "" for one that a line does not have.
func field(fields []string, i int) string {
	if i < len(fields) {
		return fields[i]
	}
	return ""
}

// atoi takes for 0 what is not a number.
func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// containerID reads a number that no file has an entry for.
func containerID(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err == nil && n > math.MaxInt32 {
		err = strconv.ErrRange
	}
	return uint32(n), err
}
