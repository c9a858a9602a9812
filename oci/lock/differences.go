package lock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci"
)

// Differences returns, one item for each, how what is asked for now differs from what the lock was made for. None means that
// the lock fits as far as can be told without the base, which is compared when the lock is used. Platforms may be fewer than
// the lock has, and none stands for the base's own.
func (l *Lock) Differences(now Request, platforms []oci.Platform) []string {
	var all []string
	all = appendDifference(all, "package", l.Request.Packages, now.Packages)
	all = appendDifference(all, "repository", l.Request.WithoutSecrets().Repositories, now.WithoutSecrets().Repositories)
	if l.Request.Upgrade != now.Upgrade {
		all = append(all, fmt.Sprintf("it was made with upgrade %s, not %s", cmp.Or(l.Request.Upgrade, "none"), cmp.Or(now.Upgrade, "none")))
	}
	for _, p := range platforms {
		if l.Platform(p.String()) == nil {
			all = append(all, fmt.Sprintf("platform %s was added; the lock has %s", p, strings.Join(l.PlatformNames(), ", ")))
		}
	}
	return all
}

// WithoutSecrets returns the request as a lock stores it: locks are committed with the source, so repositories are
// without users and passwords.
func (r Request) WithoutSecrets() Request {
	r.Repositories = slices.Clone(r.Repositories)
	for i, line := range r.Repositories {
		r.Repositories[i] = redact.URL(line)
	}
	return r
}

// appendDifference compares two lists whose order does not matter.
func appendDifference(all []string, what string, then, now []string) []string {
	for _, item := range without(now, then) {
		all = append(all, what+" "+item+" was added")
	}
	for _, item := range without(then, now) {
		all = append(all, what+" "+item+" was removed")
	}
	return all
}

// without returns the items of one list that another does not have.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
