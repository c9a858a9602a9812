package busybox

import (
	"fmt"
	"strconv"
)

func addgroup(c *Call) (int, error) {
	opts, args, err := c.getopt("g:S", "gid=g system=S")
	if err != nil {
		return 0, err
	}
	switch len(args) {
	case 1:
	case 2:
		if opts.has('g') {
			return c.usage(), nil
		}
		return c.becomeMember(args[0], args[1])
	default:
		return c.usage(), nil
	}
	if problem := checkName(args[0]); problem != "" {
		return c.complain("%s", problem), nil
	}
	gid := -1
	if text, ok := opts.last('g'); ok {
		if gid, ok = c.parseID(text); !ok {
			return 1, nil
		}
	}
	return c.newGroup(args[0], gid, opts.has('S'))
}

// newGroup adds a group's line; a gid below 0 means the next one that is free.
func (c *Call) newGroup(name string, gid int, system bool) (int, error) {
	if c.lookUp(groupFile, name) != nil {
		return c.complain("group '%s' in use", name), nil
	}
	groups, err := c.readAccounts(groupFile)
	if err != nil {
		groups = &accounts{path: groupFile}
	}
	if gid >= 0 && groups.hasID(gid) {
		return c.complain("gid '%d' in use", gid), nil
	}
	if gid < 0 {
		first, last := firstID, lastID
		if system {
			first, last = firstSystemID, lastSystemID
		}
		taken := groups.ids()
		for gid = first; taken[strconv.Itoa(gid)]; gid++ {
			if gid == last {
				return c.complain("no gids left"), nil
			}
		}
	}
	line := fmt.Sprintf("%s:x:%d:", name, gid)
	status, err := c.rewritten(groupFile, func(a *accounts) { a.add(line) })
	if status != 0 || err != nil {
		return status, err
	}
	if _, err := c.Tree.Stat(gshadowFile); err != nil {
		return 0, nil
	}
	_, err = c.rewritten(gshadowFile, func(a *accounts) { a.lines = append(a.lines, name+":!::") })
	return 0, err
}
