package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/layer/stage"
)

// The common part of the formats of apko and of Docker's hardened images: packages, accounts, paths and os-release of an image that is
// made of packages alone.

// noSum stands for the SHA-256 of something that was not downloaded. A build refuses it, and says which one it is.
var noSum = strings.Repeat("0", 64)

// howToPin says what to do about what has no SHA-256.
const howToPin = "write the sha256 of the file that you mean in place of the zeros"

var alpineRepository = regexp.MustCompile(`^https?://dl-cdn\.alpinelinux\.org/alpine/(?:v([0-9]+\.[0-9]+)|(edge))/(main|community)/?$`)

// setRepositories writes repositories. Alpine's main and community of a release become the short form for both.
func (c *conversion) setRepositories(lines []string) {
	type branch struct{ main, community bool }
	branches := make(map[string]*branch)
	name := func(line string) (string, string) {
		m := alpineRepository.FindStringSubmatch(line)
		if m == nil {
			return "", ""
		}
		return m[1] + m[2], m[3]
	}
	for _, line := range lines {
		if release, part := name(line); release != "" {
			if branches[release] == nil {
				branches[release] = new(branch)
			}
			branches[release].main = branches[release].main || part == "main"
			branches[release].community = branches[release].community || part == "community"
		}
	}
	for _, line := range lines {
		if release, _ := name(line); release != "" && branches[release].main && branches[release].community {
			line = "alpine:" + release
		}
		if !slices.Contains(c.spec.repositories, line) {
			c.spec.repositories = append(c.spec.repositories, line)
		}
	}
}

// alpineKeySum returns the SHA-256 of a key of Alpine's by its URL, "" for any other.
func alpineKeySum(where *url.URL) string {
	if where.Host != "alpinelinux.org" && !strings.HasSuffix(where.Host, ".alpinelinux.org") {
		return ""
	}
	for _, arch := range []string{"aarch64", "armhf", "armv7", "ppc64le", "riscv64", "s390x", "x86", "x86_64"} {
		keys, err := repository.AlpineKeys(arch)
		if err != nil {
			continue
		}
		if pem, ok := keys[path.Base(where.Path)]; ok {
			hash := sha256.Sum256(pem)
			return hex.EncodeToString(hash[:])
		}
	}
	return ""
}

// sumOf returns the SHA-256 that what is at a URL must have: see [conversion.sumOf].
func (v *value) sumOf(what, where string) string {
	return v.file.sumOf(v.file.name, v.line, what, where)
}

// keyURL returns a key's URL; nil if it is a file.
func keyURL(text string) *url.URL {
	where, err := url.Parse(text)
	if err != nil || where.Scheme != "http" && where.Scheme != "https" {
		return nil
	}
	return where
}

// addKeys writes keys. The short form of Alpine's repositories trusts Alpine's already.
func (f *yamlFile) addKeys(list []*value) {
	hasAlpine := slices.ContainsFunc(f.spec.repositories, repository.IsAlpine)
	for _, v := range list {
		text := v.text()
		if text == "" {
			continue
		}
		where := keyURL(text)
		if where == nil {
			f.spec.keys = append(f.spec.keys, scalar(text))
			continue
		}
		if hasAlpine && alpineKeySum(where) != "" {
			continue
		}
		f.spec.keys = append(f.spec.keys, new(entry).text("url", text).text("sha256", v.sumOf("key", text)).flow())
	}
}

// addKeyFiles puts keys where apk in the image looks for them.
func (f *yamlFile) addKeyFiles(list []*value) {
	for _, v := range list {
		text := v.text()
		if text == "" {
			continue
		}
		e := new(entry).text("path", "/etc/apk/keys/"+path.Base(text))
		if where := keyURL(text); where != nil {
			e = new(entry).text("path", "/etc/apk/keys/"+path.Base(where.Path)).text("url", text).text("sha256", v.sumOf("key", text))
		} else {
			e.text("source", text)
		}
		f.spec.addFile(e.flow())
	}
}

// addPackagesOf writes packages, as apk's world has them.
func (f *yamlFile) addPackagesOf(list []*value) {
	var names []string
	for _, v := range list {
		text := v.text()
		if d, err := apk.ParseDependency(text, apk.V3); err != nil || d.Broken {
			v.file.lose(v.file.name, v.line, "write it as apk add takes it", "the package %q cannot be read and is left out", text)
			continue
		}
		names = append(names, text)
	}
	if len(names) > 0 {
		f.spec.addPackages("", names...)
	}
}

// user is a user of a definition.
type user struct {
	name, shell, home, gecos string
	uid, gid                 *uint64
	line                     int
}

// group is a group of a definition.
type group struct {
	name    string
	gid     *uint64
	members []string
}

// addAccounts writes groups and users. A user whose group has no name gets one of the user's own.
func (f *yamlFile) addAccounts(groups []group, users []user) {
	names := make(map[uint64]string)
	for _, g := range groups {
		if g.gid != nil && names[*g.gid] == "" {
			names[*g.gid] = g.name
		}
	}
	for i := range users {
		u := &users[i]
		if u.gid == nil {
			u.gid = u.uid
		}
		if u.gid == nil || names[*u.gid] != "" || *u.gid == 0 {
			continue
		}
		f.tell(f.name, u.line, "", "user %s: its group %d has no name, and is called %s in the spec", u.name, *u.gid, u.name)
		names[*u.gid] = u.name
		groups = append(groups, group{name: u.name, gid: u.gid})
	}
	for _, g := range groups {
		f.spec.addGroup(new(entry).text("name", g.name).number("gid", g.gid).wordsOf("members", g.members).flow())
	}
	for _, u := range users {
		e := new(entry).text("name", u.name).number("uid", u.uid)
		if u.gid != nil {
			name := names[*u.gid]
			if *u.gid == 0 && name == "" {
				name = "root"
			}
			e.text("group", name)
		}
		e.text("home", u.home)
		if u.home != "" {
			e.add("createHome", tagged("!!bool", "false"))
		}
		f.spec.addUser(e.text("shell", u.shell).text("gecos", u.gecos).flow())
	}
}

// wordsOf is words for chains.
func (e *entry) wordsOf(key string, values []string) *entry {
	e.words(key, values)
	return e
}

// ownerOf returns USER:GROUP for numbers, "" for root.
func ownerOf(uid, gid *uint64) string {
	number := func(id *uint64) uint64 {
		if id == nil {
			return 0
		}
		return *id
	}
	if number(uid) == 0 && number(gid) == 0 {
		return ""
	}
	return fmt.Sprintf("%d:%d", number(uid), number(gid))
}

// absolute returns a path as a spec has it.
func absolute(name string) string { return path.Clean("/" + name) }

// setOSRelease takes the keys of os-release, which are its variables in lower case with hyphens.
func (f *yamlFile) setOSRelease(m *mapping) {
	v := m.at["os-release"]
	pairs := m.pairs("os-release")
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		text := pairs[name]
		if text == "" {
			continue
		}
		if err := stage.CheckOSRelease(strings.ToUpper(strings.ReplaceAll(name, "-", "_")), text); err != nil {
			f.lose(f.name, v.line, "correct it", "os-release: %v", err)
			continue
		}
		if f.spec.osRelease == nil {
			f.spec.osRelease = make(map[string]string)
		}
		f.spec.osRelease[strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = text
	}
}

// literalEnv returns variables as a spec has them, in which a dollar sign that stands for itself has a backslash.
func literalEnv(env map[string]string) map[string]string {
	out := maps.Clone(env)
	for name, value := range out {
		out[name] = strings.ReplaceAll(value, "$", `\$`)
	}
	return out
}
