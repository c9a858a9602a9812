package awk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// reference is busybox of the corpus in a root file system of its own.
type reference struct{ root string }

// newReference unpacks busybox and its libc. Without a corpus or root the test is skipped.
func newReference(t testing.TB) *reference {
	t.Helper()
	corpus := corpustest.Path(t)
	if os.Getuid() != 0 {
		t.Skip("chroot needs root")
	}
	r := &reference{t.TempDir()}
	f, err := os.Open(filepath.Join(corpus, "alpine-3.19/alpine-minirootfs-3.19.4-x86_64.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(unzipped); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(h.Name, "./")
		if h.Typeflag != tar.TypeReg || name != "bin/busybox" && !strings.HasPrefix(name, "lib/ld-musl") {
			continue
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		r.write(t, name, string(content), 0o755)
	}
	for name, content := range testFiles {
		r.write(t, name, content, 0o644)
	}
	return r
}

func (r *reference) write(t testing.TB, name, content string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// run runs busybox awk.
func (r *reference) run(t testing.TB, args []string, stdin string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "/bin/busybox", append([]string{"awk"}, args...)...)
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: r.root}
	command.Dir = "/"
	command.Env = []string{"PATH=/bin", "HOME=/root"}
	command.Stdin = strings.NewReader(stdin)
	var out, messages bytes.Buffer
	command.Stdout, command.Stderr = &out, &messages
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return answer{out.String(), messages.String(), command.ProcessState.ExitCode()}
}
