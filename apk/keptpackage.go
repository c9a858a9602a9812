package apk

import (
	"io"

	"github.com/lamina-oci/lamina/apk/deflate"
)

// KeptPackage is a package that was read to its end, in memory: it is verified, and need not be
// inflated to be read again. Several readers may read it at once.
type KeptPackage struct {
	control *Control
	tape    *deflate.Tape
}

// Size is how many bytes of memory it takes.
func (k *KeptPackage) Size() int64 { return k.tape.Size() }

// Keep asks, before the first Next, to keep the package in memory if it takes at most limit
// bytes there: what it holds, inflated and as it is stored.
func (p *PackageReader) Keep(limit int64) { p.keep = limit }

// Kept returns the package that was to be kept, once Next has returned io.EOF. It is nil for one
// that is too big, and for one without a data hash.
func (p *PackageReader) Kept() *KeptPackage {
	if p.err != io.EOF || p.tape == nil || !p.tape.IsWhole() {
		return nil
	}
	return &KeptPackage{p.control, p.tape}
}

// ResetKept begins with a package that was kept, and keeps memory. The generation is that which it was
// read by.
func (p *PackageReader) ResetKept(k *KeptPackage, g Generation) {
	p.Reset(noFile{}, g)
	p.control, p.kept = k.control, k
}

// noFile is what is read of a package that is in memory.
type noFile struct{}

func (noFile) Read([]byte) (int, error) { return 0, io.EOF }

// blockReader is a [deflate.Member] or a [deflate.Player].
type blockReader interface {
	io.Reader
	Block(max, back int64) (deflate.Block, bool, error)
}
