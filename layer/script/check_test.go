package script

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/tree"
)

// newTree returns a root with a few files, and busybox' links as empty programs.
func newTree(t testing.TB) *tree.Tree {
	t.Helper()
	root := tree.New()
	root.Now = interpretedTime
	for _, dir := range []string{"bin", "etc", "tmp", "usr/sbin"} {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"cat", "ls", "adduser", "addgroup", "apk", "mkdir", "head", "sh", "xargs", "rm", "cp"} {
		if err := root.WriteFile("bin/"+name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/ash\n", "etc/group": "root:x:0:root\n", "etc/shadow": "root:*::0:::::\n",
	} {
		if err := root.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

var interpretedTime = time.Unix(1_700_000_000, 0)

// runScript runs a script without its first line in a new tree.
func runScript(t testing.TB, o Options, text string, args ...string) (output string, err error) {
	t.Helper()
	var b bytes.Buffer
	if o.Tree == nil {
		o.Tree = newTree(t)
	}
	o.Now, o.Output, o.Arch = interpretedTime, &b, "x86_64"
	err = Run(context.Background(), o, Script{
		Package: "p", Version: "1-r0", Type: apk.PostInstall, Body: []byte("#!/bin/sh\n" + text), Args: args,
	})
	return b.String(), err
}

// TestShellRefusals shows what is not run at all, and where the error points.
func TestShellRefusals(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"process substitution in", "cat <(echo a)", "line 2: process substitution is not supported"},
		{"process substitution out", "echo a > >(cat)", "line 2: process substitution is not supported"},
		{"coproc", "coproc cat", "line 2: coproc is not known to ash"},
		{"pipe of both streams", "ls |& cat", `line 2: "|&" is not known to ash`},
		{"time", "time { ls; }", "line 2: time is not supported"},
		{"select", "select i in a b; do :; done", "line 2: this kind of loop is not known to ash"},
		{"C loop", "for ((i=0;i<3;i++)); do :; done", "line 2: this kind of loop is not known to ash"},
		{"arithmetic command", "((x=1))", `line 2: "((" is not known to ash as a command`},
		{"array", "x=(a b)", "line 2: arrays and += are not known to ash"},
		{"array element", "x[1]=a", "line 2: arrays and += are not known to ash"},
		{"append", "x+=a", "line 2: arrays and += are not known to ash"},
		{"array expansion", "echo ${x[0]}", "line 2: indirection and arrays are not known to ash"},
		{"indirection", "echo ${!x}", "line 2: indirection and arrays are not known to ash"},
		{"upper case", "echo ${x^^}", "line 2: ${…^^…} is not known to ash"},
		{"fall through", "case x in x) ;& y) ;; esac", `line 2: ";&" is not known to ash`},
		{"here-string", "cat <<< a", `line 2: redirection "<<<" is not known to ash`},
		{"appending both", "ls &>> f", `line 2: redirection "&>>" is not known to ash`},
		{"descriptor with a name", "exec {fd}>f", "line 2: file descriptor {fd} is not supported: only 0 to 9 are"},
		{"descriptor 10", "exec 10>f", "line 2: file descriptor 10 is not supported: only 0 to 9 are"},
		{"declare", "declare -i x", "line 2: declare is not known to ash"},
		{"typeset", "typeset x", "line 2: typeset is not known to ash"},
		{"extended pattern", "ls !(a)", "line 2: extended patterns are not known to ash"},
		{"translated text", `echo $"a"`, `line 2: $"…" is not known to ash`},
		{"old arithmetic", "echo $[1+1]", "line 2: $[…] is not known to ash"},
		{"random", "echo $RANDOM", "line 2: $RANDOM is not supported: its value is another each time"},
		{"seconds", "x=${SECONDS}", "line 2: $SECONDS is not supported: its value is another each time"},
		{"less in brackets", "[[ a < b ]]", "line 2: [[ … < … ]] is not supported"},
		{"groups in brackets", "[[ a =~ (b) ]]", "line 2: [[ … =~ … ]] with parentheses or | outside of quotes is not known to ash"},
		{"syntax", "if true; then", "line 2: `then` must be followed by a statement list"},
		{"unclosed quote", "echo a\necho 'b", "line 3: reached EOF without closing quote `'`"},
		// Found when they are run.
		{"random in arithmetic", "echo $((RANDOM % 10))", "line 2: $RANDOM is not supported: its value is another each time"},
		{"random by a variable", "x=RANDOM; echo $((x + 1))", "line 2: $RANDOM is not supported: its value is another each time"},
		{"random without a message", "x=$((RANDOM)) 2>/dev/null || true", "line 2: $RANDOM is not supported"},
		{"an operator on several arguments", `set -- a b; echo "${@#a}"`, "line 2: ${@} with an operator and several arguments is not supported"},
		{"an empty pattern to replace", `v=a; echo "x${v/$w/b}y"`, "line 2: an empty pattern to replace is not supported"},
		{"a slash in quotes to replace", `v=a/b; echo "${v/'/'/:}"`, "line 2: a slash in quotes in a pattern to replace is not supported"},
		{"an expansion with an operator to replace", `v=a; w=a; echo "${v/$w/b}"; echo "${v/${w}/b}"; echo ${v/"${w#x}"/b}`,
			"line 2: an expansion with an operator in a pattern to replace is not supported"},
		{"a brace in single quotes of a default that is not used", `x=v; echo "${x:-'{'}"; echo "${x:-'}'}"`,
			"line 2: a quote or brace in single quotes within double quotes is not supported"},
		{"a brace in single quotes of a default in one that is not used", `x=v; echo "${x:-${x+'}'}}"`,
			"line 2: a quote or brace in single quotes within double quotes is not supported"},
		{"a brace in single quotes", `echo "${x:-a'b}c'd}"`, "line 2: a quote or brace in single quotes within double quotes is not supported"},
		{"ulimit", "ulimit -n", "line 2: ulimit without an option and a limit is not supported: it depends on the machine"},
		{"kill", "kill -9 1", "line 2: kill 1 is not supported: it is about the shell itself or all processes"},
		{"alias", "alias a=b\na", "line 3: a is an alias: a command that begins with one is not supported"},
		{"a list of aliases", "alias a=b; alias", "line 2: alias without operands is not supported"},
		{"read with a time limit", "read -t 1 x", "line 2: read -t is not supported"},
		{"command -p", "command -p ls", "line 2: command -p is not supported"},
		{"syntax in eval", "eval 'if'", "line 2: "},
		{"device", "cat < /dev/zero", "line 2: /dev/zero is not supported"},
		{"random bytes", "head -c 16 /dev/urandom 2>/dev/null | md5sum || true",
			"line 2: /dev/urandom is not supported: its bytes are others each time, and secrets do not belong in an image"},
		{"random bytes by a redirection", "head -c 16 < /dev/random 2>/dev/null || true", "line 2: /dev/random is not supported"},
		{"random bytes by another path", "cd /dev; cat ./../dev//urandom 2>/dev/null || true", "line 2: /dev/urandom is not supported"},
		{"random bytes read by the shell", "read x < /dev/urandom || true; . /dev/urandom", "line 2: /dev/urandom is not supported"},
		{"a random name", "cat /proc/sys/kernel/random/uuid 2>/dev/null || true", "line 2: /proc/sys/kernel/random/uuid is not supported"},
		{"console", "echo a > /dev/console", "line 2: writing /dev/console is not supported"},
		{"terminal", "echo a > /dev/tty", "line 2: /dev/tty is not supported"},
		{"both ways", "exec 3<>f", `line 2: redirection "<>" is not supported but for devices`},
		{"unknown program", "printf '\\177ELF' > /bin/prog\nwhile [ -f /bin/prog ]; do /bin/prog; done", `"/bin/prog" is a program that cannot be interpreted`},
		{"keys", "ssh-keygen -A", `"ssh-keygen" makes keys or passwords, and a secret must not be in an image: make it when the container starts`},
		{"access-control lists", "setfacl -m u:1:r /etc/passwd",
			"setfacl is not supported: many tools that unpack layers drop access-control lists; use chown and chmod"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := newTree(t)
			for _, name := range []string{"prog", "ssh-keygen", "setfacl"} {
				if test.name == "unknown program" || name != "prog" {
					root.WriteFile("bin/"+name, []byte("\x7fELF"), 0o755)
				}
			}
			_, err := runScript(t, Options{Tree: root}, test.script)
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) {
				t.Fatalf("got %v, want a refusal", err)
			}
			if unsupported.Package != "p" || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "p-1-r0.post-install: ") {
				t.Errorf("got %q, want %q", err, test.want)
			}
		})
	}
}

// TestInterpreters is about first lines.
func TestInterpreters(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"none", "echo a", `p-1-r0.post-install: has no "#!" line`},
		{"empty", "", `p-1-r0.post-install: has no "#!" line`},
		{"no name", "#!\n", "p-1-r0.post-install: line 1: names no interpreter"},
		{"python", "#!/usr/bin/python3\n", `p-1-r0.post-install: line 1: the interpreter "/usr/bin/python3" is not supported: only the shell is`},
		{"env", "#!/usr/bin/env perl\n", `p-1-r0.post-install: line 1: the interpreter "perl" is not supported: only the shell is`},
		{"sh", "#!/bin/sh\ntrue", ""},
		{"sh with a space", "#! /bin/sh\ntrue", ""},
		{"busybox", "#!/bin/busybox sh\ntrue", ""},
		{"flags", "#!/bin/sh -e\nfalse\ntrue", "p-1-r0.post-install: exit status 1"},
		{"unknown flags", "#!/bin/sh -Z\n", "p-1-r0.post-install: line 1: illegal option -Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Run(context.Background(), Options{Tree: newTree(t)}, Script{Package: "p", Version: "1-r0", Type: apk.PostInstall, Body: []byte(test.body)})
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestBounds has scripts that would never end or take all memory.
func TestBounds(t *testing.T) {
	deep := func(open, inner, end string) string {
		return strings.Repeat(open, 5000) + inner + strings.Repeat(end, 5000)
	}
	for _, test := range []struct{ name, script, want string }{
		{"loop", "while :; do :; done", "more than 20000 commands were run"},
		{"loop without a command", "while x=; do y=; done", "more than 20000 commands were run"},
		{"recursion", "f() { f; }; f", "more than 100 functions and subshells within each other"},
		{"recursion through a substitution", "f() { x=$(f); }; f", "more than 100 functions and subshells within each other"},
		{"recursion through eval", `x='eval "$x"'; eval "$x"`, "more than 100 functions and subshells within each other"},
		{"recursion through a file", "echo '. /tmp/f' > /tmp/f; . /tmp/f", "more than 100 functions and subshells within each other"},
		{"recursion through a script", `echo 'sh /tmp/f' > /tmp/f; sh /tmp/f`, "more than 100 functions and subshells within each other"},
		{"recursion of a trap", `f() { trap f EXIT; (f); }; f`, "more than 100 functions and subshells within each other"},
		{"fork bomb", "f() { f|f; }; f", "a pipeline of 2 commands is too deep here"},
		{"wide fork bomb", "f() { (f; f; f) 2>/dev/null | f; }; f", "a pipeline of 2 commands is too deep here"},
		{"doubling", "x=aaaaaaaa; while :; do x=$x$x; done", "x: a value of more than 4194304 bytes"},
		{"doubling in a word", "x=aaaaaaaa; while :; do set -- $x$x; x=$1; done", "more than"},
		{"many words", "set -- a b c d; while :; do set -- \"$@\" \"$@\"; done", "the words of a command have more than 8388608 bytes"},
		{"replacement", "x=aaaaaaaaaaaaaaaa; while :; do x=${x//a/$x}; done", "more than"},
		{"doubling in default values", "x=aaaaaaaa; while :; do : ${y:=$x$x}; x=$y; y=; done", "more than"},
		{"many variables", `x=0123456789abcdef; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x; i=0; while :; do eval "v$i=$x"; ` +
			`i=$((i+1)); done`, "all variables and functions have more than 33554432 bytes"},
		{"output", "x=0123456789abcdef; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x; while :; do echo $x; done", "more than 20000 commands were run"},
		{"output of a substitution", "x=0123456789abcdef; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; y=$(while :; do echo $x; done)",
			"a command substitution has more than"},
		{"a pipe that nobody reads", "while :; do echo a; done | while :; do :; done", "more than 20000 commands were run"},
		{"a file", "x=0123456789abcdef; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; while :; do echo $x$x$x$x$x$x$x$x >> /tmp/f; done",
			"take more than 67108864 bytes of memory"},
		{"a file twice", "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa > /tmp/f; while :; do cat /tmp/f /tmp/f > /tmp/g; cat /tmp/g > /tmp/f; done",
			"take more than 67108864 bytes of memory"},
		{"width", "printf '%999999999d' 1 >/dev/null; printf '%*d' 2000000000 1", "exit status 1"},
		{"deep parentheses", deep("(", "echo a", ")"), "line 2: more than 1000 brackets within each other are not supported"},
		{"deep substitutions", deep("$(", "echo a", ")"), "line 2: more than 1000 brackets"},
		{"deep braces", deep("{ ", "echo a;", "}; "), "line 2: more than 1000 brackets"},
		{"deep arithmetic", "echo $((" + deep("(", "1", ")") + "))", "line 2: more than 1000 brackets"},
		{"deep parameters", deep("${x:-", "a", "}"), "line 2: more than 1000 brackets"},
		{"deep negation", strings.Repeat("! ", 5000) + "true", "line 2: "},
		{"deep minus", "echo $((" + strings.Repeat("- ", 5000) + "1))", "line 2: more than 1000 brackets"},
		{"deep arithmetic of a variable", "x=1; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do x=\"($x)+($x)\"; done; echo $((x))",
			"an expression of more than 16384 bytes is not supported"},
		{"huge script", strings.Repeat("echo a\n", 100_000), "more than 262144 bytes are not supported"},
		{"powers", "echo $((2**9223372036854775807)) $((1<<9223372036854775807)); while :; do :; done", "more than 20000 commands"},
		{"local copies", "f() { local x=$1$1; f $x; }; f aaaaaaaaaaaaaaaa", "more than"},
		{"globs", "i=0; while [ $i -lt 300 ]; do mkdir /tmp/$i; i=$((i+1)); done; ls /tmp/*/../*/../*/../*/../*", "more than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := newTree(t)
			root.Limit = 64 << 20
			_, err := runScript(t, Options{Tree: root, Steps: 20_000}, test.script)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestWrittenIsKept: with a spool, what a script writes counts little for the memory that its files may take.
func TestWrittenIsKept(t *testing.T) {
	root, kept := newTree(t), new(spool.Spool)
	defer kept.Close()
	root.Limit = 4 << 20
	_, err := runScript(t, Options{Tree: root, Steps: 20_000, Spool: kept},
		"x=$(printf %04096d 1); x=$x$x$x$x; "+
			"for i in 1 2 3 4; do j=0; while [ $j -lt 700 ]; do echo $x; j=$((j+1)); done > /tmp/$i; "+
			"while [ $j -lt 800 ]; do echo $x >> /tmp/$i; j=$((j+1)); done; done")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := root.Stat("tmp/4"); err != nil || n.Size != 800*(4*4096+1) {
		t.Errorf("the last file: %v, %v", n, err)
	}
}

// TestMuchOutput: what a script prints beyond the limit is not shown, and the script goes on; of an error, the end of it is.
func TestMuchOutput(t *testing.T) {
	const note = "\n[more than 10 bytes are not shown]\n"
	for script, want := range map[string]string{
		"echo 12345; echo 67; echo":                "12345\n67\n\n",
		"echo 12345; echo 6789; echo 0":            "12345\n6789" + note,
		"echo 12345; echo 6789 012345 6; echo end": "12345\n6789" + note,
		"echo 12345; echo 678; echo; echo":         "12345\n678\n" + note,
	} {
		root := newTree(t)
		got, err := runScript(t, Options{Tree: root, OutputLimit: 10}, script+"; : > /tmp/done")
		if _, missing := root.Stat("tmp/done"); got != want || err != nil || missing != nil {
			t.Errorf("%s: %q, want %q; %v, %v", script, got, want, err, missing)
		}
	}
	var failed *ExitError
	if _, err := runScript(t, Options{Tree: newTree(t), OutputLimit: 10}, "echo 1234567890; echo the reason; exit 3"); !errors.As(err, &failed) ||
		failed.Status != 3 || !strings.Contains(failed.Output, "the reason") {
		t.Errorf("the error is %v", err)
	}
}

// canceller is an output that ends the context once something is printed.
type canceller struct{ cancel context.CancelFunc }

func (c canceller) Write(p []byte) (int, error) {
	c.cancel()
	return len(p), nil
}

// TestCancel ends commands that would go on for a long time.
func TestCancel(t *testing.T) {
	for _, loop := range []string{
		"while :; do :; done", "sed ':a;ba' w/one", "seq 1 999999999999999 | cat", "awk 'BEGIN { while (1) i++ }'", "x=$(seq 1 200000); echo ${x//1*2/b}",
		"case $(seq 1 100000) in *1*2*3*4*5*6*7*x) ;; esac",
	} {
		ctx, cancel := context.WithCancel(context.Background())
		err := Run(ctx, Options{Tree: commandRoot(t), Output: canceller{cancel}, Steps: 1 << 40, Work: 1 << 60},
			Script{Package: "p", Version: "1-r0", Body: []byte("#!/bin/sh\necho start\n" + loop)})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want that it was cancelled", loop, err)
		}
	}
}

// TestNothingOfTheHost has scripts that would show something of the machine.
func TestNothingOfTheHost(t *testing.T) {
	t.Setenv("LAMINA_SECRET", "secret")
	t.Setenv("HOME", "/host/home")
	for _, test := range []struct{ name, script, want string }{
		{"environment", `echo "[$LAMINA_SECRET][$HOME][${HOME-unset}][$TMPDIR][$USER][$UID][$EUID][$GID][$HOSTNAME]"`, "[][][unset][][][][][][]\n"},
		{"list of variables", "set",
			"IFS=' \t\n'\nOPTIND='1'\nPATH='/usr/sbin:/usr/bin:/sbin:/bin'\nPPID='1'\nPS1='\\w \\$ '\nPS2='> '\nPS4='+ '\nPWD='/'\nSHLVL='1'\n"},
		{"exports", "export", "export PATH='/usr/sbin:/usr/bin:/sbin:/bin'\nexport PWD='/'\nexport SHLVL='1'\n"},
		{"working directory", "pwd; pwd -P; echo $PWD", "/\n/\n/\n"},
		{"process ids", `echo $$ $PPID "[$!]"`, "1 1 []\n"},
		{"files", "[ -e /etc/hostname ] || [ -e /proc/self ] || [ -e /work ] || echo none; command -v go gcc python3 bash; echo $?", "none\n127\n"},
		{"home", "echo ~ ~root ~nobody", "~ /root ~nobody\n"},
		{"owner tests", "[ -O /etc/passwd ] && [ -G /etc/passwd ] && echo ok; [ -O /nosuch ]; echo $?", "ok\n1\n"},
		{"sourcing by name", "(. passwd) 2>/dev/null; echo $?; cd /etc; (. hostname) 2>/dev/null; echo $?", "2\n2\n"},
		{"type and hash", "type ls go; hash go 2>/dev/null; echo $?", "ls is /bin/ls\ngo: not found\n1\n"},
		{"cd to what only the host has", "cd /proc 2>/dev/null || echo no; cd /root 2>/dev/null || echo no", "no\nno\n"},
		{"umask", "umask", "0022\n"},
		{"globs", "echo /p* /etc/host*; echo /*", "/p* /etc/host*\n/bin /etc /tmp /usr\n"},
		{"streams by their numbers", "echo a > /proc/self/fd/1; echo b | cat /proc/self/fd/0; read c < /proc/self/fd/0 || echo $c; " +
			"echo d 2>&1 1>/dev/null >> /proc/self/fd/2", "a\nb\n\nd\n"},
		{"files that are no files", "echo $(</etc/hostname); cat /proc/self/environ /etc/machine-id | head -n 1", "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := newTree(t)
			got, err := runScript(t, Options{Tree: root, Generation: apk.V2}, "exec 2>/dev/null\n"+test.script)
			if err != nil && !errors.As(err, new(*ExitError)) || got != test.want && !(test.name == "files that are no files" && strings.TrimSpace(got) == "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// TestGenerations is about what apk gives a script (apk/FORMAT.md 12.1).
func TestGenerations(t *testing.T) {
	text := `echo "$0 $* $APK_SCRIPT $APK_PACKAGE"; export`
	common := "export PATH='/usr/sbin:/usr/bin:/sbin:/bin'\nexport PWD='/'\nexport SHLVL='1'\n"
	for generation, want := range map[apk.Generation]string{
		apk.V2: "lib/apk/exec/p-1-r0.post-install 2 1  \n" + common,
		apk.V3: "lib/apk/exec/p-1-r0.post-install 2 1 post-install p\nexport APK_PACKAGE='p'\nexport APK_SCRIPT='post-install'\n" + common,
	} {
		got, err := runScript(t, Options{Generation: generation}, text, "2", "1")
		if err != nil || got != want {
			t.Errorf("%v: got %q, %v, want %q", generation, got, err, want)
		}
	}
}

// TestExitError shows the end of what a script printed.
func TestExitError(t *testing.T) {
	_, err := runScript(t, Options{}, "echo some output\nnosuch\nexit 3")
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Status != 3 || exit.Package != "p" {
		t.Fatalf("got %v", err)
	}
	if want := "p-1-r0.post-install: exit status 3: some output lib/apk/exec/p-1-r0.post-install: line 3: nosuch: not found"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// TestSameTwice runs what could depend on the order in which things run.
func TestSameTwice(t *testing.T) {
	text := "{ echo a; echo b >&2; echo c > /tmp/x; } | { echo d >&2; cat; cat /tmp/x; } 2>&1; for i in 1 2 3; do echo $i >> /tmp/y & :; done"
	text = strings.ReplaceAll(text, " & :", "")
	first, err := runScript(t, Options{}, text)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, _ := runScript(t, Options{}, text); again != first {
			t.Fatalf("%q, then %q", first, again)
		}
	}
}
