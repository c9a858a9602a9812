// Package repository finds indexes and packages: it reads the lists of
// repositories that apk reads, and fetches from folders and over http(s).
//
// Nothing is believed because of where it came from. An index is returned only
// with a trusted signature, whether it came from a server, a folder or the
// cache; a package is checked by who reads it, against the identity that the
// index gave. Names in an index that could lead a path astray are refused before
// there is a path.
//
// Errors name URLs without the credentials in them.
package repository
