package verify

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/internal/hashparts"
)

// TestBlob: a blob that is intact is so without and with the states of its hash, one that is not is found, and only the first is remembered.
func TestBlob(t *testing.T) {
	ctx, good := context.Background(), make([]byte, 20<<20)
	rand.NewChaCha8([32]byte{1}).Read(good)
	bad := bytes.Clone(good)
	bad[9<<20]++
	directory := cachetest.Open(t.TempDir())
	defer directory.Close()
	for _, algorithm := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
		desc := v1.Descriptor{Digest: algorithm.FromBytes(good), Size: int64(len(good))}
		isRemembered := func() bool {
			ok, err := hashparts.Verify(ctx, bytes.NewReader(good), desc.Digest, desc.Size, directory)
			return ok && err == nil
		}
		for _, f := range []*cache.Directory{nil, directory, directory} {
			before := isRemembered()
			for name, blob := range map[string][]byte{"altered": bad, "longer": append(bytes.Clone(good), 0), "shorter": good[:len(good)-1], "empty": {}} {
				if Blob(ctx, bytes.NewReader(blob), desc, f) == nil {
					t.Errorf("%s: %s is taken", algorithm, name)
				}
			}
			if isRemembered() != before {
				t.Errorf("%s: what is remembered changes by wrong blobs", algorithm)
			}
			if err := Blob(ctx, bytes.NewReader(good), desc, f); err != nil {
				t.Errorf("%s: %v", algorithm, err)
			}
		}
		if !isRemembered() {
			t.Errorf("%s: is not remembered", algorithm)
		}
		ended, end := context.WithCancel(ctx)
		end()
		if err := Blob(ended, bytes.NewReader(good), desc, directory); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want the end of the context", algorithm, err)
		}
	}
}
