package options

import (
	"fmt"
	"strings"
)

// Letters reads the options of a builtin as ash does: letters until the first word that is no option, or until "--". It returns them in their
// order, repeated ones too, and what ash says of the first that is invalid.
//
// A colon behind a letter of spec gives it an argument: the rest of its word, or the next word. Of a letter that is repeated, the last argument
// counts.
func Letters(args []string, spec string) (letters string, arguments map[byte]string, rest []string, problem string) {
	arguments, rest = make(map[byte]string), args
	for len(rest) > 0 && len(rest[0]) > 1 && rest[0][0] == '-' {
		word := rest[0][1:]
		rest = rest[1:]
		if word == "-" {
			break
		}
		for i := range len(word) {
			at := strings.IndexByte(spec, word[i])
			if at < 0 {
				return "", nil, nil, fmt.Sprintf("illegal option -%c", word[i])
			}
			letters += word[i : i+1]
			if !strings.HasPrefix(spec[at+1:], ":") {
				continue
			}
			argument := word[i+1:]
			if argument == "" {
				if len(rest) == 0 {
					return "", nil, nil, fmt.Sprintf("no arg for -%c option", word[i])
				}
				argument, rest = rest[0], rest[1:]
			}
			arguments[word[i]] = argument
			break
		}
	}
	return letters, arguments, rest, ""
}
