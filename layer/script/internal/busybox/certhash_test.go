package busybox

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// encoding/asn1 has no names for these.
const (
	tagVisibleString   = 26
	tagUniversalString = 28
)

// randomName returns a name (RFC 5280 4.1.2.4) of sets of attributes, with strings of all types.
func randomName(t testing.TB, r *rand.Rand) []byte {
	t.Helper()
	words := []string{"Acme", "ACME CA", " padded ", "two  spaces", "tab\tand\nline", "", " ", "ÄÖÜ straße", "ΑΒΓ", "a+b=c,d", "\v\f\r"}
	word := func() string {
		if r.IntN(4) == 0 {
			return fmt.Sprintf("%s %c%c", words[r.IntN(len(words))], ' '+rune(r.IntN(95)), 'A'+rune(r.IntN(26)))
		}
		return words[r.IntN(len(words))]
	}
	ascii := func(s string) []byte {
		return []byte(strings.Map(func(c rune) rune {
			if c >= 0x80 {
				return '?'
			}
			return c
		}, s))
	}
	value := func() asn1.RawValue {
		s := word()
		v := asn1.RawValue{Tag: []int{asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagT61String, asn1.TagBMPString, tagUniversalString,
			tagVisibleString, asn1.TagNumericString, asn1.TagOctetString}[r.IntN(9)]}
		switch v.Tag {
		case asn1.TagUTF8String:
			v.Bytes = []byte(s)
		case asn1.TagT61String:
			for _, c := range s {
				v.Bytes = append(v.Bytes, byte(c))
			}
		case asn1.TagBMPString:
			for _, c := range s {
				v.Bytes = append(v.Bytes, byte(c>>8), byte(c))
			}
		case tagUniversalString:
			for _, c := range s {
				v.Bytes = append(v.Bytes, 0, byte(c>>16), byte(c>>8), byte(c))
			}
		case asn1.TagNumericString:
			v.Bytes = []byte("12 34")
		default:
			v.Bytes = ascii(s)
		}
		if r.IntN(12) == 0 { // half a character, a byte that UTF-8 has not, a pair of surrogates, what is beyond Unicode
			v.Bytes = append(v.Bytes, []string{"A", "\xff", "\xd8\x3d\xde\x00", "\x00\x11\x00\x00", "\x00\x00\xd8\x00", "\xed\xa0\x80"}[r.IntN(6)]...)
		}
		return v
	}
	var sets []asn1.RawValue
	for range r.IntN(4) {
		var attributes []byte
		for range 1 + r.IntN(3)/2 + r.IntN(2) {
			b, err := asn1.Marshal(struct {
				Type  asn1.ObjectIdentifier
				Value asn1.RawValue
			}{asn1.ObjectIdentifier{2, 5, 4, 3 + r.IntN(9)}, value()})
			if err != nil {
				t.Fatal(err)
			}
			attributes = append(attributes, b...)
		}
		sets = append(sets, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes})
	}
	name, err := asn1.Marshal(sets)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestCertificateHash compares the hashes of random names with those that OpenSSL prints.
func TestCertificateHash(t *testing.T) {
	openssl := corpustest.Program(t, "openssl")
	r := rand.New(rand.NewPCG(21, 22))
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	count := 100
	if testing.Short() {
		count = 20
	}
	for i := range count {
		name := randomName(t, r)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i) + 1), RawSubject: name, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
			SubjectKeyId: []byte{1}, KeyUsage: x509.KeyUsageCRLSign,
		}
		der, kind, command := []byte(nil), "CERTIFICATE", "x509"
		if i%4 == 0 {
			kind, command = "X509 CRL", "crl"
			der, err = x509.CreateRevocationList(nil, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: template.NotBefore,
				NextUpdate: template.NotAfter}, template, key)
		} else {
			der, err = x509.CreateCertificate(nil, template, template, key.Public(), key)
		}
		if err != nil {
			t.Fatal(err)
		}
		file := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		asked := exec.Command(openssl, command, "-noout", "-hash")
		asked.Stdin = bytes.NewReader(file)
		out, err := asked.Output()
		want, isRead := strings.TrimSpace(string(out))+".", err == nil
		if kind == "X509 CRL" {
			want += "r"
		}
		got, ok, isDamaged := certificateOf(file)
		if ok != isRead || isDamaged == isRead || ok && got.hash != want {
			t.Errorf("%s %d, of %x: hash %s, %t; OpenSSL has %s, %v", kind, i, name, got.hash, ok, want, err)
		}
	}
}
