package hashparts

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"errors"
	"hash"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/cache"
)

const (
	format = "lamina hash parts 1\n"

	// A part has so many bytes, or more if there would be too many of them. Only the last may have fewer.
	minPart, maxParts = 8 << 20, 256

	maxEntry = maxParts * 512 // bytes: a state of SHA-512 has 204
)

// partSize returns how many bytes the parts of a blob have: a multiple of minPart.
func partSize(size int64) int64 {
	parts := (size + minPart - 1) / minPart
	return max(1, (parts+maxParts-1)/maxParts) * minPart
}

// count returns how many parts a blob has.
func count(size int64) int { return int((size + partSize(size) - 1) / partSize(size)) }

// key is the name of a blob's entry in the cache.
func key(d digest.Digest) string {
	sum := sha256.Sum256([]byte(format + d.String()))
	return hex.EncodeToString(sum[:])
}

// A Recorder is a hash that notes its states, for [Recorder.Keep]. It is for one goroutine.
type Recorder struct {
	hash.Hash
	size   int64
	states []string // behind each minPart bytes; too few if the recorder began in the middle
}

// NewRecorder returns a recorder that writes to h, which nothing was written to yet.
func NewRecorder(h hash.Hash) *Recorder { return &Recorder{Hash: h} }

// Write implements [hash.Hash].
func (r *Recorder) Write(p []byte) (int, error) {
	n := len(p)
	for {
		left := minPart - r.size%minPart
		if int64(len(p)) < left {
			break
		}
		r.Hash.Write(p[:left])
		r.size += left
		r.states = append(r.states, state(r.Hash))
		p = p[left:]
	}
	r.size += int64(len(p))
	r.Hash.Write(p)
	return n, nil
}

// MarshalBinary returns the state of the hash (crypto/sha256).
func (r *Recorder) MarshalBinary() ([]byte, error) {
	if m, ok := r.Hash.(encoding.BinaryMarshaler); ok {
		return m.MarshalBinary()
	}
	return nil, errors.ErrUnsupported
}

// From returns a recorder that goes on in h, which was restored to what r was behind size bytes.
func (r *Recorder) From(h hash.Hash, size int64) *Recorder {
	known := min(len(r.states), int(size/minPart))
	return &Recorder{Hash: h, size: size, states: slices.Clip(r.states[:known])}
}

// Keep puts the states into the cache, which may be nil, if the blob is large and they are known from its beginning on. The digest must be
// that of what was written.
func (r *Recorder) Keep(directory *cache.Directory, d digest.Digest) {
	if directory == nil || r.size <= minPart || int64(len(r.states)) != r.size/minPart {
		return
	}
	var entry strings.Builder
	entry.WriteString(format)
	step := int(partSize(r.size) / minPart)
	for i := range count(r.size) - 1 {
		entry.WriteString(r.states[(i+1)*step-1])
	}
	directory.Write(cache.Chains, key(d), []byte(entry.String()))
}

// state returns the state of a hash, "" if it has none.
func state(h hash.Hash) string {
	m, ok := h.(encoding.BinaryMarshaler)
	if !ok {
		return ""
	}
	b, err := m.MarshalBinary()
	if err != nil {
		return ""
	}
	return string(b)
}
