package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
)

// ErrNoPlace says that there is no repository at all to take a locked package from.
var ErrNoPlace = errors.New("nothing says where it is to be had from")

func errNowhere(p *apk.Package) error {
	return fmt.Errorf("package %s: no repository has it any more", p.ID())
}

// sources fetches the package files that the changes need, with an item for each
// change, nil for one without a file.
func (p *Plan) sources(ctx context.Context) ([]*hashedSource, error) {
	sources := make([]*hashedSource, len(p.Solution.Changes))
	var wanted []repository.Wanted
	var places []int // in changes
	for i, c := range p.Solution.Changes {
		switch {
		case c.Kind == solver.Unchanged, c.Kind == solver.UpdatingPinning, c.Kind == solver.Purging:
			continue
		case c.New.InstalledSize == 0: // nothing is read of it
			continue
		case c.Repository < 0:
			return nil, errNowhere(c.New)
		}
		w := repository.Wanted{Package: c.New, Repositories: p.places(c.Repository)}
		if p.locked != nil {
			w.SHA256 = p.locked.Changes[i].SHA256
		}
		if len(w.Repositories) == 0 {
			return nil, fmt.Errorf("package %s: %w", c.New.ID(), ErrNoPlace)
		}
		wanted = append(wanted, w)
		places = append(places, i)
	}
	found, err := p.request.Client.Packages(ctx, wanted, p.Arch)
	if err != nil {
		return nil, err
	}
	for i, source := range found {
		sources[places[i]] = &hashedSource{Source: source}
	}
	return sources, nil
}

// places returns where a package may be had. With a lock that is anywhere, first where
// it was when the lock was made: its hash tells it from all others.
func (p *Plan) places(index int) []repository.Repository {
	if p.locked == nil {
		return p.repositories[index : index+1]
	}
	var list []repository.Repository
	add := func(r repository.Repository) {
		if r.Tag = ""; !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	if p.request.Vendor != "" {
		add(repository.Repository{URL: p.request.Vendor})
	}
	if len(p.repositories) == len(p.locked.Indexes) {
		add(p.repositories[index])
	}
	for _, r := range p.repositories {
		add(r)
	}
	return list
}

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
