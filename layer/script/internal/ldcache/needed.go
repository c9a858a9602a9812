package ldcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
)

// ErrNotELF is a file that is neither a program nor a library.
var ErrNotELF = errors.New("it is not an ELF file")

// Names are those of libraries that a program or library has.
type Names struct {
	Type   elf.Type
	Soname string   // its own; "" for none
	Needed []string // libraries that it needs
}

// ReadNames reads a program or library of a size in bytes as [Program.ReadLibrary] does, for any machine. The error is ErrNotELF, any error of
// Open or of a reader, or another one for a damaged file, of which the names have the type if that could be read.
func ReadNames(size int64, open func() (io.ReadCloser, error)) (Names, error) {
	f := &file{open: open, size: size}
	defer f.close()
	start, err := f.at(0, min(size, smallest))
	if err != nil {
		return Names{}, err
	}
	p, h, err := readHeader(start)
	if err != nil {
		return Names{}, err
	}
	dynamic, loaded, err := p.segments(f, h, &Library{})
	if err == nil {
		var names Names
		names, err = p.linked(f, h, dynamic, loaded)
		if err == nil {
			return names, nil
		}
	}
	if errors.Is(err, errSkipped) { // linked statically
		err = nil
	}
	return Names{Type: h.typ}, err
}

// linked returns the names in the dynamic section.
func (p *Program) linked(f *file, h *header, dynamic []byte, loaded []segment) (Names, error) {
	names := Names{Type: h.typ}
	entries, strtab, err := p.entries(h, dynamic, loaded)
	for _, e := range entries {
		if e.tag != elf.DT_NEEDED && (e.tag != elf.DT_SONAME || names.Soname != "") || err != nil {
			continue
		}
		var name string
		name, err = f.text(strtab + e.val)
		if e.tag == elf.DT_NEEDED {
			names.Needed = append(names.Needed, name)
		} else {
			names.Soname = name
		}
	}
	return names, err
}

// readHeader reads the header at the beginning of a file. Of the program it knows the byte order.
func readHeader(start []byte) (*Program, *header, error) {
	const smallest32 = 52
	if !bytes.HasPrefix(start, []byte(elf.ELFMAG)) {
		return nil, nil, ErrNotELF
	}
	if len(start) < smallest32 || start[elf.EI_CLASS] == byte(elf.ELFCLASS64) && len(start) < smallest {
		return nil, nil, errTruncated
	}
	p := new(Program)
	switch elf.Data(start[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		p.Order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		p.Order = binary.BigEndian
	default:
		return nil, nil, errors.New("its byte order is unknown")
	}
	return p, p.header(start), nil
}
