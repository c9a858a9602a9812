package programs

import (
	"path"
	"slices"
	"sort"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
)

// effect is what a place in a text may do to the programs that are there.
type effect struct {
	at    int // offset
	apply func(s *Survey)
}

// effectsOf returns what a text may do, whichever of it runs, in the order of the text.
func (s *Survey) effectsOf(file syntax.Node) []effect {
	var list []effect
	syntax.Walk(file, func(n syntax.Node) bool {
		if n == nil {
			return false
		}
		add := func(apply func(s *Survey)) { list = append(list, effect{int(n.Pos().Offset()), apply}) }
		switch n := n.(type) {
		case *syntax.FuncDecl:
			if n.Name != nil {
				add(func(s *Survey) { s.files = append(s.files, pattern{"", "/" + n.Name.Value}) })
			}
		case *syntax.Assign:
			if n.Name != nil && n.Name.Value == "PATH" {
				add(func(s *Survey) { s.elsewhere = true })
			}
		case *syntax.Redirect:
			if n.Word != nil && n.Op != syntax.RdrIn && n.Op != syntax.Hdoc && n.Op != syntax.DashHdoc && n.Op != syntax.DplOut && n.Op != syntax.DplIn {
				add(func(s *Survey) { s.putFile(patternOf(n.Word)) })
			}
		case *syntax.CallExpr:
			if len(n.Args) > 0 {
				words := patternsOf(n.Args)
				add(func(s *Survey) { s.command(words) })
			}
		}
		return true
	})
	sort.SliceStable(list, func(i, j int) bool { return list[i].at < list[j].at })
	return list
}

// command adds what a command may do to the programs that are there.
func (s *Survey) command(words []pattern) {
	name, ok := words[0].literal()
	if !ok {
		s.PutAnything()
		return
	}
	base, operands := path.Base(name), words[1:]
	if i := wrapped(base, words); i > 0 && i < len(words) {
		s.command(words[i:])
		return
	}
	switch {
	case base == "apk":
		if i := slices.IndexFunc(operands, func(w pattern) bool { return w.matches("add") }); i >= 0 {
			for _, w := range operands[i+1:] {
				if text, ok := w.literal(); ok {
					s.Install(text)
				}
			}
		}
	case name == ".", name == "source", name == "eval", strings.Contains(name, "/") && !slices.Contains(defaultPath, path.Dir(name)):
		s.PutAnything()
	case isShell(base), base == "su":
		s.shell(operands)
	case s.isProgram(name) && !s.mayHave(base):
		// It does nothing, since it does not run.
	case base == "cd":
		for _, w := range operands {
			if s.dirs = append(s.dirs, s.absolute(w)...); len(s.dirs) > maxDirs {
				s.PutAnything()
				s.dirs = nil
			}
		}
	case base == "find":
		if i := slices.IndexFunc(operands, func(w pattern) bool { return strings.HasPrefix(w[0], "-exec") }); i >= 0 && i+1 < len(operands) {
			s.command(operands[i+1:])
		}
	case contains(harmless, base):
	case contains(copying, base):
		s.copying(operands)
	default:
		s.operands(operands)
		if contains(unpacking, base) && !slices.ContainsFunc(operands, func(w pattern) bool {
			return strings.HasPrefix(w[0], "-C") || strings.HasPrefix(w[0], "-d") || strings.HasPrefix(w[0], "--directory")
		}) {
			s.PutTree(".")
		}
	}
}

// Commands that make no file of a name that they are given, that copy what they are given, and that make files without naming them.
const (
	harmless = `mkdir rm rmdir chmod chown chgrp adduser addgroup deluser delgroup echo printf test [ export set unset true false : sleep
		which command type id cat grep sed awk sort cut tr head tail wc ls du md5sum sha1sum sha256sum sha512sum exit trap`
	copying   = `cp mv ln install`
	unpacking = `tar unzip cpio unsquashfs 7z`
)

func contains(names, name string) bool { return slices.Contains(strings.Fields(names), name) }

func isShell(name string) bool {
	_, ok := grammar.DialectOf(name)
	return ok
}

// runsShell reports whether su runs the text of its -c by such a shell: the one that its -s names, or else the user's, which runs
// it or fails.
func runsShell(words []pattern) bool {
	i := slices.IndexFunc(words, func(w pattern) bool { return w.matches("-s") && len(w) == 1 })
	if i < 0 || i+1 >= len(words) {
		return i < 0
	}
	name, ok := words[i+1].literal()
	return ok && isShell(path.Base(name))
}

// isText reports whether a word is the option -c of a shell, also among others.
func isText(w pattern) bool {
	return len(w) == 1 && strings.HasPrefix(w[0], "-") && !strings.HasPrefix(w[0], "--") && strings.Contains(w[0], "c")
}

// shell is for a shell, by its operands.
func (s *Survey) shell(operands []pattern) {
	if i := slices.IndexFunc(operands, isText); i >= 0 && i+1 < len(operands) {
		if text, ok := operands[i+1].literal(); ok {
			if file, err := grammar.Parse([]byte(text), grammar.Bash); err == nil { // what commands do to files is the same in both
				for _, e := range s.effectsOf(file) {
					e.apply(s)
				}
				return
			}
		}
	}
	s.PutAnything() // the script of a file
}

// copying is for commands that copy all but the last operand to that one.
func (s *Survey) copying(operands []pattern) {
	if slices.ContainsFunc(operands, func(w pattern) bool { return strings.HasPrefix(w[0], "-t") || strings.HasPrefix(w[0], "--target") }) {
		s.operands(operands)
		return
	}
	operands = slices.DeleteFunc(slices.Clone(operands), func(w pattern) bool { return strings.HasPrefix(w[0], "-") })
	if len(operands) == 0 {
		return
	}
	to := operands[len(operands)-1]
	s.putFile(to)
	areNamed := true
	for _, from := range operands[:len(operands)-1] {
		name, ok := from.base().literal()
		if areNamed = areNamed && ok && name != "." && name != ".." && name != ""; areNamed {
			s.putFile(append(slices.Clone(to[:len(to)-1]), to[len(to)-1]+"/"+name))
		}
	}
	s.putTree(to, areNamed)
}

// operands is for commands of which all that is known is the words that they are given.
func (s *Survey) operands(operands []pattern) {
	for _, w := range operands {
		s.putFile(w)
		s.putTree(w, false)
	}
}

func (s *Survey) putFile(w pattern) {
	if s.files = append(s.files, s.absolute(w)...); len(s.files) > maxPaths {
		s.PutAnything()
	}
}

func (s *Survey) putTree(w pattern, isBelow bool) {
	for _, dir := range s.absolute(w) {
		s.trees = append(s.trees, tree{dir, isBelow})
	}
	if len(s.trees) > maxPaths {
		s.PutAnything()
	}
}

// maxPaths bounds the paths that are remembered. More may be any.
const maxPaths = 5000

// maxDirs bounds the directories that a text changes to.
const maxDirs = 20

// absolute returns the paths that a word may name: those from each directory that the text may have changed to.
func (s *Survey) absolute(w pattern) []pattern {
	if strings.HasPrefix(w[0], "/") || w[0] == "" && len(w) > 1 {
		return []pattern{w.clean()}
	}
	paths := []pattern{append(pattern{path.Join("/", s.Dir) + "/" + w[0]}, w[1:]...).clean()}
	for _, dir := range s.dirs {
		last := len(dir) - 1
		joined := append(slices.Clone(dir[:last]), dir[last]+"/"+w[0])
		paths = append(paths, append(joined, w[1:]...).clean())
	}
	return paths
}
