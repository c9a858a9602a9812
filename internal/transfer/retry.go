package transfer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// MaxTries is how many failures in a row, without progress, end a transfer.
	MaxTries = 6

	// MaxStalls is the same for a failure by time: a second connection helps where the first was lost on the way, but
	// a server that is silent twice stays so, and each try costs a whole timeout.
	MaxStalls = 2

	// MaxWait bounds the delay that a server may impose with Retry-After.
	MaxWait = 2 * time.Minute

	// MinProgress is how many more bytes must have arrived for the count of failures to start over.
	MinProgress = 64 << 10

	firstDelay = 250 * time.Millisecond
)

// Tries counts the failures of one transfer. The zero value has counted none. It is for one goroutine.
type Tries struct {
	failures int
	furthest int64
}

// Again decides what follows a failure of a transfer that has received so many bytes, those of earlier tries
// that it kept included: after a wait it returns nil for another try. Else it returns the error that ends the
// transfer, which is marked as permanent if the tries are used up.
func (t *Tries) Again(ctx context.Context, err error, received int64) error {
	if ctx.Err() != nil || !IsTransient(err) {
		return err
	}
	if received >= t.furthest+MinProgress {
		t.furthest, t.failures = received, 0
	}
	if t.failures++; IsLast(t.failures, err) {
		return Permanent(fmt.Errorf("%w (tried %d times)", err, t.failures))
	}
	delay := BackOff(t.failures)
	var marked *markedError
	if errors.As(err, &marked) {
		delay = max(delay, marked.after)
	}
	if delay > MaxWait {
		return Permanent(fmt.Errorf("%w: Retry-After is %s, above the limit of %s", err, delay.Round(time.Second), MaxWait))
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// IsLast reports whether a transient error, the failure of that number in a row, ends a transfer.
func IsLast(failures int, err error) bool {
	return failures >= MaxTries || failures >= MaxStalls && IsTimeout(err)
}

// Do calls transfer, which starts from the beginning each time, until it succeeds, fails for good or the tries
// are used up.
func Do(ctx context.Context, transfer func() error) error {
	var tries Tries
	for {
		err := transfer()
		if err == nil {
			return nil
		}
		if err := tries.Again(ctx, err, 0); err != nil {
			return err
		}
	}
}

// BackOff is the delay after so many failures, from 1: 250 ms, doubled each time, a fifth more or less by chance.
func BackOff(failures int) time.Duration {
	d := firstDelay << (failures - 1)
	return d - d/5 + rand.N(2*d/5)
}

// RetryAfter reads the header of that name, seconds or a date (RFC 9110 10.2.3); 0 for any other value.
func RetryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
