package busybox

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/layer/tree"
)

// apkCommand is what scripts ask of apk: to compare versions and what is
// installed. Anything else would change the root behind apk's back.
func apkCommand(c *Call) (int, error) {
	if !c.isOwnRoot() {
		return 0, c.Unsupported(c.Line, "apk in another root by chroot is not supported: use apk --root")
	}
	if namesRoot(c.Args[1:]) && (c.APK == nil || c.Tree.Credentials().UID != 0) {
		return 0, c.Unsupported(c.Line, "apk --root is supported in commands of the build that root runs, and nowhere else")
	}
	if c.Tree.Credentials().UID != 0 && changesDatabase(c.Args[1:]) {
		if reason := c.lockDatabase(); reason != nil {
			fmt.Fprintf(&c.Err, "ERROR: Unable to lock database: %s\nERROR: Failed to open apk database: %[1]s\n", reason)
			return 99, nil
		}
		return 0, c.Unsupported(c.Line, "apk as another user than root is not supported where it may write the database")
	}
	if slices.Contains(c.Args, "--version") || slices.Contains(c.Args, "-V") {
		return c.apkOwnVersion()
	}
	if slices.Contains(c.Args, "--print-arch") { // and nothing else
		fmt.Fprintln(&c.Out, c.Arch)
		return 0, nil
	}
	if c.APK != nil && !judgesVersions(c.Args[1:]) {
		status, err := c.APK(c.Ctx, c.Dir, c.Args[1:], &c.Out, &c.Err)
		if errors.Is(err, errors.ErrUnsupported) {
			return 0, c.Unsupported(c.Line, "%v", err)
		}
		return status, err
	}
	switch applet := command.AppletOf(c.Args[1:]); {
	case applet == "info" || applet == "list" || applet == "search":
		return c.askInstalled()
	case changesDatabase(c.Args[1:]) && c.Generation == apk.V2:
		// The transaction that runs the script holds the lock.
		fmt.Fprint(&c.Err, "ERROR: Unable to lock database: temporary error (try again later)\n"+
			"ERROR: Failed to open apk database: temporary error (try again later)\n")
		return 99, nil
	}
	return c.apkVersion()
}

// apkOwnVersion is "apk --version".
func (c *Call) apkOwnVersion() (int, error) {
	var tools *apk.InstalledPackage
	if c.Database != nil {
		db, err := c.Database()
		if err != nil {
			return 0, c.Fail(err)
		}
		tools = db.Find("apk-tools")
	}
	if tools == nil {
		return 0, c.Unsupported(c.Line, "apk --version is not supported where the package apk-tools is not installed")
	}
	version, _, _ := strings.Cut(tools.Version, "-r")
	fmt.Fprintf(&c.Out, "apk-tools %s, compiled for %s.\n", version, c.Arch)
	return 0, nil
}

// askInstalled is "apk info", "apk list" and "apk search" of what the database has on disk. Of repositories apk in a script sees what is in its cache;
// that is nothing where packages are installed with --no-cache.
func (c *Call) askInstalled() (int, error) {
	asked, err := command.Parse(c.Args[1:])
	if err != nil {
		return 0, c.Unsupported(c.Line, "%v", err)
	}
	unsupported := func(why string) (int, error) {
		return 0, c.Unsupported(c.Line, "%q is not supported in scripts of packages: %s", strings.Join(c.Args, " "), why)
	}
	if c.Database == nil {
		return unsupported("there is no database")
	}
	db, err := c.Database()
	if err != nil {
		return 0, c.Fail(err)
	}
	if err := c.spend(packageCost * len(db.Packages)); err != nil {
		return 0, err
	}
	if asked.Has("triggers") || asked.Has("all") {
		return unsupported("the answer depends on more than installed packages")
	}
	if asked.NeedsRepositories(db) {
		warnings, ok := c.withoutIndexes()
		if !ok {
			return unsupported("the root has indexes of repositories, on which the answer depends")
		}
		c.Err.WriteString(warnings)
	}
	status := asked.Query(Database(c.Tree, c.Generation, db, c.Dir), &c.Out, &c.Err)
	return status, c.Bounded()
}

// withoutIndexes returns what apk says of the repositories in etc/apk/repositories if the root has none of their indexes.
func (c *Call) withoutIndexes() (warnings string, ok bool) {
	for _, dir := range [...]string{"etc/apk/cache", "var/cache/apk"} {
		names, err := c.Tree.ReadDir(dir)
		if err == nil && slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "APKINDEX.") }) {
			return "", false
		}
	}
	text, err := c.Tree.ReadFile("etc/apk/repositories", MaxBodySize)
	if err != nil && !errors.Is(err, tree.ErrNotExist) {
		return "", false
	}
	if names, err := c.Tree.ReadDir("etc/apk/repositories.d"); err == nil && len(names) > 0 && c.Generation == apk.V3 {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > 0 && strings.HasPrefix(fields[0], "@") {
			fields = fields[1:]
		}
		switch {
		case len(fields) == 0 || strings.HasPrefix(fields[0], "#"):
		case len(fields) > 1 || !strings.Contains(fields[0], "://"):
			return "", false // a directory of the root, or a form of apk 3
		default:
			warnings += "WARNING: opening from cache " + fields[0] + ": No such file or directory\n"
		}
	}
	return warnings, true
}

// packageCost is what reading a package of the database counts, in bytes.
const packageCost = 1000

// Database returns what "apk info", "apk list" and "apk search" look at in a root.
func Database(t *tree.Tree, g apk.Generation, installed *apk.Installed, dir string) *command.Database {
	return &command.Database{
		Generation: g, Installed: installed, Dir: dir,
		ReadLink: func(name string) string {
			if n, err := t.Lstat(name); err == nil && n.Type == tree.Symlink {
				return n.Target
			}
			return ""
		},
		Resolve: func(name string) string {
			resolved, err := t.Resolve(strings.Trim(name, "/"), true)
			if err != nil {
				return ""
			}
			if _, err := t.Lstat(resolved); err != nil {
				return ""
			}
			return "/" + resolved
		},
	}
}

// apkVersion is "apk version" of versions.
func (c *Call) apkVersion() (int, error) {
	var applet, option string
	var operands []string
	quiet := false
	for _, arg := range c.Args[1:] {
		switch arg {
		case "-q", "--quiet":
			quiet = true
		case "-t", "--test", "-c", "--check":
			option += strings.TrimLeft(arg, "-")[:1]
		case "-qt", "-tq":
			quiet = true
			option += "t"
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
	switch applet + " " + option {
	case "version t":
		return compareVersions(c, operands)
	case "version c":
		status := 0
		for _, v := range operands {
			if !c.Generation.ValidVersion(v) && (v != "" || c.Generation == apk.V3) { // apk 2 takes no version for a valid one
				status = 1
				if !quiet {
					fmt.Fprintln(&c.Out, v)
				}
			}
		}
		return status, nil
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

// judgesVersions reports whether apk with these arguments looks at versions that they name, and at nothing else.
func judgesVersions(args []string) bool {
	isJudge := func(arg string) bool {
		return arg == "--test" || arg == "--check" || strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && strings.ContainsAny(arg, "tc")
	}
	return command.AppletOf(args) == "version" && slices.ContainsFunc(args, isJudge)
}

// onlyShowsPackages reports whether apk with these arguments only prints what is installed or what repositories have.
func onlyShowsPackages(args []string) bool {
	switch {
	case len(args) == 0:
		return false
	case args[0] == "version":
		return !judgesVersions(args)
	}
	return args[0] == "audit" || args[0] == "policy" || args[0] == "stats"
}

// namesRoot reports whether apk with these arguments works on another root.
func namesRoot(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return strings.HasPrefix(arg, "-p") || arg == "--root" || strings.HasPrefix(arg, "--root=")
	})
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
