package busybox

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/layer/tree"
)

// copying is a command line of dd. Sizes are in bytes.
type copying struct {
	in, out               string // names; "" for standard input and output
	inBlock, outBlock     int64
	count, skip, seek     int64 // count is -1 without a limit
	conv, inFlag, outFlag []string
	status                string
}

// dd copies one file. It reads full blocks also from a pipe, so that the result never depends on timing, and reports that no time passed.
func dd(c *Call) (int, error) {
	d, status := c.parseCopying()
	if status != 0 {
		return status, nil
	}
	if slices.Contains(d.conv, "swab") {
		return 0, c.Unsupported(c.Line, "dd: conv=swab is not supported")
	}
	from, err := c.copySource(d)
	if Fatal(err) {
		return 0, err
	}
	if err != nil && !errors.Is(err, tree.ErrIsDir) {
		return c.complain("can't open '%s': %s", d.in, Reason(err)), nil
	}
	isDirectory := err != nil
	if !isDirectory {
		defer from.close()
	}
	write, err := c.copyTarget(d)
	if Fatal(err) {
		return 0, err
	}
	if err != nil {
		return c.complain("can't open '%s': %s", d.out, Reason(err)), nil
	}
	if isDirectory {
		return c.complain("%s: %s", cmp.Or(d.in, inputName("-")), tree.ErrIsDir), nil
	}
	if _, err := io.CopyN(io.Discard, from, d.skip); err != nil && err != io.EOF {
		return 0, c.Fail(err)
	}
	input := &counted{r: from}
	var data io.Reader = input
	if d.count >= 0 {
		data = io.LimitReader(data, d.count)
	}
	output := &counted{r: data}
	if slices.Contains(d.conv, "sync") {
		output.r = &padded{r: data, block: d.inBlock}
	}
	if err := write(output); err != nil {
		return 0, c.Fail(err)
	}
	if d.status != "none" {
		report := func(total, block int64, what string) {
			partial := int64(0)
			if total%block > 0 {
				partial = 1
			}
			fmt.Fprintf(&c.Err, "%d+%d records %s\n", total/block, partial, what)
		}
		report(input.n, d.inBlock, "in")
		report(output.n, d.outBlock, "out")
	}
	if d.status == "" {
		fmt.Fprintf(&c.Err, "%d bytes (%sB) copied, 0.000000 seconds, 0B/s\n", output.n, humanSize(output.n))
	}
	return 0, c.Bounded()
}

// counted counts what is read of it.
type counted struct {
	r io.Reader
	n int64
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	return n, err
}

// padded ends with zeros, so that its last block is full.
type padded struct {
	r        io.Reader
	block, n int64
	ended    bool
}

func (r *padded) Read(p []byte) (int, error) {
	if !r.ended {
		n, err := r.r.Read(p)
		if r.n += int64(n); err != io.EOF || n > 0 {
			return n, err
		}
		r.ended = true
	}
	if r.n%r.block == 0 || len(p) == 0 {
		return 0, io.EOF
	}
	n, err := zeros{}.Read(p[:min(int64(len(p)), r.block-r.n%r.block)])
	r.n += int64(n)
	return n, err
}

// zeros is what /dev/zero has.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// copySource opens what dd reads.
func (c *Call) copySource(d copying) (*source, error) {
	if d.in == "" {
		return c.stream("-")
	}
	if d.in == "-" {
		d.in = "./-"
	}
	full := c.file(d.in)
	if n, err := c.Tree.Stat(full); err == nil && n.Type != tree.CharDevice {
		return c.stream(d.in)
	}
	if c.followed(full) == "/dev/zero" {
		if d.count < 0 {
			return nil, c.Unsupported(c.Line, "dd: reading /dev/zero without count= is not supported")
		}
		return &source{&meter{c, zeros{}}, func() {}}, nil
	}
	return c.stream(d.in)
}

// copyTarget makes the file that dd writes, and returns what writes to it.
func (c *Call) copyTarget(d copying) (func(io.Reader) error, error) {
	switch path.Clean(c.file(d.out)) {
	case "/dev/null":
		return func(r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		}, nil
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		d.out = ""
	}
	if d.out == "" && d.seek > 0 {
		return nil, c.Unsupported(c.Line, "dd: seek= of standard output is not supported")
	}
	if d.out == "" {
		return func(r io.Reader) error {
			text, err := bounded.ReadAll(&meter{c, r}, MaxInput)
			if err != nil {
				return err
			}
			c.Out.Write(text)
			return c.Bounded()
		}, nil
	}
	if err := c.RefuseDevice(c.Line, c.file(d.out)); err != nil {
		return nil, err
	}
	keeps := slices.Contains(d.conv, "notrunc")
	appends := slices.Contains(d.outFlag, "append")
	flags := tree.Create
	if !keeps && d.seek == 0 {
		flags |= tree.Truncate
	}
	n, err := c.look(d.out, true)
	if source, sourceErr := c.look(d.in, true); err == nil && sourceErr == nil && source == n && !keeps {
		return nil, c.Unsupported(c.Line, "dd of a file to itself is not supported without conv=notrunc")
	}
	if _, err := c.Tree.OpenWriter(c.file(d.out), flags, c.masked(0o666)); err != nil {
		return nil, err
	}
	if n, err = c.look(d.out, true); err != nil {
		return nil, err
	}
	return func(r io.Reader) error {
		old, err := oldContent(n)
		if err != nil {
			return err
		}
		defer old.Close()
		at := d.seek
		if appends {
			if at = n.Size; !keeps {
				at = min(at, d.seek)
			}
		}
		written := &counted{r: r}
		parts := []io.Reader{io.LimitReader(old, at), io.LimitReader(zeros{}, max(at-n.Size, 0)), written}
		if keeps {
			parts = append(parts, &behind{old, written, at})
		}
		content, size, err := c.keep(io.MultiReader(parts...))
		if err != nil {
			return err
		}
		if written.n > 0 || !keeps && at != n.Size {
			c.Tree.SetContent(n, content, size)
		}
		return nil
	}, nil
}

// oldContent opens what a file has.
func oldContent(n *tree.Node) (io.ReadCloser, error) {
	if n.Content == nil {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return n.Content.Open()
}

// behind is what a file had behind that which was written over it.
type behind struct {
	old     io.Reader // from where writing began
	written *counted
	at      int64
}

func (b *behind) Read(p []byte) (int, error) {
	if b.written != nil {
		if _, err := io.CopyN(io.Discard, b.old, b.written.n); err != nil {
			return 0, err
		}
		b.written = nil
	}
	return b.old.Read(p)
}

// parseCopying reads the arguments of dd. A status other than 0 ends the command.
func (c *Call) parseCopying() (d copying, status int) {
	d = copying{inBlock: 512, outBlock: 512, count: -1}
	for _, arg := range c.operands() {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			return d, c.usage()
		}
		list := strings.Split(value, ",")
		switch key {
		case "if", "of":
			if value == "" {
				return d, c.complain("can't open '': %s", tree.ErrNotExist)
			}
			if key == "if" {
				d.in = value
			} else {
				d.out = value
			}
		case "bs", "ibs", "obs", "count", "skip", "seek":
			n, ok := parseCopySize(value)
			if !ok {
				return d, c.complain("invalid number '%s'", value)
			}
			if n == 0 && strings.HasSuffix(key, "bs") {
				return d, c.complain("number %s is not in 1..9223372036854775807 range", value)
			}
			switch key {
			case "count":
				d.count = n
			case "skip":
				d.skip = n
			case "seek":
				d.seek = n
			case "ibs":
				d.inBlock = n
			case "obs":
				d.outBlock = n
			default:
				d.inBlock, d.outBlock = n, n
			}
		case "status":
			if value != "none" && value != "noxfer" {
				return d, c.complain("invalid argument '%s' to '%s'", value, key)
			}
			d.status = value
		case "conv", "iflag", "oflag":
			known, into := "notrunc sync noerror fsync swab", &d.conv
			if key == "iflag" {
				known, into = "skip_bytes count_bytes fullblock direct", &d.inFlag
			} else if key == "oflag" {
				known, into = "seek_bytes append direct", &d.outFlag
			}
			for _, word := range list {
				if !slices.Contains(strings.Fields(known), word) {
					return d, c.complain("invalid argument '%s' to '%s'", word, key)
				}
			}
			*into = append(*into, list...)
		default:
			return d, c.usage()
		}
	}
	inBytes := func(n, block int64, isBytes bool) int64 {
		if isBytes || n <= math.MaxInt64/block {
			if !isBytes && n > 0 {
				n *= block
			}
			return n
		}
		return math.MaxInt64
	}
	d.count = inBytes(d.count, d.inBlock, slices.Contains(d.inFlag, "count_bytes"))
	d.skip = inBytes(d.skip, d.inBlock, slices.Contains(d.inFlag, "skip_bytes"))
	d.seek = inBytes(d.seek, d.outBlock, slices.Contains(d.outFlag, "seek_bytes"))
	return d, 0
}

// parseCopySize reads a number with one of dd's suffixes.
func parseCopySize(text string) (int64, bool) {
	factor := int64(1)
	digits := strings.TrimRight(text, "cwbkKMGBD")
	switch text[len(digits):] {
	case "", "c":
	case "w":
		factor = 2
	case "b":
		factor = 512
	case "kB", "kD", "KB", "KD":
		factor = 1000
	case "k", "K":
		factor = 1 << 10
	case "MB", "MD":
		factor = 1_000_000
	case "M":
		factor = 1 << 20
	case "GB", "GD":
		factor = 1_000_000_000
	case "G":
		factor = 1 << 30
	default:
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 62)
	if err != nil || int64(n) > math.MaxInt64/factor {
		return 0, false
	}
	return int64(n) * factor, true
}
