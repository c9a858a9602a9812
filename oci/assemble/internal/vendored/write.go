package vendored

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/tempdir"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/vendor"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Contents are what a build for one platform needs, apart from images.
type Contents struct {
	Arch       string
	Generation apk.Generation
	Created    time.Time // of the index of the packages
	Packages   []Package // each once
	Files      []File
	Indexes    []Index // that must vouch for some of the packages
}

// Index is a signed index of a repository.
type Index struct {
	Repository repository.Repository
	Digest     digest.Digest // that it had when it was read
}

// Write puts the contents into a directory: packages, an index of them for each architecture that nobody has signed, files, and the signed
// indexes, which the client opens. Files are written atomically, and others in the directory stay.
func Write(dir string, all []Contents, client *repository.Client) error {
	for _, c := range all {
		for _, index := range c.Indexes {
			if err := c.copyIndex(dir, index, client); err != nil {
				return fmt.Errorf("vendor index %s: %w", index.Repository.Name(), err)
			}
		}
		if err := writeFiles(dir, c.Files); err != nil {
			return err
		}
		if err := writePackages(dir, c.Arch, c.Generation, c.Created, c.Packages); err != nil {
			return err
		}
	}
	return nil
}

// copyIndex copies a signed index, beside the one that [writePackages] makes.
func (c *Contents) copyIndex(dir string, index Index, client *repository.Client) error {
	from, err := client.OpenIndex(index.Repository, c.Arch)
	if err != nil {
		return err
	}
	defer from.Close()
	name := filepath.Join(dir, c.Arch, "APKINDEX."+index.Digest.Encoded()[:16]+".tar.gz")
	return atomicfile.Write(name, func(w io.Writer) error {
		verifier := index.Digest.Verifier()
		if _, err := io.Copy(io.MultiWriter(w, verifier), from); err != nil {
			return err
		}
		if !verifier.Verified() {
			return errors.New("it has changed since it was read: run the command again")
		}
		return nil
	})
}

// WriteArtifact makes an artifact of the contents and the images, and returns its digest. On an error, the one that the reference names is
// unchanged.
func WriteArtifact(
	ctx context.Context, ref oci.Reference, all []Contents, images []*oci.Base, client *repository.Client, o transport.Options,
) (digest.Digest, error) {
	temp, err := tempdir.Make("", tempdir.Prefix, 0o700)
	if err != nil {
		return "", err
	}
	defer temp.Remove()
	dir := filepath.Join(temp.Path(), "vendored")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	if err := Write(dir, all, client); err != nil {
		return "", err
	}
	names, err := vendor.Names(dir)
	if err != nil {
		return "", err
	}
	// The index that nobody has signed changes with each package, and a build with a lock does not read it.
	names = slices.DeleteFunc(names, func(name string) bool { return path.Base(name) == "APKINDEX.tar.gz" })
	d, err := transport.Create(ctx, ref, o)
	if err != nil {
		return "", err
	}
	defer d.Abort()
	desc, err := vendor.Write(ctx, d, dir, names, images)
	if err == nil {
		err = d.Commit(ctx, desc)
	}
	if err != nil {
		return "", fmt.Errorf("vendor packages: %w", err)
	}
	return desc.Digest, nil
}
