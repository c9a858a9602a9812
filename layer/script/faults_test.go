package script

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

// TestFault: a panic of the interpreter is Lamina's fault, not the script's.
func TestFault(t *testing.T) {
	_, err := runCommands(t, Options{Output: panicker{}}, "\necho a")
	var fault *FaultError
	if !errors.As(err, &fault) || errors.As(err, new(*UnsupportedError)) || errors.As(err, new(*ExitError)) {
		t.Fatalf("got %#v, want a FaultError", err)
	}
	want := "p-1-r0.post-install: line 4: the interpreter of scripts failed: broken writer: this is a fault of Lamina, please report it with the script"
	if err.Error() != want || fault.Package != "p" {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

type panicker struct{}

func (panicker) Write([]byte) (int, error) { panic("broken writer") }

// TestExecWithoutCommand: "exec --" changes descriptors and goes on.
func TestExecWithoutCommand(t *testing.T) {
	for script, want := range map[string]string{
		"exec --; echo after":                                     "after\n",
		"exec; echo after":                                        "after\n",
		"echo x | exec --; echo after":                            "after\n",
		"exec -- >f; echo to file; exec >&2; cat f":               "to file\n",
		"(exec -- >f; echo to file); echo after; cat f":           "after\nto file\n",
		"exec -- echo program; echo never":                        "program\n",
		"exec -- nosuch; echo never":                              "p\n",
		"command exec --; echo after":                             "after\n",
		"x=1 exec --; echo $x":                                    "1\n",
		"exec 3<one; read a <&3; exec -- 3<&-; echo $a":           "one\n",
		"trap 'echo trap' EXIT; exec -- echo program; echo never": "program\n",
	} {
		got, err := runCommands(t, Options{}, script)
		if strings.Contains(script, "nosuch") {
			if errorText(err) != "p-1-r0.post-install: exit status 127: lib/apk/exec/p-1-r0.post-install: exec: line 3: nosuch: not found" {
				t.Errorf("%s: got %v", script, err)
			}
		} else if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", script, got, err, want)
		}
	}
}

// TestReleasedBytes: values that a script releases do not count for the bound of variables.
func TestReleasedBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("work up to the bound takes minutes under the race detector, which has nothing to find in it")
	}
	const megabyte = "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do x=$x$x; done; i=0\n" // 2^20 bytes
	for name, loop := range map[string]string{
		"unset":          "y=$x; unset y",
		"temporary":      "y=$x true",
		"of a builtin":   "y=$x cd /",
		"a function's":   "f() { :; }; y=$x f",
		"local":          "f() { local y; y=$x; }; f",
		"local value":    "f() { local y=$x; }; f",
		"local unset":    "f() { local y=$x; unset y; }; f",
		"nested":         "f() { local y=$x; y=$x g; y=; }; g() { local y; y=1; }; f",
		"returned":       "f() { local y=$x; return 1; }; f || :",
		"subshell":       "(y=$x)",
		"substitution":   "z=$(y=$x)",
		"pipeline":       "y=$x | y=$x",
		"sh":             "x=$x sh -c 'y=$x'",
		"exit":           "(f() { local y=$x; exit 1; }; f) || :",
		"getopts":        "OPTIND=1; getopts a: o -a \"$x\"",
		"replaced":       "y=$x; y=",
		"subshell unset": "(unset x; x=1)",
		"env":            "eval \"v$i=1; unset v$i\"",
		"function":       "eval \"f() { : $(echo $i); }; unset -f f\"",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := megabyte + "while [ $i -lt 40 ]; do " + loop + "; i=$((i+1)); done; echo $i ${#x}" // the bound is 32 of them
			got, err := runCommands(t, Options{}, script)
			if want := "40 1048576\n"; err != nil || got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
	for name, c := range map[string]struct{ script, want string }{
		"kept":      {"while :; do eval v$i='$x'; i=$((i+1)); done", "v30: all variables and functions have more than 33554432 bytes"},
		"names":     {"while :; do eval v$i=; i=$((i+1)); done", "all variables and functions have more than 33554432 bytes"},
		"functions": {"while :; do eval \"f$i() { : ; : ; : ; }\"; i=$((i+1)); done", "all variables and functions have more than 33554432 bytes"},
		"recursion": {"f() { local y=$x$i; i=$((i+1)); f; }; f", "y: all variables and functions have more than 33554432 bytes"},
		"pipeline": {"f() { y=$x; seq 1 10000; cat >/dev/null; }; f " + strings.Repeat("| f ", 50),
			"y: all variables and functions have more than 33554432 bytes"},
		"one": {"y=$x$x$x$x$x", "more than 4194304 bytes"},
	} {
		t.Run("too many: "+name, func(t *testing.T) {
			t.Parallel()
			_, err := runCommands(t, Options{Steps: 1 << 40}, megabyte+c.script)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestWorkBound: the bound of a command's work counts the bytes that it reads, not time.
func TestWorkBound(t *testing.T) {
	if testing.Short() {
		t.Skip("work up to the bound takes minutes under the race detector, which has nothing to find in it")
	}
	const bound = "commands processed more than 16777216 bytes"
	for script, want := range map[string]string{
		"sed ':a;ba' one":                                bound,
		"sed ':a;s/^/a/;s/^a//;ta' one":                  bound,
		"x=$(seq 1 100000); while :; do set -- $x; done": bound,
		"x=$(seq 1 100000); echo ${x//1*2*3*4*x/b}":      bound,
		"x=$(seq 1 100000); echo ${x%1*2*3*4*x}":         bound,
		"x=$(seq 1 100000); case $x in *1*2*3*4*x) ;; *2*5*7*x) ;; *1*3*x) ;; esac; while :; do case $x in *[0-9]*[a-z]*x) esac; done": bound,
		"seq 1 100000 > f; while :; do sort f >/dev/null; done":                                                                        bound,
		"seq 1 100000 > f; while :; do grep -E '(a|b)*c' f; done":                                                                      bound,
		"seq 1 100000 > f; while :; do tr 0-9 a-z <f >/dev/null; done":                                                                 bound,
		"seq 1 100000 > f; while :; do cat f >/dev/null; done":                                                                         bound,
		"seq 1 100000 > f; while :; do wc f >/dev/null; done":                                                                          bound,
		"seq 1 100000 > f; while :; do cp f g; cmp f g; done":                                                                          bound,
		"seq 1 100000 > f; while :; do expr \"$(cat f)\" : '.*x' >/dev/null; done":                                                     bound,
		"while :; do cp -r dir d2; mv d2 dir; done":                                                                                    bound,
		"p=/d; i=0; while [ $i -lt 500 ]; do p=$p/d; i=$((i+1)); done; while :; do mkdir -p $p/$i; i=$((i+1)); done":                   bound,
		"i=0; while :; do touch $(seq 1 5000 | sed s/^/$i-/); i=$((i+1)); done":                                                        bound,
		"seq 1 2000000 | sort":                                                                                 "sort: input of more than 1048576 lines",
		"yes=$(seq 1 99999); while :; do x=$(echo $yes); done":                                                 bound,
		"while :; do read x <<E\n$(seq 1 10000)\nE\ndone":                                                      bound,
		"i=0; while [ $i -lt 9000 ]; do : >dir/$i; i=$((i+1)); done; while :; do : dir/*; done":                bound,
		"i=0; while [ $i -lt 1000 ]; do : >dir/$i; i=$((i+1)); done; while :; do find . >/dev/null; done":      bound,
		"i=0; while [ $i -lt 1000 ]; do : >dir/$i; i=$((i+1)); done; while :; do cp -r dir d2; rm -r d2; done": bound,
		"i=0; while [ $i -lt 9999 ]; do eval v$i=; i=$((i+1)); done; while :; do (:); done":                    bound,
		"seq 1 99999999 >/dev/null":                                                                            bound,
		"yes >/dev/null":                                                                                       bound,
		"yes | cat >/dev/null":                                                                                 bound,
		"yes | tac":                                                                                            "tac: input of more than 67108864 bytes",
		"yes | while read a; do b=$a; done":                                                                    "more than 1000000 commands were run",
		"tr a-z \"$(seq 1 10000)\" <one": "tr: a set of more than 16384 " +
			"bytes is not supported",
		"seq 1 1200000 | xargs echo >/dev/null":  "xargs: more than 1048576 words",
		"test $(seq 1 5000 | sed 's/.*/!/') a b": "test: more than 200 \"!\" and parentheses within each other are not supported",
	} {
		work := int64(1 << 24)
		if want != bound {
			work = 1 << 30
		}
		t.Run(fmt.Sprintf("%.80s", script), func(t *testing.T) {
			t.Parallel()
			_, err := runCommands(t, Options{Work: work, Output: io.Discard}, script)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// TestHeldInput: commands that wait for each other share one bound on what they hold.
func TestHeldInput(t *testing.T) {
	script := "truncate -s 30M f; " + strings.Repeat("sed p f | { ", 6) + ":" + strings.Repeat("; }", 6)
	_, err := runCommands(t, Options{Generation: apk.V2, Work: 1 << 40}, script)
	if want := "p-1-r0.post-install: line 3: sed: commands hold more than 268435456 bytes at a time"; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
