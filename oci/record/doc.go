// Package record describes the contents of an image in standard formats: the in-toto statement with an SLSA
// provenance that is stored with an image ([Statement]), and SBOMs in SPDX 2.3 or CycloneDX 1.6 ([Contents]).
// Both identify a package by the same URL ([Distro.PackageURL]); [Documents] are the SBOMs of an image that was just made.
// It also reads what an image's history says of the build ([SkippedScripts]).
//
// Equal images have equal documents, wherever and whenever they are written: a document's time is the image's, and its
// serial number is a hash of the image's digest.
package record
