package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/tree"
)

// hidden marks a name that is no builtin, so that the interpreter hands the
// command over to exec although it has a builtin for it.
const hidden = "\x00"

// call sees every simple command before it is run. It counts them, refuses
// builtins that cannot be kept inside and redirects those that this package has
// itself, since the interpreter's look at the host.
func (sh *shell) call(ctx context.Context, args []string) ([]string, error) {
	h := interp.HandlerCtx(ctx)
	line := h.Pos.Line()
	sh.mu.Lock()
	sh.steps++
	failed, steps := sh.failed, sh.steps
	sh.mu.Unlock()
	if failed != nil {
		return nil, failed
	}
	if steps > sh.Steps {
		return nil, sh.fail(fmt.Errorf("%s: line %d: more than %d commands were run", &sh.script, line, sh.Steps))
	}
	switch args[0] {
	case "[", "test", "type", "hash", "pwd", "umask", "kill", "ulimit":
		return redirected(args, 0), nil
	case "command":
		if len(args) > 1 && strings.HasPrefix(args[1], "-") {
			return redirected(args, 0), nil
		}
		if len(args) > 1 && sh.commands[args[1]] != nil && args[1] != "echo" && args[1] != "printf" {
			return redirected(args, 1), nil
		}
	case "exec":
		if len(args) > 1 {
			return redirected(args, 1), nil
		}
	case "eval":
		return args, sh.checkText(line, strings.Join(args[1:], " "))
	case "trap":
		if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
			return args, sh.checkText(line, args[1])
		}
	case ".", "source":
		return args, sh.checkSourced(h.Dir, line, args)
	case ":", "true", "false", "exit", "set", "shift", "unset", "echo", "printf", "break", "continue", "cd",
		"return", "read", "getopts", "wait", "local", "export", "readonly", "times":
	default:
		if interp.IsBuiltin(args[0]) {
			return nil, sh.fail(sh.unsupported(line, "builtin %q is not supported", args[0]))
		}
	}
	return args, nil
}

func redirected(args []string, i int) []string {
	args = append([]string(nil), args...)
	args[i] = hidden + args[i]
	return args
}

// checkText does for code made at run time what check does before.
func (sh *shell) checkText(line uint, text string) error {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil // the interpreter will say so
	}
	before := text
	var printed bytes.Buffer
	if err := sh.script.check(file); err != nil {
		var unsupported *UnsupportedError
		if errors.As(err, &unsupported) {
			unsupported.Line = line
		}
		return sh.fail(err)
	}
	// What check replaces in the tree stays in the text.
	syntax.NewPrinter().Print(&printed, file)
	if strings.Contains(before, "$$") || strings.Contains(before, "PPID") {
		return sh.fail(sh.unsupported(line, "$$ and $PPID are not supported in code made at run time"))
	}
	return nil
}

func (sh *shell) checkSourced(dir string, line uint, args []string) error {
	if len(args) < 2 {
		return nil
	}
	if !strings.Contains(args[1], "/") {
		return sh.fail(sh.unsupported(line, "%s with a name that has no slash is not supported", args[0]))
	}
	sh.mu.Lock()
	body, err := sh.Tree.ReadFile(absolute(dir, args[1]), maxInput)
	sh.mu.Unlock()
	if err != nil {
		return nil // the interpreter will say so
	}
	return sh.checkText(line, string(body))
}

// absolute returns a path of the tree. Windows' separators come from the
// interpreter, which uses the host's.
func absolute(dir, p string) string {
	if filepath.Separator != '/' {
		p, dir = filepath.ToSlash(p), filepath.ToSlash(dir)
	}
	if strings.HasPrefix(p, "/") {
		return p
	}
	return strings.TrimRight(dir, "/") + "/" + p
}

// exec runs a command that is neither a function nor one of the interpreter's builtins.
func (sh *shell) exec(ctx context.Context, args []string) error {
	h := interp.HandlerCtx(ctx)
	c := &call{
		shell: sh, ctx: ctx, args: args, dir: absolute(h.Dir, ""), line: h.Pos.Line(), stdin: h.Stdin,
		env: func(name string) string { return h.Env.Get(name).String() },
	}
	args[0] = strings.TrimPrefix(args[0], hidden)
	if len(args) > 1 {
		args[1] = strings.TrimPrefix(args[1], hidden)
	}
	status, err := c.runLocked()
	// What the command printed goes out when the tree is free again: whoever reads
	// it may need the tree.
	for _, w := range []struct {
		to   io.Writer
		text *bytes.Buffer
	}{{h.Stdout, &c.out}, {h.Stderr, &c.err}} {
		if w.text.Len() > 0 {
			if _, werr := w.to.Write(w.text.Bytes()); werr != nil && sh.failure() != nil {
				return sh.failure()
			}
		}
	}
	if err != nil {
		return sh.fail(err)
	}
	if status != 0 {
		return interp.ExitStatus(status)
	}
	return nil
}

// open serves redirections and the "." builtin.
func (sh *shell) open(ctx context.Context, name string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	h := interp.HandlerCtx(ctx)
	p := absolute(h.Dir, name)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if strings.HasPrefix(path.Clean(p), "/dev/") {
		switch path.Clean(p) {
		case "/dev/null":
			return &device{}, nil
		case "/dev/stdout":
			return &device{w: h.Stdout}, nil
		case "/dev/stderr":
			return &device{w: h.Stderr}, nil
		}
	}
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		b, err := sh.Tree.ReadFile(p, maxInput)
		if err != nil {
			return nil, shellError(name, err)
		}
		return &device{r: bytes.NewReader(b)}, nil
	}
	var flags tree.Flag
	if flag&os.O_CREATE != 0 {
		flags |= tree.Create
	}
	if flag&os.O_TRUNC != 0 {
		flags |= tree.Truncate
	}
	if flag&os.O_APPEND != 0 {
		flags |= tree.Append
	}
	w, err := sh.Tree.OpenWriter(p, flags, 0o644)
	if err != nil {
		return nil, shellError(name, err)
	}
	return &device{w: w, sh: sh}, nil
}

// shellError is what the interpreter prints and goes on after.
func shellError(name string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return &fs.PathError{Op: "can't open", Path: name, Err: err}
}

// device is an open file: one side or the other, or neither for /dev/null.
type device struct {
	r  io.Reader
	w  io.Writer
	sh *shell // to be locked while writing to the tree
}

func (d *device) Read(p []byte) (int, error) {
	if d.r == nil {
		return 0, io.EOF
	}
	return d.r.Read(p)
}

func (d *device) Write(p []byte) (int, error) {
	if d.w == nil {
		return len(p), nil
	}
	if d.sh != nil {
		d.sh.mu.Lock()
		defer d.sh.mu.Unlock()
	}
	return d.w.Write(p)
}

func (d *device) Close() error { return nil }

func (sh *shell) readDir(ctx context.Context, name string) ([]fs.DirEntry, error) {
	h := interp.HandlerCtx(ctx)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	dir, err := sh.Tree.Stat(absolute(h.Dir, name))
	if err != nil {
		return nil, err
	}
	if dir.Type != tree.Directory {
		return nil, tree.ErrNotDir
	}
	var list []fs.DirEntry
	for _, child := range dir.Names() {
		list = append(list, fs.FileInfoToDirEntry(fileInfo{child, *dir.Child(child)}))
	}
	return list, nil
}

func (sh *shell) stat(ctx context.Context, name string, follow bool) (fs.FileInfo, error) {
	h := interp.HandlerCtx(ctx)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	look := sh.Tree.Lstat
	if follow {
		look = sh.Tree.Stat
	}
	n, err := look(absolute(h.Dir, name))
	if err != nil {
		return nil, err
	}
	return fileInfo{path.Base(name), *n}, nil
}

// access answers as for root: everything but running what nobody may.
func (sh *shell) access(ctx context.Context, name string, mode interp.AccessMode) error {
	h := interp.HandlerCtx(ctx)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	n, err := sh.Tree.Stat(absolute(h.Dir, name))
	if err == nil && mode&interp.AccessExec != 0 && n.Type != tree.Directory && n.Mode&0o111 == 0 {
		err = tree.Errno("Permission denied")
	}
	return err
}

// fileInfo is a copy of a node, since the tree goes on changing.
type fileInfo struct {
	name string
	node tree.Node
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.node.Size }
func (i fileInfo) ModTime() time.Time { return i.node.ModTime }
func (i fileInfo) IsDir() bool        { return i.node.Type == tree.Directory }
func (i fileInfo) Sys() any           { return nil }

func (i fileInfo) Mode() fs.FileMode {
	mode := fs.FileMode(i.node.Mode & 0o777)
	for bit, flag := range map[uint16]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if i.node.Mode&bit != 0 {
			mode |= flag
		}
	}
	switch i.node.Type {
	case tree.Directory:
		mode |= fs.ModeDir
	case tree.Symlink:
		mode |= fs.ModeSymlink
	case tree.CharDevice:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case tree.BlockDevice:
		mode |= fs.ModeDevice
	case tree.FIFO:
		mode |= fs.ModeNamedPipe
	}
	return mode
}
