package script

import "testing"

// TestFaultyDocuments: ash expands a here-document as it redirects: an error there fails the command, and does not end the shell but for
// special builtins and subshells.
func TestFaultyDocuments(t *testing.T) {
	var cases []scriptCase
	for _, command := range []string{
		"cat", "read x", ":", "{ echo in; }", "f", "exec 5", "set -e; cat", "set -e; cat || echo failed", "while read l; do echo \"$l\"; done", "( echo in )",
		"x=1 cat", "cat >/w/out", "cat </dev/null",
		"export y=2", "y=2", "", "eval cat", "! cat", "command cat", "command :", "if true; then cat; fi", "for i in 1; do cat; done", "echo $(echo s)",
		"local y", "x=$(cat",
	} {
		for _, part := range []string{"${u?bad}", "${u:?}", "$((1/0))", "$(false) $((x+1))"} {
			end := ""
			if command == "x=$(cat" {
				end = "\n)"
			}
			cases = append(cases,
				scriptCase{name: command + " " + part, script: "f() { echo f; }\nexec 2>/dev/null\n" + command + " <<E\na " + part + " b\nE" + end +
					"\necho \"after $? $x $y\"; ls /w/out"})
		}
	}
	cases = append(cases, scriptCase{name: "unset", script: "set -u; exec 2>/dev/null; cat <<E || echo failed\n$u\nE\necho $?\nread x <<E\n$u\nE\necho $?"})
	compareWithBusybox(t, cases)
}

// TestOptionsOfAnotherList: getopts begins again with a list that is shorter than where it is, and else goes on behind the letter that was taken.
func TestOptionsOfAnotherList(t *testing.T) {
	compareWithBusybox(t, eachLine(`
s() { echo "$? $o ${OPTARG-none} $OPTIND"; }; getopts ab: o -a -b x; s; getopts ab: o -a -b x; s; getopts ab: o -b y; s; getopts ab: o; s; getopts ab: o -a; s
s() { echo "$? $o ${OPTARG-none} $OPTIND"; }; getopts ab: o -a; s; getopts ab: o -ab z; s; getopts ab: o -ab z; s; getopts ab: o -abz; s
s() { echo "$? $o ${OPTARG-none} $OPTIND"; }; getopts abc o -ab -c; s; getopts abc o -a -c; s; getopts abc o -a -c; s; OPTIND=9; getopts abc o -a -c; `+
		`s; getopts abc o -; s
s() { echo "$? $o ${OPTARG-none} $OPTIND"; }; set -- -a -b; getopts ab o; s; f() { getopts ab o -b -a -b; s; getopts ab o; s; }; f; `+
		`getopts ab o; s; getopts ab o; s
`))
}

// TestIgnoredInSubshells: a subshell forgets traps, but not what is ignored.
func TestIgnoredInSubshells(t *testing.T) {
	compareWithBusybox(t, eachLine(`
trap '' INT; trap 'echo bye' EXIT TERM; (trap; echo in); trap
trap '' INT TERM; (trap - INT; trap; (trap)); trap
trap '' EXIT; (trap; trap 'echo x' EXIT); trap
`))
}
