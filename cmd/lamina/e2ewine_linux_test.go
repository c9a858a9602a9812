package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestEndToEndWine runs the program for Windows, under wine: it must build the same image as the one for Linux, from specs and
// Dockerfiles with the line ends of Windows, by paths with drives and backslashes, and show and verify it.
func TestEndToEndWine(t *testing.T) {
	if os.Getenv("LAMINA_E2E") == "" {
		t.Skip("set LAMINA_E2E=1 to run; it needs wine")
	}
	wine := findWine()
	if wine == "" || runtime.GOARCH != "amd64" {
		t.Skip("there is no wine for amd64")
	}
	w := newWine(t, wine)
	if err := os.CopyFS(w.path("nginx"), os.DirFS("../../fixtures/nginx")); err != nil {
		t.Fatal(err)
	}
	w.crlf("nginx/lamina.yaml", "windows.yaml")
	readme := regexp.MustCompile(`(?m)^    (sha256:[0-9a-f]{64})$`).FindStringSubmatch(mustReadText(t, "../../README.md"))
	if readme == nil {
		t.Fatal("the README has no digest")
	}
	digest := readme[1]

	for _, args := range [][]string{
		{"build", "-f", "nginx/lamina.yaml", "-o", "oci:image:slash"},
		{"build", "-f", `nginx\lamina.yaml`, "-o", `oci:image:backslash`},
		{"build", "-f", w.drive("nginx/lamina.yaml"), "-o", "oci:" + w.drive("drive") + ":latest", "--no-cache"},
		{"build", "-f", `NGINX\Lamina.YAML`, "-o", `oci:image:case`},
		{"build", "-f", `nginx\windows.yaml`, "-o", `oci:image:crlf`},
	} {
		if out := strings.TrimSpace(w.run(args...)); out != digest {
			t.Errorf("%v: %s, want %s", args, out, digest)
		}
	}
	if out := w.run("inspect", "oci:"+w.drive("drive")+":latest", "--json"); !strings.Contains(out, digest) {
		t.Errorf("inspect: %s", out)
	}
	if out := strings.TrimSpace(w.run("verify", "oci:image:crlf", "--repository", `nginx\repository`)); out != "reproduced "+digest {
		t.Errorf("verify: %s", out)
	}
	w.run("inspect", "oci:image:slash", "--html", `pages\..\page.html`)
	if page := mustReadText(t, w.path("page.html")); !strings.Contains(page, "<!doctype html>") {
		t.Error("there is no page")
	}

	// A Dockerfile, beside the program for Linux.
	const dockerfile = "FROM base\n# a comment\nCOPY a.txt sub/b.txt /srv/\nRUN echo one && \\\n    echo two >/srv/c\nRUN <<EOF\necho three >/srv/d\nEOF\n"
	for name, text := range map[string]string{"context/Dockerfile": strings.ReplaceAll(dockerfile, "\n", "\r\n"), "context/a.txt": "a\n",
		"context/sub/b.txt": "b\n", "context/skipped": "no", "context/.dockerignore": "skipped\r\n"} {
		w.write(name, text)
	}
	build := []string{"build", "-f", "context/Dockerfile", "--build-context", "base=oci:image:slash", "-o"}
	native := exec.Command(os.Args[0], append(build, "oci:native:x", "context")...)
	native.Dir, native.Env = w.dir, append(os.Environ(), "LAMINA_TEST_MAIN=1", "XDG_CACHE_HOME="+w.path("cache"))
	want, err := native.Output()
	if err != nil {
		t.Fatalf("the build on Linux: %v", err)
	}
	if out := w.run(append(build, "oci:image:dockerfile", `.\context`)...); out != string(want) {
		t.Errorf("the Dockerfile gives %s, on Linux %s", out, want)
	}
}

// findWine returns the path of wine for 64 bits, which Debian's package wine64 has in no directory of PATH.
func findWine() string {
	for _, name := range []string{"wine64", "wine", "/usr/lib/wine/wine64"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

type wine struct {
	*testing.T
	dir, program, wine string
	env                []string
}

func newWine(t *testing.T, path string) *wine {
	w := &wine{T: t, dir: t.TempDir(), program: filepath.Join(t.TempDir(), "lamina.exe"), wine: path}
	prefix := filepath.Join(t.TempDir(), "prefix")
	w.env = append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY=", "XDG_CACHE_HOME=",
		"SOURCE_DATE_EPOCH=")
	build := exec.Command("go", "build", "-trimpath", "-o", w.program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	boot := exec.Command(w.wine, "cmd.exe", "/c", "exit")
	boot.Env = w.env
	if out, err := boot.CombinedOutput(); err != nil {
		t.Fatalf("wine does not start: %v\n%s", err, out)
	}
	// Go's runtime needs a library that Windows has since version 8, and wine since 8.3.
	library := filepath.Join(prefix, "drive_c/windows/system32/bcryptprimitives.dll")
	if _, err := os.Stat(library); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(library, forwardingLibrary("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *wine) path(name string) string { return filepath.Join(w.dir, name) }

// drive is a path as Windows has it: wine's drive Z is the root.
func (w *wine) drive(name string) string { return "Z:" + strings.ReplaceAll(w.path(name), "/", `\`) }

func (w *wine) write(name, text string) {
	w.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

// crlf copies a spec, with the line ends of Windows.
func (w *wine) crlf(from, to string) {
	w.Helper()
	w.write(filepath.Join(filepath.Dir(from), to), strings.ReplaceAll(mustReadText(w.T, w.path(from)), "\n", "\r\n"))
}

func (w *wine) run(args ...string) string {
	w.Helper()
	cmd := exec.Command(w.wine, append([]string{w.program}, args...)...)
	cmd.Dir, cmd.Env = w.dir, w.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		w.Fatalf("%v: %v\n%s%s", args, err, stdout.String(), stderr.String())
	}
	return strings.ReplaceAll(stdout.String(), "\r\n", "\n")
}

// forwardingLibrary is a DLL (PE32+ for amd64) without code, whose one function is another library's.
func forwardingLibrary(name, function, target string) []byte {
	const at, fileAt = 0x1000, 0x200 // of the only section, in memory and in the file
	var texts bytes.Buffer
	const head = 40 + 4 + 4 + 2 // directory, addresses, names, ordinals
	put := func(text string) uint32 {
		where := uint32(at + head + texts.Len())
		texts.WriteString(text + "\x00")
		return where
	}
	library, export, forward := put(name), put(function), put(target)
	var section bytes.Buffer
	write := func(to *bytes.Buffer, values ...any) {
		for _, v := range values {
			binary.Write(to, binary.LittleEndian, v)
		}
	}
	write(&section, [3]uint32{}, library, uint32(1), uint32(1), uint32(1), uint32(at+40), uint32(at+44), uint32(at+48), forward, export,
		uint16(0), texts.Bytes())
	size := uint32(section.Len())
	var b bytes.Buffer
	write(&b, []byte("MZ"), [58]byte{}, uint32(64), []byte("PE\x00\x00"))
	write(&b, uint16(0x8664), uint16(1), [3]uint32{}, uint16(240), uint16(0x2022))
	write(&b, uint16(0x20b), uint16(0), uint32(0), uint32(fileAt), uint32(0), uint32(0), uint32(at)) // code, data, entry point
	write(&b, uint64(0x6bcd0000), uint32(0x1000), uint32(fileAt), [2]uint16{6, 0}, [2]uint16{}, [2]uint16{6, 0}, uint32(0))
	write(&b, uint32(2*at), uint32(fileAt), uint32(0), uint16(3), uint16(0x100), [4]uint64{1 << 20, 1 << 12, 1 << 20, 1 << 12}, uint32(0), uint32(16))
	write(&b, uint32(at), size, [15]uint64{})
	write(&b, [8]byte{'.', 'e', 'd', 'a', 't', 'a'}, size, uint32(at), uint32(fileAt), uint32(fileAt), [3]uint32{}, uint32(0x40000040))
	b.Write(make([]byte, fileAt-b.Len()))
	b.Write(section.Bytes())
	b.Write(make([]byte, 2*fileAt-b.Len()))
	return b.Bytes()
}
