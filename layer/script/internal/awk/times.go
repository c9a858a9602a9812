package awk

import (
	"time"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// strftime is strftime([format[, seconds]]) in UTC and the C locale.
func (m *machine) strftime(args []value) value {
	format := "%a %b %e %H:%M:%S %Z %Y"
	when := m.config.Now
	if len(args) > 0 {
		format = m.text(args[0])
	}
	if len(args) > 1 {
		when = time.Unix(int64(args[1].number()), 0)
	}
	if !m.spend(int64(len(format))) {
		return value{}
	}
	when = when.UTC()
	text, unknown := libc.Strftime(format, when)
	if unknown != 0 {
		m.unsupported("the time format %q", "%"+string(unknown))
		return value{}
	}
	if when.Year() < 1000 || when.Year() > 9999 {
		m.unsupported("a time in the year %d", when.Year())
		return value{}
	}
	if !m.allocate(int64(len(text))) {
		return value{}
	}
	return str(text)
}
