package spec

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/layer/script/programs"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// programs finds the programs that the commands of the document need and that cannot be interpreted.
func (s *Document) programs() []Problem {
	survey := programs.Survey{LeaveOut: slices.Concat(s.Scripts.Without, s.without)}
	if value, ok := s.Config.Env["PATH"]; ok {
		merged := oci.MergeEnv([]string{"PATH=" + imagedoc.DefaultPath}, map[string]string{"PATH": value})[0]
		survey.Path = strings.Split(strings.TrimPrefix(merged, "PATH="), ":")
	}
	survey.Install(s.Packages...)
	problems := s.programsOf(&survey, s.Files, s.Run)
	for i := range s.Steps {
		survey.Install(s.Steps[i].Packages...)
		problems = append(problems, s.programsOf(&survey, s.Steps[i].Files, s.Steps[i].Run, "steps", i)...)
	}
	return problems
}

// programsOf is programs for the lists of a step, to which prefix leads.
func (s *Document) programsOf(survey *programs.Survey, files []fileEntry, run []string, prefix ...any) []Problem {
	var problems []Problem
	for i := range files {
		survey.PutFile(files[i].Path)
		if f := &files[i]; f.Tree != "" || f.From != "" || f.Archive != "" {
			survey.PutTree(f.Path)
		}
	}
	for i, text := range run {
		for _, p := range survey.Run(text) {
			found := Problem{Place: s.placeIn(s.node(slices.Concat(prefix, []any{"run", i})...), p.Offset), Message: p.Message(),
				Remedy: new(Step).RemedyProgram()}
			if p.Name == "" {
				found.Remedy = new(Step).RemedyText()
			}
			problems = append(problems, found)
		}
	}
	return problems
}

// placeIn returns the place of a byte in the text that a node is. Where the file has the text in another form, it is that of the node.
func (s *Document) placeIn(node *yaml.Node, offset int) Place {
	if node == nil {
		return Place{}
	}
	at := s.placeOf(node)
	if at.File != "" {
		return at // of an included file, whose lines are not known here
	}
	before, after := node.Value[:offset], node.Value[offset:]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	indented := line
	if end := strings.IndexByte(after, '\n'); end >= 0 {
		indented += after[:end]
	} else {
		indented += after
	}
	n := at.Line + strings.Count(before, "\n")
	if node.Style&yaml.LiteralStyle != 0 {
		n++
	} else if strings.Contains(node.Value, "\n") {
		return at
	}
	if n > len(s.lines) {
		return at
	}
	from := 0
	if n == at.Line {
		from = min(len(s.lines[n-1]), at.Column-1)
	}
	if column := strings.Index(s.lines[n-1][from:], indented); column >= 0 {
		return Place{Line: n, Column: 1 + utf8.RuneCountInString(s.lines[n-1][:from+column]+line)}
	}
	return at
}
