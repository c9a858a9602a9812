package lamina_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
