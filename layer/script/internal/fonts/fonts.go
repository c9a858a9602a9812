// Package fonts makes the files fonts.dir and fonts.scale, which list the
// fonts of a directory for the X server, as mkfontdir and mkfontscale
// (version 1.1.3 of X.Org) write them, so that they can be made where these
// programs cannot run.
//
// mkfontdir(1) describes the files: a line with the number of fonts, then a
// line for each with its file and its name. The order of the lines, which of
// several files with one name is taken and how fonts.scale is read was
// observed from the programs.
package fonts

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/internal/bounded"
)

const (
	maxFile    = 16 << 20 // of a font or fonts.scale
	maxEntries = 1 << 16
)

type font struct {
	file, name string
	rank       int // of the first file that was read with this name
}

// Dir returns the fonts.dir that mkfontdir DIR writes for the directory at
// the root of fonts: the bitmap fonts in PCF and BDF, compressed by gzip or
// not, and what scale lists, the directory's fonts.scale (nil if there is
// none). Names of fonts are written in lower case.
//
// If several files have a font of the same name, the first of scale is taken.
// Else it is the last one that is named for a better format than the one read
// first, or that one; the program reads them in the file system's order, Dir
// in the order of fs.ReadDir, which is by bytes.
//
// Scalable fonts are not listed by mkfontdir and are passed over. Bitmap
// fonts in other formats, which need a font library, make an error wrapping
// errors.ErrUnsupported.
func Dir(scale []byte, fonts fs.FS) ([]byte, error) {
	list, err := readScale(scale)
	if err != nil {
		return nil, err
	}
	best := map[string]int{} // where in list the font of a name is
	for i, f := range list {
		best[f.name] = i
	}
	listed := len(list)
	err = each(fonts, func(file string, text []byte) error {
		name, known, err := bitmapName(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if !known {
			return refuse(file, text, bitmapSigns)
		}
		if name == nil {
			return nil
		}
		i, ok := best[*name]
		switch {
		case !ok:
			best[*name] = len(list)
			list = append(list, font{file, *name, rank(file)})
		case i >= listed && rank(file) > list[i].rank:
			list[i].file = file
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return write(list), nil
}

// Scale returns the fonts.scale that mkfontscale DIR writes for the directory
// at the root of fonts. It lists scalable fonts only, whose names need a font
// library: if there is one, the error wraps errors.ErrUnsupported.
func Scale(fonts fs.FS) ([]byte, error) {
	err := each(fonts, func(file string, text []byte) error { return refuse(file, text, scalableSigns) })
	if err != nil {
		return nil, err
	}
	return write(nil), nil
}

// each calls f for all files of the directory, and those that links lead to.
func each(fonts fs.FS, f func(file string, text []byte) error) error {
	list, err := fs.ReadDir(fonts, ".")
	if err != nil {
		return err
	}
	if len(list) > maxEntries {
		return fmt.Errorf("more than %d files", maxEntries)
	}
	for _, e := range list {
		file := e.Name()
		if !utf8.ValidString(file) {
			return fmt.Errorf("the file name %q is not UTF-8", file)
		}
		mode := e.Type()
		if mode&fs.ModeSymlink != 0 {
			info, err := fs.Stat(fonts, file)
			if err != nil {
				continue // leads nowhere
			}
			mode = info.Mode().Type()
		}
		if !mode.IsRegular() {
			continue
		}
		text, err := read(fonts, file)
		if err != nil {
			return err
		}
		if err := f(file, text); err != nil {
			return err
		}
	}
	return nil
}

func read(fonts fs.FS, file string) ([]byte, error) {
	r, err := fonts.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := bounded.ReadAll(r, maxFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return text, nil
}

// rank orders files of one font name by how they are named.
func rank(file string) int {
	if len(file) < 4 {
		return 0
	}
	for i, suffixes := range [][2]string{{".otf", ".OTF"}, {".ttf", ".TTF"}, {".pcf", ".PCF"}, {".gz", ".gz"}, {".bdf", ".BDF"}} {
		if strings.HasSuffix(file, suffixes[0]) || strings.HasSuffix(file, suffixes[1]) {
			return 5 - i
		}
	}
	return 0
}

func write(list []font) []byte {
	for i := range list {
		list[i].name = lower(list[i].name)
	}
	sort.SliceStable(list, func(i, j int) bool {
		return cmp.Or(cmp.Compare(list[i].file, list[j].file), cmp.Compare(list[i].name, list[j].name)) < 0
	})
	b := []byte(strconv.Itoa(len(list)) + "\n")
	for _, f := range list {
		b = append(b, f.file+" "+f.name+"\n"...)
	}
	return b
}

// lower is for ASCII only, as in the C locale.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

const space = " \t\n\v\f\r"

// readScale reads fonts.scale with the rules of scanf: a number, and as many
// pairs of a file, ended by white space, and a name, ended by the line. A
// name that was there before counts, but is not taken again.
func readScale(scale []byte) ([]font, error) {
	if len(scale) > maxFile {
		return nil, fmt.Errorf("fonts.scale is larger than %d bytes", maxFile)
	}
	text := bytes.TrimLeft(scale, space)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(string(text[:end]), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, nil // "Invalid fonts.scale", and no failure
	}
	text = text[end:]
	var list []font
	seen := map[string]bool{}
	for count := int32(n); count > 0; count-- {
		var file, name []byte
		file, text = take(text, space)
		name, text = take(text, "\n")
		if len(file) == 0 || len(name) == 0 {
			break
		}
		if len(list) == maxEntries {
			return nil, fmt.Errorf("fonts.scale has more than %d fonts", maxEntries)
		}
		f := font{file: cString(file), name: cString(name)}
		if !seen[f.name] {
			seen[f.name] = true
			list = append(list, f)
		}
	}
	return list, nil
}

// take passes over white space and takes what is before any of the given
// characters, at most as much as the program has room for.
func take(text []byte, before string) (token, rest []byte) {
	text = bytes.TrimLeft(text, space)
	end := bytes.IndexAny(text, before)
	if end < 0 {
		end = len(text)
	}
	end = min(end, 1024)
	return text[:end], text[end:]
}

func cString(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}
