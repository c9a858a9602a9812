// Package nametable has apk's orders of names: where a name stands in apk's hash tables, which shows in the solver's answers and in the
// arguments of triggers (apk/FORMAT.md 7.1, 12.2), and how world and databases are sorted.
package nametable

import (
	"encoding/binary"
	"math/bits"
)

// buckets is the size of the tables of package names and of directories.
const buckets = 20000

// Bucket returns the position of a name's list in its table, from 0 on.
func Bucket(name string) int { return int(hash(name) % buckets) }

// hash is MurmurHash3 for 32 bits with the seed 5381.
func hash(s string) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	h, b := uint32(5381), []byte(s)
	for len(b) >= 4 {
		h ^= bits.RotateLeft32(binary.LittleEndian.Uint32(b)*c1, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
		b = b[4:]
	}
	if len(b) > 0 {
		var tail uint32
		for i, c := range b {
			tail |= uint32(c) << (8 * i)
		}
		h ^= bits.RotateLeft32(tail*c1, 15) * c2
	}
	h ^= uint32(len(s))
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
