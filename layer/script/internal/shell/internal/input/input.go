// Package input reads what the builtins read and mapfile take from standard input.
package input

import (
	"io"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/expand"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// Shell is the shell that reads. Each method ends the run if it returns an error, as those of [expand.Shell] do.
type Shell interface {
	Spend(bytes int) error
	Refuse(format string, args ...any) error
	Exceeded(format string, args ...any) error
}

// Delimiter returns what ends a line, by the arguments of a builtin's options: a newline, or the first byte of the argument of -d, or 0.
func Delimiter(arguments map[byte]string) byte {
	argument, ok := arguments['d']
	switch {
	case !ok:
		return '\n'
	case argument == "":
		return 0
	}
	return argument[0]
}

// Line reads a line byte by byte, since what is behind it is for the next command. Unless it is raw, a backslash takes the meaning of the byte
// behind it. The end of the input is one of the line, too.
func Line(shell Shell, in io.Reader, line *words.Splitter, raw bool, delimiter byte) (end bool, err error) {
	if delimiter == '\\' && !raw {
		return true, shell.Refuse("read -d of a backslash is not supported without -r")
	}
	b := make([]byte, 1)
	for escaped := false; ; {
		n, err := in.Read(b)
		if n == 0 {
			if err == io.EOF || err != nil && !busybox.Fatal(err) {
				return true, nil
			} else if err != nil {
				return true, err
			}
			continue
		}
		switch {
		case escaped && b[0] == 0 && delimiter == 0:
			return true, shell.Refuse("read -d '' of a backslash before the end of a line is not supported without -r")
		case escaped:
			if b[0] != '\n' {
				line.AddEscaped(b[0])
			}
			escaped = false
			continue
		case b[0] == '\\' && !raw:
			escaped = true
			continue
		case b[0] == delimiter:
			return false, nil
		case b[0] == 0:
			continue
		}
		line.Add(b[0])
		if err := shell.Spend(1); err != nil {
			return true, err
		}
		if line.Len() > expand.MaxValue {
			return true, shell.Exceeded("read: a line of more than %d bytes", expand.MaxValue)
		}
	}
}

// Lines reads all lines for a builtin of a name, with their delimiters or without.
func Lines(shell Shell, in io.Reader, builtin string, delimiter byte, keep bool) ([]string, error) {
	text, err := io.ReadAll(io.LimitReader(in, expand.MaxValue+1))
	if busybox.Fatal(err) {
		return nil, err
	}
	if len(text) > expand.MaxValue {
		return nil, shell.Exceeded("%s: more than %d bytes", builtin, expand.MaxValue)
	}
	var lines []string
	separator := string([]byte{delimiter})
	for rest := string(text); rest != ""; {
		line, behind, ended := strings.Cut(rest, separator)
		if rest = behind; ended && keep {
			line += separator
		}
		lines = append(lines, strings.ReplaceAll(line, "\x00", ""))
	}
	return lines, nil
}
