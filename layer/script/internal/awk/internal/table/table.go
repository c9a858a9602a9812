// Package table is the associative array of awk, whose keys have an order.
package table

import "iter"

// Table has a value for each of its keys. The zero value is empty. It gives its keys in the order of busybox awk 1.36, which
// experiments with random keys show to be that of a table of chains:
//
//   - A key's hash starts at 0 and is h*63 + byte for each of its bytes, in 32 bits.
//   - The table has 61 chains. Before a new key would be more than eight times the number of
//     chains, the table grows to 251, then 1021, 4093, 16381 and at last 65521.
//   - A new key goes to the front of its chain. A table that grows moves the keys in
//     their order, each to the front of its new chain.
//
// Keys are listed chain by chain.
type Table[V any] struct {
	index map[string]*Element[V]
	chain []*Element[V]
	size  int // position in tableSizes
}

// Element is a key with its value.
type Element[V any] struct {
	Value V

	key  string
	hash uint32
	next *Element[V] // the following one of the chain
}

var tableSizes = [...]uint32{61, 251, 1021, 4093, 16381, 65521}

// perChain is how many keys a chain has on average before the table grows.
const perChain = 8

func hashKey(key string) uint32 {
	var h uint32
	for i := range len(key) {
		h = h*63 + uint32(key[i])
	}
	return h
}

// Len returns how many keys there are.
func (t *Table[V]) Len() int { return len(t.index) }

// Get returns the element of a key, or nil.
func (t *Table[V]) Get(key string) *Element[V] { return t.index[key] }

// Insert adds a key that is not in the table.
func (t *Table[V]) Insert(key string) *Element[V] {
	if t.index == nil {
		t.index = make(map[string]*Element[V])
		t.chain = make([]*Element[V], tableSizes[t.size])
	}
	if t.size+1 < len(tableSizes) && len(t.index)+1 > perChain*len(t.chain) {
		t.grow()
	}
	e := &Element[V]{key: key, hash: hashKey(key)}
	t.index[key] = e
	t.push(e)
	return e
}

func (t *Table[V]) push(e *Element[V]) {
	at := &t.chain[e.hash%uint32(len(t.chain))]
	e.next, *at = *at, e
}

func (t *Table[V]) grow() {
	old := t.chain
	t.size++
	t.chain = make([]*Element[V], tableSizes[t.size])
	for _, e := range old {
		for e != nil {
			next := e.next
			t.push(e)
			e = next
		}
	}
}

// Remove deletes a key.
func (t *Table[V]) Remove(key string) {
	e := t.index[key]
	if e == nil {
		return
	}
	delete(t.index, key)
	at := &t.chain[e.hash%uint32(len(t.chain))]
	for *at != e {
		at = &(*at).next
	}
	*at = e.next
}

// Clear deletes all keys. The table keeps its size.
func (t *Table[V]) Clear() {
	clear(t.index)
	clear(t.chain)
}

// Steps returns how many steps it takes to go through the table.
func (t *Table[V]) Steps() int { return len(t.index) + len(t.chain) }

// Keys gives the keys in order. The table must not be changed meanwhile.
func (t *Table[V]) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, e := range t.chain {
			for ; e != nil; e = e.next {
				if !yield(e.key) {
					return
				}
			}
		}
	}
}

// Collides reports whether the order of some keys is that in which they were set.
func (t *Table[V]) Collides() bool {
	for _, e := range t.chain {
		if e != nil && e.next != nil {
			return true
		}
	}
	return false
}
