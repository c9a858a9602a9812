package ldcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
)

// Library is what the cache needs to know of a library.
type Library struct {
	Soname   string // "" if it has none
	Flags    uint32 // the kind of library and its ABI
	ISALevel uint32 // of x86 that it needs: 0 is the baseline
}

// MessageError is a file that is not a library of this machine. Its text is what ldconfig prints, with "%s" for the path; "" if ldconfig
// prints nothing.
type MessageError struct {
	Text      string
	IsVerbose bool // it prints that with -v only
}

func (e *MessageError) Error() string { return strings.TrimSuffix(e.Text, "\n") }

// Bounds of what is read of a library.
const (
	maxHeaders = 1 << 12 // program headers
	maxDynamic = 1 << 20 // bytes of the dynamic section
	maxNotes   = 1 << 16 // bytes of the notes of properties
	maxSoname  = 1 << 12 // bytes
)

// ReadLibrary reads a library of a size in bytes. Open is called a few times, and what is read has an end that the size does not
// move. The error is a [*MessageError] for a file that ldconfig leaves out, any error of Open or of a reader, or another one for a
// damaged file, about which nothing is certain.
func (p *Program) ReadLibrary(name string, size int64, open func() (io.ReadCloser, error)) (*Library, error) {
	f := &file{open: open, size: size}
	defer f.close()
	lib, err := p.read(f, name)
	if errors.Is(err, errSkipped) {
		err = &MessageError{}
	}
	return lib, err
}

// smallest is the size that ldconfig wants at least: that of a 64-bit header.
const smallest = 64

func (p *Program) read(f *file, name string) (*Library, error) {
	if f.size < smallest {
		magic, err := f.at(0, min(f.size, int64(len(elf.ELFMAG))))
		switch {
		case err != nil:
			return nil, err
		case f.size == 0:
			return nil, &MessageError{Text: "File %s is empty, not checked."}
		case strings.HasPrefix(elf.ELFMAG, string(magic)):
			return nil, &MessageError{Text: "File %s is too small, not checked."}
		}
		return nil, errSkipped
	}
	start, err := f.at(0, min(f.size, 512))
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(start, []byte(elf.ELFMAG)) {
		if bytes.Contains(start, []byte("GROUP")) || bytes.Contains(start, []byte("GNU ld script")) || len(name) > 7 && strings.HasSuffix(name, "-gdb.py") {
			return nil, errSkipped
		}
		return nil, &MessageError{Text: "%s is not an ELF file - it has the wrong magic bytes at the start.\n"}
	}
	h := p.header(start)
	if h.typ != elf.ET_DYN {
		return nil, errSkipped
	}
	flags, err := machines[p.Machine].flags(h)
	if err != nil {
		return nil, err
	}
	if class := start[elf.EI_CLASS]; class != byte(elf.ELFCLASS32) && class != byte(elf.ELFCLASS64) || start[elf.EI_DATA] != p.data() {
		return nil, errors.New("its class or byte order is not that of the machine")
	}
	lib := &Library{Flags: flags}
	dyn, segments, err := p.segments(f, h, lib)
	if err != nil {
		return nil, err
	}
	return lib, p.names(f, h, dyn, segments, lib)
}

// data is the byte order in a header.
func (p *Program) data() byte {
	if p.Order == binary.BigEndian {
		return byte(elf.ELFDATA2MSB)
	}
	return byte(elf.ELFDATA2LSB)
}

type header struct {
	typ     elf.Type
	machine elf.Machine
	is64    bool
	flags   uint32
	phoff   uint64
	phnum   int
}

func (p *Program) header(b []byte) *header {
	h := &header{typ: elf.Type(p.Order.Uint16(b[16:])), machine: elf.Machine(p.Order.Uint16(b[18:])), is64: b[elf.EI_CLASS] == byte(elf.ELFCLASS64)}
	if h.is64 {
		h.phoff, h.flags, h.phnum = p.Order.Uint64(b[32:]), p.Order.Uint32(b[48:]), int(p.Order.Uint16(b[56:]))
	} else {
		h.phoff, h.flags, h.phnum = uint64(p.Order.Uint32(b[28:])), p.Order.Uint32(b[36:]), int(p.Order.Uint16(b[44:]))
	}
	return h
}

// word is the size of an address.
func (h *header) word() int {
	if h.is64 {
		return 8
	}
	return 4
}

func (p *Program) address(h *header, b []byte) uint64 {
	if h.is64 {
		return p.Order.Uint64(b)
	}
	return uint64(p.Order.Uint32(b))
}

type segment struct {
	typ                     elf.ProgType
	offset, vaddr, size, al uint64
}

const gnuProperty elf.ProgType = 0x6474e553

// segments reads the program headers, and the notes that one of them is about. It returns the dynamic section and what is loaded.
func (p *Program) segments(f *file, h *header, lib *Library) (dynamic []byte, loaded []segment, err error) {
	size := 32
	if h.is64 {
		size = 56
	}
	if h.phnum > maxHeaders {
		return nil, nil, fmt.Errorf("%d program headers are not supported, only %d", h.phnum, maxHeaders)
	}
	b, err := f.at(int64(h.phoff), int64(h.phnum*size))
	if err != nil {
		return nil, nil, err
	}
	var section, properties *segment
	for ; len(b) > 0; b = b[size:] {
		s := segment{typ: elf.ProgType(p.Order.Uint32(b))}
		if h.is64 {
			s.offset, s.vaddr, s.size, s.al = p.Order.Uint64(b[8:]), p.Order.Uint64(b[16:]), p.Order.Uint64(b[32:]), p.Order.Uint64(b[48:])
		} else {
			s.offset, s.vaddr, s.size, s.al = p.address(h, b[4:]), p.address(h, b[8:]), p.address(h, b[16:]), p.address(h, b[28:])
		}
		switch s.typ {
		case elf.PT_LOAD:
			loaded = append(loaded, s)
		case elf.PT_DYNAMIC:
			if section != nil {
				return nil, nil, errors.New("it has several dynamic sections")
			}
			section = &s
		case gnuProperty:
			if properties != nil {
				return nil, nil, errors.New("it has several notes of properties")
			}
			properties = &s
		}
	}
	if properties != nil && p.Machine == elf.EM_X86_64 && properties.al == uint64(h.word()) {
		notes, err := f.bounded(properties, maxNotes)
		if err != nil {
			return nil, nil, err
		}
		lib.ISALevel = p.isaLevel(h, notes)
	}
	if section == nil || section.size == 0 {
		return nil, nil, errSkipped
	}
	dynamic, err = f.bounded(section, maxDynamic)
	return dynamic, loaded, err
}

// isaLevel returns the level of x86 that notes ask for: the position of the highest bit of the property ISA_1_NEEDED.
func (p *Program) isaLevel(h *header, notes []byte) uint32 {
	const property, isaNeeded = 5, 0xc0008002
	align := func(n uint64) uint64 { return (n + uint64(h.word()) - 1) &^ uint64(h.word()-1) }
	for len(notes) > 12 {
		nameSize, descSize, typ := uint64(p.Order.Uint32(notes)), uint64(p.Order.Uint32(notes[4:])), p.Order.Uint32(notes[8:])
		next := align(12+nameSize) + descSize
		if nameSize != 4 || typ != property || !bytes.HasPrefix(notes[12:], []byte("GNU\x00")) {
			if next = align(next); next >= uint64(len(notes)) {
				return 0
			}
			notes = notes[next:]
			continue
		}
		if descSize < 8 || descSize%uint64(h.word()) != 0 || 16+descSize > uint64(len(notes)) {
			return 0
		}
		desc, last := notes[16:16+descSize], uint32(0)
		for len(desc) >= 8 {
			typ, size := p.Order.Uint32(desc), uint64(p.Order.Uint32(desc[4:]))
			if desc = desc[8:]; typ < last || typ > isaNeeded || size > uint64(len(desc)) {
				return 0
			}
			if last = typ; typ == isaNeeded {
				if size != 4 {
					return 0
				}
				return uint32(max(bits.Len32(p.Order.Uint32(desc))-1, 0))
			}
			desc = desc[min(align(size), uint64(len(desc))):]
		}
		return 0
	}
	return 0
}

// dynamicEntry is one of a dynamic section.
type dynamicEntry struct {
	tag elf.DynTag
	val uint64
}

// entries returns those of a dynamic section, and where in the file their strings are. Without strings it fails with errSkipped.
func (p *Program) entries(h *header, dynamic []byte, loaded []segment) (entries []dynamicEntry, strtab uint64, err error) {
	hasStrings, isEnded := false, false
	for w := h.word(); len(dynamic) >= 2*w && !isEnded; dynamic = dynamic[2*w:] {
		e := dynamicEntry{elf.DynTag(p.address(h, dynamic)), p.address(h, dynamic[w:])}
		if isEnded = e.tag == elf.DT_NULL; e.tag == elf.DT_STRTAB && !hasStrings {
			strtab, hasStrings = e.val, true
		}
		entries = append(entries, e)
	}
	if !isEnded {
		return nil, 0, errors.New("its dynamic section has no end")
	}
	if !hasStrings {
		return nil, 0, errSkipped
	}
	for _, s := range loaded {
		if strtab >= s.vaddr && strtab-s.vaddr < s.size {
			strtab -= s.vaddr - s.offset
			break
		}
	}
	return entries, strtab, nil
}

// names reads the library's own name, and of 32-bit x86 whether it needs the C library, which is part of its flags.
func (p *Program) names(f *file, h *header, dynamic []byte, loaded []segment, lib *Library) error {
	entries, strtab, err := p.entries(h, dynamic, loaded)
	if err != nil {
		return err
	}
	needsLibc := false
	for _, e := range entries {
		isNeeded := e.tag == elf.DT_NEEDED && lib.Flags == 0 && !needsLibc
		if isNeeded || e.tag == elf.DT_SONAME && lib.Soname == "" {
			name, err := f.text(strtab + e.val)
			if err != nil {
				return err
			}
			if !isNeeded {
				lib.Soname = name
			} else {
				needsLibc = name == "libc.so.6" || name == "libm.so.6"
			}
		}
		if lib.Soname != "" && (lib.Flags != 0 || needsLibc) {
			break
		}
	}
	switch {
	case lib.Flags != 0:
	case needsLibc || p.Minor >= 40:
		lib.Flags = flagLibc6
	case p.Minor == oldest:
		lib.Flags = flagELF
	default:
		return fmt.Errorf("glibc 2.%d may take it for a library of an older C library, or not", p.Minor)
	}
	return nil
}

// file reads parts of a file that can only be read from its beginning on.
type file struct {
	open func() (io.ReadCloser, error)
	size int64

	r    io.ReadCloser
	next int64 // offset of what r reads next
}

func (f *file) close() {
	if f.r != nil {
		f.r.Close()
		f.r = nil
	}
}

var errTruncated = errors.New("it is truncated")

// at reads n bytes from an offset on.
func (f *file) at(offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || offset > f.size || n > f.size-offset {
		return nil, errTruncated
	}
	if f.r == nil || offset < f.next {
		f.close()
		r, err := f.open()
		if err != nil {
			return nil, err
		}
		f.r, f.next = r, 0
	}
	if _, err := io.CopyN(io.Discard, f.r, offset-f.next); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(f.r, b)
	f.next = offset + n
	return b, err
}

func (f *file) bounded(s *segment, most uint64) ([]byte, error) {
	if s.size > most {
		return nil, fmt.Errorf("a segment has %d bytes, more than the %d that are supported", s.size, most)
	}
	return f.at(int64(s.offset), int64(s.size))
}

// text reads a string that ends with a zero byte.
func (f *file) text(offset uint64) (string, error) {
	if offset >= uint64(f.size) {
		return "", errTruncated
	}
	b, err := f.at(int64(offset), min(maxSoname, f.size-int64(offset)))
	if err != nil {
		return "", err
	}
	text, _, isWhole := bytes.Cut(b, []byte{0})
	if !isWhole {
		return "", fmt.Errorf("a name has no end, or more than %d bytes", maxSoname)
	}
	return string(text), nil
}
