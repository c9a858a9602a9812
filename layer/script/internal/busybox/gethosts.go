package busybox

import (
	"fmt"
	"net/netip"
	"strings"
)

// getHosts is "getent hosts KEY…", of names and addresses that etc/hosts of the tree has: no other is looked for. As with musl, an address of
// IPv6 goes before others, and the first line with a name gives its canonical one.
func (c *Call) getHosts(keys []string) (int, error) {
	b, err := c.Tree.ReadFile("/etc/hosts", MaxInput)
	if Fatal(err) {
		return 0, err
	}
	for _, key := range keys {
		if err := c.spend(accountCost + len(b)); err != nil {
			return 0, err
		}
		address, names := hostOf(string(b), key)
		if !address.IsValid() {
			return 0, c.Unsupported(c.Line, "getent hosts %s is not supported: a build looks for hosts in /etc/hosts of the image only, which does not have it", key)
		}
		fmt.Fprintf(&c.Out, "%-16s  %s  %s\n", address, names[0], strings.Join(names[1:], " "))
	}
	return 0, c.Bounded()
}

// hostOf returns the address of a name or address, and what getent prints behind it: the canonical name, and the aliases with that name.
func hostOf(text, key string) (found netip.Addr, names []string) {
	sought, err := netip.ParseAddr(key)
	isAddress := err == nil
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 || strings.TrimLeft(line, " \t") != line {
			continue
		}
		address, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		if isAddress {
			if address == sought {
				return address, []string{fields[1], fields[1]}
			}
			continue
		}
		for _, name := range fields[1:] {
			if name != key {
				continue
			}
			if names == nil {
				names = []string{fields[1], fields[1]}
				if fields[1] != key {
					names = append(names, key)
				}
			}
			if !found.IsValid() || found.Is4() && !address.Is4() {
				found = address
			}
			break
		}
	}
	return found, names
}
