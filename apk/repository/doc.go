// Package repository finds and fetches indexes and packages: it reads apk's lists of
// repositories, and fetches from directories and over http(s).
//
// Nothing is trusted because of its source. An index is returned only if a trusted key
// signed it, whether it came from a server, a directory or the cache. The reader of a
// package checks it against the identity in the index. Index entries that could lead to
// a path outside the repository are refused before a path is built from them.
//
// URLs in errors contain no credentials.
package repository
