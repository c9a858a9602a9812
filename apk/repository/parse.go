package repository

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

// ParseRepositories reads a file like etc/apk/repositories in the generation's
// syntax (SPEC-apk.md 6.2). A bad line is an error that names it; apk 3 would
// silently stop there.
func ParseRepositories(r io.Reader, g apk.Generation, arch string) ([]Repository, error) {
	var list []Repository
	p := parser{generation: g, variables: map[string]string{"APK_ARCH": arch}}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for number := 1; s.Scan(); number++ {
		found, err := p.line(s.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		list = append(list, found...)
	}
	return list, s.Err()
}

// ParseArgument reads a repository as a user gives it: "[@tag] URL", with
// components behind it for apk 3. The URL may also be a folder, absolute or from the
// current one.
func ParseArgument(s string, g apk.Generation, arch string) ([]Repository, error) {
	p := parser{generation: g, variables: map[string]string{"APK_ARCH": arch}, argument: true}
	list, err := p.line(s)
	if err == nil && len(list) == 0 {
		err = errors.New("names no repository")
	}
	return list, err
}

type parser struct {
	generation apk.Generation
	variables  map[string]string
	argument   bool // not from a file: folders may be relative and have blanks
}

func (p *parser) line(line string) ([]Repository, error) {
	if line == "" || line[0] == '#' {
		return nil, nil
	}
	if p.generation == apk.V2 || p.argument && !isRemoteLine(line) {
		return p.plain(line)
	}
	return p.words(strings.FieldsFunc(line, isBlank))
}

// isRemoteLine tells a URL with components from a folder whose name may have blanks.
func isRemoteLine(line string) bool {
	words := strings.FieldsFunc(line, isBlank)
	for _, w := range words[:min(len(words), 2)] {
		if isRemote(w) {
			return true
		}
	}
	return false
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

// plain reads "[@tag] URL", where the URL is the rest of the line.
func (p *parser) plain(line string) ([]Repository, error) {
	tag := ""
	if strings.HasPrefix(line, "@") {
		i := strings.IndexAny(line, " \t:")
		if i < 0 {
			return nil, fmt.Errorf("%q has a tag and no URL", line)
		}
		tag, line = line[1:i], strings.TrimLeft(line[i:], " \t:")
	}
	return p.make(tag, line)
}

// words reads what apk 3 takes:
//
//	[ndx|v2|v3] [@tag] URL [component ...]
//	set [-default] key=value
func (p *parser) words(words []string) ([]Repository, error) {
	if len(words) == 0 {
		return nil, errors.New("has only blanks")
	}
	if words[0] == "set" {
		return nil, p.set(words[1:])
	}
	kind := ""
	switch words[0] {
	case "ndx", "v2", "v3":
		kind, words = words[0], words[1:]
	}
	tag := ""
	if len(words) > 0 && strings.HasPrefix(words[0], "@") {
		tag, words = words[0][1:], words[1:]
	}
	if len(words) == 0 {
		return nil, errors.New("names no URL")
	}
	for i := range words {
		var err error
		if words[i], err = p.expand(words[i]); err != nil {
			return nil, err
		}
	}
	base := words[0]
	if kind == "" && (strings.HasSuffix(base, ".adb") || strings.HasSuffix(base, ".tar.gz")) {
		kind = "ndx"
	}
	switch kind {
	case "ndx":
		return nil, fmt.Errorf("%s: repositories that are named by their index file are not supported", redact(base))
	case "v3":
		return nil, fmt.Errorf("%s: repositories in the format of apk 3 (Packages.adb) are not supported", redact(base))
	}
	if len(words) == 1 {
		return p.make(tag, base)
	}
	var list []Repository
	for _, component := range words[1:] {
		found, err := p.make(tag, strings.TrimRight(base, "/")+"/"+component)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// set reads "[-default] key=value".
func (p *parser) set(words []string) error {
	keep := len(words) > 0 && words[0] == "-default"
	if keep {
		words = words[1:]
	}
	if len(words) != 1 {
		return errors.New("want \"set key=value\"")
	}
	key, value, ok := strings.Cut(words[0], "=")
	if !ok || !validKey(key) || strings.HasPrefix(key, "APK_") {
		return fmt.Errorf("cannot set %q", words[0])
	}
	value, err := p.expand(value)
	if err != nil {
		return err
	}
	if _, there := p.variables[key]; !there || !keep {
		p.variables[key] = value
	}
	return nil
}

func validKey(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || s[i] != '_' && (s[i] < '0' || s[i] > '9')) {
			return false
		}
	}
	return s != ""
}

// expand replaces ${key} by the variables that are set.
func (p *parser) expand(s string) (string, error) {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		key, rest, ok := strings.Cut(after, "}")
		value, set := p.variables[key]
		if !ok || !set {
			return "", fmt.Errorf("variable ${%s} is not set", key)
		}
		b.WriteString(value)
		s = rest
	}
}

func (p *parser) make(tag, where string) ([]Repository, error) {
	if path, ok := strings.CutPrefix(where, "file:"); ok {
		where = path
		if strings.HasPrefix(path, "//") { // file://host/path: only the local host
			where = path[2:]
		}
	}
	switch {
	case isRemote(where):
		u, err := url.Parse(where)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("%q is not a valid URL", redact(where))
		}
	case strings.Contains(where, "://"):
		scheme, _, _ := strings.Cut(where, "://")
		return nil, fmt.Errorf("scheme %q is not supported: use http, https or a folder", scheme)
	case where == "":
		return nil, errors.New("names no URL")
	case !p.argument && !strings.HasPrefix(where, "/"):
		return nil, fmt.Errorf("%q is neither a URL nor an absolute path", where)
	default:
		where = filepath.Clean(where)
	}
	return []Repository{{Tag: tag, URL: trimSlash(where)}}, nil
}

// trimSlash drops slashes at the end, but not the root's.
func trimSlash(s string) string {
	if t := strings.TrimRight(s, "/"); t != "" {
		return t
	}
	return s
}
