package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/lamina-oci/lamina/internal/atomicfile"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "new", "lamina.lock")
	err = atomicfile.Write(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "content")
		return err
	})
	data, _ := os.ReadFile(name)
	fmt.Println(string(data), err)
	// Output: content <nil>
}

func TestWrite(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	write := func(text string, err error) error {
		return atomicfile.Write(name, func(w io.Writer) error {
			io.WriteString(w, text)
			return err
		})
	}
	for _, text := range []string{"one", "two"} {
		if err := write(text, nil); err != nil {
			t.Fatal(err)
		}
	}
	failure := errors.New("failed")
	if err := write("three", failure); err != failure {
		t.Errorf("got %v", err)
	}
	if data, err := os.ReadFile(name); string(data) != "two" {
		t.Errorf("%q, %v", data, err)
	}
	onlyFile(t, name)
	if info, err := os.Stat(name); runtime.GOOS != "windows" && (err != nil || info.Mode() != 0o644) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestCommit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	f, err := atomicfile.Create(name, ".part-")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := filepath.Match(".part-*", filepath.Base(f.Name())); !ok || filepath.Dir(f.Name()) != filepath.Dir(name) {
		t.Errorf("temporary name %s", f.Name())
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before Commit: %v", err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a second Commit: %v", err)
	}
	onlyFile(t, name)
}

// TestFailedCommit has a directory where the file should be.
func TestFailedCommit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.MkdirAll(filepath.Join(name, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(name, func(io.Writer) error { return nil }); err == nil {
		t.Error("a directory was replaced")
	}
	onlyFile(t, name)
	if err := atomicfile.Write(filepath.Join(t.TempDir(), "file", "\x00"), func(io.Writer) error { return nil }); err == nil {
		t.Error("an invalid name was accepted")
	}
}

func onlyFile(t *testing.T, name string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(files) != 1 || files[0].Name() != filepath.Base(name) {
		t.Errorf("the directory has %v, %v", files, err)
	}
}

// TestCheckOutput: what a write would end with is known before, and nothing is left.
func TestCheckOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, err := range []error{os.WriteFile("file", nil, 0o644), os.Mkdir("dir", 0o755), os.Mkdir("dir/sub", 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"new": "", "file": "", "dir/new": "", "missing/sub/new": "", filepath.FromSlash("dir/sub"): "is a directory", ".": "is a directory",
		"file/new": "file: is a file, not a directory", "file/sub/new": "file: is a file, not a directory",
	} {
		got := ""
		if err := atomicfile.CheckOutput(name); err != nil {
			got = err.Error()
		}
		if want == "" && got != "" || want != "" && got != want && runtime.GOOS != "windows" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if runtime.GOOS == "linux" {
		if err := atomicfile.CheckOutput("/proc/new/file"); err == nil || err.Error() != "directory /proc: is not writable: no such file or directory" {
			t.Errorf("in /proc: %v", err)
		}
	}
	var left []string
	for _, dir := range []string{".", "dir"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			left = append(left, f.Name())
		}
	}
	if fmt.Sprint(left) != "[dir file sub]" {
		t.Errorf("left: %v", left)
	}
}
