package repository

import (
	"bytes"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// FuzzCheckPackage looks for bytes that the check takes without having their
// identity, or that it does not survive.
func FuzzCheckPackage(f *testing.F) {
	for fault := fixtures.Sound; fault < fixtures.Missing; fault++ {
		p := fixtures.Package{Name: "p", Fault: fault, Files: []fixtures.File{{Path: "f", Content: "content\n"}}}
		built, err := p.Build()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(built.File)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p := apk.Package{Identity: apk.SHA1Checksum([20]byte{1})}
		if func() error {
			_, err := verify(bytes.NewReader(file), Wanted{Package: &p, Generation: apk.V2})
			return err
		}() == nil {
			t.Fatal("taken with any identity")
		}
	})
}

// TestCheckPackage holds the faults of fixtures to what the check is for.
func TestCheckPackage(t *testing.T) {
	for fault, want := range map[fixtures.Fault]string{
		fixtures.Sound:             "",
		fixtures.Unsigned:          "",
		fixtures.NoEnd:             "",
		fixtures.SeveralMembers:    "", // the reader says whether it takes them
		fixtures.NoChecksums:       "",
		fixtures.UppercaseDataHash: "",
		fixtures.WrongDataHash:     "data segment: has the SHA-256 ",
		fixtures.AlteredData:       "data segment: has the SHA-256 ",
		fixtures.TrailingGarbage:   "data segment: has the SHA-256 ",
		fixtures.TrailingZeros:     "data segment: has the SHA-256 ",
		fixtures.AlteredControl:    "not a package file: ",
		fixtures.OtherIdentity:     "identity ",
		fixtures.NoDataHash:        "identity ", // which would be that of control and data
		fixtures.SharedMember:      "not a package file: signature: signature and control segment share",
	} {
		built, err := fixtures.Package{Name: "p", Fault: fault, Files: []fixtures.File{{Path: "f", Content: "content\n"}}}.Build()
		if err != nil {
			t.Fatal(err)
		}
		_, err = verify(bytes.NewReader(built.File), Wanted{Package: built.Entry, Generation: apk.V2})
		if want == "" && err != nil || want != "" && (err == nil || !bytes.HasPrefix([]byte(err.Error()), []byte(want))) {
			t.Errorf("fault %d: got %v, want %q", fault, err, want)
		}
	}
}

func BenchmarkCheckPackage(b *testing.B) {
	built, err := fixtures.Workload{Bytes: 4 << 20}.Package(0).Build()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(built.File)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verify(bytes.NewReader(built.File), Wanted{Package: built.Entry, Generation: apk.V2}); err != nil {
			b.Fatal(err)
		}
	}
}
