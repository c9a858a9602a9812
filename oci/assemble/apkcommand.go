package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
)

// apk does what apk with these arguments does to the staged root: each of add, del, fix and upgrade is one transaction (upgrade is
// two if apk-tools itself is upgraded), by the same solver, stage and database as the plan's own. The error wraps
// [errors.ErrUnsupported] if the command is not understood.
func (p *Plan) apk(ctx context.Context, staged *stage.Stage, dir string, args []string, stdout, stderr io.Writer) (int, error) {
	c, err := command.Parse(args)
	if err != nil {
		return 0, err
	}
	r := run{command: "apk " + strings.Join(args, " "), options: stage.ApplyOptions{
		NoScripts: c.Has("no-scripts"), CleanProtected: c.Has("clean-protected"), Purge: c.Has("purge"),
		ForceOverwrite: c.Has("force-overwrite") || c.Has("force") && p.Generation == apk.V2,
	}}
	if c.Applet == "update" || c.Applet == "cache" || c.Applet == "" {
		return 0, nil // indexes are always as fresh as they can be, and there is no cache
	}
	if r.repositories, err = p.repositoriesOf(c, staged); err != nil {
		return 0, in(PartRun, err)
	}
	if c.Applet == "fix" && c.Has("directory-permissions") {
		staged.FixDirectories()
	}
	switch c.Applet {
	case "add", "del", "fix", "upgrade":
		open := func(name string) (*apk.Package, error) {
			file, err := p.packageFile(staged, dir, name, c.Has("allow-untrusted"))
			if err != nil {
				return nil, err
			}
			r.files = append(r.files, file)
			return file.Package, nil
		}
		r.ask, err = c.Ask(command.Root{Generation: p.Generation, Installed: staged.Installed(), Created: p.created, File: open})
	case "query":
		return p.apkQuery(ctx, c, staged, r, stdout, stderr)
	default:
		if !c.NeedsRepositories(staged.Installed()) {
			return askDatabase(c, staged, dir, p.Generation, nil, stdout, stderr), nil
		}
		answer, err := p.answer(ctx, staged, c, r, dir)
		if err != nil {
			return 0, err
		}
		io.WriteString(stdout, answer.Output)
		return answer.Status, nil
	}
	if unknown := (command.UnknownPackages)(nil); errors.As(err, &unknown) {
		for _, name := range unknown {
			fmt.Fprintf(stderr, "ERROR: Package '%s' not found\n", name)
		}
		return len(unknown) & 0xff, nil
	}
	if file := (*command.FileError)(nil); errors.As(err, &file) {
		if hint.Of(err) != "" {
			return 0, in(PartRun, err)
		}
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 99, nil
	}
	if err != nil {
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 1, nil
	}
	wasBroken := staged.IsBroken()
	done, err := p.runAPK(ctx, staged, c, r, c.Flags())
	if c.Verbosity > 0 {
		for _, t := range done {
			for _, line := range t.Plan.Solution.Lines() {
				fmt.Fprintln(stdout, line)
			}
		}
	}
	if isUnsolvable(ctx, err) {
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 1, nil
	}
	if err == nil && wasBroken && staged.IsBroken() {
		return 1, nil // which apk says of every transaction until the package is mended
	}
	return 0, err
}

// isUnsolvable reports whether err says that packages cannot be had together, which apk answers with exit status 1.
func isUnsolvable(ctx context.Context, err error) bool {
	var part *Error
	return errors.As(err, &part) && part.Part == PartSolution && ctx.Err() == nil
}

func (p *Plan) runAPK(ctx context.Context, staged *stage.Stage, c *command.Command, r run, flags solver.Flags) ([]*Transaction, error) {
	if c.Applet == "upgrade" && len(c.Args) == 0 && !c.Has("no-self-upgrade") {
		if !c.Has("self-upgrade-only") {
			return p.upgrade(ctx, staged, r, flags)
		}
		r.isSelf, r.ask = true, func(request *solver.Request) { request.UpgradeSelf(solver.Upgrade | flags) }
	}
	if c.Has("self-upgrade-only") && !r.isSelf {
		return nil, nil
	}
	t, err := p.transact(ctx, staged, r)
	if t == nil {
		return nil, err
	}
	return []*Transaction{t}, err
}

// repositoriesOf returns the repositories that the root names by now, and those of the command line. Where the request has its own,
// they are in the place of those that the base names. With --repositories-file, only those of that file and of the command line count.
// A directory is one of this machine if the request or the base names it, else one of the image.
func (p *Plan) repositoriesOf(c *command.Command, staged *stage.Stage) ([]repository.Repository, error) {
	now := &root.Root{Tree: staged.Tree(), Generation: p.Generation}
	var list []repository.Repository
	var err error
	file := c.Value("repositories-file")
	if file != "" {
		list, err = now.RepositoriesIn(file, p.Arch)
	} else {
		list, err = now.Repositories(p.Arch)
	}
	if err != nil {
		return nil, err
	}
	if len(p.spec.Repositories) > 0 && file == "" {
		replaced, err := p.root.Repositories(p.Arch)
		if err != nil {
			return nil, err
		}
		added := list
		list = slices.Clone(p.repositories)
		for _, r := range added {
			if !slices.Contains(replaced, r) {
				list = append(list, r)
			}
		}
	}
	for _, line := range c.Repositories {
		found, err := repository.ParseArgument(line, p.Generation, p.Arch)
		if err != nil {
			return nil, fmt.Errorf("repository of apk: %w", err)
		}
		list = append(list, found...)
	}
	return list, p.checkDirectories(list, staged)
}

// checkDirectories refuses repositories that are directories of the image, and marks those that the image does not have: no command says what
// is read of this machine.
func (p *Plan) checkDirectories(list []repository.Repository, staged *stage.Stage) error {
	known, err := p.root.Repositories(p.Arch)
	if err != nil {
		return err
	}
	known = append(known, p.repositories...)
	for i, r := range list {
		if !r.Local() || slices.ContainsFunc(known, func(k repository.Repository) bool { return k.URL == r.URL }) {
			continue
		}
		if n, err := staged.Tree().Stat(r.URL); err == nil && n.Type == tree.Directory {
			return hint.With(fmt.Errorf("repository %s: is a directory of the image, where repositories are not read", r),
				"name the files of the packages, as in apk add /DIR/NAME.apk, or give a directory of this machine: --repository DIR")
		}
		list[i].IsMissing = true
	}
	return nil
}
