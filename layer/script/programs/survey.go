package programs

import (
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/script/internal/shell"
)

// Survey is what the text has told so far about a root file system. The zero Survey is that of one which nothing was added to.
type Survey struct {
	// Path are the directories of PATH; nil for those that every image has.
	Path []string
	// Dir is the working directory; "" for the root.
	Dir string

	// LeaveOut are names of programs that do nothing.
	LeaveOut []string

	// Has, if not nil, reports whether there certainly is a program of a name where programs are looked for, which may be a script only
	// if [Known] does not have it. A command is a program if there is one, and not because one would expect it.
	Has func(name string) bool

	files     []pattern       // absolute paths of files that may be there
	trees     []tree          // that may hold files of any name
	dirs      []pattern       // that the text may have changed to
	elsewhere bool            // the text has a PATH of its own
	unknown   bool            // there may be files of any name anywhere
	installed map[string]bool // operands of "apk add"
	applets   map[string]bool
}

// Program is a command that cannot be interpreted, or the place in a text that the shell refuses as a whole.
type Program struct {
	Name   string // as the text has it; "" for a text that is refused
	Reason string // for which the text is refused
	Offset int    // in the text, in bytes
	Line   uint   // in the text, from 1; 0 for a text that is refused as a whole

	MayBeScript bool // which would be interpreted: only with Has
}

// Message says what is wrong.
func (p *Program) Message() string {
	switch {
	case p.Name == "":
		return p.Reason
	case p.MakesSecrets():
		return p.Name + " makes keys or passwords, and a secret must not be in an image"
	case p.MayBeScript:
		return p.Name + " is a program that cannot be interpreted, unless it is a script"
	}
	return p.Name + " is a program that cannot be interpreted"
}

// MakesSecrets reports whether the work of the program is to make keys, passwords or certificates: a container makes these when it starts.
func (p *Program) MakesSecrets() bool { return busybox.MakesSecrets(path.Base(p.Name)) }

// tree is a directory that files were put into.
type tree struct {
	dir pattern
	// isBelow means that only what is in directories below may have any name: the names of what is in dir itself are known.
	isBelow bool
}

// PutFile adds a file at a path.
func (s *Survey) PutFile(name string) { s.putFile(pattern{name}) }

// PutTree adds files of any names below a directory.
func (s *Survey) PutTree(dir string) { s.putTree(pattern{dir}, false) }

// PutAnything adds files of any names anywhere.
func (s *Survey) PutAnything() { s.unknown, s.files, s.trees = true, nil, nil }

// Install adds packages, by their names.
func (s *Survey) Install(names ...string) {
	if s.installed == nil {
		s.installed = make(map[string]bool)
	}
	for _, name := range names {
		if end := strings.IndexAny(name, "=<>~@"); end >= 0 {
			name = name[:end]
		}
		s.installed[name] = true
	}
}

// defaultPath are the directories that programs are looked for in.
var defaultPath = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// mayHave reports whether a file of that name may have been put where programs are looked for.
func (s *Survey) mayHave(name string) bool {
	dirs := s.Path
	if dirs == nil {
		dirs = defaultPath
	}
	return s.unknown || s.elsewhere || slices.ContainsFunc(dirs, func(dir string) bool {
		file := path.Join("/", dir, name)
		return slices.ContainsFunc(s.files, func(p pattern) bool { return p.matches(file) }) ||
			slices.ContainsFunc(s.trees, func(t tree) bool { return t.mayReach(path.Dir(file)) })
	})
}

// mayReach reports whether a tree may have a file of any name in a directory.
func (t *tree) mayReach(dir string) bool {
	if !t.isBelow && t.dir.matchesDirectory(dir) {
		return true
	}
	for dir != "/" && dir != "." {
		if dir = path.Dir(dir); t.dir.matchesDirectory(dir) {
			return true
		}
	}
	return false
}

// isProgram reports whether a command of that name is a program that cannot be interpreted.
func (s *Survey) isProgram(name string) bool {
	base := path.Base(name)
	if strings.Contains(name, "/") && !slices.Contains(defaultPath, path.Dir(name)) {
		return false
	}
	if s.applets == nil {
		s.applets = make(map[string]bool)
		for _, applet := range busybox.Names() {
			s.applets[applet] = true
		}
		delete(s.applets, "git") // of which config alone is interpreted
	}
	isProgram := isKnown(base)
	if s.Has != nil {
		isProgram = s.Has(base)
	}
	return isProgram && !slices.Contains(s.LeaveOut, base) && !s.applets[base] && !shell.IsBuiltin(base)
}

// IsBash reports whether a shell is Bash, by its name or path.
func IsBash(name string) bool {
	d, _ := grammar.DialectOf(name)
	return d == grammar.Bash
}

// IsInterpreter reports whether a script is interpreted that names such a program, by its path, in its first line.
func IsInterpreter(name string) bool {
	_, ok := grammar.DialectOf(name)
	return ok
}
