package libc

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// layouts are those of package time for what they can say, and three characters, each behind its letter.
const layouts = "|a=Mon|A=Monday|b=Jan|h=Jan|B=January|c=Mon Jan _2 15:04:05 2006|d=02|D=01/02/06|x=01/02/06|e=_2|F=2006-01-02|H=15|" +
	"I=03|m=01|M=04|p=PM|r=03:04:05 PM|R=15:04|S=05|T=15:04:05|X=15:04:05|y=06|z=-0700|Z=MST|%=%|n=\n|t=\t|"

// Strftime formats a time, in its time zone, as the C locale has it. It returns the first letter
// that it does not know, or 0.
func Strftime(format string, t time.Time) (text string, unknown byte) {
	var out []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out = append(out, format[i])
			continue
		}
		if i++; i == len(format) {
			break
		}
		if _, layout, ok := strings.Cut(layouts, "|"+format[i:i+1]+"="); ok {
			layout, _, _ = strings.Cut(layout, "|")
			out = t.AppendFormat(out, layout)
			continue
		}
		n, width := 0, 2
		switch format[i] {
		case 'C':
			n = t.Year() / 100
		case 'j':
			n, width = t.YearDay(), 3
		case 's':
			n, width = int(t.Unix()), 0
		case 'u':
			n, width = (int(t.Weekday())+6)%7+1, 0
		case 'w':
			n, width = int(t.Weekday()), 0
		case 'U':
			n = (t.YearDay() + 6 - int(t.Weekday())) / 7
		case 'W':
			n = (t.YearDay() + 6 - (int(t.Weekday())+6)%7) / 7
		case 'V':
			_, n = t.ISOWeek()
		case 'G':
			n, _ = t.ISOWeek()
			width = 0
		case 'g':
			n, _ = t.ISOWeek()
			n %= 100
		case 'Y':
			n, width = t.Year(), 0
		default:
			return "", format[i]
		}
		out = fmt.Appendf(out, "%0*d", width, n)
	}
	return string(out), 0
}

// Mktime is the time that "YYYY MM DD HH MM SS [DST]" names in UTC, or -1.
func Mktime(s string) int64 {
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
