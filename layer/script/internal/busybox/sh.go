package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// ParseShell reads the options of a shell's command line without its name, and returns what follows them. From is 'c' or 's' if the option
// of that letter is there. Refused says what of it is not supported, or is "". Of Bash, long options come first (bash(1), "Options").
func ParseShell(args []string, isBash bool) (t Text, rest []string, refused string) {
	t.IsBash = isBash
	for isBash && len(args) > 0 && len(args[0]) > 2 && strings.HasPrefix(args[0], "--") {
		switch args[0] {
		case "--login":
			t.Login = true
		case "--noprofile":
			t.NoProfile = true
		case "--norc", "--noediting":
		default:
			return t, nil, args[0]
		}
		args = args[1:]
	}
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') && args[0] != "--" {
		word := args[0]
		letter := func(c string) bool {
			has := word[0] == '-' && strings.Contains(word, c)
			if has && (c == "c" || c == "l") {
				word = strings.Replace(word, c, "", 1)
			}
			return has
		}
		switch {
		case isBash && strings.ContainsAny(word, "iOrpvnD"):
			return t, nil, word
		case letter("c"):
			t.From = 'c'
		}
		if letter("s") && t.From == 0 {
			t.From = 's'
		}
		t.Login = letter("l") || t.Login
		if len(word) > 1 {
			if strings.HasSuffix(word, "o") && len(args) > 1 {
				t.Flags, word, args = append(t.Flags, word), args[1], args[1:]
			}
			t.Flags = append(t.Flags, word)
		}
		args = args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	return t, args, ""
}

// shellCommand is "sh -c TEXT" and "sh FILE".
func shellCommand(c *Call) (int, error) {
	t, args, _ := ParseShell(c.Args[1:], false)
	t.Login = t.Login || strings.HasPrefix(c.Args[0], "-")
	return runShell(c, t, args)
}

// bashCommand is "bash -c TEXT" and "bash FILE".
func bashCommand(c *Call) (int, error) {
	t, args, refused := ParseShell(c.Args[1:], true)
	if refused != "" {
		return 0, c.Unsupported(c.Line, "%s %s is not supported", c.Args[0], refused)
	}
	return runShell(c, t, args)
}

// runShell is a shell's command with its operands.
func runShell(c *Call, t Text, args []string) (int, error) {
	var err error
	t.Name = c.Args[0]
	switch {
	case t.From == 'c' && len(args) == 0:
		return 0, c.Unsupported(c.Line, "%s -c without a command is not supported", t.Name)
	case t.From == 'c':
		t.Body = []byte(args[0])
		if args = args[1:]; len(args) > 0 {
			t.Name, args = args[0], args[1:]
		}
	case len(args) == 0, t.From == 's':
		t.From = 's'
		t.Body, err = c.read()
	default:
		t.Name, args = args[0], args[1:]
		if IsStdin(path.Clean(c.file(t.Name))) {
			t.Body, err = c.read()
			break
		}
		if c.IsNull(c.file(t.Name)) {
			break
		}
		if err := c.RefuseInput(c.Line, c.file(t.Name)); err != nil {
			return 0, err
		}
		t.Body, err = c.Tree.ReadFile(c.file(t.Name), MaxBodySize)
	}
	switch {
	case Fatal(err):
		return 0, err
	case err != nil && !errors.Is(err, tree.ErrIsDir): // a directory is an empty file
		fmt.Fprintf(&c.Err, "%s: can't open '%s': %s\n", path.Base(c.Args[0]), t.Name, Reason(err))
		if t.IsBash {
			return 127, nil
		}
		return 2, nil
	}
	t.Args = args
	return c.Shell.RunText(c, t)
}
