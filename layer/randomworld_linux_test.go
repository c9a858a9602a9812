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

	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// world is a root, a repository and a number of runs of apk, all made up.
type world struct {
	merged   bool           // bin, sbin and lib are links to those of usr
	base     []apktest.File // in addition to the small system
	packages []*apktest.Package
	steps    []run
}

// run is one run of apk, and what is changed by hand after it.
type run struct {
	command string
	options []string
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
	randomDirectories = []string{
		"opt", "opt/a", "opt/a/b", "opt/c", "opt/l", "srv", "srv/d", "etc", "etc/x", "etc/x/y", "etc/init.d", "etc/init.d/z", "usr/share", "usr/share/p",
		"m", "m/n", "usr/lib", "usr/lib/n", "opt/t", "opt/*[x]", "lib", "lib/n", "etc/t", "var/v", "etc/apk/e", "opt/free", "etc/free",
		"etc/free/not", "home/Alice B",
	}
	randomNames   = []string{"f", "g", "h", "t", "Zed", "with space", "\xff\xfe", "*[x]", "f.apk-new", ".dot", "n" + strings.Repeat("o", 120)}
	randomTargets = []string{"f", "../f", "/opt/a", "/opt/f", "t", "nowhere", "/etc/x/f", "a"}
	randomModes   = []int64{0o644, 0o644, 0o755, 0o755, 0o600, 0, 0o4755, 0o2755, 0o6711, 0o1777, 0o2644, 0o777, 0o7777}
	randomOwners  = [][2]string{{"root", "root"}, {"root", "root"}, {"root", "root"}, {"games", "games"}, {"ghost", "ghost"}, {"", ""}, {"alice", "alice"},
		{"bin", "ghost"}, {"root", "adm"}}
	randomGlobs = []string{"/opt", "/opt/*", "/*", "/srv", "/etc/*", "/usr/*/*", "+/opt/a", "+/*", "/opt/[ab]", "/etc/x/y", "/m/*",
		"/opt/a/b /srv /etc/x", "/"}
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
	add := func(f apktest.File) {
		if name := strings.TrimSuffix(f.Name, "/"); !made[name] {
			made[name] = true
			w.base = append(w.base, f)
		}
	}
	for _, d := range []apktest.File{ // apk makes them where it finds no database
		apktest.Device("dev/null", tar.TypeChar, 0o666, 1, 3), apktest.Device("dev/zero", tar.TypeChar, 0o666, 1, 5),
		apktest.Device("dev/random", tar.TypeChar, 0o666, 1, 8),
		apktest.Device("dev/urandom", tar.TypeChar, 0o666, 1, 9), apktest.Device("dev/console", tar.TypeChar, 0o600, 5, 1),
	} {
		add(d)
	}
	if m.chance(80) {
		add(apktest.Directory("lib/apk", 0o755))
		add(apktest.Directory("lib/apk/db", 0o755))
		for _, name := range []string{"installed", "triggers", "lock"} {
			add(apktest.Regular("lib/apk/db/"+name, ""))
		}
		add(apktest.Regular("lib/apk/db/scripts.tar", strings.Repeat("\x00", 1024)))
		add(apktest.Regular("etc/apk/world", "\n"))
		add(apktest.Directory("var/cache", 0o755))
		add(apktest.Directory("var/cache/apk", 0o755))
	}
	if m.chance(30) {
		made["m"] = true
		w.base = append(w.base, apktest.Symlink("m", pick(m, []string{"usr/lib", "opt/a", "/srv", "nowhere"})))
	}
	if m.chance(20) {
		made["opt/l"] = true
		w.base = append(w.base, apktest.Symlink("opt/l", pick(m, []string{"a", "../srv", "l"})))
	}
	if m.chance(10) {
		made["usr/share"] = true
		w.base = append(w.base, apktest.Symlink("usr/share", "lib"))
	}
	for range m.IntN(5) {
		directory := pick(m, randomDirectories)
		for dir := range prefixes(directory) {
			if strings.HasPrefix(directory, "lib") || strings.HasPrefix(directory, "m/") || strings.HasPrefix(directory, "usr/share/") ||
				strings.HasPrefix(directory, "opt/l") {
				break // there may be a link
			}
			f := apktest.Directory(dir, 0o755)
			if dir == directory && m.chance(40) {
				f = m.owned(f)
			}
			if !slices.Contains([]string{"opt", "srv", "usr", "usr/lib", "etc", "home", "etc/apk", "etc/init.d", "var"}, dir) {
				add(f)
			}
		}
		if made[directory] && m.chance(50) && !strings.HasPrefix(directory, "m") && !strings.HasPrefix(directory, "opt/l") && directory != "usr/share" {
			add(apktest.Regular(directory+"/"+pick(m, randomNames), "local").At(1_500_000_000))
		}
	}
	if m.chance(20) {
		w.base = append(w.base, apktest.Directory("etc/apk/protected_paths.d", 0o755),
			apktest.Regular("etc/apk/protected_paths.d/x.list",
				pick(m, []string{"+opt\n", "-etc/free\n@etc/free/not\n", "!srv/*\n-etc\n", "-opt/a\n+opt\n", "+opt/*/b"})))
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

func (m maker) owned(f apktest.File) apktest.File {
	o := pick(m, randomOwners)
	return f.WithMode(pick(m, randomModes)).WithOwner(o[0], o[1], m.IntN(3)*11, m.IntN(3)*7)
}

// makePackage makes a package in one to three versions.
func (m maker) makePackage(w *world, name string) {
	h := apktest.Package{Name: name, Origin: pick(m, randomOrigins), Triggers: m.triggers()}
	for _, other := range []string{"p0", "p1", "p2", "p3", "p4"} {
		if other != name && m.chance(45) {
			h.Replaces = append(h.Replaces, other+pick(m, []string{"", "", "<2", ">1-r0"}))
		}
	}
	if m.chance(30) {
		h.Priority = 1 + m.IntN(3)
	}
	if name != "p0" && m.chance(15) {
		h.Depends = []string{"p0"}
	}
	if m.chance(5) {
		h.InstallIf = []string{"p0", "p1"}
	}
	files := m.files(nil)
	for v := range 1 + m.IntN(3) {
		version := h
		version.Version = fmt.Sprintf("%d-r0", v+1)
		version.Files, version.Scripts = files, m.scripts(version.Name+"-"+version.Version)
		version.Empty = m.chance(4)
		if version.Triggers != "" {
			version.Scripts["trigger"] = m.script(version.Name + "-" + version.Version)
		}
		w.packages = append(w.packages, &version)
		files = m.files(files)
		if m.chance(20) {
			h.Triggers = m.triggers()
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
func (m maker) files(older []apktest.File) []apktest.File {
	var files []apktest.File
	kinds := map[string]byte{}
	add := func(f apktest.File) {
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

func (m maker) file(sofar []apktest.File) apktest.File {
	name := pick(m, randomDirectories)
	if !m.chance(15) {
		name += "/" + pick(m, randomNames[:3+m.IntN(len(randomNames)-2)])
	} else if m.chance(5) {
		name = pick(m, []string{"rootfile", ".hidden", "t", "opt/.keep_x", "opt/.keep_"})
	}
	if name == "lib" { // may be a link, behind which apk has its database
		name = "lib/f"
	}
	var f apktest.File
	switch n := m.IntN(100); {
	case n < 50:
		f = apktest.Regular(name, pick(m, []string{"", "1", "2", "local", strings.Repeat("x", 5000)})).At(1_600_000_000 + int64(m.IntN(3))*1000)
	case n < 62:
		f = apktest.Symlink(name, pick(m, randomTargets))
	case n < 70 && len(sofar) > 0:
		f = apktest.HardLink(name, strings.TrimSuffix(pick(m, sofar).Name, "/"), 0o644).At(1_650_000_000)
	case n < 75:
		f = apktest.Device(name, pick(m, []byte{tar.TypeChar, tar.TypeBlock, tar.TypeFifo}), 0o640, 1, 3)
	default:
		f = apktest.Directory(name, 0o755)
	}
	if m.chance(35) {
		f = m.owned(f)
		if f.Typeflag == tar.TypeSymlink {
			f.Mode = 0o777 // the only one that a system gives them
		}
	}
	if m.chance(6) {
		f = f.WithXattr("user.x", pick(m, []string{"1", "2"}))
		if f.Typeflag == tar.TypeReg && m.chance(50) {
			f = f.WithXattr("security.capability", capability)
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
		directory := "/" + pick(m, randomDirectories)
		if directory == "/etc" || directory == "/lib" || directory == "/usr/lib" { // without which nothing goes on
			directory = "/etc/x"
		}
		file := directory + "/" + pick(m, randomNames[:4])
		b.WriteString(strings.NewReplacer("DIR", "'"+directory+"'", "FILE", "'"+file+"'").Replace(pick(m, []string{
			"ls -a DIR >>/var/log/s 2>&1\n", "find /opt /srv /etc/x | sort >>/var/log/s\n",
			"for f in DIR/*; do stat -c '%n %F %a %u:%g' \"$f\" >>/var/log/s 2>&1; done\n",
			"[ -f FILE ] && cat FILE >>/var/log/s\n", "rm -f FILE\n", "rm -rf DIR\n", "mkdir -p DIR\n",
			"chmod 2750 DIR\n", "chmod 700 FILE\n", "chown games:1234 DIR\n", "chown 3 FILE\n", "ln -sf f FILE\n", "echo script >FILE\n",
			"echo script >>FILE\n", "touch FILE\n", "mv FILE FILE.moved\n", "cp -a DIR /var/copied\n", "rmdir DIR\n",
			"addgroup -S -g 600 alice 2>/dev/null\nadduser -S -D -H -u 500 -G alice alice 2>/dev/null\n", "mv DIR /var/moved\n",
			"cat /etc/apk/world /lib/apk/db/installed >>/var/log/s\n",
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
			r.args = append(r.args, p.Name+pick(m, []string{"", "=" + p.Version, "=" + p.Version, ">1-r0", "<2"}))
		}
		if m.chance(10) {
			r.args = append(r.args, "!"+pick(m, w.packages).Name)
		}
	case n < 8:
		r.command = "del"
		for range 1 + m.IntN(2) {
			r.args = append(r.args, pick(m, w.packages).Name)
		}
	default:
		r.command = "upgrade"
	}
	// Its own source of chance leaves the other choices of a world as they are.
	switch n := rand.New(rand.NewPCG(uint64(len(w.steps)), uint64(len(w.packages)))).IntN(6); {
	case r.command == "upgrade" && n < 2:
		r.options = []string{"--available"}
	case r.command == "upgrade" && n < 4:
		r.command = "fix"
		for range 1 + n {
			r.args = append(r.args, w.packages[(n*7+len(w.steps))%len(w.packages)].Name)
		}
	case n == 5:
		r.options = []string{"--no-scripts"}
	}
	for range m.IntN(3) {
		r.edits = append(r.edits, edit{pick(m, randomDirectories) + "/" + pick(m, randomNames[:3]), pick(m, []string{"", "edited", "1", "2"})})
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
		if !strings.Contains(output, h.Name+" ("+h.Version+")") && !strings.Contains(output, "-> "+h.Version+")") {
			continue
		}
		fmt.Fprintf(&b, "%s-%s origin %q replaces %q priority %d depends %q install_if %q triggers %q empty %v\n", h.Name, h.Version, h.Origin, h.Replaces,
			h.Priority, h.Depends, h.InstallIf, h.Triggers, h.Empty)
		for _, f := range h.Entries() {
			fmt.Fprintf(&b, "\t%s\n", describeHeader(f))
		}
		for typ, body := range h.Scripts {
			fmt.Fprintf(&b, "\t%s:\n\t\t%s\n", typ, strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n\t\t"))
		}
	}
	for i, st := range w.steps {
		fmt.Fprintf(&b, "run %d: %s %q then %q\n", i+1, st.command, st.args, st.edits)
	}
	return b.String()
}

func describeHeader(f apktest.File) string {
	s := fmt.Sprintf("%c %q %04o %s:%s %d:%d", f.Typeflag, f.Name, f.Mode, f.Uname, f.Gname, f.Uid, f.Gid)
	if f.Linkname != "" {
		s += fmt.Sprintf(" to %q", f.Linkname)
	}
	if f.Typeflag == tar.TypeReg {
		s += apktest.DescribeContent([]byte(f.Content))
	}
	for key, value := range f.PAXRecords {
		if strings.HasPrefix(key, "SCHILY") {
			s += fmt.Sprintf(" %s=%q", key, value)
		}
	}
	return s
}

// tarBytes returns the files as a plain tar.
func tarBytes(t testing.TB, files []apktest.File) []byte {
	t.Helper()
	var out bytes.Buffer
	apktest.WriteTar(t, &out, files, true)
	return out.Bytes()
}
