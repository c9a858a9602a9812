package apk

import (
	"fmt"
	"strings"
)

// PackageInfo is the file .PKGINFO (SPEC-apk.md 1.4). Apk takes most of it from
// the index instead: see [Package].
type PackageInfo struct {
	Package
	Replaces         []Dependency
	ReplacesPriority uint16
	Triggers         []string // globs of directories
	DataHash         string   // SHA-256 of the compressed data segment, hexadecimal; may be empty
}

func parsePackageInfo(text string, g Generation) (PackageInfo, error) {
	var info PackageInfo
	h := headerParser{generation: g}
	for line := range strings.SplitSeq(text, "\n") {
		key, value, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if err := info.set(&h, key, value); err != nil {
			return info, fmt.Errorf("%s: %w", key, err)
		}
	}
	return info, nil
}

// set takes one line. Lists may come in several.
func (info *PackageInfo) set(h *headerParser, key, value string) error {
	p := &info.Package
	field := byte(0)
	switch key {
	case "pkgname":
		field = 'P'
	case "pkgver":
		field = 'V'
	case "arch":
		field = 'A'
	case "size":
		field = 'I'
	case "pkgdesc":
		field = 'T'
	case "url":
		field = 'U'
	case "license":
		field = 'L'
	case "origin":
		field = 'o'
	case "maintainer":
		field = 'm'
	case "builddate":
		field = 't'
	case "commit":
		field = 'c'
	case "provider_priority":
		field = 'k'
	case "depend":
		return addItems(&p.Depends, h, value)
	case "provides":
		return addItems(&p.Provides, h, value)
	case "install_if":
		return addItems(&p.InstallIf, h, value)
	case "replaces":
		return addItems(&info.Replaces, h, value)
	case "replaces_priority":
		n, err := parseNumber(value, 16)
		info.ReplacesPriority = uint16(n)
		return err
	case "triggers":
		info.Triggers = strings.Fields(value)
	case "datahash":
		info.DataHash = value
	}
	if field == 0 {
		return nil
	}
	_, err := h.field(p, field, value)
	return err
}

func addItems(list *[]Dependency, h *headerParser, value string) error {
	items, err := h.dependencies(value)
	*list = append(*list, items...)
	return err
}
