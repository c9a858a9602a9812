package busybox

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/linediff"
	"github.com/lamina-oci/lamina/layer/tree"
)

// diffCall is one "diff".
type diffCall struct {
	*Call
	opts    optionList
	context int
	labels  []string
	differ  bool // some files do
}

// diff compares files, and directories with the files in them, and lists the differences as "diff -u" does, whatever the options.
func diff(c *Call) (int, error) {
	opts, args, err := c.getopt("abdipqrsuwL:NU:", "text=a ignore-space-change=b minimal=d ignore-case=i brief=q recursive=r "+
		"report-identical-files=s unified=U ignore-all-space=w label=L new-file=N")
	if err != nil {
		return 0, err
	}
	d := &diffCall{Call: c, opts: opts, context: 3, labels: opts.all('L')}
	if text, ok := opts.last('U'); ok && text != "" {
		if d.context, err = strconv.Atoi(text); err != nil || d.context < 0 {
			return c.complain("invalid number '%s'", text), nil
		}
	}
	if len(args) != 2 {
		return c.usage(), nil
	}
	if c.isOther() && !opts.has('q') {
		return 0, c.Unsupported(c.Line, "diff of another package than busybox is supported with -q only")
	}
	status, err := d.operands(args[0], args[1])
	if status == 0 && d.differ {
		status = 1
	}
	return status, err
}

// maxMatches is how many equal lines a line may have in the other file: with more of them, it is not known which busybox takes.
const maxMatches = 256

// operands compares what the command line names: for a directory and a file, that file and the one of its name in the directory.
func (d *diffCall) operands(a, b string) (int, error) {
	isDirA, errA := d.kind(a)
	isDirB, errB := d.kind(b)
	for _, side := range []struct {
		name string
		err  error
	}{{a, errA}, {b, errB}} {
		if side.err != nil && !(d.opts.has('N') && errors.Is(side.err, tree.ErrNotExist)) {
			d.complain("can't stat '%s': %s", side.name, Reason(side.err))
			return 2, nil
		}
	}
	switch {
	case (isDirA || isDirB) && (a == "-" || b == "-"):
		return d.complain("can't compare stdin to a directory"), nil
	case isDirA && isDirB:
		return 0, d.directories(a, b)
	case isDirA:
		a = join(a, path.Base(b))
	case isDirB:
		b = join(b, path.Base(a))
	}
	if isDirA || isDirB {
		for _, name := range []string{a, b} {
			if _, err := d.kind(name); err != nil {
				return d.complain("can't stat '%s': %s", name, Reason(err)), nil
			}
		}
	}
	return d.files(a, b)
}

// kind says whether an operand is a directory.
func (d *diffCall) kind(name string) (isDir bool, err error) {
	if name == "-" {
		return d.isDirInput(name), nil
	}
	if d.pipe(d.Path(name)) >= 0 {
		return false, nil
	}
	n, err := d.look(name, true)
	return err == nil && n.Type == tree.Directory, err
}

// directories compares the files of two directories by their names.
func (d *diffCall) directories(a, b string) error {
	namesA, errA := d.names(a)
	namesB, errB := d.names(b)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	all := slices.Concat(namesA, namesB)
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		if err := d.spend(pathCost + len(name)); err != nil {
			return err
		}
		inA, inB := slices.Contains(namesA, name), slices.Contains(namesB, name)
		left, right := join(a, name), join(b, name)
		isDirA, _ := d.kind(left)
		isDirB, _ := d.kind(right)
		switch {
		case !(inA && inB) && (isDirA || isDirB) && (d.opts.has('N') || d.opts.has('r')):
			return d.Unsupported(d.Line, "diff -r and -N of directories that one side lacks are not supported")
		case !(inA && inB) && d.opts.has('N'):
			if !inA {
				left = "/dev/null"
			} else {
				right = "/dev/null"
			}
		case !inA || !inB:
			where := a
			if inB {
				where = b
			}
			fmt.Fprintf(&d.Out, "Only in %s: %s\n", where, name)
			d.differ = true
			continue
		case isDirA && isDirB && !d.opts.has('r'):
			fmt.Fprintf(&d.Out, "Common subdirectories: %s and %s\n", left, right)
			continue
		case isDirA && isDirB:
			if err := d.directories(left, right); err != nil {
				return err
			}
			continue
		case isDirA || isDirB:
			return d.Unsupported(d.Line, "diff of a directory and a file of the same name is not supported")
		}
		if _, err := d.files(left, right); err != nil {
			return err
		}
	}
	return nil
}

// names returns the names in a directory.
func (d *diffCall) names(dir string) ([]string, error) {
	names, err := d.Tree.ReadDir(d.Path(dir))
	if err != nil {
		return nil, d.Unsupported(d.Line, "diff: %s: %s", dir, Reason(err))
	}
	return names, nil
}

// files compares two files.
func (d *diffCall) files(a, b string) (int, error) {
	if a == "-" && b == "-" {
		return 0, nil
	}
	if nodeA, err := d.look(a, true); err == nil {
		if nodeB, err := d.look(b, true); err == nil && nodeA == nodeB {
			return 0, nil
		}
	}
	var contents [2][]byte
	for i, name := range []string{a, b} {
		if d.opts.has('N') && d.isMissing(name) {
			continue
		}
		content, err := d.open(name, true)
		if Fatal(err) {
			return 0, err
		} else if err != nil {
			d.complain("can't open '%s': %s", name, Reason(err))
			return 2, nil
		}
		contents[i] = content
	}
	linesA, errA := d.linesOf(contents[0])
	linesB, errB := d.linesOf(contents[1])
	if err := cmp.Or(errA, errB); err != nil {
		return 0, err
	}
	isBinary := bytes.IndexByte(contents[0], 0) >= 0 || bytes.IndexByte(contents[1], 0) >= 0
	keysA, keysB := d.keys(linesA), d.keys(linesB)
	switch {
	case slices.Equal(keysA, keysB):
		if d.opts.has('s') && a != "-" && b != "-" {
			fmt.Fprintf(&d.Out, "Files %s and %s are identical\n", a, b)
		}
		return 0, nil
	case d.opts.has('q'), isBinary && !d.opts.has('a'):
		fmt.Fprintf(&d.Out, "Files %s and %s differ\n", a, b)
		d.differ = true
		return 0, d.Bounded()
	}
	changes, err := linediff.Changes(keysA, keysB, func(pairs int) error {
		if pairs > maxMatches {
			return d.Unsupported(d.Line, "diff of files with more than %d equal lines is not supported: use diff -q", maxMatches)
		}
		return d.spend(1 + pairs)
	})
	if err != nil {
		return 0, err
	}
	labels := []string{a, b}
	switch n := len(d.labels); {
	case n == 1:
		labels[0] = d.labels[0]
	case n > 1:
		labels = []string{d.labels[0], d.labels[n-1]}
	}
	fmt.Fprintf(&d.Out, "--- %s\n+++ %s\n", labels[0], labels[1])
	linediff.Write(&d.Out, linesA, linesB, changes, d.context)
	d.differ = true
	return 0, d.Bounded()
}

// linesOf splits a file, as [Call.lines] does.
func (d *diffCall) linesOf(content []byte) ([]string, error) {
	list, err := d.lines(content)
	lines := make([]string, len(list))
	for i, line := range list {
		lines[i] = string(line)
	}
	return lines, err
}

func (d *diffCall) isMissing(name string) bool {
	_, err := d.kind(name)
	return errors.Is(err, tree.ErrNotExist)
}

// keys returns what counts of each line.
func (d *diffCall) keys(lines []string) []string {
	if !d.opts.has('b') && !d.opts.has('w') && !d.opts.has('i') {
		return lines
	}
	keys := make([]string, len(lines))
	for i, line := range lines {
		fields := strings.Fields(line)
		switch {
		case d.opts.has('w'):
			line = strings.Join(fields, "")
		case d.opts.has('b'):
			indent := ""
			if len(fields) > 0 && !strings.HasPrefix(line, fields[0]) {
				indent = " "
			}
			line = indent + strings.Join(fields, " ")
		}
		if d.opts.has('i') {
			line = strings.ToLower(line)
		}
		keys[i] = line
	}
	return keys
}
