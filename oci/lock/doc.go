// Package lock reads, writes and compares lock files. A lock pins what a spec resolved to: the base and every package by
// their hashes, so that a later build with it reads no index and installs the same.
//
// The file is JSON of version 1, made to be kept beside the spec and read as a diff: members in a fixed order, one a line.
// This version will stay readable. [WriteVendored] puts the packages themselves beside it.
package lock
