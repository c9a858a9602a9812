package script

import "testing"

// Widths, flags and precision apply to each directive.
func TestFormatsOfStat(t *testing.T) {
	compareWithBusybox(t, eachLine(`
stat -c '%n' one dir link broken
stat -c '%N' one link broken loop 'a b'
stat -c '%F' one empty dir link fifo suid /dev/null
stat -L -c '%F %n' link dirlink one
stat -L -c '%F' broken; echo $?
stat -c '%f' one suid dir dir/sub link fifo /dev/null
stat -c '%u %g %U %G' one two dir; stat -c '%h' one two link
stat -c '%s' one empty link broken
stat -c '%t %T' one /dev/null; stat -c '%Y' one dir; stat -c '%y' one; stat -c '%%' one; stat -c '%' one; echo $?
stat -c '100%' one; echo $?; stat -c '%n%n' one; stat -c '%5s|%-5s|%05s' one; stat -c '%10n|%-10n|' one
stat -c '%.2n|%10.2n|%-10.2n|' one; stat -c '%8a|%-8a|%08a|%#a|%#08a' one suid; stat -c '%#f|%10f|%-10f|%010f' one
stat -c '%10U|%-10U|%.2U' one; stat -c '%+s|% s|%.5s' one; stat -c '%10A|%-12A|%.4A' one
stat -c '%20F|%-20F|%.3F' dir; stat -c '%10N' link; stat -c '%12Y|%-12Y|%012Y' one
stat -c '%1s %1n' one; stat -c '\n\t' one; stat -c 'a\nb' one; stat -c '%n' nothing one; echo $?
stat -c '%n'; echo $?; stat -c; echo $?; stat -c %n -c %s one; stat -c %n -- -dash; stat -c %n ''; echo $?
stat -c %n one/; echo $?; stat -c %n dirlink/; stat -c '%F' dirlink/; stat -c '%F' -L broken one; echo $?
stat -c %n loop; stat -Lc %n loop; echo $?; stat -c '%a' /w/dir/../one ./one .//one; stat -x one; echo $?
stat -Lc '%N' link dirlink
`))
}

func TestSizesOfDu(t *testing.T) {
	compareWithBusybox(t, eachLine(`
du -s empty
du -b one 2>&1 | head -n 1 | cut -c1-30
du -s nothing; echo $?
du -sk empty void 2>/dev/null | wc -l
du -c empty | tail -n 1 | cut -f2; du -a dir | cut -f2; du -a dir | wc -l; du dir | cut -f2; du -d 0 dir | cut -f2
du -d 1 -a dir | cut -f2; du -d 2 -a dir | cut -f2; du -d x dir; echo $?; du -d -1 dir; echo $?
du -s dirlink | cut -f2
du -sH dirlink | cut -f2
du -aL dirlink | cut -f2
du -aH dirlink | cut -f2
du -al . | cut -f2 | sort; du -sl two hard | cut -f2; du -s two hard | cut -f2; du -a two hard | cut -f2
du broken | cut -f2; du -L broken; echo $?; du empty nothing void | cut -f2; echo $?; du -x void | cut -f2
du -q dir; echo $?
`))
}
