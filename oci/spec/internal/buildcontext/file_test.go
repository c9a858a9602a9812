package buildcontext_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
)

// TestConfined: no name leads out of the context directory, neither by itself nor by a link.
func TestConfined(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{filepath.Join(outside, "secret"), filepath.Join(dir, "in", "page")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"link": filepath.Join(outside, "secret"), "up": outside, "own": "in"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	for _, test := range []struct{ name, want string }{
		{"in/page", ""},
		{"own/page", ""},
		{"link", "is reached by a link that is absolute or leads out of the context directory"},
		{"up/secret", "is reached by a link that is absolute or leads out of the context directory"},
		{"../secret", "leads out of the context directory"},
		{filepath.Join(outside, "secret"), "is an absolute path"},
		{"in", "is not a regular file"},
		{"missing", "does not exist in the context directory"},
	} {
		f := buildcontext.File{Dir: dir, Name: filepath.FromSlash(test.name)}
		_, err := f.Stat()
		if test.want == "" {
			content, openErr := f.Open()
			if err != nil || openErr != nil {
				t.Errorf("%s: %v, %v", test.name, err, openErr)
				continue
			}
			if text, err := io.ReadAll(content); string(text) != "text" || err != nil {
				t.Errorf("%s: %q, %v", test.name, text, err)
			}
			content.Close()
			continue
		}
		if err == nil || !strings.Contains(f.Explain("/x", err).Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if content, err := f.Open(); err == nil && test.name != "in" {
			content.Close()
			t.Errorf("%s: was opened", test.name)
		}
	}
	tree := buildcontext.Tree{Source: buildcontext.File{Dir: dir, Name: "up"}, Path: "/srv"}
	if files, err := tree.Files(new(patternmatcher.PatternMatcher)); err == nil || !strings.Contains(err.Error(), "leads out") {
		t.Errorf("tree behind a link: %v, %v", files, err)
	}
}
