// Package cache is a directory in which a build keeps what the next one can use: entries by kind and key.
//
//	segments/abcd…   a compressed part of a layer with its digests
//	tars/abcd…       the same part before compression
//	chains/abcd…     the states of a layer's hashes after some segments
//	layers/abcd…     the digest, diffID and sizes of a whole layer
//	blobs/abcd…      a whole layer by its digest: a hard link to where it was written; the last few are kept
//	listings/abcd…   the files in a package
//	trees/abcd…      the files in a layer of a base
//	pulled/abcd…     a blob or manifest from a registry, by its digest
//	references/abcd… the manifest that a tag stood for when it was pulled
//
// Each kind has its own format with a version in the key, so programs of different versions can share a directory: entries of
// another version are never found.
//
// Package apk/repository keeps its files beside them, and writes and verifies them itself; here they are only counted and
// pruned.
//
//	packages/<identity>.apk   a package file as it was downloaded, by apk's X1 or X2 and a hash
//	indexes/<hash>.index      an index as it was downloaded
//	files/<SHA-256>           a file as it was downloaded
//	packages.lock             held shared by readers of packages, exclusively while packages are removed
//
// Beside blobs and pulled entries, which outputs may share as hard links, an empty file KEY.used has the time of their last
// use; for all others it is their own modification time. Other files in the directory are neither counted nor touched.
//
// # Trust
//
// Only the user of the process may put something into a cache. A directory that belongs to somebody else than the user or
// root, or that others may write to, is not used, which is reported; an entry likewise. Directories are created with
// mode 0700 and files with 0600, but for blobs and pulled entries, which are names of the files of outputs.
//
// Entries of blobs and pulled, and what apk/repository keeps, are verified on every use by digests and signatures from
// elsewhere. All others are sealed: they are read only if they were written under the same secret for the same kind and
// key (see [UserSecret]). So a cache may also be restored from a place that others can write to.
//
// A shared cache (see [Directory.Share] and package sharedcache) is the second level of a directory. Entries from there are sealed with
// another key of the same secret, and are read only while shared caches are believed.
//
// # Promises
//
// Any number of goroutines and processes may use one directory at the same time. An entry is written under a hidden name,
// .new-*, and renamed when it is complete, so readers never see a partial entry. A killed process leaves at most such files,
// and a directory .process-* by which the next process that uses the cache knows that they are its (see [Process]) and removes
// them. Where that is not known, such as of another machine, [Directory.Prune] removes them after a day. Entries are not synced
// to the disk: after a power loss an entry may be damaged. Readers therefore verify each entry, and pass a damaged one to
// [Directory.Discard].
//
// A cache that fails never makes a build fail. An entry that cannot be written is reported once, and the build continues
// without the cache. Missing entries are rebuilt.
package cache
