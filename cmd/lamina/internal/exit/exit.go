// Package exit reports how a command has ended: on standard error what has failed, and by an exit code.
package exit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
)

// Exit codes. A program that a signal has ended has others: see [SignalError].
const (
	Done      = 0
	Failed    = 1 // or, of commands that compare, there are differences
	Usage     = 2
	Unknown   = 3 // of verify, diff and lock --check: nothing is known
	Unchanged = 4 // of build --if-changed
)

// ErrUnchanged ends a build that had nothing to write, which was said.
var ErrUnchanged = errors.New("nothing has changed")

// DiffersError says that a comparison found a difference. Without Err, the difference was printed already.
type DiffersError struct{ Err error }

func (e *DiffersError) Error() string {
	if e.Err == nil {
		return "they differ"
	}
	return e.Err.Error()
}

// UnknownError says that a comparison could not be made.
type UnknownError struct{ Err error }

func (e *UnknownError) Error() string { return e.Err.Error() }
func (e *UnknownError) Unwrap() error { return e.Err }

// PartialError ends a command of several outputs that was interrupted between them.
type PartialError struct {
	State string // that they are left in
	Err   error
}

func (e *PartialError) Error() string { return e.Err.Error() }
func (e *PartialError) Unwrap() error { return e.Err }

// SignalError is the cause with which a signal cancels the program's context.
type SignalError struct{ Signal os.Signal }

func (e *SignalError) Error() string { return e.Signal.String() }

// code is what a shell reports for a program that the signal killed: 129, 130, 141 or 143.
func (e *SignalError) code() int {
	if number, ok := e.Signal.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return Failed
}

// Command is the command that has ended.
type Command struct {
	*cobra.Command
	Args   []string // of the program; passwords in them are not shown
	Writes bool     // it has an output that an interruption leaves as it was
}

// Report prints what a command has ended with, and returns the exit code.
func Report(ctx context.Context, w io.Writer, c Command, err error) int {
	if err == nil {
		return Done
	}
	shown := func(text string) string { return console.Shown(c.Args, text) }
	if wrong := (*usage.Error)(nil); errors.As(err, &wrong) {
		remedy, help := lamina.Hint(err), fmt.Sprintf("Run '%s --help' for usage.", wrong.Command)
		if c.progress() == console.JSON {
			remedy = cmp.Or(remedy, help)
		}
		console.WriteError(w, c.progress(), shown(err.Error()), shown(remedy))
		if remedy == "" {
			fmt.Fprintln(w, help)
		}
		return Usage
	}
	if differs := new(DiffersError); errors.As(err, &differs) && differs.Err == nil {
		return Failed
	}
	if errors.Is(err, ErrUnchanged) {
		return Unchanged
	}
	if ctx.Err() != nil {
		return interrupted(ctx, w, c, err)
	}
	console.WriteError(w, c.progress(), shown(err.Error()), shown(lamina.Hint(err)))
	return codeOf(err)
}

// progress is the form of progress that the command line chooses, which errors have, too.
func (c Command) progress() string {
	if f := c.Flags().Lookup("progress"); f != nil {
		return f.Value.String()
	}
	return ""
}

func codeOf(err error) int {
	if errors.As(err, new(*UnknownError)) {
		return Unknown
	}
	return Failed
}

// interrupted is Report for a command whose context was cancelled.
func interrupted(ctx context.Context, w io.Writer, c Command, err error) int {
	message := "interrupted"
	if partial := (*PartialError)(nil); errors.As(err, &partial) {
		message += "; " + partial.State
	} else if c.Writes {
		message += "; output left unchanged"
	}
	code, bySignal := codeOf(err), (*SignalError)(nil)
	if errors.As(context.Cause(ctx), &bySignal) {
		code = bySignal.code()
	}
	isSilent := bySignal != nil && bySignal.Signal == syscall.SIGPIPE // which ends programs without a word
	if !isSilent {
		console.WriteError(w, c.progress(), message, "")
	}
	return code
}
