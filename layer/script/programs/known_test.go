package programs_test

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/script/programs"
)

// TestKnownInPackages: no package of the corpus has a script of the shell by a name that is known as a program's.
func TestKnownInPackages(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpustest.Path(t, "alpine-3.19", "repo", "x86_64"), "*.apk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d packages, %v", len(files), err)
	}
	found := 0
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		p := apk.NewPackageReader(file, apk.V2)
		if _, err := p.Control(); err != nil {
			t.Fatal(err)
		}
		for {
			entry, err := p.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			dir := path.Base(path.Dir(entry.Name))
			if !programs.IsKnown(path.Base(entry.Name)) || dir != "bin" && dir != "sbin" || entry.Type != tar.TypeReg {
				continue
			}
			first := make([]byte, 64)
			n, err := io.ReadFull(p, first)
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
			found++
			line, _, _ := strings.Cut(string(first[:n]), "\n")
			if words := strings.Fields(strings.TrimPrefix(line, "#!")); strings.HasPrefix(line, "#!") && programs.IsInterpreter(words[len(words)-1]) {
				t.Errorf("%s: %s is a script: %s", filepath.Base(name), entry.Name, line)
			}
		}
		file.Close()
	}
	if found < 10 {
		t.Errorf("%d known programs in %d packages", found, len(files))
	}
}

// TestKnownNames: programs that are interpreted by their names run, whether or not the list has them.
func TestKnownNames(t *testing.T) {
	for _, name := range busybox.Names() {
		line := name
		if name == "git" {
			line = "git config --global a.b c" // of the others, each is refused
		}
		if name == "[[" {
			line = "[[ a ]]"
		}
		if list := new(programs.Survey).Run(line); len(list) > 0 {
			t.Errorf("%s is an applet and would be refused", name)
		}
	}
	for _, name := range []string{"frobnicate", "rc-service", "mysql_install_db", "docker-entrypoint.sh", ""} {
		if programs.IsKnown(name) {
			t.Errorf("%q is known as a program", name)
		}
	}
	for _, name := range []string{"pip", "npm", "make", "git"} {
		if !programs.IsKnown(name) {
			t.Errorf("%s is not known as a program", name)
		}
	}
}
