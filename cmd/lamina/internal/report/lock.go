package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/lock"
)

// Lock is what lock --json prints.
type Lock struct {
	Lock   string `json:"lock"`
	Vendor string `json:"vendor,omitempty"` // REFERENCE@DIGEST of an artifact with all that is pinned
	lock.Comparison
}

// NewLock reports a lock that is in a file, and how it differs from the one before.
func NewLock(file string, pinned *lock.Lock, changes *lock.Comparison) Lock {
	out := Lock{Lock: file, Comparison: *changes}
	if pinned.VendorDigest != "" {
		out.Vendor = pinned.Vendor + "@" + pinned.VendorDigest.String()
	}
	return out
}

// Write writes a line for each change, or one for each platform.
func (o *Lock) Write(w io.Writer) error {
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
			lines = append(lines, prefix+terminal.Count(p.Packages, "package")+", "+terminal.Count(p.Downloads, "download"))
		case p.IsNew:
			lines = append(lines, prefix+terminal.Count(p.Packages, "package"))
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

// Locks is what lock --json prints for many.
type Locks struct {
	Locks     []*LockOf `json:"locks"`
	New       int       `json:"new"`
	Changed   int       `json:"changed"`
	Unchanged int       `json:"unchanged"`
	Failed    int       `json:"failed"`
}

// LockOf is what became of the lock of a file, one of many.
type LockOf struct {
	File  string `json:"file"` // spec or Dockerfile
	Image string `json:"image,omitempty"`
	Lock
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// NewLocks counts locks by their status.
func NewLocks(list []*LockOf) *Locks {
	out := &Locks{Locks: list}
	for _, l := range list {
		switch l.Status {
		case StatusNew:
			out.New++
		case StatusChanged:
			out.Changed++
		case StatusUnchanged:
			out.Unchanged++
		default:
			out.Failed++
		}
	}
	return out
}

// Write writes what differs, and a table of all.
func (o *Locks) Write(w io.Writer) error {
	for _, l := range o.Locks {
		if l.Status == StatusNew || l.Status == StatusChanged {
			if err := l.Lock.Write(w); err != nil {
				return err
			}
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nLOCK\tSTATUS\tCHANGES\tSECURITY FIXES\n")
	for _, l := range o.Locks {
		changes, fixes := 0, 0
		for _, p := range l.Platforms {
			changes += len(p.Changes)
			for _, c := range p.Changes {
				if len(c.Fixes) > 0 {
					fixes++
				}
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\n", terminal.OneLine(l.Lock.Lock), l.Status, changes, fixes)
	}
	fmt.Fprintf(t, "\n%d new, %d changed, %d unchanged, %d failed\n", o.New, o.Changed, o.Unchanged, o.Failed)
	return t.Flush()
}
