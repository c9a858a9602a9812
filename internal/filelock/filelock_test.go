package filelock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestWait(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name    string
		refused int // how many times the lock is held by another
		then    error
		want    int // reports
	}{
		{"free", 0, nil, 0},
		{"held for a moment", 3, nil, 0},
		{"held for long", maxSilent + 20, nil, 1},
		{"cannot be locked", 0, broken, 0},
		{"cannot be locked any more", maxSilent, broken, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries, reports := 0, 0
			err := Wait(t.Context(), func() (bool, error) {
				tries++
				return tries > c.refused && c.then == nil, errorAfter(tries > c.refused, c.then)
			}, func() { reports++ })
			if err != c.then || tries != c.refused+1 || reports != c.want {
				t.Errorf("%s: %v after %d tries and %d reports, want %v, %d and %d", c.name, err, tries, reports, c.then, c.refused+1, c.want)
			}
		})
	}
}

func errorAfter(isTime bool, err error) error {
	if isTime {
		return err
	}
	return nil
}

// TestCancel: who waits can be interrupted, before and meanwhile.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	try := func() (bool, error) {
		if tries++; tries == 3 {
			cancel()
		}
		return false, nil
	}
	if err := Wait(ctx, try, nil); !errors.Is(err, context.Canceled) || tries != 3 {
		t.Errorf("%v after %d tries", err, tries)
	}
	if err := Wait(ctx, try, nil); !errors.Is(err, context.Canceled) || tries != 3 {
		t.Errorf("%v after %d tries", err, tries)
	}
}
