package script

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

// TestFilesOfTheContainer expects what busybox of Alpine 3.19 did in a RUN of buildah 1.41: the image has no /dev/null and no streams, and the
// commands find them. Nothing of them gets into the image.
func TestFilesOfTheContainer(t *testing.T) {
	noAPK := func(context.Context, string, []string, io.Writer, io.Writer) (int, error) { return 0, nil }
	for script, want := range map[string]string{
		"chmod 600 one; cp /dev/null one; stat -c '%a %s' one":                     "644 0\n",
		"cp /dev/null new; stat -c '%a %s' new":                                    "644 0\n",
		"install -m 600 /dev/null new; stat -c '%a %s' new":                        "600 0\n",
		"install -D /dev/null a/b/c; stat -c '%a %s' a/b/c":                        "755 0\n",
		"echo piped | install -m 700 /dev/stdin new; stat -c '%a %s' new; cat new": "700 6\npiped\n",
		"install -m 700 /dev/stdin new <<E\nhere\nE\nstat -c '%a %s' new; cat new": "700 5\nhere\n",
		"echo piped | cp /dev/stdin new; stat -c '%a %s' new":                      "644 6\n",
		"chmod 640 one; cp /dev/stdin new <one; stat -c '%a %s' new":               "640 8\n",
		"install /dev/stdin new <one; stat -c '%a %s' new":                         "755 8\n",
		"cp /dev/nosuch new": "cp: can't stat '/dev/nosuch': No such file or directory\n",
		"chmod 777 /dev/stdout; chown 5 /dev/stdout /dev/stderr; echo $?":              "0\n",
		"ln -s /dev/stdout log; chmod 666 log; chown 5 log; touch log; stat -c %u log": "0\n",
		"touch /dev/stdout; ls /dev/null; ls /dev":                                     "/dev/null\nls: /dev: No such file or directory\n",
		"stat -c '%F %a %U' /dev/null":                                                 "character special file 666 root\n",
		"su-exec 5 chmod 777 /dev/stdout":                                              "chmod: /dev/stdout: Operation not permitted\n",
		"echo 'echo \"$0 $*\"' | sh /dev/stdin a b":                                    "/dev/stdin a b\n",
		"echo 'x=1' | { . /dev/stdin; echo $x; }":                                      "1\n",
		"echo x=2 >f; . /dev/stdin <f; echo $x":                                        "2\n",
	} {
		if got, _ := runCommands(t, Options{APK: noAPK}, script); got != want {
			t.Errorf("%s: got %q; want %q", script, got, want)
		}
	}
}

// TestDevicesOfTheContainer expects what busybox of Alpine 3.19 did in a root with Linux's devices, also by a link to /dev/null.
func TestDevicesOfTheContainer(t *testing.T) {
	run := func(text string) (string, error) {
		var out bytes.Buffer
		noAPK := func(context.Context, string, []string, io.Writer, io.Writer) (int, error) { return 0, nil }
		err := RunText(t.Context(), Options{Tree: commandRoot(t), Dir: "/w", Generation: apk.V2, APK: noAPK, Output: &out}, "run",
			"printf 'a b\\nc\\n' >f; ln -s /dev/null nl; "+text, map[string]string{"PATH": "/bin:/sbin:/usr/bin"})
		return out.String(), err
	}
	for script, want := range map[string]string{
		"md5sum /dev/null nl":                                             "d41d8cd98f00b204e9800998ecf8427e  /dev/null\nd41d8cd98f00b204e9800998ecf8427e  nl\n",
		"cksum /dev/null; sum /dev/null":                                  "4294967295 0 /dev/null\n00000     0 \n",
		"busybox diff /dev/null f":                                        "--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a b\n+c\n",
		"diff -q /dev/null nl; echo $?":                                   "0\n",
		"grep -l a f /dev/null nl; cat nl f":                              "f\na b\nc\n",
		"tail -n 1 f /dev/null":                                           "==> f <==\nc\n\n==> /dev/null <==\n",
		"gzip -c /dev/null | gunzip | wc -c":                              "0\n",
		"busybox gunzip -c /dev/null":                                     "gunzip: invalid magic\n",
		"tar cf - /dev/null 2>/dev/null | tar tvf - | cut -c1":            "c\n",
		"tar -cf /dev/null f; echo $?; busybox tar xf /dev/null; echo $?": "0\ntar: short read\n1\n",
		"find /dev/null nl -follow -type c":                               "/dev/null\nnl\n",
		"stat -L -c '%F %t %T' nl; stat -c %F nl":                         "character special file 1 3\nsymbolic link\n",
		"read x <nl; echo $?; echo hi >nl; cat <nl; cat nl":               "1\n",
		"ln -sf /dev/null f; cat f; [ -c f ] && echo device":              "device\n",
		"sh /dev/null; echo $?":                                           "0\n",
		"ls /dev/zero /dev/full; test -c /dev/urandom; echo $?":           "/dev/full\n/dev/zero\n0\n",
		"dd if=/dev/zero bs=3 count=2 2>/dev/null | od -An -tx1":          " 00 00 00 00 00 00\n",
	} {
		if got, err := run("{ " + script + "; } 2>&1; true"); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", script, got, err, want)
		}
	}
	for script, want := range map[string]string{
		"cat /dev/zero | head -c 1":   "/dev/zero is not supported: it has no end: dd",
		"head -c 1 </dev/zero":        "/dev/zero is not supported: it has no end: dd",
		"md5sum /dev/full || true":    "/dev/full is not supported: it has no end: dd",
		"cat </dev/tty || true":       "/dev/tty is not supported: there is no terminal",
		"head -c 8 /dev/urandom | wc": "/dev/urandom is not supported: its bytes are others each time",
	} {
		if _, err := run(script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", script, err, want)
		}
	}
}
