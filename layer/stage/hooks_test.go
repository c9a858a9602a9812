package stage

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// hookTree is a root with files of commit hooks.
func hookTree(t *testing.T, files map[string]string) *tree.Tree {
	t.Helper()
	root := tree.New()
	for _, dir := range []string{"etc/apk/commit_hooks.d", "lib/apk/commit_hooks.d"} {
		check(t, root.MkdirAll(dir, 0o755))
	}
	for path, content := range files {
		check(t, root.WriteFile(path, []byte(content), 0o755))
	}
	return root
}

// TestHooks: directories, order and environment of both generations (apk/FORMAT.md 8), without a change.
func TestHooks(t *testing.T) {
	const say = "#!/bin/sh\necho $0 \"$@\" $APK_SCRIPT $APK_PACKAGE\n"
	files := map[string]string{
		"etc/apk/commit_hooks.d/b": say, "etc/apk/commit_hooks.d/.d": say, "lib/apk/commit_hooks.d/a": say,
		"lib/apk/commit_hooks.d/b": "#!/bin/sh\necho hidden\n",
		"lib/apk/commit_hooks.d/c": say, "etc/apk/commit_hooks.d/skipped": "\x7fELF", "etc/apk/commit_hooks.d/later": say,
	}
	skip := []string{"etc/apk/commit_hooks.d/skipped", "etc/apk/commit_hooks.d/later:pre-commit"}
	for generation, want := range map[apk.Generation]string{
		apk.V2: `etc/apk/commit_hooks.d/b pre-commit
etc/apk/commit_hooks.d/b post-commit
etc/apk/commit_hooks.d/later post-commit
`,
		apk.V3: `lib/apk/commit_hooks.d/a pre-commit pre-commit
etc/apk/commit_hooks.d/b pre-commit pre-commit
lib/apk/commit_hooks.d/c pre-commit pre-commit
lib/apk/commit_hooks.d/a post-commit post-commit
etc/apk/commit_hooks.d/b post-commit post-commit
lib/apk/commit_hooks.d/c post-commit post-commit
etc/apk/commit_hooks.d/later post-commit post-commit
`,
	} {
		var output bytes.Buffer
		s, err := New(hookTree(t, files), Options{Generation: generation, Output: &output, SkipScripts: skip})
		check(t, err)
		check(t, s.Apply(t.Context(), nil, nil, ApplyOptions{}))
		if diff := cmp.Diff(want, output.String()); diff != "" {
			t.Errorf("generation %v (-want +got):\n%s", generation, diff)
		}
		skipped := []SkippedScript{
			{Package: "etc/apk/commit_hooks.d/later", Type: apk.PreCommit}, {Package: "etc/apk/commit_hooks.d/skipped", Type: apk.PreCommit},
			{Package: "etc/apk/commit_hooks.d/skipped", Type: apk.PostCommit},
		}
		if diff := cmp.Diff(skipped, s.Skipped()); diff != "" {
			t.Errorf("skipped (-want +got):\n%s", diff)
		}
		output.Reset()
		check(t, s.Apply(t.Context(), nil, nil, ApplyOptions{NoScripts: true}))
		if output.Len() > 0 {
			t.Errorf("without scripts: %s", output.String())
		}
	}
}

// TestHooksThatFail: before the transaction that is an error, behind it a warning, as for apk.
func TestHooksThatFail(t *testing.T) {
	for _, test := range []struct {
		name, content string
		strict        bool
		err, warning  string
	}{
		{"before", "#!/bin/sh\necho no; exit 3\n", false, "commit hook etc/apk/commit_hooks.d/x pre-commit: exit status 3: no", ""},
		{"behind", "#!/bin/sh\n[ $1 = pre-commit ]\n", false, "", "commit hook etc/apk/commit_hooks.d/x post-commit: exit status 1"},
		{"behind, strictly", "#!/bin/sh\n[ $1 = pre-commit ]\n", true, "commit hook etc/apk/commit_hooks.d/x post-commit: exit status 1", ""},
		{"no program", "echo", false, "commit hook etc/apk/commit_hooks.d/x pre-commit: exit status 127: Exec format error", ""},
		{"binary", "\x7fELF", false, "commit hook etc/apk/commit_hooks.d/x pre-commit: it is a program that cannot be interpreted", ""},
	} {
		warning := ""
		s, err := New(hookTree(t, map[string]string{"etc/apk/commit_hooks.d/x": test.content}), Options{
			Generation: apk.V2, StrictScripts: test.strict, Warn: func(text string) { warning += text },
		})
		check(t, err)
		text := ""
		if err := s.Apply(t.Context(), nil, nil, ApplyOptions{}); err != nil {
			text = err.Error()
		}
		if text != test.err || warning != test.warning {
			t.Errorf("%s: got %q, warning %q", test.name, text, warning)
		}
	}
}

// TestHooksThatCannotRun: apk executes every name that does not begin with a dot.
func TestHooksThatCannotRun(t *testing.T) {
	for want, change := range map[string]func(*tree.Tree) error{
		"Permission denied":         func(tr *tree.Tree) error { return tr.WriteFile("etc/apk/commit_hooks.d/x", nil, 0o644) },
		"No such file or directory": func(tr *tree.Tree) error { return tr.Symlink("nothing", "etc/apk/commit_hooks.d/x") },
	} {
		root := hookTree(t, nil)
		check(t, change(root))
		s, err := New(root, Options{Generation: apk.V2})
		check(t, err)
		err = s.Apply(t.Context(), nil, nil, ApplyOptions{})
		if exit := (*script.ExitError)(nil); !errors.As(err, &exit) || !strings.HasSuffix(err.Error(), ": exit status 127: "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	root := hookTree(t, nil)
	check(t, root.Mkdir("etc/apk/commit_hooks.d/x", 0o755))
	s, err := New(root, Options{Generation: apk.V2})
	check(t, err)
	if err := s.Apply(t.Context(), nil, nil, ApplyOptions{}); err == nil || !strings.HasSuffix(err.Error(), "Permission denied") {
		t.Errorf("got %v", err)
	}
}
