package busybox

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"path"
)

// checksums are md5sum and its like.
func checksums(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	sum := map[string]func() hash.Hash{"md5sum": md5.New, "sha1sum": sha1.New, "sha256sum": sha256.New, "sha512sum": sha512.New}[path.Base(c.Args[0])]
	return c.inputs(args, messages{"can't open '%s': %s", "can't read '%s': Is a directory"}, func(name string, content []byte) error {
		h := sum()
		h.Write(content)
		fmt.Fprintf(&c.Out, "%x  %s\n", h.Sum(nil), name)
		return nil
	})
}
