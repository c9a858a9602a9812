package dockerfile

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
)

// chain returns the numbers of the stages that a stage is made of, itself last, and the name of the image that the first begins
// with.
func (d *File) chain(stage int) (chain []int, base string, err error) {
	for i := stage; i >= 0; i = d.stage(base, i) {
		chain = slices.Insert(chain, 0, i)
		s := &d.stages[i]
		if base, err = d.expandGlobal(s.BaseName); err == nil {
			err = d.checkBase(s.BaseName, base)
		}
		if err != nil {
			return nil, "", d.at(s.Location, err)
		}
		if _, ok := d.context(base); ok {
			break
		}
	}
	return chain, base, nil
}

// checkBase returns an error for a name in FROM that is none because a variable in it has no value.
func (d *File) checkBase(word, name string) error {
	if name != "" && !strings.HasSuffix(name, ":") {
		if _, err := imageOf(name); err == nil {
			return nil
		}
	}
	missing := d.unset(word)
	switch {
	case missing == "" && name == "":
		return hint.Errorf("FROM %s: is empty", word).With("give the ARG a default before FROM, or a value: --build-arg NAME=VALUE")
	case missing == "":
		return nil
	}
	return hint.Errorf("FROM %s: no ARG %s before the first FROM has a value", word, missing).With(
		fmt.Sprintf("write ARG %s=VALUE before the first FROM, or without =VALUE for --build-arg %s=VALUE", missing, missing))
}

// specOf returns the spec of a stage, always the same.
func (d *File) specOf(stage int) (*spec.Spec, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.specs[stage] != nil {
		return d.specs[stage], nil
	}
	chain, base, err := d.chain(stage)
	if err != nil {
		return nil, err
	}
	out := &spec.Spec{StepsOnly: true}
	first := &d.stages[chain[0]]
	if slices.ContainsFunc(chain, func(i int) bool {
		name := d.stages[i].BaseName
		return isOfPlatform(name) || d.depends && strings.Contains(name, "$")
	}) {
		out.Platforms = []oci.Platform{d.options.Platform}
	}
	if out.Base, err = d.base(base); err == nil {
		err = d.platform(first, out)
	}
	if err != nil {
		return nil, d.at(first.Location, err)
	}
	out.SetFrom(d.where(first.Location), d.stageMeant(base, chain[0]))
	out.SetWritten(base, nil) // the packages of commands are in a lock with the commands
	out.Over = func(s *spec.Spec, base *oci.Base) error { return d.over(s, chain, base, nil) }
	if d.specs == nil {
		d.specs = make(map[int]*spec.Spec)
	}
	d.specs[stage] = out
	return out, nil
}

// base returns the image that a name in FROM means.
func (d *File) base(name string) (oci.Reference, error) {
	given, ok := d.context(name)
	if !ok {
		ref, err := imageOf(name)
		if err != nil {
			err = fmt.Errorf("FROM %s: %w", name, err)
		}
		return ref, err
	}
	ref, err := oci.ParseReference(given)
	if info, statErr := os.Stat(given); err != nil && statErr == nil && info.IsDir() {
		err = fmt.Errorf("--build-context %s: %s is a directory, and FROM needs an image", name, given)
	} else if err != nil {
		err = fmt.Errorf("--build-context %s: %q is not the reference of an image", name, given)
	}
	return ref, hint.Default(err, "give NAME=docker://IMAGE, NAME=oci:DIR or NAME=rootfs:FILE")
}

// imageOf reads the name of an image. References with a transport, which skopeo and the command line have, are no names of images to docker.
func imageOf(name string) (oci.Reference, error) {
	ref, err := oci.ParseReference(Reference(name))
	if err == nil && !strings.HasSuffix(name, ":") {
		return ref, nil
	}
	if strings.HasSuffix(name, ":") {
		return ref, hint.Errorf("no tag follows the colon").With("give a tag, or leave out the colon for the tag latest")
	}
	remedy := "give the name of an image as docker does: alpine:3.22, registry.example/image:tag or scratch"
	switch transport, rest, _ := strings.Cut(name, ":"); oci.Transport(transport) {
	case oci.TransportRegistry:
		remedy = "leave out the transport: " + strings.TrimLeft(rest, "/")
	case oci.TransportLayout, oci.TransportArchive, oci.TransportDockerArchive, oci.TransportRootfs:
		remedy = "write a name of your choice, and give the image for it: --build-context NAME=" + name
	default:
		return ref, hint.With(err, remedy)
	}
	return ref, hint.With(errors.New("a Dockerfile names images of registries, without a transport"), remedy)
}

// Reference returns the reference of an image by its name, which may be short, in a Dockerfile.
func Reference(name string) string {
	if name == string(oci.TransportScratch) {
		return name
	}
	if repository, digest, ok := strings.Cut(name, "@"); ok {
		full := oci.FullName(repository)
		if colon := strings.LastIndexByte(full, ':'); colon > strings.LastIndexByte(full, '/') {
			full = full[:colon]
		}
		return "docker://" + full + "@" + digest
	}
	return "docker://" + oci.FullName(name)
}

// context returns the directory or image that is given for a name in FROM or COPY --from, if one is.
func (d *File) context(name string) (given string, ok bool) {
	given, ok = d.contexts[contextName(name)]
	return given, ok
}

// contextName returns a name in the form in which names are compared. As in BuildKit, "alpine", "alpine:latest" and
// "docker.io/library/alpine" are the same.
func contextName(name string) string {
	if strings.Contains(name, "@") {
		return name
	}
	return oci.FullName(name)
}

// platform sets the platform that FROM names.
func (d *File) platform(s *instructions.Stage, out *spec.Spec) error {
	for _, own := range [...]string{"$TARGETPLATFORM", "$BUILDPLATFORM", "${TARGETPLATFORM}", "${BUILDPLATFORM}"} {
		if s.Platform == "" || s.Platform == own || strings.HasPrefix(s.Platform, strings.TrimSuffix(own, "}")+":-") {
			return nil // nothing of the machine that builds matters
		}
	}
	text, err := d.expandGlobal(s.Platform)
	if err != nil {
		return err
	}
	platform, err := oci.ParsePlatform(text)
	out.Platforms = []oci.Platform{platform}
	if err != nil {
		err = hint.Errorf("FROM --platform=%s: %w", s.Platform, err).With(
			"give a platform, or leave it out for that of the build: --platform OS/ARCHITECTURE")
	}
	return err
}

// stage returns the number of a stage before the given one, by its name or its number; -1 without one.
func (d *File) stage(name string, before int) int {
	if i, ok := instructions.HasStage(d.stages[:before], name); ok {
		return i
	}
	for i := range d.stages[:before] {
		if name == fmt.Sprint(i) {
			return i
		}
	}
	return -1
}

// stageNames returns the names of the stages before the given one that have one.
func (d *File) stageNames(before int) []string {
	var names []string
	for _, s := range d.stages[:before] {
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// stageMeant returns a remedy for a base that is missing, if a stage may have been meant.
func (d *File) stageMeant(base string, stage int) string {
	if d.stage(base, len(d.stages)) > stage {
		return fmt.Sprintf("the stage %s comes later in the file: move it before this one", base)
	}
	if near := suggest.Near(base, slices.Values(d.stageNames(stage))); len(near) > 0 {
		return fmt.Sprintf("did you mean the stage %s?", near[0])
	}
	return ""
}
