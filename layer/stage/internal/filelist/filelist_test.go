package filelist

import (
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

func TestList(t *testing.T) {
	sha1, _ := apk.ParseChecksum("X10123456789012345678901234567890123456789")
	md5, _ := apk.ParseChecksum("01234567890123456789012345678901")
	var owners Owners
	root, other := apk.Ownership{Mode: 0o644}, apk.Ownership{UID: 1 << 31, GID: 7, Mode: 0o7777, Xattrs: sha1}
	want := []File{{Name: "a", Owner: owners.Number(root), Checksum: sha1}, {Name: "", Owner: owners.Number(other), Checksum: md5}, {Name: "é\x00\xff", Owner: owners.Number(root)}}
	if want[0].Owner != want[2].Owner || *owners.At(want[1].Owner) != other || *owners.At(want[0].Owner) != root {
		t.Errorf("owners have the numbers %d, %d and %d", want[0].Owner, want[1].Owner, want[2].Owner)
	}
	var text []byte
	for i, f := range want {
		want[i].Offset = len(text)
		text = Append(text, f.Name, f.Owner, f.Checksum)
	}
	l := New(text)
	if got := slices.Collect(l.All()); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := l.At(want[2].Offset); got != want[2] {
		t.Errorf("got %+v, want %+v", got, want[2])
	}
	for f := range l.All() { // as packages lose files while somebody goes through the list
		if l.Drop(f); f == want[0] {
			break
		}
	}
	if got := slices.Collect(l.All()); !slices.Equal(got, want[1:]) {
		t.Errorf("with one file less: %+v", got)
	}
}
