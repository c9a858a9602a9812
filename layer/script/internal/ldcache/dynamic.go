package ldcache

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
)

// Dynamic is what a dynamic linker reads of a program or library before it runs.
type Dynamic struct {
	Type        elf.Type
	Machine     elf.Machine
	Class       elf.Class
	Interpreter string      // path of the dynamic linker that the file names; "" for none
	Needed      []string    // libraries
	RunPath     string      // DT_RUNPATH, or DT_RPATH without it
	Defined     []string    // symbols that it has for others
	Wanted      []Reference // symbols of its relocations, in the order in which musl applies them, as often as they occur
}

// Reference is a relocation's symbol, which some program or library must define.
type Reference struct {
	Name   string
	IsCopy bool // the program's own definition does not count, but for that of a library
}

// ErrNotDynamic is a file without a dynamic section.
var ErrNotDynamic = errors.New("it has no dynamic section")

// ReadDynamic reads a program or library of a size in bytes, as [ReadNames] does, with its symbols. The error is ErrNotELF, ErrNotDynamic, any
// error of Open or of a reader, or another one for a damaged file.
func ReadDynamic(size int64, open func() (io.ReadCloser, error)) (*Dynamic, error) {
	f := &file{open: open, size: size}
	defer f.close()
	start, err := f.at(0, min(size, smallest))
	if err != nil {
		return nil, err
	}
	p, h, err := readHeader(start)
	if err != nil {
		return nil, err
	}
	d := &Dynamic{Type: h.typ, Machine: h.machine, Class: elf.Class(start[elf.EI_CLASS])}
	section, all, err := p.segments(f, h, &Library{})
	if errors.Is(err, errSkipped) {
		return d, ErrNotDynamic
	}
	if err != nil {
		return nil, err
	}
	s := &symbolReader{Program: p, f: f, h: h, loaded: all}
	if d.Interpreter, err = s.interpreter(); err != nil {
		return nil, err
	}
	return d, s.read(d, section)
}

// symbolReader reads the symbols of a file.
type symbolReader struct {
	*Program
	f       *file
	h       *header
	loaded  []segment
	entries map[elf.DynTag]uint64
	strings []byte
	named   int // bytes of the names so far
}

// maxSymbolData bounds each table of symbols, their names and their relocations, in bytes.
const maxSymbolData = 64 << 20

// interpreter reads the dynamic linker's path, before what lies behind it.
func (s *symbolReader) interpreter() (string, error) {
	const interp elf.ProgType = 3
	size := 32
	if s.h.is64 {
		size = 56
	}
	headers, err := s.f.at(int64(s.h.phoff), int64(s.h.phnum*size))
	if err != nil {
		return "", err
	}
	for ; len(headers) > 0; headers = headers[size:] {
		if elf.ProgType(s.Order.Uint32(headers)) != interp {
			continue
		}
		offset := uint64(s.Order.Uint32(headers[4:]))
		if s.h.is64 {
			offset = s.Order.Uint64(headers[8:])
		}
		return s.f.text(offset)
	}
	return "", nil
}

func (s *symbolReader) read(d *Dynamic, section []byte) error {
	list, names, err := s.Program.entries(s.h, section, s.loaded)
	if errors.Is(err, errSkipped) { // no strings: it needs nothing
		return nil
	}
	if err != nil {
		return err
	}
	s.entries = make(map[elf.DynTag]uint64)
	for _, e := range list {
		s.entries[e.tag] = e.val // musl takes the last one
	}
	relocations, err := s.relocations()
	if err != nil {
		return err
	}
	hashed, err := s.hashedSymbols()
	if err != nil {
		return err
	}
	count := uint64(hashed)
	for _, r := range relocations {
		count = max(count, r.symbol+1)
	}
	if most := uint64(maxSymbolData / s.symbolSize()); count > most {
		return fmt.Errorf("%d symbols are not supported, only %d", count, most)
	}
	table, err := s.table(elf.DT_SYMTAB, count*uint64(s.symbolSize()))
	if err != nil {
		return err
	}
	if count > 0 && table == nil {
		return errors.New("it has no table of symbols")
	}
	if err := s.readStrings(names, list, table); err != nil {
		return err
	}
	for _, e := range list {
		if e.tag == elf.DT_NEEDED {
			d.Needed = append(d.Needed, s.text(e.val))
		}
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		if at, ok := s.entries[tag]; ok {
			d.RunPath = s.text(at)
		}
	}
	versions, err := s.table(elf.DT_VERSYM, uint64(hashed)*2)
	if err != nil {
		return err
	}
	for i := 1; i < hashed; i++ {
		sym := s.symbol(table, i)
		isHidden := len(versions) > 0 && s.Order.Uint16(versions[2*i:])&0x8000 != 0
		if sym.section != elf.SHN_UNDEF && sym.binding != elf.STB_LOCAL && !isHidden {
			d.Defined = append(d.Defined, s.text(sym.name))
		}
	}
	for _, r := range relocations {
		sym := s.symbol(table, int(r.symbol))
		if sym.binding != elf.STB_LOCAL && (sym.section != elf.SHN_UNDEF || sym.binding != elf.STB_WEAK) {
			d.Wanted = append(d.Wanted, Reference{s.text(sym.name), r.isCopy})
		}
	}
	if s.named > maxSymbolData {
		return fmt.Errorf("names of symbols with more than %d bytes are not supported", maxSymbolData)
	}
	return nil
}

// offset is where in the file an address is.
func (s *symbolReader) offset(address uint64) uint64 {
	for _, segment := range s.loaded {
		if address >= segment.vaddr && address-segment.vaddr < segment.size {
			return address - (segment.vaddr - segment.offset)
		}
	}
	return address
}

// table reads a table of the dynamic section of a size in bytes. It returns nil if the section has no such table.
func (s *symbolReader) table(tag elf.DynTag, size uint64) ([]byte, error) {
	address, ok := s.entries[tag]
	if !ok || size == 0 {
		return nil, nil
	}
	return s.f.bounded(&segment{offset: s.offset(address), size: size}, maxSymbolData)
}

func (s *symbolReader) symbolSize() int {
	if s.h.is64 {
		return 24
	}
	return 16
}

// hashedSymbols returns the number of symbols up to the last one in the table of hashes: those behind it nobody finds by name.
func (s *symbolReader) hashedSymbols() (int, error) {
	if at, ok := s.entries[elf.DT_HASH]; ok {
		b, err := s.f.at(int64(s.offset(at)), 8)
		if err != nil {
			return 0, err
		}
		return int(s.Order.Uint32(b[4:])), nil
	}
	at, ok := s.entries[elf.DT_GNU_HASH]
	if !ok {
		return 0, nil
	}
	start := int64(s.offset(at))
	b, err := s.f.at(start, 16)
	if err != nil {
		return 0, err
	}
	buckets, first, words := int64(s.Order.Uint32(b)), int64(s.Order.Uint32(b[4:])), int64(s.Order.Uint32(b[8:]))
	start += 16 + words*int64(s.h.word())
	if b, err = s.f.bounded(&segment{offset: uint64(start), size: uint64(4 * buckets)}, maxSymbolData); err != nil {
		return 0, err
	}
	last := int64(0)
	for ; len(b) > 0; b = b[4:] {
		last = max(last, int64(s.Order.Uint32(b)))
	}
	if last < first {
		return 0, nil
	}
	for chain := start + 4*buckets + 4*(last-first); ; chain += 4 { // the last one of the last chain has its lowest bit set
		if b, err = s.f.at(chain, 4); err != nil {
			return 0, err
		}
		if last++; s.Order.Uint32(b)&1 != 0 {
			return int(last), nil
		}
	}
}

type symbol struct {
	name    uint64
	binding byte
	section uint16
}

func (s *symbolReader) symbol(table []byte, i int) symbol {
	b := table[i*s.symbolSize():]
	info, section := b[12], b[14:]
	if s.h.is64 {
		info, section = b[4], b[6:]
	}
	return symbol{uint64(s.Order.Uint32(b)), info >> 4, s.Order.Uint16(section)}
}

// readStrings reads as many strings as there are names in the symbols and entries.
func (s *symbolReader) readStrings(at uint64, list []dynamicEntry, table []byte) (err error) {
	last := uint64(0)
	for _, e := range list {
		switch e.tag {
		case elf.DT_NEEDED, elf.DT_RPATH, elf.DT_RUNPATH:
			last = max(last, e.val)
		}
	}
	for i := range len(table) / s.symbolSize() {
		last = max(last, s.symbol(table, i).name)
	}
	if at > uint64(s.f.size) || last > uint64(s.f.size)-at || last > maxSymbolData {
		return errTruncated
	}
	s.strings, err = s.f.at(int64(at), min(int64(last)+maxSoname, s.f.size-int64(at)))
	return err
}

// text returns a string of the table, or "" once the names are longer than a file has them.
func (s *symbolReader) text(at uint64) string {
	if s.named > maxSymbolData {
		return ""
	}
	text, _, _ := bytes.Cut(s.strings[min(at, uint64(len(s.strings))):], []byte{0})
	s.named += len(text)
	return string(text)
}

type relocation struct {
	symbol uint64
	isCopy bool
}

// relocations returns those that have symbols, in the order in which musl applies them.
func (s *symbolReader) relocations() (list []relocation, err error) {
	plt := elf.DT_REL
	if elf.DynTag(s.entries[elf.DT_PLTREL]) == elf.DT_RELA {
		plt = elf.DT_RELA
	}
	for _, part := range [...]struct{ table, size, kind elf.DynTag }{
		{elf.DT_JMPREL, elf.DT_PLTRELSZ, plt}, {elf.DT_REL, elf.DT_RELSZ, elf.DT_REL}, {elf.DT_RELA, elf.DT_RELASZ, elf.DT_RELA},
	} {
		size := 2 * s.h.word()
		if part.kind == elf.DT_RELA {
			size += s.h.word()
		}
		b, err := s.table(part.table, s.entries[part.size])
		if err != nil {
			return nil, err
		}
		for ; len(b) >= size; b = b[size:] {
			info := s.address(s.h, b[s.h.word():])
			index, typ := info>>32, info&(1<<32-1)
			if !s.h.is64 {
				index, typ = info>>8, info&0xff
			}
			if index != 0 && typ != 0 {
				list = append(list, relocation{index, typ == copyTypes[s.h.machine]})
			}
		}
	}
	return list, nil
}

// copyTypes are the relocations that copy a library's data into the program, by machine (their psABIs).
var copyTypes = map[elf.Machine]uint64{
	elf.EM_386: 5, elf.EM_X86_64: 5, elf.EM_ARM: 20, elf.EM_AARCH64: 1024, elf.EM_PPC64: 19, elf.EM_S390: 9, elf.EM_RISCV: 4, elf.EM_LOONGARCH: 4,
}
