package busybox

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/internal/filemode"
	"github.com/lamina-oci/lamina/layer/tree"
)

func chmod(c *Call) (int, error) {
	args, letters, reference, err := c.chmodArguments()
	if err != nil {
		return 0, err
	}
	if reference != "" {
		n, err := c.look(reference, true)
		if err != nil {
			return c.complain("failed to get attributes of '%s': %s", reference, Reason(err)), nil
		}
		args = append([]string{fmt.Sprintf("%05o", n.Mode)}, args...) // five digits: of directories, too
	}
	if len(args) < 2 {
		return c.usage(), nil
	}
	has := func(letter string) bool { return strings.Contains(letters, letter) }
	return c.recurse(args[1:], walkRule{recursive: has("R")}, func(name string, n *tree.Node, depth int) error {
		if depth > 0 && n.Type == tree.Symlink {
			return nil
		}
		n, err := c.look(name, true)
		if err != nil {
			if !has("f") {
				c.complain("%s: %s", name, Reason(err))
			}
			return err
		}
		change := filemode.Change
		if c.isOther() && strings.Contains(args[0], "X") {
			change = c.gnuMode
		}
		mode, ok := change(args[0], n.Mode, n.Type == tree.Directory, c.Umask)
		if !ok {
			c.complain("invalid mode '%s'", args[0])
			return errStop
		}
		if c.isOther() && n.Type == tree.Directory {
			mode = keepingSetID(args[0], n.Mode, mode)
		}
		isOther := mode != n.Mode
		if err := c.Tree.Chmod(n, mode); err != nil {
			if !has("f") {
				c.complain("%s: %s", name, Reason(err))
			}
			return err
		}
		if has("v") || has("c") && isOther {
			fmt.Fprintf(&c.Out, "mode of '%s' changed to %04o (%s)\n", name, mode, modeString(&tree.Node{Mode: mode})[1:])
		}
		return nil
	})
}

// gnuMode changes a mode as coreutils does, where X in "u=X" is about the mode before.
func (c *Call) gnuMode(text string, mode uint16, isDir bool, umask uint16) (uint16, bool) {
	for clause := range strings.SplitSeq(text, ",") {
		if strings.Contains(clause, "X") {
			if strings.Count(clause, "=")+strings.Count(clause, "+")+strings.Count(clause, "-") != 1 {
				return 0, false
			}
			execute := ""
			if isDir || mode&0o111 != 0 {
				execute = "x"
			}
			clause = strings.ReplaceAll(clause, "X", execute)
		}
		var ok bool
		if mode, ok = filemode.Change(clause, mode, isDir, umask); !ok {
			return 0, false
		}
	}
	return mode, true
}

// keepingSetID is the mode that coreutils' chmod gives a directory: set-user-ID and set-group-ID bits that are there stay, unless the text has
// them as letters, or five digits.
func keepingSetID(text string, before, after uint16) uint16 {
	isNumber := strings.Trim(text, "01234567") == ""
	if isNumber && len(text) > 4 || !isNumber && strings.Contains(text, "s") {
		return after
	}
	return after | before&0o6000
}

// chmodArguments reads options by hand, since a mode may begin with "-". Such a mode
// must come before all else that is no option. GNU's program may take the mode from another file, by --reference=FILE.
func (c *Call) chmodArguments() (rest []string, letters, reference string, err error) {
	for i, arg := range c.Args[1:] {
		switch {
		case arg == "--":
			return append(rest, c.Args[i+2:]...), letters, reference, nil
		case len(arg) < 2 || arg[0] != '-', len(rest) == 0 && reference == "" && strings.IndexByte("-Rvcf", arg[1]) < 0:
			rest = append(rest, arg)
			continue
		}
		if strings.HasPrefix(arg, "--") {
			name, value, _ := strings.Cut(arg[2:], "=")
			letter, ok := c.gnuOption(name)
			switch {
			case ok && letter == referenceOption && value != "":
				reference = value
			case ok && letter != referenceOption && arg[2:] == name:
				letters += string(letter)
			default:
				return nil, "", "", c.refused("unrecognized option: %s", arg[2:])
			}
			continue
		}
		for i := 1; i < len(arg); i++ {
			if strings.IndexByte("Rfcv", arg[i]) < 0 {
				return nil, "", "", c.unknownOption(arg[i])
			}
			letters += arg[i : i+1]
		}
	}
	return rest, letters, reference, nil
}

// DefaultUmask is what a script begins with, as apk does.
const DefaultUmask = 0o022

// masked returns the mode of a new file for which a program asks for mode. It is not inlined, which saves space.
//
//go:noinline
func (c *Call) masked(mode uint16) uint16 { return mode &^ c.Umask }
