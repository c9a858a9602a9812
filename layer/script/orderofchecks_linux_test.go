package script

import (
	"fmt"
	"testing"
)

// TestBadPatternsAreFoundWhenLookedFor: grep compiles a pattern when the first line comes to it.
func TestBadPatternsAreFoundWhenLookedFor(t *testing.T) {
	var scripts []string
	for _, pattern := range []string{`'['`, `'\('`, `-E '('`, `-E 'a{2'`, `'a\{1'`, `'[[:x:]]'`, `-e one -e '['`, `-e '[' -e one`, `-F '['`, "-e \"$(printf 'one\\n[')\"", "\"$(printf '[\\none')\"", `-w '['`} {
		for _, files := range []string{"empty", "nothing", "dir", "one", "two", "empty one", "nothing one", "-r '' dir", "</dev/null"} {
			scripts = append(scripts, fmt.Sprintf("grep %s %s", pattern, files), fmt.Sprintf("grep -cv %s %s", pattern, files))
		}
	}
	compareWithBusybox(t, batched(scripts))
}

// TestNumbersAndOperands: which of two mistakes of a command line is told.
func TestNumbersAndOperands(t *testing.T) {
	compareWithBusybox(t, batches(`
id -n root
id -n
id -r root
id -nr
id -r nobody2
id -ug root
id -ug nobody2
id -unr root
id -un nobody2
id -u root bin
id -G nobody2
base64 -w x one two
base64 -w 1 one two
mkdir -m x
mkdir -m 700
mkdir -m
xxd -c x one two
xxd -c 2 one two
xxd -r -p -
echo 6162 | xxd -r -p -
echo 6162 | xxd -r -p
echo 6162 | xxd -p -
echo 6162 | xxd -
echo 6162 >./-; xxd -r -p -; rm ./-
grep -f dir one
grep -f dir -v one
grep -f dir -e t one
grep -f nothing one
od -j 2 nothing one
od -j 2 dir one
od -j 3 -N 3 empty one
od -j 3 -N 3 one nothing
od -N 3 one nothing two
od -N 14 one nothing two
od -N 15 one nothing two
od -N 0 nothing
od -j 15 one nothing two
od -j 15 one nothing
od -w3 nothing one
od -w3 one nothing
tail nothing
tail nothing broken
tail -n 1 nothing one
tail nothing void
head -v one dir two
head dir one
ls -s link
ls -s broken
ls -s loop
ls -s dirlink
ls -sL link
ls -sH link
ls -sF link
ls -ls link
ls -sd dirlink
ls -s dir
ls -sh dir link
ls -s one link two
`))
}
