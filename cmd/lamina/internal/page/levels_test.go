package page

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/oci/inspect"
)

// TestLevels: each package is above all that it needs, however long the way is, and packages that need each other end it.
func TestLevels(t *testing.T) {
	packages := []inspect.Package{
		{Name: "top", Needs: []string{"libc", "middle", "gone"}},
		{Name: "libc"},
		{Name: "middle", Needs: []string{"low"}},
		{Name: "low", Needs: []string{"libc"}},
		{Name: "chicken", Needs: []string{"egg"}},
		{Name: "egg", Needs: []string{"chicken"}},
	}
	if diff := cmp.Diff([][]int{{1, 5}, {3, 4}, {2}, {0}}, levels(packages)); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
	if bands := levels(nil); bands != nil {
		t.Errorf("of nothing: %v", bands)
	}
}
