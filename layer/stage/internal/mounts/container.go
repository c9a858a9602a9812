package mounts

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/lamina-oci/lamina/layer/tree"
)

// Files of BuildKit, which mounts them read-only for the time of a RUN (executor/oci/hosts.go and resolvconf.go there).
const (
	// hosts is the same on every machine.
	hosts = "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n"

	// resolvConf is that of a machine whose own /etc/resolv.conf names no server.
	resolvConf = "nameserver 8.8.8.8\nnameserver 8.8.4.4\nnameserver 2001:4860:4860::8888\nnameserver 2001:4860:4860::8844\n"
)

// Container mounts what a container has in place of its image's files: /etc/hosts and /etc/resolv.conf, which are read-only; an empty
// /dev; and /proc and /sys, empty and read-only. It leaves out the paths in except, for [Reserve]. Unmount shows the image's own as they
// were. Files that the image lacks are gone then; directories that it lacks are not mounted, but emptied then.
func Container(t *tree.Tree, except []string) (unmount func() error, err error) {
	var all []*mount
	var missing []string
	isExcept := func(name string) bool {
		return slices.ContainsFunc(except, func(p string) bool { return path.Clean("/"+p) == "/"+name })
	}
	unmount = func() error {
		err := endAll(t, all)
		for _, name := range missing {
			if at, problem := t.Stat(name); problem == nil && at.Type == tree.Directory {
				err = errors.Join(err, empty(t, name))
			}
		}
		return err
	}
	defer func() {
		if err != nil {
			unmount, err = nil, errors.Join(err, unmount())
		}
	}()
	for _, name := range [...]string{"dev", "proc", "sys"} {
		switch at, problem := t.Stat(name); {
		case isExcept(name):
		case problem != nil || at.Type != tree.Directory:
			missing = append(missing, name)
		default:
			m, err := begin(t, name)
			if err != nil {
				return unmount, fmt.Errorf("mount over /%s: %w", name, err)
			}
			m.dir.Mount(name != "dev")
			all = append(all, m)
		}
	}
	for _, file := range [...]struct{ name, content string }{{"etc/hosts", hosts}, {"etc/resolv.conf", resolvConf}} {
		if isExcept(file.name) {
			continue
		}
		m, err := begin(t, file.name)
		if err != nil {
			return unmount, fmt.Errorf("mount over /%s: %w", file.name, err)
		}
		if at, problem := t.Lstat(m.name); problem == nil && at.Type == tree.Symlink {
			continue // to a directory that is missing
		}
		all = append(all, m)
		if m.dir == nil {
			if err := m.writeFile(t, file.content); err != nil {
				return unmount, fmt.Errorf("mount over /%s: %w", file.name, err)
			}
		}
	}
	return unmount, nil
}

// writeFile makes the file that is mounted, and what leads to it.
func (m *mount) writeFile(t *tree.Tree, content string) error {
	if err := t.MkdirAll(path.Dir(m.name), 0o755); err != nil {
		return err
	}
	if err := t.WriteFile(m.name, []byte(content), 0o644); err != nil {
		return err
	}
	at, err := t.Stat(m.name)
	if err == nil {
		m.over = at
		at.Mount(true)
	}
	return err
}
