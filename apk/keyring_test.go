package apk

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
)

func publicPEM(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// shortKey is an RSA key of 512 bits, made with openssl.
const shortKey = `-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMf6tYq8GEZXWBWshrQuUZDm8i5sc+Jw
ECcajxpEmnwIMz64zD4hgIqi3uA9y+29lAg0JC/IRPatJeeHwCrjmJ0CAwEAAQ==
-----END PUBLIC KEY-----
`

func TestKeyRing(t *testing.T) {
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, good := testKey(t)
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	k := new(KeyRing)
	for _, c := range []struct {
		name, want string
		text       []byte
	}{
		{"b.rsa.pub", "", good},
		{"a.rsa.pub", "", good},
		{"empty", "is not a PEM file", nil},
		{"garbage", "is not a PEM file", []byte("ssh-rsa AAAA")},
		{"text before.rsa.pub", "", append([]byte("made by openssl\n"), good...)},
		{"pkcs1.rsa.pub", "", pkcs1},
		{"elliptic.rsa.pub", "", publicPEM(t, &elliptic.PublicKey)},
		{"edwards", "is neither an RSA nor an EC key; others are not supported", publicPEM(t, edwards)},
		{"private", "is a private key; give the public key that belongs to it",
			pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})},
		{"short", "is an RSA key of 512 bits; at least 1024 are required", []byte(shortKey)},
	} {
		err := k.Add(c.name, c.text)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	if got := k.Names(); !slices.Equal(got, []string{"a.rsa.pub", "b.rsa.pub", "elliptic.rsa.pub", "pkcs1.rsa.pub", "text before.rsa.pub"}) {
		t.Errorf("names %q", got)
	}
}

// TestEllipticSignature: apk 2.14 verifies ECDSA signatures over the hash that the signature's name has for RSA [observed with keys
// and signatures by openssl].
func TestEllipticSignature(t *testing.T) {
	content := []byte("content")
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		ring := new(KeyRing)
		if err := ring.Add("k", publicPEM(t, &key.PublicKey)); err != nil {
			t.Fatal(err)
		}
		for _, algorithm := range []string{"RSA", "RSA256", "RSA512"} {
			for _, signed := range []string{"RSA", "RSA256", "RSA512"} {
				by := &storedSignature{Algorithm: signed, Key: "k"}
				hash := by.hash()
				hash.Write(content)
				if by.Bytes, err = ecdsa.SignASN1(rand.Reader, key, hash.Sum(nil)); err != nil {
					t.Fatal(err)
				}
				by.Algorithm = algorithm
				if hash = by.hash(); hash != nil {
					hash.Write(content)
				}
				if err := ring.verify(by, hash.Sum(nil)); (err == nil) != (algorithm == signed) {
					t.Errorf("%s: signed as %s, named %s: %v", curve.Params().Name, signed, algorithm, err)
				}
			}
		}
	}
}

func TestSign(t *testing.T) {
	key, _ := testKey(t)
	first, err := Sign(key, "k.rsa.pub", "RSA256", []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Sign(key, "k.rsa.pub", "RSA256", []byte("content")); err != nil || !bytes.Equal(first, second) {
		t.Errorf("two signatures of the same differ: %v", err)
	}
	if _, err := Sign(key, "k.rsa.pub", "DSA", nil); err == nil || err.Error() != `sign: unknown algorithm "DSA"` {
		t.Errorf("DSA: %v", err)
	}
}
