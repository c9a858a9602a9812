package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestRandomArithmetic evaluates random expressions here and in busybox.
func TestRandomArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	var lines []string
	for range 1500 {
		lines = append(lines, "a=3; b=-2; c=5; d='a+1'; echo $(("+randomExpression(r, 1+r.IntN(4))+")) $a $b $c")
	}
	compareLines(t, lines)
}

// randomExpression returns an expression of at most a depth.
func randomExpression(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	deeper := func() string { return randomExpression(r, depth-1) }
	if depth == 0 || r.IntN(4) == 0 {
		return pick("0", "1", "2", "3", "7", "a", "b", "c", "010", "0x1f", "d", "4", "-1", "16#ff", "nosuch")
	}
	switch r.IntN(12) {
	case 0:
		return "(" + deeper() + ")"
	case 1:
		return pick("!", "~", "-", "+") + deeper()
	case 2:
		return deeper() + "?" + deeper() + ":" + deeper()
	case 3:
		return "(" + pick("a", "b", "c") + pick("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "|=", "^=", "&=") + deeper() + ")"
	case 4:
		return pick("a++", "b--", "++c", "--a")
	case 5:
		return deeper() + "," + deeper()
	}
	space := pick("", "", " ")
	if r.IntN(10) == 0 {
		return deeper() + space + "**" + space + pick("0", "1", "2", "3", "-1", "!0") // busybox takes long for more
	}
	return deeper() + space + pick("+", "-", "*", "/", "%", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^", "&&", "||", "<<", ">>") + space + deeper()
}

// compareLines runs each line in a subshell of its own, all of them in one run of busybox,
// and compares what it prints, also to standard error, and its status.
func compareLines(t *testing.T, lines []string) {
	t.Helper()
	compareEach(t, "", tree.New, lines)
}

// compareCommands is compareLines among the files of [fixtureFiles], which no line may change.
func compareCommands(t *testing.T, lines []string) {
	t.Helper()
	root := newReferenceRoot(t)
	compareEach(t, "cd /w; ", root.base.Clone, lines)
}

func compareEach(t *testing.T, before string, files func() *tree.Tree, lines []string) {
	t.Helper()
	if refused := compareUnlessRefused(t, before, files, lines); len(refused) > 0 {
		t.Errorf("%d of %d lines are refused, the first: %s", len(refused), len(lines), refused[0])
	}
}

// compareUnlessRefused is compareEach for lines that may be refused. It returns the refusals.
func compareUnlessRefused(t *testing.T, before string, files func() *tree.Tree, lines []string) (refused []string) {
	t.Helper()
	const atOnce = 50
	root := newReferenceRoot(t)
	chunks := slices.Collect(slices.Chunk(lines, atOnce))
	answers, problems := make([][]string, len(chunks)), make([]error, len(chunks))
	outputs, failures := make([]string, len(lines)), make([]error, len(lines))
	inTurns(len(chunks), func(worker, chunk int) {
		var all strings.Builder
		for i, line := range chunks[chunk] {
			fmt.Fprintf(&all, "echo '\x01 line %d'; ( %s ) 2>&1; echo \"status $?\"\n", i, before+line)
		}
		var answer string
		answer, problems[chunk] = root.runLines(worker, all.String())
		answers[chunk] = strings.Split(answer, "\x01 line ")[1:]
		for i, line := range chunks[chunk] {
			var out bytes.Buffer
			failures[chunk*atOnce+i] = Run(context.Background(), Options{Tree: files(), Generation: apk.V2, Output: &out},
				Script{Package: "p", Version: "1", Type: apk.PostInstall, Body: []byte("#!/bin/sh\n( " + before + line + " ) 2>&1; echo \"status $?\"\n")})
			outputs[chunk*atOnce+i] = out.String()
		}
	})
	parts := slices.Concat(answers...)
	if err := errors.Join(problems...); err != nil || len(parts) != len(lines) {
		t.Fatalf("busybox ran %d of %d lines: %v", len(parts), len(lines), err)
	}
	differ := 0
	for i, line := range lines {
		_, want, _ := strings.Cut(parts[i], "\n")
		got, err := outputs[i], failures[i]
		if errors.As(err, new(*UnsupportedError)) {
			refused = append(refused, fmt.Sprintf("%s\nbusybox %q\nlamina  %v", line, want, err))
			continue
		}
		if err != nil && !errors.As(err, new(*ExitError)) {
			got = err.Error()
		}
		got, want = withoutShellName.ReplaceAllString(got, ""), withoutHelp(withoutShellName.ReplaceAllString(want, ""))
		if got != want {
			if differ++; differ <= 40 {
				t.Errorf("%s\nbusybox %q\nlamina  %q", line, want, got)
			}
		}
	}
	if differ > 0 {
		t.Errorf("%d of %d lines differ", differ, len(lines))
	}
	return refused
}

// withoutShellName matches what a shell puts before its messages.
var withoutShellName = regexp.MustCompile(`(/bin/sh|lib/apk/exec/p-1.post-install): |line \d+: `)

// withoutHelp leaves of busybox' help the first words, which this package prints too.
func withoutHelp(s string) string {
	for {
		less := usageOfApplet.ReplaceAllString(s, "$1\n$2")
		if less == s {
			return s
		}
		s = less
	}
}

// usageOfApplet matches busybox' help, and the begin of what od, the test or the same program prints behind it.
var usageOfApplet = regexp.MustCompile(`(?s)BusyBox v1\.36\.1 [^\n]*\n\n(Usage: \S+) .*?\n(0000000|status|BusyBox v1)`)
