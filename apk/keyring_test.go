package apk

import (
	"bytes"
	"crypto/ecdsa"
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
		{"no key", "is not a public key: x509: failed to parse public key (use ParsePKCS1PublicKey instead for this key format)", pkcs1},
		{"elliptic", "is not an RSA key; only RSA keys are supported", publicPEM(t, &elliptic.PublicKey)},
		{"short", "is an RSA key of 512 bits; at least 1024 are required", []byte(shortKey)},
	} {
		err := k.Add(c.name, c.text)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	if got := k.Names(); !slices.Equal(got, []string{"a.rsa.pub", "b.rsa.pub"}) {
		t.Errorf("names %q", got)
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
