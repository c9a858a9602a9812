// Package spec reads lamina.yaml: a [Document] is what the file says, a [Spec] what to build, with paths resolved, keys read
// and sources found. [Schema] and [Example] describe the file to editors and readers.
//
// Every unknown key, wrong type and contradiction in a file is reported at once, each with its line and column.
package spec
