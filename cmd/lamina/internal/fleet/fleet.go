// Package fleet finds the images that many specs and Dockerfiles describe, and divides them among machines.
package fleet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Target is an image to build.
type Target struct {
	// Name is the one that the spec gives the image under images, else that of its file without the ending; lamina.yaml and Dockerfile
	// have the name of their directory.
	Name  string
	File  string // spec or Dockerfile
	Image string // of those that the spec describes, "" if it is one
}

// DefaultSpec is the usual name of a spec.
const DefaultSpec = "lamina.yaml"

// Find returns the images of files and directories in the order of their names, each of which is there once. A directory stands for the
// files with the usual names in it and below it, but not in hidden directories.
func Find(paths []string) ([]Target, error) {
	targets, err := List(paths)
	if err != nil {
		return nil, err
	}
	sort.SliceStable(targets, func(i, j int) bool { return targets[i].Name < targets[j].Name })
	for i := range targets[:max(len(targets)-1, 0)] {
		if a, b := targets[i], targets[i+1]; a.Name == b.Name {
			return nil, hint.Errorf("two images are called %s: that of %s and that of %s", a.Name, a.File, b.File).With(
				"name them in separate runs, or rename one of the files")
		}
	}
	return targets, nil
}

// List is [Find] for images that need no names of their own: it returns them in the order of the paths, and those of a directory in
// that of their files. A file that several paths lead to is there once.
func List(paths []string) ([]Target, error) {
	var targets []Target
	seen := make(map[string]bool)
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			full, err := filepath.Abs(file)
			if err != nil {
				return nil, err
			}
			if seen[full] {
				continue
			}
			seen[full] = true
			found, err := targetsOf(file)
			if err != nil {
				return nil, err
			}
			targets = append(targets, found...)
		}
	}
	return targets, nil
}

func filesOf(path string) ([]string, error) {
	const remedy = "name specs, Dockerfiles, and directories that have some"
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: no such file or directory", path)
	}
	if err != nil {
		return nil, hint.With(err, remedy)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var found []string
	err = filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != path && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case !e.IsDir() && slices.Contains([]string{DefaultSpec, "Dockerfile", "Containerfile"}, e.Name()):
			found = append(found, name)
		}
		return nil
	})
	if err == nil && len(found) == 0 {
		err = hint.Errorf("%s: no %s and no Dockerfile in it", path, DefaultSpec).With(remedy)
	}
	return found, err
}

// IsDockerfile tells a Dockerfile from a spec: by its name, such as Dockerfile-alpine or web.Dockerfile, or, if that says nothing, by the
// first instruction in it.
func IsDockerfile(file string) bool {
	base := filepath.Base(file)
	switch ext := filepath.Ext(base); {
	case IsDockerfileName(base):
		return true
	case ext == ".lock", ext == ".yaml", ext == ".yml", ext == ".json":
		return false
	}
	f, err := diskio.OpenRegular(file)
	if err != nil {
		return false
	}
	defer f.Close()
	return HoldsDockerfile(f)
}

// HoldsDockerfile reports whether the first instruction of a text is one that a Dockerfile begins with.
func HoldsDockerfile(r io.Reader) bool {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line != "" && line[0] != '#' {
			words := strings.Fields(line)
			return len(words) > 1 && (strings.EqualFold(words[0], "FROM") || strings.EqualFold(words[0], "ARG"))
		}
	}
	return false
}

// afterKind cuts Dockerfile or Containerfile off a name that begins with it.
func afterKind(base string) (rest string, isDockerfile bool) {
	lower := strings.ToLower(base)
	for _, kind := range [...]string{"dockerfile", "containerfile"} {
		if strings.HasPrefix(lower, kind) {
			rest = base[len(kind):]
			return strings.TrimLeft(rest, ".-_"), rest == "" || strings.ContainsRune(".-_", rune(rest[0]))
		}
	}
	return "", false
}

// IsDockerfileName tells a Dockerfile by the name alone, without a directory.
func IsDockerfileName(base string) bool {
	if filepath.Ext(base) == ".lock" {
		return false
	}
	_, isPrefix := afterKind(base)
	ending, isEnding := afterKind(strings.TrimPrefix(filepath.Ext(base), "."))
	return isPrefix || isEnding && ending == ""
}

func targetsOf(file string) ([]Target, error) {
	base := filepath.Base(file)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	rest, isDockerfile := afterKind(base)
	if isDockerfile {
		name = rest // of Dockerfile.web
	}
	if base == DefaultSpec || isDockerfile && rest == "" {
		full, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		name = filepath.Base(filepath.Dir(full))
	}
	if IsDockerfile(file) {
		return []Target{{Name: name, File: file}}, nil
	}
	document, err := spec.Read(file, spec.ReadOptions{})
	if err != nil {
		return nil, err
	}
	if len(document.Images) == 0 {
		return []Target{{Name: name, File: file}}, nil
	}
	var targets []Target
	for _, image := range document.Images {
		targets = append(targets, Target{Name: image, File: file, Image: image})
	}
	return targets, nil
}

// Shard is one part of several; the zero value is all.
type Shard struct{ part, of int }

// ParseShard reads I/N: a part, from 1, of N. Part 0 is part N, for schedulers that count from 0.
func ParseShard(text string) (Shard, error) {
	part, of, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(part)
	n, err2 := strconv.Atoi(of)
	if err != nil || err2 != nil || i < 0 || i > n || n < 1 {
		return Shard{}, errors.New("want I/N, such as 3/16: a part from 1 to their number")
	}
	if i == 0 {
		i = n
	}
	return Shard{i, n}, nil
}

// String returns I/N, or "" for all.
func (s Shard) String() string {
	if s.of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.part, s.of)
}

// Choose returns the part's targets, in their order. The most expensive first, each goes to the part that has the least to do; cost is what
// images took, by name, in any unit, and one without it counts as their average.
func (s Shard) Choose(targets []Target, cost map[string]float64) []Target {
	if s.of == 0 {
		return targets
	}
	usual := 1.0
	if len(cost) > 0 {
		usual = 0
		for _, c := range cost {
			usual += c / float64(len(cost))
		}
	}
	type priced struct {
		at   int
		cost float64
	}
	all := make([]priced, len(targets))
	for i, t := range targets {
		c, ok := cost[t.Name]
		if !ok {
			c = usual
		}
		all[i] = priced{i, c}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].cost > all[j].cost })
	parts := make([]float64, s.of)
	var mine []int
	for _, p := range all {
		least := slices.Index(parts, slices.Min(parts))
		parts[least] += p.cost
		if least == s.part-1 {
			mine = append(mine, p.at)
		}
	}
	sort.Slice(mine, func(i, j int) bool { return mine[i] < mine[j] })
	var chosen []Target
	for _, at := range mine {
		chosen = append(chosen, targets[at])
	}
	return chosen
}
