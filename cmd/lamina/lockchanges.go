package main

import (
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/lock"
)

// lockOutput is what lock --json prints. Fields may be added, never changed.
type lockOutput struct {
	Lock   string `json:"lock"`
	Vendor string `json:"vendor,omitempty"` // REFERENCE@DIGEST of an artifact with all that is pinned
	lock.Comparison
}

// print prints a line for each change, or one for each platform.
func (o *lockOutput) print(w io.Writer) error {
	var lines []string
	for _, r := range o.Reasons {
		lines = append(lines, o.Lock+": "+r)
	}
	for _, p := range o.Platforms {
		prefix := o.Lock + " " + p.Platform + ": "
		for _, c := range p.Changes {
			lines = append(lines, prefix+c.String())
		}
		switch {
		case p.IsNew && p.Downloads > 0:
			lines = append(lines, fmt.Sprintf("%s%d packages, %d downloads", prefix, p.Packages, p.Downloads))
		case p.IsNew:
			lines = append(lines, fmt.Sprintf("%s%d packages", prefix, p.Packages))
		case len(p.Changes) == 0 && o.Reasons == nil:
			lines = append(lines, prefix+"nothing changed")
		}
	}
	if o.Vendor != "" {
		lines = append(lines, o.Lock+": vendored in "+o.Vendor)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, terminal.OneLine(line)); err != nil {
			return err
		}
	}
	return nil
}
