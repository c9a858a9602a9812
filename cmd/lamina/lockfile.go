package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/lock"
)

// lockBeside returns where the lock of a spec is, "" without a spec.
func lockBeside(spec string) string {
	if spec == "" {
		return ""
	}
	return strings.TrimSuffix(spec, filepath.Ext(spec)) + ".lock"
}

// useLock gives the request its lock: the one that is named, or the one beside the
// spec if it is there. One that does not fit what is asked for is an error.
func (o *options) useLock(j *job) error {
	name := o.lockFile
	if o.noLock {
		if name != "" {
			return errors.New("--lock and --no-lock cannot go together")
		}
		return nil
	}
	if name == "" {
		name = lockBeside(j.spec)
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	if name == "" {
		return nil
	}
	lock, err := readLock(name)
	if err != nil {
		return err
	}
	asked := j.asked
	if len(o.repositories) > 0 {
		// They are other places for the same packages.
		asked.Repositories = lock.Request.Repositories
	}
	if differences := lock.Differences(asked, j.platforms); len(differences) > 0 {
		what := "what is asked for"
		if j.spec != "" {
			what = j.spec
		}
		return &assemble.Error{Part: assemble.PartLock, Err: fmt.Errorf("%s does not fit %s any more: %s", name, what, strings.Join(differences, "; "))}
	}
	j.lock, j.request.Lock = name, lock
	switch {
	case o.vendor != "":
		j.request.Vendor = o.vendor
	case lock.Vendor != "":
		j.request.Vendor = filepath.Join(filepath.Dir(name), filepath.FromSlash(lock.Vendor))
	}
	return nil
}

func readLock(name string) (*lock.Lock, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &assemble.Error{Part: assemble.PartLock, Err: fmt.Errorf("read lock: %w", err)}
	}
	defer f.Close()
	lock, err := lock.Read(f)
	if err != nil {
		return nil, &assemble.Error{Part: assemble.PartLock, Err: fmt.Errorf("read lock %s: %w", name, err)}
	}
	return lock, nil
}

// resolve makes the plans of a job.
func (j *job) resolve(ctx context.Context) ([]*assemble.Plan, error) {
	plans, err := assemble.ResolveAll(ctx, j.request, j.platforms)
	return plans, j.explain(err)
}

// explain says of an error that is about the lock which file that is.
func (j *job) explain(err error) error {
	part := new(assemble.Error)
	if j.lock != "" && errors.As(err, &part) && part.Part == assemble.PartLock {
		return &assemble.Error{Part: assemble.PartLock, Err: fmt.Errorf("lock %s: %w", j.lock, part.Err)}
	}
	return err
}
