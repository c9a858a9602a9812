package solver_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
)

// resolveCase is a line of resolve/*.jsonl.
type resolveCase struct {
	Add    []string
	V2, V3 struct {
		OK      bool
		Changes []string
		Errors  []string
	}
}

func TestResolveCases(t *testing.T) {
	file := casesFrom(t, "LAMINA_RESOLVE_CASES", "resolve/resolve-3.19.jsonl")
	var cases []resolveCase
	eachLine(t, file, func(line []byte) {
		var c resolveCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	})
	stride := 1
	if testing.Short() {
		stride = 40
		t.Log("-short: every fortieth case only")
	}
	for _, g := range []apk.Generation{apk.V2, apk.V3} {
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			release := openRelease(t, g)
			catalogs := new(solver.Catalogs)
			var y tally
			each((len(cases)+stride-1)/stride, func(i int) {
				i *= stride
				c := &cases[i]
				expected := c.V3
				if g == apk.V2 {
					expected = c.V2
				}
				want := answer{changes: expected.Changes, report: strings.Join(expected.Errors, "\n")}
				got, err := runResolve(t.Context(), catalogs, release, c.Add)
				y.judge(fmt.Sprintf("line %d (%s)", i+1, strings.Join(c.Add, " ")), got, want, err)
			})
			y.print(t)
		})
	}
}

// each calls f for 0 to n-1 on two goroutines.
func each(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func runResolve(ctx context.Context, catalogs *solver.Catalogs, release solver.Request, add []string) (answer, error) {
	cmd := command{req: release, verb: "add", args: add}
	got, err := cmd.run(ctx, catalogs)
	for i, c := range got.changes {
		got.changes[i] = strings.NewReplacer("(", "", ")", "").Replace(c)
	}
	if got.changes == nil {
		got.changes = []string{}
	}
	return got, err
}

// openRelease returns a request for the root file system and the complete
// indexes of the corpus.
func openRelease(t testing.TB, g apk.Generation) solver.Request {
	t.Helper()
	dir := filepath.Join(corpus(t), "alpine-3.19")
	var keys apk.KeyRing
	files, err := filepath.Glob(filepath.Join(dir, "keys", "*.pub"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := keys.Add(filepath.Base(file), text); err != nil {
			t.Fatal(err)
		}
	}
	req := solver.Request{Generation: g, Archs: []string{"x86_64"}}
	for _, name := range []string{"main", "community"} {
		f, err := os.Open(filepath.Join(dir, "index", name, "x86_64", "APKINDEX.tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		index, err := apk.ReadIndexArchive(f, &keys, g)
		if err != nil {
			t.Fatal(err)
		}
		req.Repositories = append(req.Repositories, solver.Repository{Name: name, Index: index})
	}
	root := filepath.Join(dir, "alpine-minirootfs-3.19.4-x86_64.tar.gz")
	if req.Installed, err = readInstalled(fileInTar(t, root, "lib/apk/db/installed"), g); err != nil {
		t.Fatal(err)
	}
	if req.World, err = apk.ReadWorld(strings.NewReader(fileInTar(t, root, "etc/apk/world")), g); err != nil {
		t.Fatal(err)
	}
	return req
}

func fileInTar(t testing.TB, archive, name string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	tr := tar.NewReader(zr)
	for {
		h, err := tr.Next()
		if err != nil {
			t.Fatalf("%s in %s: %v", name, archive, err)
		}
		if strings.TrimPrefix(h.Name, "./") == name {
			text, err := io.ReadAll(tr)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
}
