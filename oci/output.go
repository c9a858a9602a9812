package oci

import (
	"context"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// An Output is where a [Destination] puts an image: a layout or an archive (package layout), or a registry (package
// registry). All methods but Publish may be called concurrently.
type Output interface {
	// String returns the reference, for messages.
	String() string
	// Stage checks that the output can be written and returns where its blobs are gathered before Publish.
	Stage() (Staging, error)
	// Has reports whether the output holds the blob, intact, so that it need not be written, and the path of its file
	// if it is one.
	Has(ctx context.Context, desc v1.Descriptor) (path string, ok bool, err error)
	// Defer reports whether Publish will read the blob from its source, so that it is not staged.
	Defer(ctx context.Context, source BlobSource, desc v1.Descriptor) (bool, error)
	// Publish makes the staged blobs visible, all of them or none; see [Destination.Commit].
	Publish(ctx context.Context, staged *Staged, desc v1.Descriptor, referrers []v1.Descriptor) error
}

// Staging describes how a destination stages blobs for an output.
type Staging struct {
	Dir string // in which the hidden directory is made, together with what is missing above it
	// Sync says that the staged files become the output's own, and so have to be on the disk before Publish.
	Sync bool
}

// Staged holds everything that an output publishes.
type Staged struct {
	Dir   string   // the hidden directory, for more files
	Made  []string // directories that were made for the output, outermost first
	Blobs map[digest.Digest]StagedBlob
}

// A StagedBlob is a part of the output.
type StagedBlob struct {
	Size int64
	// Path is the file that has the blob: in the hidden directory or, if IsPlaced, where the output keeps it. It is ""
	// for a blob that is in no file here: a registry has it, or reads it from its source.
	Path     string
	IsPlaced bool
}

// A BlobSource is a place to read a blob from.
type BlobSource struct {
	Open func(context.Context) (io.ReadCloser, error)

	// Repository may have the blob, too; nil if no such repository is known. A registry need not be sent what another of
	// its repositories has.
	Repository *Name

	IsRemote bool // Open fetches all of the blob
}

// A remoteStore is a store whose blobs are in a repository of a registry.
type remoteStore interface {
	Store
	// Repository returns the name of the repository.
	Repository() Name
	// Referrers returns descriptors of manifests that refer to subject, by the registry's account.
	Referrers(ctx context.Context, subject digest.Digest) ([]v1.Descriptor, error)
}

// sourceIn returns the source of a blob in a store.
func sourceIn(store Store, open func(context.Context) (io.ReadCloser, error)) BlobSource {
	source := BlobSource{Open: open}
	if remote, ok := store.(remoteStore); ok {
		name := remote.Repository()
		source.Repository, source.IsRemote = &name, true
	}
	return source
}
