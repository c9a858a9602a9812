package repository_test

import (
	"context"
	"fmt"
	"os"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// Reads an index and a package of it. A directory stands for the URL of a server here.
func Example() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(directory)
	if err := (fixtures.Repository{Packages: []fixtures.Package{{Name: "hello"}}}).Write(directory); err != nil {
		fmt.Println(err)
		return
	}

	client := &repository.Client{}
	defer client.Close()
	list, err := repository.ParseArgument(directory, apk.V3, "x86_64")
	if err != nil {
		fmt.Println(err)
		return
	}
	index, err := client.Index(ctx, list[0], "x86_64", fixtures.KeyRing(), apk.V3)
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := client.Package(ctx, list[0], index.Packages[0], "x86_64", apk.V3)
	if err != nil {
		fmt.Println(err)
		return
	}
	content, err := source.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer content.Close()
	control, err := apk.NewPackageReader(content, apk.V3).Control()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(control.ID(), control.Identity == index.Packages[0].Identity)
	// Output: hello-1.0-r0 true
}
