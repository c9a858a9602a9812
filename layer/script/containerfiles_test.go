package script

import (
	"context"
	"io"
	"testing"
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
