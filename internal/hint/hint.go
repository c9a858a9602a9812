// Package hint gives errors a remedy: one line that says what to do about them, beside the line that says what failed.
package hint

import (
	"errors"
	"fmt"
)

// With returns err with a remedy; nil stays nil. The text of the error stays as it is. It is not inlined, which saves space.
//
//go:noinline
func With(err error, remedy string) error {
	if err == nil {
		return nil
	}
	return &Hinted{err, remedy}
}

// Errorf returns an error that [fmt.Errorf] formats, without a remedy yet: give it one with [Hinted.With]. It saves space, too: fmt.Errorf is inlined
// at each of its callers.
func Errorf(format string, args ...any) *Hinted { return &Hinted{err: fmt.Errorf(format, args...)} }

// With gives the error its remedy. It is not inlined, which saves space at 150 callers.
//
//go:noinline
func (h *Hinted) With(remedy string) error {
	h.remedy = remedy
	return h
}

// Default returns err with a remedy unless it has one; nil stays nil.
func Default(err error, remedy string) error {
	if Of(err) != "" {
		return err
	}
	return With(err, remedy)
}

// Hinted is an error with its remedy.
type Hinted struct {
	err    error
	remedy string
}

func (h *Hinted) Error() string { return h.err.Error() }
func (h *Hinted) Unwrap() error { return h.err }
func (h *Hinted) Hint() string  { return h.remedy }

// Of returns the remedy of the outermost error in the chain that has one, or "".
func Of(err error) string {
	for err != nil {
		var h interface {
			error
			Hint() string
		}
		if !errors.As(err, &h) {
			return ""
		}
		if text := h.Hint(); text != "" {
			return text
		}
		err = errors.Unwrap(h)
	}
	return ""
}
