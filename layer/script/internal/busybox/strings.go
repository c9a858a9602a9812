package busybox

import (
	"fmt"
	"math"
)

// printableStrings is "strings": the sequences of printable characters in a file.
func printableStrings(c *Call) (int, error) {
	opts, args, err := c.getopt("afon:t:", "")
	if err != nil {
		return 0, err
	}
	least := 4
	if text, ok := opts.last('n'); ok {
		var problem string
		if least, problem = numberWithin(text, 1, math.MaxInt32); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	radix, hasOffset := opts.last('t')
	if opts.has('o') && !hasOffset {
		radix, hasOffset = "o", true
	}
	if hasOffset && radix != "o" && radix != "d" && radix != "x" {
		return c.usage(), nil
	}
	return c.inputs(args, messages{"%s: %s", ""}, func(name string, content []byte) error {
		if len(args) == 0 {
			name = "{standard input}"
		}
		for i := 0; i < len(content); i++ {
			begin := i
			for i < len(content) && (' ' <= content[i] && content[i] < 0x7f || content[i] == '\t') {
				i++
			}
			if i-begin < least {
				continue
			}
			if opts.has('f') {
				c.Out.WriteString(name + ": ")
			}
			if hasOffset {
				fmt.Fprintf(&c.Out, "%7"+radix+" ", begin)
			}
			c.Out.Write(content[begin:i])
			c.Out.WriteByte('\n')
			if err := c.Bounded(); err != nil {
				return err
			}
		}
		return nil
	})
}
