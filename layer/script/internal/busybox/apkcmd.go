package busybox

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// apkCommand is what scripts ask of apk: to compare versions and whether a package is
// installed. Anything else would change the root behind apk's back.
func apkCommand(c *Call) (int, error) {
	if c.Tree.Credentials().UID != 0 && changesDatabase(c.Args[1:]) {
		if reason := c.lockDatabase(); reason != nil {
			fmt.Fprintf(&c.Err, "ERROR: Unable to lock database: %s\nERROR: Failed to open apk database: %[1]s\n", reason)
			return 99, nil
		}
		return 0, c.Unsupported(c.Line, "apk as another user than root is not supported where it may write the database")
	}
	if c.APK != nil && !slices.Contains(c.Args, "version") && !slices.Contains(c.Args, "--print-arch") {
		status, err := c.APK(c.Ctx, c.Dir, c.Args[1:], &c.Out, &c.Err)
		if errors.Is(err, errors.ErrUnsupported) {
			return 0, c.Unsupported(c.Line, "%v", err)
		}
		return status, err
	}
	var applet, option string
	var operands []string
	quiet := false
	for _, arg := range c.Args[1:] {
		switch arg {
		case "-q", "--quiet":
			quiet = true
		case "-t", "--test", "-c", "--check", "-e", "--installed":
			option += strings.TrimLeft(arg, "-")[:1]
		case "-qe", "-eq", "-qt", "-tq":
			quiet = true
			option += strings.Trim(arg, "-q")
		case "--print-arch":
			applet = arg
		default:
			switch {
			case strings.HasPrefix(arg, "-"):
				return 0, c.Unsupported(c.Line, "%q is not supported", strings.Join(c.Args, " "))
			case applet == "":
				applet = arg
			default:
				operands = append(operands, arg)
			}
		}
	}
	switch applet + " " + strings.Replace(option, "i", "e", 1) { // --installed
	case "version t":
		return compareVersions(c, operands)
	case "version c":
		status := 0
		for _, v := range operands {
			if !c.Generation.ValidVersion(v) {
				status = 1
				if !quiet {
					fmt.Fprintln(&c.Out, v)
				}
			}
		}
		return status, nil
	case "info e":
		return areInstalled(c, operands, quiet)
	case "--print-arch ":
		fmt.Fprintln(&c.Out, c.Arch)
		return 0, nil
	}
	return 0, c.Unsupported(c.Line, "%q is not supported", strings.Join(c.Args, " "))
}

// changesDatabase reports whether apk with these arguments locks its database.
func changesDatabase(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "add", "del", "fix", "update", "upgrade":
			return true
		case "cache", "info", "list", "policy", "search", "version":
			return false
		}
	}
	return false
}

// lockDatabase fails as apk does for a user who may not write its lock.
func (c *Call) lockDatabase() error {
	dir := "/lib/apk/db"
	if !c.isDir(dir) {
		dir = "/usr" + dir
	}
	n, err := c.Tree.Stat(dir + "/lock")
	switch {
	case err == nil:
		err = c.Tree.Access(n, tree.Read|tree.Write)
	case errors.Is(err, tree.ErrNotExist):
		if n, err = c.Tree.Stat(dir); err == nil {
			err = c.Tree.Access(n, tree.Write|tree.Execute)
		}
	}
	if err != nil {
		return errors.New(Reason(err))
	}
	return nil
}

// compareVersions is "apk version -t A B".
func compareVersions(c *Call, versions []string) (int, error) {
	if len(versions) != 2 {
		return 1, nil
	}
	a, b := versions[0], versions[1]
	if c.Generation == apk.V3 && (!c.Generation.ValidVersion(a) || !c.Generation.ValidVersion(b)) {
		return 0, nil // and prints nothing (apk/FORMAT.md 5.3)
	}
	sign := "="
	switch order := c.Generation.CompareVersions(a, b, false); {
	case a == b:
	case a == "" || b != "" && order == apk.Less: // no version is less than any
		sign = "<"
	case b == "" || order == apk.Greater:
		sign = ">"
	}
	fmt.Fprintln(&c.Out, sign)
	return 0, nil
}

// areInstalled is "apk info -e DEPENDENCY…". It prints the packages that satisfy what
// is asked for, by their names, and ends with the number of those that nothing does.
func areInstalled(c *Call, operands []string, quiet bool) (int, error) {
	status := 0
	for _, text := range operands {
		d, err := apk.ParseDependency(text, c.Generation)
		if err != nil || d.Broken || d.Tag != "" {
			return 0, c.Unsupported(c.Line, "apk info -e is not supported for %q", text)
		}
		conflict := d.Conflict
		d.Conflict = false
		satisfied := false
		for _, p := range c.Installed {
			if !isProvider(c.Generation, d, p) {
				continue
			}
			satisfied = true
			if !quiet && !conflict {
				fmt.Fprintln(&c.Out, p.Name)
			}
		}
		if satisfied == conflict {
			status++
		}
	}
	return status & 0xff, nil
}

// isProvider reports whether a package is, or provides, what a dependency asks for.
func isProvider(g apk.Generation, d apk.Dependency, p *apk.Package) bool {
	if p.Name == d.Name && d.SatisfiedBy(g, nil, p, p.Version) {
		return true
	}
	return slices.ContainsFunc(p.Provides, func(provided apk.Dependency) bool {
		return provided.Name == d.Name && d.SatisfiedBy(g, nil, p, provided.Version)
	})
}
