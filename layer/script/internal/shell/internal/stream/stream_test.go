package stream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/shell/internal/stream"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestPipe: the writer goes on until the pipe is full, the reader until it is empty.
func TestPipe(t *testing.T) {
	const line = "a line of 16 b.\n"
	var events []string
	var q stream.Pipe
	q.Start(func() {
		for i := range 600 { // 9,600 bytes: more than two of pipes
			if _, err := q.Write([]byte(line)); err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		}
		events = append(events, "written")
	})
	var got bytes.Buffer
	b := make([]byte, 1<<20)
	for {
		n, err := q.Read(b)
		if n > 0 {
			events = append(events, fmt.Sprint(n))
		}
		got.Write(b[:n])
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	// A write that makes the pipe full waits for the reader; the last part waits for nobody.
	if want := []string{"4112", "4112", "written", "1376"}; !slices.Equal(events, want) {
		t.Errorf("%q, want %q", events, want)
	}
	if got.String() != strings.Repeat(line, 600) {
		t.Errorf("%d bytes came through, not those that were written", got.Len())
	}
	q.Finish()
}

// TestFinish: a writer whose reader has ended gets the error of a broken pipe, and runs to its end.
func TestFinish(t *testing.T) {
	for _, read := range []bool{false, true} {
		var q stream.Pipe
		var failed error
		ended := false
		q.Start(func() {
			for failed == nil {
				_, failed = q.Write(make([]byte, 1000))
			}
			ended = true
		})
		if read {
			if n, err := q.Read(make([]byte, 10)); n != 10 || err != nil {
				t.Errorf("read %d bytes: %v", n, err)
			}
		}
		q.Finish()
		if !errors.Is(failed, stream.ErrBrokenPipe) || !ended {
			t.Errorf("with a reader %t: the writer got %v, and ended: %t", read, failed, ended)
		}
	}
}

// TestFinishWithoutWriting: a writer that writes nothing runs, too.
func TestFinishWithoutWriting(t *testing.T) {
	var q stream.Pipe
	ran := false
	q.Start(func() { ran = true })
	q.Finish()
	if !ran {
		t.Error("the writer did not run")
	}
}

func TestStreams(t *testing.T) {
	file := stream.File{ReadSeeker: bytes.NewReader([]byte("file"))}
	var written bytes.Buffer
	for _, test := range []struct {
		name            string
		stream          stream.Stream
		content         string
		reading, writes error
	}{
		{"input", stream.Input{Reader: strings.NewReader("text")}, "text", nil, stream.ErrBadDescriptor},
		{"file", file, "file", nil, stream.ErrBadDescriptor},
		{"file again, at its end", file, "", nil, stream.ErrBadDescriptor},
		{"output", stream.Output{Writer: &written}, "", stream.ErrBadDescriptor, nil},
		{"directory", stream.Directory{}, "", tree.ErrIsDir, stream.ErrBadDescriptor},
		{"/dev/null", stream.Null{}, "", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			content, err := io.ReadAll(test.stream)
			if string(content) != test.content || !errors.Is(err, test.reading) {
				t.Errorf("read %q, %v; want %q, %v", content, err, test.content, test.reading)
			}
			n, err := test.stream.Write([]byte("abc"))
			if !errors.Is(err, test.writes) || err == nil && n != 3 {
				t.Errorf("wrote %d bytes, %v; want %v", n, err, test.writes)
			}
		})
	}
	if written.String() != "abc" {
		t.Errorf("%q was written", written.String())
	}
}

// limited is a writer with a bound, as those of commands are.
type limited struct{ left int }

var errFull = errors.New("full")

func (l *limited) Write(b []byte) (int, error) {
	if l.left -= len(b); l.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestFileWriteTo: a copy of a large file meets the writer's bound before all of it is handed over at once.
func TestFileWriteTo(t *testing.T) {
	f := stream.File{ReadSeeker: bytes.NewReader(make([]byte, 1<<20))}
	n, err := f.WriteTo(&limited{left: 100 << 10})
	if !errors.Is(err, errFull) || n == 0 || n > 100<<10 {
		t.Errorf("%d bytes were written: %v", n, err)
	}
}
