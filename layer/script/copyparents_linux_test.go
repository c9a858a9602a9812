package script

import "testing"

// TestCopyingWithParents is about cp with the directories that lead to a file, and with the options that have no letters.
func TestCopyingWithParents(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cp --parents dir/sub/deep void
cp --parents dir/inner void
cp --parents dir/inner dir/sub void
cp -r --parents dir/sub void
cp -r --parents dir/sub/ void/
cp -a --parents dir/sub void
cp -p --parents dir/inner void; stat -c %a:%Y:%n void/dir/inner
cp --parents ./dir/../dir/inner void
cp --parents /w/dir/inner void
cp --parents //w//dir/inner void//
cp --parents one void
cp --parents one dir/inner void
cp --parents one new
cp --parents one two
cp --parents dir/inner one new
cp --parents dir/inner one two
cp --parents -T dir/inner void
cp --parents -T dir/inner new
cp -rT --parents dir void
cp --parents -t void dir/inner
cp --parents -t new dir/inner
cp --parents dir/inner
cp --parents
cp --parents nosuch/x void
cp --parents dir/nosuch void; find void
cp --parents nosuch void
cp --parents one/x void
cp --parents dir/inner dirlink
cp --parents dirlink/inner void; ls -l void | sed 's/ .* / /'
cp -r --parents dirlink void
cp -d --parents link void
cp --parents link void
cp -v --parents dir/inner void
cp -rv --parents dir void
cp --parents dir/inner void/nosuch
cp --parents dir/inner broken
mkdir void/dir; echo x > void/dir/inner; cp --parents dir/inner void; cat void/dir/inner
echo x > void/dir; cp --parents dir/inner void
echo x > void/dir; cp --parents one dir/inner two void; ls void
umask 077; cp --parents dir/inner void; stat -c %a:%n void/dir void/dir/inner
chmod 700 dir; cp -a --parents dir/inner void; stat -c %a:%n void/dir
cd dir; cp --parents ../one ../void
cd dir; cp --parents inner sub/../inner ../void; find ../void
cp --parents --remove-destination dir/inner void
cp --parent dir/inner void
cp --parents=x dir/inner void
cp --remove-destination one two; cat two
cp --remove-destination one new
cp --remove-destination -v one two
cp --remove-destination -v one new
cp --remove-destination one void
cp --remove-destination one link; ls -l link | sed 's/ .* / /'
cp --remove-destination one broken
cp --remove-destination one dirlink
cp --remove-destination one one
cp --remove-destination dir void
cp --remove-destination -r dir void
cp --remove-destination -rv dir void; cp --remove-destination -rv dir void
cp --remove-destination -rT dir one
cp --remove-destination nosuch one
cp --remove-destination one two new
cp --remove-destination one two void; cp -v --remove-destination one two void
cp --remove-destination -l one two
cp --remove-destination -sv one two
cp --remove-destination -n one two; cat two
cp --remove-destination -dv link two
mkdir void/one; cp --remove-destination one void
cp --reflink=auto one new
cp --reflink=auto -r dir new
cp --reflink=auto one two void
cp --reflink=never one new
cp --reflink=x one new
cp --reflink=auto one
cp --refl=auto one new
cp -a --reflink=auto dir void
`))
}
