package stage

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"sync"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/varint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// listing is what a package file was found to hold when it was read and verified as a
// whole. Kept in the cache, it spares inflating the same file again: that the file is
// the same is known by its mark or SHA-256, for which it is read but not inflated. Before a
// package is installed there may be listings of all others, so they stay encoded.
type listing struct {
	sum   [sha256.Size]byte // of the whole file
	mark  cache.Mark        // of the whole file; empty if it could not be marked
	count int               // of entries
	text  string            // the entries
}

// listingFormat begins every listing, and is counted up with whatever changes what a
// package file comes to: the encoding, and apk's rules as they are followed here.
const listingFormat = "lamina listing 4\n"

// maxListing bounds a listing that is read, in bytes.
const maxListing = 256 << 20

// listingKey is the cache's key for a package's listing. There may be several files of
// one identity, which differ in their signatures: the last one counts.
func listingKey(p *apk.Package, g apk.Generation) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s%v %s", listingFormat, g, p.Identity)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// readListing returns what the cache has of a package; nil if it has nothing.
func (s *Stage) readListing(p *apk.Package) *listing {
	if s.options.Cache == nil || p.Identity.IsZero() {
		return nil
	}
	key := listingKey(p, s.options.Generation)
	text, err := s.options.Cache.Read(cache.Listings, key, maxListing)
	var l *listing
	if err == nil {
		l, err = parseListing(string(text))
	}
	if errors.Is(err, cache.ErrDamaged) {
		s.options.Cache.Discard(cache.Listings, key, fmt.Errorf("listing of package %s: %w", p.ID(), err))
		return nil
	}
	return l
}

// writeListing puts a listing into the cache.
func (s *Stage) writeListing(p *apk.Package, l *listing) {
	if s.options.Cache == nil || p.Identity.IsZero() {
		return
	}
	s.options.Cache.Write(cache.Listings, listingKey(p, s.options.Generation), l.encode())
}

func (l *listing) encode() []byte {
	b := make([]byte, 0, len(listingFormat)+len(l.sum)+len(l.mark)+binary.MaxVarintLen64+len(l.text))
	b = append(append(append(b, listingFormat...), l.sum[:]...), l.mark[:]...)
	b = binary.AppendUvarint(b, uint64(l.count))
	return append(b, l.text...)
}

// parseListing reads what encode gave.
func parseListing(text string) (*listing, error) {
	rest, ok := strings.CutPrefix(text, listingFormat)
	l := new(listing)
	if !ok || len(rest) < len(l.sum)+len(l.mark) {
		return nil, cache.ErrDamaged
	}
	rest = rest[copy(l.sum[:], rest):]
	d := varint.Decoder[string]{Text: rest[copy(l.mark[:], rest):]}
	const smallest = 14 // bytes of an entry
	n := d.Uint(math.MaxUint64)
	if n > uint64(len(d.Text)/smallest) {
		return nil, cache.ErrDamaged
	}
	l.count, l.text = int(n), d.Text
	var e entry
	for range l.count {
		e.decode(&d)
	}
	if d.Failed || len(d.Text) > 0 {
		return nil, cache.ErrDamaged
	}
	return l, nil
}

// entries goes through the entries in their order. An entry is valid until the next one; its strings, which share the
// listing's memory, as long as anybody holds them.
func (l *listing) entries() iter.Seq[*entry] {
	return func(yield func(*entry) bool) { l.each(yield) }
}

func (l *listing) each(yield func(*entry) bool) {
	d := varint.Decoder[string]{Text: l.text}
	for i := range l.count {
		e := entry{ordinal: i}
		if e.decode(&d); !yield(&e) {
			return
		}
	}
}

func (e *entry) encode(b []byte) []byte {
	for _, text := range [...]string{e.path, e.link, e.user, e.group} {
		b = varint.AppendString(b, text)
	}
	b = binary.AppendVarint(b, e.mtime)
	for _, n := range [...]uint64{uint64(e.size), uint64(e.uid), uint64(e.gid), uint64(e.major), uint64(e.minor), uint64(e.mode), uint64(e.typ)} {
		b = binary.AppendUvarint(b, n)
	}
	link := uint64(0)
	if e.hardLink {
		link = 1
	}
	b = binary.AppendUvarint(b, link)
	b = varint.AppendString(b, e.checksum.Bytes())
	b = binary.AppendUvarint(b, uint64(len(e.xattrs)))
	for _, x := range e.xattrs {
		b = varint.AppendString(varint.AppendString(b, x.Name), x.Value)
	}
	return b
}

func (e *entry) decode(d *varint.Decoder[string]) {
	e.path, e.link = d.String(), d.String()
	e.user, e.group = d.String(), d.String()
	e.mtime, e.size = d.Int(), int64(d.Uint(math.MaxInt64))
	e.uid, e.gid = uint32(d.Uint(math.MaxUint32)), uint32(d.Uint(math.MaxUint32))
	e.major, e.minor = uint32(d.Uint(math.MaxUint32)), uint32(d.Uint(math.MaxUint32))
	e.mode, e.typ = uint16(d.Uint(math.MaxUint16)), tree.Type(d.Uint(math.MaxUint8))
	e.hardLink = d.Uint(math.MaxUint64) == 1
	var ok bool
	if e.checksum, ok = apk.ChecksumOf(d.String()); !ok {
		d.Fail()
	}
	e.xattrs = nil
	if n := d.Uint(math.MaxUint64); n > uint64(len(d.Text)/2) { // each has two lengths
		d.Fail()
	} else if n > 0 {
		e.xattrs = make([]apk.Xattr, n)
	}
	for i := range e.xattrs {
		e.xattrs[i] = apk.Xattr{Name: d.String(), Value: d.String()}
	}
	e.xattrSum = apk.XattrDigest(e.xattrs)
}

// readAllRaw reads a package file to its end without looking at it.
func readAllRaw(r io.Reader) error {
	buffer := rawBuffers.Get().(*[rawSize]byte)
	defer rawBuffers.Put(buffer)
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buffer[:])
	return err
}

const rawSize = 256 << 10

var rawBuffers = sync.Pool{New: func() any { return new([rawSize]byte) }}
