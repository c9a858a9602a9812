package grammar

import "path"

// Dialect is a language of shells.
type Dialect uint8

const (
	// Ash is that of busybox.
	Ash Dialect = iota
	// Bash is that of GNU Bash, as far as it is interpreted.
	Bash
)

// String is the name of the shell.
func (d Dialect) String() string { return [...]string{"ash", "bash"}[d] }

// DialectOf returns the dialect of a shell, by its name or path. It is not ok if the program is no shell that is interpreted.
func DialectOf(program string) (d Dialect, ok bool) {
	switch path.Base(program) {
	case "sh", "ash", "dash":
		return Ash, true
	case "bash":
		return Bash, true
	}
	return Ash, false
}
