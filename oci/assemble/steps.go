package assemble

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec"
)

// step carries out what a step's lists say: packages, accounts, files, commands, removals.
func (p *Plan) step(ctx context.Context, staged *stage.Stage, s *spec.Step) error {
	if err := p.packagesStep(ctx, staged, s); err != nil {
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
	unmount, err := staged.Mount(s.Mounts)
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
			Name: s.RunName(i), Body: text, Env: p.environment(s), User: cmp.Or(s.User, "0"), Dir: s.Dir,
			APK: func(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
				return p.apk(ctx, staged, args, stdout, stderr)
			},
			Get: get,
		})
		if err != nil {
			if unsupported := new(script.UnsupportedError); errors.As(err, &unsupported) && unsupported.Package == "" {
				remedy := s.RemedyText()
				if unsupported.Program != "" {
					remedy = s.RemedyProgram()
				}
				err = hinted(err, remedy)
			}
			return in(PartRun, p.spec.LocateIn(s, err, "run", i))
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

// packagesStep is the transaction of a step, if it has one.
func (p *Plan) packagesStep(ctx context.Context, staged *stage.Stage, s *spec.Step) error {
	if len(s.Packages) == 0 && s.Upgrade != spec.UpgradeAll {
		return nil
	}
	var items []apk.Dependency
	for i, text := range s.Packages {
		d, err := p.parsePackage(text)
		if err != nil {
			return in(PartRequest, p.spec.LocateIn(s, err, "packages", i))
		}
		items = append(items, d)
	}
	command := strings.TrimSpace("packages " + strings.Join(s.Packages, " "))
	if s.Upgrade != spec.UpgradeNone {
		command += "; upgrade " + string(s.Upgrade)
	}
	repositories, err := p.repositoriesOf(new(apkCommand), staged)
	if err != nil {
		return in(PartRepository, err)
	}
	_, err = p.transact(ctx, staged, command, repositories, func(r *solver.Request) {
		var flags solver.Flags
		switch s.Upgrade {
		case spec.UpgradeAll:
			r.Flags |= solver.Upgrade
		case spec.UpgradeNamed:
			flags = solver.Upgrade
		}
		r.Add(items, flags)
	})
	if err != nil {
		part := PartPackage
		if about := new(Error); errors.As(err, &about) {
			part = about.Part
		}
		return in(part, p.spec.LocateIn(s, err, "packages"))
	}
	return nil
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

// stepText is the history's account of a step.
func stepText(s *spec.Step) string {
	var groups, users []string
	for _, g := range s.Groups {
		groups = append(groups, g.Name)
	}
	for _, u := range s.Users {
		users = append(users, u.Name)
	}
	var runner []string
	if s.User != "0" && s.User != "root" {
		runner = strings.Fields(s.User)
	}
	text := ""
	for _, list := range [...]struct {
		name  string
		items []string
	}{{"packages", s.Packages}, {"upgrade", strings.Fields(string(s.Upgrade))}, {"groups", groups}, {"users", users}, {"user", runner}, {"run", s.Run}, {"remove", s.Remove}} {
		if len(list.items) > 0 {
			text += "; " + list.name + ": " + strings.TrimSpace(strings.Join(list.items, " "))
		}
	}
	return text
}
