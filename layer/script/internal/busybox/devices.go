package busybox

import (
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// RefuseRandom ends the run if a path leads to something that gives random bytes, whether or
// not the tree has it: a script that hides the error would put an empty secret into the
// image, and a secret does not belong there anyway.
func (s *Session) RefuseRandom(line uint, full string) error {
	if n, err := s.Tree.Stat(full); err == nil && n.Type != tree.CharDevice {
		return nil
	}
	clean := s.followed(full)
	switch {
	case clean == "/dev/random", clean == "/dev/urandom", clean == "/dev/hwrng", strings.HasPrefix(clean, "/proc/sys/kernel/random/"):
		return s.Fail(s.Unsupported(line, "%s is not supported: its bytes are others each time, and secrets do not belong in an image", clean))
	}
	return nil
}

// followed is where a path leads by its links, whether or not something is there.
func (s *Session) followed(full string) string {
	at, rest := "/", strings.Split(full, "/")
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0]) // also for "" and ".."
		rest = rest[1:]
		n, err := s.Tree.Lstat(next)
		if err != nil || n.Type != tree.Symlink || links == maxLinks {
			at = next
			continue
		}
		links++
		if strings.HasPrefix(n.Target, "/") {
			at = "/"
		}
		rest = append(strings.Split(n.Target, "/"), rest...)
	}
	return at
}

// maxLinks is how many links Linux follows.
const maxLinks = 40

// RefuseDevice ends the run if a path that is to be written is in /dev, other than the
// devices that mean something here. On a machine it would not become a file of the image.
func (s *Session) RefuseDevice(line uint, full string) error {
	if clean := path.Clean(full); strings.HasPrefix(clean, "/dev/") {
		return s.Fail(s.Unsupported(line, "writing %s is not supported", clean))
	}
	return nil
}
