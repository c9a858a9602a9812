package build

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync"

	"github.com/lamina-oci/lamina/apk/repository"
)

// hashedSource is a package file whose hash is known after it was read once: for a
// build, which reads it anyway.
type hashedSource struct {
	repository.Source

	mu  sync.Mutex
	sum string // SHA-256, hexadecimal
}

// Open opens the file. The first reader that reaches the end has hashed it.
func (s *hashedSource) Open() (io.ReadCloser, error) {
	f, err := s.Source.Open()
	if err != nil || s.SHA256() != "" {
		return f, err
	}
	return &hashingReader{ReadCloser: f, hash: sha256.New(), source: s}, nil
}

// SHA256 returns the hash of the file, "" while it is not known.
func (s *hashedSource) SHA256() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sum
}

type hashingReader struct {
	io.ReadCloser
	hash   hash.Hash
	source *hashedSource
}

func (r *hashingReader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	r.hash.Write(b[:n])
	if err == io.EOF {
		r.source.mu.Lock()
		r.source.sum = hex.EncodeToString(r.hash.Sum(nil))
		r.source.mu.Unlock()
	}
	return n, err
}
