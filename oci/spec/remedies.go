package spec

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
)

// remedyInstruction is the remedy for what is wrong in a Dockerfile.
const remedyInstruction = "correct the instruction in the Dockerfile"

// Remedy says what to correct when something in a list of the step is wrong.
func (s *Step) Remedy(list string) string {
	switch {
	case s.remedy != "":
		return s.remedy
	case s.where != "":
		return remedyInstruction
	}
	return "correct the entry under " + list + " in the spec"
}

// hinted returns an error with the remedy of the step, unless it has one that knows more.
func (s *Step) hinted(err error) error {
	if s.remedy != "" {
		return hint.With(err, s.remedy)
	}
	return hint.Default(err, s.Remedy("run"))
}

// RemedyText says what to do about a command that the shell does not know.
func (s *Step) RemedyText() string {
	return "commands are interpreted as busybox's sh does, and its programs: write the command for these"
}

// RemedyMissing says what to do about a command that is not in the image; packages have it.
func (s *Step) RemedyMissing(name string, packages []string) string {
	switch {
	case name == "apk":
		return "choose a base that has apk, or write a spec, whose packages need none: packages: [NAME]"
	case len(packages) == 0 && s.where != "":
		return "install the package that has " + name + " in an instruction before, or " + remedyInstruction
	case len(packages) == 0:
		return "add the package that has " + name + " to packages, or correct the entry under run in the spec"
	}
	have := strings.Join(packages, ", or ")
	if s.where != "" {
		return "install it before: RUN apk add " + have
	}
	return "add it to packages: " + have
}

// RemedyProgram says what to do about a command that needs a program.
func (s *Step) RemedyProgram() string {
	if s.where != "" {
		return "programs do not run here: build that stage with what you have, and hand it over: --build-context NAME=DIR" +
			"; or leave out what the image needs no result of: --without PROGRAM"
	}
	return "programs do not run here: make elsewhere what it makes, and bring it in with files (source, tree, url or from)"
}

// RunPlace is what lists call an item of Run.
func (s *Step) RunPlace(i int) string {
	if s.where != "" {
		return s.where + ": RUN"
	}
	return s.RunName(i)
}

// RunName is what messages call an item of Run.
func (s *Step) RunName(i int) string {
	if s.where != "" {
		return "RUN"
	}
	return fmt.Sprintf("run %d", i+1)
}
