package apk

import (
	"errors"
	"fmt"
	"strings"
)

// PackageInfo is the file .PKGINFO (apk/FORMAT.md 1.4). When a package is installed apk
// takes no more than the fields below from it, and the rest from the index: there,
// what is wrong with dependencies only sets Uninstallable.
type PackageInfo struct {
	Package
	Replaces         []Dependency
	ReplacesPriority uint16
	Triggers         []string // globs of directories
	// DataHash is the SHA-256 of the compressed data segment, hexadecimal; it may be empty. In apk 3's own format it is that of
	// the metadata, which has the hashes of all contents.
	DataHash string
}

func parsePackageInfo(text string, g Generation) (PackageInfo, error) {
	var info PackageInfo
	h := headerParser{generation: g}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		key, value, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if err := info.set(&h, key, value); err != nil {
			return info, fmt.Errorf("line %d: %s: %w", number, key, err)
		}
	}
	return info, nil
}

// set takes one line. Lists may come in several, and so may items in one.
func (info *PackageInfo) set(h *headerParser, key, value string) error {
	switch key {
	case "replaces":
		return info.addReplaces(h, value)
	case "replaces_priority":
		n, err := parseNumber(value, 16)
		info.ReplacesPriority = uint16(n)
		return err
	case "triggers":
		info.Triggers = strings.FieldsFunc(value, isSeparator)
	case "datahash":
		info.DataHash = value
	default:
		if field := infoField(key); field != 0 {
			_, err := h.field(&info.Package, field, value)
			return err
		}
	}
	return nil
}

// addReplaces takes the items before one that cannot be parsed, as apk 2 does
// (apk/FORMAT.md 2 of its other lists). What apk 3 would make of it is not known.
func (info *PackageInfo) addReplaces(h *headerParser, value string) error {
	items, err := h.dependencies(value)
	if h.generation == V3 {
		if bad := brokenItem(items, err); bad != "" {
			return errors.New(bad)
		}
	} else if err == errTooManyItems {
		return err
	}
	info.Replaces = joinItems(info.Replaces, items)
	return nil
}

// infoField is the letter that an index has for a key, or 0.
func infoField(key string) byte {
	switch key {
	case "pkgname":
		return 'P'
	case "pkgver":
		return 'V'
	case "arch":
		return 'A'
	case "size":
		return 'I'
	case "pkgdesc":
		return 'T'
	case "url":
		return 'U'
	case "license":
		return 'L'
	case "origin":
		return 'o'
	case "maintainer":
		return 'm'
	case "builddate":
		return 't'
	case "commit":
		return 'c'
	case "provider_priority":
		return 'k'
	case "depend":
		return 'D'
	case "provides":
		return 'p'
	case "install_if":
		return 'i'
	}
	return 0
}
