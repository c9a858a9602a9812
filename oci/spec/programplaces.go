package spec

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/layer/script/programs"
	"github.com/lamina-oci/lamina/oci"
)

// programs finds the programs that the commands of the document need and that cannot be interpreted.
func (s *Document) programs() []problem {
	survey := programs.Survey{LeaveOut: slices.Concat(s.Scripts.Without, s.without)}
	if value, ok := s.Config.Env["PATH"]; ok {
		survey.Path = strings.Split(strings.TrimPrefix(oci.MergeEnv([]string{"PATH=" + defaultPath}, map[string]string{"PATH": value})[0], "PATH="), ":")
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
func (s *Document) programsOf(survey *programs.Survey, files []fileEntry, run []string, prefix ...any) []problem {
	var problems []problem
	for i := range files {
		survey.PutFile(files[i].Path)
		if f := &files[i]; f.Tree != "" || f.From != "" || f.Archive != "" {
			survey.PutTree(f.Path)
		}
	}
	for i, text := range run {
		for _, p := range survey.Run(text) {
			found := problem{place: s.placeIn(s.node(slices.Concat(prefix, []any{"run", i})...), p.Offset), message: p.Message(), remedy: new(Step).RemedyProgram()}
			if p.Name == "" {
				found.remedy = new(Step).RemedyText()
			}
			problems = append(problems, found)
		}
	}
	return problems
}

// placeIn returns the place of a byte in the text that a node is. Where the file has the text in another form, it is that of the node.
func (s *Document) placeIn(node *yaml.Node, offset int) place {
	if node == nil {
		return place{}
	}
	at := s.placeOf(node)
	if at.file != "" {
		return at // of an included file, whose lines are not at hand
	}
	before, after := node.Value[:offset], node.Value[offset:]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	indented := line
	if end := strings.IndexByte(after, '\n'); end >= 0 {
		indented += after[:end]
	} else {
		indented += after
	}
	n := at.line + strings.Count(before, "\n")
	if node.Style&yaml.LiteralStyle != 0 {
		n++
	} else if strings.Contains(node.Value, "\n") {
		return at
	}
	if n > len(s.lines) {
		return at
	}
	from := 0
	if n == at.line {
		from = min(len(s.lines[n-1]), at.column-1)
	}
	if column := strings.Index(s.lines[n-1][from:], indented); column >= 0 {
		return place{line: n, column: 1 + utf8.RuneCountInString(s.lines[n-1][:from+column]+line)}
	}
	return at
}

// placeIn returns the place in the file of a program in the text of RUN.
func (d *Dockerfile) placeIn(c *instructions.RunCommand, text string, p programs.Program) place {
	location := c.Location()
	first, last := location[0].Start.Line, location[len(location)-1].End.Line
	joined, places := d.joined(first, last, len(c.Files) > 0 && c.Files[0].Chomp)
	at := -1
	switch {
	case !c.PrependShell:
		at = strings.Index(joined, `"`+p.Name) + 1 - p.Offset // of the word in quotes
	case len(c.Files) > 0:
		at = strings.Index(joined, "\n"+text) + 1 // a here-document alone
		if at == 0 {
			at = strings.Index(joined, text)
		}
	default:
		at = strings.LastIndex(joined, text)
	}
	if at < 0 || at+p.Offset >= len(places) {
		return place{line: first, column: 1}
	}
	return places[at+p.Offset]
}

// joined returns lines of the file with continuation lines joined as the parser joins them, and the place of each byte.
func (d *Dockerfile) joined(first, last int, chomp bool) (text string, places []place) {
	var b strings.Builder
	add := func(line, column int, part string) {
		for i := range len(part) {
			b.WriteByte(part[i])
			places = append(places, place{line: line, column: column + utf8.RuneCountInString(part[:i])})
		}
	}
	isOpen := true // in the instruction itself, not in a here-document
	for n := first; n <= last && n <= len(d.lines); n++ {
		line := strings.TrimRight(d.lines[n-1], "\r")
		trimmed := strings.TrimLeft(line, " \t")
		switch {
		case !isOpen && chomp:
			unindented := strings.TrimLeft(line, "\t")
			add(n, len(line)-len(unindented)+1, unindented+"\n")
		case !isOpen:
			add(n, 1, d.lines[n-1]+"\n")
		case n > first && (trimmed == "" || trimmed[0] == '#'):
		default:
			body := strings.TrimRight(line, " \t")
			escape := string(d.escape)
			if isOpen = strings.HasSuffix(body, escape) && !strings.HasSuffix(body, escape+escape); isOpen {
				add(n, 1, strings.TrimSuffix(body, escape))
			} else {
				add(n, 1, line+"\n")
			}
		}
	}
	return b.String(), places
}
