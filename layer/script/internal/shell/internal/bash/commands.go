package bash

import (
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// plainUmask matches operands of umask that ash and Bash read alike.
var plainUmask = regexp.MustCompile(`^(0?[0-7]{1,3}|[ugoa]+[=+-][rwx]*(,[ugoa]+[=+-][rwx]*)*)$`)

// builtins are those that ash does not have.
var builtins = []string{"bind", "builtin", "caller", "compgen", "complete", "compopt", "declare", "dirs", "disown", "enable", "fc", "logout", "mapfile",
	"popd", "pushd", "readarray", "shopt", "suspend", "typeset"}

// IsBuiltin reports whether a command is a builtin that ash does not have.
func IsBuiltin(name string) bool { return slices.Contains(builtins, name) }

// IsKeyword reports whether a command is a keyword that ash does not have.
func IsKeyword(name string) bool {
	return slices.Contains([]string{"[[", "]]", "coproc", "select", "time"}, name)
}

// VariableOf returns the operand of "[ -v operand ]", and whether "!" is in front, for a test that is nothing else.
func VariableOf(args []string) (operand string, negated, ok bool) {
	if args[0] == "[" && args[len(args)-1] == "]" {
		args = args[:len(args)-1]
	}
	if len(args) == 4 && args[1] == "!" {
		args, negated = args[1:], true
	}
	if len(args) != 3 || args[1] != "-v" {
		return "", false, false
	}
	return args[2], negated, true
}

// Refuse returns why a command with these arguments is not run, because Bash does something else with them than ash, or "".
func Refuse(args []string) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(args[1:], func(arg string) bool { return slices.Contains(words, arg) })
	}
	first := ""
	if len(args) > 1 {
		first = args[1]
	}
	switch name := args[0]; name {
	case "let":
		return "let is not supported behind command, or if its name is the result of an expansion"
	case "test", "[":
		if _, _, ok := VariableOf(args); ok {
			return ""
		}
		for i, arg := range args[1:] {
			begins := i == 0 || slices.Contains([]string{"!", "(", "-a", "-o"}, args[i]) // what comes before it
			if begins && i+2 < len(args) && slices.Contains([]string{"-v", "-R", "-N"}, arg) || len(args) < 5 && i == 0 && (arg == "-o" || arg == "-a") {
				return name + " with -v, -R, -N, or -a or -o of one operand, is not supported in bash"
			}
		}
	case "printf":
		command := args
		if first == "-v" {
			if len(args) < 4 || !syntax.ValidName(args[2]) || args[3] != "--" && strings.HasPrefix(args[3], "-") {
				return "printf -v with these operands is not supported"
			}
			command = args[2:] // with the name in the place of "printf"
			if first = args[3]; first == "--" && len(args) > 4 {
				first = args[4]
			}
		}
		_, isQuotable := EscapedOperands(command)
		switch {
		case strings.HasPrefix(first, "-") && first != "--":
			return "printf with options is not supported"
		case !isQuotable:
			return "printf %q with other characters than those of ASCII is not supported"
		case strings.Contains(first, ")T"), strings.Contains(first, "%Q"), strings.Contains(first, `\u`), strings.Contains(first, `\U`):
			return "printf with %Q, %(…)T or \\u is not supported"
		}
	case "echo":
		if strings.HasPrefix(first, "-") && strings.Contains(first, "e") && slices.ContainsFunc(args, func(s string) bool { return strings.Contains(strings.ToLower(s), `\u`) }) {
			return `echo -e with \u is not supported`
		}
	case "type":
		if strings.HasPrefix(first, "-") && !slices.Contains([]string{"-t", "-p", "-P"}, first) {
			return "type with other options than -t, -p or -P is not supported in bash"
		}
	case "set", "export", "readonly":
		if len(args) == 1 {
			return name + " without operands is not supported in bash: it prints in a form of its own"
		}
	case "env", "printenv":
		if !slices.ContainsFunc(args[1:], func(arg string) bool { return name == "printenv" || !strings.Contains(arg, "=") }) {
			return name + " that prints the whole environment is not supported in bash: the order is one of its own"
		}
	case "trap":
		if has("DEBUG", "RETURN") || len(args) == 1 || first == "-p" {
			return "trap without operands, and with DEBUG or RETURN, is not supported in bash"
		}
	case "umask":
		if first != "" && first != "-S" && !plainUmask.MatchString(first) || len(args) > 2 || len(args) == 2 && first == "" {
			return "umask with these operands is not supported in bash"
		}
	case "wait":
		if first == "-n" {
			return "wait -n is not supported"
		}
	}
	return ""
}

// RunsText reports whether a command is eval, "." or source.
func RunsText(cmd syntax.Command) bool {
	call, ok := cmd.(*syntax.CallExpr)
	return ok && len(call.Args) > 0 && slices.Contains([]string{"eval", ".", "source"}, call.Args[0].Lit())
}

// DropsTrap reports whether Bash forgets a trap on exit that a command sets in a pipeline or in the background, where it has a shell of its
// own.
func DropsTrap(cmd syntax.Command) bool {
	switch cmd.(type) {
	case *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.CaseClause:
		return true
	}
	return false
}

// EndsInSubshell reports whether a command is a pipeline of which the last command is a subshell. If that fails, Bash runs the trap on
// ERR for it and again for the pipeline.
func EndsInSubshell(cmd syntax.Command) bool {
	pipe, ok := cmd.(*syntax.BinaryCmd)
	if !ok || pipe.Op != syntax.Pipe {
		return false
	}
	_, ok = pipe.Y.Cmd.(*syntax.Subshell)
	return ok
}

// OnlySubshell returns the subshell that is all of a subshell, or nil. Bash has one process for both, and runs the trap on ERR once.
func OnlySubshell(stmts []*syntax.Stmt) syntax.Command {
	if len(stmts) == 1 && !stmts[0].Negated && !stmts[0].Background {
		if inner, ok := stmts[0].Cmd.(*syntax.Subshell); ok {
			return inner
		}
	}
	return nil
}
