package busybox

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Session is one run of a script: what its commands share. One goroutine at a time uses
// it.
type Session struct {
	Tree       *tree.Tree // the root file system as the user sees it who runs the script: every effect goes here
	Dir        string     // where the script begins, absolute; "" for the root
	Generation apk.Generation
	Now        time.Time // the clock
	Arch       string    // Alpine's name of the architecture

	// Database, if not nil, reads apk's database as it is on disk, for "apk info" and "apk list" where APK is nil.
	Database func() (*apk.Installed, error)

	Output io.Writer // gets what the script prints; nil drops it

	Steps       int   // commands that may run
	Work        int64 // bytes that commands may process
	OutputLimit int64 // bytes of what the script prints that are shown

	// Exported, if not nil, is the environment in place of the one that apk gives to scripts.
	Exported map[string]string

	// APK, if not nil, does what "apk" with these arguments does in a working directory. An error that wraps [errors.ErrUnsupported] says that
	// it cannot be done here; any other error ends the run.
	APK func(ctx context.Context, dir string, args []string, stdout, stderr io.Writer) (status int, err error)

	// Get, if not nil, reads from the network. An error ends the run.
	Get func(ctx context.Context, r Request) (*Response, error)

	// LeaveOut are names of programs that do nothing, whether or not they could be interpreted. Omitted, if not nil, is told of each
	// call of a program that does nothing although it would on a system.
	LeaveOut []string
	Omitted  func(Omission)

	// GoOn makes the run go on after a call of a program that cannot be interpreted, as if it were left out. Omitted is told of it.
	GoOn bool

	// Standalone makes applets run by their names even if no file in PATH has such a name, as a busybox with
	// FEATURE_SH_STANDALONE does.
	Standalone bool

	Script  string // "name-version.type", for errors
	Package string // of a commit hook its path
	Type    apk.ScriptType
	IsHook  bool // it is a commit hook rather than a package's script

	Background int // commands that run in the background, within each other

	pipes [][]byte // see AddPipe

	applets map[string]applet
	Line    uint // of the command that runs
	Offset  int  // where that command is in the text of the session, in bytes; of code from elsewhere, where what runs it is
	printed int64
	last    []byte // the end of what was printed
	failed  error  // why the run ended early

	slept     float64 // seconds that commands slept
	timeLimit float64 // for slept, by timeout; 0 without one

	steps     int
	work      int64 // see spend
	unchecked int64
	held      int // see hold
	buffered  int // see buffer
}

// Begin sets the bounds that are 0 to their defaults. Call it once, before anything runs.
func (s *Session) Begin() {
	if s.Steps == 0 {
		s.Steps = defaultSteps
	}
	if s.Work == 0 {
		s.Work = defaultWork
	}
	if s.OutputLimit == 0 {
		s.OutputLimit = defaultOutputLimit
	}
	s.applets = make(map[string]applet)
	for _, a := range table() {
		s.applets[a.name] = a
	}
}

// Command returns what runs an applet, or nil.
func (s *Session) Command(name string) Function {
	a, ok := s.applets[name]
	if !ok {
		return nil
	}
	return func(c *Call) (int, error) {
		if len(c.Args) > 1 && c.Args[1] == "--help" && a.options != anyOption && !a.internal && (len(c.Args) == 2 || a.options != "") {
			c.usage()
			return 0, nil
		}
		c.Err.out = &c.Out
		return ended(a.run(c))
	}
}

// applet returns the row of the applet that runs.
func (c *Call) applet() applet { return c.Session.applets[path.Base(c.Args[0])] }

// IsInternal reports whether ash has an applet itself that is not one of its builtins.
// It is not inlined, which saves space.
//
//go:noinline
func (s *Session) IsInternal(name string) bool { return s.applets[name].internal }

// Failure returns why the run ended early, or nil.
// It is not inlined, which saves space.
//
//go:noinline
func (s *Session) Failure() error { return s.failed }

// UnsupportedError says what in a script cannot be interpreted.
type UnsupportedError struct {
	Script  string // "name-version.type"
	Package string // name, as scripts.skip takes it
	Type    apk.ScriptType
	Line    uint // 0 if it is the script as a whole
	Offset  int  // of the command in the text, in bytes
	Reason  string
	Program string // the name of the program, if it is one that cannot be interpreted
}

func (e *UnsupportedError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Script, e.Reason)
	}
	return fmt.Sprintf("%s: line %d: %s", e.Script, e.Line, e.Reason)
}

// TextPlace returns where in the text it is, in bytes, and the line that Error has.
func (e *UnsupportedError) TextPlace() (offset int, line uint) { return e.Offset, e.Line }

// Unsupported returns an [*UnsupportedError]. It is not inlined, which saves space at 200 callers.
//
//go:noinline
func (s *Session) Unsupported(line uint, format string, args ...any) error {
	return &UnsupportedError{Script: s.Script, Package: s.Package, Type: s.Type, Line: line, Offset: s.Offset, Reason: fmt.Sprintf(format, args...)}
}

// RefuseProgram is Unsupported for a program. If the run is to go on, the program does nothing instead.
func (c *Call) RefuseProgram(program, format string, args ...any) (int, error) {
	refused := &UnsupportedError{
		Script: c.Script, Package: c.Package, Type: c.Type, Line: c.Line, Offset: c.Offset,
		Reason: fmt.Sprintf(format, args...), Program: path.Base(program),
	}
	if !c.GoOn {
		return 0, refused
	}
	return c.omit(Omission{Program: refused.Program, Reason: refused.Reason, Refused: refused})
}

// Shell is the shell that an applet runs in. Its two methods are all that an applet needs
// of it.
type Shell interface {
	// RunCommand runs a command as the shell runs a line with these words, and prints to c.
	RunCommand(c *Call) (status int, err error)

	// RunText runs shell text in a shell of its own, and prints to c.
	RunText(c *Call, text Text) (status int, err error)
}

// Text is shell text to run.
type Text struct {
	Name   string   // $0
	Args   []string // $1 and on
	Flags  []string // words such as "-e"
	Body   []byte
	From   byte // 'c' for an argument, 's' for standard input, 0 for a file
	Login  bool // a login shell, which reads the profiles first
	IsBash bool // it is for Bash

	NoProfile bool // a login shell does not read any
	File      bool // a file that is run by its name, whose "#!" line names the shell
}

// Print prints for the script. What is beyond the limit is not shown, but for the end if the script fails.
func (s *Session) Print(p []byte) (int, error) {
	s.last = append(s.last, p[max(0, len(p)-tailSize):]...)
	if over := len(s.last) - tailSize; over > 0 {
		s.last = append(s.last[:0], s.last[over:]...)
	}
	left := s.OutputLimit - s.printed
	s.printed += int64(len(p))
	if s.Output == nil || left < 0 {
		return len(p), nil
	}
	if int64(len(p)) <= left {
		return s.Output.Write(p)
	}
	_, err := fmt.Fprintf(s.Output, "%s\n[more than %d bytes are not shown]\n", p[:left], s.OutputLimit)
	return len(p), err
}

// tailSize and tailLines are how many bytes and lines of what a script printed an error shows: the reason is at the end.
const (
	tailSize  = 512
	tailLines = 4
)

// Tail returns the end of what the script printed, on one line.
func (s *Session) Tail() string {
	lines := strings.Split(strings.TrimSpace(string(s.last)), "\n")
	return strings.Join(strings.Fields(strings.Join(lines[max(0, len(lines)-tailLines):], " ")), " ")
}
