package adb_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"testing"

	"github.com/lamina-oci/lamina/internal/adb"
)

// TestSignatures: a signature is over schema, head and hash of the metadata, by SHA-512, and fills its block.
func TestSignatures(t *testing.T) {
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	metadata := []byte("metadata")
	for _, key := range []crypto.Signer{ecKey, rsaKey} {
		good, err := adb.Sign(key, adb.SchemaPackage, metadata)
		if err != nil {
			t.Fatal(err)
		}
		// by signs as a maker could who mistakes the format.
		by := func(digest byte, id adb.KeyID, sum []byte, h crypto.Hash) adb.Signature {
			s := adb.Signature{Digest: digest, Key: id}
			message := append(append([]byte("pckg\x00"), digest), id[:]...)
			message = append(message, sum...)
			digested := h.New()
			digested.Write(message)
			if s.Bytes, err = key.Sign(rand.Reader, digested.Sum(nil), h); err != nil {
				t.Fatal(err)
			}
			return s
		}
		sum256, sum512 := sha256.Sum256(metadata), sha512.Sum512(metadata)
		longer, shorter, of256 := good, good, good
		longer.Bytes = append(append([]byte{}, good.Bytes...), 0)
		shorter.Bytes = good.Bytes[:len(good.Bytes)-1]
		of256.Digest = 3
		for _, test := range []struct {
			name string
			s    adb.Signature
			want bool
		}{
			{"as it is made", good, true},
			{"by hand", by(4, good.Key, sum512[:], crypto.SHA512), true},
			{"over a SHA-256", by(3, good.Key, sum256[:], crypto.SHA512), true},
			{"by another id", by(4, adb.KeyID{1}, sum512[:], crypto.SHA512), true}, // which finds no key
			{"by SHA-256", by(4, good.Key, sum512[:], crypto.SHA256), false},
			{"over a short SHA-256", by(5, good.Key, sum256[:20], crypto.SHA512), false},
			{"over another SHA-256", of256, false},
			{"longer", longer, false},
			{"shorter", shorter, false},
			{"empty", adb.Signature{Digest: 4, Key: good.Key}, false},
		} {
			if got := test.s.Verify(key.Public(), adb.SchemaPackage, metadata); got != test.want {
				t.Errorf("%T, %s: %v, want %v", key, test.name, got, test.want)
			}
		}
		if good.Verify(key.Public(), adb.SchemaIndex, metadata) || good.Verify(key.Public(), adb.SchemaPackage, []byte("Metadata")) ||
			good.Verify(nil, adb.SchemaPackage, metadata) {
			t.Errorf("%T: good for something else", key)
		}
	}
}
