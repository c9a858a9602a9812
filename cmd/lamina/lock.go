package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
)

func lockCommand() *cobra.Command {
	var o options
	var renew []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lock [PACKAGE...]",
		Short: "Pin base and packages for later builds",
		Long: `Resolve what "lamina build" would install and write it to a lock beside the spec: lamina.lock
for lamina.yaml. Later builds pick it up automatically: they take the base and the packages
that it pins by their hashes, and fail if anything else is asked for. A lock does not replace
signatures: each package must be signed by a trusted key, or listed in an index that is.

An existing lock is replaced, and the changes are printed. With --upgrade-package, only the
named packages and their dependencies are updated.

With --vendor, the packages are also stored in a directory, which the lock then names: a
repository with the packages as they were signed, and with the signed indexes of those that
were not, so that a build needs no other.

With --vendor docker://HOST/NAME:TAG, all that the lock pins is stored in a registry as one
artifact: packages, signed indexes, files of URLs, and the base and other images. The lock
names it by its digest, and a build needs nothing else. Only blobs that the registry does not
have are sent. oci:DIR:TAG and oci-archive:FILE:TAG work, too.

With --json, print one object: lock, its file; vendor, the artifact with its digest; and
platforms, a list with platform, packages and downloads (how many the lock has), isNew (the lock
did not have the platform) and changes, a list with name, from and to.`,
		Example: `  lamina lock
  lamina lock -f lamina.yaml --upgrade-package nginx
  lamina lock -f lamina.yaml --vendor packages
  lamina lock -f lamina.yaml --vendor docker://registry.example/app-packages:2026`,
		RunE: func(cmd *cobra.Command, packages []string) error {
			ctx := cmd.Context()
			name, vendor := o.lockFile, o.vendor
			if err := checkVendorOutput(vendor); err != nil {
				return err
			}
			o.lockFile, o.vendor, o.noLock = "", "", true
			j, err := o.load(cmd, packages)
			if err != nil {
				return err
			}
			defer j.close()
			if name == "" {
				name = lockBeside(j.file, j.image)
			}
			if name == "" {
				return &usageError{cmd.CommandPath(), errors.New("no spec to put the lock beside: name the lock, --lock FILE")}
			}
			old, err := lamina.ReadLock(name)
			if errors.Is(err, fs.ErrNotExist) {
				old, err = nil, nil
			}
			if err != nil && len(renew) > 0 {
				return err // else what is there is replaced, whatever it is
			}
			if len(renew) > 0 {
				if old == nil {
					return &assemble.Error{Part: assemble.PartLock, Err: fmt.Errorf("read lock %s: --upgrade-package needs an existing lock", name)}
				}
			}
			plans, err := resolveLock(ctx, j, old, renew)
			if err != nil {
				return err
			}
			defer assemble.ClosePlans(plans)
			pinned, err := assemble.LockPlans(ctx, plans, j.asked)
			if err != nil {
				return err
			}
			dir := filepath.Dir(name)
			pinned.Vendor = vendorIn(old)
			if vendor != "" {
				if pinned.Vendor, err = vendorFrom(dir, vendor); err != nil {
					return err
				}
			}
			if err := vendorPlans(ctx, plans, pinned, dir); err != nil {
				return err
			}
			placeIndexes(pinned, dir)
			if err := pinned.WriteFile(name); err != nil {
				return &assemble.Error{Part: assemble.PartOutput, Err: fmt.Errorf("write lock: %w", err)}
			}
			out := compareLocks(name, old, pinned)
			if asJSON {
				return jsontext.Write(cmd.OutOrStdout(), out)
			}
			return out.print(cmd.OutOrStdout())
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.StringVar(&o.lockFile, "lock", "", "lock `FILE` (default: beside the spec, with its name and the ending .lock)")
	f.StringVar(&o.vendor, "vendor", "", "store the packages in `PLACE`: a directory, or docker://HOST/NAME:TAG (default: the one that the lock names, if any)")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	f.StringArrayVar(&renew, "upgrade-package", nil, "update only the package `NAME` and its dependencies (repeatable)")
	return cmd
}

// resolveLock resolves what is to be locked: all of it, or of an old lock the named packages.
func resolveLock(ctx context.Context, j *job, old *lamina.LockFile, renew []string) ([]*assemble.Plan, error) {
	if len(renew) > 0 {
		return assemble.ResolveRenewed(ctx, j.spec, &assemble.Renewal{Lock: old, Names: renew}, j.env)
	}
	return assemble.ResolveAll(ctx, j.spec, j.env)
}

func vendorIn(old *lock.Lock) string {
	if old == nil {
		return ""
	}
	return old.Vendor
}

// relativeTo returns a path as a lock in dir has it.
func relativeTo(dir, path string) (string, error) {
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	relative, err := filepath.Rel(from, to)
	return filepath.ToSlash(relative), err
}

// placeIndexes names folders from where the lock is, so that it is the same wherever
// the project lies.
func placeIndexes(lock *lock.Lock, dir string) {
	for i := range lock.Platforms {
		placePlatform(&lock.Platforms[i], dir)
		for k := range lock.Platforms[i].Stages {
			placePlatform(&lock.Platforms[i].Stages[k].Platform, dir)
		}
	}
}

func placePlatform(p *lock.Platform, dir string) {
	placeEach(p.Indexes, dir)
	for _, t := range p.Transactions {
		placeEach(t.Indexes, dir)
	}
}

func placeEach(indexes []lock.Index, dir string) {
	for i, index := range indexes {
		if strings.Contains(index.Repository, "://") {
			continue
		}
		if relative, err := relativeTo(dir, index.Repository); err == nil {
			indexes[i].Repository = relative
		}
	}
}

// lockOutput is what lock --json prints. Fields may be added, never changed.
type lockOutput struct {
	Lock      string           `json:"lock"`
	Vendor    string           `json:"vendor,omitempty"` // REFERENCE@DIGEST of an artifact with all that is pinned
	Platforms []lockedPlatform `json:"platforms"`
}

type lockedPlatform struct {
	Platform  string          `json:"platform"`
	Packages  int             `json:"packages"`  // how many the lock has
	Downloads int             `json:"downloads"` // of commands
	IsNew     bool            `json:"isNew"`     // the lock did not have the platform
	Changes   []lockedVersion `json:"changes"`   // none where isNew
}

// lockedVersion is a package, or the URL of a download, that the lock has in another version than before. A version may also be
// "(removed)", of the base.
type lockedVersion struct {
	Name string `json:"name"`
	From string `json:"from,omitempty"` // none if it is new
	To   string `json:"to,omitempty"`   // none if it is gone
}

// compareLocks says what changed from an old lock, which may be nil, to the new one.
func compareLocks(name string, old, lock *lock.Lock) lockOutput {
	out := lockOutput{Lock: name, Vendor: vendorOf(lock), Platforms: []lockedPlatform{}}
	for i := range lock.Platforms {
		p := &lock.Platforms[i]
		now := versions(p)
		var then map[string]string
		if old != nil {
			for k := range old.Platforms {
				if old.Platforms[k].Platform == p.Platform {
					then = versions(&old.Platforms[k])
				}
			}
		}
		described := lockedPlatform{Platform: p.Platform, IsNew: then == nil, Changes: []lockedVersion{}}
		for _, version := range now {
			if strings.HasPrefix(version, digestPrefix) {
				described.Downloads++
			} else {
				described.Packages++
			}
		}
		if then != nil {
			described.Changes = changedVersions(then, now)
		}
		out.Platforms = append(out.Platforms, described)
	}
	return out
}

// print prints a line for each change, or one for each platform.
func (o *lockOutput) print(w io.Writer) error {
	for _, p := range o.Platforms {
		var lines []string
		for _, c := range p.Changes {
			lines = append(lines, c.String())
		}
		switch {
		case p.IsNew:
			lines = []string{fmt.Sprintf("%d packages", p.Packages)}
			if p.Downloads > 0 {
				lines[0] += fmt.Sprintf(", %d downloads", p.Downloads)
			}
		case lines == nil:
			lines = []string{"nothing changed"}
		}
		for _, line := range lines {
			if _, err := fmt.Fprintf(w, "%s %s: %s\n", o.Lock, p.Platform, line); err != nil {
				return err
			}
		}
	}
	if o.Vendor != "" {
		_, err := fmt.Fprintf(w, "%s: vendored in %s\n", o.Lock, o.Vendor)
		return err
	}
	return nil
}

func (v lockedVersion) String() string {
	switch {
	case v.From == "":
		return fmt.Sprintf("%s %s (new)", v.Name, v.To)
	case v.To == "":
		return fmt.Sprintf("%s %s (gone)", v.Name, v.From)
	}
	return fmt.Sprintf("%s %s -> %s", v.Name, v.From, v.To)
}

// versions returns the packages that a lock puts in place or takes away, and the sums of what commands download.
func versions(p *lock.Platform) map[string]string {
	list := make(map[string]string)
	add := func(prefix string, changes []lock.Change) {
		for _, c := range changes {
			switch {
			case c.Package != nil:
				list[prefix+c.Name] = c.Version
			case c.Action == solver.Purging:
				list[prefix+c.Name] = "(removed)"
			}
		}
	}
	addAll := func(prefix string, p *lock.Platform) {
		add(prefix, p.Changes)
		for _, t := range p.Transactions {
			add(prefix, t.Changes)
		}
		for _, d := range p.Downloads {
			if list[prefix+d.URL] = digestPrefix + d.SHA256; d.Status != 0 {
				list[prefix+d.URL] = fmt.Sprint(digestPrefix, "none, status ", d.Status)
			}
		}
	}
	addAll("", p)
	for i := range p.Stages {
		addAll("stage "+p.Stages[i].Name+": ", &p.Stages[i].Platform)
	}
	return list
}

// digestPrefix begins what versions returns for a download.
const digestPrefix = "sha256:"

// changedVersions returns what differs, by name.
func changedVersions(then, now map[string]string) []lockedVersion {
	changes := []lockedVersion{}
	for name, version := range now {
		if then[name] != version {
			changes = append(changes, lockedVersion{Name: name, From: then[name], To: version})
		}
	}
	for name, version := range then {
		if _, ok := now[name]; !ok {
			changes = append(changes, lockedVersion{Name: name, From: version})
		}
	}
	sort.SliceStable(changes, func(i, j int) bool { return changes[i].Name < changes[j].Name })
	return changes
}
