package solver

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

// sameBucket returns n names that fall into one bucket of apk's table.
func sameBucket(t *testing.T, n int) []string {
	t.Helper()
	byBucket := make(map[uint16][]string)
	for i := range 200_000 {
		name := fmt.Sprintf("name%d", i)
		b := bucketOf(name)
		if byBucket[b] = append(byBucket[b], name); len(byBucket[b]) == n {
			return byBucket[b]
		}
	}
	t.Fatal("no bucket has enough names")
	return nil
}

// TestHashOrder checks the order of reverse lists as apk/FORMAT.md 7.1 gives it:
// buckets ascend, and within one the name that was mentioned last comes first.
// World and databases are read before indexes, files after.
func TestHashOrder(t *testing.T) {
	same := sameBucket(t, 3)
	low, high := "", ""
	for i := 0; low == "" || high == ""; i++ {
		switch name := fmt.Sprintf("other%d", i); {
		case bucketOf(name) < bucketOf(same[0]):
			low = name
		case bucketOf(name) > bucketOf(same[0]):
			high = name
		}
	}
	pkg := func(i byte, name string) *apk.Package {
		id, err := apk.ParseChecksum(fmt.Sprintf("X1%040x", i))
		if err != nil {
			t.Fatal(err)
		}
		return &apk.Package{Identity: id, Name: name, Version: "1", Depends: []apk.Dependency{{Name: "it"}}}
	}
	index := &apk.Index{Packages: []*apk.Package{pkg(1, high), pkg(2, same[0]), pkg(3, same[1]), pkg(4, same[2]), pkg(5, low)}}
	tests := []struct {
		name      string
		world     []apk.Dependency
		installed []*apk.InstalledPackage
		files     []*apk.Package
		want      []string
	}{
		{name: "last mentioned first", want: []string{low, same[2], same[1], same[0], high}},
		{
			name:  "world is read first",
			world: []apk.Dependency{{Name: same[2]}},
			want:  []string{low, same[1], same[0], same[2], high},
		},
		{
			name:      "then the installed packages",
			world:     []apk.Dependency{{Name: same[1]}},
			installed: []*apk.InstalledPackage{{Package: *pkg(4, same[2])}},
			want:      []string{low, same[0], same[2], same[1], high},
		},
		{
			name:  "files are appended",
			files: []*apk.Package{pkg(6, "file")},
			want:  []string{low, same[2], same[1], same[0], high, "file"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := newCatalog([]Repository{{Index: index}})
			if err != nil {
				t.Fatal(err)
			}
			s, err := newSolver(t.Context(), c, &Request{
				World: tt.world, Installed: &apk.Installed{Packages: tt.installed}, Files: tt.files,
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, id := range s.rdeps(s.intern("it")) {
				got = append(got, s.text(id))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestProviderOrder checks the order in which packages are loaded: installed
// ones, the cache, repositories, files (apk/FORMAT.md 2, 4.2).
func TestProviderOrder(t *testing.T) {
	pkg := func(i byte, provides ...string) *apk.Package {
		id, err := apk.ParseChecksum(fmt.Sprintf("X1%040x", i))
		if err != nil {
			t.Fatal(err)
		}
		p := &apk.Package{Identity: id, Name: fmt.Sprint("p", i), Version: "1"}
		for _, name := range provides {
			p.Provides = append(p.Provides, apk.Dependency{Name: name})
		}
		return p
	}
	installed := &apk.Installed{Packages: []*apk.InstalledPackage{{Package: *pkg(3, "it")}, {Package: *pkg(4, "it")}}}
	index := &apk.Index{Packages: []*apk.Package{pkg(1, "it"), pkg(2, "it", "it"), pkg(3, "it")}}
	for _, tt := range []struct {
		name string
		req  Request
		want []string
	}{
		{"index", Request{}, []string{"p1", "p2", "p2", "p3"}},
		{"installed", Request{Installed: installed}, []string{"p3", "p4", "p1", "p2", "p2"}},
		{"file", Request{Files: []*apk.Package{pkg(9, "it")}}, []string{"p1", "p2", "p2", "p3", "p9"}},
		{"known file", Request{Files: []*apk.Package{pkg(1, "it")}}, []string{"p1", "p2", "p2", "p3"}},
		{
			"all",
			Request{
				Installed: installed, Cached: &apk.Index{Packages: []*apk.Package{pkg(5, "it"), pkg(2, "it")}},
				Files: []*apk.Package{pkg(9, "it"), pkg(5, "it")},
			},
			[]string{"p3", "p4", "p5", "p2", "p1", "p9"},
		},
	} {
		c, err := newCatalog([]Repository{{Index: index}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSolver(t.Context(), c, &tt.req)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range s.providers(s.intern("it")) {
			got = append(got, s.pkgs[p.pkg].meta.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestPrefer goes through apk/FORMAT.md 7.3: A is better by the criterion named
// and B by all that come after it.
func TestPrefer(t *testing.T) {
	type side struct {
		version string // as provider; the package's own is 1
		own     string
		k       uint16
		name    nameID
		pkg     pkg
	}
	installed := &apk.InstalledPackage{}
	tests := []struct {
		name string
		a, b side
		v2   int // 1: A is better
		v3   int
	}{
		{"N1 selectable", side{pkg: pkg{selectable: true}}, side{pkg: pkg{used: true}}, 1, 1},
		{"N2 used", side{pkg: pkg{used: true, conflicts: 1}}, side{pkg: pkg{tagOK: true}}, 1, 1},
		{"N3 fewer conflicts", side{}, side{pkg: pkg{conflicts: 1, tagOK: true, installed: installed}}, 1, 1},
		{"N4 kept", side{pkg: pkg{installed: installed, flags: KeepInstalled}}, side{pkg: pkg{tagOK: true}}, 1, 1},
		{"N5 tag allowed", side{pkg: pkg{tagOK: true}}, side{pkg: pkg{tagPref: true, installed: installed}}, 1, 1},
		{"N6 available", side{pkg: pkg{available: true, flags: Available}}, side{pkg: pkg{tagPref: true}}, 1, 1},
		{"N6 only if asked for", side{pkg: pkg{available: true}}, side{pkg: pkg{tagPref: true}}, -1, -1},
		{"N7 tag preferred", side{pkg: pkg{tagPref: true}}, side{pkg: pkg{installed: installed}}, 1, 1},
		{"N8 installed", side{version: "1", pkg: pkg{installed: installed}}, side{version: "2"}, 1, 1},
		{"N8 not when upgrading", side{version: "1", pkg: pkg{installed: installed, flags: Upgrade}}, side{version: "2"}, -1, -1},
		{"N8 not when removing", side{version: "1", pkg: pkg{installed: installed, flags: remove}}, side{version: "2"}, -1, -1},
		{"N8 virtual", side{name: 1, k: 1}, side{k: 0, pkg: pkg{installed: installed}}, -1, 1},
		{"C1 version", side{version: "2", own: "1"}, side{version: "1", own: "2", k: 1}, 1, 1},
		{"C1 unversioned", side{version: "1", own: "1"}, side{own: "2"}, -1, 1},
		{"C2 package version", side{version: "1", own: "2"}, side{version: "1", own: "1", k: 1}, 1, 1},
		{"C2 only of one name", side{version: "1", own: "2", name: 1}, side{version: "1", own: "1", k: 1}, -1, -1},
		{
			"C3 priority and installed",
			side{version: "1", k: 1, pkg: pkg{flags: Upgrade}},
			side{version: "1", pkg: pkg{installed: installed, flags: Upgrade}}, -1, 1,
		},
		{"C6 first repository", side{pkg: pkg{packageInfo: &packageInfo{repos: 1}}}, side{pkg: pkg{packageInfo: &packageInfo{repos: 2}}}, 1, 1},
		{"C6 no repository", side{}, side{pkg: pkg{packageInfo: &packageInfo{repos: 1}}}, 1, 1},
		{"tie", side{}, side{}, 0, 0},
		{
			"L latest ignores what is installed",
			side{version: "2", pkg: pkg{flags: Latest, allowed: untagged}},
			side{version: "1", pkg: pkg{selectable: true, installed: installed, allowed: untagged}}, 1, 1,
		},
		{
			"L not with another tag",
			side{version: "2", pkg: pkg{flags: Latest, allowed: untagged | 2}},
			side{version: "1", pkg: pkg{selectable: true, allowed: untagged}}, -1, -1,
		},
	}
	for _, tt := range tests {
		for g, want := range map[apk.Generation]int{apk.V2: tt.v2, apk.V3: tt.v3} {
			s := &solver{v2: g == apk.V2, req: &Request{Generation: g}}
			var p [2]provider
			for i, x := range []side{tt.a, tt.b} {
				info := packageInfo{}
				if x.pkg.packageInfo != nil {
					info = *x.pkg.packageInfo
				}
				info.name = x.name
				info.meta = &apk.Package{Version: cmp.Or(x.own, "1"), ProviderPriority: x.k}
				x.pkg.packageInfo = &info
				s.pkgs = append(s.pkgs, x.pkg)
				p[i] = provider{pkgID(i), x.version}
			}
			if got := sign(s.prefer(p[0], p[1])); got != want {
				t.Errorf("%s, %v: got %d, want %d", tt.name, g, got, want)
			}
			if got := sign(s.prefer(p[1], p[0])); got != -want {
				t.Errorf("%s reversed, %v: got %d, want %d", tt.name, g, got, -want)
			}
		}
	}
	s := &solver{req: &Request{}}
	if s.prefer(provider{pkg: 0}, nobody) <= 0 {
		t.Error("a package is not better than no package")
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// TestDequeue checks in which order names are decided.
func TestDequeue(t *testing.T) {
	wanted := func(n name) name { n.req = 1; return n }
	tests := []struct {
		name  string
		names []name // enqueued in this order
		v3    []nameID
		v2    []nameID
		old   []nameID // apk 2.14.4
	}{
		{
			name: "highest order first",
			names: []name{
				wanted(name{order: 1, autosel: true}), wanted(name{order: 3, autosel: true}), wanted(name{order: 2, autosel: true}),
			},
			v3: []nameID{1, 2, 0}, v2: []nameID{1, 2, 0}, old: []nameID{1, 2, 0},
		},
		{
			name: "urgent first: 3.0 in the order of arrival, 2.14 the last one",
			names: []name{
				wanted(name{order: 9, autosel: true}),
				wanted(name{order: 1, autosel: true, rdepsDone: true}),
				wanted(name{order: 2, autosel: true, rdepsDone: true}),
				wanted(name{order: 3, autosel: true, rdepsDone: true, options: true}),
			},
			v3: []nameID{1, 2, 0, 3}, v2: []nameID{2, 1, 0, 3}, old: []nameID{2, 1, 0, 3},
		},
		{
			name: "pure virtual names last",
			names: []name{
				wanted(name{order: 9, rdepsDone: true}), wanted(name{order: 1, autosel: true}),
			},
			v3: []nameID{1, 0}, v2: []nameID{1, 0}, old: []nameID{0, 1},
		},
		{
			name: "the request's names first in 2.14",
			names: []name{
				wanted(name{order: 9, autosel: true}), wanted(name{order: 1, autosel: true, userFlags: true}),
			},
			v3: []nameID{0, 1}, v2: []nameID{1, 0}, old: []nameID{1, 0},
		},
		{
			name:  "unwanted names do not wait",
			names: []name{{order: 1}, {order: 2, hasIIF: true}},
			v3:    []nameID{1}, v2: []nameID{1}, old: []nameID{1},
		},
		{
			name: "concrete names, then long chains, before 2.14.7",
			names: []name{
				wanted(name{order: 3}), wanted(name{order: 1, chain: 1}), wanted(name{order: 2, concrete: true}),
			},
			v3: []nameID{0, 2, 1}, v2: []nameID{0, 2, 1}, old: []nameID{2, 1, 0},
		},
	}
	for _, tt := range tests {
		for _, mode := range []struct {
			s    solver
			want []nameID
		}{{solver{}, tt.v3}, {solver{v2: true}, tt.v2}, {solver{v2: true, beforeAutosel: true}, tt.old}} {
			s := mode.s
			s.names = slices.Clone(tt.names)
			for id := range s.names {
				s.enqueue(nameID(id), false)
			}
			var got []nameID
			for id := s.dequeue(); id >= 0; id = s.dequeue() {
				got = append(got, id)
			}
			if !slices.Equal(got, mode.want) {
				t.Errorf("%s, v2 %v, old %v: got %v, want %v", tt.name, s.v2, s.beforeAutosel, got, mode.want)
			}
		}
	}
}

// TestDequeueMoves checks names that change their place while they wait.
func TestDequeueMoves(t *testing.T) {
	s := solver{names: []name{{req: 1, order: 1, autosel: true}, {req: 1, order: 2, autosel: true}, {req: 1, order: 3}}}
	for id := range s.names {
		s.enqueue(nameID(id), false)
	}
	s.names[2].autosel = true
	s.enqueue(2, true) // now ahead of the others
	s.names[0].rdepsDone = true
	s.enqueue(0, false) // now urgent
	s.names[1].fixed, s.names[1].pending = true, pendingState{}
	for _, want := range []nameID{0, 2, -1} {
		if got := s.dequeue(); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
}
