package script

import "testing"

// TestMakingWhatIsThere is about directories whose place is taken: by a link that leads nowhere or to itself, by a file with a slash behind it.
func TestMakingWhatIsThere(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mkdir -p broken
mkdir -p broken/
mkdir -p broken/x
mkdir -p loop
mkdir -p loop/
mkdir -p loop/x
mkdir -p one
mkdir -p one/
mkdir -p one/x
mkdir -p link/
mkdir -p fifo/
mkdir -p dirlink
mkdir -p dirlink/
mkdir -p dirlink/x
mkdir -pv dir/sub/ broken new
mkdir broken
mkdir broken/
mkdir loop
mkdir one/
mkdir dirlink
install -d broken
install -d broken/
install -d loop
install -d loop/x
install -d one
install -d one/
install -d dirlink/
install -dv broken void/new
install -D one loop/x
install -D one broken/x
install -D one two/x
install -D one dirlink/new/x
umask 077; install -D one new/d
umask 077; install -D one new/d/x
umask 0; install -D one new/d/e/x
umask 077; install -d new/d/e
umask 0; install -d new/d/e
umask 077; install -D -m 700 -t new/q one
umask 077; install -vD one void/q
umask 0; mkdir -p new/d/e
install -dt void one
install -t void -d new
install -d -t void
install -t void dir/link void/
install -t void one/ two
install one/ void
install dir/link void/
install -d -g 7 dirlink
install -d -o 5 dirlink/
install -dm 700 -o nobody dirlink void
install -o 5 one link
install -o 5 -g 7 one broken
install -o 5 -t dirlink one
`))
}

// TestParentsThatWent is about rmdir of a path through "..", which leads nowhere once a directory is removed.
func TestParentsThatWent(t *testing.T) {
	compareWithBusybox(t, eachLine(`
rmdir -p void/../void
rmdir -p --ignore-fail-on-non-empty void/../void
rmdir --ignore-fail-on-non-empty void/../dir
rmdir dir/..
rmdir dir/../
rmdir missing/..
rmdir one/..
rmdir loop/..
rmdir ..
rmdir --ignore-fail-on-non-empty ..
rmdir void/.
mkdir -p t/a; rmdir -pv t/a/../a
mkdir -p t/a; rmdir -pv t//a//
`))
}
