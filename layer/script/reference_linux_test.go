package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/chroottest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// The tests that use this file run the same script twice, by Alpine's own busybox in a
// chroot and by this package, and compare what is printed and what is left behind.

// scriptCase is a script to run both ways in a small root file system of its own: that
// of [referenceRoot] with [fixtureFiles] in it. It starts in "/", as a group of commands.
type scriptCase struct {
	name   string
	script string            // without its "#!" line, which is put in front: its first line is line 2 with "{ " before it
	args   []string          // $1 and on
	user   *tree.Credentials // who runs it; nil for root
}

// compareWithBusybox runs every case both ways and reports each difference in exit status,
// standard output, standard error (see [normalizeStderr]) and the files left behind: their
// types, modes, owners, link targets, hard links, contents, xattrs and times. A time that
// the clock gave is "now" on both sides; a directory's is compared only where something
// set it, since trees do not model that making a file touches its directory.
//
// Most of what busybox gives is recorded: see [answers.asks].
func compareWithBusybox(t *testing.T, cases []scriptCase) {
	t.Helper()
	a := mustBeRecorded(t)
	var root *referenceRoot
	asks := make([]bool, len(cases))
	for i, c := range cases {
		if asks[i] = a.asks(t, answerKey(c), c.name); asks[i] && root == nil {
			root = newReferenceRoot(t)
		}
	}
	references, results, changes := make([]outcome, len(cases)), make([]outcome, len(cases)), make([]string, len(cases))
	inTurns(len(cases), func(worker, i int) {
		x, ok := a.known[answerKey(cases[i])]
		switch {
		case asks[i]:
			references[i], results[i] = root.run(worker, cases[i]), root.interpret(cases[i])
		case ok && !x.Real:
			references[i], results[i] = a.outcome(x), interpretIn(a.base, cases[i])
		default:
			return
		}
		changes[i] = changesWithoutRights(cases[i])
	})
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x, ok := a.known[answerKey(c)]
			switch {
			case asks[i]:
			case !ok:
				t.Fatal(notAsked)
			case x.Real:
				t.Skip("the answer is compared in the real root only")
			}
			want, got := references[i], results[i]
			if want.problem != nil {
				t.Fatalf("the reference: %v", want.problem)
			}
			if got.problem != nil {
				t.Fatalf("%v\nscript:\n%s\nbusybox: status %d\nstdout:\n%s\nstderr:\n%s", got.problem, c.script, want.status, want.stdout, want.stderr)
			}
			if *record {
				a.keep(c, want, root.pristine)
			}
			if changes[i] != "" {
				t.Error(changes[i])
			}
			want.forgetDirectoryTimes(got.files)
			if diff := want.differences(got); diff != "" {
				t.Errorf("script:\n%s\n(-busybox +this package):\n%s", c.script, diff)
			}
		})
	}
}

// inTurns calls a function for each number below n, as many at a time as there are roots: once at a time for each worker.
func inTurns(n int, work func(worker, i int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for worker := range referenceRoots {
		group.Go(func() {
			for i := range next {
				work(worker, i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// outcome is what one run of a script gave.
type outcome struct {
	status         int
	stdout, stderr string
	files          map[string]string // path without a leading slash to a description
	all            map[string]string // the same before anything is taken from it
	problem        error
}

func (o *outcome) differences(other outcome) string {
	var b strings.Builder
	show := func(what, want, got string) {
		if want != got {
			fmt.Fprintf(&b, "- %s%s\n+ %s%s\n", what, want, what, got)
		}
	}
	show("status ", strconv.Itoa(o.status), strconv.Itoa(other.status))
	show("stdout ", strconv.Quote(o.stdout), strconv.Quote(other.stdout))
	show("stderr ", strconv.Quote(o.stderr), strconv.Quote(other.stderr))
	names := slices.Collect(maps.Keys(o.files))
	for name := range other.files {
		if _, ok := o.files[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		show(strconv.Quote(name)+" ", o.files[name], other.files[name])
	}
	return b.String()
}

// forgetDirectoryTimes takes the time of the clock from directories on one side, and
// then what the other side has.
func (o *outcome) forgetDirectoryTimes(other map[string]string) {
	for name, desc := range o.files {
		if strings.HasPrefix(desc, "directory ") && strings.HasSuffix(desc, nowSuffix) {
			o.files[name] = strings.TrimSuffix(desc, nowSuffix)
			if desc, ok := other[name]; ok {
				other[name] = desc[:strings.LastIndex(desc, " mtime ")]
			}
		}
	}
}

const nowSuffix = " mtime now"

var (
	shellPrefix = regexp.MustCompile(`(?m)^(?:/case\.sh|-?a?sh|/bin/sh|lib/apk/exec/[^:]+): `)
	shellLine   = regexp.MustCompile(`(?m)^((?:[a-z.]+: )?)line \d+: `)
	usageText   = regexp.MustCompile(`^ .*\n\nUsage: (\S+) `)
	message     = regexp.MustCompile(`(?m)^[a-z0-9-]+: .*\n`)
)

// normalizeStderr takes away what the two may differ in: the shell's own prefix with the
// script's name and the line, and the text of busybox' help, which is not repeated here.
func normalizeStderr(s string) string {
	s = shellLine.ReplaceAllString(shellPrefix.ReplaceAllString(s, ""), "$1")
	parts := strings.Split(s, "BusyBox v1.36.1")
	s = parts[0]
	for _, part := range parts[1:] {
		if m := usageText.FindStringSubmatch(part); m != nil {
			s += "Usage: " + m[1] + "\n"
		}
		for _, line := range message.FindAllString(part, -1) {
			if !strings.HasPrefix(line, "or: ") {
				s += line
			}
		}
	}
	return s
}

// text is the case's script as both run it. Standard error goes to a file, so that the
// order in which it is mixed with standard output does not matter.
func (c scriptCase) text() string {
	return "#!/bin/sh\n{ " + c.script + "\n} 2>/" + stderrFile + "\n"
}

const stderrFile = "stderr"

// takeStderr takes the file of standard error from those left behind.
func (o *outcome) takeStderr(content []byte, more string) {
	delete(o.files, stderrFile)
	o.stderr = normalizeStderr(string(content) + more)
}

// run runs a case in one of the roots, which it makes new first if need be.
func (r *referenceRoot) run(worker int, c scriptCase) outcome {
	root := r.root(worker)
	if err := r.makeNew(worker); err != nil {
		return outcome{problem: err}
	}
	o := r.runBusybox(worker, c)
	r.fresh[worker] = o.problem == nil && r.restore(root, o.all)
	return o
}

func (r *referenceRoot) runBusybox(worker int, c scriptCase) (o outcome) {
	root := r.root(worker)
	script := filepath.Join(root, "case.sh")
	if err := os.WriteFile(script, []byte(c.text()), 0o755); err != nil {
		return outcome{problem: err}
	}
	command := chroottest.Command{Root: root, Args: append([]string{"/bin/sh", "/case.sh"}, c.args...), Timeout: 10 * time.Second}
	if c.user != nil {
		command.User = &syscall.Credential{Uid: c.user.UID, Gid: c.user.GID, Groups: c.user.Groups}
		// The shell cannot make it as this user.
		if err := errors.Join(os.WriteFile(filepath.Join(root, stderrFile), nil, 0o666), os.Chmod(filepath.Join(root, stderrFile), 0o666)); err != nil {
			return outcome{problem: err}
		}
	}
	began := time.Now().Add(-time.Second)
	result, err := command.Run()
	if err != nil {
		return outcome{problem: err}
	}
	os.Remove(script)
	o.status, o.stdout = result.Status, result.Stdout
	o.files, o.problem = describeHost(root, began, r.known[worker])
	o.all = maps.Clone(o.files)
	content, _ := os.ReadFile(filepath.Join(root, stderrFile))
	o.takeStderr(content, result.Stderr)
	return o
}

// makeNew unpacks a root again unless it is new.
func (r *referenceRoot) makeNew(worker int) (err error) {
	if !r.fresh[worker] {
		err = r.unpack(worker)
		r.fresh[worker] = err == nil
	}
	return err
}

// runLines runs a script in one of the roots, makes the root new again and returns the output.
func (r *referenceRoot) runLines(worker int, script string) (string, error) {
	root := r.root(worker)
	if err := r.makeNew(worker); err != nil {
		return "", err
	}
	began := time.Now().Add(-time.Second)
	result, err := chroottest.Command{Root: root, Args: []string{"/bin/sh", "-s"}, Stdin: strings.NewReader(script)}.Run()
	files, problem := describeHost(root, began, r.known[worker])
	r.fresh[worker] = problem == nil && r.restore(root, files)
	if err == nil && result.Status != 0 {
		err = fmt.Errorf("status %d", result.Status)
	}
	if err != nil {
		err = fmt.Errorf("busybox: %w after %.200s", err, result.Stdout[strings.LastIndexByte(result.Stdout, '\x01')+1:])
	}
	return result.Stdout, err
}

// interpretedNow is the clock of the interpreted runs.
var interpretedNow = time.Unix(1_700_000_000, 0)

func (r *referenceRoot) interpret(c scriptCase) outcome { return interpretIn(r.base, c) }

// interpretIn runs a case over a copy of a root.
func interpretIn(base *tree.Tree, c scriptCase) (o outcome) {
	t := base.Clone()
	t.Now = interpretedNow
	var user tree.Credentials
	if c.user != nil {
		user = *c.user
		if err := t.WriteFile(stderrFile, nil, 0o666); err != nil {
			return outcome{problem: err}
		}
	}
	var stdout bytes.Buffer
	err := Run(context.Background(), Options{User: user, Tree: t, Generation: apk.V2, Now: t.Now, Arch: "x86_64", Output: &stdout},
		Script{Package: "case", Version: "1-r0", Type: apk.PostInstall, Body: []byte(c.text()), Args: c.args})
	var exit *ExitError
	switch {
	case errors.As(err, &exit):
		o.status = exit.Status
	case err != nil:
		return outcome{problem: err}
	}
	o.stdout = stdout.String()
	content, _ := t.ReadFile(stderrFile, 1<<20)
	o.files = describeTree(t)
	o.takeStderr(content, "")
	return o
}

func describeTime(when time.Time, now bool) string {
	if now {
		return nowSuffix
	}
	return fmt.Sprintf(" mtime %d", when.Unix())
}
