package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/registry"
)

// testProgress has a clock that goes on by step with each look.
func testProgress(form string, width int, step time.Duration) (*Progress, *bytes.Buffer) {
	out := new(bytes.Buffer)
	at := time.Unix(0, 0)
	return &Progress{form: form, w: out, width: func() int { return width }, now: func() time.Time {
		at = at.Add(step)
		return at
	}}, out
}

// feed tells of a whole build.
func feed(p *Progress) {
	fetch, built, transfer := p.Fetched(), p.Built(), p.Transferred()
	for i := range int64(5) {
		fetch(repository.Progress{URL: "a", Received: i * 1000, Size: 4000, Done: i == 4})
		fetch(repository.Progress{URL: "b", Received: i * 500, Done: i == 4})
	}
	for i := range int64(4) {
		built(assemble.Progress{Stage: "verify", Unit: "packages", Done: i, Total: 3})
	}
	for i := range int64(11) {
		built(assemble.Progress{Stage: "write", Unit: "bytes", Platform: oci.Platform{OS: "linux", Architecture: "amd64"}, Done: i * 1e6, Total: 10e6})
		built(assemble.Progress{Stage: "write", Unit: "bytes", Platform: oci.Platform{OS: "linux", Architecture: "arm64"}, Done: i * 2e6, Total: 20e6})
	}
	for i := range int64(3) {
		transfer(registry.Transfer{Upload: true, Name: "sha256:a", Done: i * 50, Total: 100})
	}
	transfer(registry.Transfer{Upload: true, Name: "sha256:a", Done: 10, Total: 100}) // once more
	transfer(registry.Transfer{Upload: true, Name: "sha256:a", Done: 100, Total: 100})
	p.End()
}

func TestProgressPlain(t *testing.T) {
	p, out := testProgress(Plain, 80, time.Millisecond)
	feed(p)
	want := "lamina: fetched 6 kB\nlamina: verified 3 packages\nlamina: packed 30 MB into a layer\nlamina: pushed 100 B\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

// TestProgressOfSharedCache: entries that come from a shared cache are fetched, and those that go there are sent.
func TestProgressOfSharedCache(t *testing.T) {
	p, out := testProgress(Plain, 80, time.Millisecond)
	p.Fetched()(repository.Progress{URL: "a", Received: 1000, Size: 1000, Done: true})
	p.Shared()(registry.Transfer{Name: "b", Done: 2000, Total: 2000})
	p.Shared()(registry.Transfer{Upload: true, Name: "c", Done: 500, Total: 500})
	p.End()
	if want := "lamina: fetched 3 kB\nlamina: sent 500 B to the shared cache\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

// TestProgressOfFailure: a transfer or step that failed is not reported as done.
func TestProgressOfFailure(t *testing.T) {
	p, out := testProgress(Plain, 80, time.Millisecond)
	transfer := p.Transferred()
	transfer(registry.Transfer{Name: "sha256:a", Done: 100, Total: 100})
	transfer(registry.Transfer{Upload: true, Name: "sha256:a", Done: 10, Total: 100})
	p.Abort()
	p.End()
	if want := "lamina: pulled 100 B\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestProgressJSON: each line is an event, a stage goes back only if a transfer restarts, and its last event is complete.
func TestProgressJSON(t *testing.T) {
	p, out := testProgress(JSON, 80, 60*time.Millisecond)
	feed(p)
	last := make(map[string]event)
	var order []string
	for line := range strings.Lines(out.String()) {
		var e event
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		was, known := last[e.Stage]
		if !known {
			order = append(order, e.Stage)
		}
		if known && e.Done < was.Done && e.Stage != "push" || e.Done > e.Total && e.Total > 0 && e.Stage != "fetch" {
			t.Errorf("%+v after %+v", e, was)
		}
		last[e.Stage] = e
	}
	if fmt.Sprint(order) != "[fetch verify write push]" {
		t.Errorf("stages %v", order)
	}
	for _, want := range []event{{"fetch", 6000, 6000, "bytes"}, {"verify", 3, 3, "packages"}, {"write", 30e6, 30e6, "bytes"}, {"push", 100, 100, "bytes"}} {
		if last[want.Stage] != want {
			t.Errorf("the last event is %+v, want %+v", last[want.Stage], want)
		}
	}
}

// TestProgressBar: lines fit into the terminal, whatever its width, come at most ten times a second, and leave
// nothing behind.
func TestProgressBar(t *testing.T) {
	for _, width := range []int{1, 5, 20, 40, 80, 200} {
		p, out := testProgress(bar, width, 150*time.Millisecond)
		feed(p)
		if !strings.HasSuffix(out.String(), "\r\x1b[K") {
			t.Errorf("width %d: ends with %q", width, out.String()[max(0, out.Len()-20):])
		}
		for line := range strings.SplitSeq(out.String(), "\r\x1b[K") {
			if len(line) > width-1 || strings.Contains(line, "\n") {
				t.Errorf("width %d: %q", width, line)
			}
		}
		if text := out.String(); width == 80 && (!strings.Contains(text, "[##########..........]") || !strings.Contains(text, "MB/s") ||
			!strings.Contains(text, " left") ||
			!strings.Contains(text, "verify  [") || !strings.Contains(text, " of 3 packages")) {
			t.Errorf("lines: %q", text)
		}
	}
	p, out := testProgress(bar, 80, time.Millisecond)
	feed(p)
	if n := strings.Count(out.String(), "\r"); n > 14 {
		t.Errorf("%d lines within a tenth of a second", n)
	}
	p, out = testProgress(bar, 80, time.Second)
	p.tell("write", "bytes", "x", 1, 10)
	fmt.Fprintln(p, "lamina: warning: x")
	if want := "\r\x1b[Klamina: warning: x\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("a warning in between: %q", out)
	}
}
