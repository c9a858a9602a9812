// Package starter writes the text of a new spec: for a base, which it describes, and what is known of the packages ([Spec]). For the spec of
// an existing image, which package convert writes, it puts the image's files beside the spec ([Extractor]).
package starter
