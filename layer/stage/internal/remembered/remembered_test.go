package remembered

import "testing"

// TestBound: the oldest packages make room, one that is remembered again counts once, and no more than the bound is kept.
func TestBound(t *testing.T) {
	var m Files[int]
	quarter := func() map[int][]byte { return map[int][]byte{7: make([]byte, MaxFiles/4)} }
	for of := range 6 {
		m.Put(of, quarter())
		m.Put(of, quarter())
		if want := int64(min(of+1, 4) * MaxFiles / 4); m.size != want {
			t.Errorf("%d packages: %d bytes, want %d", of+1, m.size, want)
		}
	}
	for of := range 6 {
		if _, ok := m.Get(of, 7); ok != (of >= 2) {
			t.Errorf("package %d is there: %t", of, ok)
		}
	}
	if _, ok := m.Get(5, 8); ok {
		t.Error("a file that was never put is there")
	}
	m.Put(9, map[int][]byte{1: make([]byte, MaxFiles)})
	if _, ok := m.Get(5, 7); ok || m.size != MaxFiles {
		t.Errorf("beside a package that fills it: %d bytes", m.size)
	}
}

// TestReadsAll: small packages are read to their end at once, large ones the second time.
func TestReadsAll(t *testing.T) {
	var m Files[string]
	for i, want := range []bool{true, true, false, false} {
		if got := m.ReadsAll("small", true); got != want {
			t.Errorf("small, read %d: %t", i+1, got)
		}
	}
	for i, want := range []bool{false, true, false} {
		if got := m.ReadsAll("large", false); got != want {
			t.Errorf("large, read %d: %t", i+1, got)
		}
	}
}
