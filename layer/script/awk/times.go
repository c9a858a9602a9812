package awk

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// mktime is the time that "YYYY MM DD HH MM SS [DST]" names in UTC, or -1.
func mktime(s string) int64 {
	var n []int
	for _, f := range strings.Fields(s) {
		i, err := strconv.Atoi(f)
		if err != nil || i < -1e6 || i > 1e6 {
			break
		}
		n = append(n, i)
	}
	if len(n) < 6 {
		return -1
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC).Unix()
}

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
	var b strings.Builder
	m.formatTime(&b, format, when.UTC())
	if !m.allocate(int64(b.Len())) {
		return value{}
	}
	return str(b.String())
}

// timeLayouts are conversions that package time has too.
var timeLayouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'm': "01", 'M': "04",
	'p': "PM", 'S': "05", 'Y': "2006", 'y': "06", 'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06", 'x': "01/02/06",
	'X': "15:04:05", 'c': "Mon Jan _2 15:04:05 2006", 'r': "03:04:05 PM", 'j': "002",
}

func (m *machine) formatTime(b *strings.Builder, format string, t time.Time) {
	for i := 0; i < len(format) && m.spend(1); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		c := format[i]
		year, week := t.ISOWeek()
		weekday := int(t.Weekday())
		switch c {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case 'Z':
			b.WriteString("UTC")
		case 'z':
			b.WriteString("+0000")
		case 'u':
			b.WriteString(strconv.Itoa((weekday+6)%7 + 1))
		case 'w':
			b.WriteString(strconv.Itoa(weekday))
		case 'C':
			fmt.Fprintf(b, "%02d", t.Year()/100)
		case 'G':
			b.WriteString(strconv.Itoa(year))
		case 'V':
			fmt.Fprintf(b, "%02d", week)
		case 'U':
			fmt.Fprintf(b, "%02d", (t.YearDay()+6-weekday)/7)
		case 'W':
			fmt.Fprintf(b, "%02d", (t.YearDay()+6-(weekday+6)%7)/7)
		default:
			layout, ok := timeLayouts[c]
			if !ok || t.Year() < 1000 || t.Year() > 9999 {
				m.unsupported("the time format %q", "%"+string(c))
				return
			}
			b.WriteString(t.Format(layout))
		}
	}
}
