package convert

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

// copies adds what COPY or ADD copies.
func (f *fromDockerfile) copies(i *dockerfile.Instruction, words instructions.SourcesAndDest) {
	for _, source := range words.SourcePaths {
		if strings.ContainsAny(source, "*?[") {
			f.tell(f.name, i.Line, "convert again when there are others", "the pattern %s stands for what matches it now", source)
		}
	}
	for n := range i.Copies {
		f.copy(i, &i.Copies[n], false)
	}
}

// copy adds an entry of files.
func (f *fromDockerfile) copy(i *dockerfile.Instruction, c *dockerfile.Copy, isMount bool) {
	e := new(entry)
	source := c.Source
	isURL := c.From == "" && c.Context == "" && strings.Contains(source, "://")
	if c.From == "" && c.Content == nil && !isURL && c.Context != f.options.Dockerfile.Context {
		source = f.relative(f.context(), filepath.Join(c.Context, filepath.FromSlash(source)))
		if !filepath.IsLocal(filepath.FromSlash(source)) {
			f.lose(f.name, i.Line, "copy it into the context directory, and correct the entry",
				"the source %s is outside of the context directory", source)
		}
	}
	to, mayBeDirectory := c.Path, false
	if !c.IsTree && !c.IsArchive && c.From == "" {
		switch base := path.Base(c.Source); {
		case isMount: // it has that very name
			to = path.Clean(to)
		case strings.HasSuffix(to, "/"):
			to += base
		default:
			mayBeDirectory = !isFileName(to, base)
		}
	}
	isDirectory := c.IsTree || c.IsArchive
	if isDirectory {
		to = path.Clean(to)
	}
	isMade := true // by what is copied
	for i := range c.Directories {
		isMade = isMade && c.Directories[i].IfMissing
	}
	for i := range c.Directories {
		dir := &c.Directories[i]
		if dir.IfMissing && (dir.Mode == nil || *dir.Mode == 0o755) && (isMade || dir.Owner == "") {
			continue
		}
		f.spec.addFile(new(entry).text("path", dir.Path).text("type", "directory").mode("mode", dir.Mode).text("owner", dir.Owner).
			flag("merge", dir.IfMissing).flow())
	}
	if c.Parents {
		f.lose(f.name, i.Line, "copy the files one by one, and give the directories that lead to them as the image has them",
			"COPY --parents --from: a spec copies %s without the directories that lead to it", c.Source)
	}
	e.text("path", to)
	switch {
	case c.Content != nil:
		if mayBeDirectory {
			f.tell(f.name, i.Line, "if it is a directory at that point, add the name of the file to the path", "%s is taken for the file", to)
		}
		mayBeDirectory = false
		e.exact("content", *c.Content)
	case c.From != "":
		e.text("from", f.imageOf(i, c)).text("source", c.Source).words("exclude", c.Exclude)
	case c.IsTree:
		e.text("tree", source)
		e.words("exclude", f.excluded(c))
	case c.IsArchive && !isURL:
		e.text("archive", source)
	case isURL:
		sum := c.SHA256
		if sum == "" {
			sum = f.sumOf(f.name, i.Line, "the file", c.Source)
		}
		e.text("url", c.Source).text("sha256", sum)
		if c.IsArchive {
			e.text("archive", "tar")
		}
	default:
		e.text("source", source)
	}
	switch {
	case c.IsArchive: // --chmod says nothing about what is in it
	case isDirectory && c.Mode != nil:
		e.nest("modes", new(entry).mode("files", c.Mode).mode("directories", c.Mode))
	case c.From != "" && c.Mode != nil:
		e.mode("mode", c.Mode).nest("modes", new(entry).mode("files", c.Mode).mode("directories", c.Mode))
	default:
		e.mode("mode", c.Mode)
	}
	if c.ModeText != "" {
		f.lose(f.name, i.Line, "give the mode as a number", "--chmod=%s: a spec has no symbolic modes", c.ModeText)
	}
	e.text("owner", c.Owner)
	merges := isDirectory || c.From != "" || c.Owner != "" // an owner is also that of directories above that are missing
	f.spec.addFile(e.flag("merge", merges || mayBeDirectory).flow())
}

// isFileName reports whether a destination is a file for certain, not a directory that the file goes into: it has the file's own name, or
// an ending, or it is among programs.
func isFileName(to, name string) bool {
	base := path.Base(to)
	if base == name || strings.Contains(strings.TrimPrefix(base, "."), ".") && !strings.HasSuffix(base, ".d") {
		return true
	}
	return slices.Contains([]string{"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"}, path.Dir(to))
}

// imageOf returns the reference of the image that something is copied from.
func (f *fromDockerfile) imageOf(i *dockerfile.Instruction, c *dockerfile.Copy) string {
	if n, ok := stageOf(c.From); ok {
		name, image := f.file.StageName(n), f.layoutOf(n)
		layout := filepath.ToSlash(filepath.Join(f.context(), image))
		remedy := fmt.Sprintf("build that first: lamina convert --target %s -o %s.yaml %s; lamina build -f %s.yaml -o oci:%s:latest",
			name, name, f.name, name, layout)
		f.lose(f.name, i.Line, remedy,
			"COPY --from=%s: a spec has no stages, and takes the files from the image oci:%s:latest in the context directory", name, image)
		return "oci:" + image + ":latest"
	}
	ref, err := oci.ParseReference(c.From)
	if err != nil || ref.Path == "" {
		return c.From
	}
	if ref.Path = f.relative(f.context(), ref.Path); !filepath.IsLocal(filepath.FromSlash(ref.Path)) {
		f.lose(f.name, i.Line, "copy the image into the context directory, and correct the entry",
			"the image %s is outside of the context directory", c.From)
	}
	return ref.String()
}

// stageOf returns the number of a stage that something is copied from.
func stageOf(from string) (n int, ok bool) {
	number, ok := strings.CutPrefix(from, "stage:")
	if !ok {
		return 0, false
	}
	_, err := fmt.Sscan(number, &n)
	return n, err == nil
}

// layoutOf returns the directory in that of the context that stands for a stage: one of its name, unless that is the name of something else.
func (f *fromDockerfile) layoutOf(stage int) string {
	name := f.file.StageName(stage)
	for {
		place := filepath.Join(f.context(), name)
		_, err := os.Lstat(place)
		if _, layoutErr := os.Lstat(filepath.Join(place, "oci-layout")); err != nil || layoutErr == nil {
			return name
		}
		name += "-image"
	}
}

// excluded returns the patterns for what a tree leaves out: those of --exclude, and of .dockerignore from that directory on.
func (f *fromDockerfile) excluded(c *dockerfile.Copy) []string {
	if c.Context != f.options.Dockerfile.Context {
		return c.Exclude
	}
	excluded := append(slices.Clone(c.Exclude), patternsBelow(f.file.Ignored(), c.Source)...)
	if c.Source != "." {
		return excluded
	}
	for _, i := range f.all { // images of stages are there when the spec is built
		for _, other := range i.Copies {
			n, ok := stageOf(other.From)
			if name := f.layoutOf(n); ok && !slices.Contains(excluded, name) {
				excluded = append(excluded, name)
			}
		}
	}
	return excluded
}

// patternsBelow returns patterns of .dockerignore as they are from a directory on.
func patternsBelow(patterns []string, dir string) []string {
	if dir == "." {
		return patterns
	}
	components := strings.Split(dir, "/")
	var below []string
	for _, pattern := range patterns {
		text, isNegated := strings.CutPrefix(pattern, "!")
		for _, rest := range restsOf(strings.Split(filepath.ToSlash(text), "/"), components) {
			if isNegated {
				rest = "!" + rest
			}
			below = append(below, rest)
		}
	}
	return slices.Compact(below)
}

// restsOf returns what is left of a pattern once its beginning has matched the components of a directory.
func restsOf(pattern, components []string) []string {
	switch {
	case len(pattern) == 0:
		return nil // it matches the directory itself, or one above it, which COPY does not take then
	case len(components) == 0:
		return []string{strings.Join(pattern, "/")}
	case pattern[0] == "**":
		rests := restsOf(pattern, components[1:])
		return append(rests, restsOf(pattern[1:], components)...)
	}
	if ok, err := path.Match(pattern[0], components[0]); err != nil || !ok {
		return nil
	}
	return restsOf(pattern[1:], components[1:])
}
