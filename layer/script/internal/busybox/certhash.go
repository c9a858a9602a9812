package busybox

import (
	"bytes"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// certificate is the certificate of a file, or the list of revoked ones.
type certificate struct {
	hash   string // the name that OpenSSL looks it up by, without the number at its end: "0a775a30.", or "0a775a30.r" for a list
	digest [sha1.Size]byte
}

// certificateOf returns the certificate of a file, or its list of revoked ones if it has no certificate. With more than one of a kind, or
// neither, the file is not one. A file that OpenSSL cannot read is damaged.
func certificateOf(file []byte) (c certificate, isOne, isDamaged bool) {
	const begin = "-----BEGIN "
	open := bytes.Count(file, []byte("\n"+begin))
	if bytes.HasPrefix(file, []byte(begin)) {
		open++
	}
	var found [2][]byte // a certificate and a list
	isOne = true
	for block := (*pem.Block)(nil); ; open-- {
		if block, file = pem.Decode(file); block == nil {
			break
		}
		kind := 0
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		case "X509 CRL":
			kind = 1
		default:
			continue
		}
		isOne = isOne && found[kind] == nil
		found[kind] = block.Bytes
	}
	nameOf, der, suffix := subjectOf, found[0], "."
	if der == nil {
		nameOf, der, suffix = issuerOf, found[1], ".r"
	}
	if open > 0 || der == nil || !isOne {
		return c, false, open > 0
	}
	name, err := nameOf(der)
	if err != nil {
		return c, false, true
	}
	sum := sha1.Sum(name)
	c.hash, c.digest = fmt.Sprintf("%08x%s", binary.LittleEndian.Uint32(sum[:]), suffix), sha1.Sum(der)
	return c, true, false
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
			text, isText, err := textOf(attribute.Value)
			if err != nil {
				return nil, err
			}
			if isText {
				attribute.Value = asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(canonicalText(text))}
			}
			b, err := asn1.Marshal(attribute)
			if err != nil {
				return nil, err
			}
			attributes = append(attributes, b)
		}
		slices.SortFunc(attributes, bytes.Compare)
		b, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: bytes.Join(attributes, nil)})
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}

// textOf returns what a string holds whose type does not matter for the hash. OpenSSL refuses a certificate with a value that it is an
// error for: a string that is not valid, or a type that names do not have.
func textOf(v asn1.RawValue) (text string, isText bool, err error) {
	// Tags that encoding/asn1 does not name.
	const (
		objectDescriptor = 7
		relativeIRI      = 15
		universalString  = 28 // 4 bytes a character
		characterString  = 29
		date             = 31
	)
	if v.Class != asn1.ClassUniversal {
		return "", false, asn1.StructuralError{Msg: "value of a name that is of no universal type"}
	}
	var runes []rune
	size := 1 // bytes of a character
	switch v.Tag {
	case asn1.TagUTF8String:
		if !utf8.Valid(v.Bytes) {
			return "", false, asn1.StructuralError{Msg: "invalid UTF-8"}
		}
		return string(v.Bytes), true, nil
	case asn1.TagPrintableString, asn1.TagIA5String, asn1.TagT61String: // taken for Latin-1
	case asn1.TagBMPString:
		size = 2
	case universalString:
		size = 4
	case asn1.TagBitString, asn1.TagSequence, asn1.TagNumericString, characterString, date:
		return "", false, nil
	default:
		if v.Tag < objectDescriptor || v.Tag > relativeIRI {
			err = asn1.StructuralError{Msg: fmt.Sprintf("value of a name with the tag %d", v.Tag)}
		}
		return "", false, err
	}
	if len(v.Bytes)%size != 0 {
		return "", false, asn1.StructuralError{Msg: "half a character"}
	}
	for rest := v.Bytes; len(rest) > 0; rest = rest[size:] {
		r := rune(0)
		for _, b := range rest[:size] {
			r = r<<8 | rune(b)
		}
		if !utf8.ValidRune(r) { // no pairs of surrogates either
			return "", false, asn1.StructuralError{Msg: fmt.Sprintf("invalid character %x", rest[:size])}
		}
		runes = append(runes, r)
	}
	return string(runes), true, nil
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
