package script

import "testing"

// TestMoving is about each kind of source and destination.
func TestMoving(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mv one new
mv one void
mv one two
mv one dirlink
mv one dir/sub
mv one void/
mv one nothing/x
mv one .
mv link new
mv link void
mv link two
mv link dirlink
mv link dir/sub
mv link void/
mv link nothing/x
mv link .
mv dir new
mv dir void
mv dir two
mv dir dirlink
mv dir dir/sub
mv dir void/
mv dir nothing/x
mv dir .
mv dirlink new
mv dirlink void
mv dirlink two
mv dirlink dirlink
mv dirlink dir/sub
mv dirlink void/
mv dirlink nothing/x
mv dirlink .
mv fifo new
mv fifo void
mv fifo two
mv fifo dirlink
mv fifo dir/sub
mv fifo void/
mv fifo nothing/x
mv fifo .
mv broken new
mv broken void
mv broken two
mv broken dirlink
mv broken dir/sub
mv broken void/
mv broken nothing/x
mv broken .
mv suid new
mv suid void
mv suid two
mv suid dirlink
mv suid dir/sub
mv suid void/
mv suid nothing/x
mv suid .
mv hard new
mv hard void
mv hard two
mv hard dirlink
mv hard dir/sub
mv hard void/
mv hard nothing/x
mv hard .
mv attr new
mv attr void
mv attr two
mv attr dirlink
mv attr dir/sub
mv attr void/
mv attr nothing/x
mv attr .
mv empty new
mv empty void
mv empty two
mv empty dirlink
mv empty dir/sub
mv empty void/
mv empty nothing/x
mv empty .
mv nothing new
mv nothing void
mv nothing two
mv nothing dirlink
mv nothing dir/sub
mv nothing void/
mv nothing nothing/x
mv nothing .
mv loop new
mv loop void
mv loop two
mv loop dirlink
mv loop dir/sub
mv loop void/
mv loop nothing/x
mv loop .
mv 'a b' new
mv 'a b' void
mv 'a b' two
mv 'a b' dirlink
mv 'a b' dir/sub
mv 'a b' void/
mv 'a b' nothing/x
mv 'a b' .
mv dir/ new
mv dir/ void
mv dir/ two
mv dir/ dirlink
mv dir/ dir/sub
mv dir/ void/
mv dir/ nothing/x
mv dir/ .
mv link/ new
mv link/ void
mv link/ two
mv link/ dirlink
mv link/ dir/sub
mv link/ void/
mv link/ .
mv one/ new
mv one/ void
mv one/ two
mv one/ dirlink
mv one/ dir/sub
mv one/ void/
mv one/ .
mv -f one new
mv -f one void
mv -f one two
mv -f one dirlink
mv -f one dir/sub
mv -f one void/
mv -f one nothing/x
mv -f one .
mv -f link new
mv -f link void
mv -f link two
mv -f link dirlink
mv -f link dir/sub
mv -f link void/
mv -f link nothing/x
mv -f link .
mv -f dir new
mv -f dir void
mv -f dir two
mv -f dir dirlink
mv -f dir dir/sub
mv -f dir void/
mv -f dir nothing/x
mv -f dir .
mv -f dirlink new
mv -f dirlink void
mv -f dirlink two
mv -f dirlink dirlink
mv -f dirlink dir/sub
mv -f dirlink void/
mv -f dirlink nothing/x
mv -f dirlink .
mv -f fifo new
mv -f fifo void
mv -f fifo two
mv -f fifo dirlink
mv -f fifo dir/sub
mv -f fifo void/
mv -f fifo nothing/x
mv -f fifo .
mv -f broken new
mv -f broken void
mv -f broken two
mv -f broken dirlink
mv -f broken dir/sub
mv -f broken void/
mv -f broken nothing/x
mv -f broken .
mv -f suid new
mv -f suid void
mv -f suid two
mv -f suid dirlink
mv -f suid dir/sub
mv -f suid void/
mv -f suid nothing/x
mv -f suid .
mv -f hard new
mv -f hard void
mv -f hard two
mv -f hard dirlink
mv -f hard dir/sub
mv -f hard void/
mv -f hard nothing/x
mv -f hard .
mv -f attr new
mv -f attr void
mv -f attr two
mv -f attr dirlink
mv -f attr dir/sub
mv -f attr void/
mv -f attr nothing/x
mv -f attr .
mv -f empty new
mv -f empty void
mv -f empty two
mv -f empty dirlink
mv -f empty dir/sub
mv -f empty void/
mv -f empty nothing/x
mv -f empty .
mv -f nothing new
mv -f nothing void
mv -f nothing two
mv -f nothing dirlink
mv -f nothing dir/sub
mv -f nothing void/
mv -f nothing nothing/x
mv -f nothing .
mv -f loop new
mv -f loop void
mv -f loop two
mv -f loop dirlink
mv -f loop dir/sub
mv -f loop void/
mv -f loop nothing/x
mv -f loop .
mv -f 'a b' new
mv -f 'a b' void
mv -f 'a b' two
mv -f 'a b' dirlink
mv -f 'a b' dir/sub
mv -f 'a b' void/
mv -f 'a b' nothing/x
mv -f 'a b' .
mv -f dir/ new
mv -f dir/ void
mv -f dir/ two
mv -f dir/ dirlink
mv -f dir/ dir/sub
mv -f dir/ void/
mv -f dir/ nothing/x
mv -f dir/ .
mv -f link/ new
mv -f link/ void
mv -f link/ two
mv -f link/ dirlink
mv -f link/ dir/sub
mv -f link/ void/
mv -f link/ .
mv -f one/ new
mv -f one/ void
mv -f one/ two
mv -f one/ dirlink
mv -f one/ dir/sub
mv -f one/ void/
mv -f one/ .
mv -n one new
mv -n one void
mv -n one two
mv -n one dirlink
mv -n one dir/sub
mv -n one void/
mv -n one nothing/x
mv -n one .
mv -n link new
mv -n link void
mv -n link two
mv -n link dirlink
mv -n link dir/sub
mv -n link void/
mv -n link nothing/x
mv -n link .
mv -n dir new
mv -n dir void
mv -n dir two
mv -n dir dirlink
mv -n dir dir/sub
mv -n dir void/
mv -n dir nothing/x
mv -n dir .
mv -n dirlink new
mv -n dirlink void
mv -n dirlink two
mv -n dirlink dirlink
mv -n dirlink dir/sub
mv -n dirlink void/
mv -n dirlink nothing/x
mv -n dirlink .
mv -n fifo new
mv -n fifo void
mv -n fifo two
mv -n fifo dirlink
mv -n fifo dir/sub
mv -n fifo void/
mv -n fifo nothing/x
mv -n fifo .
mv -n broken new
mv -n broken void
mv -n broken two
mv -n broken dirlink
mv -n broken dir/sub
mv -n broken void/
mv -n broken nothing/x
mv -n broken .
mv -n suid new
mv -n suid void
mv -n suid two
mv -n suid dirlink
mv -n suid dir/sub
mv -n suid void/
mv -n suid nothing/x
mv -n suid .
mv -n hard new
mv -n hard void
mv -n hard two
mv -n hard dirlink
mv -n hard dir/sub
mv -n hard void/
mv -n hard nothing/x
mv -n hard .
mv -n attr new
mv -n attr void
mv -n attr two
mv -n attr dirlink
mv -n attr dir/sub
mv -n attr void/
mv -n attr nothing/x
mv -n attr .
mv -n empty new
mv -n empty void
mv -n empty two
mv -n empty dirlink
mv -n empty dir/sub
mv -n empty void/
mv -n empty nothing/x
mv -n empty .
mv -n nothing new
mv -n nothing void
mv -n nothing two
mv -n nothing dirlink
mv -n nothing dir/sub
mv -n nothing void/
mv -n nothing nothing/x
mv -n nothing .
mv -n loop new
mv -n loop void
mv -n loop two
mv -n loop dirlink
mv -n loop dir/sub
mv -n loop void/
mv -n loop nothing/x
mv -n loop .
mv -n 'a b' new
mv -n 'a b' void
mv -n 'a b' two
mv -n 'a b' dirlink
mv -n 'a b' dir/sub
mv -n 'a b' void/
mv -n 'a b' nothing/x
mv -n 'a b' .
mv -n dir/ new
mv -n dir/ void
mv -n dir/ two
mv -n dir/ dirlink
mv -n dir/ dir/sub
mv -n dir/ void/
mv -n dir/ nothing/x
mv -n dir/ .
mv -n link/ new
mv -n link/ void
mv -n link/ two
mv -n link/ dirlink
mv -n link/ dir/sub
mv -n link/ void/
mv -n link/ .
mv -n one/ new
mv -n one/ void
mv -n one/ two
mv -n one/ dirlink
mv -n one/ dir/sub
mv -n one/ void/
mv -n one/ .
mv -T one new
mv -T one void
mv -T one two
mv -T one dirlink
mv -T one dir/sub
mv -T one void/
mv -T one nothing/x
mv -T one .
mv -T link new
mv -T link void
mv -T link two
mv -T link dirlink
mv -T link dir/sub
mv -T link void/
mv -T link nothing/x
mv -T link .
mv -T dir new
mv -T dir void
mv -T dir two
mv -T dir dirlink
mv -T dir dir/sub
mv -T dir void/
mv -T dir nothing/x
mv -T dir .
mv -T dirlink new
mv -T dirlink void
mv -T dirlink two
mv -T dirlink dirlink
mv -T dirlink dir/sub
mv -T dirlink void/
mv -T dirlink nothing/x
mv -T dirlink .
mv -T fifo new
mv -T fifo void
mv -T fifo two
mv -T fifo dirlink
mv -T fifo dir/sub
mv -T fifo void/
mv -T fifo nothing/x
mv -T fifo .
mv -T broken new
mv -T broken void
mv -T broken two
mv -T broken dirlink
mv -T broken dir/sub
mv -T broken void/
mv -T broken nothing/x
mv -T broken .
mv -T suid new
mv -T suid void
mv -T suid two
mv -T suid dirlink
mv -T suid dir/sub
mv -T suid void/
mv -T suid nothing/x
mv -T suid .
mv -T hard new
mv -T hard void
mv -T hard two
mv -T hard dirlink
mv -T hard dir/sub
mv -T hard void/
mv -T hard nothing/x
mv -T hard .
mv -T attr new
mv -T attr void
mv -T attr two
mv -T attr dirlink
mv -T attr dir/sub
mv -T attr void/
mv -T attr nothing/x
mv -T attr .
mv -T empty new
mv -T empty void
mv -T empty two
mv -T empty dirlink
mv -T empty dir/sub
mv -T empty void/
mv -T empty nothing/x
mv -T empty .
mv -T nothing new
mv -T nothing void
mv -T nothing two
mv -T nothing dirlink
mv -T nothing dir/sub
mv -T nothing void/
mv -T nothing nothing/x
mv -T loop new
mv -T loop void
mv -T loop two
mv -T loop dirlink
mv -T loop dir/sub
mv -T loop void/
mv -T loop nothing/x
mv -T loop .
mv -T 'a b' new
mv -T 'a b' void
mv -T 'a b' two
mv -T 'a b' dirlink
mv -T 'a b' dir/sub
mv -T 'a b' void/
mv -T 'a b' nothing/x
mv -T 'a b' .
mv -T dir/ new
mv -T dir/ void
mv -T dir/ two
mv -T dir/ dirlink
mv -T dir/ dir/sub
mv -T dir/ void/
mv -T dir/ nothing/x
mv -T dir/ .
mv -T link/ new
mv -T link/ two
mv -T one/ new
mv -T one/ two
`))
}
