package table

import (
	"fmt"
	"slices"
	"testing"
)

// TestOrder has what busybox awk 1.36 prints for: BEGIN { for (i = 1; i <= N; i++) a[i]; for (k in a) print k }, with few keys, and with
// keys of one chain: "A~" and "B?" have the hashes 65*63+126 and 66*63+63.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want []string
	}{
		{nil, nil},
		{[]string{"1", "2", "3"}, []string{"1", "2", "3"}},
		{[]string{"3", "1", "2"}, []string{"1", "2", "3"}},
		{[]string{"A~", "B?"}, []string{"B?", "A~"}},
		{[]string{"B?", "A~"}, []string{"A~", "B?"}},
	} {
		var table Table[int]
		for i, key := range c.set {
			table.Insert(key).Value = i
		}
		if got := slices.Collect(table.Keys()); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.set, got, c.want)
		}
	}
}

// TestTable changes a table and a map alike, through all of its sizes.
func TestTable(t *testing.T) {
	var table Table[int]
	want := make(map[string]int)
	for i := range 700_000 {
		key := fmt.Sprint(i * i % 600_011)
		switch {
		case i%7 == 3:
			table.Remove(key)
			delete(want, key)
		case table.Get(key) == nil:
			table.Insert(key).Value = i
			want[key] = i
		default:
			table.Get(key).Value = i
			want[key] = i
		}
	}
	keys := 0
	for key := range table.Keys() {
		if keys++; table.Get(key).Value != want[key] {
			t.Fatalf("%s is %d, want %d", key, table.Get(key).Value, want[key])
		}
	}
	if keys != len(want) || table.Len() != len(want) || table.Steps() != len(want)+65521 || !table.Collides() {
		t.Errorf("%d keys, %d counted, %d steps; want %d keys in 65521 chains", keys, table.Len(), table.Steps(), len(want))
	}
	table.Clear()
	if table.Len() != 0 || table.Collides() || table.Steps() != 65521 || table.Get("1") != nil {
		t.Error("a table that was cleared has something, or another size")
	}
	table.Remove("1")
}
