package solver_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/corpustest"
)

// casesFrom returns the directory or file with cases that a variable names, or
// its default in the corpus.
func casesFrom(t testing.TB, variable, fallback string) string {
	if dir := os.Getenv(variable); dir != "" {
		return dir
	}
	return filepath.Join(corpus(t), fallback)
}

func corpus(t testing.TB) string {
	dir := corpustest.Path(t)
	return dir
}

// tally counts cases that are run concurrently.
type tally struct {
	mu       sync.Mutex
	run      int
	failed   []string
	inexact  []string // right facts, other order or wrapping in the report
	left     []string
	messages []string
}

// judge compares what came out of a case with what apk said.
func (y *tally) judge(id string, got, want answer, err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	var skip unsupported
	if errors.As(err, &skip) {
		y.left = append(y.left, id+": "+string(skip))
		return
	}
	y.run++
	var diff string
	switch {
	case err != nil:
		diff = err.Error()
	default:
		diff = cmp.Diff(want.changes, got.changes) + cmp.Diff(facts(want.report), facts(got.report))
	}
	if diff != "" {
		y.failed = append(y.failed, id)
		y.messages = append(y.messages, id+" (-apk +solver):\n"+diff)
		return
	}
	if strings.TrimSpace(got.report) != strings.TrimSpace(want.report) {
		y.inexact = append(y.inexact, id)
		y.messages = append(y.messages, id+" report (-apk +solver):\n"+cmp.Diff(want.report, got.report))
	}
}

func (y *tally) print(t *testing.T) {
	t.Helper()
	t.Logf("%d of %d", y.run-len(y.failed), y.run)
	for _, list := range []*[]string{&y.failed, &y.left, &y.inexact, &y.messages} {
		slices.Sort(*list)
	}
	for _, id := range y.left {
		t.Logf("left out: %s", id)
	}
	if len(y.inexact) > 0 {
		t.Logf("%d reports with the right facts in another order: %s", len(y.inexact), strings.Join(y.inexact, " "))
	}
	if len(y.failed) > 0 {
		t.Errorf("failed: %s", strings.Join(y.failed, " "))
	}
	for i, m := range y.messages {
		if i == 10 && !testing.Verbose() {
			break
		}
		t.Log(m)
	}
	if y.run == 0 {
		t.Error("no cases were found")
	}
}

var (
	progressLine = regexp.MustCompile(`^\( *[0-9]+/[0-9]+\) (.*)$`)
	summaryLine  = regexp.MustCompile(`^(OK: .*|[0-9]+ errors?; .*)$`)
)

// parseOutput splits what apk printed.
func parseOutput(output string) answer {
	var a answer
	var report []string
	for line := range strings.SplitSeq(output, "\n") {
		switch m := progressLine.FindStringSubmatch(line); {
		case m != nil:
			a.changes = append(a.changes, m[1])
		case strings.HasPrefix(line, "ERROR: "), len(report) > 0 && !summaryLine.MatchString(line):
			report = append(report, line)
		}
	}
	a.report = strings.TrimRight(strings.Join(report, "\n"), "\n")
	return a
}

func readIndex(text string, g apk.Generation) (*apk.Index, error) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return apk.ReadIndex(strings.NewReader(text+"\n"), g)
}

func readInstalled(text string, g apk.Generation) (*apk.Installed, error) {
	return apk.ReadInstalled(strings.NewReader(text+"\n"), g)
}

func TestSolverCases(t *testing.T) {
	dir := casesFrom(t, "LAMINA_SOLVER_CASES", "apk-tools")
	for directory, g := range map[string]apk.Generation{"solver-v2": apk.V2, "solver-v3": apk.V3} {
		t.Run(directory, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(dir, directory, "*.test"))
			if err != nil {
				t.Fatal(err)
			}
			var y tally
			for _, file := range files {
				got, want, err := runTestFile(t.Context(), file, g)
				y.judge(strings.TrimSuffix(filepath.Base(file), ".test"), got, want, err)
			}
			y.print(t)
		})
	}
}

// runTestFile runs a .test file of apk-tools (apk/FORMAT.md 15).
func runTestFile(ctx context.Context, file string, g apk.Generation) (got, want answer, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return got, want, err
	}
	head, expect, _ := strings.Cut(strings.TrimSpace(string(text)), "@EXPECT")
	want = parseOutput(expect)
	f := testFile{dir: filepath.Dir(file)}
	f.req.Generation = g
	if g == apk.V2 {
		err = f.headV2(head)
	} else {
		err = f.headV3(head)
	}
	if err != nil {
		return got, want, err
	}
	if err := f.parse(f.words); err != nil {
		return got, want, err
	}
	got, err = f.run(ctx, nil)
	return got, want, err
}

type testFile struct {
	command
	dir   string
	words []string
}

func (f *testFile) headV3(head string) error {
	f.req.Archs = []string{"x86_64"}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, " ")
		var err error
		switch key {
		case "":
		case "@ARGS":
			f.words = append(f.words, strings.Fields(value)...)
		case "@WORLD":
			err = f.world(value)
		case "@INSTALLED":
			err = f.installed(value)
		case "@REPO":
			tag := ""
			if strings.HasPrefix(value, "@") {
				tag, value, _ = strings.Cut(value[1:], " ")
			}
			err = f.repository(tag, strings.TrimSpace(value))
		case "@CACHE":
			err = f.cached(value)
		default:
			err = fmt.Errorf("line %q is not understood", line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *testFile) headV2(head string) error {
	words := shellWords(strings.TrimPrefix(head, "@ARGS"))
	for i := 0; i < len(words); i++ {
		if !strings.HasPrefix(words[i], "--test-") {
			f.words = append(f.words, words[i])
			continue
		}
		i++
		if i == len(words) {
			return fmt.Errorf("%s lacks its value", words[i-1])
		}
		var err error
		switch value := words[i]; words[i-1] {
		case "--test-repo":
			if strings.HasPrefix(value, "!") {
				err = f.cached(value[1:])
				break
			}
			tag, name, found := strings.Cut(value, ":")
			if !found {
				tag, name = "", value
			}
			err = f.repository(strings.TrimPrefix(tag, "@"), name)
		case "--test-instdb":
			err = f.installed(value)
		case "--test-world":
			err = f.world(value)
		case "--test-arch":
		default:
			return unsupported("option " + words[i-1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shellWords splits at blanks and line ends, with "…" around words with blanks.
func shellWords(text string) []string {
	var words []string
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 0 {
			words = append(words, strings.Fields(part)...)
		} else {
			words = append(words, part)
		}
	}
	return words
}

func (f *testFile) world(items string) (err error) {
	f.req.World, err = apk.ReadWorld(strings.NewReader(items), f.req.Generation)
	return err
}

func (f *testFile) installed(name string) error {
	text, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		return err
	}
	f.req.Installed, err = readInstalled(string(text), f.req.Generation)
	return err
}

func (f *testFile) repository(tag, name string) error {
	index, err := f.index(name)
	f.req.Repositories = append(f.req.Repositories, solver.Repository{Name: name, Tag: tag, Index: index})
	return err
}

func (f *testFile) cached(name string) (err error) {
	f.req.Cached, err = f.index(name)
	return err
}

func (f *testFile) index(name string) (*apk.Index, error) {
	text, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		return nil, err
	}
	return readIndex(string(text), f.req.Generation)
}

// generatedCase is a line of generated/*.jsonl.gz (apk/FORMAT.md 15).
type generatedCase struct {
	ID        string
	Files     map[string]string
	Repos     [][2]string
	Installed *string
	World     []string
	Args      []string
	V2, V3    struct {
		Result, Output string
		Changes        []string
	}
}

func TestGeneratedCases(t *testing.T) {
	dir := casesFrom(t, "LAMINA_GENERATED_CASES", "generated")
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			var y tally
			for _, file := range files {
				eachLine(t, file, func(line []byte) {
					var c generatedCase
					if err := json.Unmarshal(line, &c); err != nil {
						t.Fatal(err)
					}
					got, want, err := runGenerated(t.Context(), &c, g)
					y.judge(c.ID, got, want, err)
				})
			}
			y.print(t)
		})
	}
}

func runGenerated(ctx context.Context, c *generatedCase, g apk.Generation) (got, want answer, err error) {
	expected := c.V3
	if g == apk.V2 {
		expected = c.V2
	}
	want = answer{changes: expected.Changes}
	if len(want.changes) == 0 {
		want.changes = nil
	}
	if expected.Result != "ok" {
		want.report = parseOutput(expected.Output).report
	}
	var cmd command
	cmd.req.Generation = g
	for _, r := range c.Repos {
		index, err := readIndex(c.Files[r[1]], g)
		if err != nil {
			return got, want, err
		}
		cmd.req.Repositories = append(cmd.req.Repositories, solver.Repository{
			Name: r[1], Tag: strings.TrimPrefix(r[0], "@"), Index: index,
		})
	}
	if c.Installed != nil {
		if cmd.req.Installed, err = readInstalled(c.Files[*c.Installed], g); err != nil {
			return got, want, err
		}
	}
	if cmd.req.World, err = apk.ReadWorld(strings.NewReader(strings.Join(c.World, "\n")), g); err != nil {
		return got, want, err
	}
	if err := cmd.parse(c.Args); err != nil {
		return got, want, err
	}
	got, err = cmd.run(ctx, nil)
	return got, want, err
}

// eachLine calls f with each line of a file, which may be gzipped.
func eachLine(t *testing.T, file string, f func(line []byte)) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	if strings.HasSuffix(file, ".gz") {
		zr, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		scanner = bufio.NewScanner(zr)
	}
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		f(scanner.Bytes())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}
