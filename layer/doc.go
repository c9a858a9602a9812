// Package layer makes the one layer that Lamina adds to an image: it compares the file tree of the base with the staged
// tree (package stage) and writes the difference as a compressed tar.
//
// [Prepare] plans the layer and [Layer.Write] writes it, reading each package for the second time; [Write] does both.
//
// # How a layer is written
//
// A layer is cut into segments: whiteouts, then the files of each package, then all that comes
// from no package, such as apk's database. Each is compressed on its own, several
// at once, and the layer is all of them one after the other: one tar in many gzip members or
// zstd frames. In gzip, what a package's own compression has made of a file is carried over where that is
// possible (package apk/deflate), and the rest compressed with pgzip and the like.
//
// With a cache, a segment is not made again whose bytes depend on nothing that changed. Its key says all
// that they depend on, and its checksum is verified as it is read. Of a layer whose first segments are
// those of an earlier one, neither digest is computed from the beginning: the states of
// the hashes are kept along with the segments. And of a layer that was written before as a whole,
// [Layer.Known] says by which digest to look for it.
//
// # What a layer holds
//
// Files, links and devices that are new or differ from the base in content, mode,
// owner, time or attributes; directories that are new or differ in mode, owner or
// attributes; a whiteout for each name of the base that is gone (image-spec layer.md).
// Nothing that the base has already is repeated, with two exceptions: all names of
// a hard-linked file come together, for no link may lead out of the layer; and a
// directory that is not a plain root:root 0755, such as /tmp, comes with what changed
// in it, because docker and podman would otherwise make up a plain one in its place.
// A path occurs once, opaque whiteouts do not occur.
//
// # Promises
//
// The bytes depend on the trees, the order of the packages and the [Recipe],
// and on nothing else: not on the number of cores, the speed of
// the disk, the cache or the order of maps. Where a change of this package or of a library
// it uses makes them differ, the recipe differs as well.
//
// Every package is verified as it is read, both times: its identity before anything
// of it is used, its data hash before Write returns. Until then what was written
// must not be made visible. A file that was verified before, and is the same by its SHA-256, is
// not inflated for that again.
//
// Memory does not grow with the size of files, packages or the layer, but only with the
// number of paths and with [WriteOptions.Concurrency]. Nothing touches the host's
// file system, and no goroutine survives the call that began it.
package layer
