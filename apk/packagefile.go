package apk

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/apktar"
	"github.com/lamina-oci/lamina/apk/internal/members"
	"github.com/lamina-oci/lamina/apk/internal/pathtree"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/deflate"
)

// PackageReader reads a package file as a stream: first [PackageReader.Control],
// then the entries of its data segment with [PackageReader.Next]. Contents are
// never held. Trust what was read only when Next has returned io.EOF:
// by then the data hash, the checksums of gzip and the end of the file were
// checked (apk/FORMAT.md 1).
//
// Where apk goes on with a warning, the flag BrokenFiles of [InstalledPackage] and exit status 1, such as
// at a name that it refuses or a file without a checksum, there is an error
// (apk/FORMAT.md 14.15).
type PackageReader struct {
	generation Generation
	m          *members.Reader
	tar        *apktar.Reader
	blocks     *deflate.Member // that tar reads
	control    *Control
	identity   hash.Hash // SHA-1 of what Identity is made of, while that goes on
	data       hash.Hash // over the compressed data segment: SHA-256, or identity without a data hash
	tree       pathtree.Tree
	entry      Entry
	adb        *adbPackage  // nil for the gzip and tar format
	keys       *KeyRing     // that a signature of the control segment is looked for; nil: none is
	signedBy   string       // the key that signed it
	untrusted  error        // why none did
	hasInfo    bool         // .PKGINFO came
	readable   bool         // the entry has content
	guard      func() error // nil once it was called
	guarded    error        // what the guard returned
	inflated   int64        // bytes of the data segment
	err        error        // once and for all
}

// NewPackageReader reads a package as the generation does.
func NewPackageReader(r io.Reader, g Generation) *PackageReader {
	return &PackageReader{generation: g, m: members.NewReader(r)}
}

// Reset starts reading another package, and reuses memory. Returned values stay valid, except for
// the last Entry.
func (p *PackageReader) Reset(r io.Reader, g Generation) {
	m, tree := p.m, p.tree
	if p.adb != nil {
		p.adb.reader.Close()
	}
	m.Reset(r)
	tree.Reset()
	*p = PackageReader{generation: g, m: m, tree: tree}
}

// Guard sets a function that is called once when the data segment has inflated to more than 64 MiB and 16 times what was
// read of the file, which no package of Alpine's does. Its error ends the reading. Content that is inflated before the end is
// not verified yet: a caller that can open the file again should verify all of it first, as [VerifyPackage] does without inflating.
func (p *PackageReader) Guard(check func() error) { p.guard = check }

// From where on an inflated data segment is suspicious.
const (
	guardedSize  = 64 << 20 // bytes
	guardedRatio = 16
)

// count adds inflated bytes and calls the guard.
func (p *PackageReader) count(n int) error {
	p.inflated += int64(n)
	if p.guard == nil || p.inflated <= guardedSize || p.inflated <= guardedRatio*p.m.Total() {
		return nil
	}
	check := p.guard
	p.guard = nil
	p.guarded = check()
	return p.guarded
}

// Control is the control segment: the package's own metadata.
type Control struct {
	// Of .PKGINFO. When a package is installed, apk takes no more than these fields from it, and the rest from the index.
	Package
	Replaces         []Dependency
	ReplacesPriority uint16
	Triggers         []string // globs of directories
	// DataHash is the SHA-256 of the compressed data segment, hexadecimal; it may be empty. In apk 3's own format it is that of
	// the metadata, which has the hashes of all contents.
	DataHash string

	// Identity is the SHA-1 of the compressed segment (in apk 3's own format the SHA-256 of the metadata), by which indexes know the
	// package. It is zero if the package has no data hash, which apk 2 tolerates:
	// nothing in the segment vouches for the data then. See [PackageReader.Identity].
	Identity Checksum

	Scripts    []Script // in the order of ScriptType, at most one of each
	signatures []storedSignature

	// UniqueID is the identity that apk gives a package in its own format that it gets as a file. It is zero for others, and
	// where it is not what the metadata makes it.
	UniqueID Checksum

	adb *adbControl // nil for the gzip and tar format
}

// maxControl bounds each segment before the data, inflated, in bytes.
const maxControl = 16 << 20

// maxScript is how long a script may be for apk 3 to take it, in bytes.
const maxScript = 256 << 10

// Control reads the signatures and the control segment. It may be called again.
func (p *PackageReader) Control() (*Control, error) {
	if p.control == nil && p.err == nil {
		p.control, p.err = p.readControl()
	}
	if p.control == nil {
		return nil, p.err
	}
	return p.control, nil
}

// Next returns the next entry of the data segment, which is valid until the
// following call. Entries that apk skips silently are not returned: those
// whose name begins with a dot, in apk 2 those that only keep a directory, and those of
// types that it does not know. At the end, io.EOF says that the package is whole and
// unaltered.
func (p *PackageReader) Next() (*Entry, error) {
	if _, err := p.Control(); err != nil {
		return nil, err
	}
	if p.err != nil {
		return nil, p.err
	}
	e, err := p.nextEntry()
	p.readable = err == nil && e.Type == tar.TypeReg
	switch {
	case err == nil, err == io.EOF, p.adb != nil:
	case p.guarded != nil:
		err = p.guarded // which says of what
	default:
		err = fmt.Errorf("data segment: %w", p.cause(err))
	}
	p.err = err
	return e, err
}

func (p *PackageReader) nextEntry() (*Entry, error) {
	if p.adb != nil {
		return p.adb.next(p)
	}
	return p.next()
}

// cause returns why the data segment cannot be read on: if it was altered, that is it,
// whatever else was found first.
func (p *PackageReader) cause(err error) error {
	if p.data == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errMoreData) {
		return err
	}
	if _, failed := io.Copy(io.Discard, p.m.Rest()); failed != nil {
		return err
	}
	p.m.Flush()
	if altered := p.checkData(); altered != nil {
		return altered
	}
	return err
}

// checkData compares the data hash with that of all that was read.
func (p *PackageReader) checkData() error {
	want := p.control.DataHash
	if want == "" {
		return nil
	}
	if got := hex.EncodeToString(p.data.Sum(nil)); !strings.EqualFold(got, want) {
		return fmt.Errorf("has the SHA-256 %s, but .PKGINFO says %.80s: it was altered", got, want)
	}
	return nil
}

func (p *PackageReader) next() (*Entry, error) {
	if p.tar == nil {
		if p.data = p.identity; p.control.DataHash != "" {
			p.data = sha256.New()
		}
		if err := p.m.Next(p.data); err != nil {
			return nil, bounded.UnexpectedEOF(err)
		}
		p.blocks, p.tar = p.m.Member(), apktar.NewReader(&dataMembers{p})
	}
	for {
		h, err := p.tar.Next()
		if err == io.EOF {
			return nil, p.finish()
		}
		if err != nil {
			return nil, err
		}
		takes, err := p.accept(h)
		if err != nil {
			return nil, fmt.Errorf("entry %.200q: %w", h.Name, err)
		}
		if takes {
			return &p.entry, nil
		}
	}
}

// dataMembers reads the data segment. Apk 2 takes several gzip members for it.
type dataMembers struct{ p *PackageReader }

func (d *dataMembers) Read(b []byte) (int, error) {
	for {
		n, err := d.p.m.Read(b)
		if err := d.p.count(n); err != nil {
			return 0, err
		}
		if n > 0 && err == io.EOF {
			return n, nil
		}
		if err != io.EOF {
			return n, err
		}
		if err := d.next(); err != nil {
			return n, err
		}
	}
}

// next goes on with the next member, or returns io.EOF.
func (d *dataMembers) next() error {
	if d.p.generation == V3 {
		return io.EOF
	}
	if _, err := d.p.m.Peek(1); err != nil {
		return err
	}
	if err := d.p.m.Next(d.p.data); err != nil {
		return fmt.Errorf("%w: %w", errMoreData, err)
	}
	return nil
}

var errMoreData = errors.New("there is data after its end")

// finish checks what can be checked only at the end of the data segment.
func (p *PackageReader) finish() error {
	if _, err := p.m.Peek(1); err == nil {
		return errMoreData
	} else if err != io.EOF {
		return err
	}
	if err := p.checkData(); err != nil {
		return err
	}
	return io.EOF
}

// Read reads the content of the entry that Next returned last. It is empty for
// everything but regular files. After an error, Next fails too.
func (p *PackageReader) Read(b []byte) (int, error) {
	if !p.readable {
		return 0, io.EOF
	}
	if p.adb != nil {
		n, err := p.adb.read(b)
		if err != nil && err != io.EOF {
			err = fmt.Errorf("entry %.200q: %w", p.entry.Name, err)
			p.err = err
		}
		return n, err
	}
	n, err := p.tar.Read(b)
	if err != nil && err != io.EOF {
		err = p.broken(err)
	}
	return n, err
}

// broken returns the error of content that cannot be read, and keeps what Next returns from then on.
func (p *PackageReader) broken(err error) error {
	if p.guarded != nil { // which says of what
		p.err = p.guarded
		return p.err
	}
	err = p.cause(err)
	p.err = fmt.Errorf("data segment: %w", err)
	return fmt.Errorf("data segment: entry %.200q: %w", p.entry.Name, err)
}

// IsFast says whether the compressor of the content spared effort at the cost of size, once there is an entry.
func (p *PackageReader) IsFast() bool { return p.blocks != nil && p.blocks.IsFast() }

// Run returns the next bytes of the content, at least one, with the compression that they have in the package. At the end of the
// content, and for a package in apk 3's own format, ok is false, and [PackageReader.Read] continues here. The run is valid
// until the next call.
func (p *PackageReader) Run() (r deflate.Run, ok bool, err error) {
	if !p.readable || p.adb != nil || p.tar.Left() == 0 {
		return r, false, nil
	}
	r, err = p.blocks.Run(p.tar.Left())
	for members := (dataMembers{p}); err == io.EOF; {
		if err = members.next(); err == nil {
			r, err = p.blocks.Run(p.tar.Left())
		} else if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		return r, false, p.broken(err)
	}
	p.tar.Advance(int64(len(r.Plain)))
	if err := p.count(len(r.Plain)); err != nil {
		return r, false, p.broken(err)
	}
	return r, true, nil
}
