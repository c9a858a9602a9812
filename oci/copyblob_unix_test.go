//go:build unix

package oci_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
	"github.com/lamina-oci/lamina/oci/internal/verify"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestCopyLinks: a blob of a layout gets a second name in another one, if nobody has more rights to it than to a file of
// the output's own. Whichever way it comes there, its content is the same.
func TestCopyLinks(t *testing.T) {
	ctx := context.Background()
	base := ocitest.TestBase(t)
	layer := base.Layers[0]
	blob := ocitest.BlobFile(base.Reference.Path, layer.Descriptor.Digest)
	data, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		prepare func() error
		linked  bool
		asRoot  bool
	}{
		{"as it is", func() error { return nil }, true, false},
		{"writable for others", func() error { return os.Chmod(blob, 0o666) }, false, false},
		{"writable for the group", func() error { return os.Chmod(blob, 0o664) }, false, false},
		{"private", func() error { return os.Chmod(blob, 0o400) }, false, false},
		{"read-only", func() error { return os.Chmod(blob, 0o444) }, false, false},
		{"set-user-ID", func() error { return os.Chmod(blob, 0o644|os.ModeSetuid) }, false, false},
		{"of another user", func() error { return os.Chown(blob, 12345, 0) }, false, true},
		{"of another group", func() error { return os.Chown(blob, 0, 12345) }, false, true},
		{"a symbolic link", func() error {
			return errors.Join(os.Rename(blob, blob+"~"), os.Symlink(filepath.Base(blob)+"~", blob))
		}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.asRoot && os.Geteuid() != 0 {
				t.Skip("only root gives files away")
			}
			for _, path := range []string{blob, blob + "~"} {
				os.Remove(path)
			}
			if err := errors.Join(os.WriteFile(blob, data, 0o644), test.prepare()); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "out")
			desc, err := ocitest.Build(ctx, base, ocitest.LayoutReference(dir, "v1"), ocitest.TarOf(t, "new"), oci.ConfigChanges{})
			if err != nil {
				t.Fatal(err)
			}
			ocitest.MustValidate(t, dir, "v1")
			copied := ocitest.BlobFile(dir, layer.Descriptor.Digest)
			info, err := os.Lstat(copied)
			if err != nil {
				t.Fatal(err)
			}
			source, err := os.Lstat(blob)
			if err != nil {
				t.Fatal(err)
			}
			if linked := os.SameFile(info, source); linked != test.linked {
				t.Errorf("linked: %t, want %t", linked, test.linked)
			}
			if manifest, err := os.Lstat(ocitest.BlobFile(dir, desc.Digest)); err != nil || !hasSameAccess(info, manifest) {
				t.Errorf("mode %v is not that of the output's own files, %v", info.Mode(), err)
			}
			if left, err := filepath.Glob(filepath.Join(dir, ".lamina-*")); err != nil || len(left) > 0 {
				t.Errorf("left over: %q, %v", left, err)
			}
		})
	}
}

// TestCopyOfDamage: a blob that can be linked is verified like any other, and stays as it is.
func TestCopyOfDamage(t *testing.T) {
	base := ocitest.TestBase(t)
	layer := base.Layers[0]
	blob := ocitest.BlobFile(base.Reference.Path, layer.Descriptor.Digest)
	data, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	for want, damaged := range map[string][]byte{
		"content does not match the digest": append([]byte{^data[0]}, data[1:]...),
		"truncated":                         data[:len(data)-1],
		"longer than":                       append(bytes.Clone(data), 0),
	} {
		if err := os.WriteFile(blob, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "out")
		_, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(dir, "v1"), ocitest.TarOf(t, "new"), oci.ConfigChanges{})
		if !errors.As(err, new(*oci.SourceError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: there is an output", want)
		}
		if now, err := os.ReadFile(blob); err != nil || !bytes.Equal(now, damaged) {
			t.Errorf("%s: the source was changed, %v", want, err)
		}
	}
}

// TestCopyOfRootfs: a root file system is a file that somebody may write to later, so its bytes are never shared by name.
func TestCopyOfRootfs(t *testing.T) {
	ref := rootfsFile(t, "a")
	base := ocitest.MustOpenBase(t, ref, "")
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := ocitest.Build(context.Background(), base, ocitest.LayoutReference(dir, "v1"), ocitest.TarOf(t, "new"), oci.ConfigChanges{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ref.Path, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	ocitest.MustValidate(t, dir, "v1")
}

// TestCopyIntoArchive: the names that blobs have while an archive is made go with it.
func TestCopyIntoArchive(t *testing.T) {
	base := ocitest.TestBase(t)
	dir := t.TempDir()
	ref := oci.Reference{Transport: oci.TransportArchive, Path: filepath.Join(dir, "out.tar"), Name: "v1"}
	if _, err := ocitest.Build(context.Background(), base, ref, ocitest.TarOf(t, "new"), oci.ConfigChanges{}); err != nil {
		t.Fatal(err)
	}
	if err := ocitest.ReadEverything(ref); err != nil {
		t.Error(err)
	}
	if err := ocitest.ReadEverything(base.Reference); err != nil {
		t.Errorf("the base: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// BenchmarkCopyLayer copies 64 MiB from one layout to another: by a second name, and by writing them.
func BenchmarkCopyLayer(b *testing.B) {
	ctx := context.Background()
	data := make([]byte, 64<<20)
	desc := imagedoc.Describe(v1.MediaTypeImageLayer, data)
	dir := b.TempDir()
	path := ocitest.BlobFile(dir, desc.Digest)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
		b.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"linked": 0o644, "written": 0o600} {
		b.Run(name, func(b *testing.B) {
			if err := os.Chmod(path, mode); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(desc.Size)
			for b.Loop() {
				d, err := transport.Create(ctx, ocitest.LayoutReference(filepath.Join(b.TempDir(), "out"), "v1"), transport.Options{})
				if err != nil {
					b.Fatal(err)
				}
				open := func(ctx context.Context) (io.ReadCloser, error) { return verify.OpenFile(ctx, path, desc) }
				if err := d.Copy(ctx, desc, open); err != nil {
					b.Fatal(err)
				}
				d.Abort()
			}
		})
	}
}

// hasSameAccess compares owner and mode of two files.
func hasSameAccess(a, b os.FileInfo) bool {
	of, other := a.Sys().(*syscall.Stat_t), b.Sys().(*syscall.Stat_t)
	return a.Mode() == b.Mode() && of.Uid == other.Uid && of.Gid == other.Gid
}
