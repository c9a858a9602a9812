package busybox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// setpriv is that of util-linux 2.38 as far as it changes the user and the groups. It keeps the environment.
func setpriv(c *Call) (int, error) {
	if !c.isOther() {
		return 0, c.Unsupported(c.Line, "busybox's setpriv is not supported: install the package setpriv")
	}
	opts, args, err := c.getopt("+u:g:G:ickn", "reuid=u regid=g groups=G init-groups=i clear-groups=c keep-groups=k no-new-privs=n")
	if err != nil {
		return 0, err
	}
	failed := func(status int, format string, args ...any) (int, error) {
		c.complain(format, args...)
		return status, nil
	}
	who := c.Tree.Credentials()
	isRoot := who.UID == 0
	user, setsUser := opts.last('u')
	group, setsGroup := opts.last('g')
	ways := 0
	for _, letter := range []byte("Gick") {
		if opts.has(letter) {
			ways++
		}
	}
	if setsUser {
		id, problem := c.lookUser(user)
		if problem != "" {
			return failed(1, "failed to parse reuid: '%s'", user)
		}
		who.UID = uint32(id)
	}
	if setsGroup {
		id, problem := c.lookGroup(group)
		if problem != "" {
			return failed(1, "failed to parse regid: '%s'", group)
		}
		who.GID = uint32(id)
	}
	list, _ := opts.last('G')
	switch {
	case len(args) == 0:
		return failed(1, "No program specified")
	case ways > 1:
		return failed(1, "mutually exclusive arguments: --clear-groups --keep-groups --init-groups --groups")
	case setsGroup && ways == 0:
		return failed(1, "--[re]gid requires --keep-groups, --clear-groups, --init-groups, or --groups")
	case opts.has('i') && !setsUser:
		return failed(1, "--init-groups requires --ruid or --reuid")
	case opts.has('c'):
		who.Groups = nil
	case opts.has('G'):
		who.Groups = nil
		for name := range strings.SplitSeq(list, ",") {
			id, problem := c.lookGroup(name)
			if problem != "" {
				return 0, c.Unsupported(c.Line, "setpriv --groups: %s", problem)
			}
			who.Groups = append(who.Groups, uint32(id))
		}
	case opts.has('i'):
		account := c.account(passwdFile, func(f []string) bool { return f[2] == fmt.Sprint(who.UID) })
		if account == nil {
			return failed(1, "uid %d not found, --init-groups requires an user that can be found on the system", who.UID)
		}
		who.Groups = c.credentialsOf(account).Groups
	}
	if !isRoot && (setsUser || setsGroup || ways > 0 && !opts.has('k')) {
		return 0, c.Unsupported(c.Line, "setpriv as another user than root is not supported")
	}
	return c.exec(args, &who, func(problem error) int {
		c.complain("failed to execute %s: %s", args[0], Reason(problem))
		if errors.Is(problem, tree.ErrPermission) {
			return 126
		}
		return 127
	})
}
