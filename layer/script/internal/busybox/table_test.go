package busybox

import (
	"slices"
	"testing"
)

// TestTable: the rows are in order, and each applet has one.
func TestTable(t *testing.T) {
	list := Names()
	if !slices.IsSorted(list) {
		t.Error("the rows are not sorted by name")
	}
	if len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Error("an applet has two rows")
	}
	for _, a := range table() {
		if a.run == nil {
			t.Errorf("%s has no function", a.name)
		}
	}
}
