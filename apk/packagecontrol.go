package apk

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/apktar"
	"github.com/lamina-oci/lamina/internal/bounded"
)

func (p *PackageReader) readControl() (*Control, error) {
	if isADB(p.m.Peek) {
		return p.readADBControl()
	}
	c := new(Control)
	left := int64(maxSignatureMembers)
	for members := 1; ; members++ {
		p.identity = sha1.New()
		s := p.signature(c.signatures)
		if err := p.m.Next(s); err != nil {
			return nil, fmt.Errorf("control segment: %w", bounded.UnexpectedEOF(err))
		}
		plain := &boundedReader{r: p.m, left: maxControl, limit: maxControl}
		t := apktar.NewReader(plain)
		h, err := t.Next()
		if err == nil && strings.HasPrefix(h.Name, signaturePrefix) {
			plain.left, plain.limit = left-(maxControl-plain.left), maxSignatureMembers
			if members > maxSignatures {
				return nil, fmt.Errorf("signature: more than %d signatures", maxSignatures)
			}
			if err := c.addSignatures(t, h); err != nil {
				return nil, fmt.Errorf("signature: %w", err)
			}
			left = plain.left
			continue
		}
		if err == nil {
			err = p.controlEntries(c, t, h)
		}
		if err != nil {
			return nil, fmt.Errorf("control segment: %w", bounded.UnexpectedEOF(err))
		}
		s.check(p)
		return c, nil
	}
}

// boundedReader fails where a segment gets too large, unlike io.LimitedReader, which
// hides what is behind that.
type boundedReader struct {
	r     io.Reader
	left  int64
	limit int64 // that left began with
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("is larger than %d bytes", b.limit)
	}
	return n, err
}

// addSignatures reads a signature segment to its end.
func (c *Control) addSignatures(t *apktar.Reader, h *apktar.Header) error {
	var err error
	for n := 1; err == nil; n++ {
		name, ok := strings.CutPrefix(h.Name, signaturePrefix)
		if !ok {
			return errors.New("signature and control segment share a gzip member")
		}
		if n > maxSignatures || len(c.signatures) == maxSignatures {
			return fmt.Errorf("more than %d signatures", maxSignatures)
		}
		if h.Size <= maxSignature {
			algorithm, key, _ := strings.Cut(name, ".")
			b, err := io.ReadAll(t)
			if err != nil {
				return err
			}
			c.signatures = append(c.signatures, storedSignature{Algorithm: algorithm, Key: key, Bytes: b})
		}
		h, err = t.Next()
	}
	return segmentEnd(t, err)
}

// segmentEnd checks the end of a segment that others follow. Apk reads all of them as
// one archive, so that zero blocks would end it here.
func segmentEnd(t *apktar.Reader, err error) error {
	if err == io.EOF && t.EndedByZeros() {
		return errors.New("has the end of the archive before the data segment")
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// controlEntries reads the control segment from its first entry to its end.
func (p *PackageReader) controlEntries(c *Control, t *apktar.Reader, h *apktar.Header) error {
	var err error
	for err == nil {
		if err := p.controlEntry(c, t, h); err != nil {
			return fmt.Errorf("%.80s: %w", h.Name, err)
		}
		h, err = t.Next()
	}
	if err := segmentEnd(t, err); err != nil {
		return err
	}
	if c.Name == "" || c.Version == "" {
		return errors.New(".PKGINFO with pkgname and pkgver is missing")
	}
	if err := checkPackage(&c.Package); err != nil {
		return err
	}
	sort.SliceStable(c.Scripts, func(i, j int) bool { return c.Scripts[i].Type < c.Scripts[j].Type })
	if c.DataHash != "" {
		c.Identity = SHA1Checksum([sha1.Size]byte(p.identity.Sum(nil)))
	} else if p.generation == V3 {
		return errors.New(".PKGINFO has no datahash: the package is too old for apk 3")
	}
	return nil
}

func (p *PackageReader) controlEntry(c *Control, t *apktar.Reader, h *apktar.Header) error {
	name, ok := strings.CutPrefix(h.Name, ".")
	switch {
	case !ok:
		return errors.New("is not allowed in the control segment")
	case strings.HasPrefix(h.Name, signaturePrefix):
		return errors.New("is a signature after the start of the control segment")
	case name == "PKGINFO":
		if p.hasInfo {
			return errors.New("occurs twice")
		}
		p.hasInfo = true
		text, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		return c.parseInfo(string(text), p.generation)
	case name == "INSTALL" && p.generation == V3:
		return errors.New("is a script type that apk 3 rejects")
	}
	typ, ok := ParseScriptType(name)
	if !ok {
		return nil // other entries mean nothing to apk
	}
	if h.Size > maxScript && p.generation == V3 {
		return fmt.Errorf("script of %d bytes: apk 3 accepts at most %d", h.Size, maxScript)
	}
	body, err := io.ReadAll(t)
	if err != nil {
		return err
	}
	// The last one of a type counts.
	c.Scripts = slices.DeleteFunc(c.Scripts, func(s Script) bool { return s.Type == typ })
	c.Scripts = append(c.Scripts, Script{Type: typ, Body: body})
	return nil
}
