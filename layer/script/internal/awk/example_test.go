package awk_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/awk"
)

func Example() {
	program, err := awk.Parse(`{ sum[$1] += $2 } END { for (k in sum) print k, sum[k] }`)
	if err != nil {
		fmt.Println(err)
		return
	}
	status, err := program.Run(context.Background(), awk.Config{
		Stdin:  strings.NewReader("b 2\na 1\nb 3\n"),
		Stdout: os.Stdout,
	})
	fmt.Println(status, err)
	// Output:
	// a 1
	// b 5
	// 0 <nil>
}
