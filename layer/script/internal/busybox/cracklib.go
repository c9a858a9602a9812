package busybox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// A dictionary of cracklib is three files (packlib.c): DICT.pwd has the words in blocks of 16, each word but the first of a block as the
// number of bytes that it shares with the one before, and the rest; DICT.pwi has a header and where each block begins; DICT.hwm has the number
// of the last word by first bytes.
const (
	cracklibMagic  = 0x70775631
	cracklibBlock  = 16                            // words
	cracklibLength = 30                            // bytes of a word: cracklib 2.9 cuts longer ones, and 2.10 does not
	cracklibDict   = "/usr/share/cracklib/pw_dict" // Alpine's
)

// cracklibPacker is cracklib's cracklib-packer: it makes a dictionary of the words on its input, which are to be in order.
func cracklibPacker(c *Call) (int, error) {
	dict := cracklibDict
	if len(c.Args) > 1 {
		dict = c.Args[1]
	}
	if strings.HasPrefix(dict, "-") {
		return 0, c.Unsupported(c.Line, "%s is not supported", strings.Join(c.Args, " "))
	}
	text, err := c.read()
	if err != nil {
		return 0, err
	}
	var d cracklibDictionary
	read, previous := 0, ""
	for line := range bytes.Lines(text) {
		if err := c.spend(len(line)); err != nil {
			return 0, err
		}
		read++
		word := string(line[:len(line)-1]) // the last byte is cut off, also if it is no newline
		switch {
		case word == "":
			fmt.Fprintf(&c.Err, "skipping line: %d\n", read)
			continue
		case len(word) > cracklibLength, strings.Contains(word, "\x00"):
			return 0, c.Unsupported(c.Line, "cracklib-packer: word %d has more than %d bytes, or a zero byte, which versions of cracklib pack differently",
				read, cracklibLength)
		case word < previous:
			fmt.Fprintf(&c.Err, "warning: input out of order: '%s' should not follow '%s' (line %d)\n", word, previous, read)
		}
		previous = word
		d.put(word)
	}
	if d.words == 0 {
		return 0, c.Unsupported(c.Line, "cracklib-packer without words is not supported: versions of cracklib do different things")
	}
	for _, file := range d.files() {
		if err := c.writeTo(dict+file.ending, tree.Create|tree.Truncate, file.content); Fatal(err) {
			return 0, err
		} else if err != nil {
			return 0, c.Unsupported(c.Line, "cracklib-packer: %s: %s", dict+file.ending, Reason(err))
		}
	}
	fmt.Fprintf(&c.Out, "%d %d\n", read, d.words)
	return 0, nil
}

// cracklibDictionary is one that is being made.
type cracklibDictionary struct {
	words       uint32
	block       []string // that is not yet in data
	data, index bytes.Buffer
	last        [256]uint32
}

func (d *cracklibDictionary) put(word string) {
	d.last[word[0]] = d.words
	d.words++
	if d.block = append(d.block, word); len(d.block) == cracklibBlock {
		d.flush()
	}
}

// flush ends a block, which has place for all its words.
func (d *cracklibDictionary) flush() {
	d.index.Write(binary.LittleEndian.AppendUint32(nil, uint32(d.data.Len())))
	previous := ""
	for i := range cracklibBlock {
		word := ""
		if i < len(d.block) {
			word = d.block[i]
		}
		if i == 0 {
			d.data.WriteString(word)
		} else if word != "" {
			shared := 0
			for shared < min(len(previous), len(word)) && previous[shared] == word[shared] {
				shared++
			}
			d.data.WriteByte(byte(shared))
			d.data.WriteString(word[shared:])
		}
		d.data.WriteByte(0)
		previous = word
	}
	d.block = d.block[:0]
}

// cracklibFile is one of a dictionary's.
type cracklibFile struct {
	ending  string
	content []byte
}

// files ends the last block, an empty one if the one before was full.
func (d *cracklibDictionary) files() []cracklibFile {
	d.flush()
	header := binary.LittleEndian.AppendUint32(nil, cracklibMagic)
	header = binary.LittleEndian.AppendUint32(header, d.words)
	header = binary.LittleEndian.AppendUint32(header, cracklibBlock) // two bytes, and two of padding
	var last []byte
	for i := range d.last {
		if i > 0 && d.last[i] == 0 {
			d.last[i] = d.last[i-1]
		}
		last = binary.LittleEndian.AppendUint32(last, d.last[i])
	}
	return []cracklibFile{{".pwd", d.data.Bytes()}, {".pwi", append(header, d.index.Bytes()...)}, {".hwm", last}}
}
