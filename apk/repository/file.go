package repository

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
)

// maxFile bounds a file that is downloaded by its URL, in bytes.
const maxFile = 16 << 30

// File returns the name of a local file with the content of a URL, whose SHA-256 it has, in hexadecimal. It is downloaded unless
// the cache or one of the directories has it, by its SHA-256, and must not be changed.
func (c *Client) File(ctx context.Context, where, sum string, dirs ...string) (string, error) {
	d := c.download("file", where)
	d.limit = maxFile
	return c.pinned(ctx, d, sum, dirs)
}

// Key returns the content of a URL, a public key, as [Client.File] does. It is at most limit bytes.
func (c *Client) Key(ctx context.Context, where, sum string, limit int64, dirs ...string) ([]byte, error) {
	d := c.download("key", where)
	d.limit = limit
	name, err := c.pinned(ctx, d, sum, dirs)
	if err != nil {
		return nil, err
	}
	f, err := diskio.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded.ReadAll(f, limit)
}

// pinned is [Client.File] by a download that has not begun.
func (c *Client) pinned(ctx context.Context, d *download, sum string, dirs []string) (string, error) {
	for _, dir := range dirs {
		if name := filepath.Join(dir, sum); verifySum(name, sum) == nil {
			return name, nil
		}
	}
	name, err := c.path("files", sum, false)
	if err != nil {
		return "", err
	}
	c.fetchShared(cache.Files, name)
	switch err := verifySum(name, sum); {
	case err == nil:
		markUsed(name)
		c.Shared.Note(cache.Files, sum)
		return name, nil
	case !errors.Is(err, fs.ErrNotExist):
		c.Shared.Reject(cache.Files, sum)
		c.warn("cached file %s: %v; fetching it again", name, err)
	}
	if c.Offline {
		return "", &OfflineError{URLs: []string{redact.URL(d.url)}}
	}
	name, err = c.replace(ctx, d, "files", sum, func(f *os.File) error {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return hint.With(checkSum(f, sum), "check what the URL leads to now; if that is the right file, correct the sha256, or run lamina lock again")
	})
	if err == nil {
		c.Shared.Note(cache.Files, sum)
	}
	return name, err
}

func verifySum(name, sum string) error {
	f, err := diskio.OpenRegular(name)
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

// A Get asks a server for what a URL leads to now.
type Get struct {
	URL    string      // of http or https
	Header http.Header // sent with the request; may be nil

	// Stay means not to follow redirects.
	Stay bool

	// SHA256, if not empty, is what the content must have, in hexadecimal. It is taken from the cache if that has it.
	SHA256 string

	// Limit bounds the content, in bytes; 0 stands for 16 GiB.
	Limit int64

	// Dirs are directories that may have the content of a known SHA-256, under that name.
	Dirs []string

	// Known, if not nil, is an earlier answer, which still holds if the server says so, and offline.
	Known *Answer
}

// Answer is what a server answers to a [Get]. Its JSON form can be kept as the next one's Known.
type Answer struct {
	Status int `json:"status"` // of HTTP; only 200 comes with content

	SHA256 string `json:"sha256,omitempty"` // of the content, hexadecimal
	Size   int64  `json:"size,omitempty"`   // bytes
	Name   string `json:"-"`                // of a local file with the content, which must not be changed

	validators
}

// Get reads a URL. Unlike other downloads, it sends no credentials of the user: neither logins of the environment
// nor client certificates. A status that is neither success nor transient is no error but the answer, unless the get has a SHA-256.
// It may be called concurrently.
func (c *Client) Get(ctx context.Context, get Get) (*Answer, error) {
	switch {
	case get.SHA256 != "":
		return c.answer(ctx, get, Answer{Status: http.StatusOK, SHA256: get.SHA256})
	case c.Offline && get.Known == nil:
		return nil, &OfflineError{URLs: []string{redact.URL(get.URL)}}
	case c.Offline:
		return c.answer(ctx, get, *get.Known)
	}
	d := c.get(get)
	if get.Known != nil && get.Known.Status == http.StatusOK {
		if name, err := c.path("files", get.Known.SHA256, false); err == nil && verifySum(name, get.Known.SHA256) == nil {
			d.have = get.Known.validators
		}
	}
	answer := Answer{Status: http.StatusOK}
	place, err := c.replace(ctx, d, "files", "new", func(f *os.File) error {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		h := sha256.New()
		size, err := io.Copy(h, f)
		d.target = hex.EncodeToString(h.Sum(nil))
		answer.SHA256, answer.Size, answer.validators = d.target, size, d.came
		return err
	})
	status := new(statusError)
	switch {
	case errors.Is(err, errUnchanged):
		return c.answer(ctx, get, *get.Known)
	case errors.As(err, &status):
		return &Answer{Status: status.code}, nil
	case err != nil:
		return nil, err
	}
	answer.Name = filepath.Join(filepath.Dir(place), d.target)
	return &answer, nil
}

// get begins the download of a [Get].
func (c *Client) get(get Get) *download {
	d := c.download("file", get.URL)
	d.client, d.header, d.stay, d.limit = c.anonymousClient(), get.Header, get.Stay, cmp.Or(get.Limit, maxFile)
	return d
}

// answer returns an answer that is known with its content, which comes from the cache if that has it.
func (c *Client) answer(ctx context.Context, get Get, known Answer) (*Answer, error) {
	if known.Status != http.StatusOK {
		return &known, nil
	}
	name, err := c.pinned(ctx, c.get(get), known.SHA256, get.Dirs)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	known.Name, known.Size = name, info.Size()
	return &known, nil
}
