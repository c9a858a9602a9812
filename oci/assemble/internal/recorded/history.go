package recorded

import (
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/oci/spec"
)

// CreatedBy is the history entry's account of the layer that a spec brings.
func CreatedBy(s *spec.Spec) string {
	// The order of packages means nothing, so it must not make another image.
	text := strings.Join(append([]string{"lamina build"}, slices.Sorted(slices.Values(s.Packages))...), " ")
	if s.Upgrade.IsAll() {
		text += "; upgrade: " + string(s.Upgrade)
	}
	if len(s.OSRelease) > 0 {
		text += "; os-release: " + strings.Join(slices.Sorted(maps.Keys(s.OSRelease)), " ")
	}
	text += stepText(s.OwnStep())
	for i := range s.Steps {
		text += stepText(&s.Steps[i])
	}
	return text
}

// stepText is the history's account of a step.
func stepText(s *spec.Step) string {
	var groups, users []string
	for _, g := range s.Groups {
		groups = append(groups, g.Name)
	}
	for _, u := range s.Users {
		users = append(users, u.Name)
	}
	var runner []string
	if s.User != "0" && s.User != "root" {
		runner = strings.Fields(s.User)
	}
	text := ""
	for _, list := range [...]struct {
		name  string
		items []string
	}{
		{"packages", s.Packages}, {"upgrade", strings.Fields(string(s.Upgrade))}, {"groups", groups}, {"users", users},
		{"user", runner}, {"run", s.Run}, {"remove", s.Remove},
	} {
		if len(list.items) > 0 {
			text += "; " + list.name + ": " + strings.TrimSpace(strings.Join(list.items, " "))
		}
	}
	return text
}
