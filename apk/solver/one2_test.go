package solver_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

func TestTwo(t *testing.T) {
	a := os.Getenv("ADD")
	if a == "" {
		t.Skip()
	}
	r := openRelease(t, apk.V2)
	c, _ := solver.NewCatalog(r.Repositories)
	got, err := runResolve(t.Context(), c, r, strings.Fields(a))
	fmt.Println(got, err)
}
