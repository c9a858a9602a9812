package mime

import (
	"strings"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/script/internal/keyfile"
)

// isTrue reads a boolean value.
func isTrue(value string) bool {
	value = strings.TrimRight(value, keyfile.Space)
	return value == "true" || value == "1"
}

// stringList reads a list of strings that end with semicolons. It returns nothing where there is an error in it.
func stringList(value string) []string {
	if !utf8.ValidString(value) {
		return nil
	}
	var list []string
	var b []byte
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == ';':
			list, b = append(list, string(b)), b[:0]
		case c != '\\':
			b = append(b, c)
		case i+1 == len(value):
			return nil
		default:
			i++
			at := strings.IndexByte(`sntr\;`, value[i])
			if at < 0 {
				return nil
			}
			b = append(b, " \n\t\r\\;"[at])
		}
	}
	if len(b) > 0 {
		list = append(list, string(b))
	}
	return list
}
