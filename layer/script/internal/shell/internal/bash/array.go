package bash

import (
	"slices"
	"sort"
	"strconv"
)

// Array has the elements of an array. It is not changed: shells that come from each other share it.
type Array struct {
	Values []string

	indexes []int64  // which rise
	keys    []string // in place of these, of an associative array, in the order of Bash's table

	// IsAssociative says that elements have keys.
	IsAssociative bool

	// IsDeclared says that it was declared, and given no elements, not even none.
	IsDeclared bool
}

// Subscript says which element is meant: the one with a key in an associative array, the one with an index in another.
type Subscript struct {
	Index int64
	Key   string
}

// First is the element that a name without a subscript means.
var First = Subscript{0, "0"}

// MaxAssociative is how many elements an associative array may have. With more, Bash makes another table, in another order.
const MaxAssociative = 2000

// NewArray returns an array of values from index 0 on.
func NewArray(values []string) *Array {
	a := &Array{Values: values, indexes: make([]int64, len(values))}
	for i := range values {
		a.indexes[i] = int64(i)
	}
	return a
}

// find returns where an element is, or where it would be.
func (a *Array) find(at Subscript) (i int, found bool) {
	if !a.IsAssociative {
		return slices.BinarySearch(a.indexes, at.Index)
	}
	b := bucket(at.Key)
	first := sort.Search(len(a.keys), func(i int) bool { return bucket(a.keys[i]) >= b })
	for i := first; i < len(a.keys) && bucket(a.keys[i]) == b; i++ {
		if a.keys[i] == at.Key {
			return i, true
		}
	}
	return first, false // before those that were there
}

// bucket is where in a table Bash has a key: FNV-1, of 1,024.
func bucket(key string) uint32 {
	hash := uint32(2166136261)
	for i := range len(key) {
		hash = hash*16777619 ^ uint32(key[i])
	}
	return hash % 1024
}

// clone returns a copy to change.
func (a *Array) clone() *Array {
	return &Array{slices.Clone(a.Values), slices.Clone(a.indexes), slices.Clone(a.keys), a.IsAssociative, false}
}

// With returns the array with another value of an element.
func (a *Array) With(at Subscript, value string) *Array {
	i, found := a.find(at)
	c := a.clone()
	switch {
	case found:
		c.Values[i] = value
		return c
	case a.IsAssociative:
		c.keys = slices.Insert(c.keys, i, at.Key)
	default:
		c.indexes = slices.Insert(c.indexes, i, at.Index)
	}
	c.Values = slices.Insert(c.Values, i, value)
	return c
}

// WithList returns an array that is not associative with values from an index on.
func (a *Array) WithList(from int64, values []string) *Array {
	if from != a.Next() {
		for i, value := range values {
			a = a.With(Subscript{Index: from + int64(i)}, value)
		}
		return a
	}
	c := a.clone()
	for i := range values {
		c.indexes = append(c.indexes, from+int64(i))
	}
	c.Values = append(c.Values, values...)
	return c
}

// Without returns the array without an element.
func (a *Array) Without(at Subscript) *Array {
	i, found := a.find(at)
	if !found {
		return a
	}
	c := a.clone()
	if a.IsAssociative {
		c.keys = slices.Delete(c.keys, i, i+1)
	} else {
		c.indexes = slices.Delete(c.indexes, i, i+1)
	}
	c.Values = slices.Delete(c.Values, i, i+1)
	return c
}

// Next is the index of an element that is appended.
func (a *Array) Next() int64 {
	if len(a.indexes) == 0 {
		return 0
	}
	return a.indexes[len(a.indexes)-1] + 1
}

// At returns an element.
func (a *Array) At(at Subscript) (value string, set bool) {
	i, found := a.find(at)
	if !found {
		return "", false
	}
	return a.Values[i], true
}

// From returns the values of an array that is not associative from an index on.
func (a *Array) From(index int64) []string {
	i, _ := slices.BinarySearch(a.indexes, index)
	return a.Values[i:]
}

// Subscripts are the indexes or keys, in the order of the values.
func (a *Array) Subscripts() []string {
	if a.IsAssociative {
		return a.keys
	}
	list := make([]string, len(a.indexes))
	for i, index := range a.indexes {
		list[i] = strconv.FormatInt(index, 10)
	}
	return list
}
