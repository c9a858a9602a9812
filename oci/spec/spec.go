package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
)

// A Spec describes what to build. It is plain data; builds do not change it. Paths in it are absolute or relative to the
// working directory.
type Spec struct {
	// Base may have ${APK_ARCH} in its path, which stands for Alpine's name of the platform's architecture: a root file
	// system is for just one.
	Base      oci.Reference
	Platforms []oci.Platform // none: the base's, which must then have just one, or DefaultPlatform

	// DefaultPlatform is taken without platforms if the base has several, or does not say which it has. With a lock for one platform it
	// is that one.
	DefaultPlatform oci.Platform

	// Repositories are lines as in /etc/apk/repositories, or directories. None means the base's own.
	Repositories []string
	Keys         []Key        // trusted in addition to the base's own
	Packages     []string     // items for the world, such as "nginx", "curl>8" or "!ssl_client"
	Upgrade      lock.Upgrade // what else is upgraded

	// Changes of the root file system other than packages, in this order.
	Before    []stage.File      // before the packages are installed, so that their scripts and triggers see it
	OSRelease map[string]string // then, after the packages: variables of os-release, see stage.Stage.SetOSRelease
	Groups    []stage.Group     // see stage.Stage.AddAccounts
	Users     []stage.User
	Files     []stage.File
	Run       []string // shell text, each item on its own
	Remove    []string // paths, or patterns of the shell
	Steps     []Step   // then these, one after the other

	Config      oci.ConfigChanges
	Annotations map[string]string // of the manifest

	// SkipScripts are packages whose scripts and triggers are skipped, by their names, or as NAME:TYPE for one type of scripts; those of
	// SkipScriptsOn only on a platform, such as linux/arm64.
	SkipScripts   []string
	SkipScriptsOn map[string][]string
	// LeaveOut are names of programs that do nothing when scripts or commands call them.
	LeaveOut []string

	// Created is the time of everything that has no time of its own. The zero time stands for the newest build time of the
	// packages in the image.
	Created time.Time

	// Recipe says how the layer is compressed; the zero value is [layer.DefaultRecipe]. A lock must have been made for the
	// same.
	Recipe layer.Recipe

	// Lock, if not nil, pins the packages, and Upgrade has no effect. Indexes are read only for packages that no trusted key
	// has signed themselves. The packages are looked for in Vendor, unless that is empty, and then in the repositories. It is a repository in
	// a directory or, as a reference, the artifact of package vendor, which has VendorDigest unless that is empty.
	Lock         *lock.Lock
	Vendor       string
	VendorDigest digest.Digest

	// StepsOnly means that apk has nothing to do before the steps, as in a Dockerfile: no repository is read unless a step needs it. It
	// has no effect if there are Packages, or an Upgrade.
	StepsOnly bool

	// Stages are specs by the names that origins of files have as images: what files are taken from once it is built as far as
	// its steps.
	Stages map[string]*Spec

	// Over, if not nil, completes a copy of the spec for an opened base, of which what a Dockerfile says depends: it sets Steps,
	// Stages and Config.
	Over func(s *Spec, base *oci.Base) error

	document         *Document         // that it was made from; nil for none
	instructions     map[string]string // see SetInstructions
	from, fromRemedy string            // see SetFrom
	written          *lock.Request     // see SetWritten
	before           []int             // for each file of Before its position in the document, of which one may have given many files
	own              Step              // without its lists: where those of the spec are
}

// Step is a part of a build: what its lists say, in this order.
type Step struct {
	Packages []string // one transaction of apk: items for the world
	Upgrade  lock.Upgrade
	Groups   []stage.Group
	Users    []stage.User
	Files    []stage.File
	Run      []string
	Remove   []string

	// Env, if not nil, is the environment of Run, entries NAME=VALUE; else that is the image's.
	Env []string

	User   string   // who runs Run, by names or numbers of the image: see stage.Text; "" for root
	Bash   []string // command line of the shell for Run if that is Bash, up to the text: see script.Options; nil for sh
	Dir    string   // where Run begins; "" for the root
	Mounts []string // paths that only Run sees, and Files that are put there: see stage.Stage.Mount

	// IsContainer means that Run sees what a container has in place of files of its own, such as /etc/hosts: see stage.Stage.Mount.
	IsContainer bool

	// IsOffline means that Run reads nothing from the network.
	IsOffline bool

	where  string // file and line, in place of a place in the document
	remedy string // in place of that of every step
	place  []any  // in the document
	files  []int  // for each file its position in the document

	commandPlace func(offset int) string // file and line of what is there in the text of Run, or nil
}

// SetInstructions names the instructions of a Dockerfile that set members of the config, by file, line and name, for messages. Keys are
// the members as a spec spells them.
func (s *Spec) SetInstructions(places map[string]string) { s.instructions = places }

// SetInstruction sets the file and line of the instruction of a Dockerfile that the step is for.
func (s *Step) SetInstruction(where string) { s.where = where }

// SetCommandPlace sets the function that returns the file and line of a command at an offset of the only text of Run, in bytes.
func (s *Step) SetCommandPlace(place func(offset int) string) { s.commandPlace = place }

// SetFrom sets the file and line of FROM for [Spec.LocateBase], and what to do if the base cannot be opened; "" for what the error says.
func (s *Spec) SetFrom(where, remedy string) { s.from, s.fromRemedy = where, remedy }

// SetWritten sets the base and the repositories as the file has them that the spec was made from, for [Spec.Request].
func (s *Spec) SetWritten(base string, repositories []string) {
	s.written = &lock.Request{Base: base, Repositories: slices.Clone(repositories)}
}

// Request returns the request that a lock stores to detect changes: the base and the repositories as the spec's file has them, so that the lock
// does not depend on the machine, and the packages.
func (s *Spec) Request() lock.Request {
	r := lock.Request{Base: s.Base.String(), Repositories: slices.Clone(s.Repositories)}
	if s.written != nil {
		r = *s.written
	}
	r.Packages, r.Upgrade = slices.Clone(s.Packages), s.Upgrade
	return r
}

// SetRemedy sets what [Step.Remedy] returns.
func (s *Step) SetRemedy(text string) { s.remedy = text }

// SkipsAPK reports whether apk has nothing to do before the steps.
func (s *Spec) SkipsAPK() bool {
	return s.StepsOnly && len(s.Packages) == 0 && s.Upgrade == lock.UpgradeNone
}

// PlatformByDefault returns the platform for a base that leaves it open: the lock's only one, or DefaultPlatform.
func (s *Spec) PlatformByDefault() oci.Platform {
	if s.Lock != nil && len(s.Lock.Platforms) == 1 {
		if locked, err := oci.ParsePlatform(s.Lock.Platforms[0].Platform); err == nil {
			return locked
		}
	}
	return s.DefaultPlatform
}

// skip sets which scripts are left out.
func (s *Document) skip(out *Spec, fail func(err error, path ...any)) {
	for i, e := range s.Scripts.Skip {
		names := []string{e.Name}
		if len(e.Types) > 0 {
			names = nil
		}
		for k, text := range e.Types {
			if err := checkScriptType(text); err != nil {
				fail(err, "scripts", "skip", i, "types", k)
			}
			names = append(names, e.Name+":"+text)
		}
		if e.Name == "" {
			fail(hint.With(errors.New("no name of a package"), "give a name, or {name: NAME, types: [trigger]}"), "scripts", "skip", i)
		}
		if len(e.Platforms) == 0 {
			out.SkipScripts = append(out.SkipScripts, names...)
		}
		for k, text := range e.Platforms {
			platform, err := oci.ParsePlatform(text)
			if err != nil {
				fail(err, "scripts", "skip", i, "platforms", k)
			}
			if out.SkipScriptsOn == nil {
				out.SkipScriptsOn = make(map[string][]string)
			}
			out.SkipScriptsOn[platform.String()] = append(out.SkipScriptsOn[platform.String()], names...)
		}
	}
}

func checkScriptType(text string) error {
	if _, ok := apk.ParseScriptType(text); !ok && text != apk.PreCommit.String() && text != apk.PostCommit.String() {
		return hint.Errorf("%q is not a type of script", text).With(
			"types are pre-install, post-install, pre-upgrade, post-upgrade, pre-deinstall, post-deinstall and trigger; " +
				"of commit hooks, pre-commit and post-commit")
	}
	return nil
}

// Skip adds to SkipScripts: PACKAGE, or PACKAGE:TYPE.
func (s *Spec) Skip(text string) error {
	name, typ, ok := strings.Cut(text, ":")
	if name == "" {
		return hint.Errorf("%q: no name of a package", text).With("give PACKAGE, or PACKAGE:TYPE for one type of its scripts")
	}
	if ok {
		if err := checkScriptType(typ); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	s.SkipScripts = append(s.SkipScripts, text)
	return nil
}

// leaveOut sets which programs are left out.
func (s *Document) leaveOut(out *Spec, fail func(err error, path ...any)) {
	for i, name := range s.Scripts.Without {
		if err := out.Without(name); err != nil {
			fail(err, "scripts", "without", i)
		}
	}
}

// Without adds to LeaveOut.
func (s *Spec) Without(name string) error {
	if name == "" || strings.ContainsAny(name, "/ \t\n") {
		return hint.Errorf("%q is not the name of a program", name).With("give the name alone, without its directory, such as fc-cache")
	}
	s.LeaveOut = append(s.LeaveOut, name)
	return nil
}

// SkippedOn returns the scripts that are skipped on a platform, as of SkipScripts.
func (s *Spec) SkippedOn(platform oci.Platform) []string {
	return slices.Concat(s.SkipScripts, s.SkipScriptsOn[platform.String()])
}

// OwnStep returns what the spec itself says of what follows the packages.
func (s *Spec) OwnStep() *Step {
	return &Step{Groups: s.Groups, Users: s.Users, Files: s.Files, Run: s.Run, Remove: s.Remove, place: s.own.place, files: s.own.files}
}

// Spec converts the document, with paths resolved, keys read and sources found. The base may be
// missing, since callers can set it. The error has every key and source that cannot be used, each with line and column.
func (s *Document) Spec() (*Spec, error) {
	if err := s.checkChosen(); err != nil {
		return nil, err
	}
	out := &Spec{
		Packages: slices.Clone(s.Packages), Annotations: s.Annotations, Recipe: layer.Recipe(s.Compression),
		OSRelease: s.OSRelease, Config: s.config(), Upgrade: lock.Upgrade(s.Upgrade), Run: slices.Clone(s.Run), Remove: slices.Clone(s.Remove), document: s,
		StepsOnly: s.Packages != nil && len(s.Packages) == 0,
	}
	out.SetWritten(s.Base, s.Repositories)
	var problems []Problem
	fail := func(err error, path ...any) {
		problems = append(problems, Problem{Place: s.at(path...), Message: err.Error(), Remedy: hint.Of(err)})
	}
	if s.Base != "" {
		var err error
		if out.Base, err = oci.ParseReference(s.resolveReference(s.Base)); err != nil {
			fail(err, "base")
		}
	}
	for i, text := range s.Platforms {
		platform, err := oci.ParsePlatform(text)
		if err != nil {
			fail(err, "platforms", i)
		}
		out.Platforms = append(out.Platforms, platform)
	}
	s.skip(out, fail)
	s.leaveOut(out, fail)
	for _, line := range s.Repositories {
		out.Repositories = append(out.Repositories, s.ResolveRepository(line))
	}
	for i := range s.Keys {
		key, err := s.key(&s.Keys[i])
		if err != nil {
			fail(err, "keys", i)
		}
		out.Keys = append(out.Keys, key)
	}
	own := stepEntry{Groups: s.Groups, Users: s.Users, Run: s.Run, Remove: s.Remove}
	for i := range s.Files {
		if s.Files[i].When != "before" {
			continue
		}
		files, err := s.files(&s.Files[i])
		if err != nil {
			fail(err, "files", i, s.Files[i].sourceKey())
		}
		for range files {
			out.before = append(out.before, i)
		}
		out.Before = append(out.Before, files...)
	}
	own.Files = s.Files
	out.own = s.step(&own, fail)
	out.Groups, out.Users, out.Files = out.own.Groups, out.own.Users, out.own.Files
	for i := range s.Steps {
		out.Steps = append(out.Steps, s.step(&s.Steps[i], fail, "steps", i))
	}
	if err := s.errorOf(problems); err != nil {
		return nil, err
	}
	return out, nil
}

// step converts the lists of a step, to which prefix leads.
func (s *Document) step(e *stepEntry, fail func(err error, path ...any), prefix ...any) Step {
	out := Step{
		Packages: slices.Clone(e.Packages), Upgrade: lock.Upgrade(e.Upgrade),
		User: e.User, Run: slices.Clone(e.Run), Remove: slices.Clone(e.Remove), place: prefix,
	}
	for i := range e.Groups {
		out.Groups = append(out.Groups, e.Groups[i].group())
	}
	for i := range e.Users {
		out.Users = append(out.Users, e.Users[i].user())
	}
	for i := range e.Files {
		if e.Files[i].When == "before" {
			continue
		}
		files, err := s.files(&e.Files[i])
		if err != nil {
			fail(err, slices.Concat(prefix, []any{"files", i, e.Files[i].sourceKey()})...)
		}
		for range files {
			out.files = append(out.files, i)
		}
		out.Files = append(out.Files, files...)
	}
	return out
}

// Expand returns the spec with what expand makes of its files in their place: any number for each. Errors say where the file
// is in the spec.
func (s *Spec) Expand(expand func(f stage.File) ([]stage.File, error)) (*Spec, error) {
	out := *s
	var err error
	if out.Before, out.before, err = expandFiles(s.Before, s.before, expand, s.LocateBefore); err != nil {
		return nil, err
	}
	own := s.OwnStep()
	locate := func(step *Step) func(error, int) error {
		return func(err error, i int) error { return s.LocateIn(step, err, "files", i) }
	}
	if out.Files, out.own.files, err = expandFiles(s.Files, s.own.files, expand, locate(own)); err != nil {
		return nil, err
	}
	out.Steps = slices.Clone(s.Steps)
	for i := range out.Steps {
		step := &out.Steps[i]
		if step.Files, step.files, err = expandFiles(step.Files, step.files, expand, locate(&s.Steps[i])); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// expandFunc returns the files that a file of a spec stands for.
type expandFunc = func(f stage.File) ([]stage.File, error)

// expandFiles expands a list; entries are the positions of its files in the document, none for a spec that has no document.
func expandFiles(files []stage.File, entries []int, expand expandFunc, locate func(error, int) error) (out []stage.File, positions []int, err error) {
	for i, f := range files {
		all, err := expand(f)
		if err != nil {
			return nil, nil, locate(err, i)
		}
		for range all {
			if i < len(entries) {
				positions = append(positions, entries[i])
			}
		}
		out = append(out, all...)
	}
	return out, positions, nil
}

// sourceKey is the key that names what a file is made from.
func (f *fileEntry) sourceKey() string {
	if f.Tree != "" {
		return "tree"
	}
	return "source"
}
