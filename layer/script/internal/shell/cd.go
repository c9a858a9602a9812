package shell

import (
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/tree"
)

// cd is the builtin of that name. By default ".." takes the last name off; with -P links
// are followed first.
func (p *process) cd(args []string) error {
	name := args[0] // or "chdir"
	letters, args, ok, err := p.nextopt(args, "LP")
	if !ok {
		return err
	}
	if p.isBash && (p.value("CDPATH") != "" || len(args) > 1 || len(args) == 1 && args[0] == "") {
		return p.refuse("cd with CDPATH, or several operands or an empty one, is not supported in bash")
	}
	if _, set := p.get("HOME"); p.isBash && len(args) == 0 && !set {
		p.complain(name, "HOME not set")
		p.status = 1
		return nil
	}
	physical := strings.HasSuffix(letters, "P")
	target, show := p.value("HOME"), false
	switch {
	case len(args) > 0 && args[0] == "-":
		target, show = p.value("OLDPWD"), true
	case len(args) > 0:
		target = args[0]
	}
	p.status = 0
	if at := p.searchCDPATH(target); at != "" {
		target, show = at, true
	}
	full := p.dir
	if target != "" {
		full = busybox.Absolute(p.dir, target)
	}
	if !physical {
		full = busybox.Logical(p.dir, target)
	}
	n, err := p.Tree.Stat(full)
	if p.isBash && err == nil { // what ".." takes off has to be there
		_, err = p.Tree.Stat(busybox.Absolute(p.dir, target))
	}
	if err == nil && n.Type != tree.Directory {
		err = tree.ErrNotDir
	}
	if err == nil {
		err = p.Tree.Access(n, tree.Execute)
	}
	if physical && err == nil {
		var resolved string
		resolved, err = p.Tree.Resolve(full, true)
		full = "/" + resolved
	}
	if err != nil {
		p.complain(name, "can't cd to %s: %s", target, busybox.Reason(err))
		if p.status = 2; p.isBash {
			p.status = 1
		}
		return nil
	}
	if err := p.export("OLDPWD", p.dir); err != nil {
		return err
	}
	p.dir = full
	if err := p.export("PWD", full); err != nil {
		return err
	}
	if show {
		return p.print(full + "\n")
	}
	return nil
}

// export sets a variable of the environment.
func (p *process) export(name, value string) error {
	if err := p.set(name, value); err != nil {
		return err
	}
	p.vars.SetExported(name, true)
	return nil
}

// searchCDPATH returns the directory below one of CDPATH that a target of cd names, or "".
// Neither a path from the root nor one that begins with "." or ".." is searched for.
func (p *process) searchCDPATH(target string) string {
	first, _, _ := strings.Cut(target, "/")
	if strings.HasPrefix(target, "/") || first == "." || first == ".." || p.value("CDPATH") == "" {
		return ""
	}
	for dir := range strings.SplitSeq(p.value("CDPATH"), ":") {
		at := busybox.Absolute(busybox.Absolute(p.dir, dir), target)
		if n, err := p.Tree.Stat(at); err != nil || n.Type != tree.Directory {
			continue
		}
		if dir == "" {
			return "" // which prints nothing, other than "."
		}
		return at
	}
	return ""
}
