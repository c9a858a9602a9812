package busybox

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func chown(c *Call) (int, error) {
	opts, args, err := c.getopt(ownerLetters, longOwnerOptions)
	if err != nil {
		return 0, err
	}
	if file, ok := opts.last(referenceOption); ok {
		return c.setOwnerOf(file, args, opts, true)
	}
	if len(args) < 2 {
		return c.usage(), nil
	}
	uid, gid, bad := c.parseOwner(args[0])
	if bad != "" {
		return c.complain("%s", bad), nil
	}
	return c.setOwner(args[1:], uid, gid, opts)
}

const (
	referenceOption = '\x01' // of GNU's programs: the file that has the owner or the mode
	ownerLetters    = "RhfHLPcv\x01:"
)

// setOwnerOf gives files the owner of another, and only its group if it is not for the user, too.
func (c *Call) setOwnerOf(reference string, names []string, opts optionList, withUser bool) (int, error) {
	if len(names) == 0 {
		return c.usage(), nil
	}
	n, err := c.look(reference, true)
	if err != nil {
		return c.complain("failed to get attributes of '%s': %s", reference, Reason(err)), nil
	}
	uid := int64(-1)
	if withUser {
		uid = int64(n.UID)
	}
	return c.setOwner(names, uid, int64(n.GID), opts)
}

const longOwnerOptions = "recursive=R dereference=D no-dereference=h changes=c silent=f quiet=f verbose=v"

func chgrp(c *Call) (int, error) {
	opts, args, err := c.getopt(ownerLetters, longOwnerOptions)
	if err != nil {
		return 0, err
	}
	if file, ok := opts.last(referenceOption); ok {
		return c.setOwnerOf(file, args, opts, false)
	}
	if len(args) < 2 {
		return c.usage(), nil
	}
	_, gid, bad := c.parseOwner(":" + args[0])
	if bad != "" {
		return c.complain("%s", bad), nil
	}
	return c.setOwner(args[1:], -1, gid, opts)
}

// parseOwner reads USER, USER:, USER:GROUP or :GROUP, with "." for ":" too; an id that it
// does not set is -1. "USER:" is for the user's own group, which for a number has the
// same number. Ids are of 32 bits without a sign, more than an int holds everywhere.
func (c *Call) parseOwner(text string) (uid, gid int64, problem string) {
	at := strings.IndexByte(text, '.')
	if at < 0 {
		at = strings.IndexByte(text, ':')
	}
	if at < 0 {
		uid, problem = c.lookUser(text)
		return uid, -1, problem
	}
	user, group := text[:at], text[at+1:]
	if user == "" {
		gid, problem = c.lookGroup(group)
		return -1, gid, problem
	}
	unknown := "unknown user/group " + user
	if group != "" {
		unknown += ":" + group
	}
	if uid, problem = c.lookUser(user); problem != "" {
		return 0, 0, unknown
	}
	switch {
	case group != "":
		if gid, problem = c.lookGroup(group); problem != "" {
			return 0, 0, unknown
		}
	case isNumber(user):
		gid = uid
	default:
		if f := c.account(passwdFile, named(user)); f != nil {
			gid, _ = strconv.ParseInt(f[3], 10, 64)
		}
	}
	return uid, gid, ""
}

// setOwner is the rest of chown and chgrp; ids below 0 stay.
func (c *Call) setOwner(names []string, uid, gid int64, opts optionList) (int, error) {
	rule := walkRule{recursive: opts.has('R'), inside: true}
	if rule.recursive || !opts.has('h') {
		for _, o := range opts {
			switch o.letter {
			case 'L':
				rule.follow, rule.followFirst = true, false
			case 'H':
				rule.follow, rule.followFirst = false, true
			case 'P':
				rule.follow, rule.followFirst = false, false
			}
		}
	}
	// Without -L and -H recursion is about links themselves.
	links := opts.has('h') || rule.recursive && !rule.follow && !rule.followFirst
	return c.recurse(names, rule, func(name string, n *tree.Node, depth int) error {
		uid, gid := uid, gid
		if !links && n.Type == tree.Symlink {
			target, err := c.look(name, true)
			if err != nil {
				if !opts.has('f') {
					c.complain("%s: %s", name, Reason(err))
				}
				return err
			}
			// Busybox gives the target what the link has and nobody asked to change.
			if uid < 0 {
				uid = int64(n.UID)
			}
			if gid < 0 {
				gid = int64(n.GID)
			}
			n = target
		}
		oldUser, oldGroup := n.UID, n.GID
		if err := c.Tree.Chown(n, uid, gid); err != nil {
			if !opts.has('f') {
				c.complain("%s: %s", name, Reason(err))
			}
			return err
		}
		if opts.has('v') || opts.has('c') && (n.UID != oldUser || n.GID != oldGroup) {
			fmt.Fprintf(&c.Out, "changed ownership of '%s' to %d:%d\n", name, n.UID, n.GID)
		}
		return nil
	})
}

// lookUser returns a user's id by number or name.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) lookUser(name string) (uid int64, problem string) {
	return c.lookID(passwdFile, name, "unknown user "+name)
}

// lookGroup returns a group's id by number or name.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) lookGroup(name string) (gid int64, problem string) {
	return c.lookID(groupFile, name, "unknown group "+name)
}

func (c *Call) lookID(file, name, unknown string) (id int64, problem string) {
	if isNumber(name) {
		n, err := strconv.ParseUint(name, 10, 64)
		if err == nil {
			return int64(uint32(n)), ""
		}
	}
	if f := c.account(file, named(name)); f != nil {
		if id, err := strconv.ParseInt(f[2], 10, 64); err == nil {
			return id, ""
		}
	}
	return 0, unknown
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func named(name string) func(fields []string) bool {
	return func(fields []string) bool { return fields[0] == name }
}
