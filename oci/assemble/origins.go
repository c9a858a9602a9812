package assemble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/download"
	"github.com/lamina-oci/lamina/oci/assemble/internal/origin"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/transport"
)

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
		files, err := origin.Matching(image, f, o)
		if err == nil {
			err = origin.Keep(files, p.spool)
		}
		if err != nil && p.stages.isWithheld {
			return nil, nil // the file may be of a package
		}
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", o.Path, cmp.Or(o.ImageName, o.Image), diskio.Reason(err))
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
		var err error
		if f.Content, f.Size, err = p.downloads.File(ctx, o.URL, o.SHA256); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	if !o.Archive {
		return []stage.File{f}, nil
	}
	content := f.Content
	f.Content, f.Size = nil, 0
	unpacked, err := origin.Unpack(content, p.spool)
	if err != nil {
		return nil, hint.Default(fmt.Errorf("archive for %s: %w", f.Path, err), "an archive is a tar, plain or with gzip, zstd, bzip2 or xz, or a zip")
	}
	files, err := origin.Files(unpacked, "/", f, o)
	if err == nil && len(files) == 1 && len(o.Include) > 0 {
		err = fmt.Errorf("nothing in it matches %s", strings.Join(o.Include, ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("archive for %s: %w", f.Path, err)
	}
	return files, nil
}

// download answers a request of a command.
func (p *Plan) download(ctx context.Context, r script.Request) (*script.Response, error) {
	if p.stages.isWithheld {
		known, err := p.downloads.Known(r)
		if known == nil && err == nil {
			err = errWithheld
		}
		return known, err
	}
	response, err := p.downloads.Read(ctx, r)
	return response, inLock(err)
}

// downloadFile returns what a URL leads to, as download does for a command.
func (p *Plan) downloadFile(ctx context.Context, url string) (tree.Content, int64, error) {
	response, err := p.download(ctx, script.Request{URL: url})
	if err != nil {
		return nil, 0, err
	}
	return download.Content(response, url)
}

// lockedDownloads returns what was read by URL, for the lock. A record has the files of ADD themselves.
func (p *Plan) lockedDownloads() ([]lock.Download, error) {
	if p.isRebuild {
		return slices.Clone(p.locked.Downloads), nil
	}
	list, err := p.downloads.Locked()
	return list, inLock(err)
}

// inLock gives an error of downloads that is the lock's its part.
func inLock(err error) error {
	if errors.As(err, new(*download.LockError)) {
		return in(PartLock, err)
	}
	return err
}

// sourceImage returns the files of an image for the plan's platform. With a lock, it is the one that the lock has.
func (p *Plan) sourceImage(ctx context.Context, text, name string) (*tree.Tree, error) {
	if known := p.images[name]; known != nil {
		return known.Files, nil
	}
	if s := p.spec.Stages[text]; s != nil {
		return p.stageFor(ctx, text, s)
	}
	var want *lock.Image
	if p.locked != nil {
		i := slices.IndexFunc(p.locked.Images, func(image lock.Image) bool { return image.Reference == name })
		if i < 0 {
			return nil, in(PartLock, fmt.Errorf("the lock does not have the image %s", name))
		}
		want = &p.locked.Images[i]
	}
	image, err := origin.OpenImage(ctx, text, want, p.Base.Platform, p.vendored, transport.Options{Cache: p.env.Cache, Registries: p.env.Registries})
	if errors.As(err, new(*origin.LockError)) {
		return nil, in(PartLock, err)
	}
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, image.Base.Close)
	p.newestSource = max(p.newestSource, image.Newest)
	if p.images == nil {
		p.images = make(map[string]*origin.Image)
	}
	image.Locked.Reference = name
	p.images[name] = image
	return image.Files, nil
}

// lockedImages lists the images that files come from, by their references. A record has the files themselves.
func (p *Plan) lockedImages() []lock.Image {
	if p.isRebuild {
		return slices.Clone(p.locked.Images)
	}
	var list []lock.Image
	for _, image := range p.images {
		list = append(list, image.Locked)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Reference < list[j].Reference })
	return list
}
