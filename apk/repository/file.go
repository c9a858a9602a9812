package repository

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
)

// maxFile bounds a file that is downloaded by its URL, in bytes.
const maxFile = 16 << 30

// File returns the name of a local file with the content of a URL, whose SHA-256 it has, in hexadecimal. It is downloaded unless
// the cache has it, and must not be changed.
func (c *Client) File(ctx context.Context, where, sum string) (string, error) {
	return c.file(ctx, "file", where, sum, maxFile)
}

// Key returns the content of a URL, a public key, as [Client.File] does. It is at most limit bytes.
func (c *Client) Key(ctx context.Context, where, sum string, limit int64) ([]byte, error) {
	name, err := c.file(ctx, "key", where, sum, limit)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded.ReadAll(f, limit)
}

func (c *Client) file(ctx context.Context, what, where, sum string, limit int64) (string, error) {
	name, err := c.path("files", sum, false)
	if err != nil {
		return "", err
	}
	switch err := verifySum(name, sum); {
	case err == nil:
		markUsed(name)
		return name, nil
	case !errors.Is(err, fs.ErrNotExist):
		c.warn("cached file %s: %v; fetching it again", name, err)
	}
	if c.Offline {
		return "", &OfflineError{URLs: []string{redact.URL(where)}}
	}
	d := c.download(what, where)
	d.limit = limit
	return c.replace(ctx, d, "files", sum, func(f *os.File) error {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return hint.With(checkSum(f, sum), "check the file at the URL; if it is the one that you mean, correct the sha256")
	})
}

// Sum downloads what a URL has now, and returns its SHA-256 in hexadecimal. Nothing is kept.
func (c *Client) Sum(ctx context.Context, where string) (string, error) {
	if c.Offline {
		return "", &OfflineError{URLs: []string{redact.URL(where)}}
	}
	f, err := os.CreateTemp("", "lamina-sum-")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	d := c.download("file", where)
	d.limit = maxFile
	if err := d.fetch(ctx, f); err != nil {
		return "", fmt.Errorf("fetch %s: %w", redact.URL(where), err)
	}
	d.report(true)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func verifySum(name, sum string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return checkSum(f, sum)
}

func checkSum(r io.Reader, sum string) error {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("it has the SHA-256 %s, and not %s", got, sum)
	}
	return nil
}
