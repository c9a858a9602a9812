package apk

import (
	"errors"
	"fmt"
	"strings"
)

// parseInfo reads the file .PKGINFO (apk/FORMAT.md 1.4). Invalid dependencies only set Uninstallable.
func (c *Control) parseInfo(text string, g Generation) error {
	h := headerParser{generation: g}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		key, value, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if err := c.setInfo(&h, key, value); err != nil {
			return fmt.Errorf("line %d: %s: %w", number, key, err)
		}
	}
	return nil
}

// setInfo takes one line. Lists may come in several, and so may items in one.
func (c *Control) setInfo(h *headerParser, key, value string) error {
	switch key {
	case "replaces":
		return c.addReplaces(h, value)
	case "replaces_priority":
		n, err := parseNumber(value, 16)
		c.ReplacesPriority = uint16(n)
		return err
	case "triggers":
		c.Triggers = strings.FieldsFunc(value, isSeparator)
	case "datahash":
		c.DataHash = value
	default:
		if field := infoField(key); field != 0 {
			_, err := h.field(&c.Package, field, value)
			return err
		}
	}
	return nil
}

// addReplaces takes the items before one that cannot be parsed, as apk 2 does
// (apk/FORMAT.md 2 of its other lists). How apk 3 reads it is not known.
func (c *Control) addReplaces(h *headerParser, value string) error {
	items, err := h.dependencies(value)
	if h.generation == V3 {
		if bad := brokenItem(items, err); bad != "" {
			return errors.New(bad)
		}
	} else if err == errTooManyItems {
		return err
	}
	c.Replaces, err = joinItems(c.Replaces, items)
	return err
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
