// Package tree is a file tree in memory: what a root file system would hold,
// with references to file contents.
//
// A base image's layers are read into a [Tree], from their tars or from a
// cached form (see [Layer]); installing packages, package scripts and the spec's
// own files then change a clone of it, and the new layer is the difference between the
// two. The package never touches the host's file system: paths, symbolic links
// included, are resolved within the tree, as in a chroot.
//
// Operations follow POSIX and fail with the errors that a kernel would return,
// as a *[fs.PathError] around an [Errno]. A tree may be read concurrently, but
// not while it is changed.
package tree
