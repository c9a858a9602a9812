package busybox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// run reads the operands and prints them, by the format of [dumpFormats] for no option if there is no other.
func (d *dump) run(args []string, length, skip int64) (int, error) {
	if d.formats == nil {
		for _, text := range dumpFormats[""] {
			units, _, _ := d.parse(text)
			d.formats = append(d.formats, units)
		}
	}
	for _, units := range d.formats {
		size := 0
		for _, u := range units {
			size += u.reps * u.size
		}
		d.block = max(d.block, size)
	}
	if d.block > MaxInput {
		return 0, d.c.Unsupported(d.c.Line, "hexdump: blocks of more than %d bytes are not supported", MaxInput)
	}
	for _, units := range d.formats {
		size := 0
		for _, u := range units {
			size += u.reps * u.size
		}
		if n := len(units); n > 0 && !units[n-1].isSet && units[n-1].size > 0 {
			units[n-1].reps += (d.block - size) / units[n-1].size
		}
	}
	var input bytes.Buffer
	if len(args) == 0 {
		args = []string{"-"}
	} else if slices.Contains(args, "-") && (len(args) > 1 || skip > 0) {
		return 0, d.c.Unsupported(d.c.Line, "hexdump: - beside other files or with -s is not supported")
	}
	opened, status := false, 0
	for _, arg := range args {
		if length == 0 || int64(input.Len())-skip >= length {
			break // busybox opens no more
		}
		one, err := d.c.inputs([]string{arg}, messages{"%s: %s", ""}, func(name string, content []byte) error {
			if opened = true; d.c.isDirInput(name) {
				d.c.complainOfDirectory(name)
			}
			input.Write(content)
			return d.c.received(len(content))
		})
		if err != nil {
			return 0, err
		}
		status = max(status, one)
	}
	if !opened {
		return status, nil
	}
	content := input.Bytes()
	skip = min(skip, int64(len(content)))
	content = content[skip:]
	return status, d.print(content[:min(int64(len(content)), length)], skip)
}

// print goes over the formats for each block. A run of equal blocks is cut short by "*".
func (d *dump) print(content []byte, start int64) error {
	address, end := start, start+int64(len(content))
	if d.block == 0 {
		return d.c.Unsupported(d.c.Line, "hexdump: a format without a conversion is not supported")
	}
	var last []byte
	isCut := false
	for rest := content; len(rest) > 0; {
		block := rest[:min(d.block, len(rest))]
		rest = rest[len(block):]
		if d.all || len(block) < d.block || !bytes.Equal(block, last) {
			if len(block) < d.block {
				if !d.all && !isCut && last != nil && bytes.HasPrefix(last, block) {
					d.c.Out.WriteString("*\n")
				}
				block = append(bytes.Clone(block), make([]byte, d.block-len(block))...)
			}
			if err := d.format(block, address, end); err != nil {
				return err
			}
			last, isCut = block, false
		} else if !isCut {
			d.c.Out.WriteString("*\n")
			isCut = true
		}
		address += int64(d.block)
		if err := d.c.spend(d.block); err != nil {
			return err
		}
		if err := d.c.Bounded(); err != nil {
			return err
		}
	}
	if end > 0 {
		for _, p := range d.end {
			d.c.Out.WriteString(p.before)
			if p.letter != 0 && p.size == 0 {
				d.c.Out.WriteString(p.text(nil, end))
			}
			d.c.Out.WriteString(p.after)
		}
	}
	return d.c.Bounded()
}

// format prints one block. Conversions whose bytes are behind the end give blanks.
func (d *dump) format(block []byte, start, end int64) error {
	for _, units := range d.formats {
		at := 0
	units:
		for _, u := range units {
			if u.isEnd {
				break units
			}
			for rep := range u.reps {
				for i, p := range u.pieces {
					text, after := "", p.after
					if p.letter != 0 {
						address := start + int64(at)
						if address >= end {
							text = p.blank()
						} else {
							text = p.text(block[at:at+p.size], address)
						}
					}
					text = p.before + text
					if u.reps > 1 && rep == u.reps-1 && i == len(u.pieces)-1 {
						// The blanks behind the last time are left out.
						if after == "" && p.letter == 0 {
							text = strings.TrimRightFunc(text, unicode.IsSpace)
						}
						after = strings.TrimRightFunc(after, unicode.IsSpace)
					}
					d.c.Out.WriteString(text + after)
					at += p.size
				}
				if err := d.c.spend(8); err != nil {
					return err
				}
				if err := d.c.Bounded(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// blank is what stands for a conversion behind the end.
func (p dumpPiece) blank() string {
	directive, _ := libc.ParseDirective(strings.TrimLeft(p.directive, " -0+#"), 's')
	directive.Width = min(directive.Width, maxWidth)
	return directive.String("")
}

// text is what a conversion prints of bytes or, if it has none, of an address.
func (p dumpPiece) text(b []byte, address int64) string {
	directive, ok := libc.ParseDirective(p.directive, p.letter)
	if !ok {
		return ""
	}
	directive.Width, directive.Precision = min(directive.Width, maxWidth), min(directive.Precision, maxWidth)
	if p.size == 0 {
		return directive.Integer(int(address))
	}
	cut := func(s string) string {
		if directive.Precision >= 0 {
			s = s[:min(len(s), directive.Precision)]
		}
		return directive.String(s)
	}
	switch {
	case p.under == 'c':
		return cut(cEscape(b[0]))
	case p.under == 'p' && (b[0] < ' ' || b[0] >= 0x7f):
		return directive.String(".")
	case p.under == 'u' && b[0] >= 0x80:
		return directive.String(fmt.Sprintf("%02x", b[0]))
	case p.under == 'u' && b[0] == '\n':
		return cut("lf")
	case p.under == 'u' && b[0] != ' ':
		return cut(asciiNames(b[0]))
	case p.letter == 'c' || p.under != 0:
		return directive.String(string(b[:1]))
	}
	var whole [4]byte
	copy(whole[:], b)
	n := binary.LittleEndian.Uint32(whole[:])
	if (p.letter == 'd' || p.letter == 'i') && p.size > 1 { // busybox takes a byte for a number without a sign
		shift := 32 - 8*p.size
		return directive.Integer(int(int32(n<<shift) >> shift))
	}
	return directive.Integer(int(n))
}
