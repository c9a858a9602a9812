package dockerfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
)

const (
	remedyFrom      = "a Dockerfile begins with FROM IMAGE"
	remedyNoText    = "give a Dockerfile with -f, in UTF-8"
	remedyReference = "see https://docs.docker.com/reference/dockerfile/"
)

// maxLine is how many bytes a line may have. The parser has the same limit.
const maxLine = 65535

// checkText refuses what is no text, which the parser would take for an instruction, and lines that are too long.
func (d *File) checkText() error {
	for i, line := range d.lines {
		where := fmt.Sprintf("%s:%d", d.name, i+1)
		switch {
		case !utf8.ValidString(line):
			return hint.Errorf("%s: is not text in UTF-8", where).With(remedyNoText)
		case strings.ContainsRune(line, 0):
			return hint.Errorf("%s: has a zero byte, which text does not have", where).With(remedyNoText)
		case len(line) > maxLine:
			return hint.Errorf("%s: line of %d bytes; at most %d are supported", where, len(line), maxLine).With("put the text into a file, and copy that")
		}
	}
	return nil
}

// Warnings returns what is probably not meant: values for ARG that the file has no ARG for, and lists that are not JSON.
func (d *File) Warnings() []string {
	warnings := d.unused()
	for i := range d.stages {
		for _, c := range d.stages[i].Commands {
			var text []string
			switch c := c.(type) {
			case *instructions.CmdCommand:
				text = c.CmdLine
			case *instructions.EntrypointCommand:
				text = c.CmdLine
			case *instructions.RunCommand:
				text = c.CmdLine
			}
			if len(text) == 1 && isList(text[0]) {
				warnings = append(warnings, fmt.Sprintf("%s: the list of %s is not JSON, which has double quotes and commas, and is taken as text of the shell: %s",
					d.where(c.Location()), c.Name(), text[0]))
			}
		}
	}
	return warnings
}

// isList says whether a text of the shell looks like a list. The command [ has a space behind it.
func isList(text string) bool {
	return len(text) > 2 && text[0] == '[' && !strings.ContainsAny(text[1:2], " [") && strings.HasSuffix(text, "]")
}

// at adds the line to an error, and a remedy if it has none.
func (d *File) at(location []parser.Range, err error) error {
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "dockerfile parse error on line") {
		err = inner
	}
	switch text := err.Error(); text {
	case "file with no instructions":
		err = hint.With(err, remedyFrom)
	case "no build stage in current context":
		err = hint.Errorf("no FROM before %s", d.instructionAt(location)).With(remedyFrom)
	default:
		if strings.HasPrefix(text, "invalid escape token") && len(location) > 0 {
			location[0].Start.Line++ // which the parser counts from 0 here
		}
	}
	name, remedy := d.instructionAt(location), remedyReference
	if name != "" {
		remedy += "#" + strings.ToLower(name)
		if !strings.Contains(err.Error(), name) {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}
	return hint.Default(fmt.Errorf("%s: %w", d.where(location), err), remedy)
}

// instructionAt returns the name of the instruction at a place, in capital letters, or "".
func (d *File) instructionAt(location []parser.Range) string {
	if len(location) == 0 || location[0].Start.Line < 1 || location[0].Start.Line > len(d.lines) {
		return ""
	}
	words := strings.Fields(d.lines[location[0].Start.Line-1])
	if len(words) == 0 {
		return ""
	}
	if _, ok := command.Commands[strings.ToLower(words[0])]; !ok {
		return ""
	}
	return strings.ToUpper(words[0])
}

// plainError is an error of docker's lexer, whose text may have a character that is not there.
func plainError(err error) error {
	if err != nil && strings.Contains(err.Error(), "unsupported modifier (\uFFFD)") {
		return errors.New(strings.Replace(err.Error(), "unsupported modifier (\uFFFD) in substitution", "a closing } is missing", 1))
	}
	return err
}

// ignoredError is an error of reading patterns.
func ignoredError(file buildcontext.File, err error) error {
	if info, statErr := os.Stat(file.Dir); statErr == nil && !info.IsDir() {
		return hint.Errorf("context directory %s: is not a directory", file.Dir).With("the context directory is the last argument of the command")
	}
	return hint.Default(fmt.Errorf("read %s: %w", filepath.Join(file.Dir, file.Name), err), "each line is a pattern such as *.md, dir/** or !README.md")
}

// where returns file and line.
func (d *File) where(location []parser.Range) string {
	if len(location) == 0 || location[0].Start.Line == 0 {
		return d.name
	}
	return fmt.Sprintf("%s:%d", d.name, location[0].Start.Line)
}

// locationOf returns the lines that an error of the parser is about.
func locationOf(err error) []parser.Range {
	location := new(parser.LocationError)
	if errors.As(err, &location) && len(location.Locations) > 0 {
		return location.Locations[0]
	}
	line := 0
	if n, _ := fmt.Sscanf(err.Error(), "dockerfile parse error on line %d:", &line); n == 1 {
		return []parser.Range{{Start: parser.Position{Line: line}}}
	}
	return nil
}

// settingOf is the member of an image's config that an instruction sets, as a spec spells it; "" for none.
func settingOf(c instructions.Command) string {
	switch c.(type) {
	case *instructions.EntrypointCommand:
		return "entrypoint"
	case *instructions.CmdCommand:
		return "cmd"
	case *instructions.EnvCommand:
		return "env"
	case *instructions.ExposeCommand:
		return "exposedPorts"
	case *instructions.HealthCheckCommand:
		return "healthcheck"
	case *instructions.LabelCommand:
		return "labels"
	case *instructions.MaintainerCommand:
		return "author"
	case *instructions.StopSignalCommand:
		return "stopSignal"
	case *instructions.UserCommand:
		return "user"
	case *instructions.VolumeCommand:
		return "volumes"
	case *instructions.WorkdirCommand:
		return "workingDir"
	}
	return ""
}
