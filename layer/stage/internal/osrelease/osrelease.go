package osrelease

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

const (
	file    = "etc/os-release"
	maxFile = 1 << 20 // bytes
)

// Set sets variables of /etc/os-release (os-release(5)), in the file that it links to if it is a link. Variables that the file
// has keep their lines, the others follow in the order of their names. A missing file is created, 0644 and owned by root. Names are
// those of the file, such as PRETTY_NAME; values are without quotes.
func Set(t *tree.Tree, values map[string]string) error {
	if len(values) == 0 {
		return nil
	}
	for name, value := range values {
		if err := Check(name, value); err != nil {
			return err
		}
	}
	before, err := t.ReadFile(file, maxFile)
	switch {
	case errors.Is(err, tree.ErrNotExist):
		if err := t.MkdirAll("etc", 0o755); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	return t.WriteFile(file, []byte(withVariables(string(before), values)), 0o644)
}

// Check says what is wrong with a variable of os-release, or returns nil.
func Check(name, value string) error {
	isName := name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == "" && (name[0] < '0' || name[0] > '9')
	switch {
	case !isName:
		return fmt.Errorf("%q is not a variable of os-release: want capital letters, digits and _, as in PRETTY_NAME", name)
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("the value of %s contains a control character", name)
	}
	return nil
}

// withVariables returns the text of os-release with other values.
func withVariables(text string, values map[string]string) string {
	var b strings.Builder
	written := make(map[string]bool)
	for line := range strings.Lines(text) {
		name, _, ok := strings.Cut(strings.TrimSpace(line), "=")
		value, isSet := values[name]
		switch {
		case !ok || !isSet || strings.HasPrefix(name, "#"):
			b.WriteString(line)
			if !strings.HasSuffix(line, "\n") {
				b.WriteByte('\n')
			}
		case !written[name]:
			written[name] = true
			fmt.Fprintf(&b, "%s=%s\n", name, quote(value))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !written[name] {
			fmt.Fprintf(&b, "%s=%s\n", name, quote(values[name]))
		}
	}
	return b.String()
}

// quote writes a value as Alpine's own file does: in double quotes unless it has only letters, digits and . _ -.
func quote(value string) string {
	isPlain := value != "" && !strings.ContainsFunc(value, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '.' && r != '_' && r != '-'
	})
	if isPlain {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(value) + `"`
}
