package icontheme

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
