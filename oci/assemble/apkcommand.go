package assemble

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/stage"
)

func sha1Of(text string) [sha1.Size]byte { return sha1.Sum([]byte(text)) }

// apkCommand is the command line of apk, as far as it is understood.
type apkCommand struct {
	applet       string
	args         []string
	flags        solver.Flags
	virtual      string
	repositories []string
	// repositoriesFile is read in place of the files that the root names repositories in; "" for none.
	repositoriesFile string
	quiet            bool
	installed        bool // info -e
	update           bool
	query            queryOptions
}

// parseAPK parses apk's arguments. The error wraps [errors.ErrUnsupported].
func parseAPK(args []string) (*apkCommand, error) {
	c := new(apkCommand)
	unsupported := func(why string) (*apkCommand, error) {
		return nil, fmt.Errorf("apk %s: %s: %w", strings.Join(args, " "), why, errors.ErrUnsupported)
	}
	rest := slices.Clone(args)
	take := func(option, inline string, has bool) (string, bool) {
		if has {
			return inline, true
		}
		if len(rest) == 0 {
			return "", false
		}
		value := rest[0]
		rest = rest[1:]
		return value, true
	}
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		if arg == "--" {
			c.args = append(c.args, rest...)
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			if c.applet == "" {
				c.applet = arg
			} else {
				c.args = append(c.args, arg)
			}
			continue
		}
		var options []string
		name, inline, has := strings.Cut(arg, "=")
		if strings.HasPrefix(arg, "--") {
			options = []string{name}
		} else {
			inline, has = "", false
			for i := 1; i < len(arg); i++ {
				options = append(options, "-"+arg[i:i+1])
				if strings.Contains("tXp", arg[i:i+1]) && i+1 < len(arg) {
					inline, has = strings.TrimPrefix(arg[i+1:], "="), true
					break
				}
			}
		}
		for _, option := range options {
			switch option {
			case "--no-cache", "--no-progress", "--progress", "-v", "--verbose", "--purge", "--clean-protected", "-i", "--interactive", "--no-interactive",
				"-f", "--force", "--force-overwrite", "--force-refresh", "--force-non-repository", "--wait", "--cache-max-age", "--timeout", "--no-commit-hooks", "--no-network", "--print-arch":
				if slices.Contains([]string{"--wait", "--cache-max-age", "--timeout"}, option) {
					if _, ok := take(option, inline, has); !ok {
						return unsupported(option + " needs a value")
					}
				}
			case "-U", "--update-cache", "--update":
				c.update = true
			case "-q", "--quiet":
				c.quiet = true
			case "-u", "--upgrade":
				c.flags |= solver.Upgrade
			case "-l", "--latest":
				c.flags |= solver.Latest
			case "-a", "--available":
				c.flags |= solver.Available
			case "-e", "--installed":
				c.installed = true
			case "-t", "--virtual":
				value, ok := take(option, inline, has)
				if !ok {
					return unsupported(option + " needs a name")
				}
				c.virtual = value
			case "-X", "--repository":
				value, ok := take(option, inline, has)
				if !ok {
					return unsupported(option + " needs a URL")
				}
				c.repositories = append(c.repositories, value)
			case "--repositories-file":
				value, ok := take(option, inline, has)
				if !ok {
					return unsupported(option + " needs a file")
				}
				c.repositoriesFile = value
			default:
				known, err := c.query.parse(option, func() (string, bool) { return take(option, inline, has) })
				if err != nil {
					return unsupported(err.Error())
				}
				if !known {
					return unsupported("the option " + option + " is not supported")
				}
			}
		}
	}
	return c, nil
}

// apk does what apk with these arguments does to the staged root: each of add, del and upgrade is one transaction, by the same
// solver, stage and database as the plan's own.
func (p *Plan) apk(ctx context.Context, staged *stage.Stage, args []string, stdout, stderr io.Writer) (int, error) {
	c, err := parseAPK(args)
	if err != nil {
		return 0, err
	}
	command := "apk " + strings.Join(args, " ")
	unsupported := func(why string) (int, error) { return 0, fmt.Errorf("%s: %s: %w", command, why, errors.ErrUnsupported) }
	var ask func(*solver.Request)
	switch c.applet {
	case "add":
		ask, err = p.askAdd(c)
	case "del":
		ask = func(r *solver.Request) {
			r.Goal = slices.DeleteFunc(slices.Clone(r.World), func(d apk.Dependency) bool { return slices.Contains(c.args, d.Name) })
			for _, name := range c.args {
				r.NameFlags = append(r.NameFlags, solver.NameFlags{Name: name, Flags: solver.Remove})
			}
		}
	case "upgrade":
		if len(c.args) > 0 {
			return unsupported("upgrade of single packages is not supported: use apk add -u")
		}
		ask = func(r *solver.Request) { r.Flags |= solver.Upgrade | c.flags }
	case "update":
		return 0, nil // indexes are always as fresh as they can be
	case "cache":
		return 0, nil // there is none
	case "info":
		return p.apkInfo(c, staged, stdout, unsupported)
	case "query":
		return p.apkQuery(ctx, c, staged, command, stdout, stderr)
	default:
		return unsupported("only add, del, upgrade, update, info -e, query and version are")
	}
	if err != nil {
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 1, nil
	}
	repositories, err := p.repositoriesOf(c, staged)
	if err != nil {
		return 0, in(PartRun, err)
	}
	wasBroken := staged.IsBroken()
	t, err := p.transact(ctx, staged, command, repositories, ask)
	if isUnsolvable(ctx, err) {
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	c.print(t, stdout)
	if wasBroken && staged.IsBroken() {
		return 1, nil // which apk says of every transaction until the package is mended
	}
	return 0, nil
}

// constraints parses what a command line asks for.
func (p *Plan) constraints(args []string) ([]apk.Dependency, error) {
	var items []apk.Dependency
	for _, text := range args {
		d, err := apk.ParseDependency(text, p.Generation)
		if err != nil || d.Broken || strings.Contains(text, "/") && !strings.HasPrefix(text, "/") {
			return nil, fmt.Errorf("'%s' is not a valid world dependency, format is name(@tag)([<>~=]version)", text)
		}
		items = append(items, d)
	}
	return items, nil
}

// askAdd is "apk add".
func (p *Plan) askAdd(c *apkCommand) (func(*solver.Request), error) {
	items, err := p.constraints(c.args)
	if err != nil {
		return nil, err
	}
	if c.virtual == "" {
		return func(r *solver.Request) { r.Add(items, c.flags&(solver.Upgrade|solver.Latest)) }, nil
	}
	name, version, ok := strings.Cut(c.virtual, "=")
	if !ok {
		version = p.created().Format("20060102.150405")
	}
	made := p.virtual(name, version, items)
	return func(r *solver.Request) {
		r.Files = []*apk.Package{made}
		r.Add([]apk.Dependency{{Name: name, Op: apk.Equal, Version: version}}, c.flags&(solver.Upgrade|solver.Latest))
	}, nil
}

// repositoriesOf returns the repositories that the root names by now, and those of the command line. Where the request has its own,
// they are in the place of those that the base names.
func (p *Plan) repositoriesOf(c *apkCommand, staged *stage.Stage) ([]repository.Repository, error) {
	now := &root{tree: staged.Tree(), generation: p.Generation}
	var list []repository.Repository
	var err error
	if c.repositoriesFile != "" {
		list, err = now.repositoriesIn(c.repositoriesFile, p.Arch)
	} else {
		list, err = now.repositories(p.Arch)
	}
	if err != nil {
		return nil, err
	}
	if len(p.spec.Repositories) > 0 && c.repositoriesFile == "" {
		replaced, err := p.root.repositories(p.Arch)
		if err != nil {
			return nil, err
		}
		added := slices.DeleteFunc(list, func(r repository.Repository) bool { return slices.Contains(replaced, r) })
		list = append(slices.Clone(p.repositories), added...)
	}
	for _, line := range c.repositories {
		found, err := repository.ParseArgument(line, p.Generation, p.Arch)
		if err != nil {
			return nil, fmt.Errorf("repository of apk: %w", err)
		}
		list = append(list, found...)
	}
	return list, nil
}

// apkInfo is "apk info" and "apk info -e NAME…".
func (p *Plan) apkInfo(c *apkCommand, staged *stage.Stage, stdout io.Writer, unsupported func(string) (int, error)) (int, error) {
	installed := staged.Installed()
	if len(c.args) == 0 {
		for _, pkg := range installed.Packages {
			fmt.Fprintln(stdout, pkg.Name)
		}
		return 0, nil
	}
	if !c.installed {
		return unsupported("info needs -e")
	}
	status := 0
	for _, text := range c.args {
		d, err := apk.ParseDependency(text, p.Generation)
		if err != nil || d.Broken || d.Tag != "" || d.Conflict {
			return unsupported(fmt.Sprintf("info -e of %q is not supported", text))
		}
		found := false
		for _, pkg := range installed.Packages {
			isProvider := pkg.Name == d.Name && d.SatisfiedBy(p.Generation, nil, &pkg.Package, pkg.Version)
			for _, provided := range pkg.Provides {
				isProvider = isProvider || provided.Name == d.Name && d.SatisfiedBy(p.Generation, nil, &pkg.Package, provided.Version)
			}
			if !isProvider {
				continue
			}
			if found = true; !c.quiet {
				fmt.Fprintln(stdout, pkg.Name)
			}
		}
		if !found {
			status++
		}
	}
	return status & 0xff, nil
}

// print says what happened, as apk does.
func (c *apkCommand) print(t *Transaction, stdout io.Writer) {
	if c.quiet {
		return
	}
	for _, line := range t.Plan.Solution.Lines() {
		fmt.Fprintln(stdout, line)
	}
}
