//go:build unix

package atomicfile_test

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lamina-oci/lamina/internal/atomicfile"
)

// TestStreams: a pipe is never replaced by a file, whether by its own name or by that of an open file.
func TestStreams(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	named, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer named.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	text := func(w io.Writer) error {
		_, err := io.WriteString(w, "text")
		return err
	}
	for to, from := range map[string]*os.File{name: named, fmt.Sprintf("/dev/fd/%d", write.Fd()): read} {
		if err := atomicfile.Write(to, text); err == nil {
			t.Errorf("%s was replaced", to)
		}
		if err := atomicfile.WriteOutput(to, text); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 16)
		if n, err := from.Read(got); string(got[:n]) != "text" {
			t.Errorf("%s: %q, %v", to, got[:n], err)
		}
	}
	if info, err := os.Lstat(name); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("%v, %v", info, err)
	}
	onlyFile(t, name)
}

// TestLinkIsReplaced: a link is one that a stranger may have made.
func TestLinkIsReplaced(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.WriteOutput(link, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{target: "old", link: "new"} {
		if got, err := os.ReadFile(name); string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestModes: a new file has the mode that the umask leaves, as other programs' files have, and one that is replaced keeps its own.
func TestModes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	write := func(umask int) fs.FileMode {
		defer syscall.Umask(syscall.Umask(umask))
		if err := atomicfile.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, "text"); return err }); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	if mode := write(0o077); mode != 0o600 {
		t.Errorf("new, with umask 077: %v", mode)
	}
	if mode := write(0o002); mode != 0o600 {
		t.Errorf("replaced: %v", mode)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if mode := write(0o002); mode != 0o664 {
		t.Errorf("new, with umask 002: %v", mode)
	}
}
