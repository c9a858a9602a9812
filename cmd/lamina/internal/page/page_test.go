package page

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/inspect"
)

// hostile is text that would do something if it were not escaped.
const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>" onclick="alert(3)`

func sample() *inspect.Report {
	created := time.Unix(1_700_000_000, 0).UTC()
	r := &inspect.Report{
		Reference: "oci:image:" + hostile, Platform: "linux/amd64", Manifest: "sha256:abc", Created: &created, Size: 4_000_000,
		Config:      v1.ImageConfig{Entrypoint: []string{hostile}, Env: []string{"A=" + hostile}, ExposedPorts: map[string]struct{}{"8888/tcp": {}}},
		Annotations: map[string]string{hostile: hostile},
		World:       []string{"nginx"},
		Effects: inspect.Effects{Users: []string{hostile}, Groups: []string{hostile}, Removed: []string{hostile}, RemovedCount: 3,
			Others: []inspect.File{{Path: "/" + hostile, Size: 7, Layer: 2}}, OtherCount: 2,
			Changed: []inspect.File{{Path: "/" + hostile, Size: 7, Package: hostile, Layer: 2}}, ChangedCount: 1},
		Provenance: &inspect.Provenance{Builder: hostile, Packages: []string{hostile}, Files: []string{hostile}, Recipe: hostile},
		Referrers:  []inspect.Referrer{{ArtifactType: hostile, Digest: "sha256:c", Size: 9}},
		Layers: []inspect.Layer{{Digest: "sha256:a", Size: 3_000_000, CreatedBy: hostile, Removed: []string{hostile}},
			{Digest: "sha256:b", Size: 1_000_000, SkippedScripts: []string{hostile}}},
		Files: []inspect.File{{Path: "/" + hostile, Size: 7, Package: hostile, Layer: 1}},
		Directories: []inspect.Directory{{Path: "/lib", Size: 10}, {Path: "/usr", Size: 90, Added: 60}, {Path: "/usr/bin", Size: 50, Added: 50},
			{Path: "/usr/lib", Size: 30}, {Path: "/usr/lib/x", Size: 25}},
	}
	websites := [...]string{"javascript:alert(1)", "https://nginx.example/"}
	for i := range 80 {
		r.Packages = append(r.Packages, inspect.Package{Name: hostile + string(rune('a'+i%26)) + strings.Repeat("x", i), Version: hostile, License: hostile,
			Description: hostile,
			Size:        int64(1000 * i), Layer: 1 + i%2, Needs: []string{hostile}, NeededBy: []string{hostile}, Wanted: i%3 == 0,
			Website: websites[i%2], PackageSize: 500})
	}
	return r
}

func write(t *testing.T, r *inspect.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWrite: foreign values stay text, the page loads nothing, and it is the same each time.
func TestWrite(t *testing.T) {
	page := write(t, sample())
	if page != write(t, sample()) {
		t.Error("other bytes the second time")
	}
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d scripts, want 2", n)
	}
	for _, bad := range []string{"<img", "ZgotmplZ", "alert(1)</script>", `" onclick="`} {
		if strings.Contains(page, bad) {
			t.Errorf("has %s", bad)
		}
	}
	links := regexp.MustCompile(`<[a-z]+(?: [a-z-]+="[^"]*")* (?:src|href|action|srcset|data|poster)=("[^"]*"|[^ >"]+)`)
	for _, link := range links.FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(link[1], `"#`) {
			t.Errorf("loads %s", link[0])
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;") && !strings.Contains(page, "default-src 'none'") {
		t.Error("does not forbid to load anything")
	}
	empty := write(t, &inspect.Report{Reference: "scratch"})
	if !strings.Contains(empty, "<h1>scratch</h1>") {
		t.Error("an empty image has no page")
	}
}

// TestSquarify: areas are as sizes are, and rectangles fill the map without lying over each other.
func TestSquarify(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 3, 10, 60} {
		for range 20 {
			sizes := make([]float64, n)
			var all float64
			for i := range sizes {
				sizes[i] = math.Exp(r.Float64() * 12)
				all += sizes[i]
			}
			slices.Sort(sizes)
			slices.Reverse(sizes)
			places := squarify(sizes)
			for i, p := range places {
				if math.Abs(p.w*p.h/1e4-sizes[i]/all) > 1e-9 || p.x < -1e-9 || p.y < -1e-9 || p.x+p.w > 100+1e-6 || p.y+p.h > 100+1e-6 {
					t.Fatalf("%d: %+v for %g of %g", i, p, sizes[i], all)
				}
				for _, q := range places[:i] {
					if min(p.x+p.w, q.x+q.w)-max(p.x, q.x) > 1e-6 && min(p.y+p.h, q.y+q.h)-max(p.y, q.y) > 1e-6 {
						t.Fatalf("%+v overlaps %+v", p, q)
					}
				}
			}
		}
	}
}

func TestTiles(t *testing.T) {
	tiles := packageTiles(sample(), func(inspect.Package) string { return "" })
	var sum int64
	for i, tile := range tiles {
		sum += tile.Size
		if i > 0 && tile.Size > tiles[i-1].Size {
			t.Errorf("tile %d is larger than the one before", i)
		}
	}
	if len(tiles) != maxTiles || sum != 1000*79*80/2 {
		t.Errorf("%d tiles of %d bytes", len(tiles), sum)
	}
	// usr has most of it and is divided; what is in usr itself is a tile of its own.
	got := make(map[string]int64)
	for _, tile := range directoryTiles(sample(), func(inspect.Directory) string { return "" }) {
		got[tile.Name] = tile.Size
	}
	if want := map[string]int64{"/lib": 10, "/usr": 10, "/usr/bin": 50, "/usr/lib": 30}; len(got) != len(want) || got["/usr"] != 10 || got["/usr/bin"] != 50 ||
		got["/usr/lib"] != 30 {
		t.Errorf("folders %v, want %v", got, want)
	}
}

// writeComparison compares the sample with an image that has other packages, directories and files.
func writeComparison(t *testing.T) string {
	t.Helper()
	a, b := sample(), sample()
	b.Reference, b.Size = "oci:other:x", 5_000_000
	b.Packages = append(b.Packages[1:], inspect.Package{Name: "new", Version: "1-r0", Size: 900_000})
	b.Directories = append(b.Directories[1:], inspect.Directory{Path: "/opt", Size: 40})
	d := &diff.Report{
		Packages: []diff.PackageChange{
			{Name: "new", Change: "added", To: "1-r0"}, {Name: a.Packages[0].Name, Change: "removed", From: hostile},
			{Name: a.Packages[5].Name, Change: "upgraded", From: hostile, To: hostile},
		},
		Files: []diff.FileChange{
			{Path: "/" + hostile, Package: hostile, Change: "changed", Fields: []diff.Field{{Name: "mode", From: hostile, To: hostile}}}},
		Config:      []diff.ValueChange{{Path: "config." + hostile, From: hostile, To: hostile}},
		Annotations: []diff.ValueChange{{Path: hostile, To: hostile}},
		Layers:      []diff.LayerChange{{Position: 2, From: &diff.Layer{Digest: "sha256:b", Size: 1_000_000}}},
		FirstByte:   &diff.FirstByte{Layer: 2, Offset: 7, What: hostile},
	}
	var out bytes.Buffer
	if err := WriteComparison(&out, a, b, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestWriteComparison: both images are there with what differs, by colour and in tables, and foreign text stays text.
func TestWriteComparison(t *testing.T) {
	page := writeComparison(t)
	if page != writeComparison(t) {
		t.Error("other bytes the second time")
	}
	if n := strings.Count(page, "<script"); n != 2 || strings.Contains(page, hostile) {
		t.Errorf("%d scripts, and foreign text is markup: %t", n, strings.Contains(page, hostile))
	}
	for _, want := range []string{
		"→ oci:other:x", "+1 MB", "1 added, 1 removed, 1 upgraded", `<span class="tile added" title="new 1-r0, 900 kB"`, `class="tile changed"`,
		`<span class="tile gone" title="/lib, 10 B"`, `<span class="tile added" title="/opt, 40 B"`, "−1 MB", "byte 7",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// TestInBrowser loads the page in Chromium, which has no network: the script runs to its end.
func TestInBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil || testing.Short() {
		t.Skip("needs chromium, and some seconds")
	}
	inBrowser := func(page string) string {
		file := filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom",
			"file://"+file).Output()
		if err != nil {
			t.Skipf("chromium does not run here: %v", err)
		}
		return string(out)
	}
	if dom := inBrowser(writeComparison(t)); !strings.Contains(dom, `data-ready="yes"`) || strings.Contains(dom, "<img") {
		t.Error("the script of a comparison does not run to its end, or foreign text became an element")
	}
	// Among hundreds of packages, those that have nothing to do with the chosen one are not drawn until somebody wants them all.
	for _, count := range []int{60, 300} {
		r := sample()
		r.Packages = nil
		for i := range count {
			p := inspect.Package{Name: fmt.Sprintf("p%d", i), Layer: 1, Wanted: i == 0}
			if i < count-1 {
				p.Needs = []string{fmt.Sprintf("p%d", i+1)}
			}
			if i > 0 {
				p.NeededBy = []string{fmt.Sprintf("p%d", i-1)}
			}
			r.Packages = append(r.Packages, p)
		}
		want := 0
		if count > 100 {
			want = count - 2 // p0 and p1
		}
		dom := inBrowser(write(t, r))
		if n := strings.Count(dom, `<li hidden=""><a href="#needs" class="node`); n != want || strings.Count(dom, `class="node`) != count {
			t.Errorf("%d of %d packages are hidden, want %d", n, count, want)
		}
	}
	dom := inBrowser(write(t, sample()))
	for _, want := range []string{`data-ready="yes"`, `<th scope="col" class="n"><button type="button">Size</button></th>`, `aria-current="true"`,
		`<p class="note">Chosen to begin with`, `<a href="https://nginx.example/" rel="noopener noreferrer">nginx.example</a>`,
		" as a package"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page in the browser has no %s", want)
		}
	}
	if strings.Contains(dom, "<img") || strings.Contains(dom, "javascript:") {
		t.Error("foreign text became an element")
	}
}
