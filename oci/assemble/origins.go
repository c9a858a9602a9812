package assemble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
)

// sourceImage is an image that files of the request come from.
type sourceImage struct {
	locked lock.Image
	tree   *tree.Tree
	base   *oci.Base // open until the plan is closed
}

// fetchOrigins puts the files of images, URLs and archives in the places of those that the spec says to come from there.
func (p *Plan) fetchOrigins(ctx context.Context) error {
	s, err := p.spec.Expand(func(f stage.File) ([]stage.File, error) {
		if f.Origin == nil {
			return []stage.File{f}, nil
		}
		return p.fetchOrigin(ctx, f)
	})
	if err != nil {
		return in(PartFile, err)
	}
	p.spec = s
	return nil
}

func (p *Plan) fetchOrigin(ctx context.Context, f stage.File) ([]stage.File, error) {
	o := f.Origin
	f.Origin = nil
	if p.stages.isWithheld && p.spec.Stages[o.Image] == nil && o.Image+o.URL != "" {
		return nil, nil // the build is refused: only what else is refused matters
	}
	if o.Image != "" {
		image, err := p.sourceImage(ctx, o.Image, cmp.Or(o.ImageName, o.Image))
		if err != nil {
			return nil, err
		}
		files, err := expandAll(image, f, o)
		if err == nil {
			err = p.keep(files)
		}
		if err != nil && p.stages.isWithheld {
			return nil, nil // the file may be of a package
		}
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", o.Path, cmp.Or(o.ImageName, o.Image), err)
		}
		return files, nil
	}
	if o.URL != "" {
		if o.SHA256 == "" {
			var err error
			if f.Content, f.Size, err = p.downloadFile(ctx, o.URL); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Path, err)
			}
			return []stage.File{f}, nil
		}
		dirs, err := p.vendored.files(ctx, o.SHA256)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		if err := p.useFile(ctx, o.URL, o.SHA256, dirs); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		name := p.files[o.SHA256]
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		f.Content, f.Size = localFile(name), info.Size()
	}
	if !o.Archive {
		return []stage.File{f}, nil
	}
	content := f.Content
	f.Content, f.Size = nil, 0
	unpacked, err := p.unpack(content)
	if err != nil {
		return nil, hint.Default(fmt.Errorf("archive for %s: %w", f.Path, err), "an archive is a tar, plain or with gzip, zstd, bzip2 or xz, or a zip")
	}
	files, err := expandTree(unpacked, "/", f, o)
	if err == nil && len(files) == 1 && len(o.Include) > 0 {
		err = fmt.Errorf("nothing in it matches %s", strings.Join(o.Include, ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("archive for %s: %w", f.Path, err)
	}
	return files, nil
}

// keep takes the contents of files out of the layers and packages that they are in, which can only be read from their beginnings.
func (p *Plan) keep(files []stage.File) error {
	var contents []tree.Content
	places := make(map[tree.Content][]int) // several for hard links
	for i, f := range files {
		if _, ok := f.Content.(tree.Streamed); !ok {
			continue
		}
		if places[f.Content] == nil {
			contents = append(contents, f.Content)
		}
		places[f.Content] = append(places[f.Content], i)
	}
	return tree.ReadContents(contents, func(i int, r io.Reader) error {
		kept, err := p.spool.Keep(r)
		for _, place := range places[contents[i]] {
			files[place].Content = kept
		}
		return err
	})
}

// useFile fetches a file of a known SHA-256, unless a directory or the cache has it, and notes its place in files.
func (p *Plan) useFile(ctx context.Context, url, sum string, dirs []string) error {
	name, err := p.env.Client.File(ctx, url, sum, dirs...)
	if err != nil {
		return err
	}
	if p.files == nil {
		p.files = make(map[string]string)
	}
	p.files[sum] = name
	return nil
}

// localFile is the content of a file that does not change.
type localFile string

func (f localFile) Open() (io.ReadCloser, error) { return os.Open(string(f)) }

// sourceImage returns the files of an image for the plan's platform. With a lock, it is the one that the lock has.
func (p *Plan) sourceImage(ctx context.Context, text, name string) (*tree.Tree, error) {
	if known := p.images[name]; known != nil {
		return known.tree, nil
	}
	if s := p.spec.Stages[text]; s != nil {
		return p.stageFor(ctx, text, s)
	}
	ref, err := oci.ParseReference(text)
	if err != nil {
		return nil, err
	}
	asked := ref
	var want *lock.Image
	if p.locked != nil {
		i := slices.IndexFunc(p.locked.Images, func(image lock.Image) bool { return image.Reference == name })
		if i < 0 {
			return nil, in(PartLock, fmt.Errorf("the lock does not have the image %s", name))
		}
		if want = &p.locked.Images[i]; ref.Transport == oci.TransportRegistry && !strings.Contains(ref.Name, "@") {
			ref.Name += "@" + want.Digest.String()
		}
	}
	var image *oci.Base
	if want != nil {
		image, err = p.vendored.openImage(ctx, asked, want.Digest, p.Base.Platform, p.env)
	}
	if image == nil && err == nil {
		image, err = transport.OpenBase(ctx, ref, p.Base.Platform, transport.Options{Cache: p.env.Cache, Registries: p.env.Registries})
	}
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, image.Close)
	if want != nil && want.Digest != image.Manifest.Digest {
		return nil, in(PartLock, fmt.Errorf("the image %s is %s, but the lock was made for %s", text, image.Manifest.Digest, want.Digest))
	}
	files := tree.New()
	for i, l := range image.Layers {
		if err := l.ReadInto(ctx, files); err != nil {
			return nil, fmt.Errorf("image %s: layer %d: %w", text, i+1, err)
		}
	}
	if p.images == nil {
		p.images = make(map[string]*sourceImage)
	}
	p.images[name] = &sourceImage{lock.Image{Reference: name, Digest: image.Manifest.Digest}, files, image}
	return files, nil
}

// lockedImages lists the images that files come from, by their references. A record has the files themselves.
func (p *Plan) lockedImages() []lock.Image {
	if p.isRebuild {
		return slices.Clone(p.locked.Images)
	}
	var list []lock.Image
	for _, image := range p.images {
		list = append(list, image.locked)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Reference < list[j].Reference })
	return list
}

// expandAll is expandTree for all that the origin's path matches.
func expandAll(from *tree.Tree, f stage.File, o *stage.Origin) ([]stage.File, error) {
	names := []string{o.Path}
	if o.IsPattern {
		var err error
		if names, err = from.Glob(o.Path); err != nil {
			return nil, err
		}
		if len(names) == 0 && !o.MayBeNone {
			return nil, hint.With(errors.New("nothing matches the pattern"), "correct the pattern")
		}
		if len(names) > 1 && !strings.HasSuffix(f.Path, "/") {
			return nil, hint.With(fmt.Errorf("%d files match the pattern, and the destination %s does not end in a slash", len(names), f.Path), "a destination that is a directory ends in a slash")
		}
	}
	var files []stage.File
	for _, name := range names {
		one := f
		one.Name = path.Base(name)
		if o.Parents != "" {
			below := strings.TrimPrefix("/"+strings.Trim(name, "/"), strings.TrimSuffix(o.Parents, "/")+"/")
			one.Path = path.Join(f.Path, path.Dir(below)) + "/"
			resolved, err := from.Resolve(strings.Trim(name, "/"), true)
			if err != nil {
				return nil, err
			}
			if n, err := from.Lstat(resolved); err == nil && n.Type == tree.Directory {
				one.Path = path.Join(f.Path, below)
			}
		}
		expanded, err := expandTree(from, name, one, o)
		if err != nil {
			return nil, err
		}
		files = append(files, expanded...)
	}
	return files, nil
}

// expandTree returns what a tree has at a path: one file, or a directory with all that is in it, which f says where to put.
func expandTree(from *tree.Tree, source string, f stage.File, o *stage.Origin) ([]stage.File, error) {
	resolved, err := from.Resolve(strings.Trim(source, "/"), true)
	if err != nil {
		return nil, err
	}
	top, err := from.Lstat(resolved)
	if err != nil {
		return nil, err
	}
	if top.Type != tree.Directory {
		if f.Mode == nil {
			f.Mode = &top.Mode
		}
		f.Content, f.Size = top.Content, top.Size
		if top.Type != tree.Regular {
			return nil, errors.New("is neither a file nor a directory")
		}
		return []stage.File{f}, nil
	}
	matcher, err := patternmatcher.New(o.Include)
	if err != nil {
		return nil, fmt.Errorf("include: %w", err)
	}
	excluded, err := patternmatcher.New(o.Exclude)
	if err != nil {
		return nil, fmt.Errorf("exclude: %w", err)
	}
	root := f
	if root.Name, root.Type, root.Mode = "", tree.Directory, o.DirectoryMode; o.Copied {
		root.Mode = nil
	}
	files := []stage.File{root}
	for name, n := range from.All() {
		relative, ok := strings.CutPrefix("/"+name, strings.TrimSuffix("/"+resolved, "/")+"/")
		if !ok || relative == "" {
			continue
		}
		if len(o.Include) > 0 {
			isIncluded, err := matcher.MatchesOrParentMatches(stripped(relative, o.Strip))
			if err != nil {
				return nil, err
			}
			if !isIncluded {
				continue
			}
		}
		if isExcluded, err := excluded.MatchesOrParentMatches(relative); err != nil || isExcluded {
			if err != nil {
				return nil, err
			}
			continue
		}
		if relative = stripped(relative, o.Strip); relative == "" {
			continue
		}
		file := stage.File{Path: path.Join(f.Path, relative), Type: n.Type, Owner: f.Owner}
		switch {
		case o.Copied && o.Archive:
			file.Owner = fmt.Sprintf("%d:%d", n.UID, n.GID)
		case o.Copied:
			file.Owner = cmp.Or(f.Owner, "0:0") // also of a directory that exists
		}
		mode := n.Mode
		switch n.Type {
		case tree.Directory:
			if file.Mode = o.DirectoryMode; file.Mode == nil {
				file.Mode = &mode
			}
		case tree.Symlink:
			if file.Target = n.Target; !o.Copied {
				file.Owner = ""
			}
		case tree.Regular:
			if file.Content, file.Size, file.Mode = n.Content, n.Size, o.FileMode; file.Mode == nil {
				file.Mode = &mode
			}
		default:
			return nil, fmt.Errorf("%s is a device, a socket or a pipe", name)
		}
		files = append(files, file)
	}
	return files, nil
}

// stripped returns a path without its first components, "" if it has no more.
func stripped(name string, components int) string {
	for range components {
		_, rest, ok := strings.Cut(name, "/")
		if !ok {
			return ""
		}
		name = rest
	}
	return name
}
