package busybox

import (
	"fmt"
	"math"
	"path"
)

// timeout runs a command with a limit of time. Commands take no time but for "sleep", for which it stands: one that is longer than the limit
// is ended as busybox does it. A sleep in a script that goes beyond the limit is refused, see [Call.passTime].
func timeout(c *Call) (int, error) {
	opts, args, err := c.getopt("+s:k:", "")
	if err != nil {
		return 0, err
	}
	signal := "TERM"
	if name, ok := opts.last('s'); ok {
		if signal, ok = Signal(name); !ok {
			return c.complain("unknown signal '%s'", name), nil
		}
	}
	durations := opts.all('k')
	if len(args) > 0 {
		durations = append(durations, args[0])
	}
	for _, text := range durations {
		if !duration.MatchString(text) {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	if len(args) < 2 {
		return c.usage(), nil
	}
	limit := secondsOf(args[:1])
	if command := args[1:]; path.Base(command[0]) == "sleep" && c.Which(command[0]) != "" && c.areDurations(command[1:]) {
		slept := secondsOf(command[1:])
		end, ok := endedBy[signal]
		switch {
		case slept < limit:
		case slept <= math.Ceil(limit) || !ok || opts.has('k') || c.isOther(): // of the first, busybox' answer is not always the same
			return 0, c.Unsupported(c.Line, "timeout %s ends sleep in a way that is not supported: leave out the sleep", args[0])
		default:
			if end.word != "" {
				fmt.Fprintln(&c.Err, end.word) // as the shell says it
			}
			return end.status, nil
		}
	}
	outer := c.timeLimit
	defer func() { c.timeLimit = outer }()
	if inner := c.slept + limit; outer == 0 || inner < outer {
		c.timeLimit = inner
	}
	return c.child(args[1:], c.Stdin, nil, cannotExecute)
}

// endedBy is what the shell says of a command that a signal has ended, and its status.
var endedBy = map[string]struct {
	word   string
	status int
}{"HUP": {"Hangup", 129}, "INT": {"", 130}, "KILL": {"Killed", 137}, "TERM": {"Terminated", 143}}

// passTime notes that a command sleeps.
func (c *Call) passTime(seconds float64) error {
	c.slept += seconds
	if c.timeLimit > 0 && c.slept >= c.timeLimit {
		return c.Unsupported(c.Line, "%s: timeout would end the command during it, which is not supported: nothing happens in a build while a command waits", c.Args[0])
	}
	return nil
}

// areDurations reports whether there are arguments that sleep takes.
func (c *Call) areDurations(args []string) bool {
	for _, arg := range args {
		if !duration.MatchString(arg) {
			return false
		}
	}
	return len(args) > 0
}
