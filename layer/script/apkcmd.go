package script

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
)

func apkCommands() map[string]command {
	return map[string]command{"apk": apkCommand}
}

// apkCommand is what scripts ask of apk: to compare versions and whether a
// package is installed. Anything else would change the root behind apk's back.
func apkCommand(c *call) (int, error) {
	args := c.args[1:]
	switch {
	case len(args) == 4 && args[0] == "version" && (args[1] == "-t" || args[1] == "--test"):
		return compareVersions(c, args[2], args[3])
	case len(args) >= 3 && args[0] == "version" && (args[1] == "-c" || args[1] == "--check"):
		status := 0
		for _, v := range args[2:] {
			if !c.Generation.ValidVersion(v) {
				fmt.Fprintln(&c.out, v)
				status = 1
			}
		}
		return status, nil
	case len(args) >= 3 && args[0] == "info" && (strings.HasPrefix(args[1], "-e") || args[1] == "-qe" || args[1] == "--installed"):
		status := 0
		for _, name := range args[2:] {
			if c.Installed == nil {
				status = 1
			} else if _, ok := c.Installed(name); !ok {
				status = 1
			} else if args[1] != "-qe" {
				fmt.Fprintln(&c.out, name)
			}
		}
		return status, nil
	case len(args) == 1 && args[0] == "--print-arch":
		fmt.Fprintln(&c.out, c.Arch)
		return 0, nil
	}
	return 0, c.unsupported(c.line, "%q is not supported", strings.Join(c.args, " "))
}

func compareVersions(c *call, a, b string) (int, error) {
	if c.Generation == apk.V3 && (!c.Generation.ValidVersion(a) || !c.Generation.ValidVersion(b)) {
		return 0, nil // and prints nothing (SPEC-apk.md 5.3)
	}
	sign := "="
	switch c.Generation.CompareVersions(a, b, false) {
	case apk.Less:
		sign = "<"
	case apk.Greater:
		sign = ">"
	}
	fmt.Fprintln(&c.out, sign)
	return 0, nil
}
