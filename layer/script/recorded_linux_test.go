package script

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/lamina-oci/lamina/layer/tree"
)

// The answers of busybox are kept in testdata, so that the comparisons run everywhere: without
// root, a chroot and the corpus, and in a fraction of the time that its processes take.
// "go test -record" with the corpus runs busybox again for the tests that run, and keeps the
// other answers.

var record = flag.Bool("record", false, "write what busybox answers to testdata")

const (
	recordedAnswers  = "testdata/busybox.jsonl.gz"  // an answer a line
	recordedPrograms = "testdata/programs.jsonl.gz" // the programs of the reference's root
)

// answer is what a script gave in busybox, without the files that it left alone.
type answer struct {
	Key    string            `json:"key"` // of the script: see answerKey
	Status int               `json:"status,omitempty"`
	Stdout string            `json:"stdout,omitempty"`
	Stderr string            `json:"stderr,omitempty"`
	Files  map[string]string `json:"files,omitempty"` // path to description; "" if it is gone
	Lines  string            `json:"lines,omitempty"` // in place of all these, sums of what each of some lines prints: see lineGroup

	// Real is set where the answer depends on the programs' own bytes, or is not text: it is
	// compared in the real root only.
	Real bool `json:"real,omitempty"`
}

func answerKey(c scriptCase) string {
	user := ""
	if c.user != nil {
		user = fmt.Sprintf("\x00%d", c.user)
	}
	return keyOf(c.text(), strings.Join(c.args, "\x00")+user)
}

func keyOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return fmt.Sprintf("%x", sum[:9])
}

// asks reports whether busybox itself is to answer, where it can: what is not recorded and, so that what is recorded stays true, one
// in eight of the rest. All are asked with -record. In CI an answer that is not recorded is an error, since machines without busybox lack it.
func (a *answers) asks(t *testing.T, key, name string) bool {
	t.Helper()
	x, ok := a.known[key]
	if !ok && !*record && os.Getenv("CI") == "true" {
		t.Errorf("%s: no answer of busybox is recorded: run the test with -record", name)
	}
	return canAsk() && (*record || !ok || x.Real || key[0] < '2')
}

// canAsk reports whether Alpine's busybox can run.
func canAsk() bool {
	return (os.Getenv("LAMINA_CORPUS") != "" || os.Getenv("CI") == "true") && os.Getuid() == 0 && !testing.Short()
}

const notAsked = "busybox was not asked: run the test with -record, LAMINA_CORPUS and as root"

func mustBeRecorded(t *testing.T) *answers {
	t.Helper()
	if *record {
		newReferenceRoot(t) // whose programs are recorded first
	}
	a, err := recorded()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// answers are those of testdata, or those that -record collects.
type answers struct {
	mu     sync.Mutex
	base   *tree.Tree // the reference's root with placeholders for programs
	before map[string]string
	known  map[string]answer
}

// recorded reads testdata once. Its base is that of recordedPrograms.
var recorded = sync.OnceValues(func() (*answers, error) {
	a := &answers{known: make(map[string]answer)}
	var programs []tar.Header
	if err := readLines(recordedPrograms, func(h tar.Header) { programs = append(programs, h) }); err != nil {
		return nil, err
	}
	var err error
	if a.base, err = placeholderRoot(programs); err != nil {
		return nil, err
	}
	a.before = describeTree(a.base)
	return a, readLines(recordedAnswers, func(x answer) { a.known[x.Key] = x })
})

func readLines[T any](name string, add func(T)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var x T
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		add(x)
	}
	return lines.Err()
}

func writeLines[T any](name string, list []T) error {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false)
	for _, x := range list {
		if err := e.Encode(x); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// placeholderRoot is the reference's root with programs that have no content.
func placeholderRoot(programs []tar.Header) (*tree.Tree, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range slices.Concat(programs, fixtureFiles) {
		content := ""
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = h.Linkname, ""
		}
		h.ModTime, h.Size = fixtureTime, int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	t := tree.New()
	return t, t.ReadLayer(bytes.NewReader(b.Bytes()), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
}

// programsOf lists what of the reference's root is not ours: of programs no content is kept.
func programsOf(reference []byte) ([]tar.Header, error) {
	var list []tar.Header
	r := tar.NewReader(bytes.NewReader(reference))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(h.Name, "w/") {
			continue
		}
		own := tar.Header{Name: h.Name, Typeflag: h.Typeflag, Mode: h.Mode, Uid: h.Uid, Gid: h.Gid, Linkname: h.Linkname, Devmajor: h.Devmajor,
			Devminor: h.Devminor}
		if content, ok := ownFiles[h.Name]; ok {
			own.Linkname = content
		} else if h.Typeflag == tar.TypeReg {
			own.Linkname = "\x7fELF placeholder"
		}
		list = append(list, own)
	}
}

// ownFiles are files of the reference's root that have our content instead of Alpine's.
var ownFiles = map[string]string{
	"etc/passwd": "root:x:0:0:root:/root:/bin/ash\nbin:x:1:1:bin:/bin:/sbin/nologin\nadm:x:3:4:adm:/var/adm:/sbin/nologin\nsync:x:5:0:sync:/sbin:/bin/sync\n" +
		"games:x:35:35:games:/usr/games:/sbin/nologin\nguest:x:405:100:guest:/dev/null:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
	"etc/group": "root:x:0:root\nbin:x:1:root,bin,daemon\nadm:x:4:root,adm,daemon\nwheel:x:10:root\naudio:x:18:\ngames:x:35:\nwww-data:x:82:\n" +
		"users:x:100:games\n" +
		"nogroup:x:65533:\nnobody:x:65534:\n",
	"etc/shadow": "root:*::0:::::\nbin:!::0:::::\nadm:!::0:::::\nsync:!::0:::::\ngames:!::0:::::\nguest:!::0:::::\nnobody:!::0:::::\n",
	"etc/shells": "/bin/sh\n/bin/ash\n",
}

// keep remembers what busybox answered, for save.
func (a *answers) keep(c scriptCase, want outcome, pristine map[string]string) {
	x := answer{Key: answerKey(c), Status: want.status, Stdout: want.stdout, Stderr: want.stderr, Files: make(map[string]string)}
	for name, desc := range want.files {
		if pristine[name] != desc {
			x.Files[name] = desc
		}
	}
	for name := range pristine {
		if _, ok := want.files[name]; !ok {
			x.Files[name] = ""
		}
	}
	got := interpretIn(a.base, c)
	again := a.outcome(x)
	again.forgetDirectoryTimes(got.files)
	if x.Real = got.problem != nil || again.differences(got) != "" || !utf8.ValidString(x.Stdout+x.Stderr); x.Real { // JSON has no other bytes
		x = answer{Key: x.Key, Real: true}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[x.Key] = x
}

// outcome is what an answer says of the placeholder root.
func (a *answers) outcome(x answer) outcome {
	o := outcome{status: x.Status, stdout: x.Stdout, stderr: x.Stderr, files: maps.Clone(a.before)}
	for name, desc := range x.Files {
		if o.files[name] = desc; desc == "" {
			delete(o.files, name)
		}
	}
	return o
}

func (a *answers) save() error {
	keys := slices.Sorted(maps.Keys(a.known))
	list := make([]answer, len(keys))
	for i, key := range keys {
		list[i] = a.known[key]
	}
	return writeLines(recordedAnswers, list)
}
