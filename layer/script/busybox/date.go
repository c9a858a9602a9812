package busybox

import (
	"fmt"
	"strings"
	"time"
)

// date prints the time of the build, in UTC.
func date(c *Call) (int, error) {
	opts, args, err := c.getopt("uRd:r:I::", map[string]byte{"utc": 'u', "date": 'd', "reference": 'r', "rfc-2822": 'R'})
	if err != nil {
		return 0, err
	}
	if zone := c.Env("TZ"); zone != "" && zone != "UTC" && zone != "UTC0" && zone != "GMT" && !opts.has('u') {
		return 0, c.Unsupported(c.Line, "date with TZ=%s is not supported: only UTC is", zone)
	}
	when := c.Now.UTC()
	if file, ok := opts.last('r'); ok {
		n, err := c.look(file, true)
		if err != nil {
			return c.complain("can't stat '%s': %s", file, Reason(err)), nil
		}
		when = n.ModTime.UTC()
	}
	if text, ok := opts.last('d'); ok {
		midnight := c.Now.UTC().Truncate(24 * time.Hour) // what is left out is 0 here, unlike touch
		if when, ok = parseDate(text, midnight); !ok {
			return c.complain("invalid date '%s'", text), nil
		}
	}
	format := "%a %b %e %H:%M:%S %Z %Y"
	if opts.has('R') {
		format = "%a, %d %b %Y %H:%M:%S %z"
	}
	if spec, ok := opts.last('I'); ok {
		switch spec {
		case "", "date":
			format = "%Y-%m-%d"
		case "hours":
			format = "%Y-%m-%dT%H+00:00"
		case "minutes":
			format = "%Y-%m-%dT%H:%M+00:00"
		case "seconds":
			format = "%Y-%m-%dT%H:%M:%S+00:00"
		case "ns":
			format = "%Y-%m-%dT%H:%M:%S,000000000+00:00" // files have whole seconds here
		default:
			return c.usage(), nil
		}
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "+") {
		format, args = args[0][1:], args[1:]
	}
	if len(args) > 0 {
		if _, ok := parseDate(args[0], c.Now); !ok {
			return c.complain("invalid date '%s'", args[0]), nil
		}
		return 0, c.Unsupported(c.Line, "date: setting the time is not supported")
	}
	text, bad := strftime(format, when)
	if bad != 0 {
		return 0, c.Unsupported(c.Line, "date: %%%c is not supported", bad)
	}
	fmt.Fprintln(&c.Out, text)
	return 0, nil
}

// strftime formats a time in UTC as the C locale has it. It returns the first letter
// that it does not know, or 0.
func strftime(format string, t time.Time) (text string, unknown byte) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		if i++; i == len(format) {
			break
		}
		switch format[i] {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'a':
			b.WriteString(t.Format("Mon"))
		case 'A':
			b.WriteString(t.Format("Monday"))
		case 'b', 'h':
			b.WriteString(t.Format("Jan"))
		case 'B':
			b.WriteString(t.Format("January"))
		case 'c':
			b.WriteString(t.Format("Mon Jan _2 15:04:05 2006"))
		case 'C':
			fmt.Fprintf(&b, "%02d", t.Year()/100)
		case 'd':
			b.WriteString(t.Format("02"))
		case 'D', 'x':
			b.WriteString(t.Format("01/02/06"))
		case 'e':
			b.WriteString(t.Format("_2"))
		case 'F':
			b.WriteString(t.Format("2006-01-02"))
		case 'H':
			b.WriteString(t.Format("15"))
		case 'I':
			b.WriteString(t.Format("03"))
		case 'j':
			fmt.Fprintf(&b, "%03d", t.YearDay())
		case 'm':
			b.WriteString(t.Format("01"))
		case 'M':
			b.WriteString(t.Format("04"))
		case 'p':
			b.WriteString(t.Format("PM"))
		case 'r':
			b.WriteString(t.Format("03:04:05 PM"))
		case 'R':
			b.WriteString(t.Format("15:04"))
		case 's':
			fmt.Fprint(&b, t.Unix())
		case 'S':
			b.WriteString(t.Format("05"))
		case 'T', 'X':
			b.WriteString(t.Format("15:04:05"))
		case 'u':
			fmt.Fprint(&b, (int(t.Weekday())+6)%7+1)
		case 'w':
			fmt.Fprint(&b, int(t.Weekday()))
		case 'U':
			fmt.Fprintf(&b, "%02d", (t.YearDay()+6-int(t.Weekday()))/7)
		case 'W':
			fmt.Fprintf(&b, "%02d", (t.YearDay()+6-(int(t.Weekday())+6)%7)/7)
		case 'V', 'G', 'g':
			year, week := t.ISOWeek()
			switch format[i] {
			case 'V':
				fmt.Fprintf(&b, "%02d", week)
			case 'G':
				fmt.Fprint(&b, year)
			default:
				fmt.Fprintf(&b, "%02d", year%100)
			}
		case 'y':
			b.WriteString(t.Format("06"))
		case 'Y':
			fmt.Fprint(&b, t.Year())
		case 'z':
			b.WriteString("+0000")
		case 'Z':
			b.WriteString("UTC")
		default:
			return "", format[i]
		}
	}
	return b.String(), 0
}
