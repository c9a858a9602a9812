package script

import "testing"

// TestInputThatChangesBeforeItIsRead: a file that is opened has what is in it when it is read.
func TestInputThatChangesBeforeItIsRead(t *testing.T) {
	compareWithBusybox(t, eachLine(`
cat <one >one
sed s/o/0/ <one >one
sort -r <one >one
grep t <one >one
{ cat; } <one >one
while read -r l; do echo "$l"; done <one >one
cat <one >>one.new; cat <one.new >one; cat one
cat <one 1<>/dev/null
tee one <one
tee one two <one
tee -a two <one
tee two one/x nothing <one
tee dir nothing <one; cat nothing
tee - - <one
tee a a <one; cat a
tee -a a a <one; cat a
exec 3<one; echo new >one; cat <&3
exec 3<one; rm one; cat <&3
exec 3<one; mv two one; cat <&3
exec 3<one; echo more >>one; cat <&3
exec 3<one; sed -i s/o/0/ one; cat <&3
exec 4>>one 3<one; echo x >&4; cat <&3
exec <one; sed -n 1p; cat
exec <one; head -n 1; cat
exec 3<one 4<one; head -n 1 <&3; cat <&4
`))
}
