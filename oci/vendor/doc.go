// Package vendor keeps what a lock pins as one artifact in a registry, a layout or an archive: package files, signed indexes, files of
// URLs, and the images that a build starts from.
//
// The artifact is an image index of the type [ArtifactType]. It lists one image manifest of the same type (image-spec manifest.md, guidelines
// for artifact usage), whose layers are the files, each with its name in org.opencontainers.image.title, and the images as they are. So
// every blob has a manifest that lists it, every manifest the index, and the index a tag: a registry's garbage collection keeps all of it
// as long as the tag stays, and the images can be pulled by their digests.
//
// Equal content gives an equal artifact. [Write] sends only blobs that the registry lacks. What [Open] reads is held against digests;
// whether a package is to be trusted is not its business.
package vendor
