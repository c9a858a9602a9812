// Package vendor keeps what a lock pins as one artifact in a registry, a layout or an archive: package files, signed indexes, files of
// URLs, and the images that a build starts from.
//
// The artifact is one image manifest with the type [ArtifactType] (image-spec manifest.md, guidelines for artifact usage). Its layers are
// the files, each with its name in org.opencontainers.image.title, and all blobs of the images: of each its manifest and the index
// that it was chosen from, which have the names images/SHA256.json, its config and its layers. So one tag on one manifest keeps all of
// it from a registry's garbage collection, also where that removes manifests which only an index lists, as
// "registry garbage-collect --delete-untagged" of Distribution 2.8 does.
//
// Equal content gives an equal artifact. [Write] sends only blobs that the registry lacks. What [Open] reads is held against digests;
// whether a package is to be trusted is not its business.
package vendor
