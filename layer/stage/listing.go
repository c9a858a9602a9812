package stage

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/varint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// listing is what a package file was found to hold when it was read and verified as a
// whole. Kept in the cache, it spares inflating the same file again: that the file is
// the same is known by its SHA-256, for which it is read but not inflated.
type listing struct {
	sum     [sha256.Size]byte // of the whole file
	entries []entry
}

// listingFormat begins every listing, and is counted up with whatever changes what a
// package file comes to: the encoding, and apk's rules as they are followed here.
const listingFormat = "lamina listing 2\n"

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
		l, err = parseListing(text)
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
	b := make([]byte, 0, len(listingFormat)+sha256.Size+64*len(l.entries))
	b = append(b, listingFormat...)
	b = append(b, l.sum[:]...)
	b = binary.AppendUvarint(b, uint64(len(l.entries)))
	for i := range l.entries {
		b = l.entries[i].encode(b)
	}
	return b
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
	b = varint.AppendString(b, e.checksum.String())
	b = binary.AppendUvarint(b, uint64(len(e.xattrs)))
	for _, x := range e.xattrs {
		b = varint.AppendString(varint.AppendString(b, x.Name), x.Value)
	}
	return b
}

// parseListing reads what encode gave.
func parseListing(text []byte) (*listing, error) {
	rest, ok := bytes.CutPrefix(text, []byte(listingFormat))
	if !ok || len(rest) < sha256.Size {
		return nil, cache.ErrDamaged
	}
	d := varint.Decoder[string]{Text: string(rest)}
	l := new(listing)
	copy(l.sum[:], d.Bytes(sha256.Size))
	const smallest = 14 // bytes of an entry
	n := d.Uint(math.MaxUint64)
	if n > uint64(len(d.Text)/smallest) {
		return nil, cache.ErrDamaged
	}
	l.entries = make([]entry, n)
	names := make(map[string]string)
	for i := range l.entries {
		l.entries[i].decode(&d, names)
		l.entries[i].ordinal = i
	}
	if d.Failed || len(d.Text) > 0 {
		return nil, cache.ErrDamaged
	}
	return l, nil
}

func (e *entry) decode(d *varint.Decoder[string], names map[string]string) {
	e.path, e.link = d.String(), d.String()
	e.user, e.group = intern(names, d.String()), intern(names, d.String())
	e.mtime, e.size = d.Int(), int64(d.Uint(math.MaxInt64))
	e.uid, e.gid = uint32(d.Uint(math.MaxUint32)), uint32(d.Uint(math.MaxUint32))
	e.major, e.minor = uint32(d.Uint(math.MaxUint32)), uint32(d.Uint(math.MaxUint32))
	e.mode, e.typ = uint16(d.Uint(math.MaxUint16)), tree.Type(d.Uint(math.MaxUint8))
	e.hardLink = d.Uint(math.MaxUint64) == 1
	if sum := d.String(); sum != "" {
		var err error
		if e.checksum, err = apk.ParseChecksum(sum); err != nil {
			d.Fail()
		}
	}
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
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, 256<<10))
	return err
}
