package remedy

import (
	"errors"
	"regexp"
	"slices"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/script"
)

// notFound matches what shells and env say of a command that does not exist.
var notFound = regexp.MustCompile(`(?:^|: )([^\s:]+): (?:command )?not found$|can't execute '([^\s:']+)': No such file or directory$`)

// MissingCommand returns the name of the command that is not in the image, if that is why a command of the request failed, and otherwise "".
func MissingCommand(err error) string {
	failed := new(script.ExitError)
	if !errors.As(err, &failed) || failed.Package != "" || failed.Status != 127 {
		return ""
	}
	if found := notFound.FindStringSubmatch(failed.Output); found != nil {
		return found[1] + found[2]
	}
	return ""
}

// mounted matches what programs say of a file that cannot be changed or replaced because it is mounted.
var mounted = regexp.MustCompile(`: (?:Read-only file system|Resource busy)$|/etc/(?:hosts|resolv\.conf)'?: File exists$`)

// IsOfMount reports whether a command of a RUN failed because it changes what is the container's own: see spec.Step.
func IsOfMount(err error) bool {
	failed := new(script.ExitError)
	return errors.As(err, &failed) && failed.Package == "" && mounted.MatchString(failed.Output)
}

// Having returns the names of packages that have a command, of repositories without a tag: first the one of the command's own name, and at
// most three.
func Having(name string, repositories []solver.Repository) []string {
	var names []string
	hasIt := func(d apk.Dependency) bool { return d.Name == "cmd:"+name }
	for _, r := range repositories {
		if r.Tag != "" {
			continue
		}
		for _, p := range r.Index.Packages {
			if slices.ContainsFunc(p.Provides, hasIt) {
				names = append(names, p.Name)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if i := slices.Index(names, name); i > 0 {
		names = slices.Insert(slices.Delete(names, i, i+1), 0, name)
	}
	return names[:min(len(names), 3)]
}
