package script

import (
	"bytes"
	"os/exec"
	"testing"
)

// TestEnvsubst compares with gettext's program, or where that is missing with what it printed.
func TestEnvsubst(t *testing.T) {
	program, err := exec.LookPath("envsubst")
	for _, test := range []struct{ input, arguments, want string }{
		{`$A ${A} $B ${B}x $U[${U}] ${E}- $$A \$A ${A:-d} ${A $ $1 ${1} ${A}} $A_ $A-`, "", `1 1 x y x yx [] - $1 \1 ${A:-d} ${A $ $1 ${1} 1}  1-`},
		{"${} ${a-b} $(A) ${A", "", "${} ${a-b} $(A) ${A"},
		{"$A $B\n${A}\n", "'$A'", "1 $B\n1\n"},
		{"$A $B ${B}\n", "'${B} foo'", "$A x y x y\n"},
		{"$A", "''", "$A"}, {"$A $B", "'no variables'", "$A $B"}, {"$A", "-- '$A'", "1"},
		{"a\x00$A\n\xff$A$", "", "a\x001\n\xff1$"}, {"${A\n}$A", "", "${A\n}1"}, {"$AB${B}$$B$${B}${$A}", "", "x y$x y$x y${1}"},
		{"", "-v '$A$A ${B} ${A'", "A\nA\nB\n"}, {"", "--variables '$A'", "A\n"},
		{"", "a b || echo $?", "1\n"}, {"", "-v || echo $?", "1\n"}, {"", "'$A' '$B' || echo $?", "1\n"},
		{"$HOME$PATH1", "'$PATH1'", "$HOME"},
	} {
		text := "export A=1 B='x y' E= PATH1=; { printf '%b' \"$INPUT\" | envsubst " + test.arguments + "; } 2>/dev/null"
		input := "INPUT=" + escapedForPrintf(test.input)
		if err == nil {
			command := exec.Command("sh", "-c", text)
			command.Env = []string{"PATH=" + "/usr/bin:/bin", input}
			got, err := command.Output()
			if err != nil || string(got) != test.want {
				t.Errorf("%s prints %q for %q %s, %v; want %q", program, got, test.input, test.arguments, err, test.want)
			}
		}
		got, err := runCommands(t, Options{}, "INPUT='"+escapedForPrintf(test.input)+"'; "+text)
		if err != nil || got != test.want {
			t.Errorf("%q %s: got %q, %v; want %q", test.input, test.arguments, got, err, test.want)
		}
	}
}

// escapedForPrintf escapes what "printf %b" takes for something else, and what a shell does.
func escapedForPrintf(text string) string {
	var b bytes.Buffer
	for _, c := range []byte(text) {
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case c < ' ' || c > '~':
			b.WriteString(`\0` + string([]byte{'0' + c>>6, '0' + c>>3&7, '0' + c&7}))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
