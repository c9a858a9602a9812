//go:build !unix

package tempdir

import "io/fs"

// isOwn reports true: directories for temporary files are each user's own here.
func isOwn(fs.FileInfo) bool { return true }
