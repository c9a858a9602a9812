// Package hint gives errors a remedy: one line that says what to do about them, beside the line that says what failed.
package hint

import "errors"

// With returns err with a remedy; nil stays nil. The text of the error stays as it is. It is not inlined, which saves space at 160 callers.
//
//go:noinline
func With(err error, remedy string) error {
	if err == nil {
		return nil
	}
	return &hinted{err, remedy}
}

// Default returns err with a remedy unless it has one; nil stays nil.
func Default(err error, remedy string) error {
	if Of(err) != "" {
		return err
	}
	return With(err, remedy)
}

type hinted struct {
	err    error
	remedy string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }
func (h *hinted) Hint() string  { return h.remedy }

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
