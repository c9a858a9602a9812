// Package dirstack has the directory stack of Bash (bash(1), "The Directory Stack"), without the operands that turn it around.
package dirstack

import (
	"fmt"
	"strings"
)

// Stack lists the directories below the one that the shell is in, from the top on. It is never changed in place.
type Stack []string

// Push returns where pushd goes from a directory, and the stack there. Without an operand it takes the place of the top.
func (s Stack) Push(from, operand string) (to string, after Stack) {
	if operand != "" {
		return operand, append(Stack{from}, s...)
	}
	return s[0], append(Stack{from}, s[1:]...)
}

// Pop returns where popd goes, and the stack there.
func (s Stack) Pop() (to string, after Stack) { return s[0], s[1:] }

// Format returns what dirs prints in a directory with an option: "", -l, -p or -v. A home directory, unless it is "", is shown as "~".
func (s Stack) Format(dir, home, option string) string {
	var text strings.Builder
	all := append([]string{dir}, s...)
	for i, dir := range all {
		if below, ok := strings.CutPrefix(dir, home); ok && option != "-l" && home != "/" && home != "" && (below == "" || below[0] == '/') {
			dir = "~" + below
		}
		switch {
		case option == "-v":
			fmt.Fprintf(&text, "%2d  %s\n", i, dir)
		case option == "-p" || i == len(all)-1:
			text.WriteString(dir + "\n")
		default:
			text.WriteString(dir + " ")
		}
	}
	return text.String()
}
