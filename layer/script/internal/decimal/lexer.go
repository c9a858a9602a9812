package decimal

import "strings"

// token is a word of a program of bc: its kind is 'n' for a number, 'v' for a name, 's' for a string, 'o' for an operator or a mark, and
// 0 for the end.
type token struct {
	kind byte
	text string
}

// operators of more than one character, the longer first.
var operators = []string{"<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^="}

func tokens(text string) ([]token, error) {
	if i := strings.IndexFunc(text, func(r rune) bool { return r < '\t' || '\r' < r && r < ' ' || r > '~' }); i >= 0 {
		return nil, unsupported("the character %q", text[i])
	}
	var list []token
	for text != "" {
		c := text[0]
		n := 1
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			text = text[1:]
			continue
		case c == '\\' && strings.HasPrefix(text, "\\\n"):
			text = text[2:]
			continue
		case c == '#':
			if n = strings.IndexByte(text, '\n'); n < 0 {
				n = len(text)
			}
			text = text[n:]
			continue
		case strings.HasPrefix(text, "/*"):
			end := strings.Index(text[2:], "*/")
			if end < 0 {
				return nil, unsupported("a comment without an end")
			}
			text = text[end+4:]
			continue
		case c == '"':
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return nil, unsupported("a string without an end")
			}
			list = append(list, token{'s', text[1 : end+1]})
			text = text[end+2:]
			continue
		case isNumeral(c) && (c != '.' || len(text) > 1 && isNumeral(text[1])):
			points := 0
			for n = 0; n < len(text) && isNumeral(text[n]) && points < 2; n++ {
				if text[n] == '.' {
					points++
				}
			}
			if points == 2 || strings.HasPrefix(text[n:], "\\\n") {
				return nil, unsupported("the number %s", text[:n])
			}
			list = append(list, token{'n', text[:n]})
		case 'a' <= c && c <= 'z':
			for n < len(text) && ('a' <= text[n] && text[n] <= 'z' || '0' <= text[n] && text[n] <= '9' || text[n] == '_') {
				n++
			}
			list = append(list, token{'v', text[:n]})
		default:
			for _, op := range operators {
				if strings.HasPrefix(text, op) {
					n = len(op)
					break
				}
			}
			if n == 1 && !strings.ContainsRune("\n;(){}[],+-*/%^=<>!.", rune(c)) {
				return nil, unsupported("the character %q", c)
			}
			list = append(list, token{'o', text[:n]})
		}
		text = text[n:]
	}
	return list, nil
}

func isNumeral(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' || c == '.' }
