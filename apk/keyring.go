package apk

import (
	"archive/tar"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1"
	"crypto/sha256"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/bounded"
)

// KeyRing holds public keys by the file names that signatures name them by
// (apk/FORMAT.md 6.4). The zero value trusts nothing. It may be read concurrently.
type KeyRing struct {
	keys map[string]ringKey
}

// ringKey is an [*rsa.PublicKey] or [*ecdsa.PublicKey]. Signatures in apk 3's own format name it by its id instead of a file.
type ringKey struct {
	public crypto.PublicKey
	id     adb.KeyID
}

// Add adds a key: the PEM text of a SubjectPublicKeyInfo with an RSA or EC key, or of an RSAPublicKey (PKCS#1). apk takes
// all three, and signatures by an EC key under the same names as RSA's.
func (k *KeyRing) Add(name string, text []byte) error {
	key, err := parsePublicKey(text)
	if err != nil {
		return err
	}
	if k.keys == nil {
		k.keys = make(map[string]ringKey)
	}
	k.keys[name] = key
	return nil
}

func parsePublicKey(text []byte) (ringKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return ringKey{}, errors.New("is not a PEM file")
	}
	der := block.Bytes
	switch {
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return ringKey{}, errors.New("is a private key; give the public key that belongs to it")
	case block.Type == "RSA PUBLIC KEY":
		key, err := x509.ParsePKCS1PublicKey(der)
		if err == nil {
			der, err = x509.MarshalPKIXPublicKey(key)
		}
		if err != nil {
			return ringKey{}, fmt.Errorf("is not a public key: %w", err)
		}
	}
	public, id, err := adb.ParseKey(der)
	if err != nil {
		return ringKey{}, err
	}
	if key, ok := public.(*rsa.PublicKey); ok && key.N.BitLen() < minKeyBits {
		return ringKey{}, fmt.Errorf("is an RSA key of %d bits; at least %d are required", key.N.BitLen(), minKeyBits)
	}
	return ringKey{public, id}, nil
}

// minKeyBits is the minimum of crypto/rsa.
const minKeyBits = 1024

// Names returns the names of the keys in order.
func (k *KeyRing) Names() []string { return slices.Sorted(maps.Keys(k.keys)) }

// Digest returns a SHA-256 of the keys and their names: equal for rings that trust the same.
func (k *KeyRing) Digest() [sha256.Size]byte {
	var text []byte
	if k != nil {
		for _, name := range k.Names() {
			encoded, err := x509.MarshalPKIXPublicKey(k.keys[name].public)
			if err != nil {
				panic(err) // the key was parsed
			}
			text = fmt.Appendf(text, "%q %x\n", name, encoded)
		}
	}
	return sha256.Sum256(text)
}

func (k *KeyRing) has(name string) bool { return k.keys[name].public != nil }

// verifyADB checks that one of the keys has signed the metadata of a file in apk 3's own format, and returns its name. As in
// apk, a signature that is wrong is as good as none.
func (k *KeyRing) verifyADB(schema adb.Schema, metadata []byte, signatures []adb.Signature) (signedBy string, err error) {
	if k == nil {
		k = new(KeyRing)
	}
	e := &UntrustedError{Trusted: k.Names()}
	for i := range signatures {
		s := &signatures[i]
		by := fmt.Sprintf("key %x", s.Key)
		for _, name := range e.Trusted {
			key := k.keys[name]
			if key.id != s.Key {
				continue
			}
			if by = name; !s.IsSupported() {
				e.Algorithm = fmt.Sprintf("digest %d", s.Digest)
				continue
			}
			if s.Verify(key.public, schema, metadata) {
				return name, nil
			}
			e.Bad = true
		}
		e.SignedBy = append(e.SignedBy, by)
	}
	return "", e
}

// storedSignature is a signature as stored in a file, not yet verified.
type storedSignature struct {
	Algorithm string // RSA (with SHA-1), RSA256, RSA512 or DSA
	Key       string // file name of the key
	Bytes     []byte
}

const signaturePrefix = ".SIGN."

// maxSignature is how long a signature may be before it is ignored, in bytes.
const maxSignature = 64 << 10

// maxSignatures bounds the signatures of a file.
const maxSignatures = 64

func (s *storedSignature) crypto() crypto.Hash {
	switch s.Algorithm {
	case "RSA":
		return crypto.SHA1
	case "RSA256":
		return crypto.SHA256
	case "RSA512":
		return crypto.SHA512
	}
	return 0
}

func (s *storedSignature) hash() hash.Hash { return s.crypto().New() }

// UntrustedError means that no trusted key has signed the content.
type UntrustedError struct {
	SignedBy  []string // keys named by the signatures; none if it is unsigned
	Trusted   []string // keys in the ring
	Bad       bool     // a trusted key's signature is present but invalid
	OtherKey  bool     // the invalid signature was made with another key, of the same name, or is damaged
	Algorithm string   // of a trusted key's signature, if it is not supported
}

func (e *UntrustedError) Error() string {
	trusted := "no keys are trusted"
	if len(e.Trusted) > 0 {
		trusted = "trusted keys: " + strings.Join(e.Trusted, ", ")
	}
	switch {
	case e.OtherKey:
		return fmt.Sprintf("bad signature: it does not match the trusted key %s: it was made with another key of that name, or is damaged",
			strings.Join(e.SignedBy, ", "))
	case e.Bad:
		return fmt.Sprintf("bad signature: the content was changed or truncated after %s signed it", strings.Join(e.SignedBy, ", "))
	case len(e.SignedBy) == 0:
		return "not signed; " + trusted
	case e.Algorithm != "":
		return fmt.Sprintf("signed by %s with the unsupported algorithm %.20q", strings.Join(e.SignedBy, ", "), e.Algorithm)
	}
	return fmt.Sprintf("signed by %s, which is not trusted; %s", strings.Join(e.SignedBy, ", "), trusted)
}

// Hint returns the remedy.
func (e *UntrustedError) Hint() string {
	switch {
	case e.OtherKey:
		return fmt.Sprintf("compare the trusted key %s with the repository's own (--key FILE); if it is the right one, do not use the repository",
			strings.Join(e.SignedBy, ", "))
	case e.Bad:
		return "fetch the repository again; do not use altered files"
	case len(e.SignedBy) == 0:
		return "sign the index (abuild-sign does), or use a repository that is signed"
	case e.Algorithm != "":
		return "sign the index with RSA and SHA-1, SHA-256 or SHA-512"
	}
	return fmt.Sprintf("if you trust %s, pass its public key: --key FILE", strings.Join(e.SignedBy, " or "))
}

// choose returns the first signature of a known algorithm by a trusted key:
// later ones are not looked at.
func (k *KeyRing) choose(signatures []storedSignature) (*storedSignature, error) {
	e := &UntrustedError{Trusted: k.Names()}
	for i := range signatures {
		s := &signatures[i]
		if k.has(s.Key) && s.crypto() != 0 {
			return s, nil
		}
		if e.SignedBy = append(e.SignedBy, s.Key); k.has(s.Key) {
			e.Algorithm = s.Algorithm
		}
	}
	return nil, e
}

// verifyContent checks that a key of the ring has signed the content, and returns its name.
func (k *KeyRing) verifyContent(signatures []storedSignature, content []byte) (string, error) {
	chosen, err := k.choose(signatures)
	if err != nil {
		return "", err
	}
	sum := chosen.hash()
	sum.Write(content)
	return chosen.Key, k.verify(chosen, sum.Sum(nil))
}

func (k *KeyRing) verify(s *storedSignature, sum []byte) error {
	isGood := false
	switch key := k.keys[s.Key].public.(type) {
	case *rsa.PublicKey:
		isGood = rsa.VerifyPKCS1v15(key, s.crypto(), sum, s.Bytes) == nil
	case *ecdsa.PublicKey:
		isGood = ecdsa.VerifyASN1(key, sum, s.Bytes)
	}
	if !isGood {
		return &UntrustedError{SignedBy: []string{s.Key}, Trusted: k.Names(), Bad: true, OtherKey: !isSignatureOf(k.keys[s.Key].public, s.Bytes)}
	}
	return nil
}

// isSignatureOf reports whether a signature was made with a key, of whatever content: only then the key gives it the padding
// of PKCS #1 (RFC 8017, 9.2). It trusts nothing; it tells an altered content from another key of the same name. Signatures by
// EC keys do not show it and count as the key's.
func isSignatureOf(public crypto.PublicKey, signature []byte) bool {
	key, isRSA := public.(*rsa.PublicKey)
	if !isRSA || len(signature) != key.Size() {
		return !isRSA
	}
	message := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	return bytes.HasPrefix(message, []byte{0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
}

// readSignatures adds those of a signature member to a list, and reads the member
// to its end.
func readSignatures(list []storedSignature, tr *tar.Reader, header *tar.Header, m io.Reader) ([]storedSignature, error) {
	var err error
	for n := 1; err == nil; n++ {
		name, ok := strings.CutPrefix(header.Name, signaturePrefix)
		if !ok {
			return nil, errors.New("signature and content share a gzip member")
		}
		algorithm, key, _ := strings.Cut(name, ".")
		if n > maxSignatures || len(list) == maxSignatures {
			return nil, fmt.Errorf("more than %d signatures", maxSignatures)
		}
		if header.Size <= maxSignature {
			var b []byte
			if b, err = io.ReadAll(tr); err != nil {
				return nil, fmt.Errorf("signature: %w", bounded.UnexpectedEOF(err))
			}
			list = append(list, storedSignature{Algorithm: algorithm, Key: key, Bytes: b})
		}
		header, err = tr.Next()
	}
	if err != io.EOF {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if _, err := io.Copy(io.Discard, m); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return list, nil
}

// Sign returns the gzip member that, put in front of content, signs it: of an
// index all of it, of a package the control segment. The algorithm is RSA,
// RSA256 or RSA512. The same arguments give the same bytes.
func Sign(key *rsa.PrivateKey, keyName, algorithm string, content []byte) ([]byte, error) {
	s := storedSignature{Algorithm: algorithm, Key: keyName}
	if s.crypto() == 0 {
		return nil, fmt.Errorf("sign: unknown algorithm %q", algorithm)
	}
	h := s.hash()
	h.Write(content)
	signature, err := rsa.SignPKCS1v15(nil, key, s.crypto(), h.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	err = tw.WriteHeader(&tar.Header{
		Name: signaturePrefix + algorithm + "." + keyName, Mode: 0o644, Size: int64(len(signature)),
		ModTime: time.Unix(0, 0), Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
	})
	if err == nil {
		_, err = tw.Write(signature)
	}
	if err == nil {
		err = tw.Flush() // and no end-of-archive: the content goes on
	}
	if err == nil {
		err = zw.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return out.Bytes(), nil
}
