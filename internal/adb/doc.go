// Package adb reads and writes the container format of apk 3: packages and indexes whose metadata is
// one block of values, followed by signatures and file contents. Package apk builds on it; apk/FORMAT.md 18 describes the
// format.
//
// A [Reader] takes a file as a stream and gives its parts in the order in which they can be believed:
//
//	r := adb.NewReader(file)
//	metadata, err := r.Metadata(adb.SchemaPackage) // hash it, or
//	signatures, err := r.Signatures()              // verify one of them
//	pkg, err := adb.ParsePackage(metadata)         // only then parse it
//	for {
//		data, err := r.NextData() // one for each file with content
//	}
//
// Memory is bounded by the size of the metadata, at most [MaxMetadata]; contents stream. A malformed file is an error,
// never a panic, also where apk 3.0.6 reads a value that is not there or crashes.
//
// A Reader is for one goroutine. Everything that a parser returns stays valid and is not changed.
package adb
