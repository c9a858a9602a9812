package linediff

import (
	"bytes"
	"errors"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// TestChanges: the changes between random files turn one into the other, and what lies between them is equal in both.
func TestChanges(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	file := func() []string {
		lines := make([]string, random.Intn(12))
		for i := range lines {
			lines[i] = string('a'+rune(random.Intn(4))) + "\n"
		}
		return lines
	}
	for range 5000 {
		a, b := file(), file()
		changes, err := Changes(a, b, func(int) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		at, to := 0, 0
		for _, c := range changes {
			if c.A-at != c.B-to || c.A == c.AEnd && c.B == c.BEnd {
				t.Fatalf("%q, %q: got %v", a, b, changes)
			}
			got = append(append(got, a[at:c.A]...), b[c.B:c.BEnd]...)
			at, to = c.AEnd, c.BEnd
		}
		if got = append(got, a[at:]...); !slices.Equal(got, b) || len(a)-at != len(b)-to {
			t.Fatalf("%q, %q: %v make %q", a, b, changes, got)
		}
	}
}

// TestWrite expects what GNU diffutils 3.8 prints with "diff -u", without the names.
func TestWrite(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "x\n", "@@ -0,0 +1 @@\n+x\n"},
		{"x\n", "", "@@ -1 +0,0 @@\n-x\n"},
		{"a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"a\nb", "a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n3\n4\n5\n6\n7\n8\n9\nx\n", "@@ -1,5 +1,4 @@\n 1\n-2\n 3\n 4\n 5\n@@ -7,3 +6,4 @@\n 7\n 8\n 9\n+x\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n", "1\n3\n4\n5\n6\n7\n8\nx\n", "@@ -1,8 +1,8 @@\n 1\n-2\n 3\n 4\n 5\n 6\n 7\n 8\n+x\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n", "1\n3\n4\n5\n6\n7\n8\n9\n0\nx\n", "@@ -1,5 +1,4 @@\n 1\n-2\n 3\n 4\n 5\n@@ -8,3 +7,4 @@\n 8\n 9\n 0\n+x\n"},
	} {
		a, b := slices.Collect(strings.Lines(c.a)), slices.Collect(strings.Lines(c.b))
		changes, err := Changes(a, b, func(int) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if Write(&out, a, b, changes, 3); out.String() != c.want {
			t.Errorf("%q, %q: got\n%s\nwant\n%s", c.a, c.b, out.String(), c.want)
		}
	}
}

// TestSpend: the number of pairs is told for each line that the ends do not have in common, and an error ends the comparison.
func TestSpend(t *testing.T) {
	var told []int
	end := errors.New("end")
	_, err := Changes([]string{"p", "x", "y", "x", "s"}, []string{"p", "x", "x", "q", "s"}, func(pairs int) error {
		if told = append(told, pairs); len(told) == 2 {
			return end
		}
		return nil
	})
	if err != end || !slices.Equal(told, []int{0, 1}) {
		t.Errorf("got %v, %v", told, err)
	}
}
