package script_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A package's script changes a tree, and nothing else.
func ExampleRun() {
	root := tree.New()
	root.Now = time.Unix(1_700_000_000, 0)
	for _, dir := range []string{"bin", "etc", "var/lib"} {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			fmt.Println(err)
		}
	}
	for name, content := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:root\n", "etc/shadow": "root:*::0:::::\n",
		"bin/adduser": "", "bin/addgroup": "",
	} {
		if err := root.WriteFile(name, []byte(content), 0o755); err != nil {
			fmt.Println(err)
		}
	}
	err := script.Run(context.Background(), script.Options{Tree: root, Generation: apk.V3, Now: root.Now, Output: os.Stdout}, script.Script{
		Package: "nginx", Version: "1.22.1-r9", Type: apk.PreInstall, Args: []string{"1.22.1-r9"},
		Body: []byte(`#!/bin/sh
addgroup -S nginx
adduser -S -D -h /var/lib/nginx -s /sbin/nologin -G nginx -g nginx nginx
echo "made a user for $APK_PACKAGE $1"
`),
	})
	if err != nil {
		fmt.Println(err)
	}
	passwd, err := root.ReadFile("etc/passwd", 1<<20)
	fmt.Print(string(passwd), err, "\n")
	// Output:
	// made a user for nginx 1.22.1-r9
	// root:x:0:0:root:/root:/bin/sh
	// nginx:x:100:100:nginx:/var/lib/nginx:/sbin/nologin
	// <nil>
}
