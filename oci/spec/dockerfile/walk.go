package dockerfile

import (
	"fmt"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Instruction is an instruction of a Dockerfile and what it means.
type Instruction struct {
	Line    int                  // of the file, counted from 1; 0 for one of the base's ONBUILD
	Command instructions.Command // its words with their variables in place
	Steps   []spec.Step          // that it becomes: none or one
	Copies  []Copy               // what COPY, ADD or a bind mount of RUN copies
	Script  Script               // of RUN
	Args    map[string]string    // that are declared by then, with their values
}

// Copy is what one source of COPY or ADD, or of a bind mount, becomes.
type Copy struct {
	Path     string // absolute; with a slash at its end if it must be a directory
	Source   string // path in the context directory or the image, or a URL; of a here-document its name
	From     string // image, or "stage:" and the number of a stage, that it is taken from; "" for the context directory
	Context  string // directory that the source is in
	Content  *string
	SHA256   string // of what a URL must have, hexadecimal
	Owner    string
	Mode     *uint16
	ModeText string // symbolic, as chmod takes it, of what has no Mode
	Exclude  []string
	Parents  bool // of what is in an image, directories that lead to it are copied, too

	Directories []stage.File // that are made or changed before

	IsTree    bool // the source is a directory
	IsArchive bool // it is unpacked
}

// Script is the shell text of RUN.
type Script struct {
	Text    string
	Options string   // shell text that sets what SHELL says
	Bash    []string // the command line up to the text of a shell that is Bash; nil for sh, whose options are in Options
	Dir     string   // that it is run in
}

// Walk is [spec.Spec.Over] that also tells visit of each instruction of the stages that s is made of, in their order.
func (d *File) Walk(s *spec.Spec, base *oci.Base, visit func(*Instruction) error) error {
	chain, _, err := d.chain(d.target)
	if err != nil {
		return err
	}
	return d.over(s, chain, base, visit)
}

// Ignored returns the patterns of the .dockerignore that belongs to the Dockerfile.
func (d *File) Ignored() []string {
	var patterns []string
	for _, p := range d.ignored.Patterns() {
		text := p.String()
		if p.Exclusion() {
			text = "!" + text
		}
		patterns = append(patterns, text)
	}
	return patterns
}

// StageName returns what a stage is called: its name or its number.
func (d *File) StageName(number int) string {
	if number < len(d.stages) && d.stages[number].Name != "" {
		return d.stages[number].Name
	}
	return fmt.Sprint(number)
}

// line returns the line that an instruction begins in.
func line(c instructions.Command) int {
	if location := c.Location(); len(location) > 0 {
		return location[0].Start.Line
	}
	return 0
}
