package layer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// checkWhole checks that no entry of a cache is incomplete.
func checkWhole(t testing.TB, c *testCache, what string) {
	t.Helper()
	lw := &layerWriter{ctx: context.Background(), cache: c.Directory}
	for _, name := range c.entries(t) {
		key, isWhole := filepath.Base(name), true
		switch kind := cache.Kind(filepath.Base(filepath.Dir(name))); kind {
		case cache.Segments:
			lw.known = []knownSegment{{key: key}}
			s := lw.openSegment(0, &segment{})
			if isWhole = s != nil; isWhole {
				isWhole = s.entry.Verify(context.Background()) == nil
				s.entry.Close()
			}
		case cache.Chains:
			text, err := c.Read(cache.Chains, key, maxChain)
			if err == nil {
				_, _, err = parseChain(text)
			}
			isWhole = err == nil
		case cache.Layers:
			t.Errorf("%s: a record of a layer that was not written", what)
		default:
			t.Errorf("%s: %s is left", what, name)
		}
		if !isWhole || strings.Contains(key, ".") {
			t.Errorf("%s: %s is there, but not whole", what, name)
		}
	}
	if len(c.warnings) > 0 {
		t.Errorf("%s: warnings %q", what, c.warnings)
	}
}

// TestFaultsWithCache fails or is cancelled after any number of bytes, with a cache that is empty and
// one that is full: its entries afterwards are whole, and usable.
func TestFaultsWithCache(t *testing.T) {
	reason := errors.New("enough")
	for _, recipe := range smallBlocks() {
		c := newCacheTest(t, recipe, 8)
		full := newTestCache(t, t.TempDir())
		c.check(t, "empty cache", full, WriteOptions{}, 0, 0)
		full.Close()
		if err := os.RemoveAll(filepath.Join(full.dir, string(cache.Layers))); err != nil {
			t.Fatal(err)
		}
		for _, state := range []string{"empty", "full"} {
			dir := t.TempDir()
			for i := range 24 {
				if state == "full" {
					dir = full.dir
				} else if i%6 == 0 {
					dir = t.TempDir() // else it has what the failures before have left
				}
				what := string(recipe.Compression) + ", cache " + state
				left := len(c.layer) * i / 24
				inBubble(t, func(t *testing.T) {
					with := newTestCache(t, dir)
					o := WriteOptions{Concurrency: 1 + i%4, Cache: with.Directory}
					var w io.Writer = &failingWriter{left}
					if i%2 == 0 {
						w = struct {
							io.Writer
							io.ReaderFrom // as files have
						}{w, readerFrom{w}}
					}
					if _, err := writeLayer(t.Context(), w, tree.New(), c.tree, c.packages, recipe, o); !errors.Is(err, errFull) ||
						err.Error() != "write layer: no space left on device" {
						t.Errorf("%s, full after %d bytes: %v", what, left, err)
					}
					checkWhole(t, with, what)

					ctx, cancel := context.WithCancelCause(t.Context())
					rest := left
					w = writerFunc(func(p []byte) (int, error) {
						if rest -= len(p); rest <= 0 {
							cancel(reason)
						}
						return len(p), nil
					})
					if _, err := writeLayer(ctx, w, tree.New(), c.tree, c.packages, recipe, o); !errors.Is(err, reason) {
						t.Errorf("%s, cancelled after %d bytes: %v", what, left, err)
					}
					checkWhole(t, with, what)
				})
			}
			with := newTestCache(t, copyDirectory(t, dir))
			got, _ := mustWrite(t, tree.New(), c.tree, c.packages, recipe, WriteOptions{Cache: with.Directory})
			if !bytes.Equal(got, c.layer) || len(with.warnings) > 0 {
				t.Errorf("%s, afterwards: other bytes, or warnings: %q", state, with.warnings)
			}
		}
	}
}

// readerFrom copies in small pieces.
type readerFrom struct{ io.Writer }

func (r readerFrom) ReadFrom(from io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{r.Writer}, struct{ io.Reader }{from}, make([]byte, 512))
}

// segmentContent returns the bytes of a cached segment.
func segmentContent(t testing.TB, path string) []byte {
	t.Helper()
	e, err := cachetest.Open(filepath.Dir(filepath.Dir(path))).Open(cache.Segments, filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := make([]byte, e.Size-segmentTail)
	if _, err := e.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCacheIsReplacedMeanwhile: entries that are open are what they were.
func TestCacheIsReplacedMeanwhile(t *testing.T) {
	c := newCacheTest(t, smallBlocks()[0], 8)
	with := newTestCache(t, t.TempDir())
	c.check(t, "empty cache", with, WriteOptions{}, 0, 0)
	var out bytes.Buffer
	w := writerFunc(func(p []byte) (int, error) {
		for _, name := range with.entries(t) {
			if strings.Contains(name, string(cache.Segments)) {
				replaceFile(t, name, []byte("something else"))
			}
		}
		return out.Write(p)
	})
	result, err := writeLayer(t.Context(), w, tree.New(), c.tree, c.packages, c.recipe, WriteOptions{Cache: with.Directory, Concurrency: 1})
	if err != nil || !bytes.Equal(out.Bytes(), c.layer) || result.Reused != len(c.packages) || len(with.warnings) > 0 {
		t.Errorf("%d of %d segments were reused, warnings %q, error %v", result.Reused, len(c.packages), with.warnings, err)
	}
}

// TestCacheChangesMeanwhile lets something happen to the cache when the first bytes of a layer
// are written: its hashes are known then, and of later segments only the beginning was looked at.
func TestCacheChangesMeanwhile(t *testing.T) {
	for _, test := range []struct {
		name     string
		change   func(t *testing.T, path string)
		warnings int // at most one for each segment
		want     string
	}{
		{name: "vanished", change: func(t *testing.T, path string) { replaceFile(t, path, nil) }},
		{name: "damaged", warnings: 1, change: func(t *testing.T, path string) {
			b := mustRead(t, path)
			b[len(b)-3] ^= 1
			replaceFile(t, path, b)
		}},
		{name: "cut off", warnings: 1, change: func(t *testing.T, path string) { replaceFile(t, path, mustRead(t, path)[:200]) }},
		{
			// As another version of a compressor would write it under the same name.
			name: "made otherwise", want: "differs from its cached bytes: build with another cache or without one",
			change: func(t *testing.T, path string) {
				plain := gunzip(t, segmentContent(t, path))
				lw := &layerWriter{
					cache: cachetest.Open(filepath.Dir(filepath.Dir(path))), known: []knownSegment{{key: filepath.Base(path)}},
					compressors: compressors{recipe: DefaultRecipe()},
				}
				lw.compressors.recipe.Level = 1
				k := lw.keepSegment(0, io.Discard)
				err := lw.compressors.compress(k, int64(len(plain)), 1, func(w io.Writer) error {
					_, err := w.Write(plain)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				k.commit(int64(len(plain)), tarKey{})
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCacheTest(t, smallBlocks()[0], 8)
			for _, concurrency := range []int{1, 3} {
				with := newTestCache(t, t.TempDir())
				c.check(t, "empty cache", with, WriteOptions{}, 0, 0)
				var out bytes.Buffer
				var once bool
				w := writerFunc(func(p []byte) (int, error) {
					if !once {
						once = true
						for _, name := range with.entries(t) {
							if strings.Contains(name, string(cache.Segments)) {
								test.change(t, name)
							}
						}
					}
					return out.Write(p)
				})
				l, err := Prepare(t.Context(), tree.New(), c.tree, c.packages, c.recipe, WriteOptions{Cache: with.Directory, Concurrency: concurrency})
				if err != nil {
					t.Fatal(err)
				}
				lw := newLayerWriter(t.Context(), w, l)
				lw.close() // segments are opened again, as those of a layer are that has more than stay open
				err = lw.run(l.segments)
				lw.fail(nil)
				if test.want != "" {
					if err == nil || !strings.HasPrefix(err.Error(), "segment of package p") || !strings.HasSuffix(err.Error(), test.want) {
						t.Errorf("error %v\n want segment of package p… %s", err, test.want)
					}
					continue
				}
				if err != nil || !bytes.Equal(out.Bytes(), c.layer) {
					t.Errorf("concurrency %d: other bytes, or error %v", concurrency, err)
				}
				if most := test.warnings * len(c.packages); len(with.warnings) > most || most > 0 && len(with.warnings) == 0 {
					t.Errorf("concurrency %d: warnings %q, want %d at most", concurrency, with.warnings, most)
				}
				// Damaged entries that were in use are rebuilt only now.
				got, _ := mustWrite(t, tree.New(), c.tree, c.packages, c.recipe, WriteOptions{Cache: with.Directory})
				if !bytes.Equal(got, c.layer) {
					t.Errorf("concurrency %d: other bytes the next time", concurrency)
				}
				with.warnings = nil
				c.check(t, "in the end", with, WriteOptions{}, len(c.packages), 0)
			}
		})
	}
}
