package command

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/internal/nametable"
)

// Database is what "apk info", "apk list", "apk policy", "apk search" and "apk version" look at.
type Database struct {
	Generation   apk.Generation
	Installed    *apk.Installed
	Repositories []solver.Repository // see [Command.NeedsRepositories]

	// Triggers returns the patterns of an installed package's trigger.
	Triggers func(name string) []string
	// ReadLink returns what a symbolic link of the root leads to, "" for other files.
	ReadLink func(name string) string
	// Dir is the working directory, for paths that do not begin with a slash.
	Dir string
	// Resolve returns the absolute path of a file with its symbolic links resolved, "" if the file does not exist.
	Resolve func(name string) string

	names map[string][]provider
}

// A known package is one that is installed or that a repository has.
type known struct {
	*apk.Package
	installed *apk.InstalledPackage // nil if it is not
	tags      []string              // of the repositories that have it

	repositories []string // their names
}

// A provider is a package that has or provides a name.
type provider struct {
	*known
	version string // that it is provided with
}

// Query answers the commands that ask a [Database] and returns apk's exit status.
func (c *Command) Query(db *Database, stdout, stderr io.Writer) int {
	if c.Applet == "search" {
		offered := *db
		offered.Installed = new(apk.Installed)
		db = &offered
	}
	q := query{Command: c, Database: db, out: stdout, err: stderr}
	db.load()
	switch {
	case c.Applet == "search":
		return q.search()
	case c.Applet == "list":
		return q.list()
	case c.Applet == "version":
		return q.versions()
	case c.Applet == "policy":
		return q.policy()
	case c.Has("who-owns"):
		return q.whoOwns()
	case c.Has("e"):
		return q.exist()
	}
	return q.info()
}

// NeedsRepositories reports whether the answer depends on more than what is installed.
func (c *Command) NeedsRepositories(installed *apk.Installed) bool {
	switch {
	case c.Applet == "search", c.Applet == "version", c.Applet == "policy":
		return true
	case c.Applet == "list":
		return !c.Has("installed") || c.Has("orphaned") || c.Has("upgradable") || c.Has("available")
	case c.Has("who-owns"), c.Has("e"), len(c.Args) == 0:
		return false
	}
	for _, option := range []string{"all", "description", "webpage", "size", "depends", "provides", "install-if", "license"} {
		if c.Has(option) {
			return true
		}
	}
	ofInstalled := c.Has("contents") || c.Has("rdepends") || c.Has("triggers") || c.Has("rinstall-if") || c.Has("replaces")
	isMissing := func(name string) bool { return hasWildcard(name) || installed.Find(name) == nil }
	return !ofInstalled || slices.ContainsFunc(c.Args, isMissing)
}

// hasWildcard reports whether a name on a command line is a pattern for names of packages.
func hasWildcard(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// load finds which packages have and provide which names.
func (db *Database) load() {
	db.names = make(map[string][]provider)
	byIdentity := make(map[string]*known)
	add := func(p *known) {
		db.names[p.Name] = append(db.names[p.Name], provider{p, p.Version})
		for _, d := range p.Provides {
			db.names[d.Name] = append(db.names[d.Name], provider{p, d.Version})
		}
	}
	key := func(p *apk.Package) string { k := p.Identity.Key(); return string(k[:]) }
	for _, p := range db.Installed.Packages {
		k := &known{Package: &p.Package, installed: p}
		byIdentity[key(&p.Package)] = k
		add(k)
	}
	for _, r := range db.Repositories {
		if r.Index == nil {
			continue
		}
		for _, p := range r.Index.Packages {
			k := byIdentity[key(p)]
			if k == nil {
				k = &known{Package: p}
				byIdentity[key(p)] = k
				add(k)
			}
			k.tags, k.repositories = append(k.tags, r.Tag), append(k.repositories, r.Name)
		}
	}
	for _, providers := range db.names {
		sort.SliceStable(providers, func(i, j int) bool {
			a, b := providers[i], providers[j]
			return cmp.Or(nametable.Compare(a.Name, b.Name), db.compare(a.Version, b.Version)) < 0
		})
	}
}

func (db *Database) compare(a, b string) int {
	switch db.Generation.CompareVersions(a, b, false) {
	case apk.Less:
		return -1
	case apk.Greater:
		return 1
	}
	return 0
}

type query struct {
	*Command
	*Database
	out, err io.Writer
}

// match returns the names that operands stand for, in order, and how many of them are unknown names. Patterns may match none. To apk 2 only a "*"
// makes a pattern, which ignores case, and the first one makes patterns of all operands.
func (q *query) match(operands []string, isV2 bool) (names []string, unknown int) {
	var patterns []string
	for _, operand := range operands {
		if isV2 && strings.Contains(operand, "*") {
			patterns = operands
			break
		}
		switch {
		case !isV2 && hasWildcard(operand):
			patterns = append(patterns, operand)
		case q.names[operand] != nil:
			names = append(names, operand)
		default:
			unknown++
		}
	}
	for name := range q.names {
		if patterns != nil && slices.ContainsFunc(patterns, func(p string) bool { return glob.Match(p, name, isV2) }) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, nametable.Compare)
	return slices.Compact(names), unknown
}

// allNames returns all names that packages have or provide, in order.
func (q *query) allNames() []string { return slices.SortedFunc(maps.Keys(q.names), nametable.Compare) }

// exist is "apk info -e": of a name's providers, apk looks at the first that is installed. It returns the number of operands
// that nothing satisfies.
func (q *query) exist() int {
	missing := 0
	for _, arg := range q.Args {
		d, err := apk.ParseDependency(arg, q.Generation)
		if err != nil || d.Broken {
			continue
		}
		ok := d.Conflict
		if i := slices.IndexFunc(q.names[d.Name], func(p provider) bool { return p.installed != nil }); i >= 0 {
			p := q.names[d.Name][i]
			if ok = d.SatisfiedBy(q.Generation, nil, p.Package, p.version); ok {
				q.oneLine(p.Package, q.Verbosity)
			}
		}
		if !ok {
			missing++
		}
	}
	return missing & 0xff
}

func (q *query) oneLine(p *apk.Package, verbosity int) {
	if verbosity < 1 {
		return
	}
	line := p.Name
	if verbosity > 1 {
		line += "-" + p.Version
	}
	if verbosity > 2 {
		line += " - " + p.Description
	}
	fmt.Fprintln(q.out, line)
}

// whoOwns is "apk info -W". It returns the number of operands that no package has.
func (q *query) whoOwns() int {
	owners := make(map[string]*apk.Package)
	for _, p := range q.Installed.Packages {
		for _, dir := range p.Directories {
			if q.Generation == apk.V3 && dir.Path != "" && owners[dir.Path] == nil {
				owners[dir.Path] = &p.Package
			}
			for _, f := range dir.Files {
				owners[strings.TrimPrefix(dir.Path+"/"+f.Name, "/")] = &p.Package
			}
		}
	}
	ownerOf := func(name string) *apk.Package {
		name = strings.TrimPrefix(name, "/")
		if q.Generation == apk.V3 {
			name = strings.TrimSuffix(name, "/")
		}
		return owners[name]
	}
	missing := 0
	var names []string
	for _, arg := range q.Args {
		name := arg
		if !strings.HasPrefix(arg, "/") {
			name = cmp.Or(q.Resolve(q.Dir+"/"+arg), arg)
		}
		owner, through := ownerOf(name), ""
		if owner == nil {
			if target := q.ReadLink(strings.TrimPrefix(arg, "/")); strings.HasPrefix(target, "/") {
				owner, through = ownerOf(target), "symlink target "
			}
		}
		switch {
		case owner == nil:
			fmt.Fprintf(q.err, "ERROR: %s: Could not find owner package\n", name)
			missing++
		case q.Verbosity < 1:
			if !slices.Contains(names, owner.Name) {
				names = append(names, owner.Name)
			}
		default:
			fmt.Fprintf(q.out, "%s %sis owned by %s\n", name, through, owner.ID())
		}
	}
	separator := " "
	if q.Generation == apk.V3 {
		separator = "\n"
		slices.SortFunc(names, nametable.Compare)
	}
	if len(names) > 0 {
		fmt.Fprintln(q.out, strings.Join(names, separator))
	}
	return missing & 0xff
}

// list is "apk list".
func (q *query) list() int {
	names, _ := q.match(q.Args, q.Generation == apk.V2)
	if len(q.Args) == 0 || q.Has("origin") {
		names = q.allNames()
	}
	for _, name := range names {
		for _, p := range q.names[name] {
			if p.Name != name && !q.Has("providers") || !q.isListed(p.known) {
				continue
			}
			if q.Has("providers") {
				fmt.Fprintf(q.out, "<%s> ", name)
			}
			q.printListed(p.known)
		}
	}
	return 0
}

func (q *query) isListed(p *known) bool {
	isOrphaned := q.Has("orphaned") && !q.Has("available") && !q.Has("upgradable")
	isInstalled := (q.Has("installed") || isOrphaned) && !q.Has("upgradable")
	switch {
	case q.Has("origin") && (p.Origin == "" || !slices.Contains(q.Args, p.Origin)):
	case isInstalled && p.installed == nil:
	case isOrphaned && q.isOffered(p.Name):
	case q.Has("available") && len(p.tags) == 0 && q.Generation == apk.V3: // in apk 2, the option leaves out only what a cache alone has
	case q.Has("upgradable") && len(p.tags) == 0:
	case q.Has("upgradable") && q.upgradableFrom(p) == nil:
	default:
		return true
	}
	return false
}

// isOffered reports whether a repository has a package of the name, or that provides it.
func (q *query) isOffered(name string) bool {
	return slices.ContainsFunc(q.names[name], func(p provider) bool { return len(p.tags) > 0 })
}

// upgradableFrom returns the installed package that a package of a repository could take the place of, or nil.
func (q *query) upgradableFrom(p *known) *apk.InstalledPackage {
	installed := q.Installed.Find(p.Name)
	if installed == nil || q.compare(installed.Version, p.Version) >= 0 {
		return nil
	}
	isAllowed := func(tag string) bool { return tag == "" || tag == installed.RepositoryTag }
	if !slices.ContainsFunc(p.tags, isAllowed) {
		return nil
	}
	return installed
}

func (q *query) printListed(p *known) {
	if q.Verbosity < 1 {
		fmt.Fprintln(q.out, p.Name)
		return
	}
	line := fmt.Sprintf("%s %s {%s} (%s)", p.ID(), p.Arch, cmp.Or(p.Origin, p.Name), p.License)
	if p.installed != nil {
		line += " [installed]"
	} else if from := q.upgradableFrom(p); from != nil {
		line += " [upgradable from: " + from.ID() + "]"
	}
	if q.Verbosity > 1 {
		line += "\n  " + p.Description + "\n"
		if q.Verbosity > 2 {
			line += "  <" + p.URL + ">\n"
		}
	}
	fmt.Fprintln(q.out, line)
}
