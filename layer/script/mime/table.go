package mime

import "math/bits"

// table is a map of strings that remembers the order in which a GHashTable of GLib (2.60 and later) with the hash
// function g_str_hash would list its keys: the order of slots in a table with open addressing, whose size is a power
// of two, where the first slot is the hash modulo the largest prime below the size, and further ones are at growing
// distances. Several files of the database are written in this order. Keys are never removed.
type table[V any] struct {
	index   map[string]int // position in entries
	entries []tableEntry[V]
	slots   []int // position in entries plus one; zero for a free slot
	prime   uint32
}

type tableEntry[V any] struct {
	key   string
	hash  uint32
	value V
}

// get returns the value of key, or the zero value.
func (t *table[V]) get(key string) (value V, ok bool) {
	i, ok := t.index[key]
	if ok {
		value = t.entries[i].value
	}
	return value, ok
}

// set adds key, or gives it another value at the place where it is.
func (t *table[V]) set(key string, value V) {
	if i, ok := t.index[key]; ok {
		t.entries[i].value = value
		return
	}
	if t.index == nil {
		t.index = map[string]int{}
		t.slots = make([]int, 8)
		t.prime = primeBelow(8)
	}
	hash := stringHash(key)
	t.index[key] = len(t.entries)
	t.entries = append(t.entries, tableEntry[V]{key, hash, value})
	at := t.place(hash, func(at uint32) bool { return t.slots[at] != 0 })
	t.slots[at] = len(t.entries)
	if n := len(t.entries); len(t.slots) <= n+n/16 {
		t.grow(max(1<<bits.Len(uint(float64(n)*1.333)), 8))
	}
}

// place returns the first slot of the sequence of hash that is not taken.
func (t *table[V]) place(hash uint32, taken func(uint32) bool) uint32 {
	at := hash * 11 % t.prime
	for step := uint32(1); taken(at); step++ {
		at = (at + step) & uint32(len(t.slots)-1)
	}
	return at
}

// grow moves all entries to their slots in a table of another size. This is done in place, from the first slot to the
// last; an entry that is still in a slot that another one gets is moved next. The order of entries whose slots
// collide depends on this.
func (t *table[V]) grow(size int) {
	old := len(t.slots)
	t.slots = append(t.slots, make([]int, size-old)...)
	t.prime = primeBelow(uint32(size))
	settled := make([]bool, size)
	for i := range old {
		if t.slots[i] == 0 || settled[i] {
			continue
		}
		entry := t.slots[i]
		t.slots[i] = 0
		for entry != 0 {
			at := t.place(t.entries[entry-1].hash, func(at uint32) bool { return settled[at] })
			settled[at] = true
			entry, t.slots[at] = t.slots[at], entry
		}
	}
}

// each calls f for all entries in the order of the slots.
func (t *table[V]) each(f func(key string, value V)) {
	for _, entry := range t.slots {
		if entry != 0 {
			f(t.entries[entry-1].key, t.entries[entry-1].value)
		}
	}
}

// stringHash is g_str_hash: the hash of Daniel J. Bernstein over signed bytes. Hashes 0 and 1 are marks of free slots
// in the table, for which it has 2.
func stringHash(s string) uint32 {
	h := uint32(5381)
	for i := range len(s) {
		h = h*33 + uint32(int32(int8(s[i])))
	}
	return max(h, 2)
}

// primeBelow returns the largest prime below n, which is a power of two.
func primeBelow(n uint32) uint32 {
candidates:
	for p := n - 1; p > 2; p-- {
		for d := uint32(2); d*d <= p; d++ {
			if p%d == 0 {
				continue candidates
			}
		}
		return p
	}
	return 2
}
