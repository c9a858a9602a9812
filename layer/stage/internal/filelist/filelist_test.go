package filelist

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
)

// TestList: files keep their order, and what is dropped is passed over but can still be read at its offset.
func TestList(t *testing.T) {
	sum, ok := apk.ChecksumOf("01234567890123456789")
	if !ok {
		t.Fatal("20 bytes are not a checksum")
	}
	want := []File{{Name: "b", Owner: 300, Checksum: sum}, {Name: "a"}, {Name: "ä c", Owner: 1}}
	var text []byte
	for i := range want {
		want[i].Offset = len(text)
		text = Append(text, want[i].Name, want[i].Owner, want[i].Checksum)
	}
	l := List{Text: string(text)}
	check := func(want []File) {
		t.Helper()
		var got []File
		for f := range l.All() {
			got = append(got, f)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b apk.Checksum) bool { return a == b })); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	check(want)
	l.Drop(want[1])
	check([]File{want[0], want[2]})
	if got := l.At(want[1].Offset); got != want[1] {
		t.Errorf("got %+v, want %+v", got, want[1])
	}
	for f := range l.All() {
		if f != want[0] {
			t.Errorf("got %+v, want %+v", f, want[0])
		}
		break
	}
}

// TestOwners: equal owners have one number.
func TestOwners(t *testing.T) {
	var owners Owners
	a, b := apk.Ownership{UID: 1, Mode: 0o755}, apk.Ownership{UID: 1, Mode: 0o644}
	first, second, again := owners.Number(a), owners.Number(b), owners.Number(a)
	if first == second || again != first || *owners.Of(first) != a || *owners.Of(second) != b {
		t.Errorf("%+v and %+v have the numbers %d and %d, then %d", a, b, first, second, again)
	}
}
