package busybox

import (
	"fmt"
	"math"
	"strings"
)

func nl(c *Call) (int, error) {
	opts, args, err := c.getopt("pw:s:v:i:b:", "body-numbering=b line-increment=i number-separator=s starting-line-number=v number-width=w")
	if err != nil {
		return 0, err
	}
	numbers := [...]int{'i': 1, 'v': 1, 'w': 6}
	for _, o := range opts {
		if strings.IndexByte("ivw", o.letter) < 0 {
			continue
		}
		var problem string
		if numbers[o.letter], problem = numberWithin(o.value, 0, math.MaxInt32); problem != "" {
			return c.complain("%s", problem), nil
		}
	}
	if numbers['w'] > maxWidth {
		return 0, c.Unsupported(c.Line, "nl: a width of more than %d columns is not supported", maxWidth)
	}
	separator, style := "\t", byte('t')
	if text, ok := opts.last('s'); ok {
		separator = text
	}
	if text, ok := opts.last('b'); ok {
		style = (text + "n")[0]
	}
	number := numbers['v']
	return c.inputs(args, messages{"%s: %s", ""}, func(_ string, content []byte) error {
		list, err := c.records(content)
		if err != nil {
			return err
		}
		for _, line := range list {
			text := chomp(line)
			if style == 'a' || style == 't' && len(text) > 0 {
				fmt.Fprintf(&c.Out, "%*d%s%s\n", numbers['w'], number, separator, text)
				number += numbers['i']
			} else {
				fmt.Fprintf(&c.Out, "%*s%s\n", numbers['w']+len(separator), "", text)
			}
			if err := c.Bounded(); err != nil {
				return err
			}
		}
		return nil
	})
}
