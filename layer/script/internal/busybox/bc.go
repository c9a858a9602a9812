package busybox

import (
	"errors"
	"path"

	"github.com/lamina-oci/lamina/layer/script/internal/decimal"
	"github.com/lamina-oci/lamina/layer/tree"
)

// bc is "bc", which calculates what files and then standard input say, without its library and functions.
func bc(c *Call) (int, error) {
	opts, files, err := c.getopt("qlswi", "quiet=q mathlib=l standard=s warn=w interactive=i")
	if err != nil {
		return 0, err
	}
	if opts.has('s') || opts.has('w') || opts.has('i') {
		return 0, c.Unsupported(c.Line, "bc is supported with -l and -q only")
	}
	m, err := c.decimals()
	if err != nil {
		return 0, err
	}
	if opts.has('l') {
		m.Scale = 20
	}
	program := ""
	for _, name := range append(files, "-") {
		text, err := c.open(name, true)
		if Fatal(err) {
			return 0, err
		}
		if err != nil {
			return c.complainOfProgram(name, err), nil
		}
		program += string(text) + "\n"
	}
	return c.calculated(m.RunBC(program))
}

// dc is "dc": programs of -e and -f or of files, else standard input.
func dc(c *Call) (int, error) {
	opts, files, err := c.getopt("+e:f:x", "expression=e file=f")
	if err != nil {
		return 0, err
	}
	if opts.has('x') {
		return 0, c.Unsupported(c.Line, "dc -x is not supported")
	}
	m, err := c.decimals()
	if err != nil {
		return 0, err
	}
	run := decimal.NewDC(m)
	for _, o := range opts {
		text := []byte(o.value)
		if o.letter == 'f' {
			if text, err = c.open(o.value, true); Fatal(err) {
				return 0, err
			}
			if err != nil {
				return c.complainOfProgram(o.value, err), nil
			}
		}
		if isEnded, err := run.Run(string(text)); isEnded || err != nil {
			return c.calculated(err)
		}
	}
	isInput := len(files) == 0 && len(opts) == 0
	if isInput {
		files = []string{"-"}
	}
	for _, name := range files {
		text, err := c.open(name, isInput)
		if Fatal(err) {
			return 0, err
		}
		if err != nil {
			return c.complainOfProgram(name, err), nil
		}
		if isEnded, err := run.Run(string(text)); isEnded || err != nil {
			return c.calculated(err)
		}
	}
	return 0, nil
}

// complainOfProgram says why a program of bc or dc cannot be read.
func (c *Call) complainOfProgram(name string, err error) int {
	if errors.Is(err, tree.ErrIsDir) {
		return c.complain("input error: %s", Reason(err))
	}
	return c.complain("can't open '%s': %s", name, Reason(err))
}

// decimals is what programs of bc and dc run in.
func (c *Call) decimals() (decimal.Machine, error) {
	for _, name := range []string{"BC_LINE_LENGTH", "DC_LINE_LENGTH", "POSIXLY_CORRECT"} {
		if c.Env(name) != "" {
			return decimal.Machine{}, c.Unsupported(c.Line, "%s with %s is not supported", path.Base(c.Args[0]), name)
		}
	}
	return decimal.Machine{Out: printer{c}, Spend: c.spend}, nil
}

// printer is standard output.
type printer struct{ c *Call }

func (p printer) Write(b []byte) (int, error) {
	p.c.Out.Write(b)
	return len(b), p.c.emit()
}

// calculated ends bc or dc.
func (c *Call) calculated(err error) (int, error) {
	var problem decimal.Error
	switch {
	case c.Failure() != nil:
		return 0, c.Failure()
	case errors.As(err, &problem):
		return c.complain("%s", problem), nil
	case errors.Is(err, decimal.ErrUnsupported):
		return 0, c.Unsupported(c.Line, "%s: %v", path.Base(c.Args[0]), err)
	}
	return 0, err
}
