package busybox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// dumpType is a type of od: how so many bytes are printed, in columns of a width with a blank in front.
type dumpType struct {
	kind  byte // of od's type strings
	size  int  // bytes
	width int  // with the blank
}

// odSize are the sizes of integers by their letters.
var odSize = map[byte]int{'C': 1, 'S': 2, 'I': 4, 'L': 8}

// odLetters are the options that stand for a type string.
var odLetters = map[byte]string{'a': "a", 'b': "o1", 'c': "c", 'd': "u2", 'h': "x2", 'i': "d2", 'l': "d4", 'o': "o2", 's': "d2", 'x': "x2"}

// od prints the bytes of all operands as one input, a block a line, by one type or more.
func od(c *Call) (int, error) {
	opts, args, err := c.getopt("abcdhiloxst:A:N:j:vw::", "address-radix=A format=t output-duplicates=v read-bytes=N skip-bytes=j width=w")
	if err != nil {
		return 0, err
	}
	d := odRun{c: c, radix: 'o', limit: MaxInput + 1, all: opts.has('v')}
	for _, o := range opts {
		switch o.letter {
		case 'A':
			if o.value == "" {
				return 0, c.Unsupported(c.Line, "od: -A without a letter is not supported")
			}
			if strings.IndexByte("doxn", o.value[0]) < 0 {
				return c.complain("bad output address radix '%c' (must be [doxn])", o.value[0]), nil
			}
			d.radix = o.value[0]
		case 'N', 'j':
			n, ok := parseODNumber(o.value)
			if !ok {
				return c.complain("invalid number '%s'", o.value), nil
			}
			if o.letter == 'N' {
				d.limit = n
			} else {
				d.skip = n
			}
		}
	}
	for _, letter := range []byte("abcdhilotxs") { // the order of the letters does not count
		values := opts.all(letter)
		if text, ok := odLetters[letter]; ok && len(values) > 0 {
			values = []string{text}
		}
		for _, text := range values {
			if problem, err := d.addTypes(text); err != nil || problem != "" {
				return c.complain("%s", problem), err
			}
		}
	}
	if d.radix == 'n' && len(d.types) > 1 {
		return 0, c.Unsupported(c.Line, "od: -A n with several types is not supported: what busybox indents the lines by depends on its memory")
	}
	if len(d.types) == 0 {
		d.addTypes("o2")
	}
	unit := 1
	for _, t := range d.types {
		unit = max(unit, t.size) // all are powers of two
	}
	d.width = 16
	if text, ok := opts.last('w'); ok {
		d.width = 32
		if text != "" {
			n, err := strconv.ParseUint(text, 10, 31)
			if err != nil {
				return c.complain("invalid number '%s'", text), nil
			}
			if n > maxWidth {
				return 0, c.Unsupported(c.Line, "od: a width of more than %d bytes is not supported", maxWidth)
			}
			d.width = int(n)
		}
	}
	var input bytes.Buffer
	isOpened, isBroken := false, false
	if len(args) == 0 {
		args = []string{"-"}
	}
	status := 0
	for _, name := range args {
		if isOpened && int64(input.Len()) >= d.skip+d.limit {
			break // busybox opens no more than it needs
		}
		one, err := c.inputs([]string{name}, messages{"%s: %s", ""}, func(name string, content []byte) error {
			if !isOpened && (d.width == 0 || d.width%unit > 0) {
				c.complain("warning: invalid width %d; using %d instead", d.width, unit)
				d.width = unit
			}
			if isOpened = true; c.isDirInput(name) {
				isBroken = true
				c.complain("%s: read error", inputName(name))
			}
			input.Write(content)
			return c.received(len(content))
		})
		if err != nil {
			return 0, err
		}
		status = max(status, one)
	}
	if !isOpened && d.skip == 0 {
		return status, nil
	}
	content := input.Bytes()
	if d.skip > int64(len(content)) {
		return c.complain("can't skip past end of combined input"), nil
	}
	content = content[d.skip:]
	if int64(len(content)) > d.limit {
		content = content[:d.limit]
	}
	if isBroken {
		status = 1
	}
	return status, d.print(content, unit)
}

// odRun is one run of od.
type odRun struct {
	c           *Call
	types       []dumpType
	radix       byte
	width       int // bytes of a line
	skip, limit int64
	all         bool // also lines like the one before
}

// addTypes reads a type string: letters, each with a size if it is an integer. problem is what the user is told.
func (d *odRun) addTypes(text string) (problem string, err error) {
	for rest := text; rest != ""; {
		t := dumpType{kind: rest[0], size: 1, width: 4}
		rest = rest[1:]
		switch t.kind {
		case 'a', 'c':
		case 'd', 'o', 'u', 'x':
			t.size = 4
			if rest != "" && odSize[rest[0]] > 0 {
				t.size, rest = odSize[rest[0]], rest[1:]
			} else if rest != "" && '0' <= rest[0] && rest[0] <= '9' {
				size := int64(0)
				if size, err = strconv.ParseInt(rest, 10, 32); err != nil {
					size = 1<<32 - 1
				}
				if size != 1 && size != 2 && size != 4 && size != 8 {
					return fmt.Sprintf("invalid type string '%s'; %d-byte integral type is not supported", text, size), nil
				}
				t.size, rest = int(size), ""
			}
			t.width = 1 + map[byte][9]int{
				'd': {1: 4, 2: 6, 4: 11, 8: 20}, 'o': {1: 3, 2: 6, 4: 11, 8: 22}, 'u': {1: 3, 2: 5, 4: 10, 8: 20}, 'x': {1: 2, 2: 4, 4: 8, 8: 16},
			}[t.kind][t.size]
		case 'f':
			return "", d.c.Unsupported(d.c.Line, "od: numbers with a point are not supported")
		default:
			return fmt.Sprintf("invalid character '%c' in type string '%s'", t.kind, text), nil
		}
		if d.types = append(d.types, t); len(d.types) > maxTypes {
			return "", d.c.Unsupported(d.c.Line, "od: more than %d types are not supported", maxTypes)
		}
	}
	return "", nil
}

// maxTypes bounds the lines that are printed for a block.
const maxTypes = 32

// print prints the input. A run of lines with the same bytes is cut short by "*".
func (d *odRun) print(content []byte, unit int) error {
	address := d.skip
	var last []byte
	isCut := false
	for rest := content; len(rest) > 0; {
		block := rest[:min(d.width, len(rest))]
		rest = rest[len(block):]
		whole := append(bytes.Clone(block), make([]byte, (unit-len(block)%unit)%unit)...) // what is missing of a unit counts as zero
		switch {
		case !d.all && last != nil && bytes.Equal(whole, last):
			if !isCut {
				d.c.Out.WriteString("*\n")
			}
			isCut = true
		default:
			isCut = false
			d.block(address, block, unit)
		}
		last = whole
		address += int64(len(block))
		if err := d.c.spend(len(block)); err != nil {
			return err
		}
		if err := d.c.Bounded(); err != nil {
			return err
		}
	}
	if text := d.address(address); text != "" {
		d.c.Out.WriteString(text + "\n")
	}
	return d.c.Bounded()
}

func (d *odRun) address(n int64) string {
	switch d.radix {
	case 'd':
		return fmt.Sprintf("%07d", n)
	case 'x':
		return fmt.Sprintf("%06x", n)
	case 'o':
		return fmt.Sprintf("%07o", n)
	}
	return ""
}

// block prints a line for each type. The last block is filled with zeros to whole numbers.
func (d *odRun) block(address int64, block []byte, unit int) {
	if missing := -len(block) & (unit - 1); missing > 0 {
		block = append(bytes.Clone(block), make([]byte, missing)...)
	}
	for i, t := range d.types {
		text := d.address(address)
		if i > 0 {
			text = strings.Repeat(" ", len(text))
		}
		d.c.Out.WriteString(text)
		for n := 0; n < len(block); n += t.size {
			d.c.Out.WriteString(t.text(block[n : n+t.size]))
		}
		d.c.Out.WriteByte('\n')
	}
}

// text returns a value with the blanks in front.
func (t dumpType) text(b []byte) string {
	switch t.kind {
	case 'a':
		return fmt.Sprintf("%*s", t.width, asciiNames(b[0]&0x7f))
	case 'c':
		return fmt.Sprintf("%*s", t.width, cEscape(b[0]))
	}
	var whole [8]byte
	copy(whole[:], b)
	n := binary.LittleEndian.Uint64(whole[:])
	switch t.kind {
	case 'd':
		shift := 64 - 8*t.size
		return fmt.Sprintf("%*d", t.width, int64(n<<shift)>>shift)
	case 'u':
		return fmt.Sprintf("%*d", t.width, n)
	case 'o':
		return fmt.Sprintf(" %0*o", t.width-1, n)
	}
	return fmt.Sprintf(" %0*x", t.width-1, n)
}

// asciiNames returns the name of a character below 128, as od and hexdump print it.
func asciiNames(b byte) string {
	const names = "nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp"
	switch {
	case b <= ' ':
		return strings.Fields(names)[b]
	case b == 0x7f:
		return "del"
	}
	return string(rune(b))
}

// cEscape returns a byte as a character, an escape sequence of C or three octal digits.
func cEscape(b byte) string {
	if i := strings.IndexByte("\x00\a\b\f\n\r\t\v", b); i >= 0 {
		return `\` + "0abfnrtv"[i:i+1]
	}
	if b < ' ' || b >= 0x7f {
		return fmt.Sprintf("%03o", b)
	}
	return string(rune(b))
}

// parseODNumber reads a number of any base of C, with a suffix for blocks of 512, KiB and MiB.
func parseODNumber(text string) (int64, bool) {
	factor := int64(0)
	if !strings.HasPrefix(text, "0x") {
		text, factor = cutUnit(text, "bkm")
	}
	factor = max(factor, 1)
	n, ok := parseCNumber(text)
	if !ok || n > (1<<62)/factor {
		return 0, false
	}
	return n * factor, true
}

// parseCNumber reads a decimal, octal ("010") or hexadecimal ("0x10") number without a sign.
func parseCNumber(text string) (int64, bool) {
	base := 10
	if len(text) > 1 && text[0] == '0' {
		base, text = 8, text[1:]
		if digits, ok := strings.CutPrefix(strings.ToLower(text), "x"); ok {
			base, text = 16, digits
		}
	}
	n, err := strconv.ParseUint(text, base, 62)
	return int64(n), err == nil && !strings.HasPrefix(text, "+")
}
