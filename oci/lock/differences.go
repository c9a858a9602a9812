package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/oci"
)

// Differences lists how the current request differs from the one that the lock was made
// for. An empty list means that the lock is up to date, except for the base, which
// assemble.Resolve compares. Platforms may be a subset of the lock's; an empty list
// stands for the base's own platform.
func (l *Lock) Differences(now Request, platforms []oci.Platform) []string {
	var all []string
	all = appendDifference(all, "packages", l.Request.Packages, now.Packages)
	all = appendDifference(all, "repositories", l.Request.Repositories, now.Repositories)
	if l.Request.Upgrade != now.Upgrade {
		all = append(all, fmt.Sprintf("upgrade: the lock was made with %v, not %v", l.Request.Upgrade, now.Upgrade))
	}
	for _, p := range platforms {
		if l.Platform(p.String()) == nil {
			all = append(all, fmt.Sprintf("platforms: the lock has %s, but not %s", strings.Join(l.PlatformNames(), ", "), p))
		}
	}
	return all
}

// appendDifference compares two lists whose order does not matter.
func appendDifference(all []string, what string, then, now []string) []string {
	var parts []string
	if added := without(now, then); len(added) > 0 {
		parts = append(parts, "new: "+strings.Join(added, ", "))
	}
	if removed := without(then, now); len(removed) > 0 {
		parts = append(parts, "gone: "+strings.Join(removed, ", "))
	}
	if parts == nil {
		return all
	}
	return append(all, what+" ("+strings.Join(parts, "; ")+")")
}

// without returns the items of one list that another does not have.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
