package command

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/glob"
)

// Root is what a command finds in the root that it runs on.
type Root struct {
	Generation apk.Generation
	Installed  *apk.Installed
	// Created is the time that the version of a virtual package is made from, if it has none.
	Created func() time.Time
	// File reads a package file that "apk add" names, and remembers it. The error is an [fs.ErrNotExist] if there is no such file.
	File func(name string) (*apk.Package, error)
}

// A FileError is about a package file that "apk add" names.
type FileError struct {
	Name string
	Err  error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

// Ask returns what add, del, fix or upgrade asks the solver for, without what upgrade does for apk itself. The error may be
// [UnknownPackages] or a [*FileError]; its text is otherwise apk's own.
func (c *Command) Ask(r Root) (func(*solver.Request), error) {
	flags, installed := c.Flags(), r.Installed
	switch c.Applet {
	case "add":
		return c.askAdd(r, flags)
	case "del":
		names := c.deleted(installed)
		if c.Has("rdepends") {
			names = withDependants(names, installed, r.Generation)
		}
		return func(r *solver.Request) { r.Delete(names) }, nil
	case "fix":
		return c.askFix(installed, flags)
	}
	return c.askUpgrade(installed, flags)
}

// deleted returns what the operands of del stand for: names, and of patterns those that packages have or provide which are installed.
func (c *Command) deleted(installed *apk.Installed) (names []string) {
	for _, operand := range c.Args {
		if !hasWildcard(operand) {
			names = append(names, operand)
			continue
		}
		found, _ := matchInstalled([]string{operand}, installed) // a pattern may match nothing
		names = append(names, found...)
	}
	return names
}

// withDependants adds to names those of the installed packages that depend on the packages of these names, and so on.
func withDependants(names []string, installed *apk.Installed, g apk.Generation) []string {
	names = slices.Clone(names)
	for i := 0; i < len(names); i++ {
		p := installed.Find(names[i])
		if p == nil {
			continue
		}
		for _, other := range installed.Packages {
			isMet := func(name apk.Dependency) bool { return isRequired(&p.Package, name, &other.Package, g, false) }
			if !slices.Contains(names, other.Name) && slices.ContainsFunc(namesOf(&p.Package), isMet) {
				names = append(names, other.Name)
			}
		}
	}
	return names
}

// Flags returns those that the options of the command stand for.
func (c *Command) Flags() (flags solver.Flags) {
	for option, flag := range map[string]solver.Flags{
		"upgrade": solver.Upgrade, "latest": solver.Latest, "available": solver.Available, "reinstall": solver.Reinstall,
	} {
		if c.Has(option) {
			flags |= flag
		}
	}
	return flags
}

// askAdd is "apk add".
func (c *Command) askAdd(r Root, flags solver.Flags) (func(*solver.Request), error) {
	var items []apk.Dependency
	var files []*apk.Package
	for _, text := range c.Args {
		pkg, err := r.file(text)
		if err != nil {
			return nil, err
		}
		if pkg != nil {
			// A package file is asked for by what it is (apk/FORMAT.md 7).
			text = pkg.Name + "><" + pkg.Identity.String()
			files = append(files, pkg)
		}
		d, err := constraint(text, r.Generation)
		if err != nil {
			return nil, err
		}
		items = append(items, d)
	}
	asked := c.Value("virtual")
	if asked == "" {
		return func(request *solver.Request) {
			request.Files = files
			request.Add(items, flags)
		}, nil
	}
	name, version, ok := strings.Cut(asked, "=")
	if !ok {
		version = r.virtualVersion(name)
	}
	files = append(files, virtual(name, version, items))
	return func(request *solver.Request) {
		request.Files = files
		request.Add([]apk.Dependency{{Name: name, Op: apk.Equal, Version: version}}, flags)
	}, nil
}

// virtualVersion is the time of the command, as apk has it. A command of a build takes no time, so where a virtual package of that name is
// installed, it is a second after that one: apk would have upgraded it.
func (r *Root) virtualVersion(name string) string {
	const layout = "20060102.150405"
	at := r.Created().UTC()
	if old := r.Installed.Find(name); old != nil {
		if before, err := time.Parse(layout, old.Version); err == nil && !before.Before(at.Truncate(time.Second)) {
			at = before.Add(time.Second)
		}
	}
	return at.Format(layout)
}

// file returns the package of an operand that is a package file, nil for another. To apk 2 it is one if it has ".apk" in it, to apk 3 if
// it has a dot and is there.
func (r *Root) file(operand string) (*apk.Package, error) {
	isV2 := r.Generation == apk.V2
	if isV2 && !strings.Contains(operand, ".apk") || !strings.Contains(operand, ".") {
		return nil, nil
	}
	pkg, err := r.File(operand)
	if !isV2 && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		err = &FileError{operand, err}
	}
	return pkg, err
}

// Constraints returns the operands as items of the world.
func (c *Command) Constraints(g apk.Generation) ([]apk.Dependency, error) {
	var items []apk.Dependency
	for _, text := range c.Args {
		d, err := constraint(text, g)
		if err != nil {
			return nil, err
		}
		items = append(items, d)
	}
	return items, nil
}

func constraint(text string, g apk.Generation) (apk.Dependency, error) {
	d, err := apk.ParseDependency(text, g)
	if err != nil || d.Broken || strings.Contains(d.Name, "/") && !strings.HasPrefix(text, "/") {
		return d, fmt.Errorf("'%s' is not a valid world dependency, format is name(@tag)([<>~=]version)", text)
	}
	return d, nil
}

// virtual returns a package that apk makes up for "apk add --virtual".
func virtual(name, version string, depends []apk.Dependency) *apk.Package {
	v := &apk.Package{Name: name, Version: version, Arch: "noarch", Description: "virtual meta package", Depends: depends}
	// apk hashes the number of its process too, so that no two are alike; here, equal builds have equal ones.
	v.Identity = apk.SHA1Checksum(sha1.Sum([]byte(name + "\x00" + version)))
	return v
}

// askFix is "apk fix".
func (c *Command) askFix(installed *apk.Installed, flags solver.Flags) (func(*solver.Request), error) {
	names, err := matchInstalled(c.Args, installed)
	if len(c.Args) == 0 {
		for _, p := range installed.Packages {
			if p.Flags.BrokenFiles || p.Flags.BrokenScript || p.Flags.BrokenXattr && c.Has("xattr") {
				names = append(names, p.Name)
			}
		}
	}
	return func(r *solver.Request) { r.Fix(names, flags, c.Has("depends")) }, err
}

// askUpgrade is "apk upgrade", without what it does for apk itself.
func (c *Command) askUpgrade(installed *apk.Installed, flags solver.Flags) (func(*solver.Request), error) {
	names, err := matchInstalled(c.Args, installed)
	if c.Has("ignore") {
		return func(r *solver.Request) {
			r.Upgrade(nil, flags)
			for _, name := range names {
				r.NameFlags = append(r.NameFlags, solver.NameFlags{Name: name, Flags: solver.KeepInstalled})
			}
		}, err
	}
	return func(r *solver.Request) {
		r.Upgrade(names, flags)
		if len(c.Args) > 0 {
			r.Flags &^= solver.Upgrade
		}
	}, err
}

// UnknownPackages are names that apk's database does not have.
type UnknownPackages []string

func (u UnknownPackages) Error() string { return "unknown packages: " + strings.Join(u, ", ") }

// matchInstalled returns the names of installed packages that the operands stand for; one that is no pattern and no name is an error.
func matchInstalled(patterns []string, installed *apk.Installed) ([]string, error) {
	var names []string
	var unknown UnknownPackages
	for _, pattern := range patterns {
		isPattern := hasWildcard(pattern)
		found := isPattern
		for _, p := range installed.Packages {
			provides := slices.ContainsFunc(p.Provides, func(d apk.Dependency) bool { return d.Name == pattern })
			if p.Name == pattern || provides || isPattern && glob.Match(pattern, p.Name, false) {
				names, found = append(names, p.Name), true
			}
		}
		if !found {
			unknown = append(unknown, pattern)
		}
	}
	if unknown != nil {
		return nil, unknown
	}
	return names, nil
}
