package busybox

import (
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// fallocate makes a file at least so long.
func fallocate(c *Call) (int, error) {
	opts, args, err := c.getopt("l:o:", "")
	if err != nil {
		return 0, err
	}
	if !opts.has('l') || len(args) != 1 {
		return c.usage(), nil
	}
	var end int64
	for _, o := range opts {
		text := strings.ToUpper(strings.TrimSuffix(o.value, "iB"))
		size, ok := parseCopySize(text)
		if !ok || strings.ContainsAny(text, "BD") {
			return c.complain("invalid number '%s'", o.value), nil
		}
		if size > MaxInput-end {
			return 0, c.Unsupported(c.Line, "fallocate: a size of more than %d bytes is not supported", MaxInput)
		}
		end += size
	}
	length, _ := opts.last('l')
	name := args[0]
	if err = c.writeTo(name, tree.Create, nil); err == nil && strings.Trim(length, "0kKmMgG") == "" {
		return c.complain("fallocate '%s': %s", name, tree.ErrInvalid), nil
	}
	if n, missing := c.look(name, true); err == nil && missing == nil {
		err = c.resize(name, max(end, n.Size))
	}
	if Fatal(err) {
		return 0, err
	} else if err != nil {
		return c.complain("can't open '%s': %s", name, Reason(err)), nil
	}
	return 0, nil
}
