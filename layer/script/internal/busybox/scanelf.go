package busybox

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
	"github.com/lamina-oci/lamina/layer/script/internal/ldcache"
	"github.com/lamina-oci/lamina/layer/tree"
)

// scanelf is scanelf of pax-utils as far as it lists the names of libraries: those that programs need, and their own.
func scanelf(c *Call) (int, error) {
	opts, args, err := c.getopt("nSBCvF:RyqmE:a", "needed=n soname=S nobanner=B nocolor=C verbose=v format=F recursive=R symlink=y "+
		"quiet=q mount=m all=a etype=E")
	if err != nil {
		return 0, err
	}
	format, hasFormat := opts.last('F')
	if opts.has('a') || opts.has('v') && !opts.has('q') {
		return 0, c.Unsupported(c.Line, "scanelf: only -n, -S, -B, -q, -E, -F, -R and -y are supported")
	}
	s := &elfScan{c: c, isQuiet: opts.has('q'), showsHeader: !opts.has('q') && !opts.has('B'), isRecursive: opts.has('R')}
	if !hasFormat {
		if !s.isQuiet {
			format = "%o "
		}
		if opts.has('n') {
			format += "%n "
		}
		if opts.has('S') {
			format += "%S "
		}
		if !s.isQuiet {
			format += "%F "
		}
	}
	if s.format = format; !namesFile(format) {
		s.format += " %F"
	}
	for _, list := range opts.all('E') {
		for name := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' }) {
			s.types = append(s.types, elfTypeOf(name))
		}
	}
	status := 0 // of the last operand
	for _, name := range args {
		n, err := c.look(name, false)
		isLink := err == nil && n.Type == tree.Symlink
		if isLink && !opts.has('y') {
			n, err = c.look(name, true)
		}
		if Fatal(err) {
			return 0, err
		}
		if status = 1; err != nil || n.Type != tree.Regular && (n.Type != tree.Directory || isLink) {
			continue
		}
		if status, s.within = 0, ""; n.Type == tree.Directory {
			s.within = name
		}
		if err := s.scan(n, name, 0); err != nil {
			return 0, err
		}
	}
	return status, c.Bounded()
}

// elfScan is a run of scanelf.
type elfScan struct {
	c           *Call
	format      string
	isQuiet     bool // nothing of files about which it finds nothing
	showsHeader bool // before the first file
	isRecursive bool
	types       []elf.Type // of the files; empty means all
	within      string     // the directory that is searched; "" for a file
}

// namesFile reports whether a format has the file's name, which is else printed at the end.
func namesFile(format string) bool {
	for i := range len(format) - 1 {
		if (format[i] == '%' || format[i] == '#') && strings.IndexByte("Fpf", format[i+1]) >= 0 {
			return true
		}
	}
	return false
}

// scan prints what a file needs, or the files in a directory, and those below if asked.
func (s *elfScan) scan(n *tree.Node, name string, depth int) error {
	c := s.c
	if err := c.spend(pathCost); err != nil {
		return err
	}
	if n.Type == tree.Directory {
		if depth > 0 && !s.isRecursive || depth > maxDirectories {
			return nil
		}
		for _, child := range n.Names() {
			below := join(name, child)
			of, err := c.look(below, false)
			if err != nil || of.Type == tree.Symlink {
				continue
			}
			if err := s.scan(of, below, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if n.Type != tree.Regular || n.Content == nil || c.Tree.Access(n, tree.Read) != nil {
		return nil
	}
	return s.scanFile(n, name)
}

func (s *elfScan) scanFile(n *tree.Node, name string) error {
	c := s.c
	reader := partReader{c: c, n: n}
	names, err := ldcache.ReadNames(n.Size, reader.open)
	if failure := reader.end(); failure != nil {
		return failure
	}
	switch {
	case errors.Is(err, ldcache.ErrNotELF):
		return nil
	case err != nil:
		fmt.Fprintf(&c.Err, "scanelf: %s: Invalid program header info (2)\n", name)
		return nil
	}
	if len(s.types) > 0 && !slices.Contains(s.types, names.Type) {
		return nil
	}
	return s.print(name, names)
}

var elfTypeNames = [...]string{"ET_NONE", "ET_REL", "ET_EXEC", "ET_DYN", "ET_CORE"}

// elfTypeName is what scanelf calls a type of file.
func elfTypeName(typ elf.Type) string {
	if int(typ) < len(elfTypeNames) {
		return elfTypeNames[typ]
	}
	return "UNKNOWN_TYPE"
}

// elfTypeOf returns the type of a name, or of a number as atoi(3) reads it.
func elfTypeOf(name string) elf.Type {
	if i := slices.Index(elfTypeNames[:], name); i >= 0 {
		return elf.Type(i)
	}
	n, _ := strconv.ParseUint(name[:len(name)-len(strings.TrimLeft(name, "0123456789"))], 10, 16)
	return elf.Type(n)
}

// header prints the heads of the format's columns.
func (s *elfScan) header() {
	s.showsHeader = false
	for i := 0; i+1 < len(s.format); i++ {
		if s.format[i] != '%' && s.format[i] != '#' {
			continue
		}
		i++
		switch s.format[i] {
		case 'o':
			s.c.Out.WriteString(" TYPE   ")
		case 'n':
			s.c.Out.WriteString("NEEDED ")
		case 'S':
			s.c.Out.WriteString("SONAME ")
		case 'F', 'p', 'f':
			s.c.Out.WriteString("FILE ")
		}
	}
	s.c.Out.WriteByte('\n')
}

// print prints a line of the format. A letter behind "#" in place of "%" counts as printed, and prints nothing.
func (s *elfScan) print(name string, names ldcache.Names) error {
	if s.showsHeader {
		s.header()
	}
	var line strings.Builder
	found := false
	for i := 0; i < len(s.format); i++ {
		mark := s.format[i]
		if mark != '%' && mark != '#' || i+1 == len(s.format) {
			line.WriteByte(mark)
			continue
		}
		i++
		text := ""
		switch s.format[i] {
		case 'o':
			text = elfTypeName(names.Type)
		case 'n':
			text = strings.Join(names.Needed, ",")
			found = found || len(names.Needed) > 0
		case 'S':
			if names.Type == elf.ET_DYN {
				text = names.Soname
			}
			found = found || text != ""
		case 'F':
			text = name
		case 'p':
			text = strings.TrimPrefix(name, s.within)
		case 'f':
			text = path.Base(name)
		default:
			return s.c.Unsupported(s.c.Line, "scanelf: the format %q is not supported", s.format)
		}
		if mark == '%' {
			line.WriteString(text)
		}
	}
	if s.isQuiet && !found {
		return nil
	}
	fmt.Fprintln(&s.c.Out, line.String())
	return s.c.emit()
}
