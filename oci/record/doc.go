// Package record says what an image is made of, in the forms that other programs read: the in-toto statement with an SLSA
// provenance that goes beside an image ([Statement]), and lists of packages as SPDX 2.3 or CycloneDX 1.6 ([Contents]).
// Both name a package by the same URL ([PackageURL]).
//
// Equal images have equal documents, wherever and whenever they are made: a document's time is the image's, and its
// number is a hash of the image's digest.
package record
