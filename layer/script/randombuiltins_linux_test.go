package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomBuiltins runs builtins of the shell with random arguments, several to a line: where one leaves the shell is where the next begins.
func TestRandomBuiltins(t *testing.T) {
	makers := []struct {
		name string
		line func(r *rand.Rand) string
	}{
		{"directories", randomDirectories}, {"getopts", randomGetopts}, {"read", randomRead}, {"variables", randomVariables}, {"options", randomOptions},
		{"names", randomTypes}, {"masks", randomMasks},
		{"jumps", randomJumps},
	}
	for i, m := range makers {
		t.Run(m.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(41, uint64(i)))
			var lines []string
			for range 250 {
				lines = append(lines, "exec </dev/null; "+m.line(r))
			}
			compareMost(t, "cd /w; ", lines, 4)
		})
	}
}

// several joins a few commands with what makes the next depend on the one before, or not.
func several(r *rand.Rand, most int, command func() string) string {
	var b strings.Builder
	for i := range 1 + r.IntN(most) {
		if i > 0 {
			b.WriteString(oneOf(r, "; ", "; ", "; ", " && ", " || "))
		}
		b.WriteString(command())
	}
	return b.String()
}

func randomDirectories(r *rand.Rand) string {
	where := func() string {
		return oneOf(r, "dir", "dirlink", "dir/sub", "dirlink/sub", "..", "../..", ".", "-", "", "/", "/w/dir", "void", "one", "missing",
			"broken", "loop", "''",
			"dir/..", "dirlink/..", "../w", "./dir", "'a b'", "sub", "inner", "/w/./dir/../dirlink",
			"/..", "dir//sub/", "dirlink/../dirlink")
	}
	before := oneOf(r, "", "", "CDPATH=/w/dir; ", "CDPATH=:/w/dir; ", "CDPATH=dir; ", "HOME=/w/dir; ", "unset HOME; ", "HOME=; ", "unset OLDPWD; ",
		"OLDPWD=/w/void; ", "CDPATH=/nosuch:/w; ")
	return before + several(r, 5, func() string {
		return oneOf(r, "cd ", "cd ", "cd ", "cd -L ", "cd -P ", "cd -- ", "cd -LP ", "cd -PL ", "chdir ") + where() + oneOf(r, "", "", "; pwd", "; pwd -P",
			"; pwd -L", `; echo "$PWD"`, `; echo "$OLDPWD"`, "; (cd ..; pwd)", "; ls -d . | wc -l", "; /bin/pwd")
	}) + `; echo "$? $PWD ${OLDPWD-none}"`
}

func randomGetopts(r *rand.Rand) string {
	words := ""
	for range r.IntN(6) {
		words += " " + oneOf(r, "-a", "-b", "-ab", "-c", "-c v", "-cv", "x", "--", "-", "-z", "-abc", "-bz", "''", "-ca", "-:", "-?", "--long", "-a-")
	}
	options := oneOf(r, "abc:", ":abc:", "a:b", "abc", ":a", "''", "a:b:c:", ":", "ab:c", "cba", "a::b")
	before := oneOf(r, "", "", "OPTIND=2; ", "OPTIND=1; ", "OPTIND=x; ", "OPTERR=0; ", "OPTIND=9; ", "unset OPTIND; ", "OPTARG=old; ", "readonly o; ")
	loop := "while getopts " + options + " o" + oneOf(r, "", "", " \"$@\"", " -b -c x") + `; do echo "<$o> <${OPTARG-unset}> $OPTIND"` +
		oneOf(r, "", "", "", "; shift", "; [ $OPTIND -gt 4 ] && break", "; OPTIND=$OPTIND", "; i=$((i+1)); [ $i -gt 5 ] && exit 7") +
		`; done; echo "$? $o $OPTIND $# ${OPTARG-unset}"`
	return before + "set --" + words + "; " + loop + oneOf(r, "", "", "; shift $((OPTIND-1)); echo \"$@\"", "; OPTIND=1; getopts ab o -b; echo $o",
		"; f() { local OPTIND=1; getopts ab o; echo $o; }; f -b -a; echo $OPTIND", "; set -- -a; getopts a o; echo $? $o")
}

func randomRead(r *rand.Rand) string {
	text := ""
	for range 1 + r.IntN(8) {
		text += oneOf(r, "a", "b c", " ", `\t`, `\n`, ":", "::", `\\`, `\\\n`, "x:y", `\\ `, `\\:`, "é", "  ", `\n\n`, "word", "-n", "*", "$x", `"q"`, `\\\\`)
	}
	before := oneOf(r, "", "", "", "IFS=:; ", "IFS=; ", "IFS=' :'; ", "IFS=': '; ", "unset IFS; ", "IFS='\n'; ", "IFS=:a; ", "set -f; ")
	names := oneOf(r, "", "a", "a b", "a b c", "a a", "a b a", "a b c d e", "REPLY", "IFS a")
	show := `; echo "$? <${a-unset}> <${b-unset}> <${c-unset}> <${REPLY-unset}>"`
	return before + "printf '" + text + "' | { read " + oneOf(r, "", "", "-r ", "-r ", "-- ", "-rr ", "-x ") + names + show + oneOf(r, "", "",
		`; read x; echo "<$x>"`, "; cat", `; while read -r a; do echo "($a)"; done`, `; read -r b c; echo "$b|$c"`) + "; }"
}

func randomVariables(r *rand.Rand) string {
	name := func() string {
		return oneOf(r, "a", "b", "c", "a", "b", "1a", "a-b", "IFS", "''", "_", "x1", "PWD")
	}
	return "a=1 b='x y'; unset c; " + several(r, 6, func() string {
		return oneOf(r, "export "+name(), "export "+name()+"=v", "readonly "+name(), "readonly "+name()+"='r r'", "unset "+name(), "unset -v "+name(),
			"unset -f "+name(), name()+"=new", "export -n "+name(), "a=t env | grep '^[abc]='",
			`sh -c 'echo "${a-none} ${b-none} ${c-none}"'`, `echo "$a|$b|${c-none}"`, "f() { local "+oneOf(r, "a", "a=l", "a b=2", "c=$a", "-",
				"a=1 a=2")+`; a=in; echo "$a $b"; }; f; echo "$a"`, "a=pre f2 2>/dev/null; echo $a", "export | grep ' [abc]='",
			"readonly | grep ' [abc]='", "set | grep '^[abc]='", "a=1 export b", "a=2 :; echo $a", "a=3 eval 'echo $a'; echo $a", "b=4 sh -c 'echo $b'",
			": ${c:=dflt} ${a:+x}; echo $c", "(a=sub; echo $a); echo $a",
			"export -p | grep ' [abc]='", "unset a b; echo ${a-u}${b-u}", "echo x | read a; echo $a", "for a in 1 2; do :; done; echo $a", "a=$b$b; echo $a",
			"command export a=5; echo $a", "a+=x; echo $a", "local z")
	}) + `; echo "= $? ${a-none} ${b-none} ${c-none}"`
}

func randomOptions(r *rand.Rand) string {
	return "x=1; set -- p 'q r' s; " + several(r, 5, func() string {
		return oneOf(r, "set -e", "set +e", "set -u", "set +u", "set -f", "set +f", "set -a", "set +a", "set -C", "set +C", "set -n 2>/dev/null; set +n",
			"set -o errexit", "set -o noglob", "set +o nounset", "set -o pipefail", "set +o pipefail",
			"set -euf", "set -o nosuch", "set -Z", "set --", "set -- a b", "set a 'b c'", "set -f -- -x", "set - u v", "shift", "shift 2", "shift 9", "shift x",
			"shift 0", "echo $#: \"$@\"", "echo *k", "echo ${nosuch}", "false", "false | true; echo $?",
			"true | false; echo $?", "y=2; sh -c 'echo ${y-none}'", "echo hi >/dev/null", "set -o | grep -c on", "case $- in *e*) echo e;; esac",
			"(exit 3); echo $?", "! true; echo $?", "if false; then :; fi; echo $?", "f() { false; echo f; }; f", "f || echo or",
			"set -o allexport; z=3; sh -c 'echo $z'", "set +o 2>/dev/null | wc -l")
	}) + `; echo "= $? $#"; for i in a e f u C; do case $- in *$i*) echo $i; esac; done`
}

func randomTypes(r *rand.Rand) string {
	name := func() string {
		return oneOf(r, "ls", "cd", "if", "f", "nosuch", "test", "[", "/bin/ls", "./one", "one", "export", ":", "echo", "{", "!", "sh", "'a b'", "suid",
			"/w/suid", "break", "alias1", "then", "printf", "/nosuch", "wait", "eval", "command",
			"type", "true", "./suid", "busybox", "hash", "ulimit", "umask")
	}
	return "f() { echo called; }; " + oneOf(r, "", "", "PATH=/w:/bin; ", "PATH=:/bin:/usr/bin; ", "PATH=/bin::/nosuch:/usr/bin; ",
		"PATH=.:/bin:/usr/bin; cd dir; ") + several(r, 4, func() string {
		return oneOf(r, "type ", "command -v ", "command -V ", "command -v ", "type ", "unset -f ", "hash ", "command ") + name() +
			oneOf(r, "", "", " "+name()) +
			" >/tmp/o 2>&1; s=$?; head -n 2 /tmp/o; rm -f /tmp/o; echo $s"
	})
}

func randomMasks(r *rand.Rand) string {
	return several(r, 5, func() string {
		mask := ""
		for range 1 + r.IntN(3) {
			mask += "," + oneOf(r, "", "u", "g", "o", "a", "ug", "go", "uo") + oneOf(r, "+", "-", "=") + oneOf(r, "r", "w", "x", "rwx", "rx", "",
				"X", "s", "u", "g")
		}
		return "umask " + oneOf(r, "", "", "-S", "022", "77", "0", "0777", "8", "1777", "x", "-S 027", "'"+mask[1:]+"'", "'"+mask[1:]+"'", "-S '"+mask[1:]+"'",
			"-p", "''", "-- 02", "22 33", "99999") + oneOf(r, "", "; umask", "; umask -S", "; (umask 0; umask)")
	}) + "; echo $?; umask"
}

// randomJumps leave loops, functions and files that are read, from within each other.
func randomJumps(r *rand.Rand) string {
	jump := func() string {
		return oneOf(r, "break", "continue", "break 2", "continue 2", "return", "return 3", "exit 4", "false", ":", "break 9", "continue 9", "break 0",
			"return x", "break x", "exit x", "return 256", "exit 300", "return -1", "(exit 5)", "eval break", "eval 'return 2'", "eval continue",
			"command break", "false || break", "$(exit 6)", "break -1")
	}
	inner := func() string {
		return oneOf(r, jump(), "[ $i = 1 ] && "+jump(), "if [ $j = b ]; then "+jump()+"; fi", "case $i$j in 1a) "+jump()+";; 2*) "+jump()+";; esac",
			"("+jump()+"; echo sub)", "{ "+jump()+"; echo brace; }", "echo x | while read y; do "+jump()+"; done", "g; echo g$?",
			jump()+" >/dev/null", "! "+jump(), "trap 'echo T' EXIT", ". /w/sourced; echo s$?")
	}
	return "printf '%s\\n' 'echo in' '" + strings.ReplaceAll(jump(), "'", "") + "' 'echo out' >/tmp/sourced; g() { " + jump() +
		"; echo in g; }; f() { for i in 1 2 3; do for j in a b; do echo $i$j; " + strings.ReplaceAll(inner(), "/w/", "/tmp/") + "; echo after; " +
		strings.ReplaceAll(inner(), "/w/", "/tmp/") + "; done; echo i$?; done; echo end; }; f; echo \"f $?\"; while :; do " + strings.ReplaceAll(jump(),
		"continue", "break") + "; echo w; break; done; echo $?; rm -f /tmp/sourced"
}
