package lamina_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/internal/ocitest"
	"github.com/lamina-oci/lamina/oci/inspect"
)

// TestZeroEnv builds with no Env and with the zero Env: every part of it may be missing.
func TestZeroEnv(t *testing.T) {
	spec, err := lamina.ReadSpec("fixtures/nginx/lamina.yaml")
	if err != nil {
		t.Fatal(err)
	}
	output, err := lamina.ParseReference("oci:" + filepath.Join(t.TempDir(), "image") + ":latest")
	if err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]*lamina.Env{"nil": nil, "zero": {}} {
		if _, err := lamina.Build(t.Context(), spec, env, output, lamina.WriteOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := lamina.Inspect(t.Context(), output, lamina.Platform{}, env, inspect.Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestErrors: the error names the failure, its hint the remedy, and the output is left unchanged.
func TestErrors(t *testing.T) {
	good, err := lamina.ReadSpec("fixtures/nginx/lamina.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	output, err := lamina.ParseReference("oci:" + filepath.Join(dir, "image"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name       string
		change     func(*lamina.Spec)
		text, hint string
	}{
		{"unknown package", func(s *lamina.Spec) { s.Packages = []string{"ngnix"} }, "no such package: ngnix", "did you mean nginx?"},
		{"no base", func(s *lamina.Spec) { s.Base.Path = filepath.Join(dir, "missing.tar") }, "missing.tar", "minirootfs"},
		{"no index", func(s *lamina.Spec) { s.Repositories = []string{dir} }, "APKINDEX.tar.gz", "named after the architecture"},
	} {
		s := *good
		test.change(&s)
		_, err := lamina.Build(t.Context(), &s, nil, output, lamina.WriteOptions{})
		if err == nil || !strings.Contains(err.Error(), test.text) || !strings.Contains(lamina.Hint(err), test.hint) {
			t.Errorf("%s: %v; %q, want %s; %s", test.name, err, lamina.Hint(err), test.text, test.hint)
		}
		var carries interface{ Hint() string }
		if !errors.As(err, &carries) || carries.Hint() != lamina.Hint(err) {
			t.Errorf("%s: the error does not carry its hint", test.name)
		}
	}
	if _, err := os.Stat(output.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an output was left behind: %v", err)
	}
}

// TestProgram compiles and runs a program of its own module that imports package lamina and nothing else of the module.
func TestProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a program")
	}
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	own, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go .+\n`).FindString(string(own))
	for name, text := range map[string]string{
		// In a workspace, the compiled packages of the module are those that other tests have.
		"go.work": version + "\nuse (\n\t.\n\t" + strconv.Quote(root) + "\n)\n",
		"go.mod":  "module example.com/program\n\n" + version,
		"main.go": `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/lamina-oci/lamina"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err, lamina.Hint(err))
		os.Exit(1)
	}
}

func run(ctx context.Context, specFile, output string) error {
	spec, err := lamina.ReadSpec(specFile)
	if err != nil {
		return err
	}
	ref, err := lamina.ParseReference(output)
	if err != nil {
		return err
	}
	image, err := lamina.Build(ctx, spec, nil, ref, lamina.WriteOptions{})
	if err == nil {
		fmt.Println(image.Descriptor.Digest)
	}
	return err
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command("go", "run", ".", filepath.Join(root, "fixtures/nginx/lamina.yaml"), "oci:"+filepath.Join(dir, "image")+":x")
	run.Dir = dir
	run.Env = append(os.Environ(), "GOPROXY=off", "CGO_ENABLED=0")
	out, err := run.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "sha256:") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFrontDoor: programs need this package alone. The examples call every function of it, and import no other of the module.
func TestFrontDoor(t *testing.T) {
	files := token.NewFileSet()
	examples, err := parser.ParseFile(files, "example_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range examples.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(path, "github.com/lamina-oci/lamina/") {
			t.Errorf("the examples import %s", path)
		}
	}
	// No parameter of a function is of a type that has no name here.
	var door []ast.Decl
	for _, name := range []string{"lamina.go", "verify.go"} {
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		door = append(door, f.Decls...)
	}
	for _, d := range door {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !f.Name.IsExported() {
			continue
		}
		for _, param := range f.Type.Params.List {
			ast.Inspect(param.Type, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if name := s.X.(*ast.Ident).Name; name != "context" && name != "io" {
						t.Errorf("%s takes a %s.%s", f.Name, name, s.Sel)
					}
				}
				return true
			})
		}
	}
}

// TestImports: a package imports only packages below it, in this order from the ground up.
func TestImports(t *testing.T) {
	order := []string{
		"internal/*", "apk/internal/apktar", "apk/internal/version", "apk/internal/members", "apk/internal/pathtree", "apk", "apk/solver",
		"apk/command/internal/query", "apk/command", "apk/repository", "apk/secdb",
		"layer/tree", "layer/script/internal/regex", "layer/script/internal/libc", "layer/script/internal/arithmetic", "layer/script/internal/crypt",
		"layer/script/internal/awk/internal/syntax", "layer/script/internal/awk/internal/table", "layer/script/internal/awk",
		"layer/script/internal/xmltree", "layer/script/internal/keyfile", "layer/script/internal/gsettings", "layer/script/internal/icontheme",
		"layer/script/internal/xmlcatalog", "layer/script/internal/fonts", "layer/script/internal/mime",
		"layer/script/internal/elf", "layer/script/internal/ldcache", "layer/script/internal/decimal", "layer/script/internal/busybox",
		"layer/script/internal/grammar",
		"layer/script/internal/shell/internal/words", "layer/script/internal/shell/internal/stream", "layer/script/internal/shell/internal/options",
		"layer/script/internal/shell/internal/callstack", "layer/script/internal/shell/internal/dirstack", "layer/script/internal/shell/internal/program",
		"layer/script/internal/shell/internal/files", "layer/script/internal/shell/internal/bash", "layer/script/internal/shell/internal/variables",
		"layer/script/internal/shell/internal/expand", "layer/script/internal/shell/internal/conditional", "layer/script/internal/shell/internal/input",
		"layer/script/internal/shell", "layer/script/programs", "layer/script",
		"layer/stage/internal/accounts", "layer/stage/internal/filelist", "layer/stage/internal/mounts", "layer/stage/internal/osrelease",
		"layer/stage/internal/protect", "layer/stage/internal/remembered", "layer/stage/internal/database",
		"layer/stage", "layer",
		"oci/internal/imagedoc", "oci/internal/outputfile", "oci/internal/verify", "oci", "oci/layout", "oci/registry", "oci/transport", "oci/internal/vendor",
		"oci/lock", "oci/spec/internal/buildcontext", "oci/spec/internal/specfile", "oci/spec", "oci/spec/dockerfile", "oci/record", "oci/inspect", "oci/diff",
		"oci/assemble/internal/root", "oci/assemble/internal/trust", "oci/assemble/internal/target", "oci/assemble/internal/recorded",
		"oci/assemble/internal/remedy", "oci/assemble/internal/vendored", "oci/assemble/internal/fetch", "oci/assemble/internal/scriptcheck",
		"oci/assemble/internal/origin", "oci/assemble/internal/vouch", "oci/assemble/internal/download", "oci/assemble/internal/packagefile",
		"oci/assemble/internal/publish", "oci/assemble",
		".", "cmd/lamina/internal/convert", "cmd/lamina/internal/fleet", "cmd/lamina/internal/page", "cmd/lamina/internal/console",
		"cmd/lamina/internal/usage", "cmd/lamina/internal/exit", "cmd/lamina/internal/completion",
		"cmd/lamina/internal/flagvalue", "cmd/lamina/internal/collector", "cmd/lamina/internal/report", "cmd/lamina/internal/manpage",
		"cmd/lamina/internal/starter", "cmd/lamina",
	}
	const module = "github.com/lamina-oci/lamina"
	rank := func(dir string) int {
		if strings.HasPrefix(dir, "internal/") {
			dir = "internal/*"
		}
		return slices.Index(order, dir)
	}
	files := 0
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		dir := filepath.ToSlash(filepath.Dir(name))
		isSupport := dir == "internal/fixtures" || strings.HasSuffix(dir, "test") && strings.HasPrefix(dir, "internal/")
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || isSupport ||
			strings.HasPrefix(dir, "fixtures") {
			return err
		}
		files++
		if rank(dir) < 0 {
			t.Errorf("%s: the order has no package %s", name, dir)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			path, isOwn := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module)
			if !isOwn {
				continue
			}
			below := strings.TrimPrefix(path, "/")
			if below == "" {
				below = "."
			}
			isGround := strings.HasPrefix(below, "internal/") && strings.HasPrefix(dir, "internal/")
			if rank(below) >= rank(dir) && !isGround {
				t.Errorf("%s imports %s, which is not below it", name, below)
			}
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// TestSystems: the packages and their tests have no error of types on other systems, and the packages none where an int has 32 bits. The program is
// built for each of the six platforms elsewhere; to build the tests as well would take minutes.
func TestSystems(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for three systems")
	}
	for _, s := range []struct {
		os, arch string
		tests    bool
	}{{"windows", "amd64", true}, {"darwin", "arm64", true}, {"linux", "386", false}} {
		t.Run(s.os+"-"+s.arch, func(t *testing.T) {
			config := &packages.Config{
				Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps | packages.NeedTypes |
					packages.NeedTypesSizes,
				Tests: s.tests,
				Env:   append(os.Environ(), "GOOS="+s.os, "GOARCH="+s.arch, "CGO_ENABLED=0"),
			}
			loaded, err := packages.Load(config, "./...")
			if err != nil {
				t.Fatal(err)
			}
			if len(loaded) < 80 {
				t.Errorf("only %d packages were found", len(loaded))
			}
			packages.Visit(loaded, nil, func(p *packages.Package) {
				for _, err := range p.Errors {
					t.Error(err)
				}
			})
		})
	}
}

// TestRooms: no package has more than 25 files or 4,000 lines without its tests. Busybox's applets are a file each.
func TestRooms(t *testing.T) {
	files, lines := make(map[string]int), make(map[string]int)
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		dir := filepath.ToSlash(filepath.Dir(name))
		files[dir]++
		lines[dir] += bytes.Count(text, []byte("\n"))
		return err
	})
	if err != nil || len(files) < 80 {
		t.Fatalf("%d packages, %v", len(files), err)
	}
	for dir := range files {
		if (files[dir] > 25 || lines[dir] > 4000) && dir != "layer/script/internal/busybox" {
			t.Errorf("%s has %d files and %d lines: cut it", dir, files[dir], lines[dir])
		}
	}
}

// exported is what a package shows to others.
type exported struct {
	names map[string]token.Position
	named map[string]bool // in signatures and fields of what is exported, and types of constants and variables
	sets  [][]string      // constants that are declared together, with their types: they are the values of something
}

// TestExported: what the packages below the front door export, another package or an example uses, or an exported declaration names. Of constants
// that are declared together, one is enough. Types of errors are for callers to look for.
func TestExported(t *testing.T) {
	const module = "github.com/lamina-oci/lamina/"
	files := token.NewFileSet()
	packages := make(map[string]*exported) // by import path
	used := make(map[string]bool)          // import path, a dot and a name
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(filepath.Base(name), "example_") {
			return err
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		noteUses(file, used)
		dir := filepath.ToSlash(filepath.Dir(name))
		if strings.HasSuffix(name, "_test.go") || dir == "." || file.Name.Name == "main" || strings.Contains("/"+dir+"/", "/internal/") {
			return nil
		}
		p := packages[module+dir]
		if p == nil {
			p = &exported{names: make(map[string]token.Position), named: make(map[string]bool)}
			packages[module+dir] = p
		}
		for _, d := range file.Decls {
			p.note(files, d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for path, p := range packages {
		count += len(p.names)
		isUsed := func(name string) bool { return used[path+"."+name] || p.named[name] }
		for _, set := range p.sets {
			if slices.ContainsFunc(set, isUsed) {
				for _, name := range set {
					p.named[name] = true
				}
			}
		}
		for name, at := range p.names {
			if !isUsed(name) && !strings.HasSuffix(name, "Error") {
				t.Errorf("%s: %s is exported, but no other package uses it and no exported declaration names it", at, name)
			}
		}
	}
	if len(packages) < 15 {
		t.Errorf("only %d packages were looked at", len(packages))
	}
	t.Logf("%d names of %d packages", count, len(packages))
}

// noteUses notes which names of imported packages a file uses.
func noteUses(file *ast.File, used map[string]bool) {
	imports := make(map[string]string)
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		imports[name] = path
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && imports[x.Name] != "" {
				used[imports[x.Name]+"."+s.Sel.Name] = true
			}
		}
		return true
	})
}

// note notes what a declaration exports and what that names.
func (p *exported) note(files *token.FileSet, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if !d.Name.IsExported() {
			return
		}
		if d.Recv == nil {
			p.names[d.Name.Name] = files.Position(d.Pos())
		}
		p.name(d.Type)
	case *ast.GenDecl:
		var set []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					p.names[s.Name.Name] = files.Position(s.Pos())
					p.name(s.Type)
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.IsExported() {
						p.names[n.Name] = files.Position(n.Pos())
						set = append(set, n.Name)
					}
				}
				if s.Type != nil {
					p.name(s.Type)
				}
				if typ, ok := s.Type.(*ast.Ident); ok {
					set = append(set, typ.Name)
				}
			}
		}
		if d.Tok == token.CONST {
			p.sets = append(p.sets, set)
		}
	}
}

// name notes the exported names in a type; of a struct, only exported fields count.
func (p *exported) name(e ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				if name.IsExported() {
					return true
				}
			}
			if s, ok := e.(*ast.StructType); ok && len(n.Names) > 0 && n.Pos() >= s.Pos() {
				return false
			}
		case *ast.Ident:
			if n.IsExported() {
				p.named[n.Name] = true
			}
		}
		return true
	})
}

func TestMain(m *testing.M) { os.Exit(ocitest.RunAtHome(m)) }
