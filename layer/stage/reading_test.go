package stage

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// heldSource is a package file that cannot be opened before a channel is closed.
type heldSource struct {
	Source
	until <-chan struct{}
}

func (s heldSource) Open() (io.ReadCloser, error) {
	<-s.until
	return s.Source.Open()
}

// writerFunc is a function that is an io.Writer.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// speaking is a package with a file, and a script that prints the package's name.
func speaking(name string) *apktest.Package {
	return &apktest.Package{
		Name: name, Version: "1-r0",
		Scripts: map[string]string{"post-install": "#!/bin/sh\necho " + name + "\n"},
		Files:   []apktest.File{apktest.Regular(name, name)},
	}
}

// TestScriptsRunWhilePackagesAreRead: the second package can be read only after the script of the first has run.
func TestScriptsRunWhilePackagesAreRead(t *testing.T) {
	for _, concurrency := range []int{1, 2} {
		heard := make(chan struct{})
		s, err := New(tree.New(), Options{Generation: apk.V2, Now: stageTime, Concurrency: concurrency, Output: writerFunc(func(p []byte) (int, error) {
			if strings.Contains(string(p), "one") {
				close(heard)
			}
			return len(p), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		changes := []Change{newChange(t, s, speaking("one")), newChange(t, s, speaking("two"))}
		changes[1].Source = heldSource{changes[1].Source, heard}
		if err := s.Apply(t.Context(), changes, []apk.Dependency{{Name: "one"}, {Name: "two"}}, ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := fileText(t, s, "two"); got != "two" {
			t.Errorf("the second package has %q", got)
		}
	}
}

// TestFirstErrorOfReading: of several packages that fail, the first in order is named, though another one failed before, and what was
// begun ends.
func TestFirstErrorOfReading(t *testing.T) {
	failed := make(chan struct{})
	s := newStage(t, tree.New(), apk.V2)
	changes := []Change{newChange(t, s, speaking("one")), newChange(t, s, speaking("two")), newChange(t, s, speaking("three"))}
	changes[1].Source = heldSource{sourceFunc(func() (io.ReadCloser, error) { return nil, errors.New("no luck") }), failed}
	changes[2].Source = sourceFunc(func() (io.ReadCloser, error) {
		defer close(failed)
		return nil, errors.New("bad luck")
	})
	s.options.Concurrency = 3
	err := s.Apply(t.Context(), changes, nil, ApplyOptions{})
	if err == nil || err.Error() != "package two-1-r0: no luck" {
		t.Error(err)
	}
}

type sourceFunc func() (io.ReadCloser, error)

func (f sourceFunc) Open() (io.ReadCloser, error) { return f() }
