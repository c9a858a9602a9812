package busybox

import (
	"bytes"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"sort"
	"strings"
	"unicode/utf16"
)

// certificateHash returns the name that OpenSSL looks a certificate up by, without the
// number at its end: "0a775a30.", or "0a775a30.r" for a list of revoked ones. It is not
// ok unless the file has exactly one of them.
func certificateHash(file []byte) (hash string, ok bool) {
	for {
		var block *pem.Block
		if block, file = pem.Decode(file); block == nil {
			return hash, hash != ""
		}
		var name []byte
		var err error
		suffix := "."
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			name, err = subjectOf(block.Bytes)
		case "X509 CRL":
			name, err = issuerOf(block.Bytes)
			suffix = ".r"
		default:
			continue
		}
		if err != nil || hash != "" {
			return "", false
		}
		sum := sha1.Sum(name)
		hash = fmt.Sprintf("%08x%s", binary.LittleEndian.Uint32(sum[:]), suffix)
	}
}

// subjectOf returns the canonical subject of a certificate (RFC 5280 4.1).
func subjectOf(der []byte) ([]byte, error) {
	var certificate struct {
		TBS struct {
			Version   int `asn1:"optional,explicit,default:0,tag:0"`
			Serial    asn1.RawValue
			Algorithm asn1.RawValue
			Issuer    asn1.RawValue
			Validity  asn1.RawValue
			Subject   asn1.RawValue
			Key       asn1.RawValue
			IssuerID  asn1.RawValue `asn1:"optional,tag:1"`
			SubjectID asn1.RawValue `asn1:"optional,tag:2"`
			Others    asn1.RawValue `asn1:"optional,explicit,tag:3"`
		}
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &certificate); err != nil {
		return nil, err
	}
	return canonicalName(certificate.TBS.Subject.FullBytes)
}

// issuerOf returns the canonical issuer of a list of revoked certificates (RFC 5280 5.1).
func issuerOf(der []byte) ([]byte, error) {
	var list struct {
		TBS       asn1.RawValue
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &list); err != nil {
		return nil, err
	}
	rest := list.TBS.Bytes
	for range 3 { // version, which may be missing, algorithm, issuer
		var field asn1.RawValue
		var err error
		before := rest
		if rest, err = asn1.Unmarshal(rest, &field); err != nil {
			return nil, err
		}
		if field.Tag == asn1.TagInteger {
			continue
		}
		if _, err := asn1.Unmarshal(rest, &field); err != nil {
			return nil, fmt.Errorf("after %d bytes: %w", len(before), err)
		}
		return canonicalName(field.FullBytes)
	}
	return nil, asn1.StructuralError{Msg: "no issuer"}
}

// canonicalName is the form of a name in which OpenSSL compares and hashes: the sets in
// it one after the other, each text in UTF-8, lower case and with single spaces.
func canonicalName(der []byte) ([]byte, error) {
	var sets []asn1.RawValue
	if _, err := asn1.Unmarshal(der, &sets); err != nil {
		return nil, err
	}
	var out []byte
	for _, set := range sets {
		var attributes [][]byte
		for rest := set.Bytes; len(rest) > 0; {
			var attribute struct {
				Type  asn1.ObjectIdentifier
				Value asn1.RawValue
			}
			var err error
			if rest, err = asn1.Unmarshal(rest, &attribute); err != nil {
				return nil, err
			}
			if text, ok := textOf(attribute.Value); ok {
				attribute.Value = asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(canonicalText(text))}
			}
			b, err := asn1.Marshal(attribute)
			if err != nil {
				return nil, err
			}
			attributes = append(attributes, b)
		}
		sort.Slice(attributes, func(i, j int) bool { return bytes.Compare(attributes[i], attributes[j]) < 0 })
		b, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: bytes.Join(attributes, nil)})
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}

// tagUniversalString is 4 bytes a character.
const tagUniversalString = 28

// textOf returns what a string of any type holds. It is not ok for other types.
func textOf(v asn1.RawValue) (string, bool) {
	if v.Class != asn1.ClassUniversal {
		return "", false
	}
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, 26: // 26: VisibleString
		return string(v.Bytes), true
	case asn1.TagT61String: // taken for Latin-1
		runes := make([]rune, len(v.Bytes))
		for i, b := range v.Bytes {
			runes[i] = rune(b)
		}
		return string(runes), true
	case asn1.TagBMPString:
		if len(v.Bytes)%2 != 0 {
			return "", false
		}
		units := make([]uint16, len(v.Bytes)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(v.Bytes[2*i:])
		}
		return string(utf16.Decode(units)), true
	case tagUniversalString:
		if len(v.Bytes)%4 != 0 {
			return "", false
		}
		runes := make([]rune, len(v.Bytes)/4)
		for i := range runes {
			runes[i] = rune(binary.BigEndian.Uint32(v.Bytes[4*i:]))
		}
		return string(runes), true
	}
	return "", false
}

// canonicalText lowers ASCII letters only, and joins what ASCII space parts.
func canonicalText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\t' || r == '\n' || r == '\v' || r == '\f' || r == '\r':
			return ' '
		}
		return r
	}, s)
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
	return strings.Join(words, " ")
}
