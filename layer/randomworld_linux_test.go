package layer

import (
	"archive/tar"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// world is a root, a repository and a number of runs of apk, all made up.
type world struct {
	merged   bool           // bin, sbin and lib are links to those of usr
	base     []handmadeFile // besides the small system
	packages []*handmade
	steps    []run
}

// run is one run of apk, and what is changed by hand after it.
type run struct {
	command string
	args    []string
	edits   []edit
}

// edit is what an administrator does to a file between two runs.
type edit struct{ path, content string }

func (e edit) edit(t *testing.T, p preparation) {
	n, err := p.tree.Lstat(e.path)
	if err != nil || n.Type != tree.Regular {
		return
	}
	// Links are followed within the tree: on the machine they might lead out of the root.
	path, err := p.tree.Resolve(e.path, false)
	check(t, err)
	if e.content == "" {
		check(t, os.Remove(filepath.Join(p.root, path)))
		check(t, p.tree.Remove(path))
		return
	}
	p.write(t, path, e.content)
}

// Few names, so that packages get into each other's way.
var (
	randomFolders = []string{
		"opt", "opt/a", "opt/a/b", "opt/c", "opt/l", "srv", "srv/d", "etc", "etc/x", "etc/x/y", "etc/init.d", "etc/init.d/z", "usr/share", "usr/share/p",
		"m", "m/n", "usr/lib", "usr/lib/n", "opt/t", "opt/*[x]", "lib", "lib/n", "etc/t", "var/v", "etc/apk/e", "opt/free", "etc/free", "etc/free/not", "home/Alice B",
	}
	randomNames   = []string{"f", "g", "h", "t", "Zed", "with space", "\xff\xfe", "*[x]", "f.apk-new", ".dot", "n" + strings.Repeat("o", 120)}
	randomTargets = []string{"f", "../f", "/opt/a", "/opt/f", "t", "nowhere", "/etc/x/f", "a"}
	randomModes   = []int64{0o644, 0o644, 0o755, 0o755, 0o600, 0, 0o4755, 0o2755, 0o6711, 0o1777, 0o2644, 0o777, 0o7777}
	randomOwners  = [][2]string{{"root", "root"}, {"root", "root"}, {"root", "root"}, {"games", "games"}, {"ghost", "ghost"}, {"", ""}, {"alice", "alice"}, {"bin", "ghost"}, {"root", "adm"}}
	randomGlobs   = []string{"/opt", "/opt/*", "/*", "/srv", "/etc/*", "/usr/*/*", "+/opt/a", "+/*", "/opt/[ab]", "/etc/x/y", "/m/*", "/opt/a/b /srv /etc/x", "/"}
	randomOrigins = []string{"", "", "", "o", "p0"}
)

// maker makes a world of a seed.
type maker struct{ *rand.Rand }

func (m maker) chance(percent int) bool { return m.IntN(100) < percent }

func pick[T any](m maker, from []T) T { return from[m.IntN(len(from))] }

func makeWorld(seed uint64) *world {
	m := maker{rand.New(rand.NewPCG(seed, 1))}
	w := &world{merged: m.chance(20)}
	m.makeBase(w)
	for i := range 2 + m.IntN(4) {
		m.makePackage(w, fmt.Sprintf("p%d", i))
	}
	for range 1 + m.IntN(4) {
		w.steps = append(w.steps, m.makeRun(w, len(w.steps) == 0))
	}
	return w
}

// makeBase makes what is there before apk: directories and files that no package owns,
// and links among the directories.
func (m maker) makeBase(w *world) {
	made := make(map[string]bool)
	add := func(f handmadeFile) {
		if name := strings.TrimSuffix(f.Name, "/"); !made[name] {
			made[name] = true
			w.base = append(w.base, f)
		}
	}
	for _, d := range []handmadeFile{ // apk makes them where it finds no database
		aDevice("dev/null", tar.TypeChar, 0o666, 1, 3), aDevice("dev/zero", tar.TypeChar, 0o666, 1, 5), aDevice("dev/random", tar.TypeChar, 0o666, 1, 8),
		aDevice("dev/urandom", tar.TypeChar, 0o666, 1, 9), aDevice("dev/console", tar.TypeChar, 0o600, 5, 1),
	} {
		add(d)
	}
	if m.chance(80) {
		add(aDirectory("lib/apk", 0o755))
		add(aDirectory("lib/apk/db", 0o755))
		for _, name := range []string{"installed", "triggers", "lock"} {
			add(aFile("lib/apk/db/"+name, ""))
		}
		add(aFile("lib/apk/db/scripts.tar", strings.Repeat("\x00", 1024)))
		add(aFile("etc/apk/world", "\n"))
		add(aDirectory("var/cache", 0o755))
		add(aDirectory("var/cache/apk", 0o755))
	}
	if m.chance(30) {
		made["m"] = true
		w.base = append(w.base, aLink("m", pick(m, []string{"usr/lib", "opt/a", "/srv", "nowhere"})))
	}
	if m.chance(20) {
		made["opt/l"] = true
		w.base = append(w.base, aLink("opt/l", pick(m, []string{"a", "../srv", "l"})))
	}
	if m.chance(10) {
		made["usr/share"] = true
		w.base = append(w.base, aLink("usr/share", "lib"))
	}
	for range m.IntN(5) {
		folder := pick(m, randomFolders)
		for dir := range prefixes(folder) {
			if strings.HasPrefix(folder, "lib") || strings.HasPrefix(folder, "m/") || strings.HasPrefix(folder, "usr/share/") || strings.HasPrefix(folder, "opt/l") {
				break // there may be a link
			}
			f := aDirectory(dir, 0o755)
			if dir == folder && m.chance(40) {
				f = m.owned(f)
			}
			if !slices.Contains([]string{"opt", "srv", "usr", "usr/lib", "etc", "home", "etc/apk", "etc/init.d", "var"}, dir) {
				add(f)
			}
		}
		if made[folder] && m.chance(50) && !strings.HasPrefix(folder, "m") && !strings.HasPrefix(folder, "opt/l") && folder != "usr/share" {
			add(aFile(folder+"/"+pick(m, randomNames), "local").at(1_500_000_000))
		}
	}
	if m.chance(20) {
		w.base = append(w.base, aDirectory("etc/apk/protected_paths.d", 0o755),
			aFile("etc/apk/protected_paths.d/x.list", pick(m, []string{"+opt\n", "-etc/free\n@etc/free/not\n", "!srv/*\n-etc\n", "-opt/a\n+opt\n", "+opt/*/b"})))
	}
}

// prefixes yields "a", "a/b", "a/b/c".
func prefixes(name string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(name) + 1 {
			if (i == len(name) || name[i] == '/') && !yield(name[:i]) {
				return
			}
		}
	}
}

func (m maker) owned(f handmadeFile) handmadeFile {
	o := pick(m, randomOwners)
	return f.mode(pick(m, randomModes)).owner(o[0], o[1], m.IntN(3)*11, m.IntN(3)*7)
}

// makePackage makes a package in one to three versions.
func (m maker) makePackage(w *world, name string) {
	h := handmade{name: name, origin: pick(m, randomOrigins), triggers: m.triggers()}
	for _, other := range []string{"p0", "p1", "p2", "p3", "p4"} {
		if other != name && m.chance(45) {
			h.replaces = append(h.replaces, other+pick(m, []string{"", "", "<2", ">1-r0"}))
		}
	}
	if m.chance(30) {
		h.priority = 1 + m.IntN(3)
	}
	if name != "p0" && m.chance(15) {
		h.depends = []string{"p0"}
	}
	if m.chance(5) {
		h.installIf = []string{"p0", "p1"}
	}
	files := m.files(nil)
	for v := range 1 + m.IntN(3) {
		version := h
		version.version = fmt.Sprintf("%d-r0", v+1)
		version.files, version.scripts = files, m.scripts(version.name+"-"+version.version)
		version.empty = m.chance(4)
		if version.triggers != "" {
			version.scripts["trigger"] = m.script(version.name + "-" + version.version)
		}
		w.packages = append(w.packages, &version)
		files = m.files(files)
		if m.chance(20) {
			h.triggers = m.triggers()
		}
	}
}

func (m maker) triggers() string {
	if !m.chance(30) {
		return ""
	}
	globs := pick(m, randomGlobs)
	for m.chance(40) {
		globs += " " + pick(m, randomGlobs)
	}
	return globs
}

// files makes the files of a package, some of them those of its older version.
func (m maker) files(older []handmadeFile) []handmadeFile {
	var files []handmadeFile
	kinds := map[string]byte{}
	add := func(f handmadeFile) {
		name := strings.TrimSuffix(f.Name, "/")
		for dir := range prefixes(path.Dir(name)) {
			if dir != "." && kinds[dir] != 0 && kinds[dir] != tar.TypeDir {
				return
			}
		}
		if kinds[name] != 0 {
			return
		}
		if f.Typeflag == tar.TypeLink && (kinds[f.Linkname] == 0 || kinds[f.Linkname] == tar.TypeDir || kinds[f.Linkname] == tar.TypeLink) {
			return
		}
		for dir := range prefixes(path.Dir(name)) {
			kinds[dir] = tar.TypeDir
		}
		kinds[name] = f.Typeflag
		files = append(files, f)
	}
	for _, f := range older {
		if !m.chance(25) {
			add(f)
		}
	}
	for range m.IntN(9) {
		add(m.file(files))
	}
	return files
}

func (m maker) file(sofar []handmadeFile) handmadeFile {
	name := pick(m, randomFolders)
	if !m.chance(15) {
		name += "/" + pick(m, randomNames[:3+m.IntN(len(randomNames)-2)])
	} else if m.chance(5) {
		name = pick(m, []string{"rootfile", ".hidden", "t", "opt/.keep_x", "opt/.keep_"})
	}
	if name == "lib" { // may be a link, behind which apk has its database
		name = "lib/f"
	}
	var f handmadeFile
	switch n := m.IntN(100); {
	case n < 50:
		f = aFile(name, pick(m, []string{"", "1", "2", "local", strings.Repeat("x", 5000)})).at(1_600_000_000 + int64(m.IntN(3))*1000)
	case n < 62:
		f = aLink(name, pick(m, randomTargets))
	case n < 70 && len(sofar) > 0:
		f = aHardLink(name, strings.TrimSuffix(pick(m, sofar).Name, "/"), 0o644).at(1_650_000_000)
	case n < 75:
		f = aDevice(name, pick(m, []byte{tar.TypeChar, tar.TypeBlock, tar.TypeFifo}), 0o640, 1, 3)
	default:
		f = aDirectory(name, 0o755)
	}
	if m.chance(35) {
		f = m.owned(f)
	}
	if m.chance(6) {
		f = f.xattr("user.x", pick(m, []string{"1", "2"}))
		if f.Typeflag == tar.TypeReg && m.chance(50) {
			f = f.xattr("security.capability", capability)
		}
	}
	return f
}

func (m maker) scripts(id string) map[string]string {
	scripts := make(map[string]string)
	for _, typ := range []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall"} {
		if m.chance(12) {
			scripts[typ] = m.script(id + "." + typ)
		}
	}
	return scripts
}

// script says how it was called and what it sees, and changes some things.
func (m maker) script(id string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\necho \"%s $0 $# $* $PWD $PATH\" >>/var/log/s\n", id)
	for range m.IntN(4) {
		folder := "/" + pick(m, randomFolders)
		if folder == "/etc" || folder == "/lib" || folder == "/usr/lib" { // without which nothing goes on
			folder = "/etc/x"
		}
		file := folder + "/" + pick(m, randomNames[:4])
		b.WriteString(strings.NewReplacer("DIR", "'"+folder+"'", "FILE", "'"+file+"'").Replace(pick(m, []string{
			"ls -a DIR >>/var/log/s 2>&1\n", "find /opt /srv /etc/x | sort >>/var/log/s\n",
			"for f in DIR/*; do stat -c '%n %F %a %u:%g' \"$f\" >>/var/log/s 2>&1; done\n",
			"[ -f FILE ] && cat FILE >>/var/log/s\n", "rm -f FILE\n", "rm -rf DIR\n", "mkdir -p DIR\n",
			"chmod 2750 DIR\n", "chmod 700 FILE\n", "chown games:1234 DIR\n", "chown 3 FILE\n", "ln -sf f FILE\n", "echo script >FILE\n",
			"echo script >>FILE\n", "touch FILE\n", "mv FILE FILE.moved\n", "cp -a DIR /var/copied\n", "rmdir DIR\n",
			"addgroup -S -g 600 alice 2>/dev/null\nadduser -S -D -H -u 500 -G alice alice 2>/dev/null\n", "mv DIR /var/moved\n", "cat /etc/apk/world /lib/apk/db/installed >>/var/log/s\n",
			"ln FILE FILE.ln\n", "ln -s /var DIR\n",
		})))
	}
	if m.chance(3) {
		b.WriteString("exit 3\n")
	} else {
		b.WriteString("exit 0\n")
	}
	return b.String()
}

// makeRun makes a run of apk that probably has something to do.
func (m maker) makeRun(w *world, first bool) run {
	var r run
	switch n := m.IntN(10); {
	case n < 6 || first:
		r.command = "add"
		for range 1 + m.IntN(3) {
			p := pick(m, w.packages)
			r.args = append(r.args, p.name+pick(m, []string{"", "=" + p.version, "=" + p.version, ">1-r0", "<2"}))
		}
		if m.chance(10) {
			r.args = append(r.args, "!"+pick(m, w.packages).name)
		}
	case n < 8:
		r.command = "del"
		for range 1 + m.IntN(2) {
			r.args = append(r.args, pick(m, w.packages).name)
		}
	default:
		r.command = "upgrade"
	}
	for range m.IntN(3) {
		r.edits = append(r.edits, edit{pick(m, randomFolders) + "/" + pick(m, randomNames[:3]), pick(m, []string{"", "edited", "1", "2"})})
	}
	return r
}

// show shows a world so that it can be written down as a case of its own: of the packages
// only those that apk spoke of.
func (w *world) show(output string) string {
	var b strings.Builder
	if w.merged {
		b.WriteString("bin, sbin and lib are links\n")
	}
	for _, f := range w.base {
		if strings.HasPrefix(f.Name, "dev/") || strings.HasPrefix(f.Name, "lib/apk/") {
			continue
		}
		fmt.Fprintf(&b, "base %s\n", describeHeader(f))
	}
	for _, h := range w.packages {
		if !strings.Contains(output, h.name+" ("+h.version+")") && !strings.Contains(output, "-> "+h.version+")") {
			continue
		}
		fmt.Fprintf(&b, "%s-%s origin %q replaces %q priority %d depends %q install_if %q triggers %q empty %v\n", h.name, h.version, h.origin, h.replaces, h.priority, h.depends, h.installIf, h.triggers, h.empty)
		for _, f := range h.entries() {
			fmt.Fprintf(&b, "\t%s\n", describeHeader(f))
		}
		for typ, body := range h.scripts {
			fmt.Fprintf(&b, "\t%s:\n\t\t%s\n", typ, strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n\t\t"))
		}
	}
	for i, st := range w.steps {
		fmt.Fprintf(&b, "run %d: %s %q then %q\n", i+1, st.command, st.args, st.edits)
	}
	return b.String()
}

func describeHeader(f handmadeFile) string {
	s := fmt.Sprintf("%c %q %04o %s:%s %d:%d", f.Typeflag, f.Name, f.Mode, f.Uname, f.Gname, f.Uid, f.Gid)
	if f.Linkname != "" {
		s += fmt.Sprintf(" to %q", f.Linkname)
	}
	if f.Typeflag == tar.TypeReg {
		s += describeContent([]byte(f.content))
	}
	for key, value := range f.PAXRecords {
		if strings.HasPrefix(key, "SCHILY") {
			s += fmt.Sprintf(" %s=%q", key, value)
		}
	}
	return s
}

// tarBytes returns the files as a plain tar.
func tarBytes(t testing.TB, files []handmadeFile) []byte {
	t.Helper()
	var out bytes.Buffer
	writeTar(t, &out, files, true)
	return out.Bytes()
}
