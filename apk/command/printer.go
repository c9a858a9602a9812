package command

import (
	"io"

	"github.com/lamina-oci/lamina/apk"
	fields "github.com/lamina-oci/lamina/apk/command/internal/query"
)

// QueryPrinter returns what prints the packages that "apk query" has found, as the command's options say. The error is that they ask for a
// field or a form that is not known.
func (c *Command) QueryPrinter() (func(io.Writer, []*apk.Package) error, error) {
	if field := c.Value("summarize"); field != "" {
		return func(w io.Writer, packages []*apk.Package) error { return fields.Summarize(w, packages, field) }, nil
	}
	names, format := fields.DefaultFields(), fields.Default
	if list := c.Value("fields"); list != "" {
		var err error
		if names, err = fields.ParseFields(list); err != nil {
			return nil, err
		}
	}
	if name := c.Value("format"); name != "" {
		format = fields.Format(name)
	}
	return func(w io.Writer, packages []*apk.Package) error { return fields.Write(w, packages, names, format) }, nil
}
