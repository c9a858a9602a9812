package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
)

// TestSideFiles: a file beside the result that cannot be written is an error before anything is read or built.
func TestSideFiles(t *testing.T) {
	b := newBench(t)
	b.file("file", "")
	b.directory("full/sub")
	build := []string{"build", "--base", "rootfs:missing.tar.gz", "-o", "oci:out:new", "nginx"}
	const why, hint = ": file: is a file, not a directory", "give a file in a directory that you can write to"
	for _, test := range []struct {
		args      []string
		code      int
		err, hint string
	}{
		{append(build, "--iidfile", "file/id"), exit.Failed, "--iidfile file/id" + why, hint},
		{append(build, "--iidfile", "full/sub"), exit.Failed, "--iidfile full/sub: is a directory", hint},
		{append(build, "--metadata-file", "file/a/b"), exit.Failed, "--metadata-file file/a/b" + why, hint},
		{[]string{"inspect", "oci:missing", "--html", "file/page"}, exit.Failed, "--html file/page" + why, hint},
		{[]string{"diff", "oci:missing", "oci:missing", "--html", "file/page"}, exit.Unknown, "--html file/page" + why, hint},
		{[]string{"lock", "--base", "rootfs:missing.tar.gz", "--lock", "file/lock", "nginx"}, exit.Failed, "replace file/lock: open file/lock: not a directory",
			"name another file, --lock FILE"},
		{[]string{"lock", "--base", "rootfs:missing.tar.gz", "--lock", "new.lock", "--vendor", "file/a", "nginx"}, exit.Failed,
			"--vendor" + why, "give a directory that you can write to"},
	} {
		before := b.snapshot(".")
		code, stdout, stderr := b.lamina(slices.Clone(test.args)...)
		want := "lamina: " + test.err + "\n  " + test.hint + "\n"
		if code != test.code || stdout != "" || stderr != want {
			t.Errorf("%s: exit code %d, %q\n%s", strings.Join(test.args, " "), code, stdout, cmp.Diff(want, stderr))
		}
		if diff := cmp.Diff(before, b.snapshot(".")); diff != "" {
			t.Errorf("%s (-before +after):\n%s", strings.Join(test.args, " "), diff)
		}
	}
}
