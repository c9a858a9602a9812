package apk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// recordScanner splits the text of an index or an installed database into
// lines "X:value" and records, which an empty line ends (apk/FORMAT.md 2).
type recordScanner struct {
	rest string
	line int // of the line that next returned, from 1
}

// maxLine bounds a line, in bytes without its end: apk 2.14.4 has no room for longer ones ("No buffer space available"). The longest of
// Alpine's has 24 kB.
const maxLine = 128<<10 - 1

// next returns the next line. field is 0 at the end of a record; io.EOF says
// that there is no more text. A last line without its newline, and with it its
// record, is lost as it is for apk.
func (s *recordScanner) next() (field byte, value string, err error) {
	line, rest, ok := strings.Cut(s.rest, "\n")
	if !ok {
		return 0, "", io.EOF
	}
	s.rest = rest
	s.line++
	if len(line) > maxLine {
		return 0, "", s.errorf("%d bytes, more than the limit of %d", len(line), maxLine)
	}
	if line == "" {
		return 0, "", nil
	}
	if len(line) < 2 || line[1] != ':' {
		return 0, "", s.errorf("want \"X:value\", found %.40q", line)
	}
	return line[0], line[2:], nil
}

func (s *recordScanner) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", s.line, fmt.Errorf(format, args...))
}

// headerParser reads the lines that index and installed database have in common.
type headerParser struct {
	generation Generation
	// arena is where dependency lists are cut from, to spare allocations.
	arena []Dependency
	items int // dependencies read so far
	// broken counts the lines with dependencies that could not be taken as they
	// are; firstBroken says what is wrong with the first of them.
	broken      int
	firstBroken string
}

// maxItems bounds the dependencies of one file: an item takes two bytes of text
// and some thirty times as much memory. Alpine's largest index has 150,000.
const maxItems = 4 << 20

// maxListItems bounds the dependencies of a package of one kind, which may be in several lines: as many as one line can have.
const maxListItems = 64 << 10

// The errors of files with too many dependencies.
var (
	errTooManyItems = fmt.Errorf("more than %d dependencies in total", maxItems)
	errLongList     = fmt.Errorf("more than %d dependencies of one package", maxListItems)
)

// field sets what one line says. It reports false for a letter that is not part
// of the header.
func (h *headerParser) field(p *Package, field byte, value string) (bool, error) {
	var err error
	switch field {
	case 'C':
		p.Identity, err = ParseChecksum(value)
	case 'P':
		p.Name = value
	case 'V':
		p.Version = value
	case 'A':
		p.Arch = value
		p.present |= fieldArch
	case 'S':
		p.Size, err = parseNumber(value, 64)
	case 'I':
		p.InstalledSize, err = parseNumber(value, 64)
	case 'T':
		p.Description = value
	case 'U':
		p.URL = value
	case 'L':
		p.License = value
	case 'o':
		p.Origin = value
		p.present |= fieldOrigin
	case 'm':
		p.Maintainer = value
		p.present |= fieldMaintainer
	case 't':
		var n uint64
		n, err = parseNumber(value, 63)
		p.BuildTime = int64(n)
	case 'c':
		p.Commit = value
		p.present |= fieldCommit
	case 'k':
		var n uint64
		n, err = parseNumber(value, 16)
		p.ProviderPriority = uint16(n)
	case 'D', 'p', 'i':
		err = h.dependencyField(p, field, value)
	default:
		return false, nil
	}
	return true, err
}

// dependencyField sets D:, p: or i:. An invalid item is the package's
// misfortune and not an error of the file (apk/FORMAT.md 2): apk 2 takes the items
// before it, apk 3 drops the package, the install_if or the item.
func (h *headerParser) dependencyField(p *Package, field byte, value string) error {
	items, err := h.dependencies(value)
	if err == errTooManyItems {
		return err
	}
	p.mention(field)
	bad := ""
	if err != nil || h.generation == V3 {
		bad = brokenItem(items, err)
	}
	if bad != "" {
		if h.broken == 0 {
			h.firstBroken = fmt.Sprintf("%c: of %s: %s", field, p.ID(), bad)
		}
		h.broken++
	}
	switch field {
	case 'D':
		p.Depends, err = joinItems(p.Depends, items)
		if bad != "" && h.generation == V3 {
			p.Uninstallable = "broken dependency: " + bad
		}
	case 'p':
		p.Provides, err = joinItems(p.Provides, items)
	case 'i':
		p.InstallIf, err = joinItems(p.InstallIf, items)
		if bad != "" && h.generation == V3 {
			p.InstallIf = nil
		}
	}
	return err
}

// joinItems is for a field that comes twice in a record: apk adds to the list.
func joinItems(list, more []Dependency) ([]Dependency, error) {
	switch {
	case len(list)+len(more) > maxListItems:
		return list, errLongList
	case len(list) == 0:
		return more, nil
	}
	return append(list, more...), nil
}

// dependencies parses a list. With an error it returns the items before it,
// which is all that apk 2 looks at.
func (h *headerParser) dependencies(list string) ([]Dependency, error) {
	if n := countItems(list); n > cap(h.arena)-len(h.arena) {
		h.arena = make([]Dependency, 0, max(min(2*cap(h.arena), 1024), min(n, maxItems-h.items+1), 8))
	}
	start := len(h.arena)
	var failed error
	for list != "" {
		var item string
		item, list, _ = strings.Cut(list, " ")
		if item == "" {
			continue
		}
		d, err := ParseDependency(item, h.generation)
		if err == nil && d.Tag != "" && h.generation == V3 {
			err = fmt.Errorf("dependency %.100q: a tag is allowed only in world", item)
		}
		if h.items++; h.items > maxItems {
			err = errTooManyItems
		}
		if err != nil {
			failed = err
			break
		}
		h.arena = append(h.arena, d)
	}
	return h.arena[start:len(h.arena):len(h.arena)], failed
}

// countItems returns how many items, separated by blanks, a list has.
func countItems(list string) int {
	n := 0
	for list != "" {
		var item string
		if item, list, _ = strings.Cut(list, " "); item != "" {
			n++
		}
	}
	return n
}

// brokenItem says what is wrong with a list, or "".
func brokenItem(list []Dependency, err error) string {
	if err != nil {
		return err.Error()
	}
	for i := range list {
		if list[i].Broken {
			return fmt.Sprintf("%.100q has an invalid version", list[i].String())
		}
	}
	return ""
}

// parseNumber reads an unsigned decimal number of so many bits. An empty value
// is 0.
func parseNumber(value string, bits int) (uint64, error) {
	if value == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(value, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("number %.40q: %w", value, errors.Unwrap(err))
	}
	return n, nil
}

// mention notes that a line of dependencies came.
func (p *Package) mention(field byte) {
	for i, m := range p.mentions {
		if m == field {
			return
		}
		if m == 0 {
			p.mentions[i] = field
			return
		}
	}
}

// Mentions calls yield with every name that the record mentions: the package's
// own, then those of depends, provides and install_if in the order in which
// the record has these lines. The solver's order depends on it (apk/FORMAT.md 7.1).
func (p *Package) Mentions(yield func(name string) bool) {
	if !yield(p.Name) {
		return
	}
	for _, field := range p.mentionOrder() {
		var list []Dependency
		switch field {
		case 'D':
			list = p.Depends
		case 'p':
			list = p.Provides
		case 'i':
			list = p.InstallIf
		}
		for i := range list {
			if !yield(list[i].Name) {
				return
			}
		}
	}
}

// mentionOrder is what was read, or the order in which apk writes.
func (p *Package) mentionOrder() [3]byte {
	if p.mentions[0] == 0 {
		return [3]byte{'D', 'p', 'i'}
	}
	return p.mentions
}

// maxHeader is how long the lines from C: to k: may be together, in bytes, for
// apk to write them (apk/FORMAT.md 2).
const maxHeader = 2048

// writeHeader writes the lines from C: to i: in apk's order. A value that could not be
// read back is an error, with nothing or a part of it written. Errors of w stay in w.
func (p *Package) writeHeader(w *bufio.Writer, g Generation) error {
	var failed error
	size := 0
	line := func(field byte, value string) {
		if err := writeLine(w, field, value); err != nil {
			failed = fmt.Errorf("package %s: %w", p.ID(), err)
		}
		size += len(value) + len("X:\n")
	}
	optional := func(field byte, value string, present fieldSet) {
		if value != "" || g == V2 && p.present&present != 0 {
			line(field, value)
		}
	}
	line('C', p.Identity.String())
	line('P', p.Name)
	line('V', p.Version)
	optional('A', p.Arch, fieldArch)
	line('S', strconv.FormatUint(p.Size, 10))
	line('I', strconv.FormatUint(p.InstalledSize, 10))
	line('T', p.Description)
	line('U', p.URL)
	line('L', p.License)
	optional('o', p.Origin, fieldOrigin)
	optional('m', p.Maintainer, fieldMaintainer)
	if p.BuildTime != 0 {
		line('t', strconv.FormatInt(p.BuildTime, 10))
	}
	optional('c', p.Commit, fieldCommit)
	if p.ProviderPriority != 0 {
		line('k', strconv.FormatUint(uint64(p.ProviderPriority), 10))
	}
	if size > maxHeader {
		failed = fmt.Errorf("package %s: its fields take %d bytes, more than the %d that apk can write", p.ID(), size, maxHeader)
	}
	if failed != nil {
		return failed
	}
	for _, list := range []struct {
		field byte
		deps  []Dependency
	}{{'D', p.Depends}, {'p', p.Provides}, {'i', p.InstallIf}} {
		if len(list.deps) > 0 {
			writeDependencies(w, list.field, list.deps, g)
		}
	}
	return nil
}

// lineWriter is a buffer: its errors, if it has any, are seen when it is emptied.
type lineWriter interface {
	io.ByteWriter
	io.StringWriter
}

func writeLine(b lineWriter, field byte, value string) error {
	if strings.IndexByte(value, '\n') >= 0 {
		return fmt.Errorf("%c: %.200q contains a line break", field, value)
	}
	b.WriteByte(field)
	b.WriteByte(':')
	b.WriteString(value)
	b.WriteByte('\n')
	return nil
}

// writeDependencies writes one line of dependencies.
func writeDependencies(w lineWriter, field byte, deps []Dependency, g Generation) {
	w.WriteByte(field)
	for i := range deps {
		separator := byte(' ')
		if i == 0 {
			separator = ':'
		}
		w.WriteByte(separator)
		w.WriteString(deps[i].Format(g))
	}
	w.WriteByte('\n')
}
