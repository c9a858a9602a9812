package script

import "testing"

// TestFindGroups is about options such as -depth between find's tests: busybox keeps nothing of them in an expression.
func TestFindGroups(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find dir -maxdepth 0 -o -print
find dir -o -print
find dir -o -name inner
find dir -name inner -o
find dir -name inner -o -o -name deep
find dir -name inner -o -name deep -o
find dir -name inner -o -depth
find dir -name inner -o -depth -o -name deep
find dir -name inner -o -maxdepth 1 -o -name deep
find dir -name inner -o -mindepth 1
find dir -name inner -o -mindepth 1 -name deep
find dir -name inner -o -follow -o -print
find dir -depth -o -name inner
find dir -xdev -o -name inner
find dir -mindepth 2 -o -name inner -print
find one ! -depth -name x
find one ! -depth ! -name x
find one ! -depth -name one
find one ! -maxdepth 1 \( -name x \)
find one ! -maxdepth 1 \( -name one \)
find one \( ! -depth \) -name one
find one \( -depth \)
find one ! \( -depth \)
find one ! \( ! -depth -name one \)
find one ! -depth -o ! -name x
find one ! -depth -o -name x
find one ! -xdev
find one ! ! -xdev -name one
find one ! -a -name one
find one ! -follow -a ! -a -name one
find one -name x -a -o -name one
find one -name one -a
find one -a -name one
find one -name one -xdev -name x
find . -maxdepth 1 -name 'o*' -o -maxdepth 0 -name .
find . \( -name one -o -maxdepth 1 -name two \) -print
find . \( -name one -o -maxdepth 1 \) -print
find . ! \( -name one -o -maxdepth 1 \) -type f -name 's*' -print
`))
}

// TestFindThatQuits is about -quit, which ends find at once: nothing behind it runs, nor does what a "+" has collected.
func TestFindThatQuits(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find -quit
find one two -quit
find one two -print -quit
find one two -quit -print
find one two ! -quit -print
find dir -quit -delete
find dir -delete -quit
find one two -quit -exec echo {} \;
find one two -exec echo {} \; -quit
find one two -exec echo {} + -quit
find one two -name two -exec echo {} + -quit
find one two -exec echo {} + -name two -quit
find one missing two -name two -quit
find missing one two -quit
find dir -name x -quit -o -print
find one -name x -o -quit -o -print
find one \( -quit \) -print
find one \( -print -quit \) -o -print
find one two \( -name one -o -quit \) -print
find dir/sub/deep one -depth -print -quit
find one two -maxdepth 0 -print0 -quit
find dir -type f -name i* -exec sh -c 'echo "$1"; exit 3' - {} \; -quit
find dir -type f -name i* -exec sh -c 'echo "$1"; exit 0' - {} \; -quit
find one two -mindepth 1 -quit -o -print
find one -quit -name
`))
}

// TestRealPathsOfBrokenLinks is about a slash behind a link that leads nowhere: there is no directory to follow it to.
func TestRealPathsOfBrokenLinks(t *testing.T) {
	compareWithBusybox(t, eachLine(`
readlink -f broken
readlink -f broken/
readlink -f ./broken
readlink -f ./broken/
readlink -f /w/broken/
readlink -f dir/../broken//
readlink -f broken//
readlink -f broken/x
readlink -f missing
readlink -f missing/
readlink -f ./missing/
readlink -f dir/missing/
readlink -f dir/missing//
readlink -f one/
readlink -f link/
readlink -f loop/
readlink -f dirlink/
readlink -nf broken/
readlink -vf broken/
readlink -vf missing/x
readlink -vf loop
readlink -v missing/x
readlink -v one
readlink -v loop/
readlink broken/
readlink dirlink/
realpath broken
realpath broken/
realpath broken/ one
realpath one broken/ two
realpath loop/ one/ dirlink/
realpath missing/ dir/missing/ dir/missing/x
rm nothing; ln -s missing/x l; readlink -f l; readlink -f l/
ln -s dir/new l; readlink -f l; readlink -f l/
`))
}
