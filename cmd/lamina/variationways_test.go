package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

// asNobody runs the program as an ordinary user without a single capability.
func (a *attempt) asNobody() {
	if os.Getuid() != 0 {
		a.Skip("only root can become another user")
	}
	a.within("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		"--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
}

// within runs the program by another one, if this machine can.
func (a *attempt) within(command ...string) {
	try := exec.Command(command[0], append(command[1:], "true")...)
	if output, err := try.CombinedOutput(); err != nil {
		a.Skipf("%s: %v %s", try, err, output)
	}
	a.wrap = append(a.wrap, command...)
}

// shell runs a line before the program.
func (a *attempt) shell(line string) {
	if runtime.GOOS == "windows" {
		a.Skip("there is no such thing on Windows")
	}
	a.wrap = append(a.wrap, "sh", "-c", line+` && exec "$@"`, "sh")
}

func (a *attempt) withUmask(mask string) { a.shell("umask " + mask) }

func (a *attempt) fewFiles() { a.shell("ulimit -n 40") }

// onOtherHost gives the program a host name of its own.
func (a *attempt) onOtherHost() {
	a.within("unshare", "--uts", "sh", "-c", `echo elsewhere.example >/proc/sys/kernel/hostname && exec "$@"`, "sh")
}

// overHTTP takes the packages from the server, whose address is in the record.
func (a *attempt) overHTTP() {
	a.repositoryURL = a.server
	if a.want == &a.first {
		a.want = &a.served
	} else if a.want != nil {
		a.want = a.want.imageOnly()
	}
}

// copying says how inputs are copied.
type copying struct {
	reversed bool        // last name first, with gaps in the directory
	time     time.Time   // of everything; zero: as it comes
	mode     fs.FileMode // of files; zero: 0644
}

// move takes a copy of the inputs at another place.
func (a *attempt) move(name string, c copying) {
	a.Helper()
	to := a.under(name)
	copyDirectory(a.T, a.directory, to, c)
	a.directory = to
}

// onOtherFileSystem takes a copy of the inputs in memory, which lists directories in
// another order than disks do.
func (a *attempt) onOtherFileSystem() {
	dir, err := os.MkdirTemp("/dev/shm", "lamina-variations-")
	if err != nil {
		a.Skipf("no file system in memory: %v", err)
	}
	a.Cleanup(func() { os.RemoveAll(dir) })
	copyDirectory(a.T, a.directory, filepath.Join(dir, "inputs"), copying{})
	a.directory, a.output = filepath.Join(dir, "inputs"), filepath.Join(dir, "image")
}

func (a *attempt) throughLink() {
	link := a.under("link")
	if err := os.Symlink(a.directory, link); err != nil {
		a.Skip(err)
	}
	a.directory = link
}

// remove removes what has a name, or everything, in a directory and what is below it.
func (a *attempt) remove(dir, name string) {
	a.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || name != "" && e.Name() != name {
			return err
		}
		return os.Remove(path)
	})
	if err != nil {
		a.Fatal(err)
	}
}

// damage spoils every other file in a directory, in one of three ways.
func (a *attempt) damage(dir string) {
	a.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != "packages.lock" { // which is empty, and only locked
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		a.Fatal(err)
	}
	if len(names) < 2 {
		a.Fatalf("the cache has %d files", len(names))
	}
	for i, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			a.Fatal(err)
		}
		switch i % 6 {
		case 0:
			content[len(content)-len(content)/4] ^= 0x40
		case 2:
			content = content[:len(content)/2]
		case 4:
			content = nil
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			a.Fatal(err)
		}
	}
}

// baseLayout writes the product's root file system as a layout with the image that
// any program would make of nothing but it.
func (a *attempt) baseLayout() string {
	a.Helper()
	ctx := context.Background()
	base, err := transport.OpenBase(ctx, oci.Reference{Transport: oci.TransportRootfs, Path: a.at(a.product.base)}, oci.Platform{}, transport.Options{})
	if err != nil {
		a.Fatal(err)
	}
	defer base.Close()
	dir := a.under("base")
	write := func(name string, content []byte) {
		a.Helper()
		name = filepath.Join(dir, name)
		if err := errors.Join(makeDirectory(filepath.Dir(name)), os.WriteFile(name, content, 0o644)); err != nil {
			a.Fatal(err)
		}
	}
	blob := func(content []byte) {
		a.Helper()
		write("blobs/sha256/"+digest.FromBytes(content).Encoded(), content)
	}
	layer, err := os.ReadFile(a.at(a.product.base))
	if err != nil {
		a.Fatal(err)
	}
	blob(layer)
	blob(base.RawConfig)
	blob(base.RawManifest)
	entry := base.Manifest
	entry.Annotations = map[string]string{v1.AnnotationRefName: "base"}
	index, err := json.Marshal(v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{entry}})
	if err != nil {
		a.Fatal(err)
	}
	write(v1.ImageIndexFile, index)
	write(v1.ImageLayoutFile, []byte(`{"imageLayoutVersion":"1.0.0"}`))
	return dir
}

// tar writes a directory as a tar file.
func (a *attempt) tar(dir, file string) {
	a.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close(), os.WriteFile(file, b.Bytes(), 0o644)); err != nil {
		a.Fatal(err)
	}
}

// compiled returns the program as the go command makes it for an architecture, ""
// being this one's.
func (a *attempt) compiled(arch string, args ...string) string {
	a.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		a.Skip(err)
	}
	name := strings.Join(append([]string{"lamina", arch}, args...), " ")
	compile := sync.OnceValues(func() (string, error) {
		program := filepath.Join(a.site.dir, digest.FromString(name).Encoded()[:8]+".exe")
		cmd := exec.Command("go", slices.Concat([]string{"build", "-buildvcs=false", "-o", program}, args, []string{"."})...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if arch != "" {
			cmd.Env = append(cmd.Env, "GOARCH="+arch)
		}
		if output, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, output)
		}
		return program, os.Chmod(program, 0o755)
	})
	made, _ := a.builds.LoadOrStore(name, compile)
	program, err := made.(func() (string, error))()
	if err != nil {
		a.Fatal(err)
	}
	return program
}

// on32Bits runs the program as made for the 32 bits of the same processor.
func (a *attempt) on32Bits() {
	if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		a.Skip("this machine runs no other architecture")
	}
	a.program = a.compiled("386")
	var exit *exec.ExitError
	if err := exec.Command(a.program, "--help").Run(); err != nil && !errors.As(err, &exit) {
		a.Skipf("this machine does not run programs of 32 bits: %v", err)
	}
}

// withOtherClock runs the program with a clock that begins in the year 2000.
//
// libfaketime would show nothing: it stands in for functions of the C library, by
// LD_PRELOAD, and Go reads the clock without them, from the vDSO. Debian's 0.9.10
// leaves the time of a Go program as it is, even of one linked with the C library.
// Nor do the kernel's time namespaces shift the time of day, only how long it is
// since the system started. The runtime's own tag for it (faketime) would have the standard library compiled once more.
func (a *attempt) withOtherClock() {
	a.otherClock = true
	a.env["LAMINA_TEST_CLOCK"] = "1"
}

// commandLine is that of the program as TestOnOtherClock runs it.
var commandLine []string

// TestOnOtherClock is the program in the processes of withOtherClock. It prints the clock's year in front of what the program prints.
func TestOnOtherClock(t *testing.T) {
	if commandLine == nil {
		t.Skip("this process runs tests")
	}
	synctest.Test(t, func(t *testing.T) {
		fmt.Println(time.Now().UTC().Year())
		syscall.Exit(run(t.Context(), commandLine, os.Stdout, os.Stderr)) // os.Exit in a test is an error
	})
}

// makeDirectory makes a directory that all users may enter, whatever the umask is here.
func makeDirectory(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	return errors.Join(makeDirectory(filepath.Dir(dir)), os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755))
}

// copyDirectory copies a directory with everything below it.
func copyDirectory(t *testing.T, from, to string, c copying) {
	t.Helper()
	var files, directories []string
	err := filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name, err = filepath.Rel(from, name); err != nil {
			return err
		}
		if e.IsDir() {
			directories = append(directories, filepath.Join(to, name))
			return makeDirectory(filepath.Join(to, name))
		}
		files = append(files, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.mode == 0 {
		c.mode = 0o644
	}
	if c.reversed {
		slices.Reverse(files)
	}
	for _, name := range files {
		gap := filepath.Join(to, name) + ".gap"
		if c.reversed {
			copyFile(t, filepath.Join(from, name), gap, c.mode)
		}
		copyFile(t, filepath.Join(from, name), filepath.Join(to, name), c.mode)
		if c.reversed {
			if err := os.Remove(gap); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c.time.IsZero() {
		return
	}
	for _, name := range files {
		directories = append(directories, filepath.Join(to, name))
	}
	for _, name := range directories {
		if err := os.Chtimes(name, c.time, c.time); err != nil {
			t.Fatal(err)
		}
	}
}

// copyFile copies a file, and makes the directory for it.
func copyFile(t *testing.T, from, to string, mode fs.FileMode) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := makeDirectory(filepath.Dir(to)); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	// Chmod, since the umask takes from what OpenFile is told.
	if err := errors.Join(err, out.Chmod(mode), out.Close()); err != nil {
		t.Fatal(err)
	}
}
