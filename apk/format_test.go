package apk

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFormatCitations demands that every section of FORMAT.md that a comment of
// the module cites is a heading there, and that headings are numbered once.
func TestFormatCitations(t *testing.T) {
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^##+ ([0-9]+(?:\.[0-9]+)?)\.? `).FindAllStringSubmatch(string(text), -1) {
		if sections[m[1]] {
			t.Errorf("FORMAT.md: section %s occurs twice", m[1])
		}
		sections[m[1]] = true
	}
	cited := 0
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, section := range citations(string(source)) {
			cited++
			if !sections[section] {
				t.Errorf("%s: cites FORMAT.md %s, which is not a heading", path, section)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if cited == 0 {
		t.Error("no citation found")
	}
}

func TestCitations(t *testing.T) {
	for _, c := range []struct {
		source string
		want   []string
	}{
		{"// state files (apk/FORMAT.md 11).", []string{"11"}},
		{"// (apk/FORMAT.md 6, 10,\n\t// 11).", []string{"6", "10", "11"}},
		{"// (apk/FORMAT.md\n// 1.1 and 1.2.", []string{"1.1", "1.2"}},
		{"// FORMAT.md 9.3, 14.15) and FORMAT.md 2 of 3", []string{"9.3", "14.15", "2"}},
		{"// FORMAT.md has sections", nil},
	} {
		if got := citations(c.source); !slices.Equal(got, c.want) {
			t.Errorf("citations(%q) = %q, want %q", c.source, got, c.want)
		}
	}
}

// citationPattern matches the file's name and a list of sections, which may
// continue on the next line of a comment.
var citationPattern = regexp.MustCompile(`FORMAT\.md((?:(?:,| and)?\s+(?://\s*)?[0-9]+(?:\.[0-9]+)?)+)`)

var sectionPattern = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)?`)

// citations returns the sections of FORMAT.md that a Go file cites.
func citations(source string) []string {
	var sections []string
	for _, m := range citationPattern.FindAllStringSubmatch(source, -1) {
		sections = append(sections, sectionPattern.FindAllString(m[1], -1)...)
	}
	return sections
}
