package icontheme

// The program collects icons in two hash tables of GLib and writes them in
// the order in which those keep them, so that order is part of the result:
// table is an open-addressing table that keeps its keys where GLib (2.58 and
// later) keeps them. https://docs.gtk.org/glib/struct.HashTable.html

// primes are what a table of 1<<i slots reduces hashes by.
var primes = [...]uint32{
	1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573,
}

type table struct {
	bits   int
	n      int
	hashes []uint32 // 0: nothing is there
	keys   []string
	values []int
}

func newTable() *table {
	return &table{bits: 3, hashes: make([]uint32, 8), keys: make([]string, 8), values: make([]int, 8)}
}

// textHash is g_str_hash; hashes below 2 mark slots and are not used for keys.
func textHash(s string) uint32 {
	h := uint32(5381)
	for i := 0; i < len(s); i++ {
		h = h*33 + uint32(int8(s[i]))
	}
	return max(h, 2)
}

// find returns the slot of key, or the free one that it would have.
func (t *table) find(key string) int {
	h := textHash(key)
	i := h * 11 % primes[t.bits]
	for step := uint32(1); t.hashes[i] != 0; step++ {
		if t.hashes[i] == h && t.keys[i] == key {
			break
		}
		i = (i + step) & (1<<t.bits - 1)
	}
	return int(i)
}

func (t *table) get(key string) (int, bool) {
	i := t.find(key)
	return t.values[i], t.hashes[i] != 0
}

// set puts in a key that is not there yet.
func (t *table) set(key string, value int) {
	i := t.find(key)
	t.hashes[i], t.keys[i], t.values[i] = textHash(key), key, value
	t.n++
	if 1<<t.bits <= t.n+t.n/16 {
		t.grow()
	}
}

// grow moves all keys to a table with room for a third more, in place: a key
// whose new slot holds one that has not moved yet takes its place, and that
// one is moved next.
func (t *table) grow() {
	old := 1 << t.bits
	for t.bits = 3; int(float64(t.n)*1.333) >= 1<<t.bits; t.bits++ {
	}
	size := 1 << t.bits
	t.hashes = append(t.hashes, make([]uint32, size-old)...)
	t.keys = append(t.keys, make([]string, size-old)...)
	t.values = append(t.values, make([]int, size-old)...)
	moved := make([]bool, size)
	for i := range old {
		if t.hashes[i] == 0 || moved[i] {
			continue
		}
		h, k, v := t.hashes[i], t.keys[i], t.values[i]
		t.hashes[i] = 0
		for h != 0 {
			j := h * 11 % primes[t.bits]
			for step := uint32(1); moved[j]; step++ {
				j = (j + step) & uint32(size-1)
			}
			moved[j] = true
			h, t.hashes[j] = t.hashes[j], h
			k, t.keys[j] = t.keys[j], k
			v, t.values[j] = t.values[j], v
		}
	}
}

// slots returns the slots in use, in order.
func (t *table) slots() []int {
	var list []int
	for i, h := range t.hashes {
		if h != 0 {
			list = append(list, i)
		}
	}
	return list
}

// nameHash is the hash function of the cache itself.
func nameHash(s string) uint32 {
	if s == "" {
		return 0
	}
	h := uint32(int8(s[0]))
	for i := 1; i < len(s); i++ {
		h = h*31 + uint32(int8(s[i]))
	}
	return h
}

// buckets returns the size of the cache's hash table: the first of GLib's
// "spaced primes" above a third of the number of icons.
func buckets(icons int) int {
	for _, p := range [...]int{11, 19, 37, 73, 109, 163, 251, 367, 557, 823, 1237, 1861, 2777, 4177, 6247, 9371, 14057, 21089} {
		if p > icons/3 {
			return p
		}
	}
	return 31627
}
