// What must compile on systems that nobody runs the tests on.

package lamina_test

import (
	"os"
	"testing"

	"golang.org/x/tools/go/packages"
)

// TestSystems: the packages and their tests have no error of types on other systems, and the packages none where an int has 32 bits. The program is
// built for each of the six platforms elsewhere; to build the tests as well would take minutes.
func TestSystems(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for three systems")
	}
	for _, s := range []struct {
		os, arch string
		tests    bool
	}{{"windows", "amd64", true}, {"darwin", "arm64", true}, {"linux", "386", false}} {
		t.Run(s.os+"-"+s.arch, func(t *testing.T) {
			config := &packages.Config{
				Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps | packages.NeedTypes |
					packages.NeedTypesSizes,
				Tests: s.tests,
				Env:   append(os.Environ(), "GOOS="+s.os, "GOARCH="+s.arch, "CGO_ENABLED=0"),
			}
			loaded, err := packages.Load(config, "./...")
			if err != nil {
				t.Fatal(err)
			}
			if len(loaded) < 80 {
				t.Errorf("only %d packages were found", len(loaded))
			}
			packages.Visit(loaded, nil, func(p *packages.Package) {
				for _, err := range p.Errors {
					t.Error(err)
				}
			})
		})
	}
}
