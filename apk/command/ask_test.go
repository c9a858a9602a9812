package command_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/solver"
)

// TestAsk: operands that are no packages are told of in apk's own words, before anything is solved.
func TestAsk(t *testing.T) {
	installed := &apk.Installed{Packages: []*apk.InstalledPackage{{Package: apk.Package{Name: "nginx"}}}}
	for _, test := range []struct {
		args    []string
		unknown []string
		text    string
		flags   solver.Flags
	}{
		{args: []string{"add", "nginx", "curl>8", "so:libz.so.1"}},
		{args: []string{"add", "-u", "nginx"}, flags: solver.Upgrade},
		{args: []string{"add", "main/nginx"}, text: "'main/nginx' is not a valid world dependency, format is name(@tag)([<>~=]version)"},
		{args: []string{"upgrade", "-a"}, flags: solver.Available},
		{args: []string{"fix", "ngin*"}},
		{args: []string{"fix", "nginx", "curl", "jq"}, unknown: []string{"curl", "jq"}},
		{args: []string{"upgrade", "curl"}, unknown: []string{"curl"}},
	} {
		c, err := command.Parse(test.args)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Ask(command.Root{Generation: apk.V2, Installed: installed, Created: func() time.Time { return time.Unix(0, 0).UTC() }})
		var unknown command.UnknownPackages
		errors.As(err, &unknown)
		if !slices.Equal(unknown, test.unknown) || test.unknown == nil && (err != nil) != (test.text != "") || test.text != "" && err.Error() != test.text {
			t.Errorf("%q: %v", test.args, err)
		}
		if got := c.Flags(); got != test.flags {
			t.Errorf("%q: flags %v, want %v", test.args, got, test.flags)
		}
	}
}

// TestAskFiles: which operands are package files, and what is asked for then.
func TestAskFiles(t *testing.T) {
	pkg := &apk.Package{Name: "local", Version: "1", Identity: apk.SHA1Checksum([20]byte{1})}
	read := func(name string) (*apk.Package, error) {
		if strings.HasSuffix(name, "local.apk") {
			return pkg, nil
		}
		return nil, fs.ErrNotExist
	}
	for _, test := range []struct {
		g     apk.Generation
		args  string
		want  string // the world; or the error
		files int
	}{
		{apk.V2, "add ./local.apk jq", "local><Q1AQAAAAAAAAAAAAAAAAAAAAAAAAA= jq", 1},
		{apk.V3, "add local.apk", "local><Q1AQAAAAAAAAAAAAAAAAAAAAAAAAA=", 1},
		{apk.V3, "add -t .v=1 local.apk", ".v=1", 2},
		{apk.V2, "add gone.apk", "gone.apk: file does not exist", 0},
		{apk.V3, "add gone.apk", "gone.apk", 0},
		{apk.V2, "add py3.local", "py3.local", 0},
	} {
		c, err := command.Parse(strings.Fields(test.args))
		if err != nil {
			t.Fatal(err)
		}
		ask, err := c.Ask(command.Root{Generation: test.g, Installed: new(apk.Installed), File: read})
		got, request := "", solver.Request{Generation: test.g}
		if err != nil {
			got = err.Error()
		} else {
			ask(&request)
			var world []string
			for _, d := range request.Goal {
				world = append(world, d.String())
			}
			got = strings.Join(world, " ")
		}
		if got != test.want || len(request.Files) != test.files {
			t.Errorf("%s: %s, %d files; want %s, %d", test.args, got, len(request.Files), test.want, test.files)
		}
	}
}
