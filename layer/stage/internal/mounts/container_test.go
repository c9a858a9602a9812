package mounts

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/layer/tree"
)

// TestContainer: what a command sees is BuildKit's, which it cannot change, and the image's own is there again afterwards.
func TestContainer(t *testing.T) {
	build := func(links map[string]string, files ...string) *tree.Tree {
		base := tree.New()
		for _, dir := range []string{"dev", "proc", "sys", "etc", "run"} {
			if err := base.Mkdir(dir, 0o555); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range files {
			if err := base.WriteFile(name, []byte("own"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for name, target := range links {
			if err := base.Symlink(target, name); err != nil {
				t.Fatal(err)
			}
		}
		return base
	}
	describe := func(base *tree.Tree) (all []string) {
		for name, n := range base.All() {
			content, _ := n.Read(100)
			all = append(all, fmt.Sprint(name, n.Type, n.Mode, n.Target, string(content)))
		}
		slices.Sort(all)
		return all
	}
	for _, c := range []struct {
		name   string
		base   *tree.Tree
		except []string
		reads  map[string]string // "" if the path is missing
	}{
		{"alpine", build(nil, "etc/hosts", "dev/null", "etc/resolv.conf"), nil,
			map[string]string{"etc/hosts": hosts, "etc/resolv.conf": resolvConf, "dev/null": ""}},
		{"without the files", build(nil), nil, map[string]string{"etc/hosts": hosts, "etc/resolv.conf": resolvConf}},
		{"empty", tree.New(), nil, map[string]string{"etc/hosts": hosts, "etc/resolv.conf": resolvConf}},
		{"links", build(map[string]string{"etc/hosts": "../run/hosts", "etc/resolv.conf": "/run/resolv.conf"}, "run/hosts"), nil,
			map[string]string{"run/hosts": hosts, "run/resolv.conf": resolvConf}},
		{"a link to a missing directory", build(map[string]string{"etc/resolv.conf": "/run/none/resolv.conf"}), nil,
			map[string]string{"etc/hosts": hosts, "etc/resolv.conf": ""}},
		{"another mount", build(nil, "etc/hosts"), []string{"/etc/hosts"}, map[string]string{"etc/hosts": "own"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := describe(c.base)
			unmount, err := Container(c.base, c.except)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range c.reads {
				if got, err := c.base.ReadFile(name, 1000); string(got) != want || (err != nil) != (want == "") {
					t.Errorf("%s has %q, %v", name, got, err)
				}
				if want == "" || want == "own" {
					continue
				}
				if err := c.base.WriteFile(name, nil, 0o644); !errors.Is(err, tree.ErrReadOnly) {
					t.Errorf("write %s: %v", name, err)
				}
				if err := c.base.Remove(name); !errors.Is(err, tree.ErrBusy) {
					t.Errorf("remove %s: %v", name, err)
				}
			}
			if _, err := c.base.Stat("sys"); err == nil {
				for name, want := range map[string]error{"sys/x": tree.ErrReadOnly, "proc/x": tree.ErrReadOnly, "dev/x": nil} {
					if err := c.base.Mkdir(name, 0o755); !errors.Is(err, want) {
						t.Errorf("make %s: %v", name, err)
					}
				}
			}
			if err := unmount(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, describe(c.base)); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}

	base := tree.New() // what BuildKit makes as a mount point stays
	unmount, err := Container(base, nil)
	if err := errors.Join(err, base.MkdirAll("dev/net/x", 0o755), unmount()); err != nil {
		t.Fatal(err)
	}
	if names, err := base.ReadDir(""); !slices.Equal(names, []string{"dev"}) || err != nil {
		t.Errorf("%q, %v", names, err)
	}
	if names, err := base.ReadDir("dev"); len(names) > 0 || err != nil {
		t.Errorf("%q, %v", names, err)
	}
}

// TestContainerFails: where a file cannot be mounted, the error says so, and nothing stays mounted.
func TestContainerFails(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(base *tree.Tree) error
		want error
	}{
		{"a file in place of /etc", func(base *tree.Tree) error { return base.WriteFile("etc", nil, 0o644) }, tree.ErrNotDir},
		{"a link to itself", func(base *tree.Tree) error {
			return errors.Join(base.Mkdir("etc", 0o755), base.Symlink("resolv.conf", "etc/resolv.conf"))
		}, tree.ErrLoop},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := tree.New()
			if err := errors.Join(base.Mkdir("dev", 0o755), base.Mkdir("dev/own", 0o755), base.Mkdir("sys", 0o755), c.make(base)); err != nil {
				t.Fatal(err)
			}
			if _, err := Container(base, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if names, err := base.ReadDir("dev"); !slices.Equal(names, []string{"own"}) || err != nil {
				t.Errorf("/dev has %q, %v", names, err)
			}
			if err := base.Mkdir("sys/x", 0o755); err != nil {
				t.Error(err)
			}
			if at, err := base.Stat("etc/hosts"); err == nil {
				t.Errorf("/etc/hosts stays, mounted: %t", at.IsMounted())
			}
		})
	}
}
