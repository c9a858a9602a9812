package verify

import (
	"context"
	"encoding/hex"
	"io"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hashparts"
)

// Blob returns an error if the content does not match desc, which must have passed [Descriptor]. With a cache, which may be nil, several
// processors verify a large blob at once if it was verified before: see package hashparts.
func Blob(ctx context.Context, blob io.ReaderAt, desc v1.Descriptor, directory *cache.Directory) error {
	isVerified, err := hashparts.Verify(ctx, blob, desc.Digest, desc.Size, directory)
	if isVerified || err != nil {
		return err
	}
	recorder := hashparts.NewRecorder(desc.Digest.Algorithm().Hash())
	r := NewReader(ctx, io.NewSectionReader(blob, 0, desc.Size+1), nil, desc)
	r.hash = recording{recorder, desc}
	if err := Drain(r); err != nil {
		return err
	}
	recorder.Keep(directory, desc.Digest)
	return nil
}

// recording is the verifier of a recorder.
type recording struct {
	*hashparts.Recorder
	desc v1.Descriptor
}

// Verified implements [digest.Verifier].
func (r recording) Verified() bool { return hex.EncodeToString(r.Sum(nil)) == r.desc.Digest.Encoded() }
