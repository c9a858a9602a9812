package apk

import (
	"crypto/sha1"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// reference is a root file system with Alpine's own apk 2.14 in it.
type reference struct {
	testing.TB
	root string
}

func newReference(t testing.TB) *reference {
	t.Helper()
	archive := corpusDirectory(t, "alpine-3.19", "alpine-minirootfs-3.19.4-x86_64.tar.gz")
	if os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("chroot needs root")
		}
		t.Skip("chroot needs root")
	}
	r := &reference{TB: t, root: t.TempDir()}
	if out, err := exec.Command("tar", "xzf", archive, "-C", r.root).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

func (r *reference) path(name string) string { return filepath.Join(r.root, name) }

func (r *reference) read(name string) string {
	r.Helper()
	b, err := os.ReadFile(r.path(name))
	if err != nil {
		r.Fatal(err)
	}
	return string(b)
}

func (r *reference) write(name string, content []byte) {
	r.Helper()
	if err := os.WriteFile(r.path(name), content, 0o644); err != nil {
		r.Fatal(err)
	}
}

// apk runs Alpine's apk in the root.
func (r *reference) apk(args ...string) (string, error) {
	cmd := exec.Command("chroot", append([]string{r.root, "/sbin/apk", "--no-network"}, args...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// offer makes a repository of one package, which the index knows by that identity.
func (r *reference) offer(name string, file []byte, identity [sha1.Size]byte) {
	r.Helper()
	text := fmt.Sprintf("C:%s\nP:%s\nV:1-r0\nA:x86_64\nS:%d\nI:1000\nT:odd\nU:\nL:\n\n", SHA1Checksum(identity), name, len(file))
	index := gzipTar(r, true, tarFile{"APKINDEX", text})
	directory := r.path("tmp/repo/x86_64")
	if err := os.MkdirAll(directory, 0o755); err != nil {
		r.Fatal(err)
	}
	r.write("etc/apk/repositories", []byte("/tmp/repo\n"))
	r.write("tmp/repo/x86_64/APKINDEX.tar.gz", index)
	r.write("tmp/repo/x86_64/"+name+"-1-r0.apk", file)
}

// TestOddPackagesReference has Alpine's apk install each of them.
func TestOddPackagesReference(t *testing.T) {
	r := newReference(t)
	saved := make(map[string]string)
	for _, name := range []string{"lib/apk/db/installed", "lib/apk/db/triggers", "lib/apk/db/scripts.tar", "etc/apk/world"} {
		saved[name] = r.read(name)
	}
	for _, c := range oddPackages {
		parts := c.p.segments(t)
		if c.adapt != nil {
			c.adapt(t, &parts)
		}
		identified := parts.control
		if c.p.noHash {
			identified = parts.file()
		}
		r.offer("odd", parts.file(), sha1.Sum(identified))
		out, err := r.apk("--allow-untrusted", "add", "odd")
		if c.says != "" && (err == nil || !strings.Contains(out, c.says)) {
			t.Errorf("%s: apk: %v, want %q\n%s", c.name, err, c.says, out)
		}
		if c.says == "" {
			_, record, _ := strings.Cut(r.read("lib/apk/db/installed"), "\nP:odd\n")
			record, _, _ = strings.Cut(record, "\n\n")
			_, files, _ := strings.Cut(record+"\n", "\nL:\n")
			if got := onOneLine(files); err != nil || got != c.files {
				t.Errorf("%s: apk: %v\n%sgot %s\nwant %s", c.name, err, out, got, c.files)
			}
		}
		for name, content := range saved {
			r.write(name, []byte(content))
		}
		for _, name := range []string{"a", "b", "c", "d", "p", "q", "z"} {
			if err := os.RemoveAll(r.path("usr/" + name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
