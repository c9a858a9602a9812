package lock_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk/secdb"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/oci/lock"
)

// bringing is a lock for one platform that installs a package.
func bringing(platform, name, version string) *lock.Lock {
	return &lock.Lock{Recipe: "r", Platforms: []lock.Platform{{
		Platform: platform,
		Indexes:  []lock.Index{{Repository: "main", Digest: "sha256:1"}},
		Changes:  []lock.Change{{Action: solver.Installing, Name: name, Version: version, Package: &lock.Package{Origin: "source", Identity: "Q1" + version}}},
	}}}
}

// alsoIn is a lock that brings the package of another one in another root, too.
func alsoIn(root string, l, other *lock.Lock) *lock.Lock {
	l.Platforms[0].Transactions = []lock.Transaction{{Command: "apk add", Root: root, Changes: other.Platforms[0].Changes}}
	return l
}

// TestCompare: what changed from one lock to the next, by platform.
func TestCompare(t *testing.T) {
	otherIndex := bringing("linux/amd64", "nginx", "1-r0")
	otherIndex.Platforms[0].Indexes[0].Digest = "sha256:2"
	otherFile := bringing("linux/amd64", "nginx", "1-r0")
	otherFile.Platforms[0].Changes[0].Identity = "Q1other"
	for _, test := range []struct {
		name   string
		old    *lock.Lock
		now    *lock.Lock
		status string
		want   []string // reasons, then changes
	}{
		{"no lock", nil, bringing("linux/amd64", "nginx", "1-r0"), "new", nil},
		{"the same", bringing("linux/amd64", "nginx", "1-r0"), bringing("linux/amd64", "nginx", "1-r0"), "unchanged", nil},
		{"another index", bringing("linux/amd64", "nginx", "1-r0"), otherIndex, "unchanged", nil},
		{"another version", bringing("linux/amd64", "nginx", "1-r0"), bringing("linux/amd64", "nginx", "1-r2"), "changed",
			[]string{"nginx 1-r0 -> 1-r2 fixes CVE-1"}},
		{"another file", bringing("linux/amd64", "nginx", "1-r0"), otherFile, "changed", []string{"nginx 1-r0 (built or signed again)"}},
		{"another package", bringing("linux/amd64", "nginx", "1-r0"), bringing("linux/amd64", "jq", "1-r0"), "changed",
			[]string{"jq 1-r0 (new)", "nginx 1-r0 (gone)"}},
		{"another platform", bringing("linux/amd64", "nginx", "1-r0"), bringing("linux/arm64", "nginx", "1-r0"), "changed",
			[]string{"platform linux/amd64 was removed"}},
		{"another version in another root", alsoIn("/r", bringing("linux/amd64", "nginx", "1-r0"), bringing("linux/amd64", "nginx", "1-r0")),
			alsoIn("/r", bringing("linux/amd64", "nginx", "1-r0"), bringing("linux/amd64", "nginx", "1-r2")), "changed",
			[]string{"root /r: nginx 1-r0 -> 1-r2 fixes CVE-1"}},
	} {
		changes, err := test.now.Compare(test.old)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		db := new(secdb.Database)
		if err := db.Add(strings.NewReader(`{"packages": [{"pkg": {"name": "source", "secfixes": {"1-r1": ["CVE-1"]}}}]}`)); err != nil {
			t.Fatal(err)
		}
		changes.MarkFixes(db, nil)
		got := changes.Reasons
		for _, p := range changes.Platforms {
			for _, c := range p.Changes {
				got = append(got, c.String())
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" || changes.Status != test.status {
			t.Errorf("%s: %s, want %s (-want +got):\n%s", test.name, changes.Status, test.status, diff)
		}
	}
}

// TestPlaces: a lock names directories from its own.
func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, test := range []struct{ place, vendor, back string }{
		{"packages", "../packages", "packages"},
		{filepath.Join(dir, "a", "packages"), "packages", filepath.Join("a", "packages")},
		{"oci:packages:main", "oci:../packages:main", "oci:packages:main"},
		{"docker://registry.example/packages:main", "docker://registry.example/packages:main", "docker://registry.example/packages:main"},
	} {
		l := new(lock.Lock)
		if err := l.SetVendor("a", test.place); err != nil {
			t.Errorf("%s: %v", test.place, err)
		}
		if back := l.VendorPlace("a"); l.Vendor != test.vendor || back != test.back {
			t.Errorf("%s: vendor %s at %s, want %s at %s", test.place, l.Vendor, back, test.vendor, test.back)
		}
	}
	l := &lock.Lock{Platforms: []lock.Platform{{Indexes: []lock.Index{{Repository: "repo"}, {Repository: "https://mirror.example/main"}}}}}
	l.PlaceIndexes("a")
	if got := []string{l.Platforms[0].Indexes[0].Repository, l.Platforms[0].Indexes[1].Repository}; got[0] != "../repo" ||
		got[1] != "https://mirror.example/main" {
		t.Errorf("indexes from %q", got)
	}
}
