// Package apk reads and writes Alpine's formats: versions, dependencies, the
// repository index, package files, signatures and the databases that apk
// keeps in a root file system.
//
// It does not deal with images and never touches the file system: it reads from
// an io.Reader and writes to an io.Writer. Where the two
// generations of apk differ, the caller passes a [Generation].
//
// Values that this package returns are not changed by it afterwards and may be
// read concurrently. Readers that carry a position may not be shared.
//
// FORMAT.md beside this file describes the formats and the behaviour of apk that this module relies on.
package apk
