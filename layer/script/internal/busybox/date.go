package busybox

import (
	"fmt"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// date prints the time of the build.
func date(c *Call) (int, error) {
	opts, args, err := c.getopt("uRd:r:I::", "utc=u date=d reference=r rfc-2822=R")
	if err != nil {
		return 0, err
	}
	if opts.has('R') && opts.has('I') {
		return c.usage(), nil
	}
	zone := time.UTC
	if !opts.has('u') {
		if zone, err = c.zone(); err != nil {
			return 0, err
		}
	}
	when := c.Now.In(zone)
	if file, ok := opts.last('r'); ok {
		n, err := c.look(file, true)
		if err != nil {
			return c.complain("can't stat '%s': %s", file, Reason(err)), nil
		}
		when = n.ModTime.In(zone)
	}
	if text, ok := opts.last('d'); ok {
		if err := c.checkDate(text); err != nil {
			return 0, err
		}
		year, month, day := c.Now.In(zone).Date()
		midnight := time.Date(year, month, day, 0, 0, 0, 0, zone) // what is left out is 0 here, unlike touch
		if when, ok = parseDate(text, midnight); !ok {
			return c.complain("invalid date '%s'", text), nil
		}
	}
	format := "%a %b %e %H:%M:%S %Z %Y"
	if opts.has('R') {
		format = "%a, %d %b %Y %H:%M:%S %z"
	}
	if spec, ok := opts.last('I'); ok {
		offset := when.Format("-07:00")
		switch spec {
		case "", "date":
			format = "%Y-%m-%d"
		case "hours":
			format = "%Y-%m-%dT%H" + offset
		case "minutes":
			format = "%Y-%m-%dT%H:%M" + offset
		case "seconds":
			format = "%Y-%m-%dT%H:%M:%S" + offset
		case "ns":
			format = "%Y-%m-%dT%H:%M:%S,000000000" + offset // files have whole seconds here
		default:
			return c.usage(), nil
		}
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "+") {
		format, args = args[0][1:], args[1:]
	}
	if len(args) > 0 {
		if opts.has('d') || len(args) > 1 {
			return c.usage(), nil
		}
		if _, ok := parseDate(args[0], c.Now); !ok {
			return c.complain("invalid date '%s'", args[0]), nil
		}
		return 0, c.Unsupported(c.Line, "date: setting the time is not supported")
	}
	text, bad := libc.Strftime(format, when)
	if bad != 0 {
		return 0, c.Unsupported(c.Line, "date: %%%c is not supported", bad)
	}
	fmt.Fprintln(&c.Out, text)
	return 0, nil
}
