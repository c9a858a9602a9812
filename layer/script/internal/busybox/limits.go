package busybox

import (
	"context"
	"fmt"

	"github.com/lamina-oci/lamina/internal/hint"
)

// Bounds of a run that nobody sets. They count what a script does, never the time that
// it takes, so that a script that ends on one machine ends on all.
const (
	defaultSteps       = 1_000_000
	defaultWork        = 1 << 30
	defaultOutputLimit = 1 << 20

	maxHeld        = 32 << 20  // bytes of all variables and functions that exist at a time
	maxBuffered    = 256 << 20 // bytes of all input and output that commands hold at a time
	MaxInput       = 64 << 20  // bytes that one command reads or prints
	maxParentheses = 200       // of an expression of find, expr or test, within each other
	maxLines       = 1 << 20   // lines of one input that a command keeps

	// streamed bytes count as one that is looked at: they are copied, hashed or unpacked in large pieces.
	streamed = 4
)

// Step counts a command.
func (s *Session) Step(ctx context.Context, line uint) error {
	if err := s.stopped(ctx); err != nil {
		return err
	}
	if s.steps++; s.steps > s.Steps {
		return s.Fail(s.Exceeded(line, "more than %d commands were run", s.Steps))
	}
	return nil
}

// Spend counts work inside of commands: about the bytes that are looked at. Every loop
// that input drives spends, and ends when there is nothing left to spend or when ctx ends.
func (s *Session) Spend(ctx context.Context, line uint, n int) error {
	if s.failed != nil {
		return s.failed
	}
	s.work += int64(n)
	if s.work > s.Work {
		return s.Fail(s.Exceeded(line, "commands processed more than %d bytes", s.Work))
	}
	if s.unchecked += int64(n); s.unchecked >= checkInterval {
		s.unchecked = 0
		return s.stopped(ctx)
	}
	return nil
}

// pathCost is what a path costs in addition to its bytes: a file may be created there, and its
// entry in the tree stays in memory.
const pathCost = 512

// checkInterval is how much is spent between two looks at the context.
const checkInterval = 1 << 14

// stopped returns why nothing may go on, or nil.
func (s *Session) stopped(ctx context.Context) error {
	if s.failed == nil && ctx.Err() != nil {
		return s.Fail(context.Cause(ctx))
	}
	return s.failed
}

// Hold counts the bytes that variables and functions take; n is negative for those that
// were released.
func (s *Session) Hold(line uint, name string, n int) error {
	if s.held += n; s.held > maxHeld {
		return s.Fail(s.Exceeded(line, "%s: all variables and functions have more than %d bytes", name, maxHeld))
	}
	return nil
}

// buffer counts the bytes that commands hold; n is negative for those that were released.
func (s *Session) buffer(line uint, name string, n int) error {
	if s.buffered += n; s.buffered > maxBuffered {
		return s.Fail(s.Exceeded(line, "%s: commands hold more than %d bytes at a time", name, maxBuffered))
	}
	return nil
}

// Exceeded returns the error of a bound, with the script and a line.
func (s *Session) Exceeded(line uint, format string, args ...any) error {
	return hint.Errorf("%s: line %d: %s", s.Script, line, fmt.Sprintf(format, args...)).
		With("what commands may take is bounded: split the work, or do it elsewhere and copy the result into the image")
}

// Fail ends the run.
// It is not inlined, which saves space at 50 callers.
//
//go:noinline
func (s *Session) Fail(err error) error {
	if s.failed == nil {
		s.failed = err
	}
	return s.failed
}
