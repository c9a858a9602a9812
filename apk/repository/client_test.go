package repository_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

func TestServer(t *testing.T) {
	s := newServer(t, sample)
	r := at(s.start(t))
	c := &repository.Client{}
	x, err := index(c, r)
	if err != nil {
		t.Fatal(err)
	}
	p := find(t, x, "small")
	source, err := c.Package(t.Context(), r, p, "x86_64", apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a build reads packages twice
		if !bytes.Equal(read(t, source), s.files["x86_64/small-1.0-r0.apk"]) {
			t.Error("the package is not what the server has")
		}
	}
	if want := r.URL + "/x86_64/small-1.0-r0.apk"; source.String() != want {
		t.Errorf("source is %s, want %s", source, want)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := source.Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Close the file is still there: %v", err)
	}
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	faulty := fixtures.Repository{Packages: append(slices.Clone(sample.Packages), fixtures.Package{Name: "gone", Fault: fixtures.Missing})}
	if err := faulty.Write(dir); err != nil {
		t.Fatal(err)
	}
	c := &repository.Client{Offline: true}
	x, err := index(c, at(dir))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "x86_64", "small-1.0-r0.apk")
	source, err := c.Package(t.Context(), at(dir), find(t, x, "small"), "x86_64", apk.V3)
	if err != nil || source.String() != name {
		t.Fatalf("%s: %v", source, err)
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(read(t, source), want) {
		t.Error("the package is not the file")
	}

	if err := os.WriteFile(name, want[:100], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{packageError(c, at(dir), find(t, x, "small")), "read package " + name + ": it has 100 bytes, but the index says " + fmt.Sprint(len(want))},
		{packageError(c, at(dir), find(t, x, "gone")), "gone-1.0-r0.apk: no such file, but the index lists it"},
		{packageError(c, at(dir), &apk.Package{Name: "../x", Version: "1"}), "cannot be part of a path"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got %v, want %q", c.err, c.want)
		}
	}
}

func packageError(c *repository.Client, r repository.Repository, p *apk.Package) error {
	_, err := c.Package(context.Background(), r, p, "x86_64", apk.V3)
	return err
}

// TestIndexErrors has the whole text of what users see.
func TestIndexErrors(t *testing.T) {
	directory := func(r fixtures.Repository) repository.Repository {
		dir := t.TempDir()
		if err := r.Write(dir); err != nil {
			t.Fatal(err)
		}
		return at(dir)
	}
	serve := func(r fixtures.Repository) repository.Repository { return at(newServer(t, r).start(t)) }
	simple := []fixtures.Package{{Name: "p"}}
	other := directory(fixtures.Repository{Arch: "aarch64", Packages: simple})
	empty := at(t.TempDir())
	foreign := fixtures.Repository{Packages: []fixtures.Package{{Name: "ok"}, {Name: "p", Arch: "aarch64"}}}
	missing := serve(fixtures.Repository{IndexFault: fixtures.NoIndex})
	withUser := at(strings.Replace(missing.URL, "http://", "http://user:secret@", 1))
	for _, c := range []struct {
		name string
		r    repository.Repository
		want string
	}{
		{"not found", missing, "fetch URL: 404 Not Found: no repository for x86_64 at this URL; check the URL and the architecture"},
		{"no credentials", withUser, "fetch URL: 404 Not Found: no repository for x86_64 at this URL; check the URL and the architecture"},
		{"folder for others", other, "read index URL: no index for x86_64; available: aarch64"},
		{"empty folder", empty, "read index URL: no index for x86_64, nor for any other architecture in " + empty.URL},
		{"no folder", at(empty.URL + "x"), "read index URL: no index for x86_64: the directory " + empty.URL + "x does not exist"},
		{"unsigned", serve(fixtures.Repository{Packages: simple, IndexFault: fixtures.UnsignedIndex}),
			"read index URL: not signed; trusted keys: " + fixtures.KeyName},
		{"stranger's", directory(fixtures.Repository{Packages: simple, IndexFault: fixtures.StrangersIndex}),
			"read index URL: signed by " + fixtures.StrangersKeyName + ", which is not trusted; trusted keys: " + fixtures.KeyName},
		{"altered", serve(fixtures.Repository{Packages: simple, IndexFault: fixtures.AlteredIndex}),
			"read index URL: bad signature: the content was changed or truncated after " + fixtures.KeyName + " signed it"},
		{"truncated", serve(fixtures.Repository{Packages: simple, IndexFault: fixtures.TruncatedIndex}),
			"read index URL: index archive: unexpected EOF"},
		{"other architecture", serve(foreign), "read index URL: package p-1.0-r0 is for aarch64, not x86_64; check the URL and the platform"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := index(&repository.Client{CacheDir: dir}, c.r)
			where, _ := c.r.IndexURL("x86_64")
			want := strings.Replace(c.want, "URL", strings.Replace(where, "user:secret", "xxxxx", 1), 1)
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*", ".*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if kept, _ := filepath.Glob(filepath.Join(dir, "indexes", "*")); len(kept) > 0 && c.name != "other architecture" {
				t.Errorf("got into the cache: %v", kept)
			}
		})
	}
}

func TestNoarchIndex(t *testing.T) {
	s := newServer(t, fixtures.Repository{KeepNoarch: true, Packages: []fixtures.Package{{Name: "p", Arch: "noarch"}}})
	r := at(s.start(t))
	c := &repository.Client{CacheDir: t.TempDir()}
	x, err := index(c, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := packageError(c, r, x.Packages[0]); err != nil {
		t.Error(err)
	}
	if seen := s.seen(); seen[len(seen)-1] != "GET /noarch/p-1.0-r0.apk" {
		t.Errorf("requests %v", seen)
	}
}

func TestPackageErrors(t *testing.T) {
	s := newServer(t, fixtures.Repository{Packages: []fixtures.Package{
		{Name: "gone", Fault: fixtures.Missing},
		{Name: "data", Fault: fixtures.AlteredData, Files: []fixtures.File{{Path: "f", Content: "content\n"}}},
		{Name: "control", Fault: fixtures.AlteredControl},
		{Name: "other", Fault: fixtures.OtherIdentity},
		{Name: "hash", Fault: fixtures.WrongDataHash},
		{Name: "long"}, {Name: "short"}, {Name: "private"}, {Name: "odd"}, {Name: "page"},
	}})
	long, short := s.entry(t, "long"), s.entry(t, "short")
	s.files["x86_64/long-1.0-r0.apk"] = append(s.files["x86_64/long-1.0-r0.apk"], 0)
	s.files["x86_64/short-1.0-r0.apk"] = s.files["x86_64/short-1.0-r0.apk"][:99]
	page := s.entry(t, "page")
	s.files["x86_64/page-1.0-r0.apk"] = bytes.Repeat([]byte("<html>"), int(page.Size))[:page.Size]
	r := at(s.start(t))
	dir := t.TempDir()
	c := &repository.Client{CacheDir: dir}
	defer c.Close()
	for _, test := range []struct {
		p     *apk.Package
		fault http.HandlerFunc
		want  string
	}{
		{s.entry(t, "gone"), nil,
			"fetch URL: 404 Not Found: the index lists it, but the server does not have it; the repository may have changed since, or be changing now"},
		{s.entry(t, "data"), nil, "read package URL: data segment: has the SHA-256 …, but .PKGINFO says …: it was altered"},
		{s.entry(t, "control"), nil, "read package URL: not a package file: …"},
		{s.entry(t, "other"), nil, "read package URL: identity … is not …, which the index says: it was altered or replaced"},
		{s.entry(t, "hash"), nil, "read package URL: data segment: has the SHA-256 …, but .PKGINFO says 0000…"},
		{long, nil, fmt.Sprintf("fetch URL: it has %d bytes, but the index says %d", long.Size+1, long.Size)},
		{short, nil, fmt.Sprintf("fetch URL: it has 99 bytes, but the index says %d", short.Size)},
		{s.entry(t, "private"), status(http.StatusForbidden), "fetch URL: 403 Forbidden"},
		{s.entry(t, "odd"), status(http.StatusTeapot), "fetch URL: 418 I'm a teapot"},
		{page, nil, "read package URL: not a package file: …"},
	} {
		t.Run(test.p.Name, func(t *testing.T) {
			if test.fault != nil {
				s.faults = []http.HandlerFunc{test.fault}
			}
			s.seen()
			err := packageError(c, r, test.p)
			where, _ := r.PackageURL(test.p, "x86_64")
			if want := strings.Replace(test.want, "URL", where, 1); !like(err, want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if n := len(s.seen()); n != 1 {
				t.Errorf("%d requests, want one: it would not get better", n)
			}
			if files, _ := os.ReadDir(filepath.Join(dir, "packages")); len(files) > 0 {
				t.Errorf("left in the cache: %v", files)
			}
		})
	}
}

// like compares an error with a text in which "…" stands for anything.
func like(err error, want string) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	for i, part := range strings.Split(want, "…") {
		at := strings.Index(text, part)
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return text == "" || strings.HasSuffix(want, "…")
}

// TestIndexCache follows an index through its life in the cache.
func TestIndexCache(t *testing.T) {
	s := newServer(t, sample)
	r := at(s.start(t))
	var warnings []string
	c := &repository.Client{CacheDir: t.TempDir(), Warn: func(w string) { warnings = append(warnings, w) }}
	offline := &repository.Client{CacheDir: c.CacheDir, Offline: true}
	const path = "GET /x86_64/APKINDEX.tar.gz"
	validators := func() string {
		return " If-None-Match:" + etag(s.files["x86_64/APKINDEX.tar.gz"]) + " If-Modified-Since:" + fixtures.BuildTime.Format(http.TimeFormat)
	}
	fetch := func(name string, packages int, want ...string) {
		t.Helper()
		x, err := index(c, r)
		if err != nil || len(x.Packages) != packages {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, s.seen()); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", name, diff)
		}
	}

	if _, err := index(offline, r); err == nil || err.Error() != r.URL+"/x86_64/APKINDEX.tar.gz is not in the cache, and network access is disabled" {
		t.Errorf("offline: %v", err)
	}
	fetch("first", 2, path)
	fetch("unchanged", 2, path+validators())

	before := validators()
	s.files["x86_64/APKINDEX.tar.gz"] = newServer(t, fixtures.Repository{Packages: []fixtures.Package{{Name: "p"}}}).files["x86_64/APKINDEX.tar.gz"]
	// The date alone would say that nothing has changed: the ETag goes first.
	fetch("changed", 1, path+before)
	fetch("unchanged again", 1, path+validators())

	name := onlyFile(t, filepath.Join(c.CacheDir, "indexes"))
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(content)
	damaged[len(damaged)-40] ^= 1
	for _, d := range []struct {
		name     string
		content  []byte
		warnings int
		want     []string
	}{
		{"altered", damaged, 1, []string{path + validators(), path}},
		{"truncated", content[:len(content)-9], 1, []string{path + validators(), path}},
		{"without header", content[4096:], 0, []string{path}},
		{"another format", append([]byte(`{"format":"x"}`), content[14:]...), 0, []string{path}},
		{"empty", nil, 0, []string{path}},
	} {
		if err := os.WriteFile(name, d.content, 0o644); err != nil {
			t.Fatal(err)
		}
		warnings = nil
		if _, err := index(offline, r); err == nil {
			t.Errorf("%s: taken offline", d.name)
		}
		fetch(d.name, 1, d.want...)
		if len(warnings) != d.warnings {
			t.Errorf("%s: warnings %q", d.name, warnings)
		}
		if again, err := os.ReadFile(name); err != nil || !bytes.Equal(again, content) {
			t.Errorf("%s: not repaired", d.name)
		}
	}
	if x, err := index(offline, r); err != nil || len(x.Packages) != 1 {
		t.Errorf("offline: %v", err)
	}
	// An index that another key ring trusted is verified again.
	if _, err := c.Index(t.Context(), r, "x86_64", new(apk.KeyRing), apk.V3); err == nil || !strings.Contains(err.Error(), "no keys are trusted") {
		t.Errorf("without keys: %v", err)
	}
	if len(s.files) == 0 || s.seen() == nil {
		t.Error("nothing was requested")
	}
}

// TestUppercaseDataHash: a package that apk takes from a directory is taken over http as well.
func TestUppercaseDataHash(t *testing.T) {
	odd := fixtures.Repository{
		Packages: []fixtures.Package{{Name: "odd", Fault: fixtures.UppercaseDataHash, Files: []fixtures.File{{Path: "usr/odd", Content: "odd"}}}}}
	s := newServer(t, odd)
	dir := t.TempDir()
	if err := odd.Write(dir); err != nil {
		t.Fatal(err)
	}
	c := &repository.Client{CacheDir: t.TempDir()}
	defer c.Close()
	for _, r := range []repository.Repository{at(s.start(t)), at(dir)} {
		p := s.entry(t, "odd")
		source, err := c.Package(t.Context(), r, p, "x86_64", apk.V3)
		if err != nil {
			t.Errorf("%s: %v", r, err)
			continue
		}
		if m, err := source.Measure(t.Context(), p); err != nil || m.DataHash != strings.ToUpper(m.DataHash) || len(m.DataHash) != 64 {
			t.Errorf("%s: %+v, %v", r, m, err)
		}
	}
}

// TestPackageCache damages a package in the cache: it is fetched again.
func TestPackageCache(t *testing.T) {
	s := newServer(t, sample)
	r := at(s.start(t))
	p := s.entry(t, "big")
	want := s.files["x86_64/big-1.0-r0.apk"]
	var warnings []string
	c := &repository.Client{CacheDir: t.TempDir(), Warn: func(w string) { warnings = append(warnings, w) }}
	offline := &repository.Client{CacheDir: c.CacheDir, Offline: true}
	defer c.Close()
	defer offline.Close()
	if err := packageError(offline, r, p); err == nil || err.Error() != r.URL+"/x86_64/big-1.0-r0.apk is not in the cache, and network access is disabled" {
		t.Errorf("offline: %v", err)
	}
	get := func(c *repository.Client, name string, requests int) {
		t.Helper()
		source, err := c.Package(t.Context(), r, p, "x86_64", apk.V3)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(read(t, source), want) {
			t.Errorf("%s: another content", name)
		}
		if n := len(s.seen()); n != requests {
			t.Errorf("%s: %d requests, want %d", name, n, requests)
		}
	}
	get(c, "first", 1)
	get(c, "again", 0)
	get(offline, "offline", 0)
	elsewhere := &repository.Client{CacheDir: c.CacheDir}
	defer elsewhere.Close()
	get(elsewhere, "another process", 0)

	name := onlyFile(t, filepath.Join(c.CacheDir, "packages"))
	flip := func(i int) []byte {
		b := bytes.Clone(want)
		b[i] ^= 4
		return b
	}
	for _, d := range []struct {
		name    string
		content []byte
	}{
		{"truncated", want[:len(want)-1]}, {"longer", append(bytes.Clone(want), 0)}, {"empty", nil},
		{"altered data", flip(len(want) - 100)}, {"altered end", flip(len(want) - 1)}, {"altered control", flip(800)},
		{"altered signature", flip(20)},
	} {
		if err := os.WriteFile(name, d.content, 0o644); err != nil {
			t.Fatal(err)
		}
		warnings = nil
		get(c, d.name, 1)
		if len(warnings) != 1 || !strings.Contains(warnings[0], "fetching it again") {
			t.Errorf("%s: warnings %q", d.name, warnings)
		}
		onlyFile(t, filepath.Join(c.CacheDir, "packages"))
	}
}

func TestIndexes(t *testing.T) {
	s := newServer(t, sample)
	u := s.start(t)
	local := t.TempDir()
	if err := (fixtures.Repository{Packages: []fixtures.Package{{Name: "local"}}}).Write(local); err != nil {
		t.Fatal(err)
	}
	c := &repository.Client{CacheDir: t.TempDir()}
	list := []repository.Repository{at(u), at(local), {Tag: "edge", URL: u}, {URL: u + "/x86_64", Index: "APKINDEX.tar.gz"}}
	got, errs := c.Indexes(t.Context(), list, "x86_64", fixtures.KeyRing(), apk.V2)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got[0] != got[2] || got[1].Packages[0].Name != "local" || len(got[3].Packages) != 2 {
		t.Errorf("indexes are not those of the list")
	}
	if n := len(s.seen()); n != 2 {
		t.Errorf("%d requests, want one for each of two URLs", n)
	}
	_, errs = c.Indexes(t.Context(), []repository.Repository{at(u), at(u + "/x"), {Tag: "edge", URL: u + "/x"}}, "x86_64", fixtures.KeyRing(), apk.V2)
	var none *repository.NoIndexError
	if errs[0] != nil || !errors.As(errs[1], &none) || none.URL != u+"/x/x86_64/APKINDEX.tar.gz" || none.Arch != "x86_64" || errs[2] != errs[1] {
		t.Errorf("got %v", errs)
	}
}

// TestOtherArchitectures: the error names what the server has.
func TestOtherArchitectures(t *testing.T) {
	u := newServer(t, fixtures.Repository{Packages: []fixtures.Package{{Name: "p"}}}).start(t)
	c := &repository.Client{CacheDir: t.TempDir()}
	_, err := c.Index(t.Context(), at(u), "riscv64", fixtures.KeyRing(), apk.V3)
	if want := u + "/riscv64/APKINDEX.tar.gz: 404 Not Found: no repository for riscv64 at this URL; available: x86_64"; err == nil ||
		!strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParallel(t *testing.T) {
	w := fixtures.Workload{Packages: 30, Bytes: 5000}
	var r fixtures.Repository
	for i := range w.Packages {
		r.Packages = append(r.Packages, w.Package(i))
	}
	s := newServer(t, r)
	u := at(s.start(t))
	dir := t.TempDir()
	var mu sync.Mutex
	done := make(map[string]int64)
	progress := func(p repository.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.Done {
			done[p.URL] = p.Received
		}
	}
	x, err := index(&repository.Client{CacheDir: dir}, u)
	if err != nil {
		t.Fatal(err)
	}
	var list []repository.Wanted
	for _, p := range x.Packages {
		list = append(list, repository.Wanted{Repositories: []repository.Repository{u}, Package: p})
	}
	// Two clients at once, as two processes would be.
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			c := &repository.Client{CacheDir: dir, Progress: progress}
			defer c.Close()
			fetching := c.Fetch(context.Background(), list, "x86_64")
			if err := fetching.Wait(); err != nil {
				t.Error(err)
				return
			}
			for i, source := range fetching.Packages {
				if !bytes.Equal(read(t, source), s.files["x86_64/"+list[i].Package.FileName()]) {
					t.Errorf("%s is not what the server has", source)
				}
			}
		})
	}
	group.Wait()
	if files, _ := os.ReadDir(filepath.Join(dir, "packages")); len(files) != 30 {
		t.Errorf("%d files in the cache, want 30", len(files))
	}
	for _, p := range x.Packages {
		where, _ := u.PackageURL(p, "x86_64")
		if done[where] != int64(p.Size) {
			t.Errorf("progress of %s ended at %d bytes, want %d", where, done[where], p.Size)
		}
	}
	list[7].Package = &apk.Package{Name: "gone", Version: "1", Identity: list[7].Package.Identity}
	list[7].Package.Identity = apk.SHA1Checksum([20]byte{1})
	c := &repository.Client{CacheDir: dir}
	defer c.Close()
	if err := c.Fetch(t.Context(), list, "x86_64").Wait(); err == nil || !strings.Contains(err.Error(), "gone-1.apk: 404") {
		t.Errorf("got %v", err)
	}
}

func TestCacheDirectoryErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	c := &repository.Client{CacheDir: file, Warn: func(w string) { warnings = append(warnings, w) }}
	defer c.Close()
	for range 2 {
		if _, err := index(c, at(newServer(t, sample).start(t))); err != nil {
			t.Errorf("got %v", err)
		}
	}
	if want := "cache: create cache directory: mkdir " + file + ": not a directory; nothing more is put into it"; len(warnings) != 1 || warnings[0] != want {
		t.Errorf("warnings %q, want %s", warnings, want)
	}
}
