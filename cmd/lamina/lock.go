package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/report"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
)

func lockCommand() *cobra.Command {
	var o options
	var run lockRun
	cmd := &cobra.Command{
		Use:   "lock [PACKAGE... | FILE...]",
		Short: "Pin base and packages for later builds",
		Long: `Resolve what "lamina build" would install and write it to a lock beside the spec: lamina.lock
for lamina.yaml. Later builds pick it up automatically: they take the base and the packages
that it pins by their hashes, and fail if anything else is asked for. A lock does not replace
signatures: each package must be signed by a trusted key, or listed in an index that is.

An existing lock is replaced, and the changes are printed. With --upgrade-package, only the
named packages and their dependencies are updated.

With FILE arguments, which are specs (.yaml, .yml), Dockerfiles and directories of them, all
of them are locked in one process, which loads each index once. Directories stand for what
"lamina bake" finds in them; a failure does not stop the others, and a table ends the output.

With --check, nothing is written: the exit code is 0 if the lock is what would be written, 1 if
it is not, and 3 if that could not be determined. The differences are printed: packages, bases,
images and downloads. A lock from which only the digests of indexes differ is up to date.

With --secdb, updates that fix vulnerabilities are marked, by Alpine's security database, such
as https://secdb.alpinelinux.org/v3.22/main.json. The database is not signed: it decides only
what is printed.

With --vendor, the packages are also stored in a directory, which the lock then names: a
repository with the packages as they were signed, and with the signed indexes of those that
were not, so that a build needs no other.

With --vendor docker://HOST/NAME:TAG, all that the lock pins is stored in a registry as one
artifact: packages, signed indexes, files of URLs, and the base and other images. The lock
names it by its digest, and a build needs nothing else. Only blobs that the registry does not
have are sent. oci:DIR:TAG and oci-archive:FILE:TAG work, too.

With --json, print one object: lock, its file; vendor, the artifact with its digest; status
(new, changed or unchanged); reasons, what differs beside the changes; and platforms, a list
with platform, packages and downloads (how many the lock has), isNew (the lock did not have the
platform) and changes, a list with kind (package, base, image or download), name, from, to,
rebuilt (another file of the same version), securityFix and fixes. With FILE arguments it is
locks, a list of such objects with file, image, error and hint, where status may also be failed;
and new, changed, unchanged and failed, which count them.`,
		Example: `  lamina lock
  lamina lock -f lamina.yaml --upgrade-package nginx
  lamina lock -f lamina.yaml --vendor packages
  lamina lock -f lamina.yaml --vendor docker://registry.example/app-packages:2026
  lamina lock --check --secdb https://secdb.alpinelinux.org/v3.22/main.json
  lamina lock images/`,
	}
	cmd.RunE = run.each(&o)
	o.register(cmd)
	o.shares.register(cmd, true)
	f := cmd.Flags()
	f.StringVar(&o.lockFile, "lock", "", "lock `FILE` (default: beside the spec, with its name and the ending .lock)")
	f.StringVar(&o.vendor, "vendor", "", "store the packages in `PLACE`: a directory, or docker://HOST/NAME:TAG (default: the one that the lock names, if any)")
	run.register(f)
	return cmd
}

// lock locks one spec, and says what changed. If the run is a check, it only compares.
func (l *lockRun) lock(cmd *cobra.Command, o options, packages []string, out *report.Lock) error {
	ctx := cmd.Context()
	name, place := o.lockFile, o.vendor
	if err := checkVendorOutput(place); err != nil {
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
		return usage.Wrong(cmd, errors.New("no spec to put the lock beside: name the lock, --lock FILE"))
	}
	old, err := l.readOld(name)
	if err != nil {
		return err
	}
	plans, err := resolveLock(ctx, j, old, l.renew)
	if err != nil {
		return err
	}
	defer plans.Close()
	pinned, err := plans.Lock(ctx, j.spec.Request())
	if err != nil {
		return err
	}
	dir := filepath.Dir(name)
	if place != "" {
		if err := pinned.SetVendor(dir, place); err != nil {
			return err
		}
	} else if old != nil {
		pinned.Vendor = old.Vendor
	}
	if l.check && old != nil {
		pinned.VendorDigest = old.VendorDigest // nothing is stored; what would be is compared
	} else if !l.check {
		if err := plans.Vendor(ctx, pinned, dir); err != nil {
			return err
		}
	}
	pinned.PlaceIndexes(dir)
	if !l.check {
		if err := pinned.WriteFile(name); err != nil {
			return &assemble.Error{Part: assemble.PartOutput, Err: fmt.Errorf("write lock: %w", err)}
		}
	}
	changes, err := pinned.Compare(old)
	if err != nil {
		return err
	}
	if l.secdb != nil {
		changes.MarkFixes(l.secdb, plans.Origins())
	}
	*out = report.NewLock(name, pinned, changes)
	if o.shared == nil { // else after the last of many
		o.publish(cmd, j.env)
	}
	return nil
}

// readOld returns the lock that is there; nil without one. Unless the run is a check, it makes sure that the file can be replaced.
func (l *lockRun) readOld(name string) (*lamina.LockFile, error) {
	old, err := lamina.ReadLock(name)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = nil, nil
	}
	if err != nil && (len(l.renew) > 0 || l.check) {
		return nil, err
	}
	if err != nil { // a damaged lock, such as one with a merge's conflicts, is replaced
		if err := checkReplaceable(name); err != nil {
			return nil, err
		}
	}
	if !l.check {
		if err := report.CheckFile("lock", name); err != nil {
			return nil, err
		}
	}
	if len(l.renew) > 0 && old == nil {
		return nil, &assemble.Error{Part: assemble.PartLock, Err: fmt.Errorf("read lock %s: --upgrade-package needs an existing lock", name)}
	}
	return old, nil
}

// checkReplaceable refuses a file that is not a lock, not even a damaged one.
func checkReplaceable(name string) error {
	f, err := diskio.OpenInput(name)
	if err != nil {
		return hint.Errorf("replace %s: %w", redact.URL(name), err).With("name another file, --lock FILE")
	}
	defer f.Close()
	begin := make([]byte, 4<<10)
	n, _ := io.ReadFull(f, begin)
	if n == 0 || bytes.Contains(begin[:n], []byte(`"lockVersion"`)) {
		return nil
	}
	return hint.Errorf("replace %s: it is not a lock", redact.URL(name)).With("name another file, --lock FILE, or remove it")
}

// resolveLock resolves what is to be locked: all of it, or of an old lock the named packages.
func resolveLock(ctx context.Context, j *job, old *lamina.LockFile, renew []string) (assemble.Plans, error) {
	if len(renew) > 0 {
		return (&assemble.Renewal{Lock: old, Names: renew}).Resolve(ctx, j.spec, j.env)
	}
	return assemble.ResolveAll(ctx, j.spec, j.env)
}

// checkVendorOutput refuses a place for vendored packages that cannot be one, before anything is resolved.
func checkVendorOutput(place string) error {
	ref, isArtifact, err := lock.ParseVendor(place)
	if !isArtifact {
		if place == "" {
			return nil
		}
		if err := atomicfile.CheckDirectory(place); err != nil {
			return hint.Errorf("--vendor: %w", err).With("give a directory that you can write to")
		}
		return nil
	}
	if err == nil {
		err = transport.CheckOutput(ref, transport.Options{})
	}
	if err != nil {
		return fmt.Errorf("--vendor: %w", err)
	}
	return nil
}
