package dockerfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/oci"
)

// environment is variables as words refer to them.
type environment struct {
	values  map[string]string
	longest int // bytes of a value
}

func newEnvironment(values map[string]string) *environment {
	e := &environment{values: values}
	for _, value := range values {
		e.longest = max(e.longest, len(value))
	}
	return e
}

func (e *environment) set(name, value string) {
	e.values[name], e.longest = value, max(e.longest, len(value))
}

func (e *environment) Get(name string) (string, bool) { value, ok := e.values[name]; return value, ok }
func (e *environment) Keys() []string                 { return slices.Sorted(maps.Keys(e.values)) }

// check refuses words that variables could make very long: they may hold each other.
func (e *environment) check(word string) error {
	if strings.Count(word, "$")*e.longest > maxExpanded {
		return fmt.Errorf("a word with its variables may have more than %d bytes", maxExpanded)
	}
	return nil
}

// newLex returns what reads words. Nothing else may use it at the same time.
func (d *File) newLex() *shell.Lex { return shell.NewLex(d.escape) }

// expand replaces variables, quotes and escapes as in the words of a Dockerfile.
func expand(lex *shell.Lex, word string, e *environment) (string, error) {
	if err := e.check(word); err != nil {
		return "", err
	}
	value, _, err := lex.ProcessWord(word, e)
	return value, plainError(err)
}

// platformArgs returns the ARGs that docker predefines for a platform. An image does not depend on the machine that builds it.
func platformArgs(p oci.Platform) map[string]string {
	args := make(map[string]string)
	for _, prefix := range [...]string{"TARGET", "BUILD"} {
		args[prefix+"PLATFORM"], args[prefix+"OS"], args[prefix+"ARCH"], args[prefix+"VARIANT"] = p.String(), p.OS, p.Architecture, p.Variant
	}
	return args
}

// isOfPlatform reports whether a word refers to an ARG of the platform.
func isOfPlatform(word string) bool {
	for name := range platformArgs(oci.Platform{}) {
		if strings.Contains(word, "$"+name) || strings.Contains(word, "${"+name) {
			return true
		}
	}
	return false
}

// expandGlobal expands a word of FROM, or of ARG before the first FROM.
func (d *File) expandGlobal(word string) (string, error) {
	args := make(map[string]string)
	if d.options.Platform != (oci.Platform{}) {
		args = platformArgs(d.options.Platform)
	} else if isOfPlatform(word) {
		return "", hint.Errorf("%s depends on the platform, and there are several", word).With(
			"build the image of each platform by itself: --platform OS/ARCHITECTURE")
	}
	maps.Copy(args, d.global)
	return expand(d.newLex(), word, newEnvironment(args))
}

// unset returns the first variable, by its name, of a word of FROM that has no value, or "".
func (d *File) unset(word string) (first string) {
	args := platformArgs(d.options.Platform)
	maps.Copy(args, d.global)
	result, _ := d.newLex().ProcessWordWithMatches(word, newEnvironment(args))
	for name := range result.Unmatched {
		if first == "" || name < first {
			first = name
		}
	}
	return first
}

// unused returns a warning for each value for ARG that the file has no ARG for, unless docker knows its name.
func (d *File) unused() (warnings []string) {
	var declared []string
	for _, n := range d.ast.Children {
		if n.Next != nil && len(n.Next.Children) > 0 {
			n = n.Next.Children[0] // of ONBUILD
		}
		for word := n.Next; word != nil && strings.EqualFold(n.Value, command.Arg); word = word.Next {
			name, _, _ := strings.Cut(word.Value, "=")
			declared = append(declared, name)
		}
	}
	for name := range d.options.Args {
		isKnown := isOfPlatform("$"+name) || strings.HasPrefix(name, "BUILDKIT_") || name == "SOURCE_DATE_EPOCH"
		if isKnown || strings.HasSuffix(strings.ToUpper(name), "_PROXY") || slices.Contains(declared, name) {
			continue
		}
		warning := d.name + ": no ARG for --build-arg " + name
		if near := suggest.Near(name, slices.Values(declared)); len(near) > 0 {
			warning += "; did you mean " + near[0] + "?"
		}
		warnings = append(warnings, warning)
	}
	slices.Sort(warnings)
	return warnings
}
