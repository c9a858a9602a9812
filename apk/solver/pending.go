package solver

// pendingNames are the names that wait for a decision. Apk keeps sorted lists
// (3.0) or looks through one list (2.14); here they are heaps with the same
// order, so that a great many names stay affordable. A name that moves leaves
// its old entry behind, and dequeue drops what is no longer true.
type pendingNames struct {
	urgent     entryHeap
	selectable entryHeap // apk 2: all names
	rest       entryHeap // apk 3 only
	counter    int64
}

// pendingState is what a name knows of its place in pendingNames.
type pendingState struct {
	place  pendingPlace
	urgent bool  // apk 2: has an entry in the urgent heap
	listed int64 // apk 2: when it was listed
}

type pendingPlace uint8

const (
	notPending pendingPlace = iota
	pendingUrgent
	pendingSelectable // apk 2: listed
	pendingRest
)

// urgent holds for names whose choice cannot change any more. Where nothing may
// be chosen for a name by itself, other decisions might still change that; apk
// before 2.14.7 did not wait for them.
func (s *solver) urgent(n *name) bool {
	return n.rdepsDone && n.req > 0 && !n.options && (n.autosel || s.beforeAutosel)
}

// enqueue makes a name wait for its decision, or gives it its new place. With
// again, a change of autosel moves it.
func (s *solver) enqueue(id nameID, again bool) {
	n := &s.names[id]
	if n.fixed {
		return
	}
	if s.v2 {
		s.enqueueV2(id, n)
		return
	}
	urgent := s.urgent(n)
	switch {
	case n.pending.place == pendingUrgent:
		return
	case n.pending.place != notPending:
		if !urgent && !again {
			return
		}
	case n.req == 0 && !n.hasIIF && !n.iifProbe:
		return
	}
	p := &s.pending
	switch {
	case urgent:
		n.pending.place = pendingUrgent
		p.counter++
		p.urgent.push(pendingEntry{-p.counter, id}) // first in, first out
	case n.autosel:
		n.pending.place = pendingSelectable
		p.selectable.push(pendingEntry{int64(n.order), id})
	default:
		n.pending.place = pendingRest
		p.rest.push(pendingEntry{int64(n.order), id})
	}
}

// enqueueV2 lists a name, or takes it from the list if nothing wants it any
// more. It is also to be called when what its priority depends on has changed.
func (s *solver) enqueueV2(id nameID, n *name) {
	p := &s.pending
	if n.req == 0 && !n.hasIIF {
		n.pending = pendingState{}
		return
	}
	if n.pending.place == notPending {
		p.counter++
		n.pending = pendingState{place: pendingSelectable, listed: p.counter}
	}
	p.selectable.push(pendingEntry{s.priorityV2(n), id})
	if !n.pending.urgent && s.urgent(n) {
		n.pending.urgent = true
		p.urgent.push(pendingEntry{n.pending.listed, id}) // last in, first out
	}
}

// priorityV2 is what apk 2.14 goes by when nothing is urgent. Before 2.14.7 that
// was the request's names, then concrete ones, then those with the longest
// chain of dependencies below them.
func (s *solver) priorityV2(n *name) int64 {
	priority := int64(n.order)
	if s.beforeAutosel {
		priority |= int64(n.chain) << 32
		if n.concrete {
			priority |= 1 << 60
		}
		if n.userFlags {
			priority |= 1 << 61
		}
		return priority
	}
	if n.userFlags {
		priority |= 1 << 33
	}
	if n.autosel {
		priority |= 1 << 34
	}
	return priority
}

// dequeue takes the name that is to be decided next, or returns -1.
func (s *solver) dequeue() nameID {
	p := &s.pending
	for len(p.urgent) > 0 {
		e := p.urgent.pop()
		n := &s.names[e.name]
		if s.v2 && n.pending.listed == e.priority {
			n.pending.urgent = false
			if !s.urgent(n) {
				continue
			}
		}
		if n.pending.place == pendingUrgent || s.v2 && n.pending.listed == e.priority {
			n.pending = pendingState{}
			return e.name
		}
	}
	for len(p.selectable) > 0 {
		e := p.selectable.pop()
		n := &s.names[e.name]
		if n.pending.place == pendingSelectable && (!s.v2 || s.priorityV2(n) == e.priority) {
			n.pending = pendingState{}
			return e.name
		}
	}
	for len(p.rest) > 0 {
		e := p.rest.pop()
		if n := &s.names[e.name]; n.pending.place == pendingRest {
			n.pending = pendingState{}
			return e.name
		}
	}
	return -1
}

// pendingEntry is a name with its priority; higher ones go first.
type pendingEntry struct {
	priority int64
	name     nameID
}

type entryHeap []pendingEntry

func (h *entryHeap) push(e pendingEntry) {
	*h = append(*h, e)
	a, i := *h, len(*h)-1
	for i > 0 {
		up := (i - 1) / 2
		if a[up].priority >= e.priority {
			break
		}
		a[i], i = a[up], up
	}
	a[i] = e
}

func (h *entryHeap) pop() pendingEntry {
	a := *h
	top, last := a[0], a[len(a)-1]
	a = a[:len(a)-1]
	*h = a
	i := 0
	for {
		down := 2*i + 1
		if down >= len(a) {
			break
		}
		if down+1 < len(a) && a[down+1].priority > a[down].priority {
			down++
		}
		if last.priority >= a[down].priority {
			break
		}
		a[i], i = a[down], down
	}
	if len(a) > 0 {
		a[i] = last
	}
	return top
}
