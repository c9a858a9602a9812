package ldcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
)

// ErrNotELF is a file that is no program or library.
var ErrNotELF = errors.New("it is not an ELF file")

// Needed returns the type of a program or library of a size in bytes, and the names of the libraries that it needs. It reads as
// [Program.ReadLibrary] does, for any machine. The error is ErrNotELF, any error of Open or of a reader, or another one for a damaged file.
func Needed(size int64, open func() (io.ReadCloser, error)) (elf.Type, []string, error) {
	f := &file{open: open, size: size}
	defer f.close()
	start, err := f.at(0, min(size, smallest))
	if err != nil {
		return 0, nil, err
	}
	p, h, err := readHeader(start)
	if err != nil {
		return 0, nil, err
	}
	dynamic, loaded, err := p.segments(f, h, &Library{})
	if err == nil {
		var names []string
		names, err = p.needed(f, h, dynamic, loaded)
		if err == nil {
			return h.typ, names, nil
		}
	}
	if errors.Is(err, errSkipped) { // linked statically
		err = nil
	}
	return h.typ, nil, err
}

// needed returns the names of libraries.
func (p *Program) needed(f *file, h *header, dynamic []byte, loaded []segment) (names []string, err error) {
	entries, strtab, err := p.entries(h, dynamic, loaded)
	for _, e := range entries {
		if e.tag == elf.DT_NEEDED && err == nil {
			var name string
			name, err = f.text(strtab + e.val)
			names = append(names, name)
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
