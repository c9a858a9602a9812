package shell_test

import (
	"context"
	"fmt"
	"os"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell"
	"github.com/lamina-oci/lamina/layer/tree"
)

func ExampleRun() {
	session := &busybox.Session{Tree: tree.New(), Output: os.Stdout, Script: "hello", Package: "hello"}
	status, err := shell.Run(context.Background(), session, "hello", []string{"a", "b"}, []byte("#!/bin/sh\necho $(( $# ** 3 ))\nexit 4\n"))
	fmt.Println(status, err)
	// Output:
	// 8
	// 4 <nil>
}
