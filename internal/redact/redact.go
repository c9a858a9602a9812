package redact

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// placeholder stands for what was removed.
const placeholder = "xxxxx"

// URL returns a value that is, or was meant to be, one URL, reference or repository line, without secrets. Other text
// stays as it is. In a URL that cannot be parsed, everything up to the last @ is removed.
// It is not inlined, which saves space at 60 callers.
//
//go:noinline
func URL(s string) string { return folded(s, hideURL) }

func hideURL(s string) string {
	if scheme, rest, _ := strings.Cut(s, ":"); isTransport(scheme) {
		if strings.HasPrefix(rest, "//") || strings.Contains(rest, "://") || login.MatchString(rest) {
			return scheme + ":" + hideURL(rest)
		}
		return hideText(s)
	}
	if u, err := url.Parse(s); err == nil && u.Host != "" && isHost(u.Host) {
		if u.User == nil && parameters(s) == nil && u.Fragment == "" && (!strings.Contains(u.Host, ":") || !strings.Contains(u.Path, "@")) {
			return s
		}
	}
	head, tail := cutDigest(s)
	at := strings.LastIndexByte(head, '@')
	slashes := strings.Index(head, "//")
	switch {
	case at > slashes && slashes >= 0:
		s = head[:slashes+2] + placeholder + head[at:] + tail
	case at > 0 && slashes < 0 && strings.IndexByte(head[:at], ':') >= 0:
		s = placeholder + head[at:] + tail
	}
	if slashes = strings.Index(s, "//"); slashes >= 0 {
		if at := parameters(s[slashes:]); at != nil {
			s = s[:slashes+at[1]] + placeholder
		}
	}
	return hideText(s)
}

// Values returns a text that quotes values of the user, with the secrets of those among them that are URLs removed. Unlike
// [Text] it finds a URL whose end the text does not show, such as one with a blank in its password.
func Values(text string, values ...string) string {
	for _, value := range values {
		if f := Fold(value); !strings.Contains(f, "//") && !slashless.MatchString(f) && !named.MatchString(f) {
			continue // such as so:libz.so.1@edge
		}
		shown := URL(value)
		if shown == value {
			continue
		}
		text = strings.ReplaceAll(text, value, shown)
		for _, quoted := range []string{strconv.Quote(value), strconv.QuoteToASCII(value)} {
			text = strings.ReplaceAll(text, quoted[1:len(quoted)-1], shown)
		}
	}
	return Text(text)
}

// Text returns a text without the secrets of the URLs in it.
func Text(s string) string { return folded(s, hideText) }

func hideText(s string) string {
	s = named.ReplaceAllString(s, "${1}"+placeholder)
	s = lookup.ReplaceAllString(s, "${1}"+placeholder+"@")
	s = port.ReplaceAllString(s, "${1}"+placeholder+`"`)
	s = slashless.ReplaceAllString(s, "${1}"+placeholder+"@")
	var out strings.Builder
	for {
		i := strings.Index(s, "//")
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		scheme := s[:i]
		i += 2
		for i < len(s) && s[i] == '/' {
			i++
		}
		out.WriteString(s[:i])
		s = s[i:]
		line := s[:endOfLine(s)]
		isImage := strings.HasSuffix(scheme, "docker:") || strings.HasSuffix(scheme, "oci:")
		secret, shown := find(line, isImage)
		out.WriteString(shown)
		s = s[secret:]
		s = s[writeParameters(&out, s, scheme):]
	}
}

// slashless is a URL whose slashes were forgotten, up to the last @.
var slashless = regexp.MustCompile(`(?i)\b((?:https?|ftp):/?)[^/\s"][^\s"]*@`)

// login is //USER:PASSWORD@ somewhere in a path.
var login = regexp.MustCompile(`(?s)//[^/]*:.*@`)

// named is a parameter whose name says that it is a secret, also where no URL is recognized.
var named = regexp.MustCompile(`(?i)((?:[;?&#/]|%3b|%3f|%26|%23)[\w.-]*(?:pass|pwd|token|secret|key|auth|cred|sig)[\w.-]*(?:=|%3d))[^\s"]*[^\s":,;.)']`)

// lookup is the error of a host whose name begins with a login, which no URL parser has seen: see [Fold].
var lookup = regexp.MustCompile(`(\blookup )[^\s"]*@`)

// port is what url.Parse says of a password that it takes for a port.
var port = regexp.MustCompile(`(\binvalid port ":)(?:[^"\\]|\\.)*"`)

// delimiter stands before parameters of a URL.
var delimiter = regexp.MustCompile(`(?i)[;?&#]|%3b|%3f|%26|%23`)

// parameters returns where the delimiter of a URL's parameters begins and ends, or nil. They stand behind ? or, in its path, ; or &;
// a fragment may look like them. Tokens may be in them with any punctuation, so they go to the end.
func parameters(s string) []int {
	for _, at := range delimiter.FindAllStringIndex(s, -1) {
		rest := strings.TrimRight(s[at[1]:], ":,;.)'")
		switch strings.ToLower(s[at[0]:at[1]]) {
		case ";", "?", "%3b", "%3f":
			if rest != "" {
				return at
			}
		default:
			rest, _, _ = strings.Cut(strings.ToLower(rest), "?")
			if strings.Contains(rest, "=") || strings.Contains(rest, "%3d") {
				return at
			}
		}
	}
	return nil
}

// CutParameters cuts a URL before its parameters, which may be secrets: those of its query, or of its path and its query. Their
// delimiter is in neither part.
func CutParameters(s string) (before, behind string) {
	if at := parameters(s); at != nil {
		return s[:at[0]], s[at[1]:]
	}
	return s, ""
}

// isTransport reports whether a path follows, in which an @ is no sign of a password.
func isTransport(scheme string) bool {
	switch strings.ToLower(scheme) {
	case "oci", "oci-archive", "docker-archive", "rootfs":
		return true
	}
	return false
}

// find returns how many bytes at the beginning of a line, which follow //, are a secret, and what is shown instead.
func find(line string, isImage bool) (secret int, shown string) {
	token := line
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		token = line[:i]
	}
	authority := token
	if i := strings.IndexAny(token, `/?#`); i >= 0 {
		authority = token[:i]
	}
	searched := token
	if isImage {
		searched, _ = cutDigest(token)
	}
	at := strings.LastIndexByte(searched, '@')
	inAuthority := strings.Contains(authority[:min(len(authority), len(searched))], "@")
	hasPassword := strings.ContainsRune(authority, ':') && !strings.HasPrefix(authority, "[")
	switch {
	case at >= 0 && (inAuthority || hasPassword || strings.ContainsAny(searched[:at], "?#")):
		return at, placeholder
	case strings.Contains(authority, "%40"): // a login whose punctuation was escaped too
		return strings.LastIndex(authority, "%40"), placeholder
	case isImage || isHost(strings.TrimRight(authority, ":,;.)'")):
		return 0, ""
	}
	// The port is invalid: a password with a blank, or a URL that ends before its host.
	if first := strings.IndexByte(line, '@'); first >= 0 {
		end := len(line)
		if i := strings.IndexAny(line[first:], " \t"); i >= 0 {
			end = first + i
		}
		return strings.LastIndexByte(line[:end], '@'), placeholder
	}
	if i := strings.IndexByte(authority, ':'); i >= 0 {
		return len(token), token[:i+1] + placeholder
	}
	return 0, ""
}

// writeParameters hides the parameters of the URL that a text begins in, and returns how much of it is done.
func writeParameters(out *strings.Builder, s, scheme string) int {
	if scheme != "" && !strings.ContainsRune(": \t\n\"'(=", rune(scheme[len(scheme)-1])) {
		return 0 // no URL
	}
	end := strings.IndexAny(s, " \t\n\"")
	if end < 0 {
		end = len(s)
	}
	at := parameters(s[:end])
	if at == nil {
		return 0
	}
	for end > at[1] && strings.IndexByte(":,;.)'", s[end-1]) >= 0 {
		end--
	}
	out.WriteString(s[:at[1]])
	out.WriteString(placeholder)
	return end
}

// endOfLine returns where a line or the quotation around a URL ends.
func endOfLine(s string) int {
	for i := range len(s) {
		if s[i] == '\n' || s[i] == '"' && (i == 0 || s[i-1] != '\\') {
			return i
		}
	}
	return len(s)
}

var host = regexp.MustCompile(`^(\[[^\]]*\]|[^\[\]:@\s]*)(:[0-9]{0,5})?$`)

// isHost reports whether the part of a URL behind // is just a host with or without a port.
func isHost(s string) bool { return host.MatchString(s) }

var digest = regexp.MustCompile(`@(?:sha[0-9]+:[^@/]*|[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,})$`)

// cutDigest cuts the digest off the name of an image.
func cutDigest(s string) (name, suffix string) {
	if at := digest.FindStringIndex(s); at != nil {
		return s[:at[0]], s[at[0]:]
	}
	return s, ""
}
