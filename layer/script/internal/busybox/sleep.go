package busybox

import (
	"regexp"
	"strconv"
	"strings"
)

var duration = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)[smhd]?$`)

// sleep takes no time, but for timeout.
func sleep(c *Call) (int, error) {
	if len(c.Args) < 2 {
		return c.usage(), nil
	}
	for _, arg := range c.Args[1:] {
		if !duration.MatchString(arg) {
			return c.complain("invalid number '%s'", arg), nil
		}
	}
	if c.Background > 0 {
		return 0, c.Unsupported(c.Line, "%s in the background is not supported: it is for what happens meanwhile", c.Args[0])
	}
	return 0, c.passTime(secondsOf(c.Args[1:]))
}

// secondsOf is the sum of durations such as "5", "0.5" and "2m".
func secondsOf(durations []string) (sum float64) {
	for _, text := range durations {
		number := strings.TrimRight(text, "smhd")
		value, _ := strconv.ParseFloat(number, 64)
		switch text[len(number):] {
		case "m":
			value *= 60
		case "h":
			value *= 3600
		case "d":
			value *= 86400
		}
		sum += value
	}
	return sum
}
