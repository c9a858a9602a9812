package layer

import (
	"context"
	"io"
	"sync"
)

// A lane is where workers that run side by side hand over what they make in a
// fixed order: as if they had written to one writer one after the other.
//
// The worker whose turn it is writes straight through. Those after it fill
// chunks of memory until their turn comes, or until there are no chunks left,
// and then wait. Since the first never waits for memory or for another worker,
// there is always one that gets on, provided that workers begin in order. One that begins
// early must not take the chunks of others: it has memory of its own, as much as it writes.
type lane struct {
	ctx  context.Context
	w    io.Writer
	free chan []byte // chunks that nobody fills; nil for one that was never used

	passed func(turn int) // if not nil, told in order of each turn that is over; set before the first

	mu      sync.Mutex
	current int // whose turn it is
	turns   []turn
}

// chunkSize is how many bytes of memory a waiting worker takes at once.
const chunkSize = 64 << 10

// newLane makes a lane of that many turns, to each of which somebody must write
// or at least close it. All together hold chunks of memory at most.
func newLane(ctx context.Context, w io.Writer, turns, chunks int) *lane {
	l := &lane{ctx: ctx, w: w, free: make(chan []byte, chunks), turns: make([]turn, turns)}
	for range chunks {
		l.free <- nil
	}
	for i := range l.turns {
		l.turns[i] = turn{lane: l, index: i, come: make(chan struct{})}
	}
	if turns > 0 {
		close(l.turns[0].come)
	}
	return l
}

// turn is one worker's place in a lane. It is for one goroutine.
type turn struct {
	lane    *lane
	index   int
	come    chan struct{} // closed when it is this one's turn
	isEarly bool          // it began before those that come first, and waits in memory of its own; set before the first Write
	chunks  [][]byte      // what waits for the turn to come; the owner's until closed, then the lane's
	closed  bool          // guarded by lane.mu
}

// Write returns when p was written or put aside, or the lane's context is done.
func (t *turn) Write(p []byte) (int, error) {
	for n := 0; ; {
		if err := t.lane.ctx.Err(); err != nil {
			return n, context.Cause(t.lane.ctx)
		}
		select {
		case <-t.come:
			if err := t.flush(); err != nil {
				return n, err
			}
			m, err := t.lane.w.Write(p[n:])
			return n + m, err
		default:
		}
		n += t.keep(p[n:])
		if n == len(p) {
			return n, nil
		}
		if t.isEarly {
			t.chunks = append(t.chunks, make([]byte, 0, chunkSize))
			continue
		}
		select {
		case <-t.come:
		case <-t.lane.ctx.Done():
		case chunk := <-t.lane.free:
			if chunk == nil {
				chunk = make([]byte, 0, chunkSize)
			}
			t.chunks = append(t.chunks, chunk[:0])
		}
	}
}

// keep puts aside what still fits into the last chunk.
func (t *turn) keep(p []byte) int {
	if len(t.chunks) == 0 {
		return 0
	}
	last := &t.chunks[len(t.chunks)-1]
	n := min(len(p), cap(*last)-len(*last))
	*last = append(*last, p[:n]...)
	return n
}

// hasCome says whether it is the turn's time.
func (t *turn) hasCome() bool {
	select {
	case <-t.come:
		return true
	default:
		return false
	}
}

// wait returns when the turn has come, or with the context's error.
func (t *turn) wait() error {
	select {
	case <-t.come:
		return t.flush()
	case <-t.lane.ctx.Done():
		return context.Cause(t.lane.ctx)
	}
}

func (t *turn) flush() error {
	for i, chunk := range t.chunks {
		if _, err := t.lane.w.Write(chunk); err != nil {
			t.chunks = t.chunks[i:]
			return err
		}
		if !t.isEarly {
			t.lane.free <- chunk
		}
	}
	t.chunks = nil
	return nil
}

// Close ends the turn, even before it has come: what waits is then written by
// those that are before. After an error the turn must not be closed.
func (t *turn) Close() error {
	l := t.lane
	l.mu.Lock()
	defer l.mu.Unlock()
	t.closed = true
	if l.current != t.index {
		return nil
	}
	for l.current < len(l.turns) && l.turns[l.current].closed {
		if err := l.turns[l.current].flush(); err != nil {
			return err
		}
		if l.passed != nil {
			l.passed(l.current)
		}
		l.current++
		if l.current < len(l.turns) {
			close(l.turns[l.current].come)
		}
	}
	return nil
}
