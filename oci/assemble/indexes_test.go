package assemble_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// TestRepositoriesLeftOut: a repository of the base that cannot be read is left out, with a warning, where that changes
// nothing; apk 2.14 and 3.0 warn of any. Else the error says how to leave it out.
func TestRepositoriesLeftOut(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	missing := httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	const leave = "the base lists this repository; to leave it out, list those you need: --repository URL, or repositories: in the spec"
	for _, c := range []struct {
		name         string
		repositories string // of the base; GOOD stands for one that has jq
		packages     []string
		warning      string
		err, hint    string
	}{
		{"a directory of Alpine's installer", "/media/cdrom/apks\nGOOD\n", []string{"jq"},
			"ignoring the base's repository /media/cdrom/apks: read index /media/cdrom/apks: no index for x86_64: the directory " +
				"/media/cdrom/apks does not exist in the image", "", ""},
		{"a directory of this machine", "THEIRS\n", []string{"jq"}, "ignoring the base's repository THEIRS", "THEIRS does not exist in the image", leave},
		{"a directory of this machine, but nothing to install", "THEIRS\n", nil, "ignoring the base's repository THEIRS", "", ""},
		{"a directory of the image", "/etc/../etc/apk\nGOOD\n", []string{"jq"}, "",
			"repository /etc/apk: is a directory of the image, where repositories are not read", leave},
		{"a directory of the image, but nothing to install", "/etc/apk\n", nil, "ignoring the base's repository /etc/apk", "", ""},
		{"a tag that nothing asks for, and no server", "@testing DEAD\nGOOD\n", []string{"jq"}, "ignoring the base's repository @testing DEAD: fetch", "", ""},
		{"a tag that nothing asks for, missing at the server", "GOOD\n@testing MISSING\n", []string{"jq"},
			"ignoring the base's repository @testing MISSING: fetch", "", ""},
		{"a tag that a package asks for", "GOOD\n@testing DEAD\n", []string{"jq@testing"}, "", "connection refused", leave},
		{"no server", "DEAD\nGOOD\n", []string{"jq"}, "", "connection refused", leave},
		{"missing at the server", "GOOD\nMISSING\n", []string{"jq"}, "", "404 Not Found", leave},
		{"no server, but nothing to install", "DEAD\nGOOD\n", nil, "ignoring the base's repository DEAD: fetch", "", ""},
		{"only a directory that is missing", "/media/cdrom/apks\n", []string{"jq"}, "ignoring", "the directory /media/cdrom/apks does not exist", leave},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := newInputs(t, fixtures.Base{}, fixtures.Package{Name: "jq"})
			places := strings.NewReplacer("GOOD", in.serve(), "THEIRS", in.spec.Repositories[0], "DEAD", dead.URL, "MISSING", missing.URL)
			base := fixtures.Base{World: []string{},
				Files: fixtures.WithParents([]fixtures.File{{Path: "etc/apk/repositories", Content: places.Replace(c.repositories)}})}
			root, err := base.TarGzip()
			if err == nil {
				err = os.WriteFile(in.spec.Base.Path, root, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			in.spec.Repositories, in.spec.Packages = nil, c.packages
			plan, err := assemble.Resolve(t.Context(), &in.spec, in.platform, &in.env)
			if err == nil {
				defer plan.Close()
				if len(plan.Solution.Changes) != len(c.packages) {
					t.Errorf("changes: %v", plan.Solution.Changes)
				}
			}
			if (err == nil) != (c.err == "") || err != nil && (!strings.Contains(err.Error(), places.Replace(c.err)) || !strings.HasSuffix(assemble.Hint(err), c.hint)) {
				t.Errorf("got %v\n  %s\nwant %s\n  %s", err, assemble.Hint(err), c.err, c.hint)
			}
			if warnings := strings.Join(in.warned, "\n"); !strings.Contains(warnings, places.Replace(c.warning)) || c.warning == "" && warnings != "" {
				t.Errorf("warnings: %s", warnings)
			}
		})
	}
}

// TestLockWithoutRepository: a repository that was left out of the lock is not asked for packages later.
func TestLockWithoutRepository(t *testing.T) {
	in := newInputs(t, fixtures.Base{}, fixtures.Package{Name: "jq"})
	dead := httptest.NewServer(nil)
	dead.Close()
	base := fixtures.Base{World: []string{},
		Files: fixtures.WithParents([]fixtures.File{{Path: "etc/apk/repositories", Content: "@testing " + dead.URL + "\n" + in.serve() + "\n"}})}
	root, err := base.TarGzip()
	if err == nil {
		err = os.WriteFile(in.spec.Base.Path, root, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	in.spec.Repositories = nil
	in.spec.Lock = in.lock()
	if n := len(in.spec.Lock.Platforms[0].Indexes); n != 1 {
		t.Fatalf("%d indexes in the lock", n)
	}
	if result, _ := in.build(filepath.Join("locked")); result == nil {
		t.Error("no result")
	}
}

// TestDirectoriesOfImage: a command that names a directory as a repository means one of the image. None of this machine is read, unless the
// request names it too.
func TestDirectoriesOfImage(t *testing.T) {
	const missing, refused, nothing = "does not exist", "is a directory of the image", ""
	for command, want := range map[string]string{
		"apk add -X THEIRS secret":                                             missing,
		"apk add --no-cache --repository=THEIRS/../theirs secret":              missing,
		"apk add -X '@private THEIRS' secret@private":                          missing,
		"echo THEIRS >/tmp/list; apk add --repositories-file /tmp/list secret": missing,
		"echo THEIRS >>/etc/apk/repositories; apk add secret":                  missing,
		"apk add -X /tmp secret":                                               refused,
		"echo /tmp >>/etc/apk/repositories; apk add secret":                    refused,
		"apk add -X GIVEN secret":                                              nothing,
	} {
		in := newInputs(t, fixtures.Base{APKTools: "3.0.6-r0", World: []string{"apk-tools"}, Files: []fixtures.File{
			{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/sh", Mode: 0o755, Content: "sh"}, {Path: "tmp/old", Content: ""},
		}}, libz())
		theirs, given := filepath.Join(in.dir, "theirs"), filepath.Join(in.dir, "given")
		for _, to := range []string{theirs, given} {
			if err := (fixtures.Repository{Packages: []fixtures.Package{{Name: "secret"}}}).Write(to); err != nil {
				t.Fatal(err)
			}
		}
		in.spec.Packages = nil
		in.spec.Run = []string{strings.NewReplacer("THEIRS", theirs, "GIVEN", given).Replace(command)}
		if want == nothing {
			in.spec.Repositories = append(in.spec.Repositories, given)
		}
		err := func() error {
			plan, err := assemble.Resolve(t.Context(), &in.spec, in.platform, &in.env)
			if err != nil {
				return err
			}
			defer plan.Close()
			_, err = plan.Write(t.Context(), oci.Reference{Transport: oci.TransportLayout, Path: filepath.Join(in.dir, "out")})
			return err
		}()
		if (want == nothing) != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", command, err, want)
		}
	}
}
