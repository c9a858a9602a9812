// Package tree is a file tree in memory: what a root file system would hold,
// with contents only referred to.
//
// A base image's layers are read into a [Tree], from their tars or from what was
// kept of them (see [Layer]); installing packages, package scripts and the spec's
// own files then change a clone of it, and the new layer is the difference of the
// two. Nothing in here ever touches the host's file
// system: paths are looked up within the tree, symbolic links included, as in
// a chroot.
//
// Operations follow POSIX and fail with the errors that a kernel would give,
// as a *[fs.PathError] around an [Errno]. A tree may be read concurrently, but
// not while it is changed.
package tree
