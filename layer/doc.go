// Package layer makes the one layer that Lamina adds to an image: it compares the file tree of the base with the staged
// tree (package stage) and writes the difference as a compressed tar.
//
// [Prepare] plans the layer and [Layer.Write] writes it; [Write] does both. Packages are read a second time for that, unless a [Draft]
// has made their segments while the stage read them.
//
// # How a layer is written
//
// A layer is cut into segments: whiteouts and directories that replace something else, then the files of each
// package, then directories and everything that comes from no package, such as links and apk's database. The segment of a package
// depends on that package as it is staged and on nothing else, so it is the same in every image that has the package; the files of
// users and groups, which other packages change, stand in the last segment even where they are still as a package has them.
// Segments are compressed separately, several
// at once, and the layer is their concatenation: one tar in many gzip members or
// zstd frames. In gzip, packages keep their own compression
// (package internal/deflate) unless they are of small files that it serves badly, and pgzip compresses the rest.
//
// With a cache, unchanged segments are reused. A segment's key covers everything that its bytes depend
// on, and its checksum is verified as it is read. Digest and diffID of a layer hash the whole layer; if
// its first segments are those of an earlier layer, hashing resumes behind them from states that are
// cached with the segments. For a layer that was written before as a whole, [Layer.Known] returns its
// digest.
//
// # What a layer holds
//
// Files, links and devices that are new or differ from the base in content, mode,
// owner, time or attributes; directories that are new or differ in mode, owner or
// attributes; a whiteout for each path of the base that was removed (image-spec layer.md).
// The layer repeats nothing that the base has, with two exceptions: it holds all names
// of a hard-linked file together, because no link may lead out of the layer; and it holds a
// directory other than a plain root:root 0755, such as /tmp, if anything in it changed,
// because docker and podman would otherwise create a plain one in its place.
// A path occurs once, and there are no opaque whiteouts. A directory may come after what is in it, unless it takes the place of
// something else in the base: programs that unpack layers create it, and give it owner and mode when its entry comes.
//
// # Promises
//
// The bytes depend on the trees, the order of the packages and the [Recipe],
// and on nothing else: not on the number of cores, the speed of
// the disk, the cache or the order of maps. Where a change of this package or of a library
// it uses changes the bytes, the recipe changes too.
//
// Every package is verified whenever it is read: its identity before any of its
// content is used, its data hash before a segment counts and before Write returns. Callers must not make the output
// visible before then. A file with the SHA-256 of one that was verified before is not
// inflated again to verify it.
//
// Memory does not grow with the size of files, packages or the layer, but only with the
// number of paths and with [WriteOptions.Concurrency]. Nothing touches the host's
// file system, and no goroutine outlives the call that started it.
package layer
