package console

import (
	"strings"

	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/terminal"
)

// Shown returns a message without the passwords of URLs, those on the command line first of all, and without what a terminal would act on: parts
// of it come from packages, servers and files.
func Shown(args []string, message string) string {
	var values []string
	for _, arg := range args {
		values = append(values, arg, strings.TrimLeft(arg, "-"))
		if name, value, ok := strings.Cut(arg, "="); ok {
			values = append(values, value, strings.TrimLeft(name, "-"))
		}
	}
	return terminal.Escape(redact.Values(message, values...))
}
