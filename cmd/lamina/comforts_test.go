package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestInit writes a spec that parses, builds, and is not written over.
func TestInit(t *testing.T) {
	fixture, err := filepath.Abs("../../fixtures/nginx")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	if err := os.CopyFS("fixture", os.DirFS(fixture)); err != nil {
		t.Fatal(err)
	}
	fixtureSpec, err := spec.Read("fixture/lamina.yaml", spec.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"init", "nginx", "curl>8", "!bar", "--base", "rootfs:fixture/x.tar.gz", "--repository", "fixture/repository", "--repository",
		"@edge https://example.com/a b", "--key", "fixture/a: b.pub"}
	code, stdout, stderr := b.lamina(args...)
	if code != exit.Done || stdout != "lamina.yaml\n" ||
		!strings.Contains(stderr, "does not describe the base, which cannot be read: open rootfs:fixture/x.tar.gz") {
		t.Fatalf("%d, %q, %q", code, stdout, stderr)
	}
	got, err := spec.Read("lamina.yaml", spec.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Base != "rootfs:fixture/x.tar.gz" || !slices.Equal(got.Packages, []string{"nginx", "curl>8", "!bar"}) ||
		!slices.Equal(got.Repositories, []string{"fixture/repository", "@edge https://example.com/a b"}) || fmt.Sprint(got.Keys) != "[fixture/a: b.pub]" {
		t.Errorf("%+v", got)
	}
	if code, _, stderr := b.lamina(args...); code != exit.Failed || !strings.Contains(stderr, "lamina.yaml already exists") {
		t.Errorf("again: %d, %s", code, stderr)
	}

	// Each commented key is one that the parser knows, too.
	text, err := os.ReadFile("lamina.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b.lamina("init", "-f", "bare.yaml")
	bare, err := os.ReadFile("bare.yaml")
	if err != nil {
		t.Fatal(err)
	}
	bare = bytes.TrimPrefix(bare, []byte(editorLine))
	text = bytes.TrimPrefix(text, []byte(editorLine))
	for _, text := range []string{string(text), string(bare)} {
		var all strings.Builder
		for line := range strings.Lines(text) {
			if rest, ok := strings.CutPrefix(line, "# "); ok && (strings.HasPrefix(rest, " ") || strings.Contains(rest, ": ") &&
				!strings.Contains(rest, ". ") || strings.HasSuffix(rest, ":\n")) && rest[0] != 'W' && rest[0] != 'A' {
				line = rest
			}
			all.WriteString(line)
		}
		var s spec.Document
		if err := s.Parse([]byte(all.String()), "uncommented"); err != nil {
			t.Errorf("%v\n%s", err, all.String())
		}
	}

	if code, _, stderr := b.lamina("init", "-f", "small.yaml", "--base", fixtureSpec.Base[:strings.Index(fixtureSpec.Base, ":")+1]+"fixture/"+
		strings.TrimPrefix(fixtureSpec.Base[strings.Index(fixtureSpec.Base, ":")+1:], "./"), "--repository", "fixture/repository", "nginx"); code != exit.Done {
		t.Fatal(stderr)
	}
	if code, _, stderr := b.lamina(append([]string{"build", "-f", "small.yaml", "-o", "oci:small:x"}, keyFlags(fixtureSpec)...)...); code != exit.Done {
		t.Errorf("build: %s", stderr)
	}
}

// keyFlags names the keys of a spec in fixture.
func keyFlags(s *spec.Document) []string {
	var flags []string
	for _, key := range s.Keys {
		flags = append(flags, "--key", "fixture/"+key.String())
	}
	return flags
}

// TestCompletion asks for what shells ask for.
func TestCompletion(t *testing.T) {
	fixture, err := filepath.Abs("../../fixtures/nginx")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	if err := os.CopyFS("nginx", os.DirFS(fixture)); err != nil {
		t.Fatal(err)
	}
	complete := func(args ...string) []string {
		t.Helper()
		code, stdout, _ := b.lamina(append([]string{"__complete"}, args...)...)
		if code != exit.Done {
			t.Fatalf("%v: %d", args, code)
		}
		var words []string
		for line := range strings.Lines(stdout) {
			if word, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); !strings.HasPrefix(word, ":") {
				words = append(words, word)
			}
		}
		return words
	}
	for _, c := range []struct {
		args []string
		want string // one of the words
	}{
		{[]string{"bui"}, "build"},
		{[]string{"build", "--plat"}, "--platform"},
		{[]string{"build", "--platform", "linux/a"}, "linux/arm64"},
		{[]string{"build", "--compression", ""}, "zstd"},
		{[]string{"build", "--base", "r"}, "rootfs:"},
		{[]string{"build", "-o", "d"}, "docker://"},
		{[]string{"inspect", ""}, "oci:"},
		{[]string{"push", "oci:x:y", ""}, "docker://"},
		{[]string{"sbom", "--format", ""}, "cyclonedx"},
		{[]string{"inspect", "oci:o"}, "oci:out"},
		{[]string{"inspect", "oci:ngi"}, "oci:nginx/"},
		{[]string{"inspect", "oci:out:b"}, "oci:out:before"},
		{[]string{"build", "--base", "rootfs:base"}, "rootfs:base.tar.gz"},
		{[]string{"build", "--base", "oci:out:"}, "oci:out:before"},
		{[]string{"build", "--repository", "repo", "ng"}, "nginx"},
		{[]string{"build", "--repository", "repo", "!ng"}, "!nginx"},
		{[]string{"resolve", "-f", "nginx/lamina.yaml", "pcr"}, "pcre2"},
	} {
		if words := complete(c.args...); !slices.Contains(words, c.want) {
			t.Errorf("%v: %v, want %s among them", c.args, words, c.want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, stderr := b.lamina("completion", shell); code != exit.Done || !strings.Contains(stdout, "lamina") {
			t.Errorf("%s: %d, %s", shell, code, stderr)
		}
	}
	for _, args := range [][]string{{"build", "--cache-dir", "nowhere", "ng"}, {"inspect", "oci:out:c"}, {"inspect", "oci:no"}, {"inspect", "oci:nowhere:x"}} {
		if words := complete(args...); len(words) > 0 {
			t.Errorf("%v: %v, want nothing", args, words)
		}
	}
	if bash, err := exec.LookPath("bash"); err == nil {
		_, script, _ := b.lamina("completion", "bash")
		check := exec.Command(bash, "-n")
		check.Stdin = strings.NewReader(script)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("bash: %v\n%s", err, out)
		}
	}
}

// TestEnvironmentText: each variable that the program reads itself is in the table.
func TestEnvironmentText(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "fixtures") ||
			strings.HasSuffix(filepath.Dir(path), "test") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || f.Sel.Name != "Getenv" && f.Sel.Name != "LookupEnv" {
				return true
			}
			if literal, ok := call.Args[0].(*ast.BasicLit); ok {
				found++
				if name, _ := strconv.Unquote(literal.Value); !strings.Contains(environmentText, name) {
					t.Errorf("%s reads %s, which is missing in the table", path, name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d variables, %v", found, err)
	}
}

// TestNearFlag: a flag that is misspelt is guessed.
func TestNearFlag(t *testing.T) {
	b := newBench(t)
	for args, want := range map[string]string{
		"build --platfrom x":    "lamina: unknown flag: --platfrom; did you mean --platform?",
		"inspect --files oci:x": `lamina: --files "oci:x": want a whole number`,
		"push --ofline":         "lamina: unknown flag: --ofline; did you mean --offline?",
		"build --quux":          "lamina: unknown flag: --quux",
		"build -x":              "lamina: unknown flag: -x",
	} {
		code, _, stderr := b.lamina(strings.Fields(args)...)
		if first, _, _ := strings.Cut(stderr, "\n"); code != exit.Usage || first != want {
			t.Errorf("%s: %d, %s", args, code, first)
		}
	}
}

// TestOtherFlags: flags of other builders are answered with what to give instead, and none of them exists here.
func TestOtherFlags(t *testing.T) {
	b := newBench(t)
	for args, want := range map[string]string{
		"build --push -t x .":         "leave it out: -t NAME uploads the image",
		"build --shm-size=1g .":       "leave it out: nothing runs in a container",
		"build --destination=r/x:1 .": "give -t NAME",
	} {
		code, _, stderr := b.lamina(strings.Fields(args)...)
		if code != exit.Usage || !strings.Contains(stderr, "\n  "+want+"\n") {
			t.Errorf("%s: %d, %s", args, code, stderr)
		}
	}
	buildCommand().Flags().VisitAll(func(f *pflag.Flag) {
		if usage.ForeignFlag(f.Name) != "" {
			t.Errorf("--%s is a flag of build", f.Name)
		}
	})
}

// TestHelp: each command says what it does, how it is used and, unless it is a topic, shows how.
func TestHelp(t *testing.T) {
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Short == "" || cmd.Long == "" {
			t.Errorf("%s: has no text", cmd.CommandPath())
		}
		if cmd.Runnable() && cmd.HasParent() && cmd.Example == "" && cmd.Name() != "help" {
			t.Errorf("%s: shows no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			if words := strings.Fields(line); len(words) < 2 || words[0] != "lamina" {
				t.Errorf("%s: example %q", cmd.CommandPath(), line)
			}
		}
		for line := range strings.Lines(cmd.Long) {
			if len([]rune(strings.TrimRight(line, "\n"))) > 110 {
				t.Errorf("%s: a line of the text is too long: %s", cmd.CommandPath(), line)
			}
		}
		for _, sub := range cmd.Commands() {
			if sub.Name() != "completion" {
				visit(sub)
			}
		}
	}
	visit(newCommand(os.Stdout, os.Stderr))
}
