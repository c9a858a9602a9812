package apk

import "testing"

func TestVersionsApk2(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		want  Op
		valid bool // of a
	}{
		{"12_", "12_1", Greater, true},
		{"2_", "_rc_", Greater, true},
		{"10.001_", "10.0a1_", Less, true},
		{"1.0_foo", "1.0", Less, false},
		{"1.0", "1.0_foo", Greater, true},
		{"1.9.9_hg01_foo", "1.9.9_hg01-r1_foo", Less, false},
		{"0.09_foo", "0.09-r1foo", Less, false},
		{"12..", "12_p..", Greater, true},
		{"1", "1_p", Less, true},
		{"9a", "9_pa", Greater, true},
		{"12.00_hg_svn", "12.00_hg-r1_svn", Greater, true},
		{"10.09__foo1-r01", "10.09__foo1-r01-r1", Equal, false},
		{"12.123456789012345678", "12.1234567890123.15678", Less, false},
		{"1.090a-r00", "1.090a-000", Less, true},
		{"9.1.10a_pr09", "9.1.10a1_pr09", Less, false},
		{"1_pr_beta-r01", "1.1pr_beta-r01", Less, false},
	} {
		if got := V2.CompareVersions(c.a, c.b, false); got != c.want {
			t.Errorf("%q to %q is %s, want %s", c.a, c.b, got, c.want)
		}
		if got := V2.ValidVersion(c.a); got != c.valid {
			t.Errorf("%q: valid is %t, want %t", c.a, got, c.valid)
		}
	}
}

func TestCompareVersionsFuzzy(t *testing.T) {
	for _, c := range []struct {
		a, b   string
		v2, v3 Op
	}{
		{"3.6.9_p1", "3.6", Equal, Equal},
		{"3.8", "3.8.1", Equal, Less},
		{"2.2", "2.2.1", Equal, Less},
		{"1.0.1-r0", "1.0.1_rc2", Equal, Greater},
		{"3.5", "3.6", Less, Less},
		{"3.7", "3.6", Greater, Greater},
	} {
		if got := V2.CompareVersions(c.a, c.b, true); got != c.v2 {
			t.Errorf("apk 2: %q to ~%q is %s, want %s", c.a, c.b, got, c.v2)
		}
		if got := V3.CompareVersions(c.a, c.b, true); got != c.v3 {
			t.Errorf("apk 3: %q to ~%q is %s, want %s", c.a, c.b, got, c.v3)
		}
	}
}

func TestVersionsDoNotAllocate(t *testing.T) {
	for _, g := range []Generation{V2, V3} {
		if n := testing.AllocsPerRun(100, func() {
			g.CompareVersions("1.2.30_alpha1-r10", "1.2.30_alpha2-r10", true)
			g.ValidVersion("1.2.30_alpha1-r10")
		}); n != 0 {
			t.Errorf("%s: %v allocations", g, n)
		}
	}
}

func BenchmarkValidVersion(b *testing.B) {
	for _, g := range []Generation{V2, V3} {
		b.Run(g.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.ValidVersion("1.2.30_alpha1-r10")
			}
		})
	}
}
