package script

import (
	"context"
	"fmt"
)

// Bounds of a run that nobody sets. They count what a script does, never the time that
// it takes, so that a script that ends on one machine ends on all.
const (
	defaultSteps       = 1_000_000
	defaultWork        = 1 << 30
	defaultOutputLimit = 1 << 20

	// defaultTreeLimit is how many bytes all scripts of a tree may write, in all.
	defaultTreeLimit = 1 << 30

	maxHeld     = 32 << 20  // bytes of all variables and functions that exist at a time
	maxBuffered = 256 << 20 // bytes of all input and output that commands hold at a time
	maxInput    = 64 << 20  // bytes that one command reads or prints
	maxLines    = 1 << 20   // lines of one input that a command keeps
)

// step counts a command.
func (sh *shell) step(ctx context.Context, line uint) error {
	if err := sh.stopped(ctx); err != nil {
		return err
	}
	if sh.steps++; sh.steps > sh.Steps {
		return sh.fail(sh.exceeded(line, "more than %d commands were run", sh.Steps))
	}
	return nil
}

// spend counts work inside of commands: about the bytes that are looked at. Every loop
// that input drives spends, and ends when there is nothing left to spend or when ctx ends.
func (sh *shell) spend(ctx context.Context, line uint, n int) error {
	if sh.failed != nil {
		return sh.failed
	}
	sh.work += int64(n)
	if sh.work > sh.Work {
		return sh.fail(sh.exceeded(line, "commands processed more than %d bytes", sh.Work))
	}
	if sh.unchecked += int64(n); sh.unchecked >= checkInterval {
		sh.unchecked = 0
		return sh.stopped(ctx)
	}
	return nil
}

// checkInterval is how much is spent between two looks at the context.
const checkInterval = 1 << 14

// stopped returns why nothing may go on, or nil.
func (sh *shell) stopped(ctx context.Context) error {
	if sh.failed == nil && ctx.Err() != nil {
		return sh.fail(context.Cause(ctx))
	}
	return sh.failed
}

// hold counts the bytes that variables and functions take; n is negative for those that
// were released.
func (sh *shell) hold(line uint, name string, n int) error {
	if sh.held += n; sh.held > maxHeld {
		return sh.fail(sh.exceeded(line, "%s: all variables and functions have more than %d bytes", name, maxHeld))
	}
	return nil
}

// buffer counts the bytes that commands hold; n is negative for those that were released.
func (sh *shell) buffer(line uint, name string, n int) error {
	if sh.buffered += n; sh.buffered > maxBuffered {
		return sh.fail(sh.exceeded(line, "%s: commands hold more than %d bytes at a time", name, maxBuffered))
	}
	return nil
}

func (sh *shell) exceeded(line uint, format string, args ...any) error {
	return fmt.Errorf("%s: line %d: %s", &sh.script, line, fmt.Sprintf(format, args...))
}

// fail ends the run.
func (sh *shell) fail(err error) error {
	if sh.failed == nil {
		sh.failed = err
	}
	return sh.failed
}
