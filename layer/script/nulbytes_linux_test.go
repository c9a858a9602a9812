package script

import (
	"fmt"
	"testing"
)

// Where busybox reads lines as strings of C, a NUL ends one as a newline does.

func TestNULEndsLinesOfSed(t *testing.T) {
	inputs := []string{`a\0b\n\0\nx`, `a\0b\n\0`, `a\0b\0`, `a\0b`, `\0\0a\n`, `a\nb\0c\nd\n`}
	programs := []string{
		"''", "p", "-n p", "-n '$='", "1d", "'$!d'", "N", "'N;N;P;D'", "'n;d'", "G", "'h;x'", "=", "1ifoo", "1afoo", "1cfoo", "1rone", "2q", "'s/$/,/'", "-n 's/$/,/p'",
		"-E 's/(.)/<\\1>/g'", "2,3p", "'2{x;G}'", "-n '/b/,$p'", "y/ab/xy/", "'$s/^/end/'",
	}
	var scripts []string
	for _, program := range programs {
		for _, input := range inputs {
			scripts = append(scripts, fmt.Sprintf("printf '%s' | sed %s | od -c", input, program))
		}
	}
	compareWithBusybox(t, batched(scripts))
}

func TestNULInFilesOfSed(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\0b\nc\0d' >f; sed -n 1wout f; od -c out
printf 'a\0b\nc\0d' >f; sed -n wout f; od -c out
printf 'a\0b\nc\0d' >f; sed 's/[bd]/&&/wout' f | od -c; od -c out
printf 'a\0b\nc\0d' >f; sed '1rf' one | od -c
printf 'a\0b\nc\0d' >f; sed -i 's/./&&/' f; od -c f
printf 'a\0b\nc\0d' >f; sed p f one | od -c
printf 'a\0b\nc\0d' >f; { sed -n 1p; cat; } <f | od -c
`))
}

func TestNULEndsLinesOfOthers(t *testing.T) {
	var scripts []string
	for _, command := range []string{
		"cat -n", "cat -b", "cat -v", "cat -A", "head -n 1", "head -n -1", "head -n -2", "head -n -9", "head -c -2", "tail -n 2", "tail -n +2", "nl -ba", "rev", "tac",
		"expand", "fold -w 2", "cut -c 1", "cut -f 2", "sort", "uniq", "wc -l", "wc -m", "grep -n .", "grep -c a", "paste -s", "comm -3 - one", "tr '\\0' x", "strings -n 1",
		"xargs -n 1", "while read -r l; do echo \"<$l>\"; done",
	} {
		for _, input := range []string{`a\0b\n\0\nx`, `a\tb\0`, `\0a\n`} {
			scripts = append(scripts, fmt.Sprintf("printf '%s' | %s | od -c", input, command))
		}
	}
	for _, algorithm := range []string{"md5sum", "sha256sum"} {
		scripts = append(scripts, fmt.Sprintf(`printf 'x  a\n\0y\n' | %s -c`, algorithm), fmt.Sprintf(`%s one | tr '\n' '\0' | %s -c`, algorithm, algorithm))
	}
	compareWithBusybox(t, batched(scripts))
}

func TestCharactersOfBrokenUTF8(t *testing.T) {
	compareWithBusybox(t, batches(`
printf 'a\0b\n\377\200x\nlast' | wc -m
printf '\303\244\200\n' | wc -m
printf '\303\244\200\n' | wc -mc
printf '\200\200\200' | wc -mlw
printf '\303\303\303\n' | wc -m
printf '\360\237\230\200' | wc -m
`))
}
