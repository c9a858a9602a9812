package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/oci/inspect"
)

// TestWriteImage: no line is longer than a terminal is wide, as far as there is anything to leave out, and without a
// width nothing is left out.
func TestWriteImage(t *testing.T) {
	r := &inspect.Report{
		Reference: "oci:image:latest", Layers: []inspect.Layer{{}, {CreatedBy: "lamina build " + strings.Repeat("package ", 30) + "last"}},
		Effects: inspect.Effects{Users: []string{"u\x1b[31m"}, Removed: []string{"/etc/first", "/" + strings.Repeat("deep/", 20)}, RemovedCount: 7},
	}
	for i := range 100 {
		r.World = append(r.World, fmt.Sprintf("package-%d", i))
	}
	many := inspect.Package{Name: "needed", Version: "1-r0", License: strings.Repeat("MIT AND ", 12) + "ISC", Layer: 1, NeededBy: r.World}
	r.Packages = []inspect.Package{many, {Name: "wanted", Version: "1-r0", Layer: 2, Wanted: true, NeededBy: []string{"x"}}}
	print := func(width int) string {
		var b strings.Builder
		if err := WriteImage(&b, r, width); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, width := range []int{60, 80, 132} {
		for line := range strings.Lines(print(width)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns: a line of %d: %s", width, n, line)
			}
		}
	}
	// Where the columns are too many, a line above the packages says their layer, and the reason has more room.
	long := *r
	long.Packages = []inspect.Package{
		{Name: "alpine-baselayout-data", Version: "1.2.4_git20230717-r4", Layer: 1, NeededBy: []string{"apk-tools"}},
		{Name: "nginx", Version: "1-r0", Layer: 2, Wanted: true},
	}
	var grouped strings.Builder
	if err := WriteImage(&grouped, &long, 76); err != nil ||
		!strings.Contains(grouped.String(), "\nlayer 1:\nalpine-baselayout-data  1.2.4_git20230717-r4  0 B        needed by apk-tools\n") {
		t.Errorf("%v:\n%s", err, grouped.String())
	}
	narrow, whole := print(80), print(0)
	for _, want := range []string{"needed by 100", "world", "layer 2: files removed: /etc/first and 6 more\n", `layer 2: users created: "u\x1b[31m"`} {
		if !strings.Contains(narrow, want) {
			t.Errorf("80 columns: no %q in\n%s", want, narrow)
		}
	}
	for _, want := range []string{"package last\n", "AND ISC ", "package-98 package-99\n", "world; needed by x\n"} {
		if !strings.Contains(whole, want) {
			t.Errorf("no %q in\n%s", want, whole)
		}
	}
	if strings.Contains(whole, "LARGEST FILE") {
		t.Errorf("a table of nothing in\n%s", whole)
	}
	if narrow == whole || strings.Contains(whole, "\x1b") {
		t.Errorf("printed:\n%s", whole)
	}
}
