// Package elftest makes small ELF files for tests: shared libraries that consist of what a dynamic linker's cache is made from, and
// stand-ins for ldconfig.
package elftest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// Library is a shared library.
type Library struct {
	Soname   string   // "" for none
	Needed   []string // libraries that it needs
	Type     elf.Type // ET_DYN for 0
	Machine  elf.Machine
	Is32     bool
	Order    binary.ByteOrder // little-endian for nil
	Flags    uint32
	Property [][2]uint32 // types and values of a note of GNU properties; nil for no note
	ABI      []uint32    // the four words of a note of the ABI; nil for no note
	Base     uint64      // address of the first byte

	// Tables for dynamic linkers: with one of these the file has a table of symbols with their hashes, too.
	Interpreter    string   // the dynamic linker; "" for none
	Rpath, Runpath string   // where to look for libraries; "" for nothing
	Defined        []string // symbols for others; one that begins with "local:" is local
	Wanted         []string // symbols that relocations need; one that begins with "weak:" is weak, with "plt:" called, with "copy:" copied
}

// File returns the file.
func (l Library) File() []byte {
	order := l.Order
	if order == nil {
		order = binary.LittleEndian
	}
	headerSize, programSize, word := 64, 56, 8
	if l.Is32 {
		headerSize, programSize, word = 52, 32, 4
	}
	var names bytes.Buffer
	names.WriteByte(0)
	name := func(text string) uint64 {
		at := names.Len()
		names.WriteString(text + "\x00")
		return uint64(at)
	}
	var dynamic [][2]uint64
	for _, needed := range l.Needed {
		dynamic = append(dynamic, [2]uint64{uint64(elf.DT_NEEDED), name(needed)})
	}
	if l.Soname != "" {
		dynamic = append(dynamic, [2]uint64{uint64(elf.DT_SONAME), name(l.Soname)})
	}
	for tag, text := range map[elf.DynTag]string{elf.DT_RPATH: l.Rpath, elf.DT_RUNPATH: l.Runpath} {
		if text != "" {
			dynamic = append(dynamic, [2]uint64{uint64(tag), name(text)})
		}
	}
	address := func(b []byte, v uint64) []byte {
		if l.Is32 {
			return append32(order, b, uint32(v))
		}
		var w [8]byte
		order.PutUint64(w[:], v)
		return append(b, w[:]...)
	}
	type segment struct {
		typ    elf.ProgType
		data   []byte
		align  uint64
		offset int
	}
	segments := []segment{{typ: elf.PT_LOAD, align: 4096}, {typ: elf.PT_DYNAMIC, align: uint64(word)}}
	if l.Property != nil {
		var description []byte
		for _, p := range l.Property {
			description = append32(order, description, p[0], 4, p[1])
			description = append(description, make([]byte, (word-4)%word)...)
		}
		note := append(append32(order, nil, 4, uint32(len(description)), 5), "GNU\x00"...)
		segments = append(segments, segment{0x6474e553, append(note, description...), uint64(word), 0})
	}
	if l.ABI != nil {
		note := append(append32(order, nil, 4, 16, 1), "GNU\x00"...)
		segments = append(segments, segment{elf.PT_NOTE, append32(order, note, l.ABI...), 4, 0})
	}
	isLinked := l.Interpreter+l.Rpath+l.Runpath != "" || l.Defined != nil || l.Wanted != nil
	symbols, tables := l.symbols(order, name)
	if l.Interpreter != "" {
		segments = append(segments, segment{elf.PT_INTERP, []byte(l.Interpreter + "\x00"), 1, 0})
	}
	body := make([]byte, headerSize+len(segments)*programSize)
	strtab := len(body)
	body = append(body, names.Bytes()...)
	if isLinked {
		body = append(body, make([]byte, -len(body)&7)...)
		at := l.Base + uint64(len(body))
		for tag, offset := range symbols {
			dynamic = append(dynamic, [2]uint64{uint64(tag), at + uint64(offset)})
		}
		for tag, size := range l.sizes() {
			dynamic = append(dynamic, [2]uint64{uint64(tag), size})
		}
		body = append(body, tables...)
	}
	dynamic = append(dynamic, [2]uint64{uint64(elf.DT_STRTAB), l.Base + uint64(strtab)}, [2]uint64{})
	for _, entry := range dynamic {
		segments[1].data = address(address(segments[1].data, entry[0]), entry[1])
	}
	for i := range segments[1:] {
		s := &segments[1+i]
		body = append(body, make([]byte, -len(body)&7)...)
		s.offset = len(body)
		body = append(body, s.data...)
	}
	segments[0].data = body

	typ := l.Type
	if typ == 0 {
		typ = elf.ET_DYN
	}
	class, data := byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	if l.Is32 {
		class = byte(elf.ELFCLASS32)
	}
	if order == binary.BigEndian {
		data = byte(elf.ELFDATA2MSB)
	}
	head := append([]byte(elf.ELFMAG), class, data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	head = append32(order, append16(order, head, uint16(typ), uint16(l.Machine)), 1)
	head = address(address(address(head, 0), uint64(headerSize)), 0)
	head = append16(order, append32(order, head, l.Flags), uint16(headerSize), uint16(programSize), uint16(len(segments)), 0, 0, 0)
	flags := uint32(elf.PF_R)
	if isLinked {
		flags |= uint32(elf.PF_W)
	}
	for _, s := range segments {
		head = append32(order, head, uint32(s.typ))
		if !l.Is32 {
			head = append32(order, head, flags)
		}
		where := l.Base + uint64(s.offset)
		head = address(address(address(head, uint64(s.offset)), where), where)
		head = address(address(head, uint64(len(s.data))), uint64(len(s.data)))
		if l.Is32 {
			head = append32(order, head, flags)
		}
		head = address(head, s.align)
	}
	copy(body, head)
	return body
}

// Relocations of x86-64 and their size, and the size of a symbol: files with symbols are for that machine only.
const (
	relocGlobal, relocCopy, relocCall = 6, 5, 7
	relocSize, symbolSize             = 24, 24
)

// sizes are those of the relocations.
func (l Library) sizes() map[elf.DynTag]uint64 {
	calls := 0
	for _, name := range l.Wanted {
		if strings.HasPrefix(name, "plt:") {
			calls++
		}
	}
	return map[elf.DynTag]uint64{
		elf.DT_PLTRELSZ: uint64(calls * relocSize), elf.DT_PLTREL: uint64(elf.DT_RELA), elf.DT_RELASZ: uint64((len(l.Wanted) - calls) * relocSize),
		elf.DT_RELAENT: relocSize, elf.DT_SYMENT: symbolSize,
	}
}

// symbols returns the tables of symbols, of their hashes and of relocations, and where in them each begins.
func (l Library) symbols(order binary.ByteOrder, name func(string) uint64) (at map[elf.DynTag]int, tables []byte) {
	append64 := func(b []byte, v uint64) []byte {
		var w [8]byte
		order.PutUint64(w[:], v)
		return append(b, w[:]...)
	}
	table, calls, others := make([]byte, symbolSize), []byte(nil), []byte(nil)
	add := func(text string, binding elf.SymBind, section uint16) {
		table = append(append32(order, table, uint32(name(text))), byte(binding)<<4|byte(elf.STT_OBJECT), 0)
		table = append64(append64(append16(order, table, section), l.Base+uint64(section)), 8)
	}
	for _, text := range l.Defined {
		if local, isLocal := strings.CutPrefix(text, "local:"); isLocal {
			add(local, elf.STB_LOCAL, 1)
		} else {
			add(text, elf.STB_GLOBAL, 1)
		}
	}
	for i, text := range l.Wanted {
		kind, symbol, hasKind := strings.Cut(text, ":")
		if !hasKind {
			kind, symbol = "", text
		}
		binding, typ := elf.STB_GLOBAL, uint64(relocGlobal)
		switch kind {
		case "weak":
			binding = elf.STB_WEAK
		case "copy":
			typ = relocCopy
		case "plt":
			typ = relocCall
		}
		add(symbol, binding, 0)
		entry := append64(append64(append64(nil, l.Base), uint64(1+len(l.Defined)+i)<<32|typ), 0)
		if kind == "plt" {
			calls = append(calls, entry...)
		} else {
			others = append(others, entry...)
		}
	}
	// One bucket has all symbols that are defined, each followed by the one before it.
	chains := make([]uint32, 1+len(l.Defined)+len(l.Wanted))
	for i := range l.Defined {
		chains[1+i] = uint32(i)
	}
	at = map[elf.DynTag]int{elf.DT_SYMTAB: 0, elf.DT_HASH: len(table)}
	tables = append32(order, append32(order, table, 1, uint32(len(chains)), uint32(len(l.Defined))), chains...)
	tables = append(tables, make([]byte, -len(tables)&7)...)
	at[elf.DT_JMPREL] = len(tables)
	at[elf.DT_RELA] = len(tables) + len(calls)
	return at, append(append(tables, calls...), others...)
}

// Ldconfig returns a stand-in for a program ldconfig: it has what a real one has of its version, such as "(Wolfi) stable release version
// 2.41", and of the directories of the dynamic linker, and no code.
func Ldconfig(machine elf.Machine, order binary.ByteOrder, version string, dirs ...string) []byte {
	b := Library{Machine: machine, Order: order, Type: elf.ET_EXEC}.File()
	return append(b, "\x00ldconfig "+version+"\x00\x00"+strings.Join(dirs, "\x00")+"\x00\x00"...)
}

func append16(order binary.ByteOrder, b []byte, values ...uint16) []byte {
	for _, v := range values {
		var w [2]byte
		order.PutUint16(w[:], v)
		b = append(b, w[:]...)
	}
	return b
}

func append32(order binary.ByteOrder, b []byte, values ...uint32) []byte {
	for _, v := range values {
		var w [4]byte
		order.PutUint32(w[:], v)
		b = append(b, w[:]...)
	}
	return b
}
