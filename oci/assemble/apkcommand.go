package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/assemble/internal/packagefile"
	"github.com/lamina-oci/lamina/oci/assemble/internal/target"
	"github.com/lamina-oci/lamina/oci/lock"
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
	if r.on, err = p.targetOf(c, staged, dir); err != nil {
		if refused := new(stage.RootError); errors.As(err, &refused) {
			fmt.Fprintln(stderr, refused)
			return 99, nil
		}
		return 0, in(PartRun, err)
	}
	if c.Applet == "update" || c.Applet == "cache" || c.Applet == "" {
		return 0, nil // indexes are always as fresh as they can be, and there is no cache
	}
	if r.repositories, err = p.repositoriesOf(c, r.on); err != nil {
		return 0, in(PartRun, err)
	}
	if c.Applet == "fix" && c.Has("directory-permissions") {
		r.on.FixDirectories()
	}
	switch c.Applet {
	case "add", "del", "fix", "upgrade":
		return p.apkChange(ctx, c, r, stdout, stderr)
	case "fetch":
		return p.apkFetch(ctx, c, r, stdout, stderr)
	case "query":
		return p.apkQuery(ctx, c, r, stdout, stderr)
	case "policy", "version":
		if p.Generation == apk.V3 {
			return 0, fmt.Errorf("%s: what apk 3 prints is not supported where something reads it: %w", r.command, errors.ErrUnsupported)
		}
	}
	if !c.NeedsRepositories(r.on.Installed()) {
		return r.on.Query(c, nil, stdout, stderr), nil
	}
	answer, err := p.answer(ctx, c, r)
	if err != nil {
		return 0, err
	}
	io.WriteString(stdout, answer.Output)
	return answer.Status, nil
}

// apkChange changes what is installed.
func (p *Plan) apkChange(ctx context.Context, c *command.Command, r run, stdout, stderr io.Writer) (status int, err error) {
	open := func(name string) (*apk.Package, error) {
		file, err := p.packageFile(r.on, name, c.Has("allow-untrusted"))
		if err != nil {
			return nil, err
		}
		r.files = append(r.files, file)
		return file.Package, nil
	}
	if r.ask, err = c.Ask(command.Root{Generation: p.Generation, Installed: r.on.Installed(), Created: p.created, File: open}); err != nil {
		return cannotAsk(err, stderr)
	}
	if c.Has("simulate") {
		return p.apkSimulate(ctx, c, r, stdout, stderr)
	}
	wasBroken := r.on.IsBroken()
	done, err := p.runAPK(ctx, c, r, c.Flags())
	if c.Verbosity > 0 {
		for _, t := range done {
			for _, line := range t.Solution.Lines() {
				fmt.Fprintln(stdout, line)
			}
		}
	}
	if isUnsolvable(ctx, err) {
		said := unsolvable(err)
		io.WriteString(stderr, said.Output)
		return said.Status, nil
	}
	if err == nil && wasBroken && r.on.IsBroken() {
		return 1, nil // which apk says of every transaction until the package is mended
	}
	return 0, err
}

// unsolvable returns what apk prints on standard error of packages that cannot be had together.
func unsolvable(err error) *lock.Answer {
	var locked *lockedFailure
	var unknown *solver.UnknownPackageError
	var unsatisfiable *solver.UnsatisfiableError
	var noTag *solver.MissingTagError
	said := lock.Answer{Status: 1, Output: "ERROR: " + err.Error()}
	if errors.As(err, &unknown) {
		unsatisfiable = unknown.Cause
	}
	switch {
	case errors.As(err, &locked):
		return locked.answer
	case unsatisfiable != nil, errors.As(err, &unsatisfiable):
		said = lock.Answer{Status: unsatisfiable.Errors, Output: unsatisfiable.Report(0)}
	case errors.As(err, &noTag):
		said = lock.Answer{Status: 99, Output: noTag.Report()}
	case strings.HasPrefix(err.Error(), "No such package: "): // a line for each, also from a lock
		said = lock.Answer{Status: (1 + strings.Count(err.Error(), "\n")) & 0xff, Output: strings.ReplaceAll(said.Output, "\n", "\nERROR: ")}
	}
	said.Output += "\n"
	return &said
}

// A lockedFailure is why packages could not be had when the lock was written.
type lockedFailure struct {
	text    string
	answer  *lock.Answer
	isShort bool // the lock has the text alone, as older ones do
}

func (e *lockedFailure) Error() string { return e.text }

// cannotAsk prints what apk says of arguments that it does not take, with its exit status.
func cannotAsk(err error, stderr io.Writer) (int, error) {
	if unknown := (command.UnknownPackages)(nil); errors.As(err, &unknown) {
		for _, name := range unknown {
			fmt.Fprintf(stderr, "ERROR: Package '%s' not found\n", name)
		}
		return len(unknown) & 0xff, nil
	}
	status := 1
	if file := (*command.FileError)(nil); errors.As(err, &file) {
		if hint.Of(err) != "" {
			return 0, in(PartRun, err)
		}
		status = 99
	}
	fmt.Fprintf(stderr, "ERROR: %v\n", err)
	return status, nil
}

// isUnsolvable reports whether err says that packages cannot be had together, which apk answers with a report.
func isUnsolvable(ctx context.Context, err error) bool {
	var part *Error
	return errors.As(err, &part) && part.Part == PartSolution && ctx.Err() == nil
}

func (p *Plan) runAPK(ctx context.Context, c *command.Command, r run, flags solver.Flags) ([]*Transaction, error) {
	mayUpgradeSelf := !r.on.IsOther() || p.Generation == apk.V2 // apk 3 leaves apk in another root to the rest
	if c.Applet == "upgrade" && len(c.Args) == 0 && !c.Has("no-self-upgrade") && mayUpgradeSelf {
		if !c.Has("self-upgrade-only") {
			return p.upgrade(ctx, r, flags)
		}
		r.isSelf, r.ask = true, func(request *solver.Request) { request.UpgradeSelf(solver.Upgrade | flags) }
	}
	if c.Has("self-upgrade-only") && !r.isSelf {
		return nil, nil
	}
	t, err := p.transact(ctx, r)
	if t == nil {
		return nil, err
	}
	return []*Transaction{t}, err
}

// ownTarget is the image's own root, as it is by now. From there on, the plan follows the apk that is in it.
func (p *Plan) ownTarget(staged *stage.Stage) (*target.Target, error) {
	on, err := target.Own(staged)
	if err == nil {
		p.Generation = staged.Generation()
	}
	return on, err
}

// targetOf returns the root that a command names: see [target.Target.Select].
func (p *Plan) targetOf(c *command.Command, staged *stage.Stage, dir string) (*target.Target, error) {
	on, err := p.ownTarget(staged)
	if err != nil {
		return nil, err
	}
	on.Dir = dir
	return on, on.Select(c, p.Arch, p.keysOf)
}

// packageFile reads a package file of the image; its name may be relative to the directory that the command runs in. A key that the
// root trusts, or one of the request, must have signed it, as for apk, also where the command allows any. Errors that have no hint
// are in apk's words.
func (p *Plan) packageFile(on *target.Target, name string, allowsUntrusted bool) (*packagefile.File, error) {
	if !path.IsAbs(name) {
		name = path.Join("/", on.Dir, name)
	}
	keys, err := p.keysOf(&on.Root)
	if err != nil {
		return nil, err
	}
	file, err := packagefile.Read(on.Image, name, packagefile.Options{Keys: keys, Generation: p.Generation, AllowUntrusted: p.env.AllowUntrusted})
	if allowsUntrusted && packagefile.IsUntrusted(err) {
		return nil, hint.Errorf("%w; a command cannot turn off the check (--allow-untrusted)", err).With(
			"pass the public key of its maker, --key FILE, or build with --allow-untrusted")
	}
	return file, err
}

// fileOf returns the package file that a change installs, or nil if its package is from a repository or made up.
func (p *PackagePlan) fileOf(change int) *packagefile.File {
	c := &p.Solution.Changes[change]
	if c.File < 0 || c.New == nil {
		return nil
	}
	for _, f := range p.named {
		if f.Is(c.New) {
			return f
		}
	}
	return nil
}
