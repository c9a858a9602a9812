package script

import "testing"

// TestGrepColor: where there is no terminal, busybox's grep has no colors.
func TestGrepColor(t *testing.T) {
	compareWithBusybox(t, eachLine(`
grep --color o one
grep --color=auto -n o one
grep --color=always -o o one two
grep --color=never -c o one
grep --color=x -v o one
grep --color= o one
grep --col o one
grep o one --color
grep --color -r inner dir
grep --color
egrep --color=auto 'o|t' one
fgrep --color=always o one
GREP_COLOR=31 grep --color=always o one
cat one | grep --color=auto o | cat
`))
}
