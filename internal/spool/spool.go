// Package spool keeps streams that can be read only once, to be read again from any of them: a few in memory, the rest in a
// temporary file. An archive that is compressed can only be read from its beginning; its files are wanted one by one, and in another order.
package spool

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/lamina-oci/lamina/internal/tempdir"
)

// Bounds of what is kept in memory, in bytes.
const (
	maxMemory  = 16 << 20 // of a spool
	maxInPlace = 256 << 10
)

// A Spool keeps contents until it is closed. The zero value is empty. Its methods may be called concurrently.
type Spool struct {
	mu     sync.Mutex
	memory int
	file   *tempdir.File // nil until it is needed
	size   int64         // of the file
}

// Content is what one stream had.
type Content struct {
	memory []byte // in place of the rest if file is nil
	file   *tempdir.File
	offset int64
	size   int64
}

// Open returns the bytes from the first on. The reader is an [io.ReaderAt] too. Open may be called concurrently; once the spool is
// closed, reading fails.
func (c *Content) Open() (io.ReadCloser, error) {
	if c.file == nil {
		return section{io.NewSectionReader(bytes.NewReader(c.memory), 0, int64(len(c.memory)))}, nil
	}
	return section{io.NewSectionReader(c.file, c.offset, c.size)}, nil
}

type section struct{ *io.SectionReader }

func (section) Close() error { return nil }

// Size returns the number of bytes.
func (c *Content) Size() int64 {
	if c.file == nil {
		return int64(len(c.memory))
	}
	return c.size
}

// Keep reads a stream to its end.
func (s *Spool) Keep(r io.Reader) (*Content, error) {
	first, err := io.ReadAll(io.LimitReader(r, maxInPlace))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(first) < maxInPlace && s.memory+len(first) <= maxMemory {
		s.memory += len(first)
		return &Content{memory: bytes.Clone(first)}, nil
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	c := &Content{file: s.file, offset: s.size}
	c.size, err = io.Copy(io.NewOffsetWriter(s.file, s.size), io.MultiReader(bytes.NewReader(first), r))
	s.size += c.size
	return c, err
}

// Write keeps what write writes.
func (s *Spool) Write(write func(io.Writer) error) (*Content, error) {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	defer r.Close() // so that write ends if keeping fails
	return s.Keep(r)
}

// open makes the file. The caller holds s.mu.
func (s *Spool) open() error {
	if s.file != nil {
		return nil
	}
	file, err := tempdir.CreateFile()
	if err != nil {
		return fmt.Errorf("keep a stream: %w", err)
	}
	s.file = file
	return nil
}

// Close removes the file.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	return file.Close()
}
