package busybox

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLeftOutPage: docs/scripts.md lists the programs that are left out, with the same reasons.
func TestLeftOutPage(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/scripts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Programs that are left out")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := make(map[string]string)
	for line := range strings.Lines(section) {
		programs, reason, ok := strings.Cut(strings.Trim(line, "| \n"), " | ")
		if !ok || !strings.HasPrefix(programs, "`") {
			continue
		}
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(programs, -1) {
			listed[name[1]] = reason
		}
	}
	var names []string
	for _, a := range table() {
		if reason := leftOutReason(a.name); reason != "" {
			names = append(names, a.name)
			if listed[a.name] != reason {
				t.Errorf("the page says of %s: %q, want %q", a.name, listed[a.name], reason)
			}
		}
	}
	if len(names) != len(listed) {
		t.Errorf("the page lists %d programs, and these are left out: %v", len(listed), names)
	}
	if !slices.IsSorted(names) {
		t.Errorf("%v", names)
	}
}
