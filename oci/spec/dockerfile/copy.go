package dockerfile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/internal/filemode"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
	"github.com/lamina-oci/lamina/oci/spec/internal/specfile"
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

	to          string // absolute; with a slash at its end if it is a directory
	bits        *uint16
	symbolic    string                         // mode, as chmod takes it, in place of bits
	permissions *uint16                        // of directories that lead to the sources' places, where they are missing
	context     string                         // directory that sources lie in
	ignored     *patternmatcher.PatternMatcher // of it
	directories []stage.File                   // that are made for the next source
	parentsMade map[string]bool                // by --parents
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
		mode, err := specfile.ParseMode(c.mode)
		_, isSymbolic := filemode.Change(c.mode, 0, false, 0)
		switch {
		case err == nil:
			c.bits = &mode
		case isSymbolic:
			c.symbolic = c.mode
		default:
			return hint.Errorf("--chmod: %w", err).With("give the mode as chmod takes it, as in --chmod=755 or --chmod=u=rwX,go=rX")
		}
	}
	c.owner = ownerOf(c.owner)
	if strings.HasPrefix(c.owner, ":") {
		c.owner = "0" + c.owner
	}
	t.makeDirectories(c)
	sources := len(c.words.SourcePaths) + len(c.words.SourceContents)
	if sources > 1 && !strings.HasSuffix(c.to, "/") {
		return hint.Errorf("%d sources, and the destination %s does not end in a slash", sources, c.words.DestPath).With(
			"a destination that is a directory ends in a slash")
	}
	for _, content := range c.words.SourceContents {
		file := c.file(content.Path)
		file.Content, file.Size, file.Mode = tree.Bytes([]byte(content.Data)), int64(len(content.Data)), c.chmod(file.Mode, 0o644, false)
		t.step.Files = append(t.step.Files, file)
		t.copied(c, Copy{Path: c.to, Source: content.Path, Content: &content.Data, Mode: file.Mode})
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
		case strings.Contains(source, "://") && c.from == "":
			err = hint.Errorf("COPY %s: only ADD downloads", source).With("use ADD, with --checksum=sha256:…")
		case c.add != nil && c.add.Checksum != "":
			err = hint.Errorf("ADD --checksum: %s is not a URL", source).With("leave out --checksum: it is for downloads")
		default:
			err = t.copySource(c, source)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeDirectories has the directories that lead to the destination made for the owner and with the permissions of COPY, where they are missing.
func (t *translation) makeDirectories(c *copied) {
	if c.bits != nil && !t.beginsWithArchive(c) {
		permissions := *c.bits & 0o777
		c.permissions = &permissions
	}
	if c.owner == "" && c.permissions == nil {
		return
	}
	for i, r := range c.to {
		if r == '/' && i > 0 {
			t.makeDirectory(c, stage.File{Path: c.to[:i], Type: tree.Directory, Owner: c.owner, Mode: c.permissions, IfMissing: true})
		}
	}
}

// beginsWithArchive says whether the first source is one that ADD unpacks, for which --chmod says nothing.
func (t *translation) beginsWithArchive(c *copied) bool {
	if c.add == nil || len(c.words.SourcePaths) == 0 {
		return false
	}
	source := c.words.SourcePaths[0]
	if strings.Contains(source, "://") {
		return c.add.Unpack != nil && *c.add.Unpack
	}
	return c.unpacks(buildcontext.File{Dir: t.d.options.Context, Name: strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(source)), "/")})
}

// unpacks says whether ADD unpacks a file of the context.
func (c *copied) unpacks(file buildcontext.File) bool {
	return c.add != nil && (c.add.Unpack == nil || *c.add.Unpack) && isTar(file)
}

// makeDirectory adds a directory that a source needs.
func (t *translation) makeDirectory(c *copied, dir stage.File) {
	t.step.Files, c.directories = append(t.step.Files, dir), append(c.directories, dir)
}

// keepParents makes the directories that --parents keeps of a path, as BuildKit does: those that are missing get the owner and the mode of COPY, and
// those that exist, without --chmod, the mode of the context's, but not their owner.
func (t *translation) keepParents(c *copied, below string) {
	for i, r := range below {
		dir := path.Join(c.to, below[:i])
		if r != '/' || c.parentsMade[dir] {
			continue
		}
		if c.parentsMade == nil {
			c.parentsMade = make(map[string]bool)
		}
		c.parentsMade[dir] = true
		mode := uint16(0o755)
		made := stage.File{Path: dir, Type: tree.Directory, Owner: c.owner, Mode: c.bits, IfMissing: true}
		if c.bits == nil {
			made.Mode = c.chmod(&mode, 0, true)
		}
		if t.makeDirectory(c, made); c.bits == nil && c.symbolic == "" {
			t.makeDirectory(c, stage.File{Path: dir, Type: tree.Directory, Mode: &mode})
		}
	}
}

// copied adds what COPY or ADD says of one source.
func (t *translation) copied(c *copied, one Copy) {
	one.Owner, one.Directories = c.owner, c.directories
	t.copies, c.directories = append(t.copies, one), nil
}

// chmod returns the mode that a file or directory gets: that of a symbolic --chmod, or else the given one.
func (c *copied) chmod(mode *uint16, byDefault uint16, isDirectory bool) *uint16 {
	if c.symbolic == "" {
		return mode
	}
	if mode != nil {
		byDefault = *mode
	}
	changed, _ := filemode.Change(c.symbolic, byDefault, isDirectory, 0)
	return &changed
}

// file returns what a source of that name becomes, without content.
func (c *copied) file(name string) stage.File {
	return stage.File{Path: c.to, Name: path.Base(name), Owner: c.owner, Mode: c.bits, IfMissing: true}
}

// copyFrom copies from a stage or an image, which is done when the build is, or else finds the directory that a named context is.
func (t *translation) copyFrom(c *copied) (isDirectory bool, err error) {
	image, isGiven := t.d.context(c.from)
	name := ""
	number := t.d.stage(c.from, t.number)
	switch {
	case isGiven:
		if info, err := os.Stat(image); err == nil && info.IsDir() {
			c.context, c.ignored = image, new(patternmatcher.PatternMatcher)
			return true, nil
		}
		if _, err := oci.ParseReference(image); err != nil {
			return false, hint.Errorf("--build-context %s: %q is neither a directory nor the reference of an image", c.from, image).With(
				"give NAME=DIR, NAME=docker://IMAGE or NAME=oci:DIR")
		}
	case number >= 0:
		image, name = "stage:"+fmt.Sprint(number), "stage "+c.from
		s, err := t.d.specOf(number)
		if err != nil {
			return false, err
		}
		if t.spec.Stages == nil {
			t.spec.Stages = make(map[string]*spec.Spec)
		}
		t.spec.Stages[image] = s
	default:
		if err := t.noStage(c.from); err != nil {
			return false, err
		}
		if _, err := imageOf(c.from); err != nil {
			return false, fmt.Errorf("--from=%s: %w", c.from, err)
		}
		image = Reference(c.from)
		if near := suggest.Near(c.from, slices.Values(t.d.stageNames(t.number))); len(near) > 0 {
			t.step.SetRemedy(fmt.Sprintf("did you mean the stage %s?", near[0]))
		}
	}
	for _, source := range c.words.SourcePaths {
		file := c.file(source)
		parents := ""
		if c.parents {
			parents = pivot("/" + source)
		}
		file.Origin = &stage.Origin{
			Image: image, ImageName: name, Path: path.Clean("/" + source),
			IsPattern: strings.ContainsAny(source, "*?["), MayBeNone: len(c.words.SourcePaths) > 1,
			Parents: parents, Exclude: c.exclude, FileMode: c.bits, DirectoryMode: c.bits, ModeText: c.symbolic, Copied: true,
		}
		t.step.Files = append(t.step.Files, file)
		t.copied(c, Copy{
			Path: c.to, Source: file.Origin.Path, From: image, Exclude: c.exclude, Parents: c.parents, Mode: c.bits, ModeText: c.symbolic,
		})
	}
	return false, nil
}

// pivot returns the directory of a source from which on --parents keeps directories: that before "/./", or the root.
func pivot(source string) string {
	above, _, ok := strings.Cut(source, "/./")
	if !ok {
		return "/"
	}
	return path.Clean("/" + above)
}

// noStage returns an error if a name can only mean a stage, but not one that comes before.
func (t *translation) noStage(name string) error {
	number := t.d.stage(name, len(t.d.stages))
	switch _, err := strconv.ParseUint(name, 10, 32); {
	case strings.Contains(name, "$"):
		return hint.Errorf("--from=%s: has no variables, as with docker", name).With(
			"add a stage, and copy from it: FROM " + name + " AS NAME, with the ARG before the first FROM")
	case number == t.number:
		return hint.Errorf("--from=%s: is this stage itself", name).With("copy from a stage that comes before, or with RUN cp within this one")
	case number >= 0:
		return hint.Errorf("--from=%s: the stage comes later in the file", name).With("move that stage before this one")
	case err == nil:
		return hint.Errorf("--from=%s: no stage before this one has the number", name).With(
			fmt.Sprintf("stages are counted from 0, and this is %d", t.number))
	}
	return nil
}

// copySource copies what a pattern matches in the context directory.
func (t *translation) copySource(c *copied, source string) error {
	pattern := strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(source)), "/")
	if pattern == "" {
		pattern = "."
	}
	root, err := buildcontext.File{Dir: c.context}.Root()
	if err != nil {
		return buildcontext.File{Dir: c.context, Name: pattern}.Explain(c.to, err)
	}
	defer root.Close()
	names := []string{pattern}
	if strings.ContainsAny(pattern, `*?[\`) {
		if c.parents && strings.Contains(pattern, "**") {
			names, err = c.deepMatches(root.FS(), pattern)
		} else {
			names, err = fs.Glob(root.FS(), pattern)
		}
		if err != nil {
			return hint.Errorf("source %q: %w", source, err).With("write a backslash before a *, ? or [ that is part of the name")
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
			if target, linkErr := root.Readlink(filepath.FromSlash(name)); linkErr == nil && errors.Is(err, fs.ErrNotExist) {
				return hint.Errorf("source %q is a symbolic link to %s, which does not exist in the context directory %s",
					name, target, filepath.Clean(c.context)).With(
					"COPY follows links that are sources: correct the link, or copy the directory that it is in, which keeps links")
			}
			return buildcontext.File{Dir: c.context, Name: name}.Explain(c.to, err)
		}
		if isIgnored && !(info.IsDir() && c.ignored.Exclusions()) {
			continue
		}
		found = true
		below := strings.TrimPrefix(strings.TrimPrefix("/"+name, strings.TrimSuffix(pivot(filepath.ToSlash(source)), "/")), "/")
		if err := t.copyName(c, name, below, info); err != nil {
			return err
		}
	}
	if !found && strings.ContainsAny(pattern, `*?[`) && len(c.words.SourcePaths) > 1 {
		return nil // as long as there are other sources
	}
	if !found {
		return t.noSource(c, root.FS(), source, pattern, len(names) > 0)
	}
	return nil
}

// noSource is the error for a source that is not in the context directory, or excluded from it.
func (t *translation) noSource(c *copied, context fs.FS, source, pattern string, isExcluded bool) error {
	reason, remedy := "does not exist in", "the context directory is the last argument of the command"
	if c.from != "" {
		remedy = fmt.Sprintf("that directory is from --build-context %s", c.from)
	}
	clean := path.Clean(filepath.ToSlash(source))
	switch {
	case isExcluded:
		reason, remedy = "is excluded by "+t.d.ignores+" from", fmt.Sprintf("add a line to %s: !%s", t.d.ignores, pattern)
	case clean == ".." || strings.HasPrefix(clean, "../"):
		remedy = "sources lie in the context directory: give one that has it as the last argument, and write paths from there"
	case strings.ContainsAny(pattern, "*?["):
		reason = "matches nothing in"
	default:
		entries, _ := fs.ReadDir(context, path.Dir(pattern))
		names := make([]string, len(entries))
		for i, entry := range entries {
			names[i] = entry.Name()
		}
		if near := suggest.Near(path.Base(pattern), slices.Values(names)); len(near) > 0 {
			remedy = fmt.Sprintf("did you mean %s?", path.Join(path.Dir(pattern), near[0]))
		}
	}
	return hint.Errorf("source %q %s the context directory %s", source, reason, filepath.Clean(c.context)).With(remedy)
}

// deepMatches returns what a pattern of "COPY --parents" matches, in which "**" stands for any number of directories. It does not look into
// directories that are ignored.
func (c *copied) deepMatches(context fs.FS, pattern string) (names []string, err error) {
	matcher, err := patternmatcher.New([]string{pattern})
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(context, ".", func(name string, entry fs.DirEntry, err error) error {
		if name == "." {
			return err
		}
		path := filepath.FromSlash(name)
		if isIgnored, ignoredErr := c.ignored.MatchesOrParentMatches(path); ignoredErr == nil && isIgnored && entry.IsDir() && !c.ignored.Exclusions() {
			return fs.SkipDir
		}
		if err != nil {
			return err
		}
		isMatch, err := matcher.MatchesOrParentMatches(path)
		if isMatch {
			if names = append(names, name); entry.IsDir() {
				return fs.SkipDir // its files go with it
			}
		}
		return err
	})
	return names, err
}

// copyName copies a file or a directory of the context. With --parents, below is its path in the destination.
func (t *translation) copyName(c *copied, name, below string, info fs.FileInfo) error {
	to := c.to
	if c.parents {
		to = path.Join(c.to, path.Dir(below)) + "/"
		t.keepParents(c, below)
	}
	if info.IsDir() {
		if c.parents {
			to = path.Join(c.to, below)
		}
		source := buildcontext.Tree{
			Source: buildcontext.File{Dir: c.context, Name: filepath.FromSlash(name)}, Path: path.Clean(to), Owner: c.owner, Exclude: c.exclude,
			FileMode: c.bits, DirectoryMode: c.bits, Copied: true,
		}
		files, err := source.Files(c.ignored)
		for i := range files {
			switch file := &files[i]; {
			case i == 0 && c.parents: // one of those below the destination
				mode := uint16(0o755)
				if file.IfMissing, file.Owner = false, cmp.Or(c.owner, "0:0"); file.Mode == nil {
					file.Mode = c.chmod(&mode, 0, true)
				}
			case i == 0:
				file.Mode = c.permissions
			case file.Type == tree.Directory:
				file.Mode = c.chmod(file.Mode, 0o755, true)
			case file.Type == tree.Regular:
				file.Mode = c.chmod(file.Mode, 0o644, false)
			}
		}
		t.step.Files = append(t.step.Files, files...)
		t.copied(c, Copy{Path: to, Source: name, Context: c.context, Exclude: c.exclude, IsTree: true, Mode: c.bits, ModeText: c.symbolic})
		return err
	}
	source := buildcontext.File{Dir: c.context, Name: filepath.FromSlash(name)}
	info, err := source.Stat()
	if err != nil {
		return source.Explain(to, err)
	}
	file := c.file(name)
	if file.Path, file.Content, file.Size = to, source, info.Size(); file.Mode == nil {
		file.Mode = c.chmod(buildcontext.Executable(info), 0o644, false)
	}
	if c.unpacks(source) {
		file.Path, file.Name, file.Mode = path.Clean(to), "", nil
		file.Origin = &stage.Origin{Archive: true, Copied: true}
	}
	t.step.Files = append(t.step.Files, file)
	mode := c.bits
	if c.symbolic != "" {
		mode = file.Mode
	}
	t.copied(c, Copy{Path: to, Source: name, Context: c.context, Mode: mode, IsArchive: file.Origin != nil})
	return nil
}
