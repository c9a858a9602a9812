package convert

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/deflate"
	"github.com/lamina-oci/lamina/internal/glob"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// accountLine is a line of etc/passwd or etc/group.
type accountLine struct {
	name   string
	fields []string
}

func readAccountFile(t *tree.Tree, file string) []accountLine {
	text, err := t.ReadFile(file, 1<<20)
	if err != nil {
		return nil
	}
	var list []accountLine
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimRight(line, "\n"), ":"); len(fields) > 3 && fields[0] != "" {
			list = append(list, accountLine{fields[0], fields})
		}
	}
	return list
}

// addedAccounts returns those that the layer adds, other than those of packages: by the record, or by a script that names it.
func (f *fromImage) addedAccounts(now, before []accountLine, scripts string) []accountLine {
	var added []accountLine
	for _, a := range now {
		if slices.ContainsFunc(before, func(b accountLine) bool { return b.name == a.name }) {
			continue
		}
		if asked := f.options.Asked; asked != nil && !slices.Contains(asked.Accounts, a.name) || asked == nil && hasWord(scripts, a.name) {
			continue
		}
		added = append(added, a)
	}
	return added
}

// hasWord reports whether a text has a word, as names of accounts are.
func hasWord(text, word string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("-_.", r) && (r < '0' || r > 'z' || r > '9' && r < 'A' || r > 'Z' && r < 'a')
	}), word)
}

// newScripts is the text of the scripts of packages that the layer adds.
func (f *fromImage) newScripts() string {
	dir := path.Dir(stage.InstalledPath(f.tree))
	const most = 64 << 20
	archive, err := f.tree.ReadFile(dir+"/scripts.tar", most)
	if err != nil {
		if archive, err = f.tree.ReadFile(dir+"/scripts.tar.gz", most); err == nil {
			var z *deflate.Reader
			if z, err = deflate.NewReader(bytes.NewReader(archive)); err == nil {
				archive, err = bounded.ReadAll(z, most)
			}
		}
	}
	if err != nil {
		return ""
	}
	stored, err := apk.ReadScripts(bytes.NewReader(archive))
	if err != nil {
		return ""
	}
	var text strings.Builder
	for _, s := range stored {
		text.Write(s.Body)
		text.WriteByte('\n')
	}
	return text.String()
}

// withoutSystem leaves out accounts that a package may have brought with its etc/passwd and etc/group: all with other numbers than
// those of people.
func withoutSystem(accounts []accountLine) []accountLine {
	const first, last = 1000, 65532
	return slices.DeleteFunc(accounts, func(a accountLine) bool {
		id := number(a.fields[2])
		return id == nil || *id < first || *id > last
	})
}

func (f *fromImage) accounts() {
	scripts := f.newScripts()
	users := f.addedAccounts(f.now.users, f.below.users, scripts)
	groups := f.addedAccounts(f.now.groups, f.below.groups, scripts)
	if f.options.Asked == nil && len(f.below.users) == 0 {
		if known := len(users) + len(groups); known > 0 {
			users, groups = withoutSystem(users), withoutSystem(groups)
			f.notes = append(f.notes, Note{
				File:    f.image.Reference.String(),
				Message: "accounts with numbers below 1000 are left out: etc/passwd and etc/group may be a package's",
			})
		}
	}
	groupOf := make(map[string]string) // name by number
	for _, g := range f.now.groups {
		groupOf[g.fields[2]] = g.name
	}
	for _, g := range groups {
		isOf := func(u accountLine) bool { return u.name == g.name && len(u.fields) > 3 && u.fields[3] == g.fields[2] }
		if slices.ContainsFunc(users, isOf) && g.fields[3] == "" && sameNumber(users, g) {
			continue // adduser makes it
		}
		e := new(entry).text("name", g.name)
		e.number("gid", number(g.fields[2]))
		e.words("members", slices.DeleteFunc(strings.Split(g.fields[3], ","), func(member string) bool {
			return !slices.ContainsFunc(f.now.users, func(u accountLine) bool { return u.name == member })
		}))
		f.doc.addGroup(e.flow())
	}
	for _, u := range users {
		if len(u.fields) < 7 {
			continue
		}
		e := new(entry).text("name", u.name)
		e.number("uid", number(u.fields[2]))
		if group := groupOf[u.fields[3]]; group != u.name {
			e.text("group", group)
		}
		e.text("home", u.fields[5]).text("shell", u.fields[6])
		e.exact("gecos", u.fields[4])
		if _, err := f.tree.Stat(strings.Trim(u.fields[5], "/")); err != nil {
			e.add("createHome", tagged("!!bool", "false"))
		}
		f.doc.addUser(e.flow())
	}
}

// sameNumber reports whether the user of a group's name has its number, as adduser gives it.
func sameNumber(users []accountLine, g accountLine) bool {
	return slices.ContainsFunc(users, func(u accountLine) bool { return u.name == g.name && u.fields[2] == g.fields[2] })
}

func number(text string) *uint64 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return nil
	}
	return &n
}

// isOwnFile says which files apk and the accounts change by themselves.
func isOwnFile(name string) bool {
	switch strings.TrimSuffix(name, "-") {
	case "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/apk/world", "etc/apk/arch":
		return true
	}
	return isBelow(name, []string{"lib/apk", "usr/lib/apk", "var/cache/apk", "var/log/apk.log", "tmp"})
}

func (f *fromImage) files() error {
	held := make(map[string]*apk.InstalledFile)
	dirs := make(map[string]bool)
	hold := func(packages map[string]*apk.InstalledPackage, into map[string]*apk.InstalledFile) {
		for _, name := range slices.Sorted(maps.Keys(packages)) {
			for _, dir := range packages[name].Directories {
				at := dir.Path
				if resolved, err := f.tree.Resolve(at, true); err == nil {
					at = resolved
				}
				dirs[at] = true
				for i, file := range dir.Files {
					into[strings.TrimPrefix(at+"/"+file.Name, "/")] = &dir.Files[i]
				}
			}
		}
	}
	hold(f.now.packages, held)
	heldBefore := make(map[string]*apk.InstalledFile)
	hold(f.below.packages, heldBefore)
	first := make(map[*tree.Node]string)
	watched, leftOut := f.watched(), 0
	isKnown := f.options.Asked != nil && !f.options.Asked.HasCommands
	_, hasBusybox := f.now.packages["busybox"]
	for name, n := range f.tree.All() {
		before := f.before[name]
		isAsked := isKnown && isBelow(name, f.options.Asked.Paths)
		switch {
		case n == before, isOwnFile(name), isKnown && !isAsked:
			continue
		case n.Type == tree.Directory && !isAsked && (dirs[name] || before != nil && before.Type == tree.Directory):
			continue
		case n.Type == tree.Symlink && hasBusybox && path.Base(n.Target) == "busybox":
			continue
		case n.Type == tree.Symlink && f.options.Asked == nil && leadsTo(f.tree, name, held) && watched(path.Dir(name)):
			leftOut++
			continue
		case held[name] != nil && !isAsked && isAsPackaged(held[name], n):
			continue
		}
		if err := f.file(name, n, first); err != nil {
			return err
		}
	}
	if leftOut > 0 {
		const text = "Left out, since triggers of packages make them: %d links to files of packages, in directories that triggers watch."
		f.doc.header = append(f.doc.header, fmt.Sprintf(text, leftOut))
	}
	for _, name := range slices.Sorted(maps.Keys(f.before)) {
		if _, err := f.tree.Lstat(name); err == nil || heldBefore[name] != nil || isOwnFile(name) || dirs[name] {
			continue
		}
		if _, err := f.tree.Lstat(path.Dir(name)); err == nil {
			f.doc.addFile(new(entry).text("path", "/"+name).text("type", "absent").flow())
		}
	}
	return nil
}

// watched returns whether a trigger of a package watches a directory.
func (f *fromImage) watched() func(dir string) bool {
	text, err := f.tree.ReadFile(path.Dir(stage.InstalledPath(f.tree))+"/triggers", 16<<20)
	if err != nil {
		return func(string) bool { return false }
	}
	list, err := apk.ReadTriggers(bytes.NewReader(text))
	return func(dir string) bool {
		return err == nil && slices.ContainsFunc(list, func(t apk.PackageTriggers) bool {
			return slices.ContainsFunc(t.Globs, func(pattern string) bool { return glob.MatchPath(strings.TrimPrefix(pattern, "+"), "/"+dir) })
		})
	}
}

// leadsTo reports whether a link ends at a file of a package.
func leadsTo(t *tree.Tree, name string, held map[string]*apk.InstalledFile) bool {
	target, err := t.Resolve(name, true)
	return err == nil && held[target] != nil
}

// isAsPackaged reports whether a file has the content of its package, by what the database says.
func isAsPackaged(file *apk.InstalledFile, n *tree.Node) bool {
	if n.Type != tree.Regular || file.Checksum.IsZero() {
		return true
	}
	short, long := sha1.New(), sha256.New()
	if n.Content != nil {
		r, err := n.Content.Open()
		if err != nil {
			return false
		}
		defer r.Close()
		if _, err := io.Copy(io.MultiWriter(short, long), r); err != nil {
			return false
		}
	}
	want := file.Checksum.Key()
	return bytes.HasPrefix(short.Sum(nil), want[:]) || bytes.HasPrefix(long.Sum(nil), want[:])
}

// maxInline is how many bytes of a text file are written into the spec itself.
const maxInline = 4096

func (f *fromImage) file(name string, n *tree.Node, first map[*tree.Node]string) error {
	e := new(entry).text("path", "/"+name)
	const defaultFile, defaultDirectory = 0o644, 0o755
	usual := uint16(defaultFile)
	switch n.Type {
	case tree.Regular:
		if target := first[n]; target != "" {
			f.doc.addFile(e.text("type", "hardlink").text("target", "/"+target).flow())
			return nil
		}
		if n.Links() > 1 {
			first[n] = name
		}
		if err := f.content(e, name, n); err != nil {
			return err
		}
	case tree.Directory:
		e.text("type", "directory")
		usual = defaultDirectory
	case tree.Symlink:
		f.doc.addFile(f.owner(e.text("type", "symlink").text("target", n.Target), n).flow())
		return nil
	default:
		f.lose("leave it to the runtime", "/%s is a device or a pipe", name)
		return nil
	}
	if n.Mode != usual {
		e.mode("mode", &n.Mode)
	}
	if len(n.Xattrs) > 0 {
		f.lose("a spec cannot say them", "/%s has extended attributes: %s", name, strings.Join(slices.Sorted(maps.Keys(n.Xattrs)), " "))
	}
	f.doc.addFile(f.owner(e, n).flow())
	return nil
}

func (f *fromImage) owner(e *entry, n *tree.Node) *entry {
	if n.UID != 0 || n.GID != 0 {
		e.text("owner", nameOf(f.now.users, n.UID)+":"+nameOf(f.now.groups, n.GID))
	}
	return e
}

// nameOf is the name of an account, or its number.
func nameOf(accounts []accountLine, id uint32) string {
	text := strconv.FormatUint(uint64(id), 10)
	for _, a := range accounts {
		if a.fields[2] == text {
			return a.name
		}
	}
	return text
}

func (f *fromImage) content(e *entry, name string, n *tree.Node) error {
	if n.Size <= maxInline {
		content, err := n.Read(maxInline)
		if err != nil {
			return fmt.Errorf("read /%s: %w", name, err)
		}
		if isPlainText(content) {
			e.exact("content", string(content))
			return nil
		}
	}
	source, err := f.options.Extract(name, n)
	if err != nil {
		return err
	}
	e.text("source", source)
	return nil
}
