package script

import (
	"bytes"
	"errors"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestQuote: the shell reads what Quote returns as the one word that it was given.
func TestQuote(t *testing.T) {
	for _, word := range []string{"", "plain", "a b", "it's", "''", `a\b`, "$HOME", "`id`", "a\nb", "*", "~", "#x", "a;b", `"`, "-n", "é",
		"!x", "a=b", "{a,b}"} {
		var out bytes.Buffer
		err := RunText(t.Context(), Options{Tree: commandRoot(t), Output: &out}, "run", `set -- `+Quote(word)+`; printf '%s|' $# "$@"`, nil)
		if want := "1|" + word + "|"; err != nil || out.String() != want {
			t.Errorf("%q quoted as %s: got %q, %v, want %q", word, Quote(word), out.String(), err, want)
		}
	}
}

// TestNamesOfScripts: apk runs scripts of packages as lib/apk/exec/NAME-VERSION.TYPE, and commit hooks by their own paths.
func TestNamesOfScripts(t *testing.T) {
	for _, test := range []struct {
		script        Script
		name, printed string
	}{
		{Script{Package: "p", Version: "1-r0", Type: apk.PostInstall}, "p-1-r0.post-install", "lib/apk/exec/p-1-r0.post-install x"},
		{Script{Hook: "etc/apk/commit_hooks.d/a", Type: apk.PostCommit, Args: []string{"post-commit"}}, "etc/apk/commit_hooks.d/a post-commit",
			"etc/apk/commit_hooks.d/a post-commit"},
	} {
		if got := test.script.String(); got != test.name {
			t.Errorf("got %q, want %q", got, test.name)
		}
		test.script.Body = []byte("#!/bin/sh\necho $0 ${1:-x}\nexit 3\n")
		var out bytes.Buffer
		err := Run(t.Context(), Options{Tree: commandRoot(t), Generation: apk.V2, Output: &out}, test.script)
		if got := out.String(); got != test.printed+"\n" {
			t.Errorf("%s: printed %q", test.name, got)
		}
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Status != 3 || exit.Script != test.name {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}

// TestWorkingDirectory: a run begins in a directory that is there, with links followed.
func TestWorkingDirectory(t *testing.T) {
	root := commandRoot(t)
	if err := root.Symlink("dir", "w/link"); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"":         "/\n",
		"/w/dir":   "/w/dir\n",
		"/w/link":  "/w/dir\n",
		"/w/../w":  "/w\n",
		"/w/one":   "run: working directory /w/one: Not a directory",
		"/nothing": "run: working directory /nothing: No such file or directory",
	} {
		var out bytes.Buffer
		got := ""
		if err := RunText(t.Context(), Options{Tree: root, Dir: dir, Output: &out}, "run", "pwd", nil); err != nil {
			got = err.Error()
		}
		if got = out.String() + got; got != want {
			t.Errorf("%q: got %q, want %q", dir, got, want)
		}
	}
	if got := Reason(tree.ErrNotDir); got != "Not a directory" {
		t.Errorf("got %q", got)
	}
}

// TestNameOfKill expects what ash of busybox 1.36 printed: kill is an applet, and does not say which shell or script it is in.
func TestNameOfKill(t *testing.T) {
	const want = "sh: can't kill pid 99999: No such process\nsh: invalid number 'x'\n/bin/sh: nosuch: not found\nsh: you need to specify whom to kill\n"
	if got, _ := runCommands(t, Options{}, "/bin/sh -c 'kill -9 99999; kill x; nosuch; kill'"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
