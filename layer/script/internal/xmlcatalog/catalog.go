// Package xmlcatalog edits XML catalog files as the program xmlcatalog of
// libxml2 does, so that it can be done where that program cannot run.
//
// The format is that of the OASIS standard "XML Catalogs"
// (https://www.oasis-open.org/committees/entity/spec-2001-08-06.html); what
// the program keeps, drops and writes was observed from libxml2 2.9.14.
package xmlcatalog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxFile    = 16 << 20
	maxEntries = 1 << 16
)

const head = `<?xml version="1.0"?>
<!DOCTYPE catalog PUBLIC "-//OASIS//DTD Entity Resolution XML Catalog V1.0//EN" ` +
	`"http://www.oasis-open.org/committees/entity/release/1.0/catalog.dtd">
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog"`

// kinds gives the attributes of each kind of entry: what is looked up, if
// anything, and what stands for it.
var kinds = map[string][2]string{
	"public":         {"publicId", "uri"},
	"system":         {"systemId", "uri"},
	"uri":            {"name", "uri"},
	"rewriteSystem":  {"systemIdStartString", "rewritePrefix"},
	"rewriteURI":     {"uriStartString", "rewritePrefix"},
	"delegatePublic": {"publicIdStartString", "catalog"},
	"delegateSystem": {"systemIdStartString", "catalog"},
	"delegateURI":    {"uriStartString", "catalog"},
	"nextCatalog":    {"", "catalog"},
}

type entry struct {
	kind  string
	name  string
	named bool // name can be compared with; it is written as "" if not
	value string
}

// newEntry makes an entry whose name, if it is a public identifier, is
// normalized as XML 1.0 (4.2.2) asks.
func newEntry(kind, name string, named bool, value string) entry {
	if kind == "public" || kind == "delegatePublic" {
		name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }), " ")
		named = named && name != ""
	}
	return entry{kind, name, named, value}
}

// Create returns the empty catalog of xmlcatalog --noout --create FILE.
func Create() []byte { return []byte(head + "/>\n") }

// Add returns what xmlcatalog --noout --add KIND ORIG REPLACE FILE makes of a
// catalog that xmlcatalog wrote. An entry of that kind and name gets the new
// value. If replace is empty the program takes orig for it, and no name. The
// kind "catalog" is allowed and adds nothing that is written.
//
// The program drops entries of the file whose value is no URI reference, so a
// bad value that is added is gone after the next change. It also drops a
// nextCatalog that leads to the same file as one before it; Add cannot know
// the name of the directory of the catalog and takes "../dir/x" and "x" for
// different files always.
//
// Where the program says "add command failed", Add returns an error; it also
// does for a catalog with groups or xml:base, which is not supported
// (errors.ErrUnsupported), and for a text that is no XML catalog, which the
// program would replace.
func Add(catalog []byte, kind, orig, replace string) ([]byte, error) {
	if err := plain(orig, replace); err != nil {
		return nil, err
	}
	if _, ok := kinds[kind]; !ok && kind != "catalog" {
		return nil, fmt.Errorf("xmlcatalog knows no kind of entry %q", kind)
	}
	list, err := load(catalog)
	if err != nil {
		return nil, err
	}
	named := true
	if replace == "" {
		orig, replace, named = "", orig, false
	}
	for i := range list {
		if e := &list[i]; named && e.kind == kind && e.named && e.name == orig {
			e.value = replace
			return dump(list), nil
		}
	}
	if kind != "catalog" {
		list = append(list, newEntry(kind, orig, named, replace))
	}
	return dump(list), nil
}

// Delete returns what xmlcatalog --noout --del VALUE FILE makes of a catalog
// that xmlcatalog wrote: all entries with that name or that value are gone.
// It returns errors as Add does.
func Delete(catalog []byte, value string) ([]byte, error) {
	if err := plain(value); err != nil {
		return nil, err
	}
	list, err := load(catalog)
	if err != nil {
		return nil, err
	}
	var kept []entry
	for _, e := range list {
		if !(e.named && e.name == value) && e.value != value {
			kept = append(kept, e)
		}
	}
	return dump(kept), nil
}

// plain refuses arguments that cannot be text of an XML file.
func plain(args ...string) error {
	for _, s := range args {
		if len(s) > maxFile {
			return fmt.Errorf("an argument of more than %d bytes", maxFile)
		}
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !isChar(r) }) {
			return fmt.Errorf("%.100q is no text of an XML file", s)
		}
	}
	return nil
}

func isChar(r rune) bool {
	return r >= ' ' && r != 0xfffe && r != 0xffff || r == '\t' || r == '\n' || r == '\r'
}

// load reads the entries of a catalog as the program does before a change.
func load(catalog []byte) ([]entry, error) {
	if len(catalog) > maxFile {
		return nil, fmt.Errorf("the catalog is larger than %d bytes", maxFile)
	}
	elements, err := parse(catalog)
	if err != nil {
		return nil, err
	}
	var list []entry
	next := map[string]bool{}
	for _, e := range elements {
		attributes, ok := kinds[e.Name]
		if e.Name == "group" {
			return nil, fmt.Errorf("a catalog with groups: %w", errors.ErrUnsupported)
		}
		if !ok {
			continue
		}
		name, named := e.Attribute(attributes[0])
		value, ok := e.Attribute(attributes[1])
		if !ok || attributes[0] != "" && !named || !isReference(value) {
			if e.Name == "nextCatalog" && len(next) != 0 {
				return nil, errors.New("xmlcatalog crashes on a second nextCatalog that has no URI reference")
			}
			continue
		}
		if e.Name == "nextCatalog" {
			full := resolve(value)
			if next[full] {
				continue
			}
			next[full] = true
		}
		list = append(list, newEntry(e.Name, name, named, value))
	}
	return list, nil
}

// dump writes a catalog.
func dump(list []entry) []byte {
	if len(list) == 0 {
		return Create()
	}
	var b bytes.Buffer
	b.WriteString(head + ">\n")
	for _, e := range list {
		b.WriteString("  <" + e.kind)
		attributes := kinds[e.kind]
		if attributes[0] != "" {
			attribute(&b, attributes[0], e.name)
		}
		attribute(&b, attributes[1], e.value)
		b.WriteString("/>\n")
	}
	b.WriteString("</catalog>\n")
	return b.Bytes()
}

func attribute(b *bytes.Buffer, name, value string) {
	b.WriteString(" " + name + `="`)
	for _, r := range value {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r < ' ':
			fmt.Fprintf(b, "&#%d;", r)
		case r >= 0x80:
			fmt.Fprintf(b, "&#x%X;", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
