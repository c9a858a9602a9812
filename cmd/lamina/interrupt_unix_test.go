//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestInterrupt: a signal ends a build with one line, the exit code of what was killed by it and everything as
// it was, whether it waits for a server or works on the layer.
func TestInterrupt(t *testing.T) {
	looping := fixtures.Package{Name: "looping", Scripts: map[string]string{"post-install": "#!/bin/sh\necho started\nwhile :; do :; done\n"},
		Files: []fixtures.File{{Path: "usr/lib/looping", Content: "x"}}}
	for _, test := range []struct {
		signal syscall.Signal
		name   string
		nohup  bool
		code   int
	}{
		{syscall.SIGHUP, "nginx", false, 129},
		{syscall.SIGHUP, "looping", false, 129},
		{syscall.SIGHUP, "nginx", true, 143}, // of the SIGTERM that follows
		{syscall.SIGINT, "nginx", false, 130},
		{syscall.SIGINT, "looping", false, 130},
		{syscall.SIGTERM, "nginx", false, 143},
		{syscall.SIGTERM, "looping", false, 143},
	} {
		t.Run(fmt.Sprintf("%s %s %v", test.name, test.signal, test.nohup), func(t *testing.T) {
			if signal.Ignored(test.signal) && !test.nohup {
				t.Skip("the tests were started with the signal ignored, as by nohup")
			}
			name, signals := test.name, []syscall.Signal{test.signal, test.signal} // as from a terminal and from what runs the command
			b := newBench(t)
			b.repository(fixtures.Repository{Packages: append(goodPackages(), looping)})
			requested := make(chan bool, 10)
			files := http.FileServer(http.Dir("repo"))
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "nginx") {
					requested <- true
					<-r.Context().Done() // never answers
					return
				}
				files.ServeHTTP(w, r)
			}))
			defer server.Close()
			before := b.snapshot("out")

			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			args := []string{os.Args[0], "build", "-v", "--progress", "none", "--base", "rootfs:base.tar.gz", "--repository", server.URL,
				"-o", "oci:out:latest", name}
			if test.nohup {
				args = append([]string{"sh", "-c", `trap '' HUP; exec "$0" "$@"`}, args...)
				signals = append(signals, syscall.SIGTERM)
			}
			cmd := exec.CommandContext(ctx, args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "LAMINA_TEST_MAIN=1")
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stderr)
			if name == "nginx" {
				<-requested
			} else if !lines.Scan() || lines.Text() != "started" {
				t.Errorf("the script printed %q", lines.Text())
			}
			for _, sent := range signals {
				if err := cmd.Process.Signal(sent); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Millisecond)
			}
			var said []string
			for lines.Scan() {
				said = append(said, lines.Text())
			}
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if diff := cmp.Diff([]string{"lamina: interrupted; output left unchanged"}, said); diff != "" {
				t.Errorf("stderr (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, b.snapshot("out")); diff != "" {
				t.Errorf("the output changed (-before +after):\n%s", diff)
			}
			if left := b.snapshot("tmp"); len(left) != 1 {
				t.Errorf("temporary files are left: %v", left)
			}
		})
	}
}

// TestInterruptBetweenOutputs: where a build of several outputs ends before the last, it says which of them are written.
func TestInterruptBetweenOutputs(t *testing.T) {
	b := newBench(t)
	// uploadTo returns the reference of an image in a registry that answers the start of every upload as begin does.
	uploadTo := func(begin http.HandlerFunc) string {
		hub := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				begin(w, r)
				return
			}
			hub.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		return "docker://" + strings.TrimPrefix(server.URL, "http://") + "/app:1"
	}
	argsFor := func(upload string) []string {
		return []string{"build", "--base", "rootfs:base.tar.gz", "--repository", "repo", "-o", "oci:out:first", "-o", upload, "nginx"}
	}

	denied := uploadTo(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) })
	code, _, stderr := b.lamina(append(argsFor(denied), "--progress", "plain")...)
	if code != exit.Failed || !strings.Contains(stderr, "\nlamina: oci:out:first  ") || !strings.Contains(stderr, "\nlamina: write output "+denied) {
		t.Errorf("%d, %s", code, stderr)
	}

	ctx, interrupt := context.WithCancelCause(t.Context())
	defer interrupt(nil)
	silent := uploadTo(func(w http.ResponseWriter, r *http.Request) {
		interrupt(&exit.SignalError{Signal: syscall.SIGINT})
		<-r.Context().Done() // never answers
	})
	var stdout, said strings.Builder
	code = run(ctx, append(argsFor(silent), "-q"), &stdout, &said)
	if want := "lamina: interrupted; written: oci:out:first; left unchanged: " + silent + "\n"; code != 130 || said.String() != want || stdout.String() != "" {
		t.Errorf("%d, %s%s; want 130, %s", code, said.String(), stdout.String(), want)
	}
}

// TestLeftovers: what a killed build leaves among temporary files, beside an archive, in a layout and in a cache goes with the
// next build there. As long as a build lives, others leave it alone.
func TestLeftovers(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want []string // what is there while the build waits for a package
	}{
		{"without a cache", []string{"--no-cache", "-o", "oci-archive:archives/image.tar"}, []string{"archives/.lamina-*", "tmp/lamina-*"}},
		{"with a cache", []string{"--cache-dir", "cache", "-o", "oci:layout"}, []string{"cache/.process-*", "cache/packages/.download-*", "layout/.lamina-*"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.directory("archives")
			requested := make(chan bool)
			var isFirst atomic.Bool
			files := http.FileServer(http.Dir("repo"))
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "nginx") && isFirst.CompareAndSwap(false, true) {
					io.WriteString(w, "a part")
					w.(http.Flusher).Flush()
					requested <- true
					<-r.Context().Done() // never sends the rest
					return
				}
				files.ServeHTTP(w, r)
			}))
			defer server.Close()
			build := append([]string{"build", "--base", "rootfs:base.tar.gz", "--repository", server.URL, "nginx"}, test.args...)
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], build...)
			cmd.Env = append(os.Environ(), "LAMINA_TEST_MAIN=1")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			select {
			case <-requested:
			case <-ctx.Done():
				t.Fatal("the build requests nothing")
			}
			left := func() []string {
				var names []string
				for _, pattern := range []string{"archives/.*", "cache/.*", "cache/*/.*", "layout/.*", "tmp/*"} {
					found, err := filepath.Glob(pattern)
					if err != nil {
						t.Fatal(err)
					}
					names = append(names, found...)
				}
				return names
			}
			living := left()
			missing := func(names []string) []string {
				return slices.DeleteFunc(slices.Clone(test.want), func(pattern string) bool {
					return slices.ContainsFunc(names, func(name string) bool { ok, _ := filepath.Match(pattern, name); return ok })
				})
			}
			if patterns := missing(living); len(patterns) > 0 {
				t.Errorf("there is %v, not %v", living, patterns)
			}
			if code, _, stderr := b.lamina(build...); code != exit.Done {
				t.Fatal(stderr)
			}
			// Its other downloads end when they like.
			if patterns := missing(left()); len(patterns) > 0 {
				t.Errorf("there was %v, now %v: what is in use is gone", living, left())
			}
			cmd.Process.Kill()
			cmd.Wait()
			if code, _, stderr := b.lamina(build...); code != exit.Done {
				t.Fatal(stderr)
			}
			if names := left(); len(names) != 0 {
				t.Errorf("left: %v", names)
			}
		})
	}
}

// TestReaderGone: a command whose messages or results nobody reads any more ends as by SIGPIPE, in silence, and leaves nothing behind.
func TestReaderGone(t *testing.T) {
	talking := fixtures.Package{Name: "talking", Scripts: map[string]string{"post-install": "#!/bin/sh\nwhile :; do echo a; done\n"},
		Files: []fixtures.File{{Path: "usr/lib/talking", Content: "x"}}}
	b := newBench(t)
	b.repository(fixtures.Repository{Packages: append(goodPackages(), talking)})
	before := b.snapshot("out")
	for _, args := range [][]string{
		{"build", "-v", "--base", "rootfs:base.tar.gz", "--repository", "repo", "-o", "oci:out:latest", "talking"},
		{"resolve", "--base", "rootfs:base.tar.gz", "--repository", "repo", "nginx"},
	} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], args...)
		cmd.Env = append(os.Environ(), "LAMINA_TEST_MAIN=1")
		var said strings.Builder
		cmd.Stdout, cmd.Stderr = writer, &said
		if args[0] == "build" {
			cmd.Stdout, cmd.Stderr = &said, writer
		}
		err = cmd.Run()
		writer.Close()
		if code := cmd.ProcessState.ExitCode(); code != 141 || said.String() != "" {
			t.Errorf("%s: exit code %d, %v; printed %q", args[0], code, err, said.String())
		}
		if diff := cmp.Diff(before, b.snapshot("out")); diff != "" {
			t.Errorf("%s: the output changed (-before +after):\n%s", args[0], diff)
		}
		if left := b.snapshot("tmp"); len(left) != 1 {
			t.Errorf("%s: temporary files are left: %v", args[0], left)
		}
	}
}
