package gsettings

import (
	"encoding/binary"
	"math"
	"strings"
)

// A value is a GVariant: its type and what it holds.
type value struct {
	typ    string
	number uint64 // of integers and booleans, as two's complement; of a double its bits
	text   string // of strings
	items  []value
}

// less compares two numbers of one type.
func (v *value) less(other *value) bool {
	switch {
	case v.typ == "d":
		return math.Float64frombits(v.number) < math.Float64frombits(other.number)
	case size(v.typ) < 0:
		return int64(v.number) < int64(other.number)
	}
	return v.number < other.number
}

func str(s string) value { return value{typ: "s", text: s} }

func tuple(items ...value) value {
	var typ strings.Builder
	typ.WriteByte('(')
	for _, i := range items {
		typ.WriteString(i.typ)
	}
	typ.WriteByte(')')
	return value{typ: typ.String(), items: items}
}

func words(list []uint32) value {
	v := value{typ: "au"}
	for _, n := range list {
		v.items = append(v.items, value{typ: "u", number: uint64(n)})
	}
	return v
}

// cutType returns the first complete type of a text; "" without one.
func cutType(s string, depth int) string {
	if s == "" || depth > maxDepth {
		return ""
	}
	switch s[0] {
	case 'b', 'y', 'n', 'q', 'i', 'u', 'x', 't', 'h', 'd', 's', 'o', 'g', 'v':
		return s[:1]
	case 'a', 'm':
		if inner := cutType(s[1:], depth+1); inner != "" {
			return s[:1+len(inner)]
		}
	case '{':
		key := cutType(s[1:], depth+1)
		if len(key) != 1 || strings.Contains("v", key) {
			return ""
		}
		inner := cutType(s[2:], depth+1)
		if end := 2 + len(inner); inner != "" && end < len(s) && s[end] == '}' {
			return s[:end+1]
		}
	case '(':
		at := 1
		for at < len(s) && s[at] != ')' {
			inner := cutType(s[at:], depth+1)
			if inner == "" {
				return ""
			}
			at += len(inner)
		}
		if at < len(s) {
			return s[:at+1]
		}
	}
	return ""
}

// members are the types in a tuple or dictionary entry.
func members(typ string) []string {
	var list []string
	for rest := typ[1 : len(typ)-1]; rest != ""; {
		inner := cutType(rest, 0)
		list = append(list, inner)
		rest = rest[len(inner):]
	}
	return list
}

func alignment(typ string) int {
	switch typ[0] {
	case 'n', 'q':
		return 2
	case 'i', 'u', 'h':
		return 4
	case 'x', 't', 'd', 'v':
		return 8
	case 'a', 'm':
		return alignment(typ[1:])
	case '(', '{':
		most := 1
		for _, m := range members(typ) {
			most = max(most, alignment(m))
		}
		return most
	}
	return 1
}

// fixedSize is how many bytes all values of a type have; 0 if they differ.
func fixedSize(typ string) int {
	switch typ[0] {
	case 'b', 'y':
		return 1
	case 'n', 'q':
		return 2
	case 'i', 'u', 'h':
		return 4
	case 'x', 't', 'd':
		return 8
	case '(', '{':
		size := 0
		for _, m := range members(typ) {
			n := fixedSize(m)
			if n == 0 {
				return 0
			}
			size = roundUp(size, alignment(m)) + n
		}
		return max(roundUp(size, alignment(typ)), 1)
	}
	return 0
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// serialise returns the bytes of a value, little-endian (the GVariant specification, 2.3 and 2.5).
func serialise(v value) []byte {
	switch v.typ[0] {
	case 's', 'o', 'g':
		return append([]byte(v.text), 0)
	case 'v':
		return append(append(serialise(v.items[0]), 0), v.items[0].typ...)
	case 'm':
		if len(v.items) == 0 {
			return nil
		}
		out := serialise(v.items[0])
		if fixedSize(v.typ[1:]) == 0 {
			out = append(out, 0)
		}
		return out
	case 'a':
		return container(v.items, true, fixedSize(v.typ[1:]) != 0)
	case '(', '{':
		out := container(v.items, false, false)
		if fixedSize(v.typ) != 0 {
			out = append(out, make([]byte, fixedSize(v.typ)-len(out))...)
		}
		return out
	}
	out := binary.LittleEndian.AppendUint64(nil, v.number)
	return out[:fixedSize(v.typ)]
}

// container puts items behind each other, with the ends of those that need them behind that: of an array all in their order, of a
// tuple those of all but the last that have no fixed size, from the last on.
func container(items []value, isArray, isFixed bool) []byte {
	var out []byte
	var ends []int
	for i, item := range items {
		for len(out)%alignment(item.typ) != 0 {
			out = append(out, 0)
		}
		out = append(out, serialise(item)...)
		if !isFixed && (isArray || i < len(items)-1 && fixedSize(item.typ) == 0) {
			ends = append(ends, len(out))
		}
	}
	width := 1
	for len(ends) > 0 && len(out)+width*len(ends) > 1<<(8*width)-1 {
		width *= 2
	}
	for i := range ends {
		end := ends[i]
		if !isArray {
			end = ends[len(ends)-1-i]
		}
		out = append(out, binary.LittleEndian.AppendUint64(nil, uint64(end))[:width]...)
	}
	return out
}

// inVariant is a value as it stands in a file of GVDB.
func inVariant(v value) []byte { return serialise(value{typ: "v", items: []value{v}}) }

func double(f float64) uint64 { return math.Float64bits(f) }
