package convert

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
)

// ImageOptions say what an image does not say of itself. The zero value is for an image that names its base.
type ImageOptions struct {
	Base         string          // reference of the base, instead of the one that the image names
	Repositories []string        // instead of those of the record or the base
	Keys         []string        // files of public keys, for the spec
	BaseConfig   *v1.ImageConfig // settings of the base; nil if they are not known
	Asked        *Asked          // of the image's record; nil without one

	// Extract keeps the content of a file and returns the source that the spec then has. Texts of up to 4096 bytes are in the
	// spec itself.
	Extract func(path string, n *tree.Node) (source string, err error)
}

// Image returns the spec that makes the last layer of an image: packages that it adds to the world, accounts, files that are from
// no package, and settings. Without the record of a build, files and accounts that scripts of packages make cannot be told
// from those of the request; accounts that a script names are left out.
func Image(ctx context.Context, image *oci.Base, o ImageOptions) (*Result, error) {
	f := &fromImage{image: image, options: o, doc: newDocument(), config: image.Config.Config}
	err := f.read(ctx)
	if err == nil {
		err = f.convert()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", image.Reference, err)
	}
	text, err := f.doc.text()
	return &Result{Spec: text, Notes: f.notes}, err
}

type fromImage struct {
	image   *oci.Base
	options ImageOptions
	doc     *document
	notes   []Note
	config  v1.ImageConfig

	below, now   imageState
	tree         *tree.Tree
	before       map[string]*tree.Node // below the last layer
	repositories bool                  // the layers below name repositories
	release      string                // of Alpine, such as 3.22; "" for another system
}

// imageState is what apk and the system know at a layer.
type imageState struct {
	packages map[string]*apk.InstalledPackage
	world    []string
	users    []accountLine
	groups   []accountLine
}

func (f *fromImage) lose(remedy, format string, args ...any) {
	f.notes = append(f.notes, Note{File: f.image.Reference.String(), Message: fmt.Sprintf(format, args...), Remedy: remedy, Loses: true})
}

// read reads the layers, with the state below the last.
func (f *fromImage) read(ctx context.Context) error {
	if len(f.image.Layers) == 0 {
		return fmt.Errorf("the image has no layers")
	}
	f.tree = tree.New()
	for i, l := range f.image.Layers {
		if i == len(f.image.Layers)-1 {
			if err := f.snapshot(); err != nil {
				return err
			}
		}
		if err := l.ReadInto(ctx, f.tree); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	var err error
	f.now, err = readImageState(f.tree)
	if release, failed := f.tree.ReadFile("etc/alpine-release", 64); failed == nil {
		parts := strings.Split(strings.TrimSpace(string(release)), ".")
		if len(parts) >= 2 {
			f.release = parts[0] + "." + parts[1]
		}
	}
	return err
}

func (f *fromImage) snapshot() error {
	var err error
	f.below, err = readImageState(f.tree)
	_, missing := f.tree.Stat("etc/apk/repositories")
	f.repositories = missing == nil
	f.before = maps.Collect(f.tree.All())
	return err
}

func readImageState(t *tree.Tree) (imageState, error) {
	s := imageState{packages: make(map[string]*apk.InstalledPackage), users: readAccountFile(t, "etc/passwd"), groups: readAccountFile(t, "etc/group")}
	installed, err := stage.ReadInstalled(t, apk.V3)
	if err != nil {
		return s, err
	}
	for _, p := range installed.Packages {
		s.packages[p.Name] = p
	}
	world, err := stage.ReadWorld(t, apk.V3)
	for _, d := range world {
		s.world = append(s.world, d.String())
	}
	return s, err
}

func (f *fromImage) convert() error {
	f.base()
	if platform := f.image.Platform; platform.OS != "" {
		f.doc.platforms = []string{platform.String()}
	}
	f.sources()
	f.packages()
	if asked := f.options.Asked; asked != nil && asked.HasCommands {
		f.lose("write the commands under run, in place of files that they make", "the image was built with commands, whose effects are here as files")
	}
	f.accounts()
	if err := f.files(); err != nil {
		return err
	}
	f.settings()
	return nil
}

func (f *fromImage) base() {
	annotations, err := f.image.Annotations()
	name, digest := annotations[v1.AnnotationBaseImageName], annotations[v1.AnnotationBaseImageDigest]
	switch {
	case f.options.Base != "":
		f.doc.base = f.options.Base
	case len(f.image.Layers) == 1:
		f.doc.base = string(oci.TransportScratch)
	case err == nil && name != "":
		f.doc.base = "docker://" + name
		if digest != "" && !strings.Contains(name, "@") {
			f.doc.base += "@" + digest
		}
	case f.release != "":
		f.doc.base = "docker://docker.io/library/alpine:" + f.release
		if f.options.BaseConfig == nil {
			f.options.BaseConfig = AlpineConfig()
		}
		f.lose("check the base, or name it: --base REF", "the image does not name its base; by its release it may be Docker's alpine")
	default:
		f.doc.base = string(oci.TransportScratch)
		f.lose("name it: --base REF", "the image does not name its base")
	}
}

func (f *fromImage) sources() {
	asked := f.options.Asked
	for _, name := range f.options.Keys {
		f.doc.keys = append(f.doc.keys, scalar(name))
	}
	if asked != nil && len(asked.Keys) > 0 && len(f.options.Keys) == 0 {
		f.lose("list those that you trust under keys", "packages are signed by keys that the base does not have: %s", strings.Join(asked.Keys, " "))
	}
	switch {
	case len(f.options.Repositories) > 0:
		f.doc.repositories = f.options.Repositories
	case asked != nil && asked.HasLocal && len(asked.Repositories) == 0:
		f.lose("write them under repositories, or give them with --repository", "some repositories were directories, which a record does not name")
	case asked != nil && len(asked.Repositories) > 0:
		f.doc.repositories = asked.Repositories
	case f.repositories:
	case f.release != "" && f.doc.base != string(oci.TransportScratch), f.release != "" && len(f.now.world) > 0:
		f.doc.repositories = []string{"alpine:" + f.release}
	case len(f.now.world) > len(f.below.world):
		f.lose("write them under repositories", "nothing says which repositories the packages are from")
	}
}

func (f *fromImage) packages() {
	var added []string
	for _, item := range f.now.world {
		if !slices.Contains(f.below.world, item) {
			added = append(added, item)
		}
	}
	upgrade := ""
	if f.options.Asked != nil {
		upgrade = f.options.Asked.Upgrade
	}
	if len(added) > 0 || upgrade != "" {
		f.doc.addPackages(upgrade, added...)
	}
	names := make(map[string]bool)
	for _, item := range f.now.world {
		names[worldName(item)] = true
	}
	for _, item := range f.below.world {
		if !names[worldName(item)] {
			f.lose("a command can: run: [apk del "+worldName(item)+"]", "the layer takes %s from the base's world", item)
		}
	}
	var upgraded []string
	for _, name := range slices.Sorted(maps.Keys(f.below.packages)) {
		if now := f.now.packages[name]; now != nil && now.Version != f.below.packages[name].Version {
			upgraded = append(upgraded, name)
		}
	}
	if len(upgraded) > 0 && upgrade == "" {
		f.lose("upgrade: all gives the newest of all packages", "the layer upgrades packages of the base: %s", strings.Join(upgraded, " "))
	}
}

// worldName is the name of a world's item, without a version.
func worldName(item string) string {
	name, _, _ := strings.Cut(item, "@")
	if at := strings.IndexAny(name, "<>=~"); at >= 0 {
		name = name[:at]
	}
	return name
}

// settings writes what differs from the base, or all where the base is not known.
func (f *fromImage) settings() {
	base := f.options.BaseConfig
	if base == nil {
		base = new(v1.ImageConfig)
		if f.doc.base != string(oci.TransportScratch) {
			f.doc.header = append(f.doc.header, "The base's settings are not known, so all of the image's are here.")
		}
	}
	c, out := f.config, &f.doc.config
	if !slices.Equal(c.Entrypoint, base.Entrypoint) || !slices.Equal(c.Cmd, base.Cmd) {
		out.entrypoint, out.cmd = listOrEmpty(c.Entrypoint, base.Entrypoint), listOrEmpty(c.Cmd, base.Cmd)
	}
	out.env = make(map[string]string)
	for _, setting := range c.Env {
		if name, value, ok := strings.Cut(setting, "="); ok && !slices.Contains(base.Env, setting) {
			out.env[name] = value
		}
	}
	text := func(now, before string) string {
		if now == before {
			return ""
		}
		return now
	}
	out.user, out.workingDir, out.stopSignal = text(c.User, base.User), text(c.WorkingDir, base.WorkingDir), text(c.StopSignal, base.StopSignal)
	out.exposedPorts, out.volumes = addedNames(c.ExposedPorts, base.ExposedPorts), addedNames(c.Volumes, base.Volumes)
	out.author = f.image.Config.Author
	out.labels = make(map[string]string)
	for name, value := range c.Labels {
		if was, ok := base.Labels[name]; !ok || was != value {
			out.labels[name] = value
		}
	}
	for _, name := range [...]string{"Healthcheck", "Shell"} {
		if bytes.Contains(f.image.RawConfig, []byte(`"`+name+`"`)) {
			f.lose("write it under config."+strings.ToLower(name), "the %s in the image's config may be the layer's", name)
		}
	}
}

// listOrEmpty is a list for the spec, nil if there is nothing to say: an empty list clears the base's.
func listOrEmpty(now, before []string) []string {
	if len(now) == 0 && len(before) == 0 {
		return nil
	}
	return append([]string{}, now...)
}

func addedNames(now, before map[string]struct{}) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// isPlainText reports whether a content can be read in a spec.
func isPlainText(content []byte) bool {
	return utf8.Valid(content) && !bytes.ContainsFunc(content, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffd
	})
}

// isBelow reports whether a path is one of the directories, or in one.
func isBelow(name string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		dir = strings.Trim(path.Clean(dir), "/")
		return name == dir || strings.HasPrefix(name, dir+"/")
	})
}
