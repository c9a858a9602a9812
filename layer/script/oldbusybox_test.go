package script_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

// TestAppletsWithoutList: a busybox that comes without a list of its applets, as those up to Alpine 3.14, has one in itself.
func TestAppletsWithoutList(t *testing.T) {
	const list = "etc/busybox-paths.d/busybox"
	tr := apktest.BaseTree(t)
	want, err := tr.ReadFile(list, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.RemoveAll("etc/busybox-paths.d"); err != nil {
		t.Fatal(err)
	}
	if err := script.RunText(t.Context(), script.Options{Tree: tr}, "run 1", "busybox --install -s && busybox --list-full | sort >/list", nil); err != nil {
		t.Fatal(err)
	}
	got, err := tr.ReadFile("list", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(sortedFields(got), "\n") != strings.Join(sortedFields(want), "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := tr.Remove("usr/bin/xxd"); err != nil {
		t.Fatal(err)
	}
	err = script.RunText(t.Context(), script.Options{Tree: tr}, "run 1", "busybox --install -s", nil)
	if want := "run 1: line 1: busybox: it has no list of applets in /etc/busybox-paths.d, so it is not known where to put xxd"; err == nil ||
		err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestAppletsOfMadeUpProgram is the same without the corpus.
func TestAppletsOfMadeUpProgram(t *testing.T) {
	for program, want := range map[string]string{
		"\x7fELF junk\x00[\x00[[\x00cat\x00\x00rest": "",
		"\x7fELF junk\x00[\x00[[\x00cat":             "run 1: line 1: busybox: it has no list of applets, neither in /etc/busybox-paths.d nor in itself",
		"\x7fELF":                                    "run 1: line 1: busybox: it has no list of applets, neither in /etc/busybox-paths.d nor in itself",
	} {
		tr := tree.New()
		for _, dir := range []string{"bin", "usr/bin"} {
			if err := tr.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.WriteFile("bin/busybox", []byte(program), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, link := range []string{"usr/bin/[", "usr/bin/[[", "bin/cat"} {
			if err := tr.Symlink("/bin/busybox", link); err != nil {
				t.Fatal(err)
			}
		}
		err := script.RunText(t.Context(), script.Options{Tree: tr, Standalone: true}, "run 1", "busybox --install -s", nil)
		if got := errorText(err); got != want {
			t.Errorf("%q: got %s, want %s", program, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func sortedFields(b []byte) []string {
	fields := strings.Fields(string(b))
	slices.Sort(fields)
	return fields
}
