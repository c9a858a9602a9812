package accounts

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Owners finds the numbers of users and groups in a tree's own etc/passwd and
// etc/group (apk/FORMAT.md 9.1). How long an answer is remembered shows in the
// result: apk 3 reads a file as a whole and forgets it after a script ran or a
// package brought a new one, apk 2 remembers each name on its own until a script ran.
type Owners struct {
	tree       *tree.Tree
	generation apk.Generation
	users      Table
	groups     Table
}

// NewOwners returns those of a tree, which may change.
func NewOwners(t *tree.Tree, g apk.Generation) *Owners {
	return &Owners{tree: t, generation: g, users: Passwd(), groups: Groups()}
}

// Passwd is the table of users.
func Passwd() Table { return Table{Path: "etc/passwd", colons: 6} }

// Groups is the table of groups.
func Groups() Table { return Table{Path: "etc/group", colons: 3} }

// User returns the uid of a name, or else the number given.
func (o *Owners) User(name string, otherwise uint32) uint32 { return o.find(&o.users, name, otherwise) }

// Group returns the gid of a name, or else the number given.
func (o *Owners) Group(name string, otherwise uint32) uint32 {
	return o.find(&o.groups, name, otherwise)
}

// LookUpUser is [Table.LookUp] of a user. A file that has not changed is read once.
func (o *Owners) LookUpUser(name string) (Line, error) { return o.users.LookUp(o.tree, name) }

// LookUpGroup is LookUpUser of a group.
func (o *Owners) LookUpGroup(name string) (Line, error) { return o.groups.LookUp(o.tree, name) }

// Snapshot returns owners who know the files as they are now, whatever becomes of the tree.
func (o *Owners) Snapshot() *Owners {
	t := tree.New()
	for _, name := range []string{o.users.Path, o.groups.Path} {
		n, err := o.tree.Stat(name)
		if err != nil {
			continue // it has no names
		}
		if t.MkdirAll(path.Dir(name), 0o755) == nil {
			t.Put(name, &tree.Node{Type: n.Type, Mode: n.Mode, Size: n.Size, Content: n.Content})
		}
	}
	return NewOwners(t, o.generation)
}

// ScriptRan forgets everything.
func (o *Owners) ScriptRan() {
	o.users.forget()
	o.groups.forget()
}

// Committed is told the path of each file that a package has put into place.
func (o *Owners) Committed(path string) {
	if o.generation == apk.V2 {
		return
	}
	switch path {
	case o.users.Path:
		o.users.forget()
	case o.groups.Path:
		o.groups.forget()
	}
}

func (o *Owners) find(t *Table, name string, otherwise uint32) uint32 {
	if name == "" {
		return otherwise
	}
	if o.generation == apk.V3 && name == "root" {
		return 0
	}
	answer, known := t.answers[name]
	if !known {
		if t.file == nil {
			t.file = t.Read(o.tree)
		}
		if t.answers == nil {
			t.answers = make(map[string]Line)
		}
		answer = t.file[name]
		t.answers[name] = answer
		if o.generation == apk.V2 {
			t.file = nil // the next name is looked up in what the file is by then
		}
	}
	if !answer.Exists {
		return otherwise
	}
	return answer.ID
}

// Table is etc/passwd or etc/group and what is remembered of it.
type Table struct {
	Path    string
	colons  int // that a line must have
	file    map[string]Line
	answers map[string]Line

	parsed  map[string]Line // what content has, which must not be changed
	content tree.Content
}

// Line is what a line of such a file says of a name.
type Line struct {
	ID     uint32
	GID    uint32 // of a user
	Exists bool
}

func (t *Table) forget() { t.file, t.answers = nil, nil }

// MaxFile bounds, in bytes, etc/passwd and etc/group; what is larger is not looked at.
const MaxFile = 16 << 20

// Read parses the file as musl's fgetpwent does, by which apk finds owners. Busybox's applets, which edit the files, have rules
// of their own (layer/script/internal/busybox), and reports list nothing but names (oci/inspect): lines that are not well-formed
// are passed over, the first of several with one name counts. A file that cannot be
// read has no names.
func (t *Table) Read(in *tree.Tree) map[string]Line {
	lines := make(map[string]Line)
	n, err := in.Stat(t.Path)
	if err != nil {
		return lines
	}
	if tree.SameContent(n.Content, t.content) && n.Size <= MaxFile {
		return t.parsed
	}
	b, err := in.Read(n, MaxFile)
	if err != nil {
		return lines
	}
	t.content, t.parsed = n.Content, lines
	for line := range strings.Lines(string(b)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) <= t.colons {
			continue
		}
		parsed := Line{Exists: true}
		ok, gidOK := false, true
		parsed.ID, ok = parseID(fields[2])
		if t.colons > 3 { // of passwd
			parsed.GID, gidOK = parseID(fields[3])
		}
		if ok && gidOK && !lines[fields[0]].Exists {
			lines[fields[0]] = parsed
		}
	}
	return lines
}

// LookUp finds a name in a tree's file or else takes it for a number, whose line does not exist then. Anything else is an error.
func (t *Table) LookUp(in *tree.Tree, name string) (Line, error) {
	if name == "" {
		return Line{}, errors.New("empty name")
	}
	if line := t.Read(in)[name]; line.Exists {
		return line, nil
	}
	id, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return Line{}, fmt.Errorf("%s has no entry %q", t.Path, name)
	}
	return Line{ID: uint32(id)}, nil
}

// parseID reads digits only. None at all are a 0, as in musl.
func parseID(s string) (uint32, bool) {
	var id uint32
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		id = id*10 + uint32(s[i]-'0')
	}
	return id, true
}
