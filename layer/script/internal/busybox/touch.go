package busybox

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/layer/tree"
)

func touch(c *Call) (int, error) {
	opts, args, err := c.getopt("cfhamd:t:r:", "no-create=c no-dereference=h date=d reference=r")
	if err != nil {
		return 0, err
	}
	if len(args) == 0 || opts.has('r') && opts.has('t') {
		return c.usage(), nil
	}
	change := c.Tree.Touch
	if file, ok := opts.last('r'); ok {
		n, err := c.look(file, true)
		if err != nil {
			return c.complain("can't stat '%s': %s", file, Reason(err)), nil
		}
		change = func(to *tree.Node) error { return c.Tree.SetTime(to, n.ModTime) }
	}
	text, ok := "", false
	for _, o := range opts { // the last of -d and -t decides
		if o.letter == 'd' || o.letter == 't' {
			text, ok = o.value, true
		}
	}
	if ok {
		zone, err := c.zone()
		if err != nil {
			return 0, err
		}
		base := c.Now.In(zone)
		if d, isDate := opts.last('d'); isDate && d == text {
			if err := c.checkDate(text); err != nil {
				return 0, err
			}
			if c.isOther() { // a day begins at midnight there
				year, month, day := base.Date()
				base = time.Date(year, month, day, 0, 0, 0, 0, zone)
			}
		}
		when, ok := parseDate(text, base)
		if !ok {
			return c.complain("invalid date '%s'", text), nil
		}
		change = func(n *tree.Node) error { return c.Tree.SetTime(n, when) }
	}
	status := 0
	for _, name := range args {
		n, err := c.look(name, !opts.has('h'))
		if errors.Is(err, tree.ErrNotExist) {
			if opts.has('c') {
				continue
			}
			if _, err = c.Tree.OpenWriter(c.file(name), tree.Create, c.masked(0o666)); err == nil {
				n, err = c.look(name, true)
			}
		}
		if err != nil {
			status = c.complain("%s: %s", name, Reason(err))
			continue
		}
		if !opts.has('a') || opts.has('m') {
			if err := change(n); err != nil {
				status = c.complain("%s: %s", name, Reason(err))
			}
		}
	}
	return status, nil
}

// parseDate reads what busybox takes as a time: @SECONDS, [MM.DD-|YYYY.MM.DD-|YYYY-MM-DD ]hh:mm[:ss],
// YYYY-MM-DD and [[[[[YY]YY]MM]DD]hh]mm[.ss]. Missing parts are those of now, and so is the time zone.
func parseDate(text string, now time.Time) (time.Time, bool) {
	if rest, ok := strings.CutPrefix(text, "@"); ok {
		n, err := strconv.ParseInt(rest, 10, 40)
		return time.Unix(n, 0).In(now.Location()), err == nil && !strings.HasPrefix(rest, "+") && n != -1 // which is an error to C
	}
	d := dateReader{rest: text, fields: [6]int{now.Year(), int(now.Month()), now.Day(), now.Hour(), now.Minute(), now.Second()}, ok: true}
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	hasSeconds := digits == len(text)-3 && text[digits] == '.'
	switch {
	case digits > 0 && digits%2 == 0 && (digits == len(text) || hasSeconds || digits >= 8 && digits <= 12):
		d.compact(digits)
	case strings.Count(text, "-") >= 2:
		d.year(d.number('-'))
		d.fields[1] = d.number('-')
		day, clock, hasClock := strings.Cut(d.rest, " ")
		d.rest = day
		d.fields[2] = d.number(0)
		if hasClock {
			d.rest = clock
			d.clock(true)
		}
	case strings.Contains(text, "."):
		if strings.Count(text, ".") == 2 {
			d.year(d.number('.'))
		}
		d.fields[1] = d.number('.')
		d.fields[2] = d.number('-')
		d.clock(false)
	default:
		d.clock(false)
	}
	f := d.fields
	if !d.ok || f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31 || f[3] > 23 || f[4] > 59 || f[5] > 60 {
		return time.Time{}, false
	}
	made := time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], 0, now.Location())
	return made, made.Unix() != -1
}

// checkDate refuses what GNU's programs may take for another time than busybox does, or for none.
func (c *Call) checkDate(text string) error {
	if !c.isOther() {
		return nil
	}
	if rest, ok := strings.CutPrefix(text, "@"); ok && isNumber(rest) {
		return nil
	}
	for _, layout := range [...]string{time.DateOnly, time.DateTime, "2006-01-02 15:04", "15:04", time.TimeOnly} {
		if _, err := time.Parse(layout, text); err == nil {
			return nil
		}
	}
	return c.Unsupported(c.Line, "%s: the date %q is not supported: write it as @SECONDS, YYYY-MM-DD or YYYY-MM-DD hh:mm:ss", c.Args[0], text)
}

type dateReader struct {
	rest   string
	fields [6]int // year, month, day, hour, minute, second
	ok     bool
}

// number reads digits and the byte that must follow; 0 is the end.
func (d *dateReader) number(end byte) int {
	text, rest := d.rest, ""
	if end != 0 {
		var found bool
		text, rest, found = strings.Cut(d.rest, string(end))
		d.ok = d.ok && found
	}
	d.rest = rest
	n, err := strconv.ParseUint(text, 10, 16)
	d.ok = d.ok && err == nil
	return int(n)
}

func (d *dateReader) year(n int) { d.fields[0] = n }

func (d *dateReader) clock(hourAlone bool) {
	switch strings.Count(d.rest, ":") {
	case 0:
		d.ok = d.ok && hourAlone
		d.fields[3] = d.number(0)
	case 1:
		d.fields[3], d.fields[4] = d.number(':'), d.number(0)
	default:
		d.fields[3], d.fields[4], d.fields[5] = d.number(':'), d.number(':'), d.number(0)
	}
}

func (d *dateReader) compact(digits int) {
	text, seconds, hasSeconds := strings.Cut(d.rest, ".")
	if len(text) != digits || digits > 12 {
		d.ok = false
		return
	}
	pair := func(from int) int {
		n, _ := strconv.Atoi(text[from : from+2])
		return n
	}
	at := 4
	for i := digits - 2; i >= 0 && at > 0; i -= 2 {
		d.fields[at] = pair(i)
		at--
	}
	switch digits {
	case 10:
		// The year of that name that is nearest.
		year := d.fields[0]
		d.fields[0] = year - year%100 + pair(0)
		if d.fields[0] > year+50 {
			d.fields[0] -= 100
		} else if d.fields[0] <= year-50 {
			d.fields[0] += 100
		}
	case 12:
		d.fields[0] = pair(0)*100 + pair(2)
	}
	d.fields[5] = 0
	if hasSeconds {
		d.rest = seconds
		d.fields[5] = d.number(0)
	}
}
