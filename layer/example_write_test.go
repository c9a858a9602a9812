package layer_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/tree"
)

// A layer is the difference of two trees, wherever they come from.
func ExamplePrepare() {
	base := tree.New()
	base.Now = time.Unix(1_600_000_000, 0)
	fatalIf(base.MkdirAll("etc/app", 0o755))
	fatalIf(base.WriteFile("etc/app/old.conf", []byte("listen 80\n"), 0o644))
	fatalIf(base.WriteFile("etc/hostname", []byte("base\n"), 0o644))

	staged := base.Clone()
	fatalIf(staged.Remove("etc/app/old.conf"))
	fatalIf(staged.WriteFile("etc/app/new.conf", []byte("listen 8888\n"), 0o600))
	fatalIf(staged.Symlink("new.conf", "etc/app/current"))

	var out bytes.Buffer
	l, err := layer.Prepare(context.Background(), base, staged, nil, layer.DefaultRecipe(), layer.WriteOptions{})
	fatalIf(err)
	result, err := l.Write(context.Background(), &out)
	fatalIf(err)
	fmt.Println(result.MediaType)
	fmt.Println(result.Files, "files,", result.Whiteouts, "whiteout")

	z, err := gzip.NewReader(&out)
	fatalIf(err)
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		fatalIf(err)
		fmt.Println(h.Name)
	}
	// Output:
	// application/vnd.oci.image.layer.v1.tar+gzip
	// 2 files, 1 whiteout
	// etc/app/.wh.old.conf
	// etc/app/current
	// etc/app/new.conf
}

func fatalIf(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
