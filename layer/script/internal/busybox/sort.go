package busybox

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
	"github.com/lamina-oci/lamina/layer/tree"
)

// sortKey is a -k of sort; the zero value is the whole line.
type sortKey struct {
	field, offset int // from 1; an offset of 0 is the field's begin
	last, end     int // field and offset, which busybox counts from the begin of the line; 0 is the end of the line, or of the field
	flags         string
}

func sortLines(c *Call) (int, error) {
	opts, args, err := c.getopt("nrufbsczdmiVhMgT:S:o:k:t:", "")
	if err != nil {
		return 0, err
	}
	s, err := c.newSorter(opts)
	if err != nil {
		return 0, err
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	list, err := s.read(args)
	if err != nil {
		return 0, err
	}
	if s.unordered && len(list) > 1 {
		return 0, c.Unsupported(c.Line, "sort: a key that reads as the number nan has no order, which is not supported")
	}
	if opts.has('c') {
		return s.check(list)
	}
	if list, err = s.sort(list); err != nil {
		return 0, err
	}
	var printed bytes.Buffer
	for _, line := range list {
		printed.Write(line.text)
		printed.WriteByte(s.end)
	}
	output, ok := opts.last('o')
	if !ok {
		c.Out.Write(printed.Bytes())
		return 0, nil
	}
	if err := c.writeTo(output, tree.Create|tree.Truncate, printed.Bytes()); Fatal(err) {
		return 0, err
	} else if err != nil {
		return 0, c.failed(2, "can't open '%s': %s", output, Reason(err))
	}
	return 0, nil
}

type sorter struct {
	c         *Call
	keys      []sortKey
	flags     string
	separator byte // 0: fields are parted by space
	end       byte // of lines
	unique    bool
	stable    bool
	unordered bool // a key reads as "nan"
}

// newSorter takes the options.
func (c *Call) newSorter(opts optionList) (*sorter, error) {
	s := &sorter{c: c, unique: opts.has('u'), stable: opts.has('s') || opts.has('u') && c.isOther(), end: '\n'}
	for _, letter := range []byte(sortFlags) {
		if opts.has(letter) {
			s.flags += string(letter)
		}
	}
	if opts.has('b') {
		s.flags += "B"
	}
	if opts.has('z') {
		s.end = 0
	}
	if len(opts.all('t')) > 1 || len(opts.all('o')) > 1 {
		c.usage()
		return nil, exitStatus(2)
	}
	if t, ok := opts.last('t'); ok {
		if len(t) != 1 {
			return nil, c.failed(2, "bad -t parameter")
		}
		s.separator = t[0]
	}
	for _, text := range opts.all('k') {
		key, err := parseSortKey(text)
		if err != nil {
			return nil, c.failed(2, "%v", err)
		}
		s.keys = append(s.keys, key)
	}
	if len(s.keys) == 0 {
		s.keys = []sortKey{{}}
	}
	if problem := s.unsupported(); problem != "" {
		return nil, c.Unsupported(c.Line, "sort: %s together are not supported", problem)
	}
	return s, nil
}

// read reads the lines of files.
func (s *sorter) read(names []string) ([]sortLine, error) {
	c := s.c
	var list []sortLine
	for _, name := range names {
		content, err := c.open(name, true)
		if Fatal(err) {
			return nil, err
		} else if err != nil && !errors.Is(err, tree.ErrIsDir) {
			return nil, c.failed(2, "%s: %s", name, Reason(err))
		}
		if len(content) == 0 {
			continue
		}
		if s.end == '\n' {
			content = bytes.ReplaceAll(content, []byte{0}, []byte{'\n'})
		}
		text := bytes.TrimSuffix(content, []byte{s.end})
		n := bytes.Count(text, []byte{s.end}) + 1
		if len(list)+n > maxLines {
			return nil, c.exceeded("sort: input of more than %d lines", maxLines)
		}
		if err := c.spend(len(text)*(1+len(s.keys)) + 8*n); err != nil {
			return nil, err
		}
		for line := range bytes.SplitSeq(text, []byte{s.end}) {
			list = append(list, s.line(line))
		}
	}
	return list, nil
}

// sort sorts the lines; with -u, only the first of equal ones is left.
func (s *sorter) sort(list []sortLine) ([]sortLine, error) {
	// Each comparison of n*log(n) looks at a key or two.
	if err := s.c.spend(8 * len(list) * bits.Len(uint(len(list)))); err != nil {
		return nil, err
	}
	sort.SliceStable(list, func(i, j int) bool { return s.compare(list[i], list[j]) < 0 })
	if s.unique {
		s.stable = true
		list = slices.CompactFunc(list, func(a, b sortLine) bool { return s.compare(a, b) == 0 })
	}
	return list, nil
}

func parseSortKey(text string) (sortKey, error) {
	var key sortKey
	start, end, hasEnd := strings.Cut(text, ",")
	var err error
	if key.field, key.offset, key.flags, err = parseSortPosition(start); err != nil {
		return key, err
	}
	if hasEnd {
		var flags string
		if key.last, key.end, flags, err = parseSortPosition(end); err != nil {
			return key, err
		}
		key.flags += strings.ReplaceAll(flags, "b", "B")
	}
	return key, nil
}

// parseSortPosition reads FIELD[.OFFSET][FLAGS], both numbers from 1 on.
func parseSortPosition(text string) (field, offset int, flags string, err error) {
	flags = strings.TrimLeft(text, "0123456789.")
	number, within, hasOffset := strings.Cut(text[:len(text)-len(flags)], ".")
	if field, err = strconv.Atoi(number); err == nil && hasOffset {
		offset, err = strconv.Atoi(within)
	}
	if err != nil || field < 1 || hasOffset && offset < 1 {
		return 0, 0, "", errors.New("bad field specification")
	}
	for i := range len(flags) {
		switch {
		case flags[i] == 'V':
			return 0, 0, "", errors.New("unknown sort type")
		case strings.IndexByte(sortFlags, flags[i]) < 0:
			return 0, 0, "", errors.New("unknown key option")
		}
	}
	return field, offset, flags, nil
}

// sortFlags are the letters that say how to compare. Where "b" is for the end of a key, it is kept as "B".
const sortFlags = "nrfbdiVhMg"

// unsupported returns flags of one key that each ask for another order, or "".
func (s *sorter) unsupported() string {
	for _, key := range s.keys {
		kinds := ""
		for _, letter := range "nVhMg" {
			if strings.ContainsRune(s.flagsOf(key), letter) {
				kinds += " -" + string(letter)
			}
		}
		if len(kinds) > len(" -n") {
			return kinds[1:]
		}
	}
	return ""
}

// sortLine is a line with its keys.
type sortLine struct {
	text []byte
	keys [][]byte
	nums []float64
}

func (s *sorter) flagsOf(key sortKey) string {
	if key.flags != "" {
		return key.flags
	}
	return s.flags
}

func (s *sorter) line(text []byte) sortLine {
	l := sortLine{text: text}
	for _, key := range s.keys {
		flags := s.flagsOf(key)
		value := s.extract(text, key, flags)
		if strings.Contains(flags, "i") {
			value = slices.DeleteFunc(slices.Clone(value), func(b byte) bool { return b < ' ' || b > '~' })
		}
		if strings.Contains(flags, "d") {
			value = slices.DeleteFunc(slices.Clone(value), func(b byte) bool { return !isWordByte(b) && !isSpace(b) || b == '_' })
		}
		if strings.Contains(flags, "f") {
			value = upper(value)
		}
		n := 0.0
		switch {
		case strings.Contains(flags, "n"):
			n, _ = libc.ParseFloat(string(value))
		case strings.Contains(flags, "h"):
			n, value = scaledNumber(value)
		case strings.Contains(flags, "M"):
			n = monthNumber(value)
		case strings.Contains(flags, "g"):
			n = generalNumber(value)
		}
		s.unordered = s.unordered || math.IsNaN(n) && !strings.Contains(flags, "g")
		l.keys, l.nums = append(l.keys, value), append(l.nums, n)
	}
	return l
}

// extract returns the part of a line that a key names.
func (s *sorter) extract(text []byte, key sortKey, flags string) []byte {
	start, end := 0, len(text)
	if key.field > 0 {
		start, _ = s.skip(text, key.field-1)
	}
	if key.last > 0 {
		var delimited bool
		if end, delimited = s.skip(text, key.last); delimited {
			end--
		}
	}
	for strings.Contains(flags, "b") && start < len(text) && isSpace(text[start]) {
		start++
	}
	for strings.Contains(flags, "B") && end > start && isSpace(text[end-1]) {
		end--
	}
	if key.end > 0 {
		end = min(key.end, len(text))
	}
	if key.offset > 0 {
		start = min(start+key.offset-1, len(text))
	}
	return text[start:max(start, end)]
}

// skip returns where a number of fields ends, and whether a separator ends it.
func (s *sorter) skip(text []byte, fields int) (at int, delimited bool) {
	for ; fields > 0 && at < len(text); fields-- {
		delimited = false
		if s.separator != 0 {
			for at < len(text) && !delimited {
				delimited = text[at] == s.separator
				at++
			}
			continue
		}
		for at < len(text) && isSpace(text[at]) {
			at++
		}
		for at < len(text) && !isSpace(text[at]) {
			at++
		}
	}
	return at, delimited && fields == 0
}

func (s *sorter) compare(a, b sortLine) int {
	for i, key := range s.keys {
		flags := s.flagsOf(key)
		order := 0
		switch {
		case strings.Contains(flags, "h"):
			order = cmp.Or(bytes.Compare(a.keys[i], b.keys[i]), cmp.Compare(a.nums[i], b.nums[i]))
		case strings.ContainsAny(flags, "nMg"):
			order = cmp.Compare(a.nums[i], b.nums[i])
		case strings.Contains(flags, "V"):
			order = libc.Strverscmp(a.keys[i], b.keys[i])
		default:
			order = bytes.Compare(a.keys[i], b.keys[i])
		}
		if order != 0 {
			if strings.Contains(flags, "r") {
				return -order
			}
			return order
		}
	}
	if s.stable {
		return 0
	}
	order := bytes.Compare(a.text, b.text)
	if strings.Contains(s.flags, "r") {
		return -order
	}
	return order
}

func (s *sorter) check(list []sortLine) (int, error) {
	for i := 1; i < len(list); i++ {
		order := s.compare(list[i-1], list[i])
		if order == 0 && s.stable { // busybox compares memory behind the lines
			return 0, s.c.Unsupported(s.c.Line, "sort -c with -s is not supported for lines with equal keys")
		}
		if order > 0 || order == 0 && s.unique {
			fmt.Fprintf(&s.c.Err, "Check line %d\n", i)
			return 1, nil
		}
	}
	return 0, nil
}
