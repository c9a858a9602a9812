package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
)

// apko converts an image configuration of apko (docs/apko_file.md and pkg/build/types of github.com/chainguard-dev/apko).
func (c *conversion) apko(text []byte) error {
	f := &yamlFile{conversion: c, name: c.name}
	m, err := f.parse(text)
	if err != nil {
		return err
	}
	f.include(m, 1)
	c.spec.header = []string{fmt.Sprintf(`Converted from %s by "lamina convert".`, filepath.ToSlash(filepath.Base(c.name)))}
	f.apkoPlatforms(m)
	contents, entrypoint := m.inner("contents"), m.take("entrypoint").mapping()
	c.spec.base = "scratch"
	if base := contents.inner("baseimage"); base != nil {
		c.spec.base = "oci:" + base.text("image")
		base.skip("the base says what it has", "apkindex")
		base.done()
	}
	both, build, runtime := contents.texts("repositories"), contents.texts("build_repositories"), contents.texts("runtime_repositories")
	f.setRepositories(slices.Concat(build, both))
	keyring := contents.list("keyring")
	f.addKeys(keyring)
	packages := contents.list("packages")
	f.addPackagesOf(packages)
	contents.done()
	services := f.entrypoint(entrypoint)
	if services != nil && !slices.ContainsFunc(packages, func(v *value) bool { return v.text() == "s6" }) {
		if first := c.spec.steps[0]; len(first.packages) > 0 {
			first.packages = append(first.packages, "s6")
		} else {
			c.spec.addPackages("", "s6")
		}
	}
	f.setOSRelease(m)
	f.apkoAccounts(m.inner("accounts"))
	if lines := slices.Concat(both, runtime); len(lines) > 0 && c.spec.base == "scratch" {
		c.spec.addFile(new(entry).text("path", "/etc/apk/repositories").text("content", strings.Join(lines, "\n")+"\n").flow())
		f.addKeyFiles(keyring)
	}
	executable := uint16(0o755)
	for _, name := range slices.Sorted(maps.Keys(services)) {
		run := new(entry).text("path", absolute("/sv/"+name+"/run")).text("content", "#!/bin/execlineb\n"+services[name]+"\n")
		c.spec.addFile(run.mode("mode", &executable).flow())
	}
	for _, v := range m.list("paths") {
		f.apkoPath(v)
	}
	f.certificates(m.inner("certificates"))
	config := &c.spec.config
	config.cmd = f.commandLine(m.take("cmd"))
	config.stopSignal, config.workingDir = m.text("stop-signal"), m.text("work-dir")
	config.volumes = m.texts("volumes")
	config.env = map[string]string{
		"PATH": "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin", "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
	}
	maps.Copy(config.env, literalEnv(m.pairs("environment")))
	c.spec.annotations = m.pairs("annotations")
	if source, revision, ok := strings.Cut(m.text("vcs-url"), "@"); ok {
		if c.spec.annotations == nil {
			c.spec.annotations = make(map[string]string)
		}
		c.spec.annotations["org.opencontainers.image.source"], c.spec.annotations["org.opencontainers.image.revision"] = source, revision
	}
	config.labels = c.spec.annotations // apko writes them in both places
	m.skip("an image of Lamina has one layer over its base", "layering")
	m.done()
	return nil
}

// include reads the file that a configuration includes, from its directory or the working directory.
func (f *yamlFile) include(m *mapping, depth int) {
	v := m.at["include"]
	name := m.text("include")
	if name == "" {
		return
	}
	const remedy = "put what it says into the file, and convert again"
	if depth > 8 {
		f.lose(f.name, v.line, remedy, "include %s: more than 8 files include each other", name)
		return
	}
	var text []byte
	err := fs.ErrNotExist
	file := name
	for _, dir := range []string{filepath.Dir(f.name), "."} {
		if errors.Is(err, fs.ErrNotExist) {
			file = filepath.Join(dir, filepath.FromSlash(name))
			text, err = readBelow(dir, filepath.FromSlash(name))
		}
	}
	if err != nil {
		f.lose(f.name, v.line, remedy, "include %s: %v", name, diskio.Reason(err))
		return
	}
	other := &yamlFile{conversion: f.conversion, name: file, visited: f.visited}
	below, err := other.parse(text)
	if err != nil {
		f.lose(f.name, v.line, remedy, "include %s: %v", name, err)
		return
	}
	m.below = below
	other.include(below, depth+1)
}

// readBelow reads a file in a directory or below: the author of the configuration must not choose other files of this machine.
func readBelow(dir, name string) ([]byte, error) {
	file, err := os.OpenInRoot(dir, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return bounded.ReadAll(file, MaxFile)
}

// apkoArchs are the names of architectures that apko and apk have.
var apkoArchs = map[string]string{
	"386": "386", "x86": "386", "amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64", "arm/v6": "arm/v6", "armhf": "arm/v6",
	"arm/v7": "arm/v7", "armv7": "arm/v7", "ppc64le": "ppc64le", "riscv64": "riscv64", "s390x": "s390x", "loong64": "loong64", "loongarch64": "loong64",
}

func (f *yamlFile) apkoPlatforms(m *mapping) {
	v := m.take("archs")
	archs := v.list()
	if len(archs) == 0 || len(archs) == 1 && (archs[0].text() == "all" || archs[0].text() == "host") {
		line := 0
		if v != nil {
			line = v.line
		}
		f.spec.platforms = []string{"linux/amd64", "linux/arm64"}
		f.tell(f.name, line, "add or remove some", "no archs are listed: the spec is for linux/amd64 and linux/arm64")
		return
	}
	for _, arch := range archs {
		platform, ok := apkoArchs[arch.text()]
		if !ok {
			f.lose(f.name, arch.line, "add it to platforms", "the architecture %q is not known and left out", arch.text())
			continue
		}
		if platform = "linux/" + platform; !slices.Contains(f.spec.platforms, platform) {
			f.spec.platforms = append(f.spec.platforms, platform)
		}
	}
}

// entrypoint writes the entrypoint. It returns the commands of services by their names, nil if it has none.
func (f *yamlFile) entrypoint(m *mapping) map[string]string {
	if m == nil {
		return nil
	}
	defer m.done()
	kind := m.take("type")
	fragment, command, services := m.text("shell-fragment"), m.take("command"), m.pairs("services")
	switch text := kind.text(); {
	case text == "service-bundle":
		f.spec.config.entrypoint = []string{"/bin/s6-svscan", "/sv"}
		if services == nil {
			services = map[string]string{}
		}
		return services
	case text != "":
		kind.wrong("service-bundle")
	}
	switch {
	case fragment != "":
		f.spec.config.entrypoint = []string{"/bin/sh", "-c", fragment}
	case command != nil:
		f.spec.config.entrypoint = f.commandLine(command)
	}
	return nil
}

// commandLine takes a command line apart.
func (f *yamlFile) commandLine(v *value) []string {
	if v == nil || v.text() == "" {
		return nil
	}
	words, ok := splitWords(v.text())
	if !ok {
		v.wrong("a command line: a quote is not closed")
	}
	return words
}

// splitWords splits a command line as apko does: at blanks, with quotes, backslashes and comments, but nothing else of a shell.
func splitWords(text string) (words []string, ok bool) {
	var word strings.Builder
	inWord := false
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && quote != '\'':
			if i++; i == len(text) {
				return nil, false
			}
			word.WriteByte(text[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == '#' && !inWord:
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				i += end
				continue
			}
			i = len(text)
		case strings.IndexByte(" \t\r\n", c) >= 0:
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, quote == 0
}

func (f *yamlFile) apkoAccounts(m *mapping) {
	if m == nil {
		return
	}
	var groups []group
	for _, v := range m.list("groups") {
		if g := v.mapping(); g != nil {
			groups = append(groups, group{name: g.text("groupname"), gid: g.number("gid"), members: g.texts("members")})
			g.done()
		}
	}
	var users []user
	for _, v := range m.list("users") {
		g := v.mapping()
		if g == nil {
			continue
		}
		u := user{
			name: g.text("username"), uid: g.number("uid"), gid: g.number("gid"), shell: g.text("shell"), home: g.text("homedir"),
			gecos: "Account created by apko", line: v.line,
		}
		g.done()
		if u.shell == "" {
			u.shell = "/bin/sh"
		}
		if u.home == "" {
			u.home = "/home/" + u.name
		}
		users = append(users, u)
	}
	f.addAccounts(groups, users)
	for _, u := range users {
		if u.home != "/dev/null" && u.uid != nil {
			mode := uint16(0o700)
			gid := u.gid
			if gid == nil {
				gid = u.uid
			}
			home := new(entry).text("path", u.home).text("type", "directory").mode("mode", &mode).text("owner", ownerOf(u.uid, gid))
			f.spec.addFile(home.flag("merge", true).flow())
		}
	}
	f.spec.config.user = m.text("run-as")
	m.done()
}

// apkoPath adds a path mutation.
func (f *yamlFile) apkoPath(v *value) {
	m := v.mapping()
	if m == nil {
		return
	}
	name, kind, source := m.text("path"), m.text("type"), m.text("source")
	mode, owner, recursive := m.mode("permissions"), ownerOf(m.number("uid"), m.number("gid")), m.flag("recursive")
	m.done()
	if name == "" {
		v.file.lose(v.file.name, v.line, "correct it", "%s has no path and is left out", v.path)
		return
	}
	name = absolute(name)
	permissions := func(recursive bool) {
		if owner == "" {
			owner = "0:0"
		}
		e := new(entry).text("path", name).text("type", "permissions").mode("mode", mode).text("owner", owner)
		f.spec.addFile(e.flag("recursive", recursive).flow())
	}
	switch kind {
	case "directory":
		f.spec.addFile(new(entry).text("path", name).text("type", "directory").mode("mode", mode).text("owner", owner).flow())
		if recursive {
			permissions(true)
		}
	case "empty-file":
		f.spec.addFile(new(entry).text("path", name).exact("content", "").mode("mode", mode).text("owner", owner).flow())
	case "hardlink":
		f.spec.addFile(new(entry).text("path", name).text("type", "hardlink").text("target", absolute(source)).flow())
		if mode != nil || owner != "" {
			permissions(false)
		}
	case "symlink":
		f.spec.addFile(new(entry).text("path", name).text("type", "symlink").text("target", source).flow())
	case "permissions":
		permissions(recursive)
	default:
		v.file.lose(v.file.name, v.line, "say it in the spec if it matters", "%s: the type %q is not known, and %s is left out", v.path, kind, name)
	}
}

// certificates adds certificates to the bundle of those that are trusted, and as files of their own.
func (f *yamlFile) certificates(m *mapping) {
	if m == nil {
		return
	}
	for _, v := range m.list("additional") {
		c := v.mapping()
		if c == nil {
			continue
		}
		name, content := c.text("name"), c.text("content")
		c.done()
		block, _ := pem.Decode([]byte(content))
		if block == nil || block.Type != "CERTIFICATE" {
			v.wrong("a certificate in PEM")
			continue
		}
		hash := sha256.Sum256(block.Bytes)
		text := string(pem.EncodeToMemory(block))
		file := path.Join("/usr/local/share/ca-certificates", path.Base(absolute(name))+"-"+hex.EncodeToString(hash[:])+".crt")
		f.spec.addFile(new(entry).text("path", file).text("content", text).flow())
		f.spec.addFile(new(entry).text("path", "/etc/ssl/certs/ca-certificates.crt").text("append", text+"\n").flow())
	}
	if v := m.take("providers"); v != nil {
		f.lose(v.file.name, v.line, "install ca-certificates, whose trigger puts them into the bundle", "%s is left out", v.path)
	}
	m.done()
}
