package solver

import (
	"fmt"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

// TestCatalogs: the same repositories have one catalog, and only the last few are kept.
func TestCatalogs(t *testing.T) {
	index := &apk.Index{Packages: []*apk.Package{{Name: "a", Version: "1"}}}
	of := func(name string) []Repository { return []Repository{{Name: name, Index: index}} }
	var c Catalogs
	must := func(repositories []Repository) *catalog {
		t.Helper()
		catalog, err := c.of(repositories)
		if err != nil {
			t.Fatal(err)
		}
		return catalog
	}
	first := must(of("x"))
	if must(of("x")) != first {
		t.Error("the same repositories have another catalog")
	}
	for _, other := range [][]Repository{of("y"), {{Name: "x", Index: &apk.Index{}}}, {{Name: "x", Index: index, Tag: "t"}}} {
		if must(other) == first {
			t.Errorf("%v have the catalog of others", other)
		}
	}
	for i := range 2 * maxCatalogs {
		must(of(fmt.Sprint(i)))
		if i < maxCatalogs && must(of("x")) != first {
			t.Error("the catalog that was used last is not kept")
		}
	}
	if must(of("x")) == first || len(c.kept) != maxCatalogs {
		t.Errorf("%d catalogs are kept", len(c.kept))
	}
	if catalog, err := (*Catalogs)(nil).of(of("x")); err != nil || len(catalog.packages) != 1 {
		t.Errorf("%v, %v", catalog, err)
	}
}
