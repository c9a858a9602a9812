package busybox

import (
	"errors"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

func find(c *Call) (int, error) {
	p := findParser{c: c, args: c.Args[1:], rules: finder{c: c, maxDepth: -1}}
	expr, err := p.parse()
	var bad findError
	if unknown := unknownPrimary(""); errors.As(err, &unknown) {
		return ended(0, c.refused("%v", unknown))
	}
	if errors.As(err, &bad) {
		if c.isOther() && !strings.HasPrefix(string(bad), "unknown ") && !strings.HasPrefix(string(bad), "can't stat") {
			return 0, c.refused("%v", err)
		}
		return c.complain("%v", err), nil
	} else if err != nil {
		return 0, err
	}
	f := &p.rules
	f.expr = expr
	for _, path := range p.paths {
		f.start = path
		if err := f.walk(path, 0); err != nil {
			return 0, err
		}
		if f.quit {
			break
		}
	}
	for _, batch := range f.batches {
		if f.quit {
			break // at once: the command does not run for what it has found
		}
		if err := f.flush(batch); err != nil {
			return 0, err
		}
	}
	if f.failed {
		return 1, nil
	}
	return 0, nil
}

// errQuit is what -quit ends an expression with.
var errQuit = errors.New("-quit")

// finder is a run of find. Files are visited in the order of their names, where a real
// file system has its own.
type finder struct {
	c                   *Call
	expr                findExpr
	follow, followFirst bool
	depthFirst, acts    bool
	maxDepth, minDepth  int // maxDepth is -1 without a bound
	batches             []*findBatch

	start string // the operand
	depth int    // of the file, below the operand

	prune, quit, failed bool
}

func (f *finder) complain(path string, err error) {
	f.c.complain("%s: %s", path, Reason(err))
	f.failed = true
}

func (f *finder) walk(path string, depth int) error {
	if err := f.c.Bounded(); err != nil {
		return err
	}
	follow := f.follow || f.followFirst && depth == 0
	n, err := f.c.look(path, follow)
	if follow && errors.Is(err, tree.ErrNotExist) {
		n, err = f.c.look(path, false) // a link that leads nowhere is itself
	}
	if err != nil {
		f.complain(path, err)
		return nil
	}
	if depth > maxDirectories {
		return f.c.Unsupported(f.c.Line, "find: more than %d directories deep", maxDirectories)
	}
	f.prune = false
	if !f.depthFirst {
		if err := f.visit(path, n, depth); err != nil || f.quit {
			return err
		}
	}
	if n.Type == tree.Directory && !f.prune && (f.maxDepth < 0 || depth < f.maxDepth) {
		if again, err := f.c.look(path, true); err != nil {
			f.complain(path, err)
			return nil
		} else {
			n = again
		}
		names, err := f.c.Tree.Names(n)
		if err != nil {
			f.complain(path, err)
		}
		for _, name := range names {
			if err := f.walk(join(path, name), depth+1); err != nil || f.quit {
				return err
			}
		}
	}
	if f.depthFirst {
		return f.visit(path, n, depth)
	}
	return nil
}

func (f *finder) visit(path string, n *tree.Node, depth int) error {
	if depth < f.minDepth {
		return nil
	}
	f.depth = depth
	_, err := f.expr(f, findFile{path, n})
	if err == errQuit {
		f.quit = true
		return nil
	}
	return err
}

func printPath(end byte) findExpr {
	return func(f *finder, file findFile) (bool, error) {
		f.c.Out.WriteString(file.path)
		f.c.Out.WriteByte(end)
		return true, nil
	}
}

func deleteFile(f *finder, file findFile) (bool, error) {
	var err error
	switch {
	case file.node.Type == tree.Directory && file.path == ".":
		return true, nil
	case file.node.Type == tree.Directory:
		err = f.c.removeDirectory(file.path)
	default:
		err = f.c.Tree.Remove(f.c.file(file.path))
	}
	if err != nil {
		f.c.complain("%s: %s", file.path, Reason(err))
	}
	return true, nil
}

func (f *finder) execOne(command []string, path string) (bool, error) {
	args := make([]string, len(command))
	size := 0
	for i, arg := range command {
		if strings.Count(arg, "{}")*len(path) > MaxInput {
			return false, f.c.exceeded("find: a word of more than %d bytes", MaxInput)
		}
		args[i] = strings.ReplaceAll(arg, "{}", path)
		size += len(args[i])
	}
	if size > MaxInput {
		return false, f.c.Unsupported(f.c.Line, "find: a command of more than %d bytes is not supported", MaxInput)
	}
	status, err := f.c.child(args, nil, nil, "%s: %s")
	return status == 0, err
}

// findBatch collects the paths for one "-exec ... {} +".
type findBatch struct {
	command []string
	at      int // the word with "{}"
	paths   []string
	size    int
}

func (f *finder) flush(b *findBatch) error {
	if len(b.paths) == 0 {
		return nil
	}
	before, after, _ := strings.Cut(b.command[b.at], "{}")
	if len(b.paths)*(len(before)+len(after)) > MaxInput {
		return f.c.exceeded("find: a command of more than %d bytes", MaxInput)
	}
	args := slices.Clone(b.command[:b.at])
	for _, path := range b.paths {
		args = append(args, before+path+after)
	}
	args = append(args, b.command[b.at+1:]...)
	b.paths, b.size = nil, 0
	status, err := f.c.child(args, nil, nil, "%s: %s")
	if status != 0 {
		f.failed = true
	}
	return err
}

const errFindBatch = findError("only one '{}' allowed for -exec +")

// exec reads the command of -exec, which ends in ";", or in "+" to run it for many files
// at a time.
func (p *findParser) exec() (findExpr, error) {
	p.rules.acts = true
	for i, arg := range p.args {
		if arg != ";" && arg != "+" {
			continue
		}
		command := p.args[:i]
		p.args = p.args[i+1:]
		if len(command) == 0 {
			return nil, findError("-exec requires an argument")
		}
		if arg == ";" {
			return func(f *finder, file findFile) (bool, error) { return f.execOne(command, file.path) }, nil
		}
		batch := &findBatch{command: command, at: -1}
		for i, word := range command {
			switch n := strings.Count(word, "{}"); {
			case n == 1 && batch.at < 0:
				batch.at = i
			case n > 0:
				return nil, errFindBatch
			}
		}
		if batch.at < 0 {
			return nil, errFindBatch
		}
		if p.depth == 0 { // busybox forgets what is left of those in parentheses
			p.rules.batches = append(p.rules.batches, batch)
		}
		return func(f *finder, file findFile) (bool, error) {
			batch.paths = append(batch.paths, file.path)
			if batch.size += len(file.path) + 1; batch.size > argumentBytes {
				return true, f.flush(batch)
			}
			return true, nil
		}, nil
	}
	return nil, findError("-exec requires an argument")
}
