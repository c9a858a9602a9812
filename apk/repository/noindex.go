package repository

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamina-oci/lamina/internal/redact"
)

// NoIndexError means that a repository has no index for the architecture.
type NoIndexError struct {
	URL       string // without credentials
	Arch      string
	Status    string   // of a server's response
	Directory string   // of this machine, if there is no server
	Others    []string // architectures that there is an index for

	isMissing bool // the directory itself
	isOfImage bool // so that a directory of this machine does not count
}

func (e *NoIndexError) Error() string {
	others := strings.Join(e.Others, ", ")
	if e.Directory == "" {
		s := fmt.Sprintf("fetch %s: %s: no repository for %s at this URL", e.URL, e.Status, e.Arch)
		if others != "" {
			return s + "; available: " + others
		}
		return s + "; check the URL and the architecture"
	}
	s := fmt.Sprintf("read index %s: no index for %s", e.URL, e.Arch)
	if others != "" {
		return s + "; available: " + others
	}
	if e.isOfImage {
		return s + ": the directory " + e.Directory + " does not exist in the image"
	}
	if e.isMissing {
		return s + ": the directory " + e.Directory + " does not exist"
	}
	return s + ", nor for any other architecture in " + e.Directory
}

// Hint returns the remedy.
func (e *NoIndexError) Hint() string { return whatRepositoryIs }

const whatRepositoryIs = "a repository is the directory or URL above the one named after the architecture"

// noIndex looks around for what there is instead.
func (c *Client) noIndex(ctx context.Context, r Repository, where, arch string, err error) *NoIndexError {
	e := &NoIndexError{URL: redact.URL(where), Arch: arch}
	if missing := new(missingError); errors.As(err, &missing) {
		e.Status = missing.text
		if r.Index == "" {
			e.Others = c.otherArchs(ctx, r)
		}
		return e
	}
	e.Directory = redact.URL(r.URL)
	entries, err := os.ReadDir(r.URL)
	e.isMissing = err != nil
	for _, entry := range entries {
		if where, err := r.IndexURL(entry.Name()); err == nil && r.Index == "" {
			if _, err := os.Stat(where); err == nil {
				e.Others = append(e.Others, entry.Name())
			}
		}
	}
	return e
}

// archs are Alpine's, which a server is asked for: it has no list.
var archs = [...]string{"aarch64", "armhf", "armv7", "loongarch64", "ppc64le", "riscv64", "s390x", "x86", "x86_64"}

// askTimeout is how long a server may take to answer what only makes an error clearer.
const askTimeout = 3 * time.Second

// otherArchs asks a server which architectures it has an index for.
func (c *Client) otherArchs(ctx context.Context, r Repository) []string {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var has [len(archs)]bool
	var group errgroup.Group
	for i, arch := range archs {
		group.Go(func() error {
			where, err := r.IndexURL(arch)
			if err != nil {
				return nil
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodHead, where, nil)
			if err != nil {
				return nil
			}
			response, err := c.client().Do(req)
			if err != nil {
				return nil
			}
			response.Body.Close()
			has[i] = response.StatusCode == http.StatusOK
			return nil
		})
	}
	group.Wait()
	var others []string
	for i, arch := range archs {
		if has[i] {
			others = append(others, arch)
		}
	}
	return others
}
