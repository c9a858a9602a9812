package layer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/lamina-oci/lamina/internal/cache"
)

// The diffID of a layer is one hash over its whole tar: behind the first segment that has
// changed, all must be hashed again, and for that be inflated. The further back a segment stands in
// its layer, the more often that is, so of those in the second half the cache has the tar as well. It
// is never needed, only read faster than inflated.
//
// An entry is the tar, and behind it a CRC-32C for each piece of it, big endian. The CRC is over
// the key, the piece's number and the piece, so that what stands in another's place is found
// as well; as in segments, damage that it should not see gives no image that anybody takes.
const (
	tarFormat   = "lamina tar 1\n" // part of the key
	tarPiece    = copySize         // bytes
	tarSumBytes = crc32.Size

	// Tars are kept of segments of so many bytes, and of one layer so many in all.
	minTar, maxTars = 128 << 10, 1 << 30
)

// worthTar says of which segments the tar is kept.
func worthTar(segments []*segment) []bool {
	var all, behind int64
	for _, s := range segments {
		all += s.limit()
	}
	worth := make([]bool, len(segments))
	for i := len(segments) - 1; i >= 0; i-- {
		size := segments[i].limit()
		behind += size
		worth[i] = size >= minTar && behind <= min(all/2, maxTars)
	}
	return worth
}

func tarKey(segmentKey string) string {
	sum := sha256.Sum256([]byte(tarFormat + segmentKey))
	return hex.EncodeToString(sum[:])
}

// pieceSeed is the CRC of what stands for a piece's place.
func pieceSeed(key string, piece int64) uint32 {
	return crc32.Checksum(binary.BigEndian.AppendUint64([]byte(key), uint64(piece)), castagnoli())
}

// keptTar writes the tar of a segment to where it goes and to the cache.
type keptTar struct {
	to    io.Writer
	key   string
	entry *cache.Writer
	sums  []byte // of the pieces that are complete
	crc   uint32 // of the piece that is not
	size  int    // bytes of it
}

func newKeptTar(folder *cache.Folder, segmentKey string, to io.Writer) *keptTar {
	key := tarKey(segmentKey)
	return &keptTar{to: to, key: key, entry: folder.Create(cache.Tars, key), crc: pieceSeed(key, 0)}
}

func (k *keptTar) Write(p []byte) (int, error) {
	k.entry.Write(p)
	for rest := p; len(rest) > 0; {
		n := min(len(rest), tarPiece-k.size)
		k.crc = crc32.Update(k.crc, castagnoli(), rest[:n])
		k.size += n
		rest = rest[n:]
		if k.size == tarPiece {
			k.endPiece()
		}
	}
	return k.to.Write(p)
}

func (k *keptTar) endPiece() {
	k.sums = binary.BigEndian.AppendUint32(k.sums, k.crc)
	k.crc, k.size = pieceSeed(k.key, int64(len(k.sums)/tarSumBytes)), 0
}

func (k *keptTar) commit() {
	if k.size > 0 {
		k.endPiece()
	}
	k.entry.Write(k.sums)
	k.entry.Commit()
}

// copyTar writes a segment's tar of that size to w as far as the cache has it intact, which
// may be not at all. It returns how many bytes that is.
func (lw *layerWriter) copyTar(w io.Writer, i int, size int64, buffer []byte) (done int64, err error) {
	key := tarKey(lw.known[i].key)
	entry, err := lw.cache.Open(cache.Tars, key)
	if err != nil {
		return 0, nil
	}
	defer entry.Close()
	sums := make([]byte, (size+tarPiece-1)/tarPiece*tarSumBytes)
	isIntact := entry.Size == size+int64(len(sums))
	if isIntact {
		_, err := entry.ReadAt(sums, size)
		isIntact = err == nil
	}
	for isIntact && done < size {
		if lw.ctx.Err() != nil {
			return done, context.Cause(lw.ctx)
		}
		piece := buffer[:min(tarPiece, size-done)]
		number := done / tarPiece
		_, err := io.ReadFull(entry, piece)
		want := binary.BigEndian.Uint32(sums[number*tarSumBytes:])
		if isIntact = err == nil && crc32.Update(pieceSeed(key, number), castagnoli(), piece) == want; !isIntact {
			break
		}
		n, err := w.Write(piece)
		done += int64(n)
		if err != nil {
			return done, err
		}
	}
	if !isIntact {
		lw.cache.Discard(cache.Tars, key, fmt.Errorf("tar of a segment: %w", cache.ErrDamaged))
	}
	return done, nil
}
