package assemble

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/oci/assemble/internal/fetch"
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
func (p *PackagePlan) wantedChecked(ctx context.Context, set *stageSet, all bool) (*fetch.Files, error) {
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

// checkScripts looks at the scripts of packages that must be downloaded, if there are any: see [scriptcheck.Check.Read].
func (p *PackagePlan) checkScripts(ctx context.Context, files *fetch.Files) (isMissing bool, err error) {
	check := scriptcheck.New(p.Solution.Changes, scriptcheck.Root{
		Before: p.spec.Before, Base: p.root.Tree, Skip: p.spec.SkippedOn(p.Base.Platform), LeaveOut: p.spec.LeaveOut,
	})
	isMissing, found, err := check.Read(ctx, files)
	if len(found) == 0 || err != nil {
		return isMissing, err
	}
	var refused []Refusal
	for _, f := range found {
		located := fmt.Errorf("package %s: %w", f.ID, f.UnsupportedError)
		refused = append(refused, Refusal{UnsupportedError: f.UnsupportedError, located: located, mayBeScript: f.MayBeScript})
	}
	return isMissing, &RefusedError{refused}
}
