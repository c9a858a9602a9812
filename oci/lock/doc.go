// Package lock reads, writes and compares lock files. A lock pins what a spec resolved to: the base and every package by
// their hashes, so that a later build installs the same packages. It does not say whom to trust.
//
// The file is JSON of version 1, meant to be kept beside the spec and read as a diff: members in a fixed order, one per line.
// Later versions of Lamina will read this version. [Describe] takes what a lock has from a solution, [Platform.Solution] gives
// the solution back, and [Platform.Renew] solves again for some packages. [Lock.Compare] says what changed from one lock to another.
//
// A lock may name the place where the packages themselves are vendored: a directory or an artifact ([ParseVendor]).
package lock
