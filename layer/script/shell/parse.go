package shell

import (
	"fmt"
	"path"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/busybox"
)

// Parse reads shell text as [RunText] does, without running it. A text that is larger or nested deeper than one that is run is an error.
func Parse(text []byte) (*syntax.File, error) {
	if len(text) > busybox.MaxBodySize {
		return nil, fmt.Errorf("more than %d bytes are not supported", busybox.MaxBodySize)
	}
	if line := tooDeep(text); line > 0 {
		return nil, fmt.Errorf("line %d: more than %d brackets within each other are not supported", line, maxNested)
	}
	return parseText(text, "sh")
}

// IsBuiltin reports whether the shell runs a command of that name itself.
func IsBuiltin(name string) bool { return isBuiltin(name) }

// IsInterpreter reports whether a file is interpreted that names such a program, by its path, in its first line.
func IsInterpreter(name string) bool {
	switch path.Base(name) {
	case "sh", "ash", "dash", "bash":
		return true
	}
	return false
}
