package repository

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/apk"
)

// maxControl bounds the signatures and the control segment of a package, each of
// them compressed and inflated, in bytes.
const maxControl = 16 << 20

// Measure pins a package file. Unlike the identity, it also covers the signature.
type Measure struct {
	Size     int64  // bytes
	SHA256   string // of the whole file, hexadecimal
	DataHash string // as .PKGINFO has it: the SHA-256 of the data segment, hexadecimal; may be empty
}

// Measure reads the file and checks that it is the package of the index record.
func (s Source) Measure(ctx context.Context, p *apk.Package) (Measure, error) {
	f, err := os.Open(s.name)
	if err != nil {
		return Measure{}, fmt.Errorf("read package: %w", err)
	}
	defer f.Close()
	m, err := measure(ctx, f, p)
	if err != nil {
		return m, fmt.Errorf("read package %s: %w", s.where, err)
	}
	return m, nil
}

func measure(ctx context.Context, r io.Reader, p *apk.Package) (Measure, error) {
	all := &counter{ctx: ctx, in: r, hash: sha256.New()}
	dataHash, err := checkIdentity(all, p)
	if err == nil && p.Size != 0 && uint64(all.size) != p.Size {
		err = fmt.Errorf("it has %d bytes, but the index says %d", all.size, p.Size)
	}
	return Measure{Size: all.size, SHA256: hex.EncodeToString(all.hash.Sum(nil)), DataHash: dataHash}, err
}

// counter counts and hashes what is read through it.
type counter struct {
	ctx  context.Context
	in   io.Reader
	hash hash.Hash
	size int64
}

func (c *counter) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.in.Read(b)
	c.hash.Write(b[:n])
	c.size += int64(n)
	return n, err
}

// checkFile checks a package file in the cache.
func checkFile(name string, p *apk.Package, sum string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if p.Size != 0 && uint64(info.Size()) != p.Size {
		return fmt.Errorf("it has %d bytes, but the index says %d", info.Size(), p.Size)
	}
	return checkPackage(f, p, sum)
}

// checkPackage checks that a file is the package that an index means and, unless it
// is empty, has the SHA-256.
func checkPackage(r io.Reader, p *apk.Package, sum string) error {
	if sum == "" {
		_, err := checkIdentity(r, p)
		return err
	}
	m, err := measure(context.Background(), r, p)
	if err == nil && m.SHA256 != sum {
		err = fmt.Errorf("it has the SHA-256 %s, but should have %s: it was signed again or altered", m.SHA256, sum)
	}
	return err
}

// checkIdentity checks that the control segment has the identity that an index says,
// and what follows it the hash in .PKGINFO, which it returns (SPEC-apk.md 1.2). The
// data segment is hashed as it is and not inflated, which is what makes this cheap.
func checkIdentity(r io.Reader, p *apk.Package) (dataHash string, err error) {
	m := &members{in: bufio.NewReaderSize(r, 64<<10)}
	for {
		dataHash, signature, err := m.next()
		if err != nil {
			return "", fmt.Errorf("not a package file: %w", err)
		}
		if signature {
			continue
		}
		return dataHash, checkSegments(m, p.Identity, dataHash)
	}
}

func checkSegments(m *members, want apk.Checksum, dataHash string) error {
	var identity hash.Hash = sha1.New()
	if len(want.Bytes()) == sha256.Size {
		identity = sha256.New()
	}
	identity.Write(m.taken)
	data := sha256.New()
	var rest io.Writer = data
	if dataHash == "" {
		rest = identity // apk's way with packages of before there was a data hash
	}
	if _, err := io.Copy(rest, m.in); err != nil {
		return err
	}
	got, err := apk.NewChecksum(identity.Sum(nil))
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("its identity is %s, but the index says %s: it was altered or replaced", got, want)
	}
	if sum := hex.EncodeToString(data.Sum(nil)); dataHash != "" && sum != dataHash {
		return fmt.Errorf("data segment: has the SHA-256 %s, but .PKGINFO says %s: it was altered", sum, dataHash)
	}
	return nil
}

// members reads the gzip members in front of the data segment.
type members struct {
	in    *bufio.Reader
	gz    *gzip.Reader
	taken []byte // the compressed bytes of the member at hand
}

// Read and ReadByte are for the inflater, which with an io.ByteReader reads no
// further than the end of a member.
func (m *members) Read(b []byte) (int, error) {
	n, err := m.in.Read(b)
	return n, m.take(b[:n], err)
}

func (m *members) ReadByte() (byte, error) {
	b, err := m.in.ReadByte()
	if err != nil {
		return b, err
	}
	return b, m.take([]byte{b}, nil)
}

func (m *members) take(b []byte, err error) error {
	if m.taken = append(m.taken, b...); len(m.taken) > maxControl {
		return fmt.Errorf("control segment is larger than %d bytes", maxControl)
	}
	return err
}

// next reads a member. It reports whether it is a signature, and otherwise returns
// the data hash, which may be missing.
func (m *members) next() (dataHash string, signature bool, err error) {
	m.taken = m.taken[:0]
	if m.gz == nil {
		m.gz, err = gzip.NewReader(m)
	} else {
		err = m.gz.Reset(m)
	}
	if err != nil {
		return "", false, noEOF(err)
	}
	m.gz.Multistream(false)
	content := &io.LimitedReader{R: m.gz, N: maxControl}
	tr := tar.NewReader(content)
	h, err := tr.Next()
	if err != nil {
		return "", false, noEOF(err)
	}
	signature = strings.HasPrefix(h.Name, ".SIGN.")
	for ; err == nil && !signature; h, err = tr.Next() {
		if h.Name == ".PKGINFO" {
			text, err := io.ReadAll(tr)
			if err != nil {
				return "", false, noEOF(err)
			}
			dataHash = findDataHash(string(text))
		}
	}
	if err != nil && err != io.EOF {
		return "", false, err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return "", false, noEOF(err)
	}
	if content.N == 0 {
		return "", false, fmt.Errorf("control segment is larger than %d bytes", maxControl)
	}
	return dataHash, signature, nil
}

// noEOF is for where the file must go on.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// findDataHash returns the last datahash of a .PKGINFO, which is the one that counts.
func findDataHash(info string) string {
	found := ""
	for line := range strings.SplitSeq(info, "\n") {
		if value, ok := strings.CutPrefix(line, "datahash = "); ok {
			found = value
		}
	}
	return found
}
