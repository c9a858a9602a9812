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
	body := make([]byte, headerSize+len(segments)*programSize)
	strtab := len(body)
	body = append(body, names.Bytes()...)
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
	for _, s := range segments {
		head = append32(order, head, uint32(s.typ))
		if !l.Is32 {
			head = append32(order, head, 4)
		}
		where := l.Base + uint64(s.offset)
		head = address(address(address(head, uint64(s.offset)), where), where)
		head = address(address(head, uint64(len(s.data))), uint64(len(s.data)))
		if l.Is32 {
			head = append32(order, head, 4)
		}
		head = address(head, s.align)
	}
	copy(body, head)
	return body
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
