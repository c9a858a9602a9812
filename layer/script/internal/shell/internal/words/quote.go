package words

import "strings"

// Quote is a word as ash prints it: in quotes where the shell would take it apart.
func Quote(s string) string {
	plain := true
	for i := range len(s) {
		b := s[i]
		letter := 'a' <= b|0x20 && b|0x20 <= 'z'
		plain = plain && (letter || '0' <= b && b <= '9' || strings.IndexByte("+,-.:@]^_/", b) >= 0)
	}
	if plain {
		return s
	}
	return SingleQuote(s)
}

// SingleQuote puts each stretch without a quote in single quotes and quotes in double ones.
func SingleQuote(s string) string {
	var b strings.Builder
	for {
		plain := strings.IndexByte(s+"'", '\'')
		b.WriteString("'" + s[:plain] + "'")
		if s = s[plain:]; s == "" {
			return b.String()
		}
		quotes := len(s) - len(strings.TrimLeft(s, "'"))
		b.WriteString(`"` + s[:quotes] + `"`)
		if s = s[quotes:]; s == "" {
			return b.String()
		}
	}
}
