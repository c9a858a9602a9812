package diff

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/internal/linediff"
	"github.com/lamina-oci/lamina/oci"
)

const (
	maxText      = 64 << 10 // bytes of a file that is shown
	maxTextLines = 200      // lines of one diff
	maxPairs     = 1 << 22  // of equal lines that are looked at for one diff
)

var errTooManyPairs = errors.New("too many pairs of equal lines")

// addTexts shows what differs in text files, of which it reads the contents.
func (r *Report) addTexts(ctx context.Context, a, b *oci.Base, before, after *root) error {
	type pair struct{ from, to sum }
	wanted := make(map[int]pair) // by place in Files
	texts := make(map[sum][]byte)
	for i, f := range r.Files {
		if f.Change != Changed {
			continue
		}
		from, _ := before.tree.Lstat(f.Path[1:])
		to, _ := after.tree.Lstat(f.Path[1:])
		if from == nil || to == nil || max(from.Size, to.Size) > maxText {
			continue
		}
		p := pair{}
		var ok, also bool
		p.from, ok = from.Content.(sum)
		p.to, also = to.Content.(sum)
		if ok && also && p.from != p.to {
			wanted[i] = p
			texts[p.from], texts[p.to] = nil, nil
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	for _, image := range []*oci.Base{a, b} {
		if err := collect(ctx, image, texts); err != nil {
			return err
		}
	}
	for i, p := range wanted {
		r.Files[i].Text = unified(r.Files[i].Path, texts[p.from], texts[p.to])
	}
	return nil
}

// collect reads the contents that are wanted by their hashes.
func collect(ctx context.Context, image *oci.Base, texts map[sum][]byte) error {
	for i, l := range image.Layers {
		if err := collectFrom(ctx, l, texts); err != nil {
			return fmt.Errorf("%s: layer %d: %w", image.Reference, i+1, err)
		}
	}
	return nil
}

func collectFrom(ctx context.Context, l oci.BaseLayer, texts map[sum][]byte) error {
	content, err := l.OpenTar(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	for files := tar.NewReader(content); ; {
		h, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || h.Size > maxText {
			continue
		}
		text, err := io.ReadAll(files)
		if err != nil {
			return err
		}
		content := sum(sha256.Sum256(text))
		if _, ok := texts[content]; ok {
			texts[content] = text
		}
	}
}

// unified returns the diff of two texts, "" if one is not text.
func unified(path string, from, to []byte) string {
	for _, text := range [][]byte{from, to} {
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			return ""
		}
	}
	a, b := slices.Collect(strings.Lines(string(from))), slices.Collect(strings.Lines(string(to)))
	steps := 0
	changes, err := linediff.Changes(a, b, func(pairs int) error {
		if steps += pairs; steps > maxPairs {
			return errTooManyPairs
		}
		return nil
	})
	if err != nil {
		changes = []linediff.Change{{AEnd: len(a), BEnd: len(b)}} // all
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "--- a%s\n+++ b%s\n", path, path)
	linediff.Write(&out, a, b, changes, 3)
	lines := slices.Collect(strings.Lines(out.String()))
	if len(lines) > maxTextLines {
		more := len(lines) - maxTextLines
		lines = append(lines[:maxTextLines], fmt.Sprintf("… and %d more lines\n", more))
	}
	return strings.Join(lines, "")
}
