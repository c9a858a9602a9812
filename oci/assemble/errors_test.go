package assemble_test

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/lamina-oci/lamina/oci/assemble"
)

// TestHintOfSystem: the remedy for an error of the system is about its cause and not about the place where it happened.
func TestHintOfSystem(t *testing.T) {
	const more = "allow more files to be open at once: ulimit -n 1024"
	const space = "free some space, or move the output (-o), the cache (--cache-dir) or temporary files (TMPDIR) to another disk"
	for errno, want := range map[syscall.Errno]string{
		syscall.EMFILE: more, syscall.ENFILE: more, syscall.ENOSPC: space, syscall.EDQUOT: space,
		syscall.EFBIG: "allow larger files (ulimit -f), or move the output (-o), the cache (--cache-dir) or temporary files (TMPDIR) " +
			"to a file system that does",
		syscall.EACCES: "run as a user with access to that path, or choose another path",
	} {
		for _, part := range []string{"base", "repository", "package", "layer", "output"} {
			err := &assemble.Error{Part: part, Err: fmt.Errorf("x: %w", &fs.PathError{Op: "open", Path: "a", Err: errno})}
			if got := assemble.Hint(err); got != want {
				t.Errorf("%s: %v: got %q, want %q", part, errno, got, want)
			}
		}
	}
}
