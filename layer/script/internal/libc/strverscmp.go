package libc

import "cmp"

// Strverscmp is strverscmp(3): numbers within the texts
// count as numbers, and of those that begin with a zero the one with more of them is less.
func Strverscmp(a, b []byte) int {
	digit := func(s []byte, i int) bool { return i < len(s) && '0' <= s[i] && s[i] <= '9' }
	at := func(s []byte, i int) int {
		if i < len(s) {
			return int(s[i])
		}
		return 0
	}
	differ, number, zeros := 0, 0, true // number: where the digits before the difference begin
	for ; differ < len(a) && differ < len(b) && a[differ] == b[differ]; differ++ {
		switch {
		case !digit(a, differ):
			number, zeros = differ+1, true
		case a[differ] != '0':
			zeros = false
		}
	}
	if differ == len(a) && differ == len(b) {
		return 0
	}
	begins := func(s []byte) bool { return digit(s, number) && s[number] != '0' }
	switch {
	case begins(a) && begins(b):
		endA, endB := differ, differ
		for digit(a, endA) {
			endA++
		}
		for digit(b, endB) {
			endB++
		}
		if endA != endB {
			return cmp.Compare(endA, endB)
		}
	case zeros && number < differ && (digit(a, differ) || digit(b, differ)):
		// A number with another digit behind the zeros is a fraction, and comes first.
		return int(byte(at(a, differ)-'0')) - int(byte(at(b, differ)-'0'))
	}
	return cmp.Compare(at(a, differ), at(b, differ))
}
