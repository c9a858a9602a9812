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
	"github.com/lamina-oci/lamina/internal/redact"
)

// maxLine bounds a line of a repositories file, in bytes, also with its variables,
// and the others what a file can name: apk takes 32 repositories (apk/FORMAT.md 6.1).
const (
	maxLine         = 64 << 10
	maxRepositories = 1024
	maxVariables    = 256
)

// ParseRepositories reads a file like etc/apk/repositories in the generation's
// syntax (apk/FORMAT.md 6.2); arch is the value of ${APK_ARCH}. A line that apk would
// not take is an error that names it, where apk 3 would silently leave out
// the rest of the file.
func ParseRepositories(r io.Reader, g apk.Generation, arch string) ([]Repository, error) {
	var list []Repository
	p := newParser(g, arch)
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	number := 0
	for s.Scan() {
		number++
		found, err := p.line(s.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if list = append(list, found...); len(list) > maxRepositories {
			return nil, fmt.Errorf("line %d: more than %d repositories", number, maxRepositories)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", number+1, err)
	}
	return list, nil
}

// ParseArgument reads a repository as a user gives it: "[@tag] URL", and for apk 3
// the other forms of a line. The URL may also be a directory, absolute or relative to
// the current one, and may contain blanks.
//
// The other forms are recognised by the "://" of their URL. alpine:3.22, alpine:edge and the like stand for the repositories main
// and community of that release of Alpine.
func ParseArgument(s string, g apk.Generation, arch string) ([]Repository, error) {
	if hasAlpinePrefix(s) {
		var list []Repository
		for _, line := range alpineLines(s) {
			found, err := ParseArgument(line, g, arch)
			if err != nil {
				return nil, err
			}
			list = append(list, found...)
		}
		if len(list) == 0 {
			return nil, errors.New("not a release of Alpine: want alpine:MAJOR.MINOR or alpine:edge")
		}
		return list, nil
	}
	p := newParser(g, arch)
	p.argument = true
	list, err := p.line(s)
	if err == nil && (len(list) == 0 || strings.TrimSpace(s) == "") {
		err = errors.New("is empty")
	}
	return list, err
}

type parser struct {
	generation apk.Generation
	variables  map[string]string
	argument   bool // not from a file: directories may be relative and have blanks
}

func newParser(g apk.Generation, arch string) *parser {
	return &parser{generation: g, variables: map[string]string{"APK_ARCH": arch}}
}

func (p *parser) line(line string) ([]Repository, error) {
	for i := range len(line) {
		if c := line[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return nil, fmt.Errorf("contains a control character: %.80q", redact.URL(line))
		}
	}
	if line == "" || line[0] == '#' && !p.argument {
		return nil, nil
	}
	if p.generation == apk.V2 || p.argument && !hasURL(line) {
		return p.plain(line)
	}
	if isBlank(rune(line[0])) {
		return nil, errors.New("begins with a blank, where apk 3 stops reading")
	}
	return p.words(strings.FieldsFunc(line, isBlank))
}

// hasURL tells a URL and what may be around it from a directory whose name may have
// blanks.
func hasURL(line string) bool {
	for word := range strings.FieldsFuncSeq(line, isBlank) {
		if strings.Contains(word, "://") {
			return true
		}
	}
	return false
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

// CutKeyword cuts a keyword of apk 3 ("v2", "v3" or "ndx") off a repository as [ParseArgument] takes it. A path may have blanks, too, so
// only an absolute path, one that begins with a dot, a tag or a URL is taken for the rest.
func CutKeyword(line string) (keyword, rest string, found bool) {
	word, rest, found := strings.Cut(line, " ")
	isKeyword := word == "v3" || word == "ndx" || word == "v2"
	isRepository := hasURL(rest) || filepath.IsAbs(rest) || rest != "" && strings.ContainsRune("/.@", rune(rest[0]))
	if !found || !isKeyword || !isRepository {
		return "", line, false
	}
	return word, rest, true
}

// keyword cuts a keyword of apk 3 off an argument.
func (p *parser) keyword(line string) (kind, rest string, err error) {
	word, rest, found := CutKeyword(line)
	if !found || !p.argument {
		return "", line, nil
	}
	if p.generation == apk.V2 && word != "v2" {
		return "", "", fmt.Errorf("the keyword %s is of apk 3, but the base has apk 2", word)
	}
	return word, rest, nil
}

// isIndexFile says whether apk 3 takes a URL for that of an index.
func isIndexFile(u string) bool {
	return strings.HasSuffix(u, ".adb") || strings.HasSuffix(u, ".tar.gz")
}

// plain reads "[@tag] URL", where the URL is the rest of the line.
func (p *parser) plain(line string) ([]Repository, error) {
	kind, line, err := p.keyword(line)
	if err != nil {
		return nil, err
	}
	tag := ""
	if strings.HasPrefix(line, "@") {
		i := strings.IndexAny(line, " \t:")
		if i < 0 {
			return nil, fmt.Errorf("%q has a tag but no URL", redact.URL(line))
		}
		if tag, line = line[1:i], strings.TrimLeft(line[i:], " \t:"); tag == "" {
			return nil, errors.New("empty tag after \"@\"")
		}
	}
	r, err := p.repository(tag, line)
	if kind == "" && p.argument && p.generation == apk.V3 && isIndexFile(r.URL) {
		kind = "ndx"
	}
	if err == nil {
		r, err = r.ofKind(kind)
	}
	return []Repository{r}, err
}

// words reads what apk 3 takes:
//
//	[ndx|v2|v3] [@tag] URL [component ...]
//	set [-default] key=value
func (p *parser) words(words []string) ([]Repository, error) {
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
		if tag, words = words[0][1:], words[1:]; tag == "" {
			return nil, errors.New("empty tag after \"@\"")
		}
	}
	if len(words) == 0 {
		return nil, errors.New("missing URL")
	}
	for i := range words {
		var err error
		if words[i], err = p.expand(words[i]); err != nil {
			return nil, err
		}
	}
	base, components := words[0], words[1:]
	if kind == "" && isIndexFile(base) {
		kind = "ndx"
	}
	urls := []string{base}
	if len(components) > 0 {
		urls = nil
		for _, c := range components {
			urls = append(urls, strings.TrimRight(base, "/")+"/"+c)
		}
	}
	var list []Repository
	for _, u := range urls {
		r, err := p.repository(tag, u)
		if err == nil {
			r, err = r.ofKind(kind)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// ofKind is the repository if the URL means what the keyword says.
func (r Repository) ofKind(kind string) (Repository, error) {
	switch kind {
	case "v3":
		r.ADB = true
	case "ndx":
		whole := r
		if r.Local() {
			r.URL, r.Index = filepath.Split(r.URL)
			r.URL = filepath.Clean(r.URL)
		} else {
			i := strings.LastIndexByte(r.URL, '/')
			r.URL, r.Index = strings.TrimRight(r.URL[:i], "/"), r.URL[i+1:]
		}
		if checkPart(r.Index) != nil || r.Local() != whole.Local() {
			return r, fmt.Errorf("%s names no index file", whole)
		}
	}
	return r, nil
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
		return fmt.Errorf("cannot set %.80q: want key=value, with a key of letters, digits and \"_\" that does not begin with APK_", redact.URL(words[0]))
	}
	value, err := p.expand(value)
	if err != nil {
		return err
	}
	if _, there := p.variables[key]; there && keep {
		return nil
	}
	if p.variables[key] = value; len(p.variables) > maxVariables {
		return fmt.Errorf("more than %d variables", maxVariables)
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

// expand replaces ${key} by the variables that are set. A value that has grown beyond a line
// is an error: values may hold variables, and double with each line.
func (p *parser) expand(s string) (string, error) {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		key, rest, ok := strings.Cut(after, "}")
		if !ok {
			return "", fmt.Errorf("%.80q has no closing \"}\"", redact.URL("${"+after))
		}
		value, set := p.variables[key]
		if !set {
			return "", fmt.Errorf("variable ${%.80s} is not set", key)
		}
		b.WriteString(value)
		if b.Len() > maxLine {
			return "", fmt.Errorf("longer than %d bytes after variables are expanded", maxLine)
		}
		s = rest
	}
}

func (p *parser) repository(tag, where string) (Repository, error) {
	if path, ok := strings.CutPrefix(where, "file:"); ok {
		where = path
		if authority, ok := strings.CutPrefix(path, "//"); ok { // file:///path
			where = strings.TrimPrefix(authority, "localhost")
			if !strings.HasPrefix(where, "/") {
				return Repository{}, fmt.Errorf("%q is on another machine", redact.URL("file:"+path))
			}
		}
	}
	switch {
	case isRemote(where):
		if err := checkURL(where); err != nil {
			return Repository{}, fmt.Errorf("%q is not a usable URL: %w", redact.URL(where), err)
		}
		where = strings.TrimRight(where, "/")
	case strings.Contains(where, "://"):
		scheme, _, _ := strings.Cut(where, "://")
		return Repository{}, fmt.Errorf("scheme %.80q is not supported: use http, https, file or a directory", redact.URL(scheme))
	case where == "":
		return Repository{}, errors.New("missing URL")
	case strings.Contains(where, "//") && redact.URL(where) != where:
		return Repository{}, fmt.Errorf("%q has a user and password but is neither http:// nor https://", redact.URL(where))
	case !p.argument && !strings.HasPrefix(where, "/"):
		return Repository{}, fmt.Errorf("%q is neither a URL nor an absolute path", redact.URL(where))
	default:
		where = filepath.Clean(where)
	}
	return Repository{Tag: tag, URL: where}, nil
}

// checkURL refuses what paths cannot be put behind.
func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return errors.New("it is not well-formed")
	case u.Host == "":
		return errors.New("it has no host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it has a query or a fragment")
	}
	return nil
}
