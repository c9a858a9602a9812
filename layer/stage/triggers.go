package stage

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/internal/nametable"
	"github.com/lamina-oci/lamina/layer/script"
)

// runTriggers runs the triggers of all installed packages whose directories a
// transaction has changed, in the order of the changes (apk/FORMAT.md 12.2).
func (s *Stage) runTriggers(ctx context.Context, changes []Change) error {
	s.records.fireTriggers()
	for i := range changes {
		if changes[i].New == nil {
			continue
		}
		rec := s.records.find(changes[i].New.Name)
		if rec == nil || !rec.triggered {
			continue
		}
		rec.triggered = false
		err := s.run(ctx, rec, apk.Trigger, rec.pendingTriggers)
		var exit *script.ExitError
		if errors.As(err, &exit) && s.options.Generation == apk.V2 && !s.options.StrictScripts {
			// apk 2 marks the package, goes on and ends with status 0 (apk/FORMAT.md 12.1); apk 3 ends with an error.
			s.warn("package %s: its trigger failed, and the package is marked as broken, as apk 2 does it: %v", rec.ID(), exit)
			rec.Flags.BrokenScript = true
			err = nil
		}
		if err != nil {
			return packageError(changes[i].New, nil, err)
		}
	}
	return nil
}

// fireTriggers finds the directories that each trigger is to be run with. Their
// order is that of apk's hash table, in which a directory comes before
// older ones with the same bucket; those just removed are still in it.
func (r *records) fireTriggers() {
	directories := slices.SortedFunc(maps.Values(r.directories), func(a, b *directory) int {
		return cmp.Or(
			cmp.Compare(nametable.Bucket(a.path), nametable.Bucket(b.path)),
			cmp.Compare(b.sequence, a.sequence))
	})
	for _, rec := range r.packages {
		if len(rec.triggers) == 0 {
			continue
		}
		for _, d := range directories {
			if !rec.considerAll && !d.modified {
				continue
			}
			fires, listed := r.matchTrigger(rec.triggers, d)
			rec.triggered = rec.triggered || fires
			if listed {
				rec.pendingTriggers = append(rec.pendingTriggers, "/"+d.path)
			}
		}
	}
}

// matchTrigger says whether the first pattern to match a directory makes the
// trigger run, and with the directory as an argument. apk 3 lists it for a
// pattern that begins with "+" only if it was modified; apk 2 knows no such patterns.
func (r *records) matchTrigger(patterns []string, d *directory) (fires, listed bool) {
	for _, pattern := range patterns {
		pattern, onlyModified := strings.CutPrefix(pattern, "+")
		if onlyModified && r.generation == apk.V2 || !strings.HasPrefix(pattern, "/") {
			continue
		}
		if glob.MatchPath(pattern, "/"+d.path) {
			return true, d.modified || !onlyModified
		}
	}
	return false, false
}
