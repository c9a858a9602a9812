package assemble_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestCommandsLikeReference runs commands with apk in them in Alpine's minirootfs, with the real shell and apk, and as
// commands of a spec: both leave the same root, databases included.
func TestCommandsLikeReference(t *testing.T) {
	corpus := apktest.Corpus(t)
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	for _, c := range []struct {
		name     string
		commands []string
	}{
		{"virtual packages", []string{
			"apk add --no-cache --virtual .deps jq wget && mkdir /srv/x && touch /srv/x/made",
			"apk del .deps",
			"apk add nginx && sed -i 's/^user.*/user nobody;/' /etc/nginx/nginx.conf",
		}},
		{"add, upgrade and delete", []string{
			"apk add git openssh-client-default; apk upgrade", "apk del git && apk add -u tzdata", "apk info -e git || apk add jq",
			"rm -rf /usr/share/zoneinfo/right; apk del tzdata",
		}},
		{"a virtual package that stays", []string{"apk add -t .run=1 libcurl && apk add --no-cache -q pcre2", "apk info | sort >/etc/packages"}},
		{"scripts of several commands", []string{"apk add nginx && apk add chrony", "apk add ca-certificates coreutils"}},
		{"an alternative", []string{"apk add nosuch 2>/dev/null || apk add jq"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := filepath.Join(corpus, apktest.Minirootfs)
			repo := filepath.Join(corpus, "repo")
			root := t.TempDir()
			if err := os.Chmod(root, 0o755); err != nil {
				t.Fatal(err)
			}
			command(t, "", "tar", "xzpf", base, "-C", root, "--numeric-owner")
			command(t, "", "cp", "-r", repo, filepath.Join(root, "tmp/repo"))
			command(t, "", "cp", "-r", filepath.Join(corpus, "keys"), filepath.Join(root, "tmp/keys"))
			if err := syscall.Mknod(filepath.Join(root, "dev/null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
				t.Skipf("the reference's scripts need /dev/null: %v", err)
			}
			// The options that a container would not need come in by a wrapper, so that the commands are the same.
			wrapper := "#!/bin/sh\nexec /sbin/apk --no-network --keys-dir /tmp/keys --repositories-file /dev/null -X /tmp/repo \"$@\"\n"
			if err := os.WriteFile(filepath.Join(root, "tmp/apk"), []byte(wrapper), 0o755); err != nil {
				t.Fatal(err)
			}
			for _, text := range c.commands {
				command(t, root, "/bin/sh", "-c", text)
			}
			for _, name := range []string{"tmp/repo", "tmp/keys", "tmp/apk", "dev/null"} {
				if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
					t.Fatal(err)
				}
			}

			key, err := spec.ReadKey(filepath.Join(corpus, "keys", "corpus@lamina-1.rsa.pub"))
			if err != nil {
				t.Fatal(err)
			}
			in := &inputs{t: t, dir: t.TempDir(), spec: spec.Spec{
				Base: oci.Reference{Transport: oci.TransportRootfs, Path: base}, Repositories: []string{repo}, Keys: []spec.Key{key},
				Run: c.commands, Created: time.Now(),
			}}
			in.env = assemble.Env{Client: &repository.Client{}}
			t.Cleanup(func() { in.env.Client.Close() })
			_, image := in.build("image")
			built := tree.New()
			for _, l := range image.Layers {
				if err := l.ReadInto(t.Context(), built); err != nil {
					t.Fatal(err)
				}
			}
			compareRoots(t, root, built)
		})
	}
}

// command runs a program, in a root unless that is "".
func command(t *testing.T, root string, args ...string) {
	t.Helper()
	if root != "" {
		args = append([]string{"chroot", root}, args...)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	if root != "" {
		cmd.Env = []string{"PATH=/tmp:/usr/sbin:/usr/bin:/sbin:/bin"}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// virtualIdentity is the line that apk makes of the number of its process, among other things.
var virtualIdentity = regexp.MustCompile(`(?m)^C:\S+\n(P:\.)`)

// compareRoots compares paths, types, modes, owners, targets and contents.
func compareRoots(t *testing.T, root string, built *tree.Tree) {
	t.Helper()
	rest := make(map[string]*tree.Node)
	for path, n := range built.All() {
		rest[path] = n
	}
	differences := 0
	report := func(format string, args ...any) {
		if differences++; differences < 20 {
			t.Errorf(format, args...)
		}
	}
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path, _ := filepath.Rel(root, name)
		if path == "." {
			return nil // neither side says anything of the root
		}
		n := rest[path]
		delete(rest, path)
		if n == nil {
			report("/%s: the image lacks it", path)
			return nil
		}
		var stat syscall.Stat_t
		if err := syscall.Lstat(name, &stat); err != nil {
			return err
		}
		want := fmt.Sprintf("%o %d:%d", stat.Mode&0o7777, stat.Uid, stat.Gid)
		got := fmt.Sprintf("%o %d:%d", n.Mode, n.UID, n.GID)
		switch e.Type() {
		case fs.ModeSymlink:
			target, _ := os.Readlink(name)
			want, got = target, n.Target
		case 0:
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			own, err := n.Read(1 << 30)
			if err != nil {
				return err
			}
			if path == "lib/apk/db/installed" {
				content, own = virtualIdentity.ReplaceAll(content, []byte("$1")), virtualIdentity.ReplaceAll(own, []byte("$1"))
			}
			if !bytes.Equal(content, own) {
				report("/%s: other content: %d bytes, the image has %d", path, len(content), len(own))
			}
		}
		if got != want {
			report("/%s: %s, in the image %s", path, want, got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range rest {
		report("/%s: only the image has it", path)
	}
}
