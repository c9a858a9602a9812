package layer

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hashparts"
)

// A layer's digest and diffID are each one SHA-256 over all of it. So that not everything must
// be hashed, nor inflated to be hashed, when little has changed, the state of the hash is kept here and
// there between segments, under a key of what stands before it. The next layer that begins
// with the same segments goes on from the last such state.
//
// A state says nothing that its key does not: that of a diffID has the keys of
// all segments so far, which their tars are functions of; that of a digest has the
// SHA-256 of each segment's bytes too.
type chain struct {
	directory *cache.Directory
	link      []byte // digest of what stands before here
	at        int    // segments that stand before here
	isOpen    bool   // all of them have a key

	known int         // segments that needed no hashing
	taken []hashState // behind each of them, if they come from a draft
	hash  hash.Hash   // a *hashparts.Recorder if it is known from its beginning on
	size  int64       // bytes hashed, those of the known included
	kept  int64       // of them, when a state was kept last
}

const (
	chainFormat = "lamina chain 3\n"

	// chainStep is how many bytes are between two states.
	chainStep = 8 << 20

	maxChain = 1024 // bytes of an entry
)

// newChain finds the state that has come furthest along the parts. Chains of
// different things differ in their labels.
func newChain(directory *cache.Directory, label string, parts []string) *chain {
	c := &chain{directory: directory, link: []byte(chainFormat + label), isOpen: directory != nil, hash: hashparts.NewRecorder(sha256.New())}
	link, links := c.link, make([]string, len(parts))
	for i, part := range parts {
		link = nextLink(link, part)
		links[i] = hex.EncodeToString(link)
	}
	for i := len(links) - 1; i >= 0; i-- {
		text, err := directory.Read(cache.Chains, links[i], maxChain)
		var h hash.Hash
		var size int64
		if err == nil {
			h, size, err = parseChain(text)
		}
		if errors.Is(err, cache.ErrDamaged) {
			directory.Discard(cache.Chains, links[i], fmt.Errorf("state of a hash: %w", err))
		}
		if err != nil {
			continue
		}
		c.known, c.hash, c.size, c.kept = i+1, h, size, size
		break
	}
	return c
}

func nextLink(link []byte, part string) []byte {
	next := sha256.Sum256(append(link[:len(link):len(link)], part...))
	return next[:]
}

// isKnown says whether the bytes of a segment are not to be written.
func (c *chain) isKnown(segment int) bool { return segment < c.known }

func (c *chain) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return c.hash.Write(p)
}

// take takes up the last of the states behind the first segments of a draft, unless more is known.
func (c *chain) take(behind []hashState, draft *draftHash) {
	if len(behind) <= c.known {
		return
	}
	last := behind[len(behind)-1]
	h := sha256.New()
	if h.(encoding.BinaryUnmarshaler).UnmarshalBinary(last.state) != nil {
		return
	}
	c.known, c.taken, c.hash, c.size, c.kept = len(behind), behind, draft.hash.From(h, last.size), last.size, 0
}

// pass ends a segment, whose part is "" if nobody knows what it depends on. The last one
// with a part always leaves a state.
func (c *chain) pass(part string, isLast bool) {
	c.isOpen = c.isOpen && part != ""
	if !c.isOpen {
		return
	}
	c.link = nextLink(c.link, part)
	c.at++
	var behind hashState
	switch {
	case c.at <= len(c.taken):
		behind = c.taken[c.at-1]
	case c.at <= c.known:
		return
	default:
		behind.size = c.size
	}
	if !isLast && behind.size-c.kept < chainStep {
		return
	}
	if behind.state == nil {
		var err error
		if behind.state, err = c.hash.(encoding.BinaryMarshaler).MarshalBinary(); err != nil {
			return
		}
	}
	c.kept = behind.size
	b := binary.BigEndian.AppendUint64([]byte(chainFormat), uint64(behind.size))
	c.directory.Write(cache.Chains, hex.EncodeToString(c.link), append(b, behind.state...))
}

func parseChain(text []byte) (h hash.Hash, size int64, err error) {
	rest, ok := bytes.CutPrefix(text, []byte(chainFormat))
	h = sha256.New()
	if !ok || len(rest) < 8 || h.(encoding.BinaryUnmarshaler).UnmarshalBinary(rest[8:]) != nil {
		return nil, 0, cache.ErrDamaged
	}
	return h, int64(binary.BigEndian.Uint64(rest)), nil
}
