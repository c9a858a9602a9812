// Package filelock waits for locks of files that other processes hold, and says so when that takes a while.
package filelock

import (
	"context"
	"time"
)

// retry is how often a lock is tried again, and maxSilent how many times before the wait is reported: after a second.
const (
	retry     = 5 * time.Millisecond
	maxSilent = 200
)

// Wait calls try, such as TryLock of a flock.Flock, until it has the lock, it fails or ctx is done. If another process holds the
// lock for about a second, it calls waiting once, which may be nil.
func Wait(ctx context.Context, try func() (bool, error), waiting func()) error {
	for tries := 1; ; tries++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if isHeld, err := try(); isHeld || err != nil {
			return err
		}
		if tries == maxSilent && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}
