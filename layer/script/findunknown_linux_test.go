package script

import "testing"

// TestUnknownTestsOfFind: scripts written for GNU's find go on from busybox's refusal.
func TestUnknownTestsOfFind(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find . -lname one; echo $?; find . -samefile two || echo no; find . -printf '%p' 2>/dev/null; echo $?
find . -name one -regextype posix-extended; echo $?; find . -true; echo $?; find . -mount; echo $?; find . -foo -delete; ls one
find . -links 1 -type f | sort; find . -type d -links 2 | sort; find . -type d -links +2 | sort; find dir -links -3 | sort
find . ! -xtype l; echo $?; find . -uid 1000; echo $?; find . -nouser; echo $?; find -O3 . ; echo $?; find . one -- ; echo $?
`))
}
