package files_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/files"
	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/tree"
)

const (
	in       = syntax.RdrIn
	out      = syntax.RdrOut
	over     = syntax.RdrClob
	appended = syntax.AppOut
)

// opener opens files of a tree with "d" and "d/f", which has "old\n" with mode 0640.
func opener(t *testing.T) *files.Opener {
	t.Helper()
	root := tree.New()
	err := root.MkdirAll("d", 0o755)
	if err == nil {
		err = root.WriteFile("d/f", []byte("old\n"), 0o640)
	}
	if err == nil {
		err = root.Symlink("f", "d/link")
	}
	if err == nil {
		err = root.Symlink("none", "d/broken")
	}
	if err != nil {
		t.Fatal(err)
	}
	return &files.Opener{Session: &busybox.Session{Tree: root, Script: "s", Package: "p"}, Tree: root, Dir: "/d", Umask: 0o027, Line: 7}
}

// TestWriting: what a file has after "new" was written to it, with its mode. A new one gets 0666 without the umask, and an old one keeps its own.
func TestWriting(t *testing.T) {
	for _, test := range []struct {
		name      string
		op        syntax.RedirOperator
		noclobber bool
		file      string // which changes
		want      string
	}{
		{"f", out, false, "d/f", "new 640"}, {"f", over, false, "d/f", "new 640"}, {"f", appended, false, "d/f", "old\nnew 640"},
		{"f", over, true, "d/f", "new 640"}, {"f", appended, true, "d/f", "old\nnew 640"}, {"link", out, false, "d/f", "new 640"},
		{"g", out, false, "d/g", "new 640"}, {"g", out, true, "d/g", "new 640"}, {"g", appended, false, "d/g", "new 640"},
		{"/g", over, false, "g", "new 640"}, {"../g", out, false, "g", "new 640"}, {"./../d/./f", out, false, "d/f", "new 640"},
		{"broken", out, false, "d/none", "new 640"}, {"f", syntax.RdrAll, false, "d/f", "new 640"},
	} {
		o := opener(t)
		o.Noclobber = test.noclobber
		s, err := o.Open(test.name, test.op)
		if err != nil {
			t.Errorf("%s %s: %v", test.op, test.name, err)
			continue
		}
		if _, err := s.Write([]byte("new")); err != nil {
			t.Errorf("%s %s: %v", test.op, test.name, err)
		}
		if n, err := s.Read(make([]byte, 1)); n != 0 || err != stream.ErrBadDescriptor {
			t.Errorf("%s %s is read: %d bytes, %v", test.op, test.name, n, err)
		}
		b, err := o.Tree.ReadFile(test.file, 100)
		if err != nil {
			t.Errorf("%s %s: %v", test.op, test.name, err)
			continue
		}
		n, _ := o.Tree.Stat(test.file)
		if got := fmt.Sprintf("%s %o", b, n.Mode); got != test.want {
			t.Errorf("%s %s: %q, not %q", test.op, test.name, got, test.want)
		}
	}
}

// TestReading: a file is read from its begin, by all who share it together, and is not written.
func TestReading(t *testing.T) {
	o := opener(t)
	for _, name := range []string{"f", "/d/f", "link", "../d/f"} {
		s, err := o.Open(name, in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		first := make([]byte, 2)
		if _, err := io.ReadFull(s, first); err != nil || string(first) != "ol" {
			t.Errorf("%s: %q, %v", name, first, err)
		}
		if rest, err := io.ReadAll(s); err != nil || string(rest) != "d\n" {
			t.Errorf("%s: %q, %v", name, rest, err)
		}
		if _, err := s.Write([]byte("x")); err != stream.ErrBadDescriptor {
			t.Errorf("%s is written: %v", name, err)
		}
	}
	s, err := o.Open(".", in) // open(2) opens it, and read(2) fails
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(make([]byte, 1)); err != tree.ErrIsDir {
		t.Errorf("a directory is read: %v", err)
	}
}

// TestFailures has files that ash cannot open, with its words.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name string
		op   syntax.RedirOperator
		want string
	}{
		{"none", in, "can't open none: no such file"}, {"f/x", in, "can't open f/x: no such file"}, {"", in, "can't open : no such file"},
		{"broken", in, "can't open broken: no such file"},
		{"none/x", out, "can't create none/x: nonexistent directory"}, {"f/x", appended, "can't create f/x: nonexistent directory"},
		{"", out, "can't create : nonexistent directory"}, {"/d", out, "can't create /d: Is a directory"}, {".", appended, "can't create .: Is a directory"},
		{"f", out, "can't create f: File exists"}, {"link", out, "can't create link: File exists"}, {"f", syntax.RdrAll, "can't create f: File exists"},
	} {
		o := opener(t)
		o.Noclobber = true
		_, err := o.Open(test.name, test.op)
		if err == nil {
			t.Errorf("%s %s is opened", test.op, test.name)
			continue
		}
		if got := files.Complaint(test.name, test.op, err); got != test.want {
			t.Errorf("%s %s: %s, not %s", test.op, test.name, got, test.want)
		}
		if b, err := o.Tree.ReadFile("d/f", 100); string(b) != "old\n" {
			t.Errorf("%s %s leaves %q, %v", test.op, test.name, b, err)
		}
	}
}

// TestDevices: /dev/null takes and gives nothing, and names of descriptors are those of the shell, whatever the operator. The rest is refused.
func TestDevices(t *testing.T) {
	o := opener(t)
	var printed bytes.Buffer
	o.Standard = [3]stream.Stream{stream.Input{Reader: bytes.NewReader([]byte("in"))}, stream.Output{Writer: &printed}}
	null, err := o.Open("/dev//null", out)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := null.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("/dev/null takes %d bytes, %v", n, err)
	}
	if b, err := io.ReadAll(null); len(b) > 0 || err != nil {
		t.Errorf("/dev/null gives %q, %v", b, err)
	}
	for name, want := range map[string]stream.Stream{"/dev/stdin": o.Standard[0], "/dev/fd/0": o.Standard[0], "../proc/self/fd/1": o.Standard[1], "/dev/stdout": o.Standard[1]} {
		for _, op := range []syntax.RedirOperator{in, out, appended} {
			if got, err := o.Open(name, op); got != want || err != nil {
				t.Errorf("%s %s: %v, %v", op, name, got, err)
			}
		}
	}
	if _, err := o.Open("/dev/stderr", out); err != tree.ErrNotExist {
		t.Errorf("a closed descriptor: %v", err)
	}
	for name, op := range map[string]syntax.RedirOperator{"/dev/zero": in, "/dev/full": out, "/dev/tty": out, "f": syntax.RdrInOut} {
		if _, err := opener(t).Open(name, op); !busybox.Fatal(err) {
			t.Errorf("%s %s: %v", op, name, err)
		}
	}
}
