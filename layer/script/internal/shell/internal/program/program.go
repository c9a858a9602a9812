// Package program tells by the content of a file how a kernel would run it.
package program

import (
	"bytes"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Program is a file that may be a script. The zero value is a file whose content is not known: one that is too large or cannot be read.
type Program struct {
	IsScript    bool     // it begins with "#!", so that it is a script rather than the program that its name suggests
	Interpreter []string // which the kernel would start, with its argument
	content     []byte
}

// Read reads a program.
func Read(n *tree.Node) Program {
	if n.Size >= busybox.MaxBodySize {
		return Program{}
	}
	content, err := n.Read(busybox.MaxBodySize)
	if err == nil && content == nil {
		content = []byte{} // an empty file
	}
	p := Program{content: content}
	line, _, _ := bytes.Cut(content, []byte("\n"))
	if line, p.IsScript = bytes.CutPrefix(line, []byte("#!")); p.IsScript {
		p.Interpreter = strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' })
	}
	return p
}

// PlainText returns a copy of the content if that does not say what it is, with "#!" or by the format of a program; nil for any other.
func (p Program) PlainText() []byte {
	if p.content == nil || p.IsScript || bytes.HasPrefix(p.content, []byte("\x7fELF")) || bytes.IndexByte(p.content, 0) >= 0 {
		return nil
	}
	return append([]byte{}, p.content...)
}

// IsShellScript reports whether a shell interprets the program.
func (p Program) IsShellScript() bool {
	interpreter := p.Interpreter
	if len(interpreter) > 1 && path.Base(interpreter[0]) == "env" {
		interpreter = interpreter[1:]
	}
	if len(interpreter) == 0 {
		return false
	}
	_, ok := grammar.DialectOf(interpreter[0])
	return ok || path.Base(interpreter[0]) == "busybox"
}
