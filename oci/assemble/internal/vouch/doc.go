// Package vouch holds the packages of a lock against the keys that are trusted. A lock says only which packages are wanted: with it, each
// must be vouched for by its own signature or by a signed index that lists it.
package vouch
