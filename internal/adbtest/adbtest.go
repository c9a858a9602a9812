// Package adbtest reads recorded answers of apk 3 about files in its own format.
package adbtest

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// variable names another directory of vectors in the environment.
const variable = "LAMINA_ADB_CASES"

// Dir returns the directory of the vectors. Without one the test is skipped, but with CI=true it fails.
func Dir(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv(variable); dir != "" {
		return dir
	}
	return corpustest.Path(t, "adb")
}

// Package is what apk 3 said of one package.
type Package struct {
	File, Made string
	SHA256     string
	Dump       Dump `json:"adbdump"`

	Verify               Answer
	VerifyNoKeys         Answer  `json:"verify_no_keys"`
	VerifyAllowUntrusted Answer  `json:"verify_allow_untrusted"`
	AddEmpty             *Result `json:"add_empty"`
	AddEmptyUntrusted    *Result `json:"add_empty_allow_untrusted"`
	AddMinirootfs        *Result `json:"add_minirootfs"`
}

// Dump is the answer of apk adbdump.
type Dump struct {
	RC   int
	JSON json.RawMessage
	Raw  string `json:"json_raw"`
}

// Answer is an exit status with both streams.
type Answer struct {
	RC  int
	Out string
}

// Result is what apk add left behind.
type Result struct {
	RC                         int
	Out                        string
	Tree                       []Path
	Installed, Triggers, World *string
	ScriptsFile                string `json:"scripts_file"`
	Scripts                    json.RawMessage

	// Over the minirootfs:
	Changed          json.RawMessage
	Removed          []string
	InstalledAdded   json.RawMessage     `json:"installed_added"`
	InstalledChanged map[string][]string `json:"installed_changed"`
	RecordOrder      []string            `json:"record_order"`
	ScriptsAdded     json.RawMessage     `json:"scripts_added"`
	ScriptLog        *string             `json:"script_log"`
}

// Path is a path of a root.
type Path struct {
	Path, Type, Mode string
	UID, GID         uint32
	Size             int64
	SHA256           string
	MTime            int64
	Link             string
	Target           string
	Dev              []uint32
	Xattrs           map[string]string
	LinkedWith       string `json:"linked_with"`
}

// Index is what apk 3 said of one index.
type Index struct {
	Dir, Index, Note string
	Dump             Dump `json:"adbdump"`
	Verify           Answer
	Repositories     string
	Adds             []struct {
		Names, Options []string
		Base           string
		Result         Result
	}
}

// Packages returns all packages.
func Packages(t testing.TB) []*Package {
	t.Helper()
	return read[Package](t, filepath.Join(Dir(t), "packages.jsonl.gz"))
}

// Indexes returns all indexes.
func Indexes(t testing.TB) []*Index {
	t.Helper()
	return read[Index](t, filepath.Join(Dir(t), "indexes.jsonl"))
}

func read[T any](t testing.TB, name string) []*T {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if filepath.Ext(name) == ".gz" {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var list []*T
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		item := new(T)
		if err := json.Unmarshal(scanner.Bytes(), item); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, item)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("%s has no vectors", name)
	}
	return list
}
