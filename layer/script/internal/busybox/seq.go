package busybox

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/libc"
)

// seq prints numbers, as busybox in floating point: the n-th is FIRST + n*INC.
func seq(c *Call) (int, error) {
	opts, args, err := c.getopt("+ws:", "")
	if err != nil {
		return 0, err
	}
	separator, ok := opts.last('s')
	if !ok {
		separator = "\n"
	}
	if len(args) < 1 || len(args) > 3 {
		return c.usage(), nil
	}
	var numbers [3]float64
	width, decimals := 0, 0
	for i, arg := range args {
		n, ok := parseFloat(arg)
		if !ok {
			return c.usage(), nil
		}
		numbers[i] = n
		whole, fraction, _ := strings.Cut(arg, ".")
		width = max(width, len(whole))
		if i < len(args)-1 {
			decimals = max(decimals, len(fraction))
		}
	}
	first, step, last := 1.0, 1.0, numbers[len(args)-1]
	if len(args) > 1 {
		first = numbers[0]
	}
	if len(args) > 2 {
		step = numbers[1]
	}
	switch {
	case !opts.has('w'):
		width = 0
	case decimals > 0:
		width += 1 + decimals
	}
	if step == 0 && first <= last {
		return 0, c.Unsupported(c.Line, "seq: an increment of 0 never ends")
	}
	wrote := false
	for n := 0.0; ; n++ {
		v := first + n*step
		if !(step >= 0 && v <= last || step < 0 && v >= last) {
			break
		}
		if wrote {
			c.Out.WriteString(separator)
		}
		fmt.Fprintf(&c.Out, "%0*.*f", width, min(decimals, maxDecimals), v)
		wrote = true
		if err := c.spend(numberCost); err != nil {
			return 0, err
		}
		if c.Out.Len() < stdinPiece {
			continue
		}
		if err := c.emit(); err != nil || c.Unwritten {
			return 1, err
		}
	}
	if wrote {
		c.Out.WriteByte('\n')
	}
	return 0, nil
}

// numberCost is what a number costs beside its bytes.
const numberCost = 16

// maxDecimals bounds the digits behind the point, more than a number can have.
const maxDecimals = 1100

// parseFloat reads all of a text as strtod(3) does.
func parseFloat(text string) (float64, bool) {
	n, size := libc.ParseFloat(text)
	return n, size > 0 && size == len(text)
}
