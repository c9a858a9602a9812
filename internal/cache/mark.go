package cache

import (
	"bytes"
	"crypto/hmac"
	"encoding/binary"
	"sync"
)

// Mark tells whether a file that is kept elsewhere is still what it was when it was verified. Entries have marks in them, and vouch for
// them. A mark is made like a seal, and is as hard to forge: the name of the key, a salt, and one tag over the tags of all pieces of the
// content. One of [PlainMarker] has no key. The zero value marks nothing.
type Mark [keyNameSize + saltSize + tagSize]byte

// markKind is in the place of an entry's kind, so that no entry has the key of a mark.
const markKind Kind = "marks"

// Marker makes the mark of what is written to it, which is for one goroutine.
type Marker struct {
	seal seal
	mark Mark // without its tag
}

// Marker returns a new marker. It is nil, and marks nothing, for a directory without a secret.
func (f *Directory) Marker() *Marker {
	if f == nil {
		return nil
	}
	k := f.key()
	if k == nil {
		return nil
	}
	var like Mark
	salted := k.salted()
	copy(like[:], salted[:])
	return f.MarkerLike(like)
}

// MarkerLike returns a marker that gives the same mark for the same content. It is nil for a mark of another secret.
func (f *Directory) MarkerLike(m Mark) *Marker {
	if f == nil {
		return nil
	}
	k := f.key()
	if k == nil || !bytes.Equal(m[:keyNameSize], k.id[:]) {
		return nil
	}
	return &Marker{seal{sealer: newSealer(k, m[keyNameSize:][:saltSize], markKind, "")}, m}
}

// PlainMarker returns a marker without a secret: it gives the same mark everywhere. Such marks tell contents apart that differ by accident,
// and are no proof against somebody who chooses them.
func PlainMarker() *Marker { return &Marker{seal: seal{sealer: plainSealer()}} }

var plainSealer = sync.OnceValue(func() sealer { return newSealer(new(key), nil, markKind, "") })

func (m *Marker) Write(p []byte) (int, error) {
	if m != nil {
		m.seal.add(p)
	}
	return len(p), nil
}

// Mark ends the content and returns its mark.
func (m *Marker) Mark() Mark {
	if m == nil {
		return Mark{}
	}
	m.seal.endLast()
	of := binary.BigEndian.AppendUint64(m.seal.tags, m.seal.size)
	copy(m.mark[keyNameSize+saltSize:], m.seal.sealer.appendTag(nil, trailerNonce, of))
	return m.mark
}

// Is ends the content and reports whether it has a mark.
func (m *Marker) Is(other Mark) bool {
	got := m.Mark()
	return m != nil && hmac.Equal(got[:], other[:])
}
