package busybox

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

func cut(c *Call) (int, error) {
	opts, args, err := c.getopt("b:c:f:d:sn", "")
	if err != nil {
		return 0, err
	}
	mode, list := byte(0), ""
	for _, o := range opts {
		if o.letter == 'b' || o.letter == 'c' || o.letter == 'f' {
			if mode != 0 {
				return c.usage(), nil
			}
			mode, list = o.letter, o.value
		}
	}
	if mode == 0 {
		c.complain("expected a list of bytes, characters, or fields")
		return 1, nil
	}
	delimiter, joint := byte('\t'), "\t"
	if d, ok := opts.last('d'); ok {
		if mode != 'f' {
			return c.complain("a delimiter may be specified only when operating on fields"), nil
		}
		if d != "" { // an empty one is a tab
			delimiter, joint = d[0], d
		}
	}
	if d, ok := opts.last('d'); ok && c.isOther() && len(d) != 1 {
		return 0, c.Unsupported(c.Line, "cut: the delimiter %q is not supported", d)
	}
	if opts.has('s') && mode != 'f' {
		return c.complain("suppressing non-delimited lines makes sense only when operating on fields"), nil
	}
	ranges, problem := parseRanges(list, mode == 'f')
	if problem != "" {
		return c.complain("%s", problem), nil
	}
	for i, r := range ranges[min(1, len(ranges)):] {
		if mode == 'f' && len(ranges) > 2 && r[0] == ranges[i][0] && r[1] != ranges[i][1] { // busybox' order of these is that of qsort(3)
			return 0, c.Unsupported(c.Line, "cut: several ranges from field %d on are not supported", r[0])
		}
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(name string, content []byte) error {
		list, err := c.records(content)
		if err != nil {
			return err
		}
		for _, line := range list {
			text := chomp(line)
			switch mode {
			case 'f':
				if bytes.IndexByte(text, delimiter) < 0 {
					if !opts.has('s') || len(text) == 0 {
						c.Out.Write(text)
						c.Out.WriteByte('\n')
					}
					continue
				}
				if c.isOther() {
					pickPresent(&c.Out, text, delimiter, ranges)
				} else {
					pickFields(&c.Out, text, delimiter, joint, ranges)
				}
			default: // characters are bytes to busybox
				c.Out.Write(pick(text, ranges))
			}
			c.Out.WriteByte('\n')
			if err := c.Bounded(); err != nil {
				return err
			}
		}
		return nil
	})
}

// pick returns the bytes whose numbers, from 1 on, are in a range.
func pick(parts []byte, ranges [][2]int) (picked []byte) {
	next := 0
	for _, r := range ranges {
		for i := max(r[0]-1, next); i < len(parts) && i < r[1]; i++ {
			picked = append(picked, parts[i])
			next = i + 1
		}
	}
	return picked
}

// pickPresent prints the fields whose numbers are in a range, as GNU's cut does.
func pickPresent(out *bytes.Buffer, text []byte, delimiter byte, ranges [][2]int) {
	printed := false
	number := 0
	for field := range bytes.SplitSeq(text, []byte{delimiter}) {
		number++
		if !slices.ContainsFunc(ranges, func(r [2]int) bool { return r[0] <= number && number <= r[1] }) {
			continue
		}
		if printed {
			out.WriteByte(delimiter)
		}
		out.Write(field)
		printed = true
	}
}

// pickFields prints the fields of each range. It reads the line once: a range whose fields were in one before it has
// the empty field that begins there, if any, and behind the last field each range has an empty one.
func pickFields(out *bytes.Buffer, text []byte, delimiter byte, joint string, ranges [][2]int) {
	at, start, field, printed := 0, 0, 1, false
	for _, r := range ranges {
		for first := true; first || field <= r[1]; first = false {
			end := at
			if at == len(text) {
				if field < r[0] {
					start = at
				}
			} else {
				if at++; text[end] != delimiter {
					continue
				} else if field++; field <= r[0] {
					start = at
					continue
				}
			}
			if printed {
				out.WriteString(joint)
			}
			out.Write(text[start:end])
			start, printed = at, true
			if end == len(text) {
				break
			}
		}
	}
}

// parseRanges reads cut's LIST, and returns its ranges in order. The last number of an
// open range is the largest there is. Nothing between commas means nothing. A range that
// ends just before it begins has no field, but its first character.
func parseRanges(list string, fields bool) (ranges [][2]int, problem string) {
	const most = int(^uint(0) >> 1)
	for item := range strings.SplitSeq(list, ",") {
		if item == "" {
			continue
		}
		low, high, isRange := strings.Cut(item, "-")
		r := [2]int{1, most}
		for i, text := range []string{low, high} {
			if text == "" {
				continue
			}
			n, err := strconv.ParseUint(text, 10, 31)
			if err != nil {
				return nil, "invalid number '" + text + "'"
			}
			r[i] = int(n)
		}
		if !isRange {
			r[1] = r[0]
		}
		if r[0] = max(r[0], 1); r[1] < r[0]-1 {
			return nil, fmt.Sprintf("%d<%d", r[1], r[0]-1)
		}
		if !fields || !isRange {
			r[1] = max(r[1], r[0])
		}
		ranges = append(ranges, r)
	}
	sort.SliceStable(ranges, func(i, j int) bool { return ranges[i][0] < ranges[j][0] })
	return ranges, ""
}
