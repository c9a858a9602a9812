package shell

import (
	"maps"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/variables"
)

// alias is the builtin of that name for definitions, and unalias. Ash reads a command that begins with an alias as if its text were there; here, such
// a command is refused. Bash has aliases only in a shell that somebody types into.
func (p *process) alias(args []string) error {
	if len(args) == 1 && args[0] == "alias" && len(p.aliases) == 0 {
		p.status = 0
		return nil
	}
	if len(args) == 1 {
		return p.refuse("%s without operands is not supported", args[0])
	}
	p.status = 0
	defined := maps.Clone(p.aliases)
	for _, operand := range args[1:] {
		name, text, isDefinition := strings.Cut(operand, "=")
		switch {
		case args[0] == "unalias" && operand != "-a" && defined[operand]:
			delete(defined, operand)
		case args[0] != "alias" || !isDefinition || name == "" || strings.HasPrefix(name, "-") || strings.HasSuffix(text, " "):
			return p.refuse("%s with these operands is not supported", args[0])
		default:
			if defined == nil {
				defined = make(map[string]bool)
			}
			defined[name] = true
		}
	}
	if err := p.spend(variables.EntrySize * len(defined)); err != nil {
		return err
	}
	const most = 1000
	if len(defined) > most {
		return p.refuse("more than %d aliases are not supported", most)
	}
	p.aliases = defined
	return nil
}

// refuseAlias refuses a command that begins with an alias.
func (p *process) refuseAlias(list []*syntax.Word) error {
	if len(p.aliases) > 0 && !p.isBash && len(list) > 0 && p.aliases[list[0].Lit()] {
		return p.refuse("%s is an alias: a command that begins with one is not supported: write what it stands for", list[0].Lit())
	}
	return nil
}
