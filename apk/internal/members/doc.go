// Package members reads the gzip members that packages and indexes are made of, one at a time, and hashes their compressed bytes
// (apk/FORMAT.md 1.1, 1.2).
package members
