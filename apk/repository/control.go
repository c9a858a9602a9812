package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/transfer"
)

// The control segment of a package comes first in its file, so that it is known while the rest is still on its way. Packages are
// downloaded in one request each, whether or not it is looked at.

// packageDownload begins the download of a package.
func (c *Client) packageDownload(where string, w Wanted) *download {
	d := c.download("package", where)
	d.limit, d.size = maxPackageFile, int64(min(w.Package.Size, maxPackageFile+1))
	if w.Control != nil {
		d.look = func(r io.Reader) (done bool, err error) { return lookAtControl(r, w) }
	}
	return d
}

// lookAtControl hands over the control segment, if what is there of a file has all of it. What is wrong with a file shows at its end.
func lookAtControl(r io.Reader, w Wanted) (done bool, err error) {
	control, err := apk.NewPackageReader(r, w.Generation).Control()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return false, nil
	case err != nil || control.CheckPackage(w.Package, w.Keys) != nil:
		return true, nil
	}
	return true, w.Control(control)
}

// Bounds of what is looked at for a control segment, in bytes.
const (
	firstLook = 1 << 10
	lastLook  = 4 << 20
)

// lookAt calls look if enough has been received since it was last called.
func (d *download) lookAt(f *os.File) error {
	if d.look == nil || d.received < max(d.looked*2, firstLook) && d.received != d.size {
		return nil
	}
	d.looked = d.received
	done, err := d.look(io.NewSectionReader(f, d.offset, d.received))
	if done || d.received > lastLook {
		d.look = nil
	}
	if err != nil {
		return transfer.Permanent(err)
	}
	return nil
}

// errEnough ends a download of which the control segment was enough.
var errEnough = errors.New("the rest is not needed")

// control reads the control segment of a package, from where it is or else from the beginning of a download.
func (c *Client) control(ctx context.Context, isLocal bool, where string, w Wanted) error {
	name := where
	if !isLocal {
		var err error
		if name, err = c.path("packages", w.Package.Identity.Hex()+".apk", false); err != nil {
			return err
		}
		c.fetchShared(cache.Packages, name)
	}
	f, err := diskio.OpenRegular(name)
	if err == nil {
		defer f.Close()
		_, err = lookAtControl(f, w)
		return err
	}
	if isLocal {
		return fmt.Errorf("read package: %w", err)
	}
	if c.Offline {
		return &OfflineError{URLs: []string{redact.URL(where)}}
	}
	take := w.Control
	w.Control = func(control *apk.Control) error {
		if err := take(control); err != nil {
			return err
		}
		return errEnough
	}
	_, err = c.replace(ctx, c.packageDownload(where, w), "packages", "control", func(*os.File) error { return errEnough })
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
