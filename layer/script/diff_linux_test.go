package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestDiff compares files, and directories with the files in them.
func TestDiff(t *testing.T) {
	compareWithBusybox(t, eachLine(`
diff one two; echo $?; diff one one; echo $?; diff -u one two; diff -U1 one two; diff -U 0 one two; diff --unified=2 one two; diff -U x one two; echo $?; diff -c one two; echo $?
diff -q one two; diff -qs one one; diff -s one one; echo $?; diff -L a -L b one two; diff -L a one two; diff --label a --label b --label c one two; diff -a one two; diff -d one two; diff -p one two
seq 1 20 > a; seq 1 20 | sed '5d;12s/.*/x/;18a y' > b; diff a b; diff -U2 a b; diff -U1 a b; diff -U0 a b; diff b a; diff -U9 a b; diff a - < b; diff - a < b; echo $?; diff - - < a; echo $?
printf 'a\nb' > n; printf 'a\nb\n' > m; printf 'a\nc' > o; diff n m; diff m n; diff n o; diff -b n m; echo $?; diff -w n m; echo $?; diff empty n; diff n empty; diff empty empty; echo $?; printf '\n' | diff empty -; printf 'a\0b' > z; diff z n; echo $?; diff -a z n; diff z z
diff nosuch one; echo $?; diff one nosuch; echo $?; diff nosuch nosuch; echo $?; diff -N nosuch one; echo $?; diff -N one nosuch; echo $?; diff -N nosuch no2; echo $?; diff -uN nosuch one | head -n 2; diff; echo $?; diff one; echo $?; diff one two dir; echo $?
printf 'a  b\nC\n\nd\n' > p; printf 'a b\nc\nd \n' > q; for o in -b -w -i -bi -wi -ub; do diff $o p q; echo $?; done; printf ' x\n' > r; printf 'x\n' > s; printf '  x\n' > u; diff -b r s; diff -b r u; echo $?; diff -w s u; echo $?; printf 'a\r\n' > v; printf 'a\n' | diff -b v -; echo $?
mkdir a b a/s b/s; echo 1 > a/1; echo 2 > b/1; echo o > a/o; echo n > b/n; echo same > a/s/f; cp a/s/f b/s; diff a b; echo $?; diff -r a b; echo $?; diff -rq a b; echo $?; diff -rN a b; echo $?; diff -urN a b; diff -rs a b; diff -q a b; echo $?; diff -r a a; echo $?; diff a/s b/s; echo $?; diff -r a/ b/; mkdir a/t; diff a b
mkdir a; cp one a; diff a one; echo $?; diff one a; echo $?; diff a two; echo $?; diff two a; echo $?; echo x >> a/one; diff a one; diff one a; echo $?; diff -q one a; diff link one; echo $?; diff broken one; echo $?
`))
}

// TestDiffOfManyFiles compares which of several shortest lists of differences is printed.
func TestDiffOfManyFiles(t *testing.T) {
	var lines []string
	for seed := range uint64(24) {
		r := rand.New(rand.NewPCG(seed, 1))
		letters := "ab\nabc\nabcdef\nabcdefghijklmnopqrstuvwxyz"
		kinds := strings.Split(letters, "\n")[seed%4]
		file := func() string {
			var b strings.Builder
			for range r.IntN(30) {
				b.WriteString(string(kinds[r.IntN(len(kinds))]) + `\n`)
			}
			return b.String()
		}
		var line strings.Builder
		for range 12 {
			fmt.Fprintf(&line, "printf '%s' > x; printf '%s' > y; diff -U%d x y; ", file(), file(), r.IntN(4))
		}
		lines = append(lines, line.String())
	}
	compareWithBusybox(t, eachLine("\n"+strings.Join(lines, "\n")+"\n"))
}
