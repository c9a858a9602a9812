package busybox_test

import (
	"context"
	"fmt"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/tree"
)

// An applet runs over a tree; here without a shell, which "cut" does not need.
func ExampleSession_Command() {
	root := tree.New()
	if err := root.WriteFile("list", []byte("a:1\nb:2\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	session := &busybox.Session{Tree: root}
	session.Begin()
	call := &busybox.Call{Session: session, Ctx: context.Background(), Tree: session.Tree, Args: []string{"cut", "-d:", "-f2", "list"}, Dir: "/"}
	status, err := session.Command("cut")(call)
	fmt.Print(call.Out.String())
	fmt.Println(status, err)
	// Output:
	// 1
	// 2
	// 0 <nil>
}
