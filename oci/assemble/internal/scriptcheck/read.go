package scriptcheck

import (
	"context"
	"sync/atomic"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/oci/assemble/internal/fetch"
)

// Read reads the control segments of packages that must be downloaded, if there are any. If one of them has a script that is refused for certain,
// it reads those of the others, too, and returns all that is refused.
func (c *Check) Read(ctx context.Context, files *fetch.Files) (isMissing bool, refused []Finding, err error) {
	missing, others := files.Missing()
	if len(missing) == 0 {
		return false, nil, nil
	}
	controls := make([]*apk.Control, len(c.changes))
	var isSuspect atomic.Bool
	look := func(change int, control *apk.Control) bool {
		controls[change] = control
		if c.IsRefused(change, control) {
			isSuspect.Store(true)
		}
		return !isSuspect.Load()
	}
	if err := files.Controls(ctx, missing, look); err != nil || !isSuspect.Load() {
		return true, nil, err
	}
	if err := files.Controls(ctx, others, look); err != nil {
		return true, nil, err
	}
	return true, c.All(controls), nil
}
