package script

import "testing"

// TestSystemLikeBusybox is about commands for a system that is not there, and about
// the list of shells.
func TestSystemLikeBusybox(t *testing.T) { compareWithBusybox(t, systemCases) }

var systemCases = []scriptCase{
	{name: "shells are added once", script: `chmod 600 /etc/shells; chown 5:6 /etc/shells; add-shell /bin/bash; ls -ln /etc/shells | cut -c1-40; ` +
		`cat /etc/shells; add-shell /bin/bash /bin/zsh /bin/ash /bin/zsh; cat /etc/shells`},
	{name: "shells are removed",
		script: `add-shell /bin/bash; remove-shell /bin/ash /bin/nope; echo $?; cat /etc/shells; remove-shell; echo $?; add-shell; echo $?; cat /etc/shells`},
	{name: "no list of shells", script: `rm /etc/shells; remove-shell /bin/bash; echo $?; ls -ln /etc/shells | cut -c1-40; rm /etc/shells; ` +
		`add-shell /bin/z /bin/a /bin/m; cat /etc/shells; remove-shell /bin/m; cat /etc/shells`},
	{name: "odd lines of shells", script: `printf '#c\n/b\n\n/b\n/a' >/etc/shells; add-shell /c; cat /etc/shells; remove-shell /b; cat /etc/shells; ` +
		`add-shell '#c' -x -- /q; cat /etc/shells`},
	{name: "linked list of shells", script: `mv /etc/shells /etc/s2; ln -s s2 /etc/shells; add-shell /x; readlink /etc/shells; cat /etc/s2; ls /etc/s*; ` +
		`rm /etc/s2; add-shell /x; echo $?; cat /etc/s2`},
	{name: "list of shells is a directory", script: `rm /etc/shells; mkdir /etc/shells; add-shell /x; echo $?; ls -d /etc/shells*; cat /etc/shells.tmp; ` +
		`rmdir /etc/shells; ln -s dir /etc/shells; mkdir /etc/dir; remove-shell /x; echo $?`},
	{name: "no processes", script: `mkdir -p /proc; killall a -HUP b; echo $?; killall -q a; echo $?; killall -s TERM a; echo $?; pidof a; echo $?; pgrep a; ` +
		`echo $?; pkill -f a; echo $?; rmdir /proc`},
	{name: "sleep", script: `sleep 0; echo $?; sleep 0s 0m; echo $?; sleep x; echo $?; sleep; echo $?; usleep 1; echo $?; sync; echo $?`},
	{name: "whoami", script: `whoami; whoami x; echo $?; echo 'toor:x:0:0:::' >/etc/passwd; whoami`},
}
