package hashparts

import (
	"context"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/cache"
)

const (
	maxProcessors = 8
	bufferSize    = 256 << 10
)

// Verify reports whether it could show, with states that the cache has, that the blob has that size and digest. The cache may be nil. If not,
// nothing is said of the blob: it has to be hashed in order. The digest's algorithm must be available. The error is ctx's.
func Verify(ctx context.Context, blob io.ReaderAt, d digest.Digest, size int64, directory *cache.Directory) (bool, error) {
	if directory == nil || size <= minPart {
		return false, nil
	}
	states := kept(directory, d, size)
	if states == nil {
		return false, nil
	}
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(min(runtime.GOMAXPROCS(0), maxProcessors))
	var buffers sync.Pool // *[bufferSize]byte
	for i := range count(size) {
		group.Go(func() error {
			buffer, ok := buffers.Get().(*[bufferSize]byte)
			if !ok {
				buffer = new([bufferSize]byte)
			}
			defer buffers.Put(buffer)
			return verifyPart(each, blob, d, size, states, i, buffer[:])
		})
	}
	err := group.Wait()
	return err == nil, ctx.Err()
}

// kept returns the states behind all parts of a blob but the last, nil if the cache does not have them.
func kept(directory *cache.Directory, d digest.Digest, size int64) []string {
	text, err := directory.Read(cache.Chains, key(d), maxEntry)
	if errors.Is(err, cache.ErrDamaged) {
		directory.Discard(cache.Chains, key(d), fmt.Errorf("states of a hash: %w", err))
	}
	rest, isStates := strings.CutPrefix(string(text), format)
	n := count(size) - 1
	if err != nil || !isStates || len(rest) == 0 || len(rest)%n != 0 {
		return nil
	}
	states, each := make([]string, n), len(rest)/n
	for i := range states {
		states[i] = rest[i*each : (i+1)*each]
	}
	return states
}

var errOther = errors.New("other bytes, or other states")

// verifyPart hashes a part from the state before it to that behind it.
func verifyPart(ctx context.Context, blob io.ReaderAt, d digest.Digest, size int64, states []string, i int, buffer []byte) error {
	h := d.Algorithm().Hash()
	if i > 0 {
		u, ok := h.(encoding.BinaryUnmarshaler)
		if !ok || u.UnmarshalBinary([]byte(states[i-1])) != nil {
			return errOther
		}
	}
	at, length := int64(i)*partSize(size), partSize(size)
	isLast := i == len(states)
	if isLast {
		length = size - at + 1 // shows a blob that is too long
	}
	part := io.NewSectionReader(blob, at, length)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := part.Read(buffer)
		h.Write(buffer[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if isLast && hex.EncodeToString(h.Sum(nil)) != d.Encoded() || !isLast && state(h) != states[i] {
		return errOther
	}
	return nil
}
