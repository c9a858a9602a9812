// Package spec reads lamina.yaml: a [Document] is the content of the file, a [Spec] describes what to build, with paths resolved, keys
// read and sources found. Package oci/spec/dockerfile makes one too. [Schema] and [Example] describe the file to editors and readers.
//
// All unknown keys, wrong types and contradictions in a file are reported together, each with its line and column.
package spec
