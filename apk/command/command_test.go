package command

import (
	"errors"
	"strings"
	"testing"
)

// TestParse: options of apk mean what the command makes of them.
func TestParse(t *testing.T) {
	for line, want := range map[string]string{
		"add --no-cache -t .deps gcc":               "add [gcc] virtual .deps",
		"add -t.deps gcc make":                      "add [gcc make] virtual .deps",
		"-X http://example.org add --virtual=x add": "add [add] virtual x repositories [http://example.org]",
		"info -qt zlib":                             "info [zlib] triggers",
		"list -u":                                   "list [] upgradable",
		"fix -du -- -x":                             "fix [-x] depends upgrade",
		"info --installed zlib":                     "info [zlib] e",
		"add --cache-dir /var/cache/apk --no-check-certificate zlib": "add [zlib]",
		"--cache-dir=/c add zlib":                                    "add [zlib]",
		"info --exists zlib":                                         "apk info --exists zlib: the option --exists is not supported",
		"stats zlib":                                                 "apk stats zlib: the command stats is not supported",
		"version -al < zlib":                                         "version [zlib]",
		"add --no-scripts=1 zlib":                                    "apk add --no-scripts=1 zlib: the option --no-scripts takes no value",
		"add -t":                                                     "apk add -t: the option -t needs a value",
		"info --no-scripts":                                          "apk info --no-scripts: the option --no-scripts is not supported",
		"list -t zlib":                                               "apk list -t zlib: the option -t is not supported",
		"add --root /x tool":                                         "add [tool] root /x",
		"-p/x --initdb add --arch x86_64 -p /y":                      "add [] root /y",
		"del --initdb tool":                                          "apk del --initdb tool: the option --initdb is not supported",
		"add --no-network --keys-dir=k -p /x a b":                    "add [a b] root /x",
	} {
		c, err := Parse(strings.Fields(line))
		if err != nil {
			if err.Error() != want || !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: %v, want %s", line, err, want)
			}
			continue
		}
		got := c.Applet + " [" + strings.Join(c.Args, " ") + "]"
		if virtual := c.Value("virtual"); virtual != "" {
			got += " virtual " + virtual
		}
		if root := c.Value("root"); root != "" {
			got += " root " + root
		}
		if len(c.Repositories) > 0 {
			got += " repositories [" + strings.Join(c.Repositories, " ") + "]"
		}
		for _, option := range []string{"depends", "e", "triggers", "upgradable", "upgrade"} {
			if c.Has(option) {
				got += " " + option
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// TestHumanSize: sizes as apk 2.14 prints them of Alpine's packages.
func TestHumanSize(t *testing.T) {
	for size, want := range map[uint64]string{110592: "108 KiB", 1222656: "1194 KiB", 946176: "924 KiB", 9999: "9999 B", 0: "0 B"} {
		if got := humanSize(size); got != want {
			t.Errorf("%d: %s, want %s", size, got, want)
		}
	}
}
