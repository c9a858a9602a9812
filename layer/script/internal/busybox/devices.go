package busybox

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// RefuseInput ends the run if a path leads to something that gives random bytes, or to a descriptor other than the standard streams,
// whether or not the tree has it: a script that hides the error would put an empty secret or an empty file into the image, and a
// secret does not belong there anyway.
func (s *Session) RefuseInput(line uint, full string) error {
	if n, err := s.Tree.Stat(full); err == nil && n.Type != tree.CharDevice {
		return nil
	}
	clean, reason := s.followed(full), ""
	switch {
	case clean == "/dev/random", clean == "/dev/urandom", clean == "/dev/hwrng", strings.HasPrefix(clean, "/proc/sys/kernel/random/"):
		reason = "its bytes are others each time, and secrets do not belong in an image"
	case s.Package == "" && (clean == "/dev/zero" || clean == "/dev/full"):
		reason = "it has no end: dd if=/dev/zero of=FILE bs=1 count=NUMBER reads a part"
	case s.Package == "" && clean == "/dev/tty":
		reason = "there is no terminal"
	case s.pipe(clean) >= 0:
		reason = "what a process substitution prints cannot be read in this way"
	case isDescriptor(clean):
		reason = "only the standard streams, which are 0, 1 and 2, have a name"
	case s.Package == "" && slices.Contains(machineFiles, clean): // scripts of packages run where /proc need not be
		reason = "it depends on the machine"
	default:
		return nil
	}
	return s.Fail(s.Unsupported(line, "%s is not supported: %s", clean, reason))
}

// devices are those that each container has while a command of RUN runs there, although its image does not: major and minor numbers.
var devices = map[string][2]uint32{
	"/dev/null": {1, 3}, "/dev/zero": {1, 5}, "/dev/full": {1, 7}, "/dev/random": {1, 8}, "/dev/urandom": {1, 9}, "/dev/tty": {5, 0},
}

// isNull reports whether a file is /dev/null.
func isNull(n *tree.Node) bool { return n.Type == tree.CharDevice && n.Major == 1 && n.Minor == 3 }

// IsNull reports whether a path leads to /dev/null, whether or not the tree has it.
func (s *Session) IsNull(full string) bool {
	if path.Clean(full) == "/dev/null" {
		return true
	}
	if n, err := s.Tree.Stat(full); err == nil {
		return isNull(n)
	}
	return s.followed(full) == "/dev/null"
}

// outside finds what the tree lacks but a command of RUN finds: devices and the standard streams by their names, of which one that is read from
// a file is that file. Changes of it are not in the image.
func (c *Call) outside(full string) *tree.Node {
	at := c.followed(full)
	if number, ok := devices[at]; ok {
		return &tree.Node{Type: tree.CharDevice, Mode: 0o666, Major: number[0], Minor: number[1], ModTime: c.Tree.Now}
	}
	if IsStdin(at) {
		if input, ok := c.Stdin.(interface{ Source() *tree.Node }); ok {
			return input.Source()
		}
	} else if !slices.Contains([]string{"/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/2", "/proc/self/fd/1", "/proc/self/fd/2"}, at) {
		return nil
	}
	return &tree.Node{Type: tree.FIFO, Mode: 0o600, ModTime: c.Tree.Now}
}

// IsStdin reports whether a clean path is a name of standard input.
func IsStdin(clean string) bool {
	return clean == "/dev/stdin" || clean == "/dev/fd/0" || clean == "/proc/self/fd/0"
}

// machineFiles say what the machine is, which must not get into an image.
var machineFiles = []string{"/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/version"}

// isDescriptor reports whether a path is the name of an open file of the process other than the standard streams.
func isDescriptor(clean string) bool {
	dir, number := path.Split(clean)
	return (dir == "/dev/fd/" || dir == "/proc/self/fd/") && number != "0" && number != "1" && number != "2"
}

// followed is where a path leads for root: see follow.
func (s *Session) followed(full string) string {
	at, _ := follow(s.Tree, full)
	return at
}

// follow returns where a path leads by its links, whether or not something is there. Links that are too many, or that cannot be read, count
// as names, and the first of them is the error.
func follow(t *tree.Tree, full string) (at string, err error) {
	at = "/"
	links := 0
	for rest := strings.Split(full, "/"); len(rest) > 0; {
		next := path.Join(at, rest[0]) // also for "" and ".."
		rest = rest[1:]
		n, problem := t.Lstat(next)
		switch {
		case errors.Is(problem, tree.ErrNotExist), errors.Is(problem, tree.ErrNotDir):
			problem = nil
		case problem == nil && n.Type == tree.Symlink && links < maxLinks:
			links++
			if strings.HasPrefix(n.Target, "/") {
				at = "/"
			}
			rest = append(strings.Split(n.Target, "/"), rest...)
			continue
		case problem == nil && n.Type == tree.Symlink:
			problem = tree.ErrLoop
		}
		if err == nil {
			err = problem
		}
		at = next
	}
	return at, err
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

// AddPipe gives what a process substitution has printed the name that Bash gives to its pipe: /dev/fd/63 if there is no other, then
// /dev/fd/62, and so on. It is there until [Session.ClosePipes].
func (s *Session) AddPipe(content []byte) (name string) {
	s.pipes = append(s.pipes, content)
	return fmt.Sprint(pipeDir, firstPipe+1-len(s.pipes))
}

const (
	pipeDir   = "/dev/fd/"
	firstPipe = 63

	// MaxPipes is how many may be open.
	MaxPipes = 32
)

// Pipes returns how many pipes are open.
func (s *Session) Pipes() int { return len(s.pipes) }

// ClosePipes closes all pipes but the first ones.
func (s *Session) ClosePipes(kept int) { s.pipes = s.pipes[:kept] }

// Special returns the content of a file that the tree does not have but a command of RUN finds, by its absolute path: of a pipe all, so that
// the next one who reads it finds nothing; and of /proc/cpuinfo that there is one processor, as nproc says, and nothing else of it.
func (s *Session) Special(full string) (content []byte, ok bool) {
	if i := s.pipe(full); i >= 0 {
		content, s.pipes[i] = s.pipes[i], nil
		return content, true
	}
	if s.Package == "" && path.Clean(full) == "/proc/cpuinfo" {
		if _, err := s.Tree.Stat(full); err != nil {
			return []byte("processor\t: 0\n\n"), true
		}
	}
	return nil, false
}

// pipe returns the index of the pipe that has a path, or -1.
func (s *Session) pipe(full string) int {
	number, ok := strings.CutPrefix(path.Clean(full), pipeDir)
	n, err := strconv.Atoi(number)
	if i := firstPipe - n; ok && err == nil && i >= 0 && i < len(s.pipes) {
		return i
	}
	return -1
}
