package busybox

// isWordByte reports whether a byte is one of a word's.
func isWordByte(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' || b == '_'
}

func isSpace(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }
