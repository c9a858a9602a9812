package adb

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
)

// KeyID names a public key in signatures.
type KeyID [16]byte

// Signature is a signature over the metadata of a file, not yet verified.
type Signature struct {
	Digest byte // algorithm: 3 is SHA-256, 4 is SHA-512
	Key    KeyID
	Bytes  []byte
}

const (
	digestSHA256 = 3
	digestSHA512 = 4
)

// signatureHead is the size of what comes before the bytes of a signature.
const signatureHead = 2 + len(KeyID{})

// parseSignature reads a block. Those of another version are passed over.
func parseSignature(b []byte) (Signature, bool) {
	if len(b) <= signatureHead || b[0] != 0 {
		return Signature{}, false
	}
	return Signature{Digest: b[1], Key: KeyID(b[2:signatureHead]), Bytes: b[signatureHead:]}, true
}

// IsSupported reports whether the digest is one of those that are good enough. apk also takes 5, a SHA-256 cut to 20 bytes.
func (s *Signature) IsSupported() bool { return s.Digest == digestSHA256 || s.Digest == digestSHA512 }

// Verify says whether the key has signed this metadata of a file with that schema. The key is an [*rsa.PublicKey] or an
// [*ecdsa.PublicKey].
func (s *Signature) Verify(key crypto.PublicKey, schema Schema, metadata []byte) bool {
	message, ok := s.message(schema, metadata)
	if !ok {
		return false
	}
	sum := sha512.Sum512(message)
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA512, sum[:], s.Bytes) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, sum[:], s.Bytes)
	}
	return false
}

// message returns what is signed.
func (s *Signature) message(schema Schema, metadata []byte) ([]byte, bool) {
	m := append([]byte(schema), 0, s.Digest)
	m = append(m, s.Key[:]...)
	switch s.Digest {
	case digestSHA256:
		sum := sha256.Sum256(metadata)
		return append(m, sum[:]...), true
	case digestSHA512:
		sum := sha512.Sum512(metadata)
		return append(m, sum[:]...), true
	}
	return nil, false
}

// Sign signs metadata with an RSA or ECDSA key, as apk does. Of RSA the same arguments give the same bytes.
func Sign(key crypto.Signer, schema Schema, metadata []byte) (Signature, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return Signature{}, fmt.Errorf("sign: %w", err)
	}
	_, id, err := ParseKey(der)
	if err != nil {
		return Signature{}, fmt.Errorf("sign: %w", err)
	}
	s := Signature{Digest: digestSHA512, Key: id}
	message, _ := s.message(schema, metadata)
	sum := sha512.Sum512(message)
	if s.Bytes, err = key.Sign(nil, sum[:], crypto.SHA512); err != nil {
		return Signature{}, fmt.Errorf("sign: %w", err)
	}
	return s, nil
}

// ParseKey parses a SubjectPublicKeyInfo in DER with an RSA or an elliptic curve key, and returns the id that
// signatures name it by.
func ParseKey(der []byte) (crypto.PublicKey, KeyID, error) {
	var info struct {
		Algorithm struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, KeyID{}, fmt.Errorf("is not a public key: %w", err)
	}
	sum := sha512.Sum512(info.Key.Bytes)
	id := KeyID(sum[:len(KeyID{})])
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		if point := info.Key.Bytes; len(point) > 0 && (point[0] == 2 || point[0] == 3) {
			key, err = compressedKey(info.Algorithm.Parameters, point)
		}
	}
	if err != nil {
		return nil, KeyID{}, fmt.Errorf("is not a public key: %w", err)
	}
	switch key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return key, id, nil
	}
	return nil, KeyID{}, errors.New("is neither an RSA nor an EC key; others are not supported")
}

// compressedKey parses a point of which only one coordinate is given, which the standard library does not do for keys.
func compressedKey(parameters asn1.RawValue, point []byte) (crypto.PublicKey, error) {
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(parameters.FullBytes, &oid); err != nil {
		return nil, err
	}
	curves := map[string]elliptic.Curve{
		"1.2.840.10045.3.1.7": elliptic.P256(), "1.3.132.0.34": elliptic.P384(), "1.3.132.0.35": elliptic.P521(),
	}
	curve := curves[oid.String()]
	if curve == nil {
		return nil, fmt.Errorf("elliptic curve %s is unknown", oid)
	}
	x, y := elliptic.UnmarshalCompressed(curve, point)
	if x == nil {
		return nil, errors.New("the point is not on its curve")
	}
	size := (curve.Params().BitSize + 7) / 8
	whole := make([]byte, 1+2*size)
	whole[0] = 4 // uncompressed
	x.FillBytes(whole[1 : 1+size])
	y.FillBytes(whole[1+size:])
	return ecdsa.ParseUncompressedPublicKey(curve, whole)
}
