package apk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVersionCases runs apk-tools' own comparisons, a version file for each
// generation, from the directory LAMINA_SOLVER_CASES.
func TestVersionCases(t *testing.T) {
	dir := casesDirectory(t)
	for file, g := range map[string]Generation{"version-v2.data": V2, "version-v3.data": V3} {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			passed, all := 0, 0
			for line := range strings.Lines(string(text)) {
				line, _, _ = strings.Cut(line, "#")
				words := strings.Fields(line)
				if len(words) == 0 {
					continue
				}
				all++
				if versionCase(g, words) {
					passed++
				} else {
					t.Errorf("%q does not hold", strings.Join(words, " "))
				}
			}
			t.Logf("%d of %d", passed, all)
			if all == 0 {
				t.Error("no cases")
			}
		})
	}
}

// versionCase says whether "VERSION", "!VERSION" or "A OP B" holds.
func versionCase(g Generation, words []string) bool {
	if len(words) == 1 {
		version, invalid := strings.CutPrefix(words[0], "!")
		return g.ValidVersion(version) != invalid
	}
	op, negated := strings.CutPrefix(words[1], "!")
	var want Op
	for _, c := range op {
		switch c {
		case '<':
			want |= Less
		case '>':
			want |= Greater
		case '=', '~':
			want |= Equal
		}
	}
	got := g.CompareVersions(words[0], words[2], strings.Contains(op, "~"))
	return (got&want != 0) != negated
}

// TestVersionExamples are those of SPEC-md 5.3 in which the generations
// differ, and some in which they do not.
func TestVersionExamples(t *testing.T) {
	for _, c := range []struct {
		a, b   string
		v2, v3 Op
	}{
		{"1.0", "1.0-r0", Less, Less},
		{"1.0", "1.0.0", Less, Less},
		{"1.0a", "1.0.1", Less, Less},
		{"1.0_rc1", "1.0", Less, Less},
		{"1.0_p1", "1.0", Greater, Greater},
		{"1.10", "1.9", Greater, Greater},
		{"1.2.3-r1", "1.2.3_p1", Less, Less},
		{"01.0", "1.0", Equal, Equal},
		{"1_p", "1_p0", Less, Less},
		{"1.0_alpha1_pre2", "1.0_alpha1", Less, Less},
		{"1.010", "1.01", Greater, Greater},
		{"1.00", "1.0", Less, Greater},
		{"8.2.0", "8.2.001", Greater, Less},
		{"8.2.0015", "8.2.002", Greater, Less},
		{"1.0~abc", "1.0~abd", Equal, Less},
		{"1.0~abc", "1.0", Greater, Greater},
		{"999999999999999999999.1", "1.0", Less, Greater},
		{"", "1.0", Less | Equal | Greater, Less},
		{"", "", Equal, Equal},
	} {
		if got := V2.CompareVersions(c.a, c.b, false); got != c.v2 {
			t.Errorf("apk 2: %q against %q gives %q, want %q", c.a, c.b, got, c.v2)
		}
		if got := V3.CompareVersions(c.a, c.b, false); got != c.v3 {
			t.Errorf("apk 3: %q against %q gives %q, want %q", c.a, c.b, got, c.v3)
		}
	}
}

func TestGenerationOf(t *testing.T) {
	for version, want := range map[string]Generation{
		"": V3, "2.14.4-r0": V2, "2.9.0": V2, "1.0": V2, "3.0.0_rc1-r0": V3, "20.1": V3, "10.0": V3,
	} {
		if got := GenerationOf(version); got != want {
			t.Errorf("apk-tools %q is of %s, want %s", version, got, want)
		}
	}
}

func BenchmarkCompareVersions(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		V3.CompareVersions("1.2.4_git20230717-r4", "1.2.4_git20230717-r5", false)
	}
}

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
