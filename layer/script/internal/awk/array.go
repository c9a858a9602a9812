package awk

// array is an associative array. It gives its keys in the order of busybox awk 1.36, which
// experiments with random keys show to be that of a table of chains:
//
//   - A key's hash starts at 0 and is h*63 + byte for each of its bytes, in 32 bits.
//   - The table has 61 chains. Before a new key would be more than eight times the number of
//     chains, the table grows to 251, then 1021, 4093, 16381 and at last 65521.
//   - A new key goes to the front of its chain. A table that grows moves the keys in
//     their order, each to the front of its new chain.
//
// Keys are listed chain by chain.
type array struct {
	index map[string]*element
	chain []*element
	size  int // position in tableSizes
	bytes int64
}

// element is a key with its value; next is the following one of the chain.
type element struct {
	key  string
	hash uint32
	val  value
	next *element
}

var tableSizes = [...]uint32{61, 251, 1021, 4093, 16381, 65521}

// perChain is how many keys a chain has on average before the table grows.
const perChain = 8

// Costs of live values beside their bytes.
const (
	elementCost = 160
	fieldCost   = 48
	cellCost    = 64
)

func hashKey(key string) uint32 {
	var h uint32
	for i := range len(key) {
		h = h*63 + uint32(key[i])
	}
	return h
}

func (a *array) len() int {
	return len(a.index)
}

// get returns the element of a key, or nil.
func (a *array) get(key string) *element { return a.index[key] }

// insert adds a key that is not in the array.
func (a *array) insert(key string) *element {
	if a.index == nil {
		a.index = make(map[string]*element)
		a.chain = make([]*element, tableSizes[a.size])
	}
	if a.size+1 < len(tableSizes) && len(a.index)+1 > perChain*len(a.chain) {
		a.grow()
	}
	e := &element{key: key, hash: hashKey(key)}
	a.index[key] = e
	a.push(e)
	return e
}

func (a *array) push(e *element) {
	at := &a.chain[e.hash%uint32(len(a.chain))]
	e.next, *at = *at, e
}

func (a *array) grow() {
	old := a.chain
	a.size++
	a.chain = make([]*element, tableSizes[a.size])
	for _, e := range old {
		for e != nil {
			next := e.next
			a.push(e)
			e = next
		}
	}
}

// remove deletes a key.
func (a *array) remove(key string) {
	e := a.index[key]
	if e == nil {
		return
	}
	delete(a.index, key)
	at := &a.chain[e.hash%uint32(len(a.chain))]
	for *at != e {
		at = &(*at).next
	}
	*at = e.next
}

// clear deletes all keys. The table keeps its size.
func (a *array) clear() {
	clear(a.index)
	clear(a.chain)
}

// keys lists the keys in order.
func (a *array) keys() []string {
	list := make([]string, 0, len(a.index))
	for _, e := range a.chain {
		for ; e != nil; e = e.next {
			list = append(list, e.key)
		}
	}
	return list
}

// collides reports whether the order of some keys is that in which they were set.
func (a *array) collides() bool {
	for _, e := range a.chain {
		if e != nil && e.next != nil {
			return true
		}
	}
	return false
}
