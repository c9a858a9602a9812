// Package manpage writes man pages of commands.
package manpage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Write writes a page for a command and each one below it to a directory, generated from their help: lamina.1, lamina-build.1 and so on.
func Write(cmd *cobra.Command, dir string) error {
	if cmd.Name() == "help" || cmd.Name() == "completion" {
		return nil
	}
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(manPage(cmd)), 0o666); err != nil {
		return fmt.Errorf("write man pages: %w", err)
	}
	for _, sub := range cmd.Commands() {
		if err := Write(sub, dir); err != nil {
			return err
		}
	}
	return nil
}

// manPage is a page in the man macros (man(7)).
func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	fmt.Fprintf(&b, ".TH %q 1 \"\" lamina \"Lamina's manual\"\n", strings.ToUpper(name))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(cmd.Short))
	if cmd.Runnable() {
		fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	}
	b.WriteString(".SH DESCRIPTION\n" + manText(cmd.Long))
	if flags := cmd.NonInheritedFlags(); flags.HasAvailableFlags() {
		b.WriteString(".SH OPTIONS\n")
		flags.VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	}
	if cmd.Example != "" {
		b.WriteString(".SH EXAMPLES\n" + manText(cmd.Example))
	}
	var others []string
	if cmd.HasParent() {
		others = append(others, cmd.Parent().CommandPath())
	}
	for _, sub := range cmd.Commands() {
		if sub.Name() != "help" && sub.Name() != "completion" {
			others = append(others, sub.CommandPath())
		}
	}
	if len(others) > 0 {
		b.WriteString(".SH SEE ALSO\n")
		for i, other := range others {
			separator := ","
			if i == len(others)-1 {
				separator = ""
			}
			fmt.Fprintf(&b, ".BR %s (1)%s\n", roff(strings.ReplaceAll(other, " ", "-")), separator)
		}
	}
	return b.String()
}

func manFlag(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	flag := "--" + f.Name
	if f.Shorthand != "" {
		flag = "-" + f.Shorthand + ", " + flag
	}
	line := `\fB` + roff(flag) + `\fR`
	if value != "" {
		line += ` \fI` + roff(value) + `\fR`
	}
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" {
		usage += fmt.Sprintf(" (default %s)", f.DefValue)
	}
	return ".TP\n" + line + "\n" + roff(usage) + "\n"
}

// manText has paragraphs that are filled, and blocks that are indented in the help as they stand there.
func manText(text string) string {
	var b strings.Builder
	isBlock, isPending := false, false
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			isPending = true
			continue
		}
		block := strings.HasPrefix(line, " ") || isBlock && !isPending
		switch {
		case block && !isBlock:
			b.WriteString(".PP\n.nf\n")
		case !block && isBlock:
			b.WriteString(".fi\n.PP\n")
		case isPending && block:
			b.WriteString("\n")
		case isPending:
			b.WriteString(".PP\n")
		}
		isBlock, isPending = block, false
		b.WriteString(roff(line) + "\n")
	}
	if isBlock {
		b.WriteString(".fi\n")
	}
	return b.String()
}

// roff escapes what would mean something to troff.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}
