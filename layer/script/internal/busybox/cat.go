package busybox

import (
	"fmt"
)

func cat(c *Call) (int, error) {
	opts, args, err := c.getopt("unb", "")
	if err != nil {
		return 0, err
	}
	line := 0
	return c.inputs(args, messages{"can't open '%s': %s", "%.0sread error: Is a directory"}, func(_ string, content []byte) error {
		if !opts.has('n') && !opts.has('b') {
			c.Out.Write(content)
			return nil
		}
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for _, text := range list {
			if !opts.has('b') || len(chomp(text)) > 0 {
				line++
				fmt.Fprintf(&c.Out, "%6d\t", line)
			}
			c.Out.Write(chomp(text))
			c.Out.WriteByte('\n')
		}
		return nil
	})
}
