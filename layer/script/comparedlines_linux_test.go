package script

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// compareLines runs each line in a subshell of its own, many of them in one run of busybox,
// and compares what it prints, also to standard error, and its status.
func compareLines(t *testing.T, lines []string) {
	t.Helper()
	compareEach(t, "", lines)
}

// compareCommands is compareLines among the files of [fixtureFiles], which no line may change.
func compareCommands(t *testing.T, lines []string) {
	t.Helper()
	compareEach(t, "cd /w; ", lines)
}

func compareEach(t *testing.T, before string, lines []string) {
	t.Helper()
	if refused := compareUnlessRefused(t, before, lines); len(refused) > 0 {
		t.Errorf("%d of %d lines are refused, the first: %s", len(refused), len(lines), refused[0])
	}
}

// compareUnlessRefused is compareEach for lines that may be refused. It returns the refusals. Of what busybox answers only sums are
// recorded: where a line differs from them, busybox is asked if it can be.
func compareUnlessRefused(t *testing.T, before string, lines []string) (refused []string) {
	t.Helper()
	if testing.Short() {
		t.Skip("slow: many lines")
	}
	a := mustBeRecorded(t)
	var root *referenceRoot // made when it is needed
	var groups []*lineGroup
	for chunk := range slices.Chunk(lines, linesAtOnce) {
		g := &lineGroup{before: before, lines: chunk}
		g.key = keyOf("lines", before, strings.Join(chunk, "\x00"))
		x, ok := a.known[g.key]
		switch {
		case a.asks(t, g.key, chunk[0]):
			if root == nil {
				root = newReferenceRoot(t)
			}
			g.root = root
		case !ok:
			t.Fatal(notAsked)
		}
		g.recorded = x
		groups = append(groups, g)
	}
	inTurns(len(groups), func(worker, i int) { groups[i].run(worker, a.base) })
	if canAsk() {
		var differ []*lineGroup
		for _, g := range groups {
			if g.root == nil && g.differs() {
				if root == nil {
					root = newReferenceRoot(t)
				}
				g.root = root
				differ = append(differ, g)
			}
		}
		inTurns(len(differ), func(worker, i int) { differ[i].run(worker, a.base) })
	}
	differ := 0
	for _, g := range groups {
		if g.problem != nil {
			t.Fatalf("busybox: %v", g.problem)
		}
		if *record {
			a.keepLines(g)
		}
		if g.root == nil && g.recorded.Real {
			continue
		}
		for i, line := range g.lines {
			want := "another answer, of which a sum is recorded"
			if g.root != nil {
				want = fmt.Sprintf("%q", g.answers[i])
			}
			switch {
			case errors.As(g.failures[i], new(*UnsupportedError)):
				refused = append(refused, fmt.Sprintf("%s\nbusybox %s\nlamina  %v", line, want, g.failures[i]))
			case g.isAnswer(i):
			default:
				if differ++; differ <= 40 {
					t.Errorf("%s\nbusybox %s\nlamina  %q", line, want, g.outputs[i])
				}
			}
		}
	}
	if differ > 0 {
		t.Errorf("%d of %d lines differ", differ, len(lines))
	}
	return refused
}

// linesAtOnce is how many lines one busybox runs.
const linesAtOnce = 50

// lineGroup are lines that one busybox runs.
type lineGroup struct {
	key, before string
	lines       []string
	recorded    answer
	root        *referenceRoot // in which busybox runs them; nil if what is recorded is enough

	answers  []string // of busybox; nil without a root
	outputs  []string // of this package
	failures []error
	problem  error // of the reference
}

// run runs the lines over a base or, if the group has a root, over that and by busybox in it.
func (g *lineGroup) run(worker int, base *tree.Tree) {
	if g.root != nil {
		base = g.root.base
		g.answers, g.problem = g.ask(worker)
	} else if g.recorded.Real {
		return
	}
	g.interpret(base)
}

func (g *lineGroup) interpret(base *tree.Tree) {
	g.outputs, g.failures = make([]string, len(g.lines)), make([]error, len(g.lines))
	for i, line := range g.lines {
		var out bytes.Buffer
		err := Run(context.Background(), Options{Tree: base.Clone(), Generation: apk.V2, Output: &out},
			Script{Package: "p", Version: "1", Type: apk.PostInstall, Body: []byte("#!/bin/sh\n( " + g.before + line + " ) 2>&1; echo \"status $?\"\n")})
		g.outputs[i], g.failures[i] = withoutShellName.ReplaceAllString(out.String(), ""), err
		if err != nil && !errors.As(err, new(*ExitError)) {
			g.outputs[i] = err.Error()
		}
	}
}

func (g *lineGroup) ask(worker int) (answers []string, err error) {
	var all strings.Builder
	for i, line := range g.lines {
		fmt.Fprintf(&all, "echo '\x01 line %d'; ( %s ) 2>&1; echo \"status $?\"\n", i, g.before+line)
	}
	output, err := g.root.runLines(worker, all.String())
	for _, part := range strings.Split(output, "\x01 line ")[1:] {
		_, answer, _ := strings.Cut(part, "\n")
		answers = append(answers, withoutHelp(withoutShellName.ReplaceAllString(answer, "")))
	}
	if err == nil && len(answers) != len(g.lines) {
		err = fmt.Errorf("%d of %d lines were run", len(answers), len(g.lines))
	}
	return answers, err
}

// isAnswer reports whether what a line has printed is what busybox printed.
func (g *lineGroup) isAnswer(i int) bool {
	if g.root != nil {
		return g.outputs[i] == g.answers[i]
	}
	sums, err := base64.RawStdEncoding.DecodeString(g.recorded.Lines)
	return err == nil && len(sums) == sumSize*len(g.lines) && string(sums[i*sumSize:][:sumSize]) == sumOf(g.outputs[i])
}

// differs reports whether a line that is not refused has printed something else than busybox.
func (g *lineGroup) differs() bool {
	for i := range g.outputs {
		if !g.isAnswer(i) && !errors.As(g.failures[i], new(*UnsupportedError)) {
			return true
		}
	}
	return false
}

// sumSize is how many bytes are kept of the sum of what one line prints.
const sumSize = 3

func sumOf(answer string) string {
	sum := sha256.Sum256([]byte(answer))
	return string(sum[:sumSize])
}

// keepLines remembers what busybox answered, for save.
func (a *answers) keepLines(g *lineGroup) {
	var sums strings.Builder
	for _, answer := range g.answers {
		sums.WriteString(sumOf(answer))
	}
	x := answer{Key: g.key, Lines: base64.RawStdEncoding.EncodeToString([]byte(sums.String()))}
	over := &lineGroup{before: g.before, lines: g.lines, recorded: x}
	if over.interpret(a.base); over.differs() && !g.differs() {
		x = answer{Key: g.key, Real: true}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[x.Key] = x
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
