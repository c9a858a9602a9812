package cache_test

import (
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
)

func directoryOf(t *testing.T, secret string) *cache.Directory {
	return cache.Open(t.TempDir(), func() ([]byte, error) { return []byte(secret), nil })
}

// TestMark: a mark is that of its content and no other, however it is written, and of its directory's secret.
func TestMark(t *testing.T) {
	ours := directoryOf(t, "a secret of enough bytes for it")
	marked := func(m *cache.Marker, content []byte, step int) cache.Mark {
		for len(content) > 0 {
			n := min(step, len(content))
			m.Write(content[:n])
			content = content[n:]
		}
		return m.Mark()
	}
	for _, size := range []int{0, 1, piece - 1, piece, piece + 1, 3*piece + 7} {
		content := sample(size)
		mark := marked(ours.Marker(), content, 1000)
		for _, step := range []int{1 << 10, 100_000, piece, 5 * piece} {
			if got := marked(ours.MarkerLike(mark), content, step); got != mark {
				t.Errorf("%d bytes, %d at once: another mark", size, step)
			}
		}
		if marked(ours.Marker(), content, piece) == mark {
			t.Errorf("%d bytes: the same mark again, with another salt", size)
		}
		others := map[string][]byte{"longer": append(content[:size:size], 0)}
		if size > 0 {
			others["shorter"] = content[:size-1]
			for _, at := range []int{0, size / 2, size - 1} {
				altered := append([]byte(nil), content...)
				altered[at] ^= 1
				others["altered"] = altered
			}
		}
		if size > 2*piece { // pieces in another order
			others["moved"] = append(append(append([]byte(nil), content[piece:2*piece]...), content[:piece]...), content[2*piece:]...)
		}
		for name, other := range others {
			m := ours.MarkerLike(mark)
			if marked(m, other, piece); m.Is(mark) {
				t.Errorf("%d bytes: %s content has the mark", size, name)
			}
		}
		if directoryOf(t, "another secret, of as many bytes").MarkerLike(mark) != nil {
			t.Errorf("%d bytes: another secret takes the mark", size)
		}
	}
	if ours.MarkerLike(cache.Mark{}) != nil {
		t.Error("no mark is taken for one")
	}
}

// TestMarkOfNothing: without a cache or its secret nothing is marked.
func TestMarkOfNothing(t *testing.T) {
	short := directoryOf(t, "short")
	short.Warn = func(string) {}
	for _, f := range []*cache.Directory{nil, short} {
		m := f.Marker()
		m.Write([]byte("content"))
		if got := m.Mark(); got != (cache.Mark{}) || m.Is(got) || f.MarkerLike(got) != nil {
			t.Errorf("marked: %x", got)
		}
	}
}

// TestPlainMark: it is the same everywhere, and of no directory.
func TestPlainMark(t *testing.T) {
	marks := make(map[cache.Mark]int)
	for _, size := range []int{0, 1, piece, piece + 1, 2 * piece} {
		a, b := cache.PlainMarker(), cache.PlainMarker()
		a.Write(sample(size))
		for _, x := range sample(size) {
			b.Write([]byte{x})
		}
		mark := a.Mark()
		if !b.Is(mark) || mark == (cache.Mark{}) {
			t.Errorf("%d bytes: marked otherwise in small writes", size)
		}
		if other, ok := marks[mark]; ok {
			t.Errorf("%d bytes have the mark of %d", size, other)
		}
		marks[mark] = size
		if directoryOf(t, "a secret of enough bytes for it").MarkerLike(mark) != nil {
			t.Errorf("%d bytes: a folder takes it for its own", size)
		}
	}
}
