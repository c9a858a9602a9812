package script

import "testing"

// TestExtractingOver is about archives whose files are there already: tar replaces them, keeps them with -k, which ends it at the first,
// or writes into them with --overwrite.
func TestExtractingOver(t *testing.T) {
	compareWithBusybox(t, eachLine(`
tar -cf x one suid; tar -xkf x; echo $?; rm x
tar -cf x one suid; rm suid; tar -xkf x; echo $?; rm x
tar -cf x suid one; rm suid; tar -xkf x; echo $?; rm x
tar -cf x one link suid; rm suid; tar -xkf x; echo $?; rm x
tar -cf x link suid; rm suid; tar -xkf x; echo $?; rm x
tar -cf x fifo suid; rm suid; tar -xkf x; echo $?; rm x
tar -cf x dir two; rm two; tar -xkf x; echo $?; rm x
tar -cf x dir/sub two; rm two dir/sub/deep; tar -xkf x; echo $?; rm x
tar -cf x two hard suid; rm hard suid; tar -xkf x; echo $?; rm x
tar -cf x two hard suid; rm two suid; tar -xkf x; echo $?; rm x
tar -cf x two hard; rm two hard; tar -xkf x; echo $?; rm x
tar -cf x one; rm one; ln -s two one; tar -xkf x; echo $?; rm x
tar -cf x one; rm one; mkdir one; tar -xkf x; echo $?; rm x
tar -cf x one; tar -xkvf x; echo $?; rm x
tar -cf x one; tar -xkOf x; echo $?; rm x
tar -cf x one suid; rm suid; tar -xkf x suid; echo $?; rm x
tar -cf x one suid; rm suid; tar -xkf x --exclude one; echo $?; rm x
tar -cf x link suid; rm suid; tar -xf x --overwrite; echo $?; rm x
tar -cf x one suid; echo long long long content >one; tar -xf x --overwrite; echo $?; rm x
tar -cf x fifo suid; rm suid; tar -xf x --overwrite; echo $?; rm x
tar -cf x two hard suid; rm suid; tar -xf x --overwrite; echo $?; rm x
tar -cf x one; rm one; ln -s two one; tar -xf x --overwrite; echo $?; rm x
tar -cf x one; rm one; ln -s two one; tar -xf x; echo $?; rm x
tar -cf x one; rm one; ln -s new2 one; tar -xf x --overwrite; echo $?; rm x
tar -cf x one suid; rm one suid; mkdir one; tar -xf x --overwrite; echo $?; rm x
tar -cf x one suid; rm one suid; mkdir one; tar -xf x; echo $?; rm x
tar -cf x hard one; rm one; ln two one; tar -xf x --overwrite; echo $?; rm x
tar -cf x suid; chmod 600 suid; chown 5:6 suid; ln suid s2; tar -xf x --overwrite; echo $?; rm x
tar -cf x suid; chmod 600 suid; chown 5:6 suid; ln suid s2; tar -xf x; echo $?; rm x
tar -cf x one; echo x >>one; tar -xkf x --overwrite; echo $?; rm x
tar -cf x dir; rm -r dir; ln -s void dir; tar -xf x; echo $?; rm x
tar -cf x link; rm link; tar -xkf x; echo $?; rm x
ln -s /w/one abs; tar -cf x abs two; tar -xkf x; echo $?; rm x
ln -s /w/one abs; tar -cf x abs; rm abs; tar -xf x; echo $?; rm x
`))
}

// TestMembersOfArchives is about names with a slash behind them, and patterns that match a directory by that slash.
func TestMembersOfArchives(t *testing.T) {
	compareWithBusybox(t, eachLine(`
tar -cf x dirlink; tar -tf x; rm x
tar -cf x dirlink/; tar -tf x; rm x
tar -cf x ./dirlink/; tar -tf x; rm x
tar -cf x broken/; tar -tf x; rm x
tar -cf x one/; tar -tf x; rm x
tar -cf x loop/; tar -tf x; rm x
tar -cf x missing/; tar -tf x; rm x
tar -cf x void/; tar -tf x; rm x
tar -cf x missing; tar -tf x; echo $?; rm x
tar -cf x missing; tar -xf x; echo $?; rm x
tar -cf x missing; tar -xf x one; echo $?; rm x
tar -cf x --exclude one one; tar -tf x; echo $?; rm x
tar -tf empty; echo $?
tar -xf empty one; echo $?
tar -xf empty --exclude one one; echo $?
tar -tzf empty; echo $?
tar -cf x one; tar -tzf x; echo $?; rm x
tar -cf x one; tar -xzf x one two; echo $?; rm x
tar -cf x one; tar -xjf x; echo $?; rm x
tar -cf x one; tar -xJf x one; echo $?; rm x
tar -czf x one; tar -tjf x; echo $?; rm x
tar -cf x dir; mkdir t; tar -xf x -C t 'dir/*'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t 'dir/s*'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t 'dir/*/*'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t 'd*'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t '*'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t dir/sub; rm x
tar -cf x dir; mkdir t; tar -xf x -C t dir/sub/; rm x
tar -cf x dir; mkdir t; tar -xf x -C t dir/sub/deep dir/inner; rm x
tar -cf x dir; mkdir t; tar -xf x -C t --exclude 'dir/*'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t --exclude 'dir/'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t --exclude 'dir/sub'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t --exclude 'dir/sub/'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t --exclude 'dir/sub/*'; rm x
tar -cf x dir; mkdir t; tar -xf x -C t --exclude '*/'; rm x
tar -cf x --exclude 'dir/*' dir; tar -tf x; rm x
tar -cf x --exclude 'dir/' dir; tar -tf x; rm x
tar -cf x --exclude 'dir/sub/' dir; tar -tf x; rm x
tar -cf x --exclude '*/' dir; tar -tf x; rm x
tar -cf x --exclude 'sub' dir one; tar -tf x; rm x
tar -cf x dir one; tar -xOf x --strip 1; rm x
tar -cf x dir one; tar -xOf x --strip-components 2 dir; rm x
tar -cf x one; tar -xf x -C missing -C void; rm x
tar -cf x one; tar -xf x -C void -C missing; rm x
tar -cf x one; mkdir void/dir; tar -xf x -C void -C dir; rm x
tar -cf x dir; mkdir t; tar -xf x -C t --no-same-permissions; rm x
tar -cf x dir; mkdir t; umask 077; tar -xf x -C t --no-same-permissions; rm x
chmod 1755 one; tar -cf x one; mkdir t; tar -xf x -C t --no-same-permissions; rm x
`))
}

// TestUnzippingNothing is about what is no archive: the directory for its files is made first.
func TestUnzippingNothing(t *testing.T) {
	compareWithBusybox(t, eachLine(`
unzip empty
unzip dir
unzip dir/
unzip one
unzip fifo.zip
unzip missing
unzip broken
unzip loop
unzip -q empty
unzip -p empty
unzip -p empty -d new
unzip -q empty -d new
unzip one -d new
unzip one -d new/x
unzip one -d void
unzip one -d two
unzip one -d dirlink
unzip empty -d one/x
unzip empty -d missing/x
unzip missing -d new
umask 077; unzip one -d new
umask 0; unzip dir -d new
cp one y.zip; unzip y
cp one y.ZIP; unzip y -d new
mkdir y.zip; unzip y
`))
}
