package remedy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script"
)

// Refused collects what cannot be interpreted, for one remedy for all of it.
type Refused struct {
	without, skip, flags, own []string
}

// Add adds what is refused, with the remedy that it has of its own, which counts for a command of the request.
func (r *Refused) Add(err *script.UnsupportedError, own string) {
	add := func(list *[]string, item string) {
		if item != "" && !slices.Contains(*list, item) {
			*list = append(*list, item)
		}
	}
	switch {
	case err.Package == "":
		add(&r.own, own)
	case err.Program != "":
		add(&r.without, err.Program)
		add(&r.flags, "--without "+err.Program)
	default:
		add(&r.skip, fmt.Sprintf("{name: %s, types: [%s]}", err.Package, err.Type))
		add(&r.flags, fmt.Sprintf("--skip-scripts %s:%s", err.Package, err.Type))
	}
}

// Remedy is what to add to the spec to go on without what packages' scripts are refused for, and the own remedies of the rest.
func (r *Refused) Remedy() string {
	var keys []string
	if len(r.without) > 0 {
		keys = append(keys, "without: ["+strings.Join(r.without, ", ")+"]")
	}
	if len(r.skip) > 0 {
		keys = append(keys, "skip: ["+strings.Join(r.skip, ", ")+"]")
	}
	all := r.own
	if len(keys) > 0 {
		remedy := "to leave out what they do, add to the spec: scripts: {" + strings.Join(keys, ", ") + "}; without a spec: " + strings.Join(r.flags, " ")
		all = append([]string{remedy}, all...)
	}
	return strings.Join(all, "; ")
}
