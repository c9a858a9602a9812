package cache

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"io"
	"io/fs"
	"sync"
)

// The file of a sealed entry is its content and what its seal says of it:
//
//	content      Size bytes, at the beginning, where whole pieces are whole pages
//	tags         tagSize bytes for each pieceSize bytes of the content, the last piece being shorter
//	key name     8 bytes that tell the secret it is sealed with
//	salt         16 random bytes
//	size         of the content, 8 bytes, big endian
//	tag          over the size
//
// A tag is a GMAC (NIST SP 800-38D: the tag of AES-256-GCM without plaintext, over additional data). Its key comes
// from the secret, the salt, and the entry's kind and key by HMAC-SHA-256, so an entry in the place of
// another is found as well; its nonce is the number of the piece, and for the trailer the highest number, so that
// no nonce occurs twice with one key.
// GMAC finds damage and forgery at about the speed of memory, in pieces that can be read in any order.
const (
	pieceSize   = 128 << 10
	tagSize     = 16
	keyNameSize = 8
	saltSize    = 16
	sizeSize    = 8
	trailerSize = keyNameSize + saltSize + sizeSize + tagSize

	trailerNonce = ^uint64(0)
)

// sealer makes the tags of one entry. It may be used concurrently.
type sealer struct{ aead cipher.AEAD }

func newSealer(k *key, salt []byte, kind Kind, name string) sealer {
	h := hmac.New(sha256.New, k.bytes)
	h.Write(salt)
	io.WriteString(h, string(kind)+" "+name)
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return sealer{aead}
}

// appendTag appends the tag of a piece.
func (s sealer) appendTag(b []byte, number uint64, piece []byte) []byte {
	return s.aead.Seal(b, nonce(number), nil, piece)
}

func (s sealer) check(number uint64, piece, tag []byte) bool {
	_, err := s.aead.Open(nil, nonce(number), tag, piece)
	return err == nil
}

func nonce(number uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), number)
}

// seal collects the tags of an entry that is written.
type seal struct {
	sealer sealer
	like   identity
	out    func(piece []byte) // gets the content, in pieces; nil if nobody does
	tags   []byte
	piece  []byte // begun: nil, or a buffer of pieces
	size   uint64 // of the content so far
}

// identity is the name of a key and a salt.
type identity [keyNameSize + saltSize]byte

// salted returns the key's name with a new salt.
func (k *key) salted() (like identity) {
	copy(like[:], k.id[:])
	rand.Read(like[keyNameSize:])
	return like
}

// newSeal returns the seal of an entry.
func newSeal(k *key, kind Kind, name string) *seal {
	like := k.salted()
	return &seal{sealer: newSealer(k, like[keyNameSize:], kind, name), like: like}
}

func (s *seal) add(p []byte) {
	s.size += uint64(len(p))
	for len(p) > 0 {
		n := min(len(p), pieceSize-len(s.piece))
		if n == pieceSize {
			s.end(p[:n])
		} else {
			s.collect(p[:n])
		}
		p = p[n:]
	}
}

// collect adds a part of a piece.
func (s *seal) collect(part []byte) {
	if s.piece == nil {
		s.piece = pieces.Get().(*[pieceSize]byte)[:0]
	}
	if s.piece = append(s.piece, part...); len(s.piece) == pieceSize {
		s.end(s.piece)
		s.piece = s.piece[:0]
	}
}

func (s *seal) end(piece []byte) {
	s.tags = s.sealer.appendTag(s.tags, uint64(len(s.tags)/tagSize), piece)
	if s.out != nil {
		s.out(piece)
	}
}

// endLast ends the last piece.
func (s *seal) endLast() {
	if s.piece == nil {
		return
	}
	if len(s.piece) > 0 {
		s.end(s.piece)
	}
	s.release()
}

// release gives the buffer of a piece back, and the piece up.
func (s *seal) release() {
	if s.piece != nil {
		pieces.Put((*[pieceSize]byte)(s.piece[:pieceSize]))
		s.piece = nil
	}
}

// close ends the content and returns the tags and the trailer.
func (s *seal) close() []byte {
	s.endLast()
	b := binary.BigEndian.AppendUint64(append(s.tags, s.like[:]...), s.size)
	return s.sealer.appendTag(b, trailerNonce, b[len(b)-sizeSize:])
}

// unseal reads the trailer of an entry whose file has size bytes. The error is fs.ErrNotExist for an
// entry that is sealed with another key, and [ErrDamaged] for one that is not what its writer sealed.
func (e *Entry) unseal(k *key, kind Kind, name string, size int64) error {
	var trailer [trailerSize]byte
	if size < trailerSize {
		return ErrDamaged
	}
	if _, err := e.File.ReadAt(trailer[:], size-trailerSize); err != nil {
		return ErrDamaged
	}
	keyName, salt := trailer[:keyNameSize], trailer[keyNameSize:][:saltSize]
	sealed, tag := trailer[keyNameSize+saltSize:][:sizeSize], trailer[trailerSize-tagSize:]
	content := binary.BigEndian.Uint64(sealed)
	pieces := (content + pieceSize - 1) / pieceSize
	if content > uint64(size) || content+pieces*tagSize+trailerSize != uint64(size) {
		return ErrDamaged // perhaps cut off: then the key's name is not one
	}
	if subtle.ConstantTimeCompare(keyName, k.id[:]) == 0 {
		return fs.ErrNotExist
	}
	e.sealer = newSealer(k, salt, kind, name)
	if !e.sealer.check(trailerNonce, sealed, tag) {
		return ErrDamaged
	}
	e.Size = int64(content)
	e.tags = make([]byte, pieces*tagSize)
	if _, err := e.File.ReadAt(e.tags, e.Size); err != nil {
		return ErrDamaged
	}
	return nil
}

// pieces are buffers, for a build reads hundreds of entries.
var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// readPiece reads a piece into a buffer, and returns its content if that is what was sealed.
func (e *Entry) readPiece(number int64, buffer *[pieceSize]byte) ([]byte, error) {
	start := number * pieceSize
	piece := buffer[:min(pieceSize, e.Size-start)]
	if _, err := e.File.ReadAt(piece, start); err != nil {
		return nil, ErrDamaged
	}
	if e.tags != nil && !e.sealer.check(uint64(number), piece, e.tags[number*tagSize:][:tagSize]) {
		return nil, ErrDamaged
	}
	return piece, nil
}

// Verify reads the content of a sealed entry, and returns [ErrDamaged] if it is not what was sealed.
func (e *Entry) Verify(ctx context.Context) error {
	buffer := pieces.Get().(*[pieceSize]byte)
	defer pieces.Put(buffer)
	for n := int64(0); n*pieceSize < e.Size; n++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := e.readPiece(n, buffer); err != nil {
			return err
		}
	}
	return nil
}

// ReadAt reads content of a sealed entry that is what was sealed; otherwise the error is [ErrDamaged].
// It reads whole pieces: [Entry.WriteTo] is for reading all.
func (e *Entry) ReadAt(p []byte, offset int64) (int, error) {
	buffer := pieces.Get().(*[pieceSize]byte)
	defer pieces.Put(buffer)
	done := 0
	for done < len(p) {
		at := offset + int64(done)
		if at >= e.Size {
			return done, io.EOF
		}
		piece, err := e.readPiece(at/pieceSize, buffer)
		if err != nil {
			return done, err
		}
		done += copy(p[done:], piece[at%pieceSize:])
	}
	return done, nil
}

// WriteTo writes the content to w, each piece after it was verified. It returns how many bytes that are, with
// [ErrDamaged] at the first piece that is not what was sealed.
func (e *Entry) WriteTo(w io.Writer) (int64, error) {
	buffer := pieces.Get().(*[pieceSize]byte)
	defer pieces.Put(buffer)
	var done int64
	for done < e.Size {
		piece, err := e.readPiece(done/pieceSize, buffer)
		if err != nil {
			return done, err
		}
		n, err := w.Write(piece)
		done += int64(n)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
