package busybox

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// shellCommand is "sh -c TEXT" and "sh FILE".
func shellCommand(c *Call) (int, error) {
	var flags []string
	args := c.Args[1:]
	text, input := false, false
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') && args[0] != "--" {
		word := args[0]
		if word[0] == '-' && strings.Contains(word, "c") {
			text = true
			word = strings.Replace(word, "c", "", 1)
		}
		input = input || word[0] == '-' && strings.Contains(word, "s")
		if len(word) > 1 {
			if word[1:] == "o" && len(args) > 1 {
				word, args = word+args[1], args[1:]
			}
			flags = append(flags, word)
		}
		args = args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	name, body, from := c.Args[0], []byte(nil), byte(0)
	var err error
	switch {
	case text && len(args) == 0:
		return 0, c.Unsupported(c.Line, "%s -c without a command is not supported", name)
	case text:
		body, from = []byte(args[0]), 'c'
		if args = args[1:]; len(args) > 0 {
			name, args = args[0], args[1:]
		}
	case len(args) == 0, input:
		from = 's'
		body, err = c.read()
	default:
		name, args = args[0], args[1:]
		if err := c.RefuseInput(c.Line, c.file(name)); err != nil {
			return 0, err
		}
		body, err = c.Tree.ReadFile(c.file(name), MaxBodySize)
	}
	switch {
	case Fatal(err):
		return 0, err
	case err != nil && !errors.Is(err, tree.ErrIsDir): // a directory is an empty file
		fmt.Fprintf(&c.Err, "%s: can't open '%s': %s\n", path.Base(c.Args[0]), name, Reason(err))
		return 2, nil
	}
	return c.Shell.RunText(c, Text{Name: name, Args: args, Flags: flags, Body: body, From: from, Login: strings.HasPrefix(c.Args[0], "-")})
}
