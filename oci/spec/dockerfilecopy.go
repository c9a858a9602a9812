package spec

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// copied is what COPY or ADD says.
type copied struct {
	words   instructions.SourcesAndDest
	from    string // stage, named context or image; "" for the context directory
	owner   string
	mode    string
	exclude []string
	parents bool
	add     *instructions.AddCommand // nil for COPY

	to      string // absolute; with a slash at its end if it is a directory
	bits    *uint16
	context string                         // directory that sources lie in
	ignored *patternmatcher.PatternMatcher // of it
}

// copy makes a step of COPY or ADD.
func (t *translation) copy(c *copied) error {
	err := t.copyFiles(c)
	t.add()
	return err
}

// copyFiles adds to the step what COPY, ADD or a mount copies.
func (t *translation) copyFiles(c *copied) error {
	c.to = c.words.DestPath
	if !path.IsAbs(c.to) {
		isDirectory := strings.HasSuffix(c.to, "/") || path.Base(c.to) == "." || path.Base(c.to) == ".."
		if c.to = path.Join(t.dir, c.to); isDirectory && c.to != "/" {
			c.to += "/"
		}
	}
	if c.mode != "" {
		mode, err := parseMode(c.mode)
		if err != nil {
			return hint.With(fmt.Errorf("--chmod: %w", err), "give the mode as a number, as in --chmod=755")
		}
		c.bits = mode.pointer()
	}
	if c.owner != "" && !strings.Contains(c.owner, ":") && strings.Trim(c.owner, "0123456789") == "" {
		c.owner += ":" + c.owner
	}
	sources := len(c.words.SourcePaths) + len(c.words.SourceContents)
	if sources > 1 && !strings.HasSuffix(c.to, "/") {
		return hint.With(fmt.Errorf("%d sources, and the destination %s does not end in a slash", sources, c.words.DestPath), "a destination that is a directory ends in a slash")
	}
	for _, content := range c.words.SourceContents {
		file := c.file(content.Path)
		file.Content, file.Size = tree.Bytes([]byte(content.Data)), int64(len(content.Data))
		t.step.Files = append(t.step.Files, file)
		t.copies = append(t.copies, Copy{Path: c.to, Source: content.Path, Content: &content.Data, Owner: c.owner, Mode: c.bits})
	}
	c.context, c.ignored = t.d.options.Context, t.d.ignored
	if c.from != "" {
		isDirectory, err := t.copyFrom(c)
		if !isDirectory || err != nil {
			return err
		}
	}
	for _, source := range c.words.SourcePaths {
		var err error
		switch isURL := strings.Contains(source, "://") || strings.HasPrefix(source, "git@"); {
		case isURL && c.add != nil:
			err = t.addURL(c, source)
		default:
			err = t.copySource(c, source)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file returns what a source of that name becomes, without content.
func (c *copied) file(name string) stage.File {
	return stage.File{Path: c.to, Name: path.Base(name), Owner: c.owner, Mode: c.bits, IfMissing: true}
}

// copyFrom copies from a stage or an image, which is done when the build is, or else finds the directory that a named context is.
func (t *translation) copyFrom(c *copied) (isDirectory bool, err error) {
	image, isGiven := t.d.options.Contexts[c.from]
	number := t.d.stage(c.from, t.number)
	switch {
	case isGiven:
		if info, err := os.Stat(image); err == nil && info.IsDir() {
			c.context, c.ignored = image, new(patternmatcher.PatternMatcher)
			return true, nil
		}
		if _, err := oci.ParseReference(image); err != nil {
			return false, hint.With(fmt.Errorf("--build-context %s: %q is neither a directory nor the reference of an image", c.from, image), "give NAME=DIR, NAME=docker://IMAGE or NAME=oci:DIR")
		}
	case number >= 0:
		image = "stage:" + fmt.Sprint(number)
		s, err := t.d.specOf(number)
		if err != nil {
			return false, err
		}
		if t.spec.Stages == nil {
			t.spec.Stages = make(map[string]*Spec)
		}
		t.spec.Stages[image] = s
	default:
		image = DockerReference(c.from)
	}
	if c.parents || len(c.exclude) > 0 {
		return false, errors.New("COPY --from with --parents or --exclude: not supported")
	}
	for _, source := range c.words.SourcePaths {
		if strings.ContainsAny(source, "*?[") {
			return false, hint.With(fmt.Errorf("COPY --from=%s %s: patterns are not supported there", c.from, source), "name the directory, or each file")
		}
		file := c.file(source)
		file.Origin = &stage.Origin{Image: image, Path: path.Clean("/" + source), FileMode: c.bits, DirectoryMode: c.bits}
		t.step.Files = append(t.step.Files, file)
		t.copies = append(t.copies, Copy{Path: c.to, Source: file.Origin.Path, From: image, Owner: c.owner, Mode: c.bits})
	}
	return false, nil
}

// copySource copies what a pattern matches in the context directory.
func (t *translation) copySource(c *copied, source string) error {
	pattern := strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(source)), "/")
	if pattern == "" {
		pattern = "."
	}
	root, err := contextFile{dir: c.context}.root()
	if err != nil {
		return contextFile{c.context, pattern}.explain(c.to, err)
	}
	defer root.Close()
	names := []string{pattern}
	if strings.ContainsAny(pattern, `*?[\`) {
		if names, err = fs.Glob(root.FS(), pattern); err != nil {
			return fmt.Errorf("source %q: %w", source, err)
		}
	} else if _, err := root.Lstat(filepath.FromSlash(pattern)); errors.Is(err, fs.ErrNotExist) {
		names = nil
	}
	found := false
	for _, name := range names {
		isIgnored := false
		if name != "." {
			if isIgnored, err = c.ignored.MatchesOrParentMatches(filepath.FromSlash(name)); err != nil {
				return err
			}
		}
		info, err := root.Stat(filepath.FromSlash(name))
		if err != nil {
			return contextFile{c.context, name}.explain(c.to, err)
		}
		if isIgnored && !(info.IsDir() && c.ignored.Exclusions()) {
			continue
		}
		found = true
		if err := t.copyName(c, name, info); err != nil {
			return err
		}
	}
	if !found {
		reason := "does not exist in"
		if len(names) > 0 {
			reason = "is excluded by .dockerignore from"
		}
		return hint.With(fmt.Errorf("source %q %s the context directory %s", source, reason, filepath.Clean(c.context)), "the context directory is the last argument of the command")
	}
	return nil
}

// copyName copies a file or a directory of the context.
func (t *translation) copyName(c *copied, name string, info fs.FileInfo) error {
	to := c.to
	if c.parents {
		to = path.Join(c.to, path.Dir(name)) + "/"
	}
	if info.IsDir() {
		if c.parents {
			to = path.Join(c.to, name)
		}
		entry := &fileEntry{Path: path.Clean(to), Tree: name, Owner: c.owner, Exclude: c.exclude}
		if c.bits != nil {
			mode := fileMode(*c.bits)
			entry.Modes.Files, entry.Modes.Directories = &mode, &mode
		}
		files, err := (&Document{context: c.context}).treeBut(entry, c.ignored)
		for i := range files {
			files[i].IfMissing = true
		}
		t.step.Files = append(t.step.Files, files...)
		t.copies = append(t.copies, Copy{Path: to, Source: name, Context: c.context, Owner: c.owner, Mode: c.bits, Exclude: c.exclude, IsTree: true})
		return err
	}
	source := contextFile{c.context, filepath.FromSlash(name)}
	info, err := source.stat()
	if err != nil {
		return source.explain(to, err)
	}
	file := c.file(name)
	if file.Path, file.Content, file.Size = to, source, info.Size(); file.Mode == nil {
		file.Mode = executable(info)
	}
	if c.add != nil && isTar(source) && (c.add.Unpack == nil || *c.add.Unpack) {
		file.Path, file.Name, file.Mode = path.Clean(to), "", nil
		file.Origin = &stage.Origin{Archive: true, FileMode: c.bits, DirectoryMode: c.bits}
	}
	t.step.Files = append(t.step.Files, file)
	t.copies = append(t.copies, Copy{Path: to, Source: name, Context: c.context, Owner: c.owner, Mode: c.bits, IsArchive: file.Origin != nil})
	return nil
}

// addURL downloads a file, of which the checksum must be known: else the image would be whatever the server says that day.
func (t *translation) addURL(c *copied, source string) error {
	sum, ok := strings.CutPrefix(c.add.Checksum, "sha256:")
	if !ok {
		return hint.With(fmt.Errorf("ADD %s: needs the checksum of what is downloaded", source), "give it: ADD --checksum=sha256:HEX URL DESTINATION")
	}
	file := c.file(source)
	file.Origin = &stage.Origin{URL: source, SHA256: sum}
	if file.Mode == nil {
		mode := uint16(0o600) // as docker has it for downloads
		file.Mode = &mode
	}
	t.step.Files = append(t.step.Files, file)
	t.copies = append(t.copies, Copy{Path: c.to, Source: source, SHA256: sum, Owner: c.owner, Mode: file.Mode})
	return nil
}

// isTar says whether a file is a tar, plain or compressed, as ADD looks at it.
func isTar(file contextFile) bool {
	content, err := file.Open()
	if err != nil {
		return false
	}
	defer content.Close()
	plain, _, err := oci.Decompress(content)
	if err != nil {
		return false
	}
	defer plain.Close()
	_, err = tar.NewReader(plain).Next()
	return err == nil
}
