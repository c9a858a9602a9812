// Package ghash has the order of GLib's hash tables. Programs that walk such a table while they write a file make it part of the file.
package ghash

// Table is a GHashTable of strings: open addressing with quadratic probing, a power of two of slots, and a prime below it as modulus (glib 2.62
// and later). Nothing can be taken out. The zero value is an empty table. It is for one goroutine.
type Table[V any] struct {
	keys   keys
	values []V // in the order in which their keys came
}

// keys is a table without the values.
type keys struct {
	shift    int
	occupied int
	nodes    []node
}

type node struct {
	hash  uint32 // 0 for none
	key   string
	value int // index
}

// primes are the moduli by the table's shift.
var primes = [...]uint32{1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573}

const minShift = 3

// New returns an empty table.
func New[V any]() *Table[V] { return new(Table[V]) }

// Hash is g_str_hash: Bernstein's, over signed characters.
func Hash(s string) uint32 {
	h := uint32(5381)
	for i := range len(s) {
		h = h*33 + uint32(int8(s[i]))
	}
	return h
}

// find returns where a key is, or would be.
func (t *keys) find(key string) int {
	if t.nodes == nil {
		t.shift, t.nodes = minShift, make([]node, 1<<minShift)
	}
	h := max(Hash(key), 2)
	mask := len(t.nodes) - 1
	at := int(h * 11 % primes[t.shift])
	for step := 1; t.nodes[at].hash != 0; step++ {
		if t.nodes[at].hash == h && t.nodes[at].key == key {
			break
		}
		at = (at + step) & mask
	}
	return at
}

// add adds a key if it is new, and returns the index of its value.
func (t *keys) add(key string) int {
	at := t.find(key) // makes the first nodes
	n := &t.nodes[at]
	if n.hash != 0 {
		return n.value
	}
	value := t.occupied
	*n = node{max(Hash(key), 2), key, value}
	t.occupied++
	if len(t.nodes) <= t.occupied+t.occupied/16 {
		t.grow()
	}
	return value
}

// grow makes the table larger, in place as GLib does: each node goes to its new position, and what was there moves on.
func (t *keys) grow() {
	shift := 0
	for n := int(float64(t.occupied) * 1.333); n > 0; n >>= 1 {
		shift++
	}
	old := len(t.nodes)
	t.shift = max(shift, minShift)
	t.nodes = append(t.nodes, make([]node, 1<<t.shift-old)...)
	placed := make([]bool, len(t.nodes))
	mask := len(t.nodes) - 1
	for i := range old {
		moving := t.nodes[i]
		if moving.hash == 0 || placed[i] {
			continue
		}
		t.nodes[i] = node{}
		for moving.hash != 0 {
			at := int(moving.hash * 11 % primes[t.shift])
			for step := 1; placed[at]; step++ {
				at = (at + step) & mask
			}
			placed[at] = true
			moving, t.nodes[at] = t.nodes[at], moving
		}
	}
}

// Get returns the value of a key.
func (t *Table[V]) Get(key string) (value V, ok bool) {
	at := t.keys.find(key)
	n := &t.keys.nodes[at]
	if n.hash == 0 {
		return value, false
	}
	return t.values[n.value], true
}

// Set adds a key, or gives one another value.
func (t *Table[V]) Set(key string, value V) {
	i := t.keys.add(key)
	if i == len(t.values) {
		t.values = append(t.values, value)
	}
	t.values[i] = value
}

// All yields the entries in the table's order.
func (t *Table[V]) All(yield func(key string, value V) bool) {
	for i := range t.keys.nodes {
		if n := &t.keys.nodes[i]; n.hash != 0 && !yield(n.key, t.values[n.value]) {
			return
		}
	}
}

// Each calls f for the entries in the table's order. It may give them other values.
func (t *Table[V]) Each(f func(key string, value V)) {
	for key, value := range t.All {
		f(key, value)
	}
}

// Len returns how many entries there are.
func (t *Table[V]) Len() int { return len(t.values) }
