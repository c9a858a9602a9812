package solver_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

func Example() {
	index, err := apk.ReadIndex(strings.NewReader(`C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAE=
P:nginx
V:1.24.0-r15
I:1
D:so:libpcre2-8.so.0

C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAI=
P:pcre2
V:10.42-r2
I:1
p:so:libpcre2-8.so.0=0.11.2

`), apk.V3)
	if err != nil {
		fmt.Println(err)
		return
	}
	req := solver.Request{Repositories: []solver.Repository{{Index: index}}}
	req.Add([]apk.Dependency{{Name: "nginx"}}, 0)
	solution, err := solver.Solve(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, change := range solution.Changes {
		fmt.Println(change)
	}
	for _, step := range solution.Explain(apk.V3, "pcre2")[0] {
		fmt.Println(step)
	}
	// Output:
	// Installing pcre2 (10.42-r2)
	// Installing nginx (1.24.0-r15)
	// world[nginx] -> nginx-1.24.0-r15
	// nginx-1.24.0-r15[so:libpcre2-8.so.0] -> pcre2-10.42-r2
}
