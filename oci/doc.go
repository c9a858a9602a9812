// Package oci reads and writes images: references, bases, image configs, manifests and indexes. Where images are kept has packages of
// its own: layouts and archives (package layout) and registries (package registry).
//
// A build opens its base (package transport) and its output ([NewDestination]), writes one new layer blob
// ([Destination.NewBlob]), composes the image ([Base.Compose]), writes its blobs ([Destination.WriteImage]) and makes all of
// it visible at once ([Destination.Commit]). The package guarantees
//
//   - that base layers keep their bytes and digests, and that config members of the base that Lamina does not
//     interpret (health check, shell, vendor fields) survive in the new config;
//   - that every blob read is checked against its digest and size by the time io.EOF is returned;
//   - that a destination is all or nothing: without a successful Commit the output is unchanged, and so is the
//     file system around it;
//   - that config, manifest, index and archive bytes depend on the arguments alone.
//
// The structures are those of image-spec 1.1 (github.com/opencontainers/image-spec/specs-go/v1).
package oci
