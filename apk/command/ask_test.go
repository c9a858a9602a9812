package command_test

import (
	"errors"
	"slices"
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
		_, err = c.Ask(installed, apk.V2, func() time.Time { return time.Unix(0, 0).UTC() })
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
