// Package oci reads and writes images: references, layouts, archives, bases, image configs and manifests.
//
// A build opens its base (package transport) and its output ([NewDestination]), writes one new layer blob
// ([Destination.NewBlob]), puts the image together ([Compose]), hands its blobs over ([WriteImage]) and makes all of
// it visible at once ([Destination.Commit]). The package promises
//
//   - that base layers keep their bytes and digests, and that what a base says about itself and Lamina does not know
//     (health check, shell, vendor fields) survives in the new config;
//   - that every blob read is checked against its digest and size by the time io.EOF is returned;
//   - that a destination is all or nothing: without a successful Commit the output is as it was before, and so is the
//     rest of the file system around it;
//   - that config, manifest, index and archive bytes depend on the arguments alone.
//
// The structures are those of image-spec 1.1 (github.com/opencontainers/image-spec/specs-go/v1).
package oci
