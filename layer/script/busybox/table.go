package busybox

// applet is a row of the table: a program that scripts may call.
type applet struct {
	name     string
	run      Function
	internal bool // ash has it itself, whether or not the tree has a program of that name
}

// Function runs a program. It returns the exit status; an error ends the whole script.
type Function func(c *Call) (status int, err error)

// table has every applet, and the programs of other packages that scripts call.
func table() []applet {
	return []applet{
		{"[", test, true},
		{"add-shell", addShell, false},
		{"addgroup", addgroup, false},
		{"adduser", adduser, false},
		{"apk", apkCommand, false},
		{"ash", shellCommand, false},
		{"awk", awkApplet, false},
		{"basename", basename, false},
		{"bbsuid", bbsuid, false},
		{"busybox", busybox, false},
		{"busybox-extras", busybox, false},
		{"c_rehash", rehash, false},
		{"cat", cat, false},
		{"chgrp", chgrp, false},
		{"chmod", chmod, false},
		{"chown", chown, false},
		{"cmp", compare, false},
		{"cp", cp, false},
		{"cut", cut, false},
		{"date", date, false},
		{"dbus-send", dbusSend, false},
		{"delgroup", delgroup, false},
		{"deluser", deluser, false},
		{"diff", diff, false},
		{"dirname", dirname, false},
		{"echo", echo, true},
		{"egrep", grep, false},
		{"env", env, false},
		{"expr", expr, false},
		{"false", fails, true},
		{"fgrep", grep, false},
		{"find", find, false},
		{"getent", getent, false},
		{"grep", grep, false},
		{"head", head, false},
		{"hostname", hostname, false},
		{"id", id, false},
		{"install", install, false},
		{"killall", killall, false},
		{"link", link, false},
		{"ln", ln, false},
		{"logger", nothing, false}, // no daemon reads the log
		{"ls", ls, false},
		{"md5sum", checksums, false},
		{"mkdir", mkdir, false},
		{"mkfifo", mkfifo, false},
		{"mknod", mknod, false},
		{"mktemp", mktemp, false},
		{"mv", mv, false},
		{"passwd", passwd, false},
		{"pgrep", noProcess, false},
		{"pidof", noProcess, false},
		{"pkill", noProcess, false},
		{"printenv", printenv, false},
		{"printf", printf, true},
		{"pwd", pwd, true},
		{"rc-update", rcUpdate, false},
		{"readlink", readlink, false},
		{"realpath", realpath, false},
		{"remove-shell", removeShell, false},
		{"rev", rev, false},
		{"rm", rm, false},
		{"rmdir", rmdir, false},
		{"sed", sed, false},
		{"seq", seq, false},
		{"sh", shellCommand, false},
		{"sha1sum", checksums, false},
		{"sha256sum", checksums, false},
		{"sha512sum", checksums, false},
		{"sleep", sleep, false},
		{"sort", sortLines, false},
		{"stat", stat, false},
		{"sync", nothing, false},
		{"tac", tac, false},
		{"tail", tail, false},
		{"tee", tee, false},
		{"test", test, true},
		{"touch", touch, false},
		{"tr", tr, false},
		{"true", nothing, true},
		{"truncate", truncate, false},
		{"uname", uname, false},
		{"uniq", uniq, false},
		{"unlink", unlink, false},
		{"update-ca-certificates", updateCACertificates, false},
		{"usleep", nothing, false},
		{"wc", wc, false},
		{"which", which, false},
		{"whoami", whoami, false},
		{"xargs", xargs, false},
	}
}

// Names returns the names of all applets.
func Names() []string {
	var list []string
	for _, a := range table() {
		list = append(list, a.name)
	}
	return list
}
