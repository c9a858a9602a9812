package verify

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/cache"
)

// A digest is one hash over all of a blob, which one processor computes from the first byte to the last. When a large blob is
// verified, the states of its hash are kept, one behind each part. The next time, all parts are hashed at once, each from the
// state that should be there before it, and must come to the state that should be there behind it; the last one must come to the
// digest. That proves as much as hashing them in order, whoever has kept the states: one that is wrong is not reached from the one before it.

const (
	partsFormat = "lamina parts 1\n"

	// A part has so many bytes, or more if there would be too many of them.
	minPart, maxParts = 8 << 20, 256

	maxProcessors = 8

	maxStates = maxParts * 512 // bytes of an entry: a state of SHA-512 has 204
)

// partSize returns how many bytes the parts of a blob have. Only the last may have fewer.
func partSize(size int64) int64 {
	parts := (size + minPart - 1) / minPart
	return max(1, (parts+maxParts-1)/maxParts) * minPart
}

// Blob returns an error if the content does not match desc, which must have passed [Descriptor]. The folder, which may be nil, keeps the
// states of the hash, with which several processors verify a large blob at once.
func Blob(ctx context.Context, blob io.ReaderAt, desc v1.Descriptor, folder *cache.Folder) error {
	inOrder := func() io.Reader { return io.NewSectionReader(blob, 0, desc.Size+1) }
	if folder == nil || desc.Size <= minPart {
		return Drain(NewReader(ctx, inOrder(), nil, desc))
	}
	p := parts{blob: blob, desc: desc, size: partSize(desc.Size)}
	if p.states = p.kept(folder); p.states != nil {
		err := p.verify(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		p.states = nil // either these are wrong or the blob is
	}
	r := NewReader(ctx, inOrder(), nil, desc)
	h := p.newHash()
	r.hash = h
	for range p.count() - 1 {
		if err := Drain(io.LimitReader(r, p.size)); err != nil {
			return err
		}
		p.states = append(p.states, h.state())
	}
	if err := Drain(r); err != nil {
		return err
	}
	p.keep(folder)
	return nil
}

// parts are those of one blob.
type parts struct {
	blob   io.ReaderAt
	desc   v1.Descriptor
	size   int64
	states []string // behind each part but the last
}

func (p *parts) count() int { return int((p.desc.Size + p.size - 1) / p.size) }

// key is the name of the cache's entry.
func (p *parts) key() string {
	sum := sha256.Sum256([]byte(partsFormat + p.desc.Digest.String()))
	return hex.EncodeToString(sum[:])
}

// kept returns the states that the folder has, nil if there are none.
func (p *parts) kept(folder *cache.Folder) []string {
	text, err := folder.Read(cache.Chains, p.key(), maxStates)
	if errors.Is(err, cache.ErrDamaged) {
		folder.Discard(cache.Chains, p.key(), fmt.Errorf("states of a hash: %w", err))
	}
	rest, isParts := strings.CutPrefix(string(text), partsFormat)
	n := p.count() - 1
	if err != nil || !isParts || len(rest) == 0 || len(rest)%n != 0 {
		return nil
	}
	states, size := make([]string, n), len(rest)/n
	for i := range states {
		states[i] = rest[i*size : (i+1)*size]
	}
	return states
}

func (p *parts) keep(folder *cache.Folder) {
	folder.Write(cache.Chains, p.key(), []byte(partsFormat+strings.Join(p.states, "")))
}

// verify hashes all parts, as many at once as there are processors.
func (p *parts) verify(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(runtime.GOMAXPROCS(0), maxProcessors))
	for i := range p.count() {
		group.Go(func() error { return p.verifyPart(ctx, i) })
	}
	return group.Wait()
}

func (p *parts) verifyPart(ctx context.Context, i int) error {
	h := p.newHash()
	if i > 0 && h.restore(p.states[i-1]) != nil {
		return errStates
	}
	isLast := i == p.count()-1
	size := p.size
	if isLast {
		size = p.desc.Size - int64(i)*p.size + 1 // shows a blob that is too long
	}
	from, buffer := io.NewSectionReader(p.blob, int64(i)*p.size, size), make([]byte, BufferSize)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := from.Read(buffer)
		h.Write(buffer[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if isLast && !h.Verified() || !isLast && h.state() != p.states[i] {
		return errStates
	}
	return nil
}

var errStates = errors.New("blob differs from its states")

// partHash is a hash that can be taken up.
type partHash struct {
	hash.Hash
	want v1.Descriptor
}

func (p *parts) newHash() *partHash {
	return &partHash{p.desc.Digest.Algorithm().Hash(), p.desc}
}

// Verified implements [digest.Verifier].
func (h *partHash) Verified() bool { return hex.EncodeToString(h.Sum(nil)) == h.want.Digest.Encoded() }

// state returns the state, "" for a hash that has none.
func (h *partHash) state() string {
	m, ok := h.Hash.(encoding.BinaryMarshaler)
	if !ok {
		return ""
	}
	state, err := m.MarshalBinary()
	if err != nil {
		return ""
	}
	return string(state)
}

func (h *partHash) restore(state string) error {
	u, ok := h.Hash.(encoding.BinaryUnmarshaler)
	if !ok {
		return errStates
	}
	return u.UnmarshalBinary([]byte(state))
}
