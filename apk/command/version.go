package command

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// versions is "apk version" of apk 2: the installed packages with the newest version that repositories have. Without operands and options these
// are only the packages with a newer one.
func (q *query) versions() int {
	limit := q.Value("limit")
	if !q.Has("limit") && len(q.Args) == 0 && q.Verbosity == 1 {
		limit = "<"
	}
	if q.Verbosity > 0 {
		fmt.Fprintf(q.out, "%-42sAvailable:\n", "Installed:")
	}
	names, _ := q.match(q.Args, true)
	if len(q.Args) == 0 {
		names = q.allNames()
	}
	for _, name := range names {
		installed := q.Installed.Find(name)
		if installed == nil {
			continue
		}
		version, tag, sign := installed.Version, "", "="
		for _, p := range q.names[name] { // in the order of their versions
			isAllowed := func(tag string) bool { return tag == "" || tag == installed.RepositoryTag || q.Has("all") }
			if p.Name != name || !slices.ContainsFunc(p.tags, isAllowed) || q.compare(p.Version, version) < 0 {
				continue
			}
			if version = p.Version; q.compare(installed.Version, version) < 0 {
				sign = "<"
			}
			if tag = strings.Join(p.tags, ""); tag != "" {
				tag = "@" + tag
			}
		}
		switch {
		case limit != "" && !strings.Contains(limit, sign):
		case q.Verbosity < 1:
			fmt.Fprintln(q.out, name)
		default:
			fmt.Fprintf(q.out, "%-40s%s %s %s\n", installed.ID(), sign, version, tag)
		}
	}
	return 0
}

// policy is "apk policy" of apk 2: the versions of packages, and which repositories have each.
func (q *query) policy() int {
	names, _ := q.match(q.Args, true)
	for _, name := range names {
		isFirst := true
		for _, p := range q.names[name] {
			if p.Name != name {
				continue
			}
			if isFirst {
				fmt.Fprintf(q.out, "%s policy:\n", name)
				isFirst = false
			}
			fmt.Fprintf(q.out, "  %s:\n", p.Version)
			if p.installed != nil {
				fmt.Fprintln(q.out, "    lib/apk/db/installed")
			}
			for _, r := range p.sources() {
				fmt.Fprintf(q.out, "    %s\n", r)
			}
		}
	}
	return 0
}

// sources returns the repositories that have a package: those without a tag, then those of each tag.
func (p *known) sources() []string {
	order := make([]int, len(p.tags))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return p.tags[order[i]] < p.tags[order[j]] })
	var list []string
	for _, i := range order {
		name := p.repositories[i]
		if p.tags[i] != "" {
			name = "@" + p.tags[i] + " " + name
		}
		list = append(list, name)
	}
	return list
}
