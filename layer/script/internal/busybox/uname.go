package busybox

import (
	"fmt"
	"strings"
)

// uname prints what follows from the architecture. No kernel exists to print more of.
func uname(c *Call) (int, error) {
	opts, args, err := c.getopt("smoarvn", "all=a kernel-release=r kernel-version=v nodename=n")
	if err != nil {
		return 0, err
	}
	if len(args) > 0 {
		return c.usage(), nil
	}
	for _, letter := range []byte("arvn") {
		if opts.has(letter) {
			return 0, c.Unsupported(c.Line, "uname -%c is not supported: it depends on the machine", letter)
		}
	}
	var parts []string
	if opts == nil || opts.has('s') {
		parts = append(parts, "Linux")
	}
	if opts.has('m') {
		switch c.Arch {
		case "x86_64", "aarch64", "ppc64le", "s390x", "riscv64", "loongarch64":
			parts = append(parts, c.Arch)
		default:
			return 0, c.Unsupported(c.Line, "uname -m is not supported on %q: it depends on the kernel", c.Arch)
		}
	}
	if opts.has('o') {
		parts = append(parts, "Linux")
	}
	fmt.Fprintln(&c.Out, strings.Join(parts, " "))
	return 0, nil
}
