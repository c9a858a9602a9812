package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble/internal/target"
)

// apkFetch is "apk fetch": package files in a directory of the image, or on standard output. In the lock it is a transaction that begins with
// nothing installed.
func (p *Plan) apkFetch(ctx context.Context, c *command.Command, r run, stdout, stderr io.Writer) (int, error) {
	t, err := p.begin(r)
	if err != nil {
		return 0, err
	}
	t.IsFetch = true
	t.root.Installed, t.root.World = new(apk.Installed), nil
	if p.locked == nil {
		err = t.choose(ctx, c)
	} else if locked, otherwise := p.lockedTransaction(r.command); otherwise == nil {
		err = t.unlock(p.locked, locked, func(request *solver.Request) { request.Goal = c.FetchedNames() })
	} else {
		err = otherwise
	}
	if isUnsolvable(ctx, err) {
		t.Failure = err.Error()
		p.later = append(p.later, t)
		fmt.Fprintln(stderr, t.Failure)
		return (1 + strings.Count(t.Failure, "\n")) & 0xff, nil
	}
	if err != nil {
		return 0, err
	}
	wanted, err := t.wantedFiles(ctx, true)
	if err != nil {
		return 0, in(PartPackage, err)
	}
	t.measured = make([]repository.Measure, len(t.Solution.Changes))
	status := 0
	err = t.whileFetching(ctx, wanted, func(ctx context.Context, changes []stage.Change) (err error) {
		for i, change := range changes {
			if t.measured[i], err = t.packages[i].Measure(ctx, change.New); err != nil {
				return in(PartPackage, err)
			}
			if status == 0 {
				status, err = r.on.Deliver(c, change.New, &target.PackageFile{Source: t.packages[i], Known: t.measured[i]}, stdout, stderr)
			}
			if err != nil {
				return in(PartRun, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	p.later = append(p.later, t)
	return status, nil
}

// choose finds the packages that fetch takes.
func (t *Transaction) choose(ctx context.Context, c *command.Command) error {
	question, _, err := t.question(ctx, c.FetchedNames())
	if err != nil {
		return err
	}
	db := &command.Database{Generation: t.Generation, Installed: question.Installed, Repositories: question.Repositories}
	if t.Solution, err = c.Fetch(db); errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("%s: %w", t.Command, err)
	}
	return in(PartSolution, err)
}
