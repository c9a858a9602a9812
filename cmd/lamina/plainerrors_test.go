package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
)

// TestPlainErrors: a line that says what, where and why, once, and a line that says what to do.
func TestPlainErrors(t *testing.T) {
	b := newBench(t)
	b.file("broken.yaml", "base: rootfs:base.tar.gz\n\tpackages: [x]\n")
	b.file("binary.yaml", "\x1f\x8b\x08\x00\x00")
	for name, text := range map[string]string{"noindex/oci-layout": `{"imageLayoutVersion":"1.0.0"}`, "badindex/oci-layout": `{"imageLayoutVersion":"1.0.0"}`, "badindex/index.json": "x"} {
		b.directory(filepath.Dir(name))
		b.file(name, text)
	}
	const damaged = "\n  the image is damaged: pull, copy or build it again\n"
	const build, inspect = "Run 'lamina build --help' for usage.\n", "Run 'lamina inspect --help' for usage.\n"
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"build", "-x"}, exit.Usage, "unknown flag: -x\n" + build},
		{[]string{"build", "--upgrade=some"}, exit.Usage, `--upgrade "some": want none, named, all or available` + "\n" + build},
		{[]string{"inspect", "--files", "many", "oci:out"}, exit.Usage, `--files "many": want a whole number` + "\n" + inspect},
		{[]string{"inspect", "--files", "99999999999999999999", "oci:out"}, exit.Usage, `--files "99999999999999999999": the number is too large` + "\n" + inspect},
		{[]string{"inspect", "--json=x", "oci:out"}, exit.Usage, `--json "x": want true or false` + "\n" + inspect},
		{[]string{"diff", "oci:out"}, exit.Usage, "want two image REFs, got 1 argument\nRun 'lamina diff --help' for usage.\n"},
		{[]string{"build", "--base", "rootfs:base.tar.gz", "--image", "a"}, exit.Usage, "--image a: no spec that describes images\n  name the spec: -f FILE\n"},
		{[]string{"build", "--base", "rootfs:base.tar.gz", "--arg", "A=b"}, exit.Usage, "--arg A=b: no spec that has args\n  name the spec: -f FILE\n"},
		{[]string{"build", "--base", "rootfs:base.tar.gz", "--lock", "no.lock"}, exit.Failed,
			"read lock no.lock: no such file or directory\n  write the lock first: lamina lock; or name one that exists: --lock FILE\n"},
		{[]string{"build", "--base", "rootfs:base.tar.gz", "nginx>"}, exit.Usage,
			`package "nginx>": no version after ">"` + "\n  write NAME, NAME=VERSION, 'NAME>VERSION', NAME@TAG or '!NAME', as for apk add\n"},
		{[]string{"build", "--base", "rootfs:base.tar.gz", "./nginx.apk"}, exit.Usage, `package "./nginx.apk": is a path, not the name of a package` + "\n" +
			"  give the name of a package in a repository; a directory with packages and an index is a repository: --repository DIR\n"},
		{[]string{"build", "--base", "rootfs:base.tar.gz", "--repository", "", "nginx"}, exit.Usage, `repository "": is empty` + "\n" +
			`  write a URL, a directory, alpine:RELEASE such as alpine:3.22, or one of these behind a tag: "@edge URL"` + "\n"},
		{[]string{"verify", "rootfs:base.tar.gz"}, exit.Unknown, "open rootfs:base.tar.gz: rootfs is not the transport of an image\n" +
			"  give an existing image: docker://HOST/NAME:TAG, oci:DIR:TAG, oci-archive:FILE or docker-archive:FILE\n"},
		{[]string{"inspect", "oci-archive:no.tar"}, exit.Failed, "open oci-archive:no.tar: no such file or directory\n" +
			"  give an existing image: docker://HOST/NAME:TAG, oci:DIR:TAG, oci-archive:FILE or docker-archive:FILE\n"},
		{[]string{"build", "-f", "no.yaml"}, exit.Failed, "read spec: no.yaml: no such file or directory\n" +
			"  name the spec with -f, or give everything by flags, beginning with --base; \"lamina help spec\" shows an example\n"},
		{[]string{"build", "-f", "broken.yaml"}, exit.Failed, "read spec: broken.yaml:2:1: found a tab character that violates indentation\n" +
			"  the file is not valid YAML: check the indentation, of blanks and not tabs, and quotes and brackets\n"},
		{[]string{"build", "-f", "binary.yaml"}, exit.Failed, "read spec: binary.yaml: is not a text file\n" +
			"  name the spec with -f, or give everything by flags, beginning with --base; \"lamina help spec\" shows an example\n"},
		{[]string{"build", "--base", "rootfs:base.tar.gz", "-o", "rootfs:x"}, exit.Usage, "open output rootfs:x: rootfs cannot be written\n" +
			"  give oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or docker://HOST/NAME[:TAG]\n"},
		{[]string{"inspect", "oci:noindex"}, exit.Failed, "open oci:noindex: noindex/index.json: no such file or directory" + damaged},
		{[]string{"inspect", "oci:badindex"}, exit.Failed, "open oci:badindex: badindex/index.json: invalid character 'x' looking for beginning of value" + damaged},
		{[]string{"man", "base.tar.gz"}, exit.Failed,
			"write man pages: mkdir base.tar.gz: not a directory\n  give a directory that can be created or written to\n"},
	} {
		if code, stdout, stderr := b.lamina(test.args...); code != test.code || stdout != "" || stderr != "lamina: "+test.want {
			t.Errorf("%q: exit code %d, want %d, %s\n%s", test.args, code, test.code, stdout, cmp.Diff("lamina: "+test.want, stderr))
		}
	}
}
