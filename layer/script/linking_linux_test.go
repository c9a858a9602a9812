package script

import "testing"

// TestLinking is about each kind of source and destination.
func TestLinking(t *testing.T) {
	compareWithBusybox(t, eachLine(`
ln one new
ln one void
ln one two
ln one dirlink
ln one link
ln one broken
ln link new
ln link void
ln link two
ln link dirlink
ln link link
ln link broken
ln dir new
ln dir void
ln dir two
ln dir dirlink
ln dir link
ln dir broken
ln dirlink new
ln dirlink void
ln dirlink two
ln dirlink dirlink
ln dirlink link
ln dirlink broken
ln fifo new
ln fifo void
ln fifo two
ln fifo dirlink
ln fifo link
ln fifo broken
ln broken new
ln broken void
ln broken two
ln broken dirlink
ln broken link
ln broken broken
ln suid new
ln suid void
ln suid two
ln suid dirlink
ln suid link
ln suid broken
ln hard new
ln hard void
ln hard two
ln hard dirlink
ln hard link
ln hard broken
ln attr new
ln attr void
ln attr two
ln attr dirlink
ln attr link
ln attr broken
ln empty new
ln empty void
ln empty two
ln empty dirlink
ln empty link
ln empty broken
ln nothing new
ln nothing void
ln nothing two
ln nothing dirlink
ln nothing link
ln nothing broken
ln -s one new
ln -s one void
ln -s one two
ln -s one dirlink
ln -s one link
ln -s one broken
ln -s link new
ln -s link void
ln -s link two
ln -s link dirlink
ln -s link link
ln -s link broken
ln -s dir new
ln -s dir void
ln -s dir two
ln -s dir dirlink
ln -s dir link
ln -s dir broken
ln -s dirlink new
ln -s dirlink void
ln -s dirlink two
ln -s dirlink dirlink
ln -s dirlink link
ln -s dirlink broken
ln -s fifo new
ln -s fifo void
ln -s fifo two
ln -s fifo dirlink
ln -s fifo link
ln -s fifo broken
ln -s broken new
ln -s broken void
ln -s broken two
ln -s broken dirlink
ln -s broken link
ln -s broken broken
ln -s suid new
ln -s suid void
ln -s suid two
ln -s suid dirlink
ln -s suid link
ln -s suid broken
ln -s hard new
ln -s hard void
ln -s hard two
ln -s hard dirlink
ln -s hard link
ln -s hard broken
ln -s attr new
ln -s attr void
ln -s attr two
ln -s attr dirlink
ln -s attr link
ln -s attr broken
ln -s empty new
ln -s empty void
ln -s empty two
ln -s empty dirlink
ln -s empty link
ln -s empty broken
ln -s nothing new
ln -s nothing void
ln -s nothing two
ln -s nothing dirlink
ln -s nothing link
ln -s nothing broken
ln -f one new
ln -f one void
ln -f one two
ln -f one dirlink
ln -f one link
ln -f one broken
ln -f link new
ln -f link void
ln -f link two
ln -f link dirlink
ln -f link link
ln -f link broken
ln -f dir new
ln -f dir void
ln -f dir two
ln -f dir dirlink
ln -f dir link
ln -f dir broken
ln -f dirlink new
ln -f dirlink void
ln -f dirlink two
ln -f dirlink dirlink
ln -f dirlink link
ln -f dirlink broken
ln -f fifo new
ln -f fifo void
ln -f fifo two
ln -f fifo dirlink
ln -f fifo link
ln -f fifo broken
ln -f broken new
ln -f broken void
ln -f broken two
ln -f broken dirlink
ln -f broken link
ln -f broken broken
ln -f suid new
ln -f suid void
ln -f suid two
ln -f suid dirlink
ln -f suid link
ln -f suid broken
ln -f hard new
ln -f hard void
ln -f hard two
ln -f hard dirlink
ln -f hard link
ln -f hard broken
ln -f attr new
ln -f attr void
ln -f attr two
ln -f attr dirlink
ln -f attr link
ln -f attr broken
ln -f empty new
ln -f empty void
ln -f empty two
ln -f empty dirlink
ln -f empty link
ln -f empty broken
ln -f nothing new
ln -f nothing void
ln -f nothing two
ln -f nothing dirlink
ln -f nothing link
ln -f nothing broken
ln -sf one new
ln -sf one void
ln -sf one two
ln -sf one dirlink
ln -sf one link
ln -sf one broken
ln -sf link new
ln -sf link void
ln -sf link two
ln -sf link dirlink
ln -sf link link
ln -sf link broken
ln -sf dir new
ln -sf dir void
ln -sf dir two
ln -sf dir dirlink
ln -sf dir link
ln -sf dir broken
ln -sf dirlink new
ln -sf dirlink void
ln -sf dirlink two
ln -sf dirlink dirlink
ln -sf dirlink link
ln -sf dirlink broken
ln -sf fifo new
ln -sf fifo void
ln -sf fifo two
ln -sf fifo dirlink
ln -sf fifo link
ln -sf fifo broken
ln -sf broken new
ln -sf broken void
ln -sf broken two
ln -sf broken dirlink
ln -sf broken link
ln -sf broken broken
ln -sf suid new
ln -sf suid void
ln -sf suid two
ln -sf suid dirlink
ln -sf suid link
ln -sf suid broken
ln -sf hard new
ln -sf hard void
ln -sf hard two
ln -sf hard dirlink
ln -sf hard link
ln -sf hard broken
ln -sf attr new
ln -sf attr void
ln -sf attr two
ln -sf attr dirlink
ln -sf attr link
ln -sf attr broken
ln -sf empty new
ln -sf empty void
ln -sf empty two
ln -sf empty dirlink
ln -sf empty link
ln -sf empty broken
ln -sf nothing new
ln -sf nothing void
ln -sf nothing two
ln -sf nothing dirlink
ln -sf nothing link
ln -sf nothing broken
ln -sfn one new
ln -sfn one void
ln -sfn one two
ln -sfn one dirlink
ln -sfn one link
ln -sfn one broken
ln -sfn link new
ln -sfn link void
ln -sfn link two
ln -sfn link dirlink
ln -sfn link link
ln -sfn link broken
ln -sfn dir new
ln -sfn dir void
ln -sfn dir two
ln -sfn dir dirlink
ln -sfn dir link
ln -sfn dir broken
ln -sfn dirlink new
ln -sfn dirlink void
ln -sfn dirlink two
ln -sfn dirlink dirlink
ln -sfn dirlink link
ln -sfn dirlink broken
ln -sfn fifo new
ln -sfn fifo void
ln -sfn fifo two
ln -sfn fifo dirlink
ln -sfn fifo link
ln -sfn fifo broken
ln -sfn broken new
ln -sfn broken void
ln -sfn broken two
ln -sfn broken dirlink
ln -sfn broken link
ln -sfn broken broken
ln -sfn suid new
ln -sfn suid void
ln -sfn suid two
ln -sfn suid dirlink
ln -sfn suid link
ln -sfn suid broken
ln -sfn hard new
ln -sfn hard void
ln -sfn hard two
ln -sfn hard dirlink
ln -sfn hard link
ln -sfn hard broken
ln -sfn attr new
ln -sfn attr void
ln -sfn attr two
ln -sfn attr dirlink
ln -sfn attr link
ln -sfn attr broken
ln -sfn empty new
ln -sfn empty void
ln -sfn empty two
ln -sfn empty dirlink
ln -sfn empty link
ln -sfn empty broken
ln -sfn nothing new
ln -sfn nothing void
ln -sfn nothing two
ln -sfn nothing dirlink
ln -sfn nothing link
ln -sfn nothing broken
ln -sT one new
ln -sT one void
ln -sT one two
ln -sT one dirlink
ln -sT one link
ln -sT one broken
ln -sT link new
ln -sT link void
ln -sT link two
ln -sT link dirlink
ln -sT link link
ln -sT link broken
ln -sT dir new
ln -sT dir void
ln -sT dir two
ln -sT dir dirlink
ln -sT dir link
ln -sT dir broken
ln -sT dirlink new
ln -sT dirlink void
ln -sT dirlink two
ln -sT dirlink dirlink
ln -sT dirlink link
ln -sT dirlink broken
ln -sT fifo new
ln -sT fifo void
ln -sT fifo two
ln -sT fifo dirlink
ln -sT fifo link
ln -sT fifo broken
ln -sT broken new
ln -sT broken void
ln -sT broken two
ln -sT broken dirlink
ln -sT broken link
ln -sT broken broken
ln -sT suid new
ln -sT suid void
ln -sT suid two
ln -sT suid dirlink
ln -sT suid link
ln -sT suid broken
ln -sT hard new
ln -sT hard void
ln -sT hard two
ln -sT hard dirlink
ln -sT hard link
ln -sT hard broken
ln -sT attr new
ln -sT attr void
ln -sT attr two
ln -sT attr dirlink
ln -sT attr link
ln -sT attr broken
ln -sT empty new
ln -sT empty void
ln -sT empty two
ln -sT empty dirlink
ln -sT empty link
ln -sT empty broken
ln -sT nothing new
ln -sT nothing void
ln -sT nothing two
ln -sT nothing dirlink
ln -sT nothing link
ln -sT nothing broken
ln -sfT one new
ln -sfT one void
ln -sfT one two
ln -sfT one dirlink
ln -sfT one link
ln -sfT one broken
ln -sfT link new
ln -sfT link void
ln -sfT link two
ln -sfT link dirlink
ln -sfT link link
ln -sfT link broken
ln -sfT dir new
ln -sfT dir void
ln -sfT dir two
ln -sfT dir dirlink
ln -sfT dir link
ln -sfT dir broken
ln -sfT dirlink new
ln -sfT dirlink void
ln -sfT dirlink two
ln -sfT dirlink dirlink
ln -sfT dirlink link
ln -sfT dirlink broken
ln -sfT fifo new
ln -sfT fifo void
ln -sfT fifo two
ln -sfT fifo dirlink
ln -sfT fifo link
ln -sfT fifo broken
ln -sfT broken new
ln -sfT broken void
ln -sfT broken two
ln -sfT broken dirlink
ln -sfT broken link
ln -sfT broken broken
ln -sfT suid new
ln -sfT suid void
ln -sfT suid two
ln -sfT suid dirlink
ln -sfT suid link
ln -sfT suid broken
ln -sfT hard new
ln -sfT hard void
ln -sfT hard two
ln -sfT hard dirlink
ln -sfT hard link
ln -sfT hard broken
ln -sfT attr new
ln -sfT attr void
ln -sfT attr two
ln -sfT attr dirlink
ln -sfT attr link
ln -sfT attr broken
ln -sfT empty new
ln -sfT empty void
ln -sfT empty two
ln -sfT empty dirlink
ln -sfT empty link
ln -sfT empty broken
ln -sfT nothing new
ln -sfT nothing void
ln -sfT nothing two
ln -sfT nothing dirlink
ln -sfT nothing link
ln -sfT nothing broken
ln -n one new
ln -n one void
ln -n one two
ln -n one dirlink
ln -n one link
ln -n one broken
ln -n link new
ln -n link void
ln -n link two
ln -n link dirlink
ln -n link link
ln -n link broken
ln -n dir new
ln -n dir void
ln -n dir two
ln -n dir dirlink
ln -n dir link
ln -n dir broken
ln -n dirlink new
ln -n dirlink void
ln -n dirlink two
ln -n dirlink dirlink
ln -n dirlink link
ln -n dirlink broken
ln -n fifo new
ln -n fifo void
ln -n fifo two
ln -n fifo dirlink
ln -n fifo link
ln -n fifo broken
ln -n broken new
ln -n broken void
ln -n broken two
ln -n broken dirlink
ln -n broken link
ln -n broken broken
ln -n suid new
ln -n suid void
ln -n suid two
ln -n suid dirlink
ln -n suid link
ln -n suid broken
ln -n hard new
ln -n hard void
ln -n hard two
ln -n hard dirlink
ln -n hard link
ln -n hard broken
ln -n attr new
ln -n attr void
ln -n attr two
ln -n attr dirlink
ln -n attr link
ln -n attr broken
ln -n empty new
ln -n empty void
ln -n empty two
ln -n empty dirlink
ln -n empty link
ln -n empty broken
ln -n nothing new
ln -n nothing void
ln -n nothing two
ln -n nothing dirlink
ln -n nothing link
ln -n nothing broken
`))
}
