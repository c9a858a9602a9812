package oci

import (
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	dgst := "sha256:" + strings.Repeat("a", 64)
	for _, c := range []struct{ name, repository, reference string }{
		{"a.b/c", "a.b/c", "latest"},
		{"localhost/c:1", "localhost/c", "1"},
		{"localhost:5000/c/d:1", "localhost:5000/c/d", "1"},
		{"[::1]:5000/c", "[::1]:5000/c", "latest"},
		{"a.b/c@" + dgst, "a.b/c", dgst},
		{"a.b/c:1@" + dgst, "a.b/c", dgst},
	} {
		n, err := ParseName(c.name)
		if err != nil || n.InRegistry() != c.repository || n.Reference() != c.reference {
			t.Errorf("%s: %+v, %v", c.name, n, err)
		}
	}
}
