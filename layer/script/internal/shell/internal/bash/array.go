package bash

import "slices"

// Array has the elements of an array by their indexes, which rise. It is not changed: shells that come from each other share it.
type Array struct {
	Indexes []int64
	Values  []string
}

// With returns the array with another value at an index.
func (a *Array) With(index int64, value string) *Array {
	at, found := slices.BinarySearch(a.Indexes, index)
	c := &Array{slices.Clone(a.Indexes), slices.Clone(a.Values)}
	if found {
		c.Values[at] = value
	} else {
		c.Indexes, c.Values = slices.Insert(c.Indexes, at, index), slices.Insert(c.Values, at, value)
	}
	return c
}

// Without returns the array without the element at an index.
func (a *Array) Without(index int64) *Array {
	at, found := slices.BinarySearch(a.Indexes, index)
	if !found {
		return a
	}
	return &Array{slices.Delete(slices.Clone(a.Indexes), at, at+1), slices.Delete(slices.Clone(a.Values), at, at+1)}
}

// Next is the index of an element that is appended.
func (a *Array) Next() int64 {
	if len(a.Indexes) == 0 {
		return 0
	}
	return a.Indexes[len(a.Indexes)-1] + 1
}

// At returns the element at an index.
func (a *Array) At(index int64) (value string, set bool) {
	at, found := slices.BinarySearch(a.Indexes, index)
	if !found {
		return "", false
	}
	return a.Values[at], true
}

// NewArray returns an array of values from index 0 on.
func NewArray(values []string) *Array {
	a := &Array{make([]int64, len(values)), values}
	for i := range values {
		a.Indexes[i] = int64(i)
	}
	return a
}
