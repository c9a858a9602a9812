package repository_test

import (
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
)

// TestADBRepository has the places of indexes and packages in apk 3's own format (apk/FORMAT.md 18.5).
func TestADBRepository(t *testing.T) {
	usual := repository.Repository{URL: "https://a.example/main", ADB: true}
	flat := repository.Repository{URL: "https://a.example/main", Index: "some.adb"}
	p := apk.Package{Name: "p", Version: "1-r0", Arch: "noarch"}
	ruled := p
	ruled.Path = "pool/p 1.apk"
	outside := p
	outside.Path = "../p.apk"
	for _, test := range []struct {
		r           repository.Repository
		p           apk.Package
		text, index string
		where, err  string
	}{
		{usual, p, "v3 https://a.example/main", "https://a.example/main/x86_64/Packages.adb", "https://a.example/main/noarch/p-1-r0.apk", ""},
		{flat, p, "https://a.example/main/some.adb", "https://a.example/main/some.adb", "https://a.example/main/p-1-r0.apk", ""},
		{usual, ruled, "v3 https://a.example/main", "https://a.example/main/x86_64/Packages.adb", "https://a.example/main/pool/p%201.apk", ""},
		{flat, outside, "https://a.example/main/some.adb", "https://a.example/main/some.adb", "", `".." cannot be part of a path: it is not a file name`},
	} {
		if got := test.r.String(); got != test.text {
			t.Errorf("got %s, want %s", got, test.text)
		}
		if got, err := test.r.IndexURL("x86_64"); got != test.index || err != nil {
			t.Errorf("index %s, %v, want %s", got, err, test.index)
		}
		got, err := test.r.PackageURL(&test.p, "x86_64")
		if got != test.where || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("package %s, %v, want %s, %s", got, err, test.where, test.err)
		}
	}
	tagged := repository.Repository{URL: "https://a.example/main", Tag: "edge", ADB: true}
	list, err := repository.ParseArgument(tagged.String(), apk.V3, "x86_64")
	if err != nil || len(list) != 1 || list[0] != tagged {
		t.Errorf("%s is read as %v, %v", tagged, list, err)
	}
}

// TestADBArguments are arguments of the command line, of which a directory may have blanks.
func TestADBArguments(t *testing.T) {
	for _, test := range []struct {
		text string
		g    apk.Generation
		want repository.Repository
		err  string
	}{
		{"/srv/repo/packages.adb", apk.V3, repository.Repository{URL: "/srv/repo", Index: "packages.adb"}, ""},
		{"repo/packages.adb", apk.V3, repository.Repository{URL: "repo", Index: "packages.adb"}, ""},
		{"v3 /srv/my repo", apk.V3, repository.Repository{URL: "/srv/my repo", ADB: true}, ""},
		{"v3 ./repo", apk.V3, repository.Repository{URL: "repo", ADB: true}, ""},
		{"v3 @edge /srv/repo", apk.V3, repository.Repository{URL: "/srv/repo", Tag: "edge", ADB: true}, ""},
		{"v3 repo", apk.V3, repository.Repository{URL: "v3 repo"}, ""},
		{"v3 /srv/repo", apk.V2, repository.Repository{}, "the keyword v3 is of apk 3, but the base has apk 2"},
		{"ndx https://a.example/packages.adb", apk.V2, repository.Repository{}, "the keyword ndx is of apk 3, but the base has apk 2"},
		{"/srv/repo/packages.adb", apk.V2, repository.Repository{URL: "/srv/repo/packages.adb"}, ""},
	} {
		list, err := repository.ParseArgument(test.text, test.g, "x86_64")
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("%s: got %v, want %s", test.text, err, test.err)
			}
			continue
		}
		want := test.want
		want.URL = filepath.FromSlash(want.URL)
		if err != nil || len(list) != 1 || list[0] != want {
			t.Errorf("%s: got %v, %v, want %v", test.text, list, err, want)
		}
	}
}
