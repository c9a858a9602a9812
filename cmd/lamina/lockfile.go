package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
)

// lockBeside returns where the lock of a spec is, or of one of its images; "" without a spec.
func lockBeside(spec, image string) string {
	if spec == "" {
		return ""
	}
	if image != "" {
		image = "." + image
	}
	if fleet.IsDockerfile(spec) {
		return spec + ".lock"
	}
	return strings.TrimSuffix(spec, filepath.Ext(spec)) + image + ".lock"
}

// useLock gives the request its lock: the one that is named, or the one beside the
// spec if it is there. One that does not fit what is asked for is an error.
func (o *options) useLock(j *job) error {
	if err := o.checkVendor(); err != nil {
		return err
	}
	name := o.lockFile
	if o.noLock {
		return o.withoutLock()
	}
	if name == "" {
		name = lockBeside(j.file, j.image)
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return o.withoutLock()
		}
	}
	if name == "" {
		return o.withoutLock()
	}
	pinned, err := lamina.ReadLock(name)
	if err != nil {
		return err
	}
	asked := j.spec.Request()
	if len(o.repositories) > 0 {
		// They are other places for the same packages.
		asked.Repositories = pinned.Request.Repositories
	}
	if differences := pinned.Differences(asked, j.spec.Platforms); len(differences) > 0 {
		return &lamina.Error{Part: assemble.PartLock, Err: fmt.Errorf("%s is out of date: %s", name, strings.Join(differences, "; "))}
	}
	j.lock, j.spec.Lock = name, pinned
	switch {
	case o.vendor != "":
		j.spec.Vendor = o.vendor
	case pinned.Vendor != "":
		j.spec.Vendor, j.spec.VendorDigest = pinned.VendorPlace(filepath.Dir(name)), pinned.VendorDigest
	}
	return nil
}

// checkVendor refuses a directory of packages that does not exist: the packages would silently come from elsewhere.
func (o *options) checkVendor() error {
	if o.vendor == "" {
		return nil
	}
	if _, isArtifact, err := lock.ParseVendor(o.vendor); isArtifact {
		return err
	}
	const remedy = `give the directory that "lamina lock --vendor DIR" has written`
	info, err := os.Stat(o.vendor)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hint.Errorf("--vendor %s: no such directory", redact.URL(o.vendor)).With(remedy)
	case err != nil:
		return fmt.Errorf("--vendor: %w", err)
	case !info.IsDir():
		return hint.Errorf("--vendor %s: not a directory", redact.URL(o.vendor)).With(remedy)
	}
	return nil
}

// withoutLock refuses flags that have no effect without a lock.
func (o *options) withoutLock() error {
	if o.vendor == "" {
		return nil
	}
	remedy := `write one (lamina lock)`
	if _, isArtifact, _ := lock.ParseVendor(o.vendor); !isArtifact {
		remedy += ", or use the directory as a repository: --repository " + o.vendor
	}
	return hint.Errorf("--vendor %s: there is no lock that its packages belong to", o.vendor).With(remedy)
}

// resolve makes the plan of a job.
func (j *job) resolve(ctx context.Context) (*lamina.Plan, error) {
	plan, err := lamina.Resolve(ctx, j.spec, j.env)
	return plan, j.explain(err)
}

// explain says of an error that is about the lock which file that is.
func (j *job) explain(err error) error {
	part := new(lamina.Error)
	if j.lock != "" && errors.As(err, &part) && part.Part == assemble.PartLock {
		return &lamina.Error{Part: assemble.PartLock, Err: fmt.Errorf("lock %s: %w", j.lock, part.Err)}
	}
	return err
}
