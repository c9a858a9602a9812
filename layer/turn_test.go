package layer

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// TestLane lets workers write at random, with hardly any memory to wait in.
func TestLane(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		workers, parallel, chunks := 1+r.IntN(12), 1+r.IntN(4), r.IntN(4)
		var got, want bytes.Buffer
		l := newLane(context.Background(), &got, workers, chunks)
		slots := make(chan struct{}, parallel)
		var group sync.WaitGroup
		for i := range workers {
			var writes [][]byte
			for range r.IntN(5) {
				p := bytes.Repeat([]byte{byte(i)}, r.IntN(2*chunkSize))
				writes = append(writes, p)
				want.Write(p)
			}
			slots <- struct{}{}
			group.Go(func() {
				defer func() { <-slots }()
				for _, p := range writes {
					if n, err := l.turns[i].Write(p); n != len(p) || err != nil {
						t.Errorf("write: %d, %v", n, err)
					}
				}
				if err := l.turns[i].Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		group.Wait()
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("seed %d: %d bytes in another order than the %d written", seed, got.Len(), want.Len())
		}
		if len(l.free) != chunks {
			t.Fatalf("seed %d: %d of %d chunks came back", seed, len(l.free), chunks)
		}
	}
}

// TestLaneClosedEarly closes turns from the last to the first. No turn waits for another.
func TestLaneClosedEarly(t *testing.T) {
	var got bytes.Buffer
	l := newLane(context.Background(), &got, 3, 3)
	for _, i := range []int{2, 1, 0} {
		if got.Len() > 0 {
			t.Errorf("%q was written before its turn", got.String())
		}
		l.turns[i].Write([]byte{'a' + byte(i)})
		if err := l.turns[i].Close(); err != nil {
			t.Error(err)
		}
	}
	if got.String() != "abc" {
		t.Errorf("%q, want abc", got.String())
	}
}

func TestLaneCancel(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	l := newLane(ctx, new(bytes.Buffer), 3, 1)
	failed := make(chan error)
	for i := range 2 {
		go func() {
			_, err := l.turns[i+1].Write(make([]byte, 2*chunkSize)) // more than there is memory for
			failed <- err
		}()
	}
	reason := errors.New("enough")
	cancel(reason)
	for range 2 {
		if err := <-failed; err != reason {
			t.Errorf("error %v, want %v", err, reason)
		}
	}
	if _, err := l.turns[0].Write([]byte{1}); err != reason {
		t.Errorf("error %v in the first turn, want %v", err, reason)
	}
}

type failingWriter struct{ left int }

var errFull = errors.New("no space left on device")

func (w *failingWriter) Write(p []byte) (int, error) {
	n := min(w.left, len(p))
	if w.left -= n; n < len(p) {
		return n, errFull
	}
	return n, nil
}

// TestLaneFullDisk fails in what is written on behalf of another.
func TestLaneFullDisk(t *testing.T) {
	l := newLane(context.Background(), &failingWriter{1}, 3, 3)
	for _, i := range slices.Backward([]int{0, 1, 2}) {
		l.turns[i].Write([]byte("x"))
		err := l.turns[i].Close()
		if want := map[int]error{0: errFull}[i]; err != want {
			t.Errorf("turn %d: %v, want %v", i, err, want)
		}
	}
}
