package inspect

import (
	"fmt"
	"strings"
)

// Reasons returns, in a few words, all known reasons why the package is installed, with up to three names.
func (p *Package) Reasons() string {
	const most = 3
	var reasons []string
	if p.Wanted {
		reasons = append(reasons, "world")
	}
	if n := len(p.NeededBy); n > 0 {
		names := strings.Join(p.NeededBy[:min(n, most)], ", ")
		if n > most {
			names += fmt.Sprintf(" and %d more", n-most)
		}
		reasons = append(reasons, "needed by "+names)
	}
	if len(p.InstallIf) > 0 {
		reasons = append(reasons, "comes with "+strings.Join(p.InstallIf, ", "))
	}
	return strings.Join(reasons, "; ")
}

// Reason is the first of the reasons, with a number where there are several names.
func (p *Package) Reason() string {
	switch n := len(p.NeededBy); {
	case p.Wanted:
		return "world"
	case n > 1:
		return fmt.Sprintf("needed by %d", n)
	case n == 1:
		return "needed by " + p.NeededBy[0]
	}
	return p.Reasons()
}
