package solver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// command is an apk command line on top of a request: what the runners of
// cases need to understand.
type command struct {
	req  solver.Request
	verb string
	args []string

	virtual       string // add -t
	depends       bool   // fix -d
	recursive     bool   // del -r
	prune         bool
	ignore        bool
	selfUpgrade   string // "", "apk-tools" or "dependencies"
	preupgrade    []string
	upgradeFlags  solver.Flags
	noSelfUpgrade bool
}

// unsupported says why a case is left out.
type unsupported string

func (e unsupported) Error() string { return string(e) }

// refused is an error of the command line itself, before anything is solved.
type refused string

func (e refused) Error() string { return string(e) }

func (c *command) parse(words []string) error {
	for i := 0; i < len(words); i++ {
		w := words[i]
		value := func() string {
			if i++; i < len(words) {
				return words[i]
			}
			return ""
		}
		if !strings.HasPrefix(w, "-") {
			if c.verb == "" {
				c.verb = w
			} else {
				c.args = append(c.args, w)
			}
			continue
		}
		switch w {
		case "-u", "--upgrade":
			c.upgradeFlags |= solver.Upgrade
		case "-l", "--latest":
			c.upgradeFlags |= solver.Latest
		case "-a", "--available":
			c.upgradeFlags |= solver.Available
		case "--reinstall":
			c.upgradeFlags |= solver.Reinstall
		case "-d", "--depends":
			c.depends = true
		case "-r":
			c.recursive = true
		case "--rdepends":
			c.recursive = true
		case "--prune":
			c.prune = true
		case "--ignore":
			c.ignore = true
		case "--no-network":
			for j := range c.req.Repositories {
				c.req.Repositories[j].Unreachable = true
			}
		case "--force-broken-world":
			c.req.ForceBrokenWorld = true
		case "--force":
			c.req.ForceBrokenWorld = c.req.Generation == apk.V2
		case "--no-self-upgrade":
			c.noSelfUpgrade = true
		case "--self-upgrade-only", "--preupgrade-only":
			c.selfUpgrade = "apk-tools"
		case "--preupgrade-depends":
			c.preupgrade = append(c.preupgrade, value())
		case "-t", "--virtual":
			c.virtual = value()
		case "-q", "--quiet", "--no-cache", "--simulate", "-s":
		default:
			return unsupported("option " + w)
		}
	}
	return nil
}

// apply turns the command into goal and flags.
func (c *command) apply() error {
	switch c.verb {
	case "add":
		return c.add()
	case "del":
		return c.del()
	case "upgrade":
		return c.upgrade()
	case "fix":
		if len(c.args) == 0 && c.req.Installed != nil {
			for _, p := range c.req.Installed.Packages {
				if p.Flags.BrokenFiles || p.Flags.BrokenScript || p.Flags.BrokenXattr {
					c.args = append(c.args, p.Name)
				}
			}
		}
		c.req.Fix(c.args, c.upgradeFlags, c.depends)
		return nil
	}
	return unsupported("command " + c.verb)
}

func (c *command) add() error {
	var items []apk.Dependency
	for _, a := range c.args {
		d, err := apk.ParseDependency(a, c.req.Generation)
		if err != nil || d.Broken {
			return refused("ERROR: '" + a + "' is not a valid world dependency, format is name(@tag)([<>~=]version)")
		}
		items = append(items, d)
	}
	if c.virtual == "" {
		c.req.Add(items, c.upgradeFlags)
		return nil
	}
	name, version, ok := strings.Cut(c.virtual, "=")
	if !ok {
		version = "20190603.131426" // the time of apk's test build
	}
	identity, err := apk.ParseChecksum("X1" + fmt.Sprintf("%040x", len(c.virtual)))
	if err != nil {
		return err
	}
	c.req.Files = []*apk.Package{{Identity: identity, Name: name, Version: version, Arch: "noarch", Depends: items}}
	c.req.Add([]apk.Dependency{{Name: name, Op: apk.Equal, Version: version}}, c.upgradeFlags)
	return nil
}

func (c *command) del() error {
	if c.recursive {
		return unsupported("del -r")
	}
	c.req.Delete(c.args)
	return nil
}

func (c *command) upgrade() error {
	switch {
	case c.selfUpgrade != "":
		c.preUpgrade()
		return nil
	case c.ignore:
		c.req.Upgrade(nil, c.upgradeFlags)
		for _, name := range c.args {
			c.req.NameFlags = append(c.req.NameFlags, solver.NameFlags{Name: name, Flags: solver.KeepInstalled})
		}
	default:
		c.req.Upgrade(c.args, c.upgradeFlags)
	}
	if c.prune {
		c.req.Goal = slices.DeleteFunc(slices.Clone(c.req.World), func(d apk.Dependency) bool { return !c.offered(d.Name) })
	}
	return nil
}

// preUpgrade upgrades apk itself, or what --preupgrade-depends says if what is
// installed fits.
func (c *command) preUpgrade() {
	c.req.SelfUpgrade = true
	names := []string{"apk-tools"}
	for _, text := range c.preupgrade {
		d, err := apk.ParseDependency(text, c.req.Generation)
		if err != nil {
			continue
		}
		p := c.req.Installed.Find(d.Name)
		switch {
		case d.Conflict:
			names = slices.DeleteFunc(names, func(n string) bool { return n == d.Name })
		case p != nil && d.SatisfiedBy(c.req.Generation, nil, &p.Package, p.Version):
			names = append(names, d.Name)
		}
	}
	for _, name := range names {
		c.req.NameFlags = append(c.req.NameFlags, solver.NameFlags{Name: name, Flags: solver.Upgrade, Inherit: solver.Upgrade})
	}
}

func (c *command) offered(name string) bool {
	for _, r := range c.req.Repositories {
		for _, p := range r.Index.Packages {
			if p.Name == name || slices.ContainsFunc(p.Provides, func(d apk.Dependency) bool { return d.Name == name }) {
				return true
			}
		}
	}
	return false
}

// answer is what apk or the solver said.
type answer struct {
	changes []string // "Installing a (1)"
	report  string   // "" if nothing failed
}

// run solves and prints the answer as apk would.
func (c *command) run(ctx context.Context, catalogs *solver.Catalogs) (answer, error) {
	if err := c.apply(); err != nil {
		if r := refused(""); errors.As(err, &r) {
			return answer{report: string(r)}, nil
		}
		return answer{}, err
	}
	solution, err := catalogs.Solve(ctx, c.req)
	var unsatisfiable *solver.UnsatisfiableError
	var missing *solver.MissingTagError
	switch {
	case errors.As(err, &unsatisfiable):
		if c.selfUpgrade != "" {
			return answer{}, nil // apk warns and goes on with the rest
		}
		return answer{report: unsatisfiable.Report(0)}, nil
	case errors.As(err, &missing):
		return answer{report: "ERROR: missing tag"}, nil
	case err != nil:
		return answer{}, err
	}
	var a answer
	for _, change := range solution.Changes {
		if change.Kind != solver.Unchanged {
			a.changes = append(a.changes, change.String())
		}
	}
	return a, nil
}

// facts are the lines of a report without their wrapping and order: a set of
// "subject label item".
func facts(report string) []string {
	var out []string
	var subject, label string
	for line := range strings.SplitSeq(report, "\n") {
		text := strings.TrimLeft(line, " ")
		switch indent := len(line) - len(text); {
		case text == "":
			continue
		case indent < 2:
			out = append(out, text)
			continue
		case indent == 2:
			subject = strings.TrimSuffix(text, ":")
			out = append(out, subject)
			continue
		case indent == 4:
			label, text, _ = strings.Cut(text, ":")
		}
		for _, item := range strings.Fields(text) {
			out = append(out, subject+" "+label+" "+item)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
