// Package cache is a folder in which a build keeps what the next one can use: entries
// by kind and key.
//
//	segments/abcd…   a compressed piece of a layer with its digests
//	tars/abcd…       the same piece as it is before it is compressed
//	chains/abcd…     how far the digest of a layer's tar has come after some segments
//	layers/abcd…     what a whole layer came to: digest, diffID and sizes
//	blobs/abcd…      a whole layer by its digest: a hard link to where it was written, of
//	                 which the last few are kept
//	listings/abcd…   what is in a package file
//	trees/abcd…      what is in a layer of a base
//	pulled/abcd…     a blob or manifest from a registry, by its digest
//	references/abcd… which manifest a tag stood for when it was pulled
//
// Each kind has a format of its own with its version in the key, so that programs of
// different versions may share a folder: what one does not know is not there for it.
//
// Beside them are the folders of apk/repository, which writes and verifies what is in
// them; here it is only counted and pruned.
//
//	packages/<identity>.apk   a package file as it came, by apk's X1 or X2 and a hash
//	indexes/<hash>.index      an index as it came
//	packages.lock             held shared by whoever reads packages, and alone by
//	                          whoever removes some
//
// Beside blobs and pulled entries, which outputs may share as hard links, an empty file KEY.used has the time of their last
// use; for all others it is their own modification time.
//
// Other files in the directory are neither counted nor touched.
//
// # Promises
//
// Any number of goroutines and processes may use one folder at once. An entry is
// written under a hidden name, .new-*, and renamed when it is complete, so that nobody
// sees half of one, and a process that is killed leaves nothing but such a file, which
// [Folder.Prune] removes after a day. Nothing is synced to the disk: after a loss of
// power an entry may be damaged, and that is for its reader to find out. So whoever reads
// an entry verifies it, and hands one that is not what it should be to [Folder.Discard].
//
// A cache that fails never makes a build fail. What cannot be written is reported once
// and the build goes on without; what was pruned under its hands is made anew.
package cache
