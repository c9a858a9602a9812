package script

import "testing"

// TestCopyingFiles is about each kind of source and destination.
func TestCopyingFiles(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cp one new
cp one void
cp one two
cp one dirlink
cp one broken
cp one void/
cp link new
cp link void
cp link two
cp link dirlink
cp link broken
cp link void/
cp dir new
cp dir void
cp dir two
cp dir dirlink
cp dir broken
cp dir void/
cp dirlink new
cp dirlink void
cp dirlink two
cp dirlink dirlink
cp dirlink broken
cp dirlink void/
cp broken new
cp broken void
cp broken two
cp broken dirlink
cp broken broken
cp broken void/
cp suid new
cp suid void
cp suid two
cp suid dirlink
cp suid broken
cp suid void/
cp hard new
cp hard void
cp hard two
cp hard dirlink
cp hard broken
cp hard void/
cp attr new
cp attr void
cp attr two
cp attr dirlink
cp attr broken
cp attr void/
cp empty new
cp empty void
cp empty two
cp empty dirlink
cp empty broken
cp empty void/
cp nothing new
cp nothing void
cp nothing two
cp nothing dirlink
cp nothing broken
cp nothing void/
cp loop new
cp loop void
cp loop two
cp loop dirlink
cp loop broken
cp loop void/
cp 'a b' new
cp 'a b' void
cp 'a b' two
cp 'a b' dirlink
cp 'a b' broken
cp 'a b' void/
cp dir/ new
cp dir/ void
cp dir/ two
cp dir/ dirlink
cp dir/ broken
cp dir/ void/
cp link/ new
cp link/ void
cp link/ two
cp link/ dirlink
cp link/ broken
cp link/ void/
cp one/ new
cp one/ void
cp one/ two
cp one/ dirlink
cp one/ broken
cp one/ void/
cp -f one new
cp -f one void
cp -f one two
cp -f one dirlink
cp -f one broken
cp -f one void/
cp -f link new
cp -f link void
cp -f link two
cp -f link dirlink
cp -f link broken
cp -f link void/
cp -f dir new
cp -f dir void
cp -f dir two
cp -f dir dirlink
cp -f dir broken
cp -f dir void/
cp -f dirlink new
cp -f dirlink void
cp -f dirlink two
cp -f dirlink dirlink
cp -f dirlink broken
cp -f dirlink void/
cp -f broken new
cp -f broken void
cp -f broken two
cp -f broken dirlink
cp -f broken broken
cp -f broken void/
cp -f suid new
cp -f suid void
cp -f suid two
cp -f suid dirlink
cp -f suid broken
cp -f suid void/
cp -f hard new
cp -f hard void
cp -f hard two
cp -f hard dirlink
cp -f hard broken
cp -f hard void/
cp -f attr new
cp -f attr void
cp -f attr two
cp -f attr dirlink
cp -f attr broken
cp -f attr void/
cp -f empty new
cp -f empty void
cp -f empty two
cp -f empty dirlink
cp -f empty broken
cp -f empty void/
cp -f nothing new
cp -f nothing void
cp -f nothing two
cp -f nothing dirlink
cp -f nothing broken
cp -f nothing void/
cp -f loop new
cp -f loop void
cp -f loop two
cp -f loop dirlink
cp -f loop broken
cp -f loop void/
cp -f 'a b' new
cp -f 'a b' void
cp -f 'a b' two
cp -f 'a b' dirlink
cp -f 'a b' broken
cp -f 'a b' void/
cp -f dir/ new
cp -f dir/ void
cp -f dir/ two
cp -f dir/ dirlink
cp -f dir/ broken
cp -f dir/ void/
cp -f link/ new
cp -f link/ void
cp -f link/ two
cp -f link/ dirlink
cp -f link/ broken
cp -f link/ void/
cp -f one/ new
cp -f one/ void
cp -f one/ two
cp -f one/ dirlink
cp -f one/ broken
cp -f one/ void/
cp -n one new
cp -n one void
cp -n one two
cp -n one dirlink
cp -n one broken
cp -n one void/
cp -n link new
cp -n link void
cp -n link two
cp -n link dirlink
cp -n link broken
cp -n link void/
cp -n dir new
cp -n dir void
cp -n dir two
cp -n dir dirlink
cp -n dir broken
cp -n dir void/
cp -n dirlink new
cp -n dirlink void
cp -n dirlink two
cp -n dirlink dirlink
cp -n dirlink broken
cp -n dirlink void/
cp -n fifo two
cp -n fifo broken
cp -n broken new
cp -n broken void
cp -n broken two
cp -n broken dirlink
cp -n broken broken
cp -n broken void/
cp -n suid new
cp -n suid void
cp -n suid two
cp -n suid dirlink
cp -n suid broken
cp -n suid void/
cp -n hard new
cp -n hard void
cp -n hard two
cp -n hard dirlink
cp -n hard broken
cp -n hard void/
cp -n attr new
cp -n attr void
cp -n attr two
cp -n attr dirlink
cp -n attr broken
cp -n attr void/
cp -n empty new
cp -n empty void
cp -n empty two
cp -n empty dirlink
cp -n empty broken
cp -n empty void/
cp -n nothing new
cp -n nothing void
cp -n nothing two
cp -n nothing dirlink
cp -n nothing broken
cp -n nothing void/
cp -n loop new
cp -n loop void
cp -n loop two
cp -n loop dirlink
cp -n loop broken
cp -n loop void/
cp -n 'a b' new
cp -n 'a b' void
cp -n 'a b' two
cp -n 'a b' dirlink
cp -n 'a b' broken
cp -n 'a b' void/
cp -n dir/ new
cp -n dir/ void
cp -n dir/ two
cp -n dir/ dirlink
cp -n dir/ broken
cp -n dir/ void/
cp -n link/ new
cp -n link/ void
cp -n link/ two
cp -n link/ dirlink
cp -n link/ broken
cp -n link/ void/
cp -n one/ new
cp -n one/ void
cp -n one/ two
cp -n one/ dirlink
cp -n one/ broken
cp -n one/ void/
cp -u one new
cp -u one void
cp -u one two
cp -u one dirlink
cp -u one broken
cp -u one void/
cp -u link new
cp -u link void
cp -u link two
cp -u link dirlink
cp -u link broken
cp -u link void/
cp -u dir new
cp -u dir void
cp -u dir two
cp -u dir dirlink
cp -u dir broken
cp -u dir void/
cp -u dirlink new
cp -u dirlink void
cp -u dirlink two
cp -u dirlink dirlink
cp -u dirlink broken
cp -u dirlink void/
cp -u fifo two
cp -u fifo broken
cp -u broken new
cp -u broken void
cp -u broken two
cp -u broken dirlink
cp -u broken broken
cp -u broken void/
cp -u suid new
cp -u suid void
cp -u suid two
cp -u suid dirlink
cp -u suid broken
cp -u suid void/
cp -u hard new
cp -u hard void
cp -u hard two
cp -u hard dirlink
cp -u hard broken
cp -u hard void/
cp -u attr new
cp -u attr void
cp -u attr two
cp -u attr dirlink
cp -u attr broken
cp -u attr void/
cp -u empty new
cp -u empty void
cp -u empty two
cp -u empty dirlink
cp -u empty broken
cp -u empty void/
cp -u nothing new
cp -u nothing void
cp -u nothing two
cp -u nothing dirlink
cp -u nothing broken
cp -u nothing void/
cp -u loop new
cp -u loop void
cp -u loop two
cp -u loop dirlink
cp -u loop broken
cp -u loop void/
cp -u 'a b' new
cp -u 'a b' void
cp -u 'a b' two
cp -u 'a b' dirlink
cp -u 'a b' broken
cp -u 'a b' void/
cp -u dir/ new
cp -u dir/ void
cp -u dir/ two
cp -u dir/ dirlink
cp -u dir/ broken
cp -u dir/ void/
cp -u link/ new
cp -u link/ void
cp -u link/ two
cp -u link/ dirlink
cp -u link/ broken
cp -u link/ void/
cp -u one/ new
cp -u one/ void
cp -u one/ two
cp -u one/ dirlink
cp -u one/ broken
cp -u one/ void/
`))
}
