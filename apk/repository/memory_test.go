package repository_test

import (
	"errors"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestMemory: an index is read once, but for each key ring: what one build trusts says nothing to another.
func TestMemory(t *testing.T) {
	s := newServer(t, sample)
	r := at(s.start(t))
	c := &repository.Client{Memory: new(repository.Memory)}
	defer c.Close()
	if _, err := c.Index(t.Context(), r, "x86_64", new(apk.KeyRing), apk.V3); !errors.As(err, new(*apk.UntrustedError)) {
		t.Errorf("without a key: %v", err)
	}
	first, err := index(c, r)
	if err != nil {
		t.Fatal(err)
	}
	s.seen()
	if again, err := index(c, r); err != nil || again != first {
		t.Errorf("read again: %v", err)
	}
	if requests := s.seen(); len(requests) > 0 {
		t.Errorf("more requests: %v", requests)
	}
	if _, err := c.Index(t.Context(), r, "x86_64", new(apk.KeyRing), apk.V3); !errors.As(err, new(*apk.UntrustedError)) {
		t.Errorf("without a key, after a build that has it: %v", err)
	}
	other := new(apk.KeyRing)
	if err := other.Add("another name", []byte(fixtures.PublicKeyPEM)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Index(t.Context(), r, "x86_64", other, apk.V3); !errors.As(err, new(*apk.UntrustedError)) {
		t.Errorf("with the key under another name: %v", err)
	}
	if _, err := c.Index(t.Context(), r, "aarch64", other, apk.V3); err == nil {
		t.Error("for an architecture that the repository does not have: no error")
	}
}
