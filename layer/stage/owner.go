package stage

import (
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// owners finds the numbers of users and groups in a tree's own etc/passwd and
// etc/group (apk/FORMAT.md 9.1). How long an answer is remembered shows in the
// result: apk 3 reads a file as a whole and forgets it after a script ran or a
// package brought a new one, apk 2 remembers each name on its own until a script ran.
type owners struct {
	tree       *tree.Tree
	generation apk.Generation
	users      idTable
	groups     idTable
}

func newOwners(t *tree.Tree, g apk.Generation) *owners {
	return &owners{tree: t, generation: g, users: passwdTable(), groups: groupTable()}
}

func passwdTable() idTable { return idTable{path: "etc/passwd", colons: 6} }
func groupTable() idTable  { return idTable{path: "etc/group", colons: 3} }

// user returns the uid of a name, or else the number given.
func (o *owners) user(name string, otherwise uint32) uint32 { return o.find(&o.users, name, otherwise) }

// group returns the gid of a name, or else the number given.
func (o *owners) group(name string, otherwise uint32) uint32 {
	return o.find(&o.groups, name, otherwise)
}

// snapshot returns owners who know the files as they are now, whatever becomes of the tree.
func (o *owners) snapshot() *owners {
	t := tree.New()
	for _, path := range []string{o.users.path, o.groups.path} {
		n, err := o.tree.Stat(path)
		if err != nil {
			continue // it has no names
		}
		dir, _ := splitParent(path)
		if t.MkdirAll(dir, 0o755) == nil {
			t.Put(path, &tree.Node{Type: n.Type, Mode: n.Mode, Size: n.Size, Content: n.Content})
		}
	}
	return newOwners(t, o.generation)
}

// scriptRan forgets everything.
func (o *owners) scriptRan() {
	o.users.forget()
	o.groups.forget()
}

// committed is told the path of each file that a package has put into place.
func (o *owners) committed(path string) {
	if o.generation == apk.V2 {
		return
	}
	switch path {
	case o.users.path:
		o.users.forget()
	case o.groups.path:
		o.groups.forget()
	}
}

func (o *owners) find(t *idTable, name string, otherwise uint32) uint32 {
	if name == "" {
		return otherwise
	}
	if o.generation == apk.V3 && name == "root" {
		return 0
	}
	answer, known := t.answers[name]
	if !known {
		if t.file == nil {
			t.file = t.read(o.tree)
		}
		if t.answers == nil {
			t.answers = make(map[string]idLine)
		}
		answer = t.file[name]
		t.answers[name] = answer
		if o.generation == apk.V2 {
			t.file = nil // the next name is looked up in what the file is by then
		}
	}
	if !answer.exists {
		return otherwise
	}
	return answer.id
}

// idTable is etc/passwd or etc/group and what is remembered of it.
type idTable struct {
	path    string
	colons  int // that a line must have
	file    map[string]idLine
	answers map[string]idLine

	parsed  map[string]idLine // what content has, which must not be changed
	content tree.Content
}

// idLine is what a line of such a file says.
type idLine struct {
	id     uint32
	gid    uint32 // of a user
	exists bool
}

func (t *idTable) forget() { t.file, t.answers = nil, nil }

// maxIDFile bounds etc/passwd and etc/group; what is larger is not looked at.
const maxIDFile = 16 << 20

// read parses the file as musl's fgetpwent does, by which apk finds owners. Busybox's applets, which edit the files, have rules
// of their own (layer/script/internal/busybox), and reports list nothing but names (oci/inspect): lines that are not well-formed
// are passed over, the first of several with one name counts. A file that cannot be
// read has no names.
func (t *idTable) read(in *tree.Tree) map[string]idLine {
	lines := make(map[string]idLine)
	n, err := in.Stat(t.path)
	if err != nil {
		return lines
	}
	if tree.SameContent(n.Content, t.content) && n.Size <= maxIDFile {
		return t.parsed
	}
	b, err := in.Read(n, maxIDFile)
	if err != nil {
		return lines
	}
	t.content, t.parsed = n.Content, lines
	for line := range strings.Lines(string(b)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) <= t.colons {
			continue
		}
		parsed := idLine{exists: true}
		ok, gidOK := false, true
		parsed.id, ok = parseID(fields[2])
		if t.colons > 3 { // of passwd
			parsed.gid, gidOK = parseID(fields[3])
		}
		if ok && gidOK && !lines[fields[0]].exists {
			lines[fields[0]] = parsed
		}
	}
	return lines
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
