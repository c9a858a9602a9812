package script

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Options is what a script runs in.
type Options struct {
	Tree       *tree.Tree // the root file system: every effect goes here
	Generation apk.Generation
	Now        time.Time        // the clock
	Arch       string           // Alpine's name of the architecture
	User       tree.Credentials // who runs the script
	Dir        string           // where it begins, whether or not the user may go there; "" for the root

	// Database, if not nil, reads apk's database: for scripts of packages as it is on disk, for commands as transactions have left it.
	Database func() (*apk.Installed, error)

	Output io.Writer // gets what scripts print; nil drops it

	// APK, if not nil, does what "apk" with these arguments does in a working directory: see [busybox.Session].
	APK func(ctx context.Context, dir string, args []string, stdout, stderr io.Writer) (status int, err error)

	// Get, if not nil, reads from the network: see [busybox.Session].
	Get func(ctx context.Context, r Request) (*Response, error)

	// LeaveOut, Omitted and GoOn are about programs that do nothing: see [busybox.Session].
	LeaveOut []string
	Omitted  func(Omission)
	GoOn     bool

	// Spool, if not nil, keeps what archives have and what is much of the files that are written; else it is kept in memory.
	Spool *spool.Spool

	// Bash, if not nil, is the command line of Bash up to the text, for [RunText]: its path, options and -c. Else it stands for sh.
	Bash []string

	// Standalone makes applets run by their names even where the tree has no file for them.
	Standalone bool

	// Bounds, each with a default for 0.
	Steps       int   // commands that are run: 1,000,000
	Work        int64 // bytes that commands process, roughly: 1 GiB
	OutputLimit int64 // bytes of what is printed that are shown: 1 MiB
}

// Script is a script of a package, or a commit hook.
type Script struct {
	Package string // name
	Version string
	Hook    string // path of a commit hook without a leading slash; "" for a package's script
	Type    apk.ScriptType
	Body    []byte
	Args    []string
}

// String is "name-version.type", and of a commit hook "path type".
func (s *Script) String() string {
	if s.Hook != "" {
		return s.Hook + " " + s.Type.String()
	}
	return s.Package + "-" + s.Version + "." + s.Type.String()
}

// ExitError is the end of a script with a status other than 0.
type ExitError struct {
	Script  string // "name-version.type"
	Package string // name, as scripts.skip takes it
	Status  int
	Output  string // the last lines that it printed
	Offset  int    // where in the text the command is that ran last, in bytes
}

// TextPlace is that of [UnsupportedError].
func (e *ExitError) TextPlace() (offset int, line uint) { return e.Offset, 0 }

func (e *ExitError) Error() string {
	s := fmt.Sprintf("%s: exit status %d", e.Script, e.Status)
	if e.Output != "" {
		s += ": " + e.Output
	}
	return s
}

// Quote returns a word as the shell takes it literally.
func Quote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+,@%"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// MaxBodySize bounds a script, in bytes.
const MaxBodySize = busybox.MaxBodySize

// Reason is the text that strerror has for a failed file operation.
func Reason(err error) string { return busybox.Reason(err) }

// Database returns what "apk info", "apk list" and "apk search" look at in a root, where dir is the working directory.
func Database(t *tree.Tree, g apk.Generation, installed *apk.Installed, dir string) *command.Database {
	return busybox.Database(t, g, installed, dir)
}

// UnsupportedError says what in a script cannot be interpreted.
type UnsupportedError = busybox.UnsupportedError

// Omission is a call of a program that does nothing although it would on a system.
type Omission = busybox.Omission

// FaultError is a failure of the interpreter itself: a bug of Lamina, never the script's
// fault.
type FaultError struct {
	Script  string // "name-version.type"
	Package string
	Line    uint // of the command that ran; 0 if none did
	Problem string
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("%s: line %d: the interpreter of scripts failed: %s: this is a fault of Lamina, please report it with the script",
		e.Script, e.Line, e.Problem)
}

// Request is a read from the network, and Response what it came to.
type (
	Request  = busybox.Request
	Response = busybox.Response
)

// Run runs a script to its end. The error is an [*ExitError], an [*UnsupportedError], a
// [*FaultError], the error of a bound, or the cause of ctx's end. After an error drop the
// tree: the script may have changed a part of it. Scripts with different trees may run
// concurrently.
func Run(ctx context.Context, o Options, s Script) error {
	session := o.session(s.String())
	session.Package, session.Type, session.IsHook = cmp.Or(s.Hook, s.Package), s.Type, s.Hook != ""
	return o.run(session, func() (int, error) { return shell.Run(ctx, session, s.path(), s.Args, s.Body) })
}

// RunText runs shell text as "sh -c TEXT" does, with an environment: variables that it lacks are those that apk gives to
// scripts. Name stands for the text in errors, which are those of [Run] without a package.
func RunText(ctx context.Context, o Options, name, text string, environment map[string]string) error {
	session := o.session(name)
	if session.Exported = environment; environment == nil {
		session.Exported = map[string]string{}
	}
	return o.run(session, func() (int, error) { return shell.RunText(ctx, session, []byte(text), o.Bash) })
}

func (o *Options) session(name string) *busybox.Session {
	return &busybox.Session{
		Generation: o.Generation, Now: o.Now, Arch: o.Arch, Database: o.Database, Output: o.Output,
		Steps: o.Steps, Work: o.Work, OutputLimit: o.OutputLimit,
		Standalone: o.Standalone, APK: o.APK, Get: o.Get,
		LeaveOut: o.LeaveOut, Omitted: o.Omitted, GoOn: o.GoOn,
		Script: name,
	}
}

// run runs a session, and makes an error of how it ended.
func (o *Options) run(session *busybox.Session, run func() (int, error)) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &FaultError{Script: session.Script, Package: session.Package, Line: session.Line, Problem: fmt.Sprint(v)}
		}
	}()
	if o.Tree.Limit == 0 {
		o.Tree.Limit = defaultTreeLimit
		defer func() { o.Tree.Limit = 0 }()
	}
	session.Tree = o.Tree.As(o.User)
	if o.Spool != nil {
		session.Tree.Keep = o.keep
	}
	if session.Dir, err = o.directory(); err != nil {
		return fmt.Errorf("%s: %w", session.Script, err)
	}
	status, err := run()
	if err == nil && status != 0 {
		return &ExitError{Script: session.Script, Package: session.Package, Status: status, Output: session.Tail(), Offset: session.Offset}
	}
	return err
}

// keep is the tree's, by means of the spool.
func (o *Options) keep(r io.Reader) (tree.Content, int64, error) {
	c, err := o.Spool.Keep(r)
	if err != nil {
		return nil, 0, err
	}
	return c, c.Size(), nil
}

// directory returns the path without links of where a script begins.
func (o *Options) directory() (string, error) {
	n, err := o.Tree.Stat(o.Dir)
	if err == nil && n.Type != tree.Directory {
		err = tree.ErrNotDir
	}
	if err != nil {
		return "", fmt.Errorf("working directory %s: %s", o.Dir, busybox.Reason(err))
	}
	resolved, err := o.Tree.Resolve(o.Dir, true)
	return "/" + resolved, err
}

// defaultTreeLimit is how many bytes all scripts of a tree may write, in all.
const defaultTreeLimit = 1 << 30

// path is what apk runs a script as: its $0 (apk/FORMAT.md 12.1).
func (s *Script) path() string {
	if s.Hook != "" {
		return s.Hook
	}
	return "lib/apk/exec/" + s.String()
}
