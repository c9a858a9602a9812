package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestSpecPrograms holds programs that the commands of a spec need against the message.
func TestSpecPrograms(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string // places and names
	}{
		{"plain", "run:\n  - make && npm ci\n  - true\n  - 'pip install x'\n  - \"git log\"\n", []string{"2:5 make", "2:13 npm", "4:6 pip", "5:6 git"}},
		{"lines", "run:\n  - |\n    set -e\n    A=é make\n\n    if [ -f x ]; then\n      npm ci\n    fi\n    npm run build\n", []string{"4:9 make", "9:5 npm"}},
		{"folded", "run:\n  - >\n    true\n    && make\n", []string{"2:5 make"}},
		{"steps", "steps:\n  - packages: [git]\n    run: [git log || true, make]\n  - run: [npm ci]\n", []string{"3:11 git", "3:28 make", "4:11 npm"}},
		{"packages", "packages: [git]\nrun:\n  - if git log; then make; fi\n", []string{"3:8 git"}},
		{"file of that name", "files:\n  - {path: /usr/bin/make, content: x}\nrun: [make, npm ci]\n", []string{"3:13 npm"}},
		{"tree", "files:\n  - {path: /usr/bin, tree: .}\nrun: [make]\n", nil},
		{"PATH", "config: {env: {PATH: \"/app/bin:$PATH\"}}\nfiles:\n  - {path: /app, tree: .}\nrun: [make]\n", nil},
		{"args", "args: {X: npm}\nrun:\n  - ${X} ci\n", []string{"3:5 npm"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "lamina.yaml")
			if err := os.WriteFile(name, []byte(test.text+"base: scratch\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := spec.Read(name, spec.ReadOptions{})
			var lines []string
			for _, want := range test.want {
				place, program, _ := strings.Cut(want, " ")
				lines = append(lines, name+":"+place+": "+program+" is a program that cannot be interpreted")
			}
			want, remedy := "", ""
			if len(lines) > 0 {
				want = "read spec: " + strings.Join(lines, "\n  ")
				remedy = "programs do not run here: make elsewhere what it makes, and bring it in with files (source, tree, url or from)"
			}
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := hint.Of(err); got != remedy {
				t.Errorf("remedy %q, want %q", got, remedy)
			}
		})
	}
}
