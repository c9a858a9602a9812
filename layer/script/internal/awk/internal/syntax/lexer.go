package syntax

import (
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// Token is what the text of a program is cut into. The operators among them stand in the tree, too.
type Token uint8

const (
	eof Token = iota
	newline
	semicolon
	lbrace
	rbrace
	lparen
	rparen
	lbracket
	rbracket
	comma
	question
	colon
	name
	funcName // a name with "(" right behind it
	builtinName
	number
	stringLit
	ereLit

	// Operators.
	Add
	Sub
	Mul
	Div
	Mod
	Pow
	Not
	Gt
	Ge
	Lt
	Le
	Eq
	Ne
	Match
	NoMatch
	And
	Or
	Pipe
	AppendTo
	dollar
	incr
	decr
	Assign
	addAssign
	subAssign
	mulAssign
	divAssign
	modAssign
	powAssign
	Concat // never read: two operands side by side

	// Keywords.
	kwBegin
	kwBreak
	kwContinue
	kwDelete
	kwDo
	kwElse
	kwEnd
	kwExit
	kwFor
	kwFunction
	kwGetline
	kwIf
	kwIn
	kwNext
	kwNextFile
	kwPrint
	kwPrintf
	kwReturn
	kwWhile
)

var keywords = map[string]Token{
	"BEGIN": kwBegin, "break": kwBreak, "continue": kwContinue, "delete": kwDelete, "do": kwDo, "else": kwElse, "END": kwEnd,
	"exit": kwExit, "for": kwFor, "function": kwFunction, "func": kwFunction, "getline": kwGetline, "if": kwIf, "in": kwIn, "next": kwNext,
	"nextfile": kwNextFile, "print": kwPrint, "printf": kwPrintf, "return": kwReturn, "while": kwWhile,
}

// operators are matched longest first.
var operators = []struct {
	text string
	tok  Token
}{
	{"**=", powAssign}, {"**", Pow}, {"^=", powAssign}, {"&&", And}, {"||", Or}, {"++", incr}, {"--", decr}, {"+=", addAssign},
	{"-=", subAssign}, {"*=", mulAssign}, {"/=", divAssign}, {"%=", modAssign}, {"==", Eq}, {"!=", Ne}, {"<=", Le}, {">=", Ge},
	{"!~", NoMatch}, {">>", AppendTo}, {"{", lbrace}, {"}", rbrace}, {"(", lparen}, {")", rparen}, {"[", lbracket}, {"]", rbracket},
	{",", comma}, {"?", question}, {":", colon}, {";", semicolon}, {"+", Add}, {"-", Sub}, {"*", Mul}, {"/", Div}, {"%", Mod},
	{"^", Pow}, {"!", Not}, {">", Gt}, {"<", Lt}, {"~", Match}, {"|", Pipe}, {"$", dollar}, {"=", Assign},
}

// lexer cuts source into tokens.
type lexer struct {
	src  string
	pos  int
	line int

	tok   Token
	start int // of the token
	text  string
	num   float64
}

// next reads a token. It returns a message for what is not one.
func (l *lexer) next() string {
	l.skipBlanks()
	l.start = l.pos
	if l.pos >= len(l.src) {
		l.tok = eof
		return ""
	}
	c := l.src[l.pos]
	switch {
	case c == '\n':
		l.pos++
		l.line++
		l.tok = newline
		return ""
	case isLetter(c):
		end := l.pos
		for end < len(l.src) && (isLetter(l.src[end]) || isDigit(l.src[end])) {
			end++
		}
		l.text = l.src[l.pos:end]
		l.pos = end
		l.word()
		return ""
	case isDigit(c), c == '.' && l.pos+1 < len(l.src) && isDigit(l.src[l.pos+1]):
		n, size := libc.ParseLiteral(l.src[l.pos:])
		l.pos += size
		l.tok, l.num = number, n
		return ""
	case c == '"':
		return l.stringToken()
	}
	for _, op := range operators {
		if strings.HasPrefix(l.src[l.pos:], op.text) {
			l.pos += len(op.text)
			l.tok = op.tok
			return ""
		}
	}
	return "unexpected character " + strconv.QuoteToASCII(l.src[l.pos:l.pos+1])
}

func (l *lexer) skipBlanks() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\t' || c == '\r':
			l.pos++
		case strings.HasPrefix(l.src[l.pos:], "\\\n"):
			l.pos += 2
			l.line++
		case strings.HasPrefix(l.src[l.pos:], "\\\r\n"):
			l.pos += 3
			l.line++
		case c == '#':
			for l.pos < len(l.src) && l.src[l.pos] != '\n' {
				l.pos++
			}
		default:
			return
		}
	}
}

// word tells keywords, functions and names apart.
func (l *lexer) word() {
	if tok, ok := keywords[l.text]; ok {
		l.tok = tok
		return
	}
	if _, ok := builtins[l.text]; ok {
		l.tok = builtinName
		return
	}
	l.tok = name
	if l.pos < len(l.src) && l.src[l.pos] == '(' {
		l.tok = funcName
	}
}

func (l *lexer) stringToken() string {
	var b strings.Builder
	for i := l.pos + 1; i < len(l.src); {
		switch c := l.src[i]; c {
		case '"':
			l.pos = i + 1
			l.tok = stringLit
			l.text, _, _ = strings.Cut(b.String(), "\x00") // strings end at a NUL
			return ""
		case '\n':
			return "string without an end"
		case '\\':
			if i+1 < len(l.src) && l.src[i+1] == '\n' {
				l.line++
				i += 2
				continue
			}
			text, size := libc.Unescape(l.src[i:])
			b.WriteString(text)
			i += size
		default:
			b.WriteByte(c)
			i++
		}
	}
	return "string without an end"
}

// regex reads the rest of a regular expression whose "/" is the current token.
func (l *lexer) regex() string {
	var b strings.Builder
	for i := l.start + 1; i < len(l.src); {
		switch c := l.src[i]; c {
		case '/':
			l.pos = i + 1
			l.tok = ereLit
			l.text = b.String()
			return ""
		case '\n':
			return "regular expression without an end"
		case '\\':
			text, size := l.src[i:min(i+2, len(l.src))], 2
			switch {
			case text == `\/`:
				text = "/"
			case text == "\\\n":
				return "regular expression without an end"
			case text != `\\`:
				if plain, n := libc.Unescape(l.src[i:]); n > 2 || strings.Contains("abefnrtv", text[1:]) {
					text, size = plain, n
				}
			}
			b.WriteString(text)
			i += size
		default:
			b.WriteByte(c)
			i++
		}
	}
	return "regular expression without an end"
}

// IsName reports whether text may be the name of a variable.
func IsName(text string) bool {
	for i := range len(text) {
		if !isLetter(text[i]) && (i == 0 || !isDigit(text[i])) {
			return false
		}
	}
	return text != ""
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
