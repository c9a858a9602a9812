// Package bounded reads whole streams of unknown size up to a limit, so that foreign data cannot take more memory
// than its kind ever needs.
package bounded

import (
	"fmt"
	"io"
)

// TooLargeError is the error of a stream above the limit. Callers name the object in front of it.
type TooLargeError struct{ Limit int64 } // in bytes

func (e *TooLargeError) Error() string { return fmt.Sprintf("larger than %d bytes", e.Limit) }

// ReadAll returns the content of r. Above limit bytes it is a [TooLargeError], and no more than one byte beyond is read.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &TooLargeError{limit}
	}
	return data, nil
}

// UnexpectedEOF returns the error of a stream that must go on: [io.ErrUnexpectedEOF] for [io.EOF], others as they are.
func UnexpectedEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
