package assemble

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// step carries out what a step's lists say: packages, accounts, files, commands, removals.
func (p *Plan) step(ctx context.Context, staged *stage.Stage, s *spec.Step) error {
	if err := p.packagesStep(ctx, staged, s, false); err != nil {
		return err
	}
	if err := staged.AddAccounts(ctx, s.Groups, s.Users); err != nil {
		list := "groups"
		account := new(stage.AccountError)
		if errors.As(err, &account) {
			if account.IsUser {
				list = "users"
			}
			err = p.spec.LocateIn(s, err, list, account.Index)
		}
		return in(PartAccount, err)
	}
	unmount, err := staged.Mount(s.Mounts, s.IsContainer)
	if err != nil {
		return in(PartRun, p.spec.LocateIn(s, err, "run"))
	}
	for i := range s.Files {
		if err := staged.AddFiles(ctx, s.Files[i:i+1]); err != nil {
			return in(PartFile, p.spec.LocateIn(s, hinted(err, s.Remedy("files")), "files", i))
		}
	}
	get := p.download
	if s.IsOffline {
		get = nil
	}
	for i, text := range s.Run {
		err := staged.RunText(ctx, stage.Text{
			Name: s.RunName(i), Place: s.RunPlace(i), Body: text, Env: p.environment(s), User: cmp.Or(s.User, "0"), Dir: s.Dir, Bash: s.Bash,
			APK: func(ctx context.Context, dir string, args []string, stdout, stderr io.Writer) (int, error) {
				return p.apk(ctx, staged, dir, args, stdout, stderr)
			},
			Get: get,
		})
		p.noteInText(staged, s, i)
		if err != nil {
			return in(PartRun, p.spec.LocateIn(s, p.explainRun(ctx, staged, s, err), "run", i))
		}
	}
	if err := unmount(); err != nil {
		return in(PartRun, p.spec.LocateIn(s, err, "run"))
	}
	for i := range s.Remove {
		if err := staged.Remove(s.Remove[i : i+1]); err != nil {
			return in(PartFile, p.spec.LocateIn(s, hinted(err, s.Remedy("remove")), "remove", i))
		}
	}
	return nil
}

// packagesCommand is what the transaction of a step is called.
func packagesCommand(s *spec.Step) string {
	text := strings.TrimSpace("packages " + strings.Join(s.Packages, " "))
	if s.Upgrade != lock.UpgradeNone {
		text += "; upgrade " + string(s.Upgrade)
	}
	return text
}

// noSelfUpgrade ends the command of a transaction after that in which apk upgrades itself.
const noSelfUpgrade = " --no-self-upgrade"

// packagesStep is the transaction of a step, if it has one; rest means that apk was upgraded before.
func (p *Plan) packagesStep(ctx context.Context, staged *stage.Stage, s *spec.Step, rest bool) error {
	if len(s.Packages) == 0 && !s.Upgrade.IsAll() {
		return nil
	}
	on, err := p.ownTarget(staged)
	if err != nil {
		return in(PartPackage, p.spec.LocateIn(s, err, "packages"))
	}
	var items []apk.Dependency
	for i, text := range s.Packages {
		d, err := spec.ParsePackage(text, p.Generation)
		if err != nil {
			return in(PartRequest, p.spec.LocateIn(s, err, "packages", i))
		}
		items = append(items, d)
	}
	r := run{command: packagesCommand(s), on: on}
	if rest {
		r.command += noSelfUpgrade
	}
	if r.repositories, err = p.repositoriesOf(new(command.Command), r.on); err != nil {
		return in(PartRepository, err)
	}
	r.ask = func(request *solver.Request) { ask(request, items, s.Upgrade) }
	if s.Upgrade.IsAll() && !rest {
		_, err = p.upgrade(ctx, r, allFlags(s.Upgrade))
	} else {
		_, err = p.transact(ctx, r)
	}
	p.noteRefused(staged, func(err error) error { return p.spec.LocateIn(s, err, "packages") })
	if err != nil {
		part := PartPackage
		if about := new(Error); errors.As(err, &about) {
			part = about.Part
		}
		return in(part, p.spec.LocateIn(s, err, "packages"))
	}
	return nil
}

// ask asks for items and for what else is to be upgraded.
func ask(r *solver.Request, items []apk.Dependency, upgrade lock.Upgrade) {
	switch upgrade {
	case lock.UpgradeAll, lock.UpgradeAvailable:
		r.Upgrade(nil, allFlags(upgrade)) // as "apk upgrade", with the packages in the same transaction
		r.Add(items, 0)
	case lock.UpgradeNamed:
		r.Add(items, solver.Upgrade)
	default:
		r.Add(items, 0)
	}
}

// allFlags are those in addition to [solver.Upgrade] for an upgrade of all packages.
func allFlags(upgrade lock.Upgrade) solver.Flags {
	if upgrade == lock.UpgradeAvailable {
		return solver.Available
	}
	return 0
}

// environment is that of a step's commands: its own, or else the base's and what the request sets.
func (p *Plan) environment(s *spec.Step) map[string]string {
	variables := s.Env
	if variables == nil {
		variables = oci.MergeEnv(p.Base.Config.Config.Env, p.spec.Config.Env)
	}
	environment := make(map[string]string)
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		environment[name] = value
	}
	return environment
}
