package layer

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/lamina-oci/lamina/layer/cache"
)

// A layer's diffID is one SHA-256 over its whole tar, and hashing what comes out of the
// cache would mean inflating it. So the state of the hash is kept here and there between
// segments, under a key of all that the tar depends on up to there. The next layer that
// begins with the same segments goes on from the last such state.
//
// That is as safe as the segments in the cache are: a segment's key already says that its
// tar is the same, and the state is a function of the tars.
type chain struct {
	cache *cache.Folder
	keys  []string // what the tar depends on up to the end of each segment

	known int // segments whose tars the state below is of
	hash  hash.Hash
	size  int64 // bytes of the tars

	kept int64 // how far the tar was when a state was kept last
}

const (
	chainFormat = "lamina chain 1\n"

	// chainStep is how many bytes of tar are between two states.
	chainStep = 8 << 20

	maxChain = 1024 // bytes of an entry
)

// resumeChain finds the state that has come furthest.
func resumeChain(folder *cache.Folder, keys []string) *chain {
	c := &chain{cache: folder, keys: keys}
	for i := len(keys) - 1; i >= 0; i-- {
		text, err := folder.Read(cache.Chains, keys[i], maxChain)
		if err != nil {
			continue
		}
		h, size := parseChain(text)
		if h == nil {
			folder.Discard(cache.Chains, keys[i], fmt.Errorf("state of a hash: %w", errDamaged))
			continue
		}
		c.known, c.hash, c.size, c.kept = i+1, h, size, size
		return c
	}
	return c
}

// pass is told the state at the end of each segment.
func (c *chain) pass(i int, h hash.Hash, size int64) {
	isLast := i == len(c.keys)-1
	if i < c.known || i >= len(c.keys) || !isLast && size-c.kept < chainStep {
		return
	}
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return
	}
	c.kept = size
	b := binary.BigEndian.AppendUint64([]byte(chainFormat), uint64(size))
	b = append(b, state...)
	sum := sha256.Sum256(b)
	c.cache.Write(cache.Chains, c.keys[i], append(b, sum[:]...))
}

func parseChain(text []byte) (hash.Hash, int64) {
	end := len(text) - sha256.Size
	if end < len(chainFormat)+8 || !bytes.HasPrefix(text, []byte(chainFormat)) {
		return nil, 0
	}
	if sum := sha256.Sum256(text[:end]); !bytes.Equal(sum[:], text[end:]) {
		return nil, 0
	}
	rest := text[len(chainFormat):end]
	h := sha256.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(rest[8:]); err != nil {
		return nil, 0
	}
	return h, int64(binary.BigEndian.Uint64(rest))
}
