package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/words"
)

// declare is export, readonly or local with assignments, which are not split.
func (p *process) declare(d *syntax.DeclClause) error {
	if p.isBash {
		return p.declareBash(d)
	}
	p.substituted = false
	args := []string{d.Variant.Value}
	for _, a := range d.Args {
		if a.Name == nil || a.Naked {
			word := a.Value
			if a.Name != nil {
				args = append(args, a.Name.Value)
				continue
			}
			fields, err := p.fields([]*syntax.Word{word})
			if err != nil {
				return err
			}
			args = append(args, fields...)
			continue
		}
		value, err := p.assigned(a.Value)
		if err != nil {
			return err
		}
		args = append(args, a.Name.Value+"="+value)
	}
	if err := p.trace(nil, args); err != nil {
		return err
	}
	return p.builtin(d.Variant.Value, args)
}

// attribute is export and readonly.
func (p *process) attribute(which string, args []string) error {
	letters, args, ok, err := p.nextopt(args, "np")
	if !ok {
		return err
	}
	p.status = 0
	remove := strings.HasSuffix(letters, "n") // the last one counts
	if len(args) == 0 || strings.HasSuffix(letters, "p") {
		return p.listAttribute(which)
	}
	for _, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		if !syntax.ValidName(name) {
			return p.abortBuiltin(which, "%s: bad variable name", name)
		}
		if assigned && p.vars.Get(name).ReadOnly {
			return p.abortBuiltin(which, "%s: is read only", name)
		} else if assigned {
			if err := p.set(name, value); err != nil {
				return err
			}
		}
		if which == "export" {
			p.vars.SetExported(name, !remove)
		} else {
			p.vars.SetReadOnly(name)
		}
	}
	return nil
}

func (p *process) listAttribute(which string) error {
	var b strings.Builder
	for _, name := range p.vars.Names() {
		v := p.vars.Get(name)
		if which == "export" && !v.Exported || which == "readonly" && !v.ReadOnly {
			continue
		}
		b.WriteString(which + " " + name)
		if v.IsSet {
			b.WriteString("=" + words.SingleQuote(v.Value))
		}
		b.WriteByte('\n')
	}
	return p.print(b.String())
}

func (p *process) local(args []string) error {
	if len(p.frames) == 0 {
		return p.abortBuiltin("local", "not in a function")
	}
	p.status = 0
	for _, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		if name == "-" {
			return p.refuse("local - is not supported")
		}
		if !syntax.ValidName(name) {
			return p.abortBuiltin("local", "%s: bad variable name", name)
		}
		if p.vars.Get(name).ReadOnly {
			return p.abortBuiltin("local", "%s: is read only", name)
		}
		p.frames[len(p.frames)-1].Save(p.vars, name)
		if assigned {
			if err := p.set(name, value); err != nil {
				return err
			}
		} else {
			p.vars.Clear(name)
		}
	}
	return nil
}

func (p *process) unsetAll(args []string) error {
	letters, args, ok, err := p.nextopt(args, "fv")
	if !ok {
		return err
	}
	p.status = 0
	functions := strings.HasSuffix(letters, "f")
	for _, name := range args {
		if functions || p.isBash && letters == "" && !p.vars.Has(name) && p.funcs[name].body != nil {
			p.undefine(name)
			continue
		}
		if p.isBash && strings.HasSuffix(name, "]") {
			if err := p.unsetElement(name); err != nil {
				return err
			}
			continue
		}
		if p.isBash && !syntax.ValidName(name) {
			p.status = max(p.status, oneIf(name == ""))
			continue
		}
		if !syntax.ValidName(name) {
			return p.abortBuiltin("unset", "%s: bad variable name", name)
		}
		if err := p.unset(name); err != nil {
			return err
		}
	}
	return nil
}
