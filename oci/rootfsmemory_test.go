package oci_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// TestRootfsMemory: a file is hashed once, and again when it has changed; a change that leaves size and time as they were is found before
// the content gets anywhere.
func TestRootfsMemory(t *testing.T) {
	ctx := context.Background()
	memory := new(oci.RootfsMemory)
	directory := cache.Open(filepath.Join(t.TempDir(), "cache"), func() ([]byte, error) { return []byte("a secret of the tests"), nil })
	path := filepath.Join(t.TempDir(), "root.tar")
	first, second := ocitest.TarOf(t, "first"), ocitest.TarOf(t, "other")
	begun := time.Unix(1700000000, 0)
	put := func(content []byte, modified time.Time) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	open := func(want []byte) oci.BaseLayer {
		t.Helper()
		base, err := oci.OpenRootfs(ctx, path, oci.Platform{OS: "linux", Architecture: "amd64"}, directory, memory)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { base.Close() })
		if got := base.Layers[0].Descriptor; got.Digest != digest.FromBytes(want) || got.Size != int64(len(want)) {
			t.Errorf("the layer is %v, want %s", got, digest.FromBytes(want))
		}
		if err := base.Layers[0].ReadInto(ctx, tree.New()); err != nil {
			t.Error(err)
		}
		return base.Layers[0]
	}
	put(first, begun)
	open(first)
	if err := open(first).Verify(ctx); err != nil {
		t.Error(err)
	}
	put(second, begun)
	unseen := open(first) // so the file was not hashed again
	if err := unseen.Verify(ctx); err == nil || !strings.Contains(err.Error(), "content does not match the digest") {
		t.Errorf("a change that size and time do not show: %v", err)
	}
	put(second, begun.Add(time.Second))
	open(second)
	longer := append(ocitest.TarOf(t, "other"), make([]byte, 512)...)
	put(longer, begun.Add(time.Second))
	open(longer)
}
