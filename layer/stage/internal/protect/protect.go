package protect

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Paths knows which directories hold configuration: files there that someone
// changed are not replaced by a package (apk/FORMAT.md 9.2).
type Paths struct {
	rules []rule
	known map[string]*directory
}

// rule is a line such as "+etc" or "@etc/init.d".
type rule struct {
	mode     byte     // '-' ignore, '+' default, '@' symlinks only, '!' all
	patterns []string // one for each component
}

// directory is what the rules say of one directory.
type directory struct {
	mode    byte
	started []int // rules whose first components match, so that more of them may match below
}

const rulesDirectory = "etc/apk/protected_paths.d"

// maxFile bounds each file of rules.
const maxFile = 1 << 20

// Read reads the rules of a tree, to which those that apk has itself are added.
func Read(t *tree.Tree, g apk.Generation) (*Paths, error) {
	p := &Paths{known: make(map[string]*directory)}
	for _, line := range []string{"+etc", "@etc/init.d", "!etc/apk"} {
		p.add(line)
	}
	names, err := t.ReadDir(rulesDirectory)
	if err != nil && !errors.Is(err, tree.ErrNotExist) && !errors.Is(err, tree.ErrNotDir) {
		return nil, err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".list") || g == apk.V3 && name[0] == '.' {
			continue
		}
		b, err := t.ReadFile(path.Join(rulesDirectory, name), maxFile)
		if err != nil {
			return nil, fmt.Errorf("read protected paths: %w", err)
		}
		for line := range strings.Lines(string(b)) {
			p.add(strings.TrimSuffix(line, "\n"))
		}
	}
	// The root matches nothing itself; every rule may match below it.
	root := &directory{mode: '-'}
	for i := range p.rules {
		root.started = append(root.started, i)
	}
	p.known[""] = root
	return p, nil
}

func (p *Paths) add(line string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return
	}
	mode := byte('+')
	if strings.IndexByte("-+@!", line[0]) >= 0 {
		mode, line = line[0], line[1:]
	}
	line = strings.Trim(line, "/")
	if line == "" {
		return
	}
	p.rules = append(p.rules, rule{mode, strings.Split(line, "/")})
}

// Protects says whether files in a directory are to be kept when changed. At
// installation only '-' differs from the other modes.
func (p *Paths) Protects(dir string) bool { return p.directory(dir).mode != '-' }

func (p *Paths) directory(dir string) *directory {
	if d := p.known[dir]; d != nil {
		return d
	}
	above, name := "", dir
	if i := strings.LastIndexByte(dir, '/'); i >= 0 {
		above, name = dir[:i], dir[i+1:]
	}
	parent := p.directory(above)
	if len(parent.started) == 0 {
		return parent // no rule begins like this one's path
	}
	depth := strings.Count(dir, "/")
	d := &directory{mode: parent.mode}
	for _, i := range parent.started {
		r := p.rules[i]
		if !glob.MatchPath(r.patterns[depth], name) {
			continue
		}
		if depth+1 == len(r.patterns) {
			d.mode = r.mode // later rules win
		} else {
			d.started = append(d.started, i)
		}
	}
	p.known[dir] = d
	return d
}
