package layer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lamina-oci/lamina/layer/tree"
)

// inBubble runs a function and fails if it leaves a goroutine behind: synctest
// waits for all and reports those that never end.
func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// TestDiskFull lets the writer fail after any number of bytes.
func TestDiskFull(t *testing.T) {
	tr, packages := mixedPackages(t, 10)
	for _, recipe := range smallBlocks() {
		whole, _ := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{})
		for i := range 40 {
			if testing.Short() && i%5 < 4 {
				continue
			}
			left := len(whole) * i / 40
			if i == 39 {
				left = len(whole) - 1
			}
			inBubble(t, func(t *testing.T) {
				w := &failingWriter{left}
				_, err := writeLayer(t.Context(), w, tree.New(), tr, packages, recipe, WriteOptions{Concurrency: 1 + i%4})
				if err == nil || !errors.Is(err, errFull) || err.Error() != "write layer: no space left on device" {
					t.Errorf("%s: full after %d of %d bytes: %v", recipe.Compression, left, len(whole), err)
				}
			})
		}
	}
}

// TestCancel cancels at the n-th byte written, or at the n-th byte read.
func TestCancel(t *testing.T) {
	tr, packages := mixedPackages(t, 10)
	recipe, reason := smallBlocks()[0], errors.New("enough")
	whole, result := mustWrite(t, tree.New(), tr, packages, recipe, WriteOptions{})
	for i := range 30 {
		inBubble(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			left := len(whole) * i / 30
			w := writerFunc(func(p []byte) (int, error) {
				if left -= len(p); left <= 0 {
					cancel(reason)
				}
				return len(p), nil
			})
			_, err := writeLayer(ctx, w, tree.New(), tr, packages, recipe, WriteOptions{Concurrency: 1 + i%4})
			if !errors.Is(err, reason) {
				t.Errorf("cancelled after %d of %d bytes written: %v", len(whole)*i/30, len(whole), err)
			}
		})
		inBubble(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			at := result.ContentSize * int64(i) / 30
			_, err := writeLayer(ctx, io.Discard, tree.New(), tr, packages, recipe, WriteOptions{
				Concurrency: 1 + i%4,
				Progress: func(done, _ int64) {
					if done >= at {
						cancel(reason)
					}
				},
			})
			if !errors.Is(err, reason) {
				t.Errorf("cancelled after %d of %d bytes read: %v", at, result.ContentSize, err)
			}
		})
	}
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := writeLayer(ctx, io.Discard, tree.New(), tr, packages, recipe, WriteOptions{}); err != context.Canceled && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
	})
}

// TestWrongSize has contents that are not what the node says: the tar must not
// be padded, nor go on with half a file.
func TestWrongSize(t *testing.T) {
	for _, test := range []struct {
		name  string
		size  int64
		bytes string
		want  string
	}{
		{"short", 5, "abc", "write layer: x: the content ends after 3 of 5 bytes"},
		{"none", 5, "", "write layer: x: the content ends after 0 of 5 bytes"},
		{"long", 2, "abc", "write layer: x: the content is longer than the expected 2 bytes"},
		{"long by a block", 64 << 10, strings.Repeat("a", 128<<10), "write layer: x: the content is longer than the expected 65536 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := tree.New()
			tr.Put("x", &tree.Node{Mode: 0o644, Size: test.size, Content: tree.Bytes([]byte(test.bytes))})
			_, err := writeLayer(t.Context(), io.Discard, tree.New(), tr, nil, DefaultRecipe(), WriteOptions{})
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v\n want %s", err, test.want)
			}
		})
	}
}

// TestAlteredPackage alters a package file after it was staged, when it is
// read for the second time.
func TestAlteredPackage(t *testing.T) {
	tests := []struct {
		name  string
		alter func(t *testing.T, a *archived, data []byte) []byte
		want  string // a part of the error
	}{
		{
			"other content", func(t *testing.T, a *archived, data []byte) []byte {
				a.contents[a.entry("usr/bin/b")] = "SECOND"
				return append(controlOf(t, data), a.data(t)...)
			}, "data segment: has the SHA-256 ",
		},
		{
			"other size", func(t *testing.T, a *archived, data []byte) []byte {
				a.contents[a.entry("usr/bin/b")] = "second, longer"
				return append(controlOf(t, data), a.data(t)...)
			}, "usr/bin/b: the content has 14 bytes, but had 6: the package file was altered after it was verified",
		},
		{
			"an entry less", func(t *testing.T, a *archived, data []byte) []byte {
				a.names, a.contents = a.names[:3], a.contents[:3]
				return append(controlOf(t, data), a.data(t)...)
			}, "data segment: has the SHA-256 ",
		},
		{
			"a byte in the control segment", func(t *testing.T, a *archived, data []byte) []byte {
				data[9] ^= 1 // the operating system in the gzip header: only the hash sees it
				return data
			}, "its identity is ",
		},
		{
			"a byte in the data segment", func(t *testing.T, a *archived, data []byte) []byte {
				data[len(controlOf(t, data))+9] ^= 1
				return data
			}, "data segment: has the SHA-256 ",
		},
		{"cut off", func(t *testing.T, a *archived, data []byte) []byte { return data[:len(data)-20] }, "unexpected EOF"},
		{"nothing left", func(t *testing.T, a *archived, data []byte) []byte { return nil }, "control segment: unexpected EOF"},
		{"more behind", func(t *testing.T, a *archived, data []byte) []byte { return append(data, data...) }, "there is data after its end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tr := tree.New()
			good, bad := makePackage(t, "good", "a", "x"), makePackage(t, "bad", "usr/bin/a", "first", "usr/bin/b", "second")
			good.install(t, tr)
			bad.install(t, tr)
			source := bad.Source.(*memorySource)
			source.data = test.alter(t, bad, bytes.Clone(source.data))
			_, err := writeLayer(t.Context(), io.Discard, tree.New(), tr, staged(good, bad), DefaultRecipe(), WriteOptions{})
			if err == nil || !strings.HasPrefix(err.Error(), "write layer: package bad-1-r0: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v\n want write layer: package bad-1-r0: …%s", err, test.want)
			}
		})
	}
}

// controlOf returns the control segment of a package file.
func controlOf(t *testing.T, data []byte) []byte {
	t.Helper()
	i := bytes.Index(data[1:], []byte{0x1f, 0x8b, 8, 0}) + 1
	if i == 0 {
		t.Fatal("there is no second member")
	}
	return bytes.Clone(data[:i])
}

// TestUnreadablePackage fails to open one of several.
func TestUnreadablePackage(t *testing.T) {
	tr, packages := mixedPackages(t, 10)
	packages[3].Source = failingSource{}
	inBubble(t, func(t *testing.T) {
		_, err := writeLayer(t.Context(), io.Discard, tree.New(), tr, packages, DefaultRecipe(), WriteOptions{})
		if want := "write layer: package p3-1-r0: no luck"; err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	})
}

type failingSource struct{}

func (failingSource) Open() (io.ReadCloser, error) { return nil, errors.New("no luck") }
