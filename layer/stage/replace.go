package stage

import (
	"fmt"

	"github.com/lamina-oci/lamina/apk"
)

// takes decides who gets a path that belongs to the package holder and that the
// package challenger has as well: true if the challenger takes it, false if
// it is to be left out of the challenger. That neither may is an error, where apk
// would leave a mark in the database and exit with 1 (apk/FORMAT.md 9.3, 14.15).
func (r *records) takes(path string, holder, challenger *record) (bool, error) {
	if holder.Name == challenger.Name {
		return true, nil
	}
	if r.generation == apk.V3 && holder.purged {
		return true, nil
	}
	sameOrigin := holder.Origin != "" && holder.Origin == challenger.Origin
	if r.generation == apk.V2 && sameOrigin {
		return true, nil
	}
	held, wanted := r.priority(holder, challenger), r.priority(challenger, holder)
	switch {
	case held > wanted:
		return false, nil
	case wanted >= 0, sameOrigin:
		return true, nil
	}
	return false, &ConflictError{Path: path, Holder: holder.ID()}
}

// ConflictError means that a package has a path that another package owns, and that
// neither replaces the other.
type ConflictError struct {
	Path   string // without a slash in front
	Holder string // "name-version" of the package that has it
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is owned by package %s, and neither package replaces the other", e.Path, e.Holder)
}

// priority is that with which a package replaces another, -1 if it does not.
func (r *records) priority(by, other *record) int {
	for i := range by.Replaces {
		if d := &by.Replaces[i]; d.Name == other.Name && d.SatisfiedBy(r.generation, &by.Package, &other.Package, other.Version) {
			return int(by.ReplacesPriority)
		}
	}
	return -1
}
