package stage

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestRecordedRoots compares stages with what real apk 3 left in roots. The recordings need neither root nor apk.
// LAMINA_APK3_CASES names another directory of cases, in any depth; bases are in a directory of that name beside the cases or above.
func TestRecordedRoots(t *testing.T) {
	dir := os.Getenv("LAMINA_APK3_CASES")
	if dir == "" {
		dir = corpustest.Path(t, "apk3")
	}
	bases := &recordedBases{dir: recordedBasesDir(t, dir), bases: make(map[string]*recordedBase), packages: make(map[string]map[string][]byte)}
	var files []string
	check(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".jsonl.gz") && filepath.Dir(path) != bases.dir {
			files = append(files, path)
		}
		return err
	}))
	if len(files) == 0 {
		t.Fatalf("no cases in %s", dir)
	}
	var outcomes sync.Map
	t.Run("case", func(t *testing.T) {
		for i, file := range files {
			if testing.Short() && i%12 > 0 {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl.gz"), func(t *testing.T) {
				t.Parallel()
				c := readRecordedCase(t, file)
				count := func(outcome string) {
					n, _ := outcomes.LoadOrStore(outcome, new(atomic.Int64))
					n.(*atomic.Int64).Add(1)
				}
				playRecorded(t, c, bases.get(t, c.base), New, count)
				if c.base != "minirootfs" && !t.Failed() { // apk was run with --root, as this stage is; these are small
					playRecorded(t, c, bases.get(t, c.base), newWithin, count)
				}
			})
		}
	})
	outcomes.Range(func(outcome, n any) bool {
		t.Logf("%6d %s", n.(*atomic.Int64).Load(), outcome)
		return true
	})
}

// recordedBasesDir finds the directory "bases" beside the cases.
func recordedBasesDir(t testing.TB, dir string) string {
	t.Helper()
	for _, above := range []string{".", "..", "../.."} {
		bases := filepath.Join(dir, above, "bases")
		if info, err := os.Stat(bases); err == nil && info.IsDir() {
			return bases
		}
	}
	return filepath.Join(corpustest.Path(t, "apk3"), "bases")
}

// recordedRefusals are what a stage refuses although apk 3 goes on with exit status 0: see docs/differences.md.
var recordedRefusals = []string{
	"apk 3 accepts at most 262144",
	"a layer cannot hold a file whose name begins with .wh.",
}

// playRecorded plays the runs of a case, until one fails.
func playRecorded(t *testing.T, c *recordedCase, base *recordedBase, begin func(*tree.Tree, Options) (*Stage, error), count func(string)) {
	staged, paths := base.tree.Clone(), make(map[string]*recordedPath)
	maps.Copy(paths, base.paths)
	dir, now := t.TempDir(), time.Unix(c.clock, 0)
	for i, run := range c.runs {
		for _, line := range run.before {
			editRecorded(t, staged, line, now)
			recordPath(paths, line)
		}
		next, err := playRun(t, c, run, dir, staged, begin)
		switch {
		case next == nil && err == nil:
			count("not solvable")
			continue
		case err != nil && run.exit != 0:
			count("both failed")
			if !sameFailure(run.output, err) {
				t.Errorf("run %d: the stage fails with %v, while apk says\n%s", i+1, err, run.output)
			}
			return
		case err != nil:
			if text := recordedRefusal(err); text != "" {
				count("refused: " + text)
				return
			}
			count("stage failed")
			t.Fatalf("run %d: the stage fails, apk does not: %v\n%s", i+1, err, run.output)
		case run.exit != 0:
			count("apk failed")
			t.Fatalf("run %d: apk fails, the stage does not:\n%s", i+1, run.output)
		}
		count("both done")
		for _, line := range run.after {
			recordPath(paths, line)
		}
		staged = next
		compareRecorded(t, base, paths, staged, now)
		if t.Failed() {
			t.Fatalf("in run %d: apk %s\n%s", i+1, strings.Join(run.args, " "), run.output)
		}
	}
}

func recordPath(paths map[string]*recordedPath, line *recordedPath) {
	if line.Gone {
		delete(paths, line.Path)
		return
	}
	paths[line.Path] = line
}

func recordedRefusal(err error) string {
	for _, text := range recordedRefusals {
		if strings.Contains(err.Error(), text) {
			return text
		}
	}
	return ""
}

// newWithin is New over a directory of another root.
func newWithin(base *tree.Tree, o Options) (*Stage, error) {
	outer := tree.New()
	if err := outer.Put("root", base.Clone().Root()); err != nil {
		return nil, err
	}
	s, err := New(outer, o)
	if err != nil {
		return nil, err
	}
	return s.Within("/root", RootOptions{Init: true, Changes: true}, func(*tree.Tree) (*apk.KeyRing, error) { return o.Keys, nil })
}

// playRun stages what one run of apk is told to do. Both results are nil where apk and the solver find no solution.
func playRun(t *testing.T, c *recordedCase, run *recordedRun, dir string, base *tree.Tree,
	begin func(*tree.Tree, Options) (*Stage, error)) (*tree.Tree, error) {
	t.Helper()
	var log bytes.Buffer
	s, err := begin(base, Options{Generation: apk.V3, Arch: "x86_64", Now: time.Unix(c.clock, 0), Output: &log})
	if err != nil {
		return nil, err
	}
	s.mkdirBits = mkdirBits
	request := solver.Request{Generation: apk.V3, World: s.World(), Installed: s.Installed(), Archs: []string{"x86_64"}}
	repositories := askRecorded(t, c, run, dir, &request)
	solution, err := solver.Solve(t.Context(), request)
	unsolvable := strings.Contains(run.output, "unable to select packages")
	switch {
	case err != nil && unsolvable:
		return nil, nil
	case err != nil:
		t.Fatalf("%v, but apk says:\n%s", err, run.output)
	case unsolvable:
		t.Fatalf("solved, but apk says:\n%s", run.output)
	}
	var changes []Change
	said := ""
	for _, change := range solution.Changes {
		c := Change{Old: change.Old, New: change.New, Tag: change.NewTag}
		if change.Kind != solver.Unchanged {
			said += change.String() + "\n"
			if change.New != nil && change.Repository >= 0 {
				c.Source = repositories[change.Repository].Source(change.New)
			}
		}
		changes = append(changes, c)
	}
	apkSaid := ""
	for _, m := range recordedChange.FindAllString(run.output, -1) {
		_, what, _ := strings.Cut(m, ") ")
		apkSaid += what + "\n"
	}
	if said != apkSaid {
		t.Fatalf("the solver says\n%s\nbut apk\n%s", said, run.output)
	}
	if err := s.Apply(context.Background(), changes, solution.World, ApplyOptions{}); err != nil {
		return nil, err
	}
	return s.Tree(), nil
}

var recordedChange = regexp.MustCompile(`(?m)^\( *\d+/\d+\) .*$`)

// askRecorded turns apk's arguments into a request.
func askRecorded(t testing.TB, c *recordedCase, run *recordedRun, dir string, request *solver.Request) []*apktest.Repository {
	t.Helper()
	var repositories []*apktest.Repository
	var words []string
	var flags solver.Flags
	for i := 0; i < len(run.args); i++ {
		switch arg := run.args[i]; arg {
		case "--allow-untrusted", "--initdb":
		case "--arch":
			i++
		case "-X":
			i++
			repo := c.repository(t, dir, run.args[i])
			repositories = append(repositories, repo)
			request.Repositories = append(request.Repositories, solver.Repository{Name: repo.Dir, Index: repo.Index})
		case "-u":
			flags |= solver.Upgrade
		case "-l":
			flags |= solver.Latest
		case "-a":
			flags |= solver.Available
		default:
			if strings.HasPrefix(arg, "-") {
				t.Fatalf("unknown option %s", arg)
			}
			words = append(words, arg)
		}
	}
	switch command, args := words[0], words[1:]; command {
	case "add":
		var items []apk.Dependency
		for _, arg := range args {
			d, err := apk.ParseDependency(arg, apk.V3)
			check(t, err)
			items = append(items, d)
		}
		request.Add(items, flags)
	case "del":
		request.Delete(args)
	case "upgrade":
		request.Upgrade(args, flags)
	case "fix":
		request.Fix(args, flags, false)
	default:
		t.Fatalf("unknown command %s", command)
	}
	return repositories
}

// recordedKinds pair what apk says of a failure with what a stage says of the same.
var recordedKinds = []struct {
	apk   string
	stage []string
}{
	{"trying to overwrite", []string{"neither package replaces the other"}},
	{"no hard link target", []string{"hard link to"}},
	{"exited with error", []string{"exit status"}},
	{"failed to preserve", []string{"the system cannot set such bits", "the system allows such attributes only"}},
	{"malicious file", []string{"control character", "has a component", "absolute"}},
	{"missing embedded checksum", []string{"APK-TOOLS.checksum"}},
	{"no dirent in archive", []string{"has no earlier entry"}},
	{"failed to commit", []string{"occurs twice", "Is a directory", "Not a directory", "No such file"}},
	{"failed to extract", []string{"No such file", "Not a directory", "loop", "hard link to a symbolic link", "Is a directory", "too long"}},
	{": No such file or directory", []string{"too long", "No such file"}},
	{"integrity error", []string{"was altered"}},
	{"BAD archive", []string{"was altered", "unexpected EOF"}},
}

// sameFailure says whether an error is of the kind, about the package and about the path of a line that apk prints.
func sameFailure(output string, err error) bool {
	for _, m := range recordedFailure.FindAllStringSubmatch(output, -1) {
		for _, kind := range recordedKinds {
			if !strings.Contains(m[1], kind.apk) {
				continue
			}
			isSameKind := slices.ContainsFunc(kind.stage, func(text string) bool { return strings.Contains(err.Error(), text) })
			if isSameKind && isAbout(m[1], err) {
				return true
			}
		}
	}
	return false
}

// isAbout says whether an error has the package of a message and, if there is one, the path.
func isAbout(message string, err error) bool {
	pkg, rest, _ := strings.Cut(message, ": ")
	pkg = strings.TrimPrefix(pkg, "lib/apk/exec/")
	if i := strings.LastIndexByte(pkg, '.'); i >= 0 && strings.Contains(message, "exited with error") {
		pkg = pkg[:i] // the script's type
	}
	if !strings.Contains(err.Error(), pkg) {
		return false
	}
	path := recordedFailurePath.FindString(rest)
	return path == "" || strings.Contains(err.Error(), strings.TrimSuffix(path, ".apk-new")) || strings.Contains(err.Error(), strconv.Quote(path)[1:])
}

var (
	recordedFailure     = regexp.MustCompile(`(?m)(?:ERROR|WARNING): (.*)$`)
	recordedFailurePath = regexp.MustCompile(`[^ :]*/[^ :]*`)
)
