package assemble

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/oci/assemble/internal/scriptcheck"
)

// A package's scripts come first in its file. Before packages are downloaded, their scripts are read, and if one cannot be interpreted for
// certain, no data is fetched from then on: the error lists what is refused in the scripts of all packages of the transaction, and the
// scripts of later transactions and stages are still read. Programs that are found only when scripts run, such as those
// behind a condition, [Plan.stage] finds, and all of it if nothing must be fetched.

// errWithheld ends a stage whose packages are not fetched because the build is refused.
var errWithheld = errors.New("packages are not fetched: the build is refused")

// wantedChecked is wantedFiles, after the scripts of what must be fetched have been looked at. The error is a [*RefusedError] if one cannot be
// interpreted.
func (p *PackagePlan) wantedChecked(ctx context.Context, set *stageSet, all bool) (*wantedFiles, error) {
	w, err := p.wantedFiles(ctx, all)
	if err != nil {
		return nil, err
	}
	isMissing := false
	if !set.isSurvey { // of which the whole list shows only when all scripts run
		isMissing, err = p.checkScripts(ctx, w)
	}
	switch {
	case err != nil:
		set.isWithheld = set.isWithheld || errors.As(err, new(*RefusedError))
		return nil, err
	case isMissing && set.isWithheld:
		return nil, errWithheld
	}
	return w, nil
}

// checkScripts reads the control segments of packages that must be downloaded, if there are any. If one of them has a script that is
// refused for certain, it reads those of the others, too.
func (p *PackagePlan) checkScripts(ctx context.Context, w *wantedFiles) (isMissing bool, err error) {
	client := p.env.Client
	if client.Offline {
		return false, nil
	}
	var missing, others []int // numbers in the list
	for i, one := range w.list {
		if client.IsHere(one, p.Arch) {
			others = append(others, i)
		} else {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return false, nil
	}
	check := scriptcheck.New(p.Solution.Changes, scriptcheck.Root{
		Before: p.spec.Before, Base: p.root.Tree, Skip: p.spec.SkippedOn(p.Base.Platform), LeaveOut: p.spec.LeaveOut,
	})
	controls := make([]*apk.Control, len(p.Solution.Changes))
	var isSuspect atomic.Bool
	read := func(numbers []int) error {
		list := make([]repository.Wanted, len(numbers))
		for i, number := range numbers {
			list[i] = w.list[number]
		}
		return client.Controls(ctx, list, p.Arch, func(i int, control *apk.Control) bool {
			at := w.places[numbers[i]]
			controls[at] = control
			if check.IsRefused(at, control) {
				isSuspect.Store(true)
			}
			return !isSuspect.Load()
		})
	}
	if err := read(missing); err != nil || !isSuspect.Load() {
		return true, err
	}
	if err := read(others); err != nil {
		return true, err
	}
	var refused []Refusal
	for _, f := range check.All(controls) {
		located := fmt.Errorf("package %s: %w", f.ID, f.UnsupportedError)
		refused = append(refused, Refusal{UnsupportedError: f.UnsupportedError, located: located, mayBeScript: f.MayBeScript})
	}
	if len(refused) == 0 {
		return true, nil
	}
	return true, &RefusedError{refused}
}
