package convert

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

// dhi converts a definition of the catalogue of Docker's hardened images (.spec.json of github.com/docker-hardened-images/catalog).
func (c *conversion) dhi(text []byte) error {
	f := &yamlFile{conversion: c, name: c.name}
	m, err := f.parse(text)
	if err != nil {
		return err
	}
	vars := m.pairs("vars")
	f.vars = func(text string, line int) string { return f.substitute(text, vars, line) }
	c.spec.header = []string{fmt.Sprintf(`Converted from %s by "lamina convert".`, filepath.ToSlash(filepath.Base(c.name)))}
	if title := strings.TrimSpace(m.text("name")); title != "" {
		c.spec.header = append([]string{title}, c.spec.header...)
	}
	image := m.text("image")
	if tags := m.texts("tags"); image != "" && len(tags) > 0 {
		c.spec.header = append(c.spec.header, fmt.Sprintf("Its names are %s:%s.", image, strings.Join(tags, ", ")))
	}
	m.skip("it says nothing about the image's content", "track", "dates", "variant", "flavor", "suffix", "tests", "fips-compliant", "stig-certified")
	if v := m.take("includes"); v != nil {
		f.lose(f.name, v.line, "put what the other files say into this one, and convert again", "includes is left out")
	}
	c.spec.base, c.spec.platforms = "scratch", m.texts("platforms")
	if len(c.spec.platforms) == 0 {
		c.spec.platforms = []string{"linux/amd64", "linux/arm64"}
	}
	contents := m.inner("contents")
	f.setRepositories(contents.texts("repositories"))
	f.addKeys(contents.list("keyring"))
	packages := contents.texts("packages")
	if len(packages) > 0 {
		c.spec.addPackages("", packages...)
	}
	f.setOSRelease(m)
	f.dhiAccounts(m.inner("accounts"))
	for _, v := range contents.list("files") {
		f.dhiFile(v)
	}
	for _, v := range contents.list("artifacts") {
		f.artifact(v)
	}
	for _, v := range contents.list("builds") {
		f.dhiBuild(v, packages)
	}
	contents.skip("package URLs in SBOMs are those of the packages", "mappings")
	contents.done()
	for _, v := range m.list("paths") {
		f.dhiPath(v)
	}
	config := &c.spec.config
	config.entrypoint, config.cmd = m.words("entrypoint"), m.words("cmd")
	config.exposedPorts = m.texts("ports")
	config.stopSignal, config.workingDir = m.text("stop-signal"), m.text("work-dir")
	config.env, config.labels = literalEnv(m.pairs("environment")), m.pairs("labels")
	c.spec.annotations = m.pairs("annotations")
	m.done()
	return nil
}

var dhiVariable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// maxSubstituted bounds a text with its variables, in bytes: they may hold each other.
const maxSubstituted = 1 << 20

// substitute puts variables in their places. Others stay: they are those of a shell.
func (f *yamlFile) substitute(text string, vars map[string]string, line int) string {
	for range 8 {
		size := len(text)
		next := dhiVariable.ReplaceAllStringFunc(text, func(reference string) string {
			value, ok := vars[reference[2:len(reference)-1]]
			if size += len(value); !ok || size > maxSubstituted {
				return reference
			}
			return value
		})
		if next == text {
			break
		}
		text = next
	}
	if strings.Contains(text, "#{") {
		f.lose(f.name, line, "write its value", "the expression %s is not evaluated", shortened(text[strings.Index(text, "#{"):]))
	}
	return text
}

// shortened returns the beginning of a long text, on one line.
func shortened(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}

func (f *yamlFile) dhiAccounts(m *mapping) {
	if m == nil {
		return
	}
	var groups []group
	for _, v := range m.list("groups") {
		if g := v.mapping(); g != nil {
			groups = append(groups, group{name: g.text("name"), gid: g.number("gid"), members: g.texts("members")})
			g.done()
		}
	}
	var users []user
	for _, v := range m.list("users") {
		if u := v.mapping(); u != nil {
			users = append(users, user{name: u.text("name"), uid: u.number("uid"), gid: u.number("gid"), line: v.line})
			u.done()
		}
	}
	f.addAccounts(groups, users)
	f.spec.config.user = m.text("run-as")
	m.flag("root") // packages bring it
	m.done()
}

// isConditional notes what is only for some platforms or cases; it is left out.
func (f *yamlFile) isConditional(m *mapping) bool {
	condition := m.take("if")
	platforms := m.take("platforms")
	switch {
	case condition != nil:
		f.lose(f.name, condition.line, "say it in a spec of its own", "%s: conditions are not evaluated, and it is left out", m.path)
	case platforms != nil && len(platforms.list()) < len(f.spec.platforms):
		f.lose(f.name, platforms.line, "say it in a spec for these platforms", "%s is not for all platforms, and left out", m.path)
	default:
		return false
	}
	return true
}

// howToBring says what to do about what a spec cannot download.
const howToBring = "download it yourself, and give its place in the context directory: source or tree"

// dhiFile adds a file that is downloaded.
func (f *yamlFile) dhiFile(v *value) {
	m := v.mapping()
	if m == nil || f.isConditional(m) {
		return
	}
	where, checksum, name := m.text("url"), m.text("checksum"), m.text("path")
	mode, owner := m.mode("mode"), ownerOf(m.number("uid"), m.number("gid"))
	m.skip("SBOMs have the file with its hash", "spdx")
	for _, key := range []string{"includes", "excludes", "secret-ref"} {
		if inner := m.take(key); inner != nil {
			f.lose(f.name, inner.line, howToBring, "%s: a spec downloads single files, and %s is left out", v.path, where)
			return
		}
	}
	m.done()
	isHTTP := strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://")
	if !isHTTP || strings.HasSuffix(where, ".git") || strings.Contains(where, ".git#") {
		f.lose(f.name, v.line, howToBring, "%s: a spec downloads single files by http, and %s is left out", v.path, where)
		return
	}
	sum, ok := strings.CutPrefix(checksum, "sha256:")
	if !ok || len(sum) != 64 {
		sum = v.sumOf("file", where)
	}
	if strings.HasSuffix(name, "/") || name == "" {
		name += path.Base(where)
	}
	f.spec.addFile(new(entry).text("path", absolute(name)).text("url", where).text("sha256", sum).mode("mode", mode).text("owner", owner).flow())
}

// artifact adds what is taken from another image.
func (f *yamlFile) artifact(v *value) {
	m := v.mapping()
	if m == nil || f.isConditional(m) {
		return
	}
	name, includes, excludes := m.text("name"), m.list("includes"), m.list("excludes")
	owner := ownerOf(m.number("uid"), m.number("gid"))
	m.done()
	if len(excludes) > 0 {
		f.lose(f.name, excludes[0].line, "remove it in the spec", "%s: files cannot be excluded from an image, and all are taken", v.path)
	}
	dirs := []string{"/"}
	if len(includes) > 0 {
		dirs = nil
	}
	for _, include := range includes {
		dir := strings.TrimSuffix(strings.TrimSuffix(absolute(include.text()), "/**"), "/*")
		if strings.ContainsAny(dir, "*?[") {
			f.lose(f.name, include.line, "name the directory or the file", "%s: the pattern %s is left out", v.path, include.text())
			continue
		}
		dirs = append(dirs, absolute(dir))
	}
	for _, dir := range dirs {
		from := dockerfile.Reference(strings.TrimPrefix(name, "docker://"))
		f.spec.addFile(new(entry).text("path", dir).text("from", from).text("source", dir).text("owner", owner).flag("merge", true).flow())
	}
}

// dhiBuild adds a build as commands if it changes the image's own files by shell text. Others need programs.
func (f *yamlFile) dhiBuild(v *value, packages []string) {
	m := v.mapping()
	if m == nil || f.isConditional(m) {
		return
	}
	const remedy = "build it elsewhere, and bring in what it makes with files (source, tree, url or from)"
	contents := m.inner("contents")
	own := contents.texts("packages")
	isChange := contents == nil || contents.at["files"] == nil && contents.at["artifacts"] == nil
	outputs := m.list("outputs")
	if len(outputs) == 1 {
		o := outputs[0].mapping()
		isChange = isChange && o != nil && absolute(o.text("source")) == "/" && absolute(o.text("target")) == "/" && o.flag("diff")
	}
	var texts []string
	for _, item := range m.list("pipeline") {
		step := item.mapping()
		if step == nil {
			continue
		}
		if step.at["uses"] != nil || step.at["if"] != nil || step.at["secrets"] != nil {
			isChange = false
		}
		text := strings.TrimRight(step.text("runs"), "\n")
		env := step.pairs("environment")
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(env)) {
			lines = append(lines, "export "+name+"="+quoted(env[name]))
		}
		if dir := step.text("work-dir"); dir != "" {
			lines = append(lines, "cd "+quoted(dir)+" || exit")
		}
		if text != "" {
			texts = append(texts, strings.Join(append(lines, text), "\n"))
		}
	}
	name := m.text("name")
	if len(outputs) != 1 || !isChange || len(texts) == 0 || m.at["paths"] != nil {
		f.lose(f.name, v.line, remedy, "the build %s is left out", name)
		return
	}
	var missing []string
	for _, p := range own {
		if !slices.Contains(packages, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		f.lose(f.name, v.line, "check that its commands do without",
			"the build %s becomes run, which does not have its packages %s", name, strings.Join(missing, ", "))
	} else {
		f.tell(f.name, v.line, "", "the build %s becomes run, over the files of the image itself", name)
	}
	for _, text := range texts {
		f.spec.addRun(text)
	}
}

// dhiPath adds a path.
func (f *yamlFile) dhiPath(v *value) {
	m := v.mapping()
	if m == nil || f.isConditional(m) {
		return
	}
	name, kind, source, content := m.text("path"), m.text("type"), m.text("source"), m.text("content")
	mode, owner, recursive := m.mode("mode"), ownerOf(m.number("uid"), m.number("gid")), m.flag("recursive")
	m.done()
	if name == "" {
		f.lose(f.name, v.line, "correct it", "%s has no path and is left out", v.path)
		return
	}
	e := new(entry).text("path", absolute(name))
	switch kind {
	case "symlink":
		e.text("type", "symlink").text("target", source)
	case "directory":
		e.text("type", "directory").mode("mode", mode).text("owner", owner)
	case "file", "emptyfile":
		e.exact("content", content).mode("mode", mode).text("owner", owner)
	case "delete":
		e.text("type", "absent")
	default:
		f.lose(f.name, v.line, "say it in the spec if it matters", "%s: the type %q is not known, and %s is left out", v.path, kind, name)
		return
	}
	f.spec.addFile(e.flow())
	if kind == "directory" && recursive && (mode != nil || owner != "") {
		all := new(entry).text("path", absolute(name)).text("type", "permissions").mode("mode", mode).text("owner", owner)
		f.spec.addFile(all.flag("recursive", true).flow())
	}
}
