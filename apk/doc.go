// Package apk reads and writes Alpine's formats: versions, dependencies, the
// repository index, package files, signatures and the databases that apk
// keeps in a root file system.
//
// It does not deal with images and never touches the file system: it reads from
// an io.Reader and writes to an io.Writer. Where the two
// generations of apk differ, the caller passes a [Generation].
//
// The package does not change values after returning them, and they may be read
// concurrently. Readers that carry a position must not be shared.
package apk
