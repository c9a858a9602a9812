package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/query"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/stage"
)

// queryOptions are those that only "apk query" has.
type queryOptions struct {
	isRecursive bool
	withWorld   bool
	summary     string
	fields      query.Fields
	format      query.Format
}

// parse takes an option, and its value from take. Known is false if it is none of a query.
func (o *queryOptions) parse(option string, take func() (string, bool)) (known bool, err error) {
	value := ""
	switch option {
	case "--summarize", "--fields", "--format":
		ok := false
		if value, ok = take(); !ok {
			return true, errors.New(option + " needs a value")
		}
	}
	switch option {
	case "--recursive":
		o.isRecursive = true
	case "--world":
		o.isRecursive, o.withWorld = true, true
	case "--summarize":
		o.summary = value
	case "--fields":
		o.fields, err = query.ParseFields(value)
	case "--format":
		o.format = query.Format(value)
	default:
		return false, nil
	}
	return true, err
}

// print prints what a query found.
func (o *queryOptions) print(w io.Writer, packages []*apk.Package) error {
	if o.summary != "" {
		return query.Summarize(w, packages, o.summary)
	}
	names, format := o.fields, o.format
	if len(names) == 0 {
		names = query.DefaultFields()
	}
	if format == "" {
		format = query.Default
	}
	return query.Write(w, packages, names, format)
}

// apkQuery is "apk query" of apk 3: with --recursive of the packages that would be there if nothing but the arguments, and with
// --world the root's world, were asked for; with --installed of those whose names match one of the arguments.
func (p *Plan) apkQuery(ctx context.Context, c *apkCommand, staged *stage.Stage, command string, stdout, stderr io.Writer) (int, error) {
	unsupported := func(why string) (int, error) { return 0, fmt.Errorf("%s: %s: %w", command, why, errors.ErrUnsupported) }
	if p.Generation == apk.V2 {
		return unsupported("the base's apk 2 has no query")
	}
	if !c.query.isRecursive {
		if !c.installed {
			return unsupported("query needs --recursive or --installed")
		}
		var found []*apk.Package
		for _, installed := range staged.Installed().Packages {
			matches := func(pattern string) bool {
				ok, err := path.Match(pattern, installed.Name)
				return ok && err == nil
			}
			if slices.ContainsFunc(c.args, matches) {
				found = append(found, &installed.Package)
			}
		}
		return 0, c.query.print(stdout, found)
	}
	wanted, err := p.constraints(c.args)
	if err != nil {
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 1, nil
	}
	repositories, err := p.repositoriesOf(c, staged)
	if err != nil {
		return 0, in(PartRun, err)
	}
	t, err := p.query(ctx, staged, command, repositories, func(r *solver.Request) {
		if !c.query.withWorld {
			r.Goal = []apk.Dependency{}
		}
		r.Add(wanted, 0)
	}, func(packages []*apk.Package) (string, error) {
		var text strings.Builder
		err := c.query.print(&text, packages)
		return text.String(), err
	})
	if isUnsolvable(ctx, err) {
		fmt.Fprintf(stderr, "ERROR: %v\n", err)
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	_, err = io.WriteString(stdout, t.Output)
	return 0, err
}
