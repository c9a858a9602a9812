package script

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
)

// TestMountedReadOnly has what busybox 1.36.1 of Alpine 3.19 said in a mount namespace of Linux where /etc/hosts and /sys were mounted read-only, as
// BuildKit has them for RUN, and /dev was a tmpfs.
func TestMountedReadOnly(t *testing.T) {
	a := mustBeRecorded(t)
	for _, c := range []struct {
		command, stdout, stderr string
		status                  int
	}{
		{"echo a >> /etc/hosts", "", "sh: can't create /etc/hosts: Read-only file system\n", 1},
		{"echo a > /etc/hosts || true", "", "sh: can't create /etc/hosts: Read-only file system\n", 0},
		{"rm -f /etc/hosts", "", "rm: can't remove '/etc/hosts': Resource busy\n", 1},
		{"mv x /etc/hosts", "", "mv: can't rename 'x': Resource busy\n", 1},
		{"mv -f x /etc/hosts", "", "mv: can't rename 'x': Resource busy\n", 1},
		{"mv /etc/hosts /tmp/y", "", "mv: can't rename '/etc/hosts': Resource busy\n", 1},
		{"cp x /etc/hosts", "", "cp: can't create '/etc/hosts': File exists\n", 1},
		{"cp -f x /etc/hosts", "", "cp: can't create '/etc/hosts': File exists\n", 1},
		{"install -m 644 x /etc/hosts", "", "install: can't create '/etc/hosts': File exists\n", 1},
		{"cat x | tee /etc/hosts", "new\n", "tee: /etc/hosts: Read-only file system\n", 1},
		{"cat x | tee -a /etc/hosts /etc/hosts", "new\n", "tee: /etc/hosts: Read-only file system\ntee: /etc/hosts: Read-only file system\n", 1},
		{"touch /etc/hosts", "", "touch: /etc/hosts: Read-only file system\n", 1},
		{"chmod 600 /etc/hosts", "", "chmod: /etc/hosts: Read-only file system\n", 1},
		{"chown 1:1 /etc/hosts", "", "chown: /etc/hosts: Read-only file system\n", 1},
		{"sed -i s/local/x/ /etc/hosts", "", "sed: can't move '/etc/hostsXXXXXX' to '/etc/hosts': Resource busy\n", 1},
		{"ls /etc/hosts*", "/etc/hosts\n", "", 0},
		{"ln -s x /etc/hosts", "", "ln: /etc/hosts: File exists\n", 1},
		{"ln -sf x /etc/hosts", "", "ln: /etc/hosts: File exists\n", 1},
		{"ln -f x /etc/hosts", "", "ln: /etc/hosts: File exists\n", 1},
		{"ln /etc/hosts /etc/h2", "", "ln: /etc/h2: Cross-device link\n", 1},
		{"truncate -s 0 /etc/hosts", "", "truncate: /etc/hosts: open: Read-only file system\n", 1},
		{"dd if=x of=/etc/hosts", "", "dd: can't open '/etc/hosts': Read-only file system\n", 1},
		{"test -w /etc/hosts", "", "", 0},
		{"[ -r /etc/hosts -a -s /etc/hosts ]", "", "", 0},
		{"mkdir /sys/x", "", "mkdir: can't create directory '/sys/x': Read-only file system\n", 1},
		{"mkdir -p /sys/x/y", "", "mkdir: can't create directory '/sys/x/': Read-only file system\n", 1},
		{"echo > /sys/x", "", "sh: can't create /sys/x: Read-only file system\n", 1},
		{"rmdir /sys", "", "rmdir: '/sys': Resource busy\n", 1},
		{"rm -rf /sys", "", "rm: can't remove '/sys': Resource busy\n", 1},
		{"rm -rf /dev", "", "rm: can't remove '/dev': Resource busy\n", 1},
		{"mv /dev /dev2", "", "mv: can't rename '/dev': Resource busy\n", 1},
		{"chmod 700 /sys", "", "chmod: /sys: Read-only file system\n", 1},
		{"touch /sys/x", "", "touch: /sys/x: Read-only file system\n", 1},
		{"unlink /etc/hosts", "", "unlink: can't remove file '/etc/hosts': Resource busy\n", 1},
		{"cp -a /etc/hosts y && tar -cf t.tar -C /etc hosts && tar -C /etc -xf t.tar", "", "tar: can't remove old file hosts: Resource busy\n", 1},
		{"gzip -f /etc/hosts; ls /etc/hosts*", "/etc/hosts\n/etc/hosts.gz\n", "gzip: can't remove file '/etc/hosts': Resource busy\n", 0},
		{"sort -o /etc/hosts /etc/hosts", "", "sort: can't open '/etc/hosts': Read-only file system\n", 2},
		{"rm -rf /etc; ls /etc", "hosts\n", "rm: can't remove '/etc/hosts': Resource busy\n", 0},
	} {
		base := a.base.Clone()
		for _, err := range []error{
			base.WriteFile("etc/hosts", []byte("127.0.0.1\tlocalhost\n"), 0o644), base.Mkdir("sys", 0o755), base.MkdirAll("tmp", 0o755),
			base.WriteFile("tmp/x", []byte("new\n"), 0o644),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for name, isReadOnly := range map[string]bool{"etc/hosts": true, "sys": true, "dev": false} {
			n, err := base.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			n.Mount(isReadOnly)
		}
		var stdout bytes.Buffer
		err := Run(context.Background(), Options{Tree: base, Generation: apk.V2, Now: time.Unix(1e9, 0), Arch: "x86_64", Output: &stdout},
			Script{Package: "case", Version: "1-r0", Type: apk.PostInstall, Body: []byte("#!/bin/sh\ncd /tmp; sh -c '" + c.command + "' 2>/stderr\n")})
		status := 0
		if exit := new(ExitError); errors.As(err, &exit) {
			status = exit.Status
		} else if err != nil {
			t.Errorf("%s: %v", c.command, err)
			continue
		}
		stderr, _ := base.ReadFile("stderr", 1000)
		if got, want := stdout.String(), c.stdout; got != want {
			t.Errorf("%s: stdout %q, want %q", c.command, got, want)
		}
		if got, want := string(stderr), c.stderr; got != want {
			t.Errorf("%s: stderr %q, want %q", c.command, got, want)
		}
		if status != c.status {
			t.Errorf("%s: status %d, want %d", c.command, status, c.status)
		}
	}
}
