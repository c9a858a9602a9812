package recorded

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sort"

	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Request describes what a spec asks for on a platform, for the record of an image whose files are staged over the base's. The contents
// of files of the spec that the image no longer has are in it, up to 64 KiB of a file and 8 MiB of all: an image that needs more cannot be
// rebuilt from its record alone.
func Request(s *spec.Spec, platform oci.Platform, base, staged *tree.Tree) (record.Request, error) {
	r := record.Request{
		Platform: platform.String(), Packages: listed(slices.Sorted(slices.Values(s.Packages))), Upgrade: s.Upgrade, Files: []record.File{},
		Config: s.Config, Annotations: s.Annotations, SkipScripts: listed(s.SkippedOn(platform)), StepsOnly: s.SkipsAPK(),
	}
	r.LeaveOut = slices.Sorted(slices.Values(s.LeaveOut))
	for _, k := range s.Keys {
		r.Keys = append(r.Keys, record.Key{Name: k.Name, PEM: string(k.PEM)})
	}
	sort.Slice(r.Keys, func(i, j int) bool {
		return cmp.Or(cmp.Compare(r.Keys[i].Name, r.Keys[j].Name), cmp.Compare(r.Keys[i].PEM, r.Keys[j].PEM)) < 0
	})
	r.Keys = slices.Compact(r.Keys)
	if r.Annotations == nil {
		r.Annotations = map[string]string{}
	}
	switch s.Base.Transport {
	case oci.TransportRegistry, oci.TransportScratch:
		r.Base = s.Base.String()
	}
	if !s.Created.IsZero() {
		seconds := s.Created.Unix()
		r.SourceDateEpoch = &seconds
	}
	r.OSRelease = s.OSRelease
	r.Groups, r.Users, r.Run, r.Remove = s.Groups, s.Users, s.Run, s.Remove
	var err error
	files := fileRecorder{inLayer: contentsInLayer(s, base, staged), left: maxRecordedContents}
	if r.Before, err = files.add(r.Before, s.Before); err != nil {
		return r, err
	}
	if r.Files, err = files.add(r.Files, s.Files); err != nil {
		return r, err
	}
	for i := range s.Steps {
		s := &s.Steps[i]
		added, err := files.add(nil, s.Files)
		if err != nil {
			return r, err
		}
		r.Steps = append(r.Steps, record.Step{
			Packages: s.Packages, Upgrade: s.Upgrade, Groups: s.Groups, Users: s.Users, Files: added,
			Run: s.Run, Remove: s.Remove, Env: s.Env, User: s.User, Bash: s.Bash, Dir: s.Dir, Mounts: s.Mounts, IsContainer: s.IsContainer,
		})
	}
	return r, nil
}

// listed is a list that is never null in JSON.
func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// contentsInLayer says of the contents of the spec's files whether a rebuild finds them in the layer, so that a record need not have them.
func contentsInLayer(s *spec.Spec, base, staged *tree.Tree) map[tree.Content]bool {
	contents := make(map[tree.Content]bool)
	note := func(files []stage.File) {
		for _, f := range files {
			if f.Content != nil && reflect.TypeOf(f.Content).Comparable() {
				contents[f.Content] = false
			}
		}
	}
	note(s.Before)
	note(s.Files)
	for i := range s.Steps {
		note(s.Steps[i].Files)
	}
	if len(contents) == 0 {
		return nil
	}
	for name, n := range staged.All() {
		if n.Type != tree.Regular || n.Content == nil || !reflect.TypeOf(n.Content).Comparable() {
			continue
		}
		if isKnown, ok := contents[n.Content]; !ok || isKnown {
			continue
		}
		// A file that the base has just so is not in the layer.
		if below, err := base.Lstat(name); err != nil || below.Size != n.Size {
			contents[n.Content] = true
		}
	}
	return contents
}

// A fileRecorder describes files for a record, with the contents of those that something has changed or removed since.
type fileRecorder struct {
	inLayer map[tree.Content]bool
	left    int64 // bytes of contents that may follow
}

func (r *fileRecorder) add(list []record.File, files []stage.File) ([]record.File, error) {
	for _, f := range files {
		file, err := r.file(f)
		if err != nil {
			return nil, fmt.Errorf("read source of %s: %w", f.Path, err)
		}
		list = append(list, file)
	}
	return list, nil
}

// Bounds of the contents that a record has, in bytes: of a file and of all.
const (
	maxRecordedContent  = 64 << 10
	maxRecordedContents = 8 << 20
)

func (r *fileRecorder) file(f stage.File) (record.File, error) {
	file := record.File{
		Path: f.Path, Name: f.Name, Type: "file", Target: f.Target,
		Mode: f.Mode, ModeText: f.ModeText, Recursive: f.Recursive, IfMissing: f.IfMissing, Owner: f.Owner,
	}
	switch {
	case f.Action == stage.Append:
		file.Type = "append"
	case f.Action == stage.SetPermissions:
		file.Type = "permissions"
		return file, nil
	case f.Action == stage.Delete:
		file.Type = "absent"
		return file, nil
	case f.Action == stage.Link:
		file.Type = "hardlink"
		return file, nil
	case f.Type == tree.Directory:
		file.Type = "directory"
		return file, nil
	case f.Type == tree.Symlink:
		file.Type = "symlink"
		return file, nil
	}
	hash := sha256.New()
	if f.Content != nil {
		content, err := f.Content.Open()
		if err != nil {
			return file, err
		}
		defer content.Close()
		var kept bytes.Buffer
		to := io.Writer(hash)
		isInLayer := f.Action != stage.Append && reflect.TypeOf(f.Content).Comparable() && r.inLayer[f.Content]
		if !isInLayer && f.Size <= min(maxRecordedContent, r.left) {
			r.left -= f.Size
			to = io.MultiWriter(hash, &kept)
		}
		if file.Size, err = io.Copy(to, content); err != nil {
			return file, err
		}
		file.Content = kept.Bytes()
	}
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return file, nil
}
