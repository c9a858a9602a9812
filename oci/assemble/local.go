package assemble

import (
	"io"
	"os"

	"github.com/lamina-oci/lamina/layer/tree"
)

// LocalFile is the content of a file on this machine, for the spec's own files.
func LocalFile(name string) tree.Content { return localFile(name) }

type localFile string

func (name localFile) Open() (io.ReadCloser, error) { return os.Open(string(name)) }
