package busybox

import (
	"path"
	"slices"
	"strings"
)

// Shows returns why a command can be left out where nobody reads what it prints: that is all it does, and says nothing of the image. It
// returns "" for any other.
func (c *Call) Shows() string {
	name, args := path.Base(c.Args[0]), c.Args[1:]
	switch all := strings.Join(args, " "); {
	case ShowsVersion(name, args) && c.isOther():
		return "it only prints its version"
	case name == "apk" && onlyShowsPackages(args):
		return "it only shows packages"
	case name == "rc-update" && (all == "" || all == "show" || all == "-s"):
		return "it only shows services"
	case slices.Contains(machineShowers, name),
		name == "uname" && strings.ContainsAny(all, "arvn"),
		(name == "mount" || name == "ifconfig") && all == "",
		name == "ip" && slices.Contains(networkShowers, all):
		return "it only shows the machine"
	case name == "clear":
		return "no terminal is there"
	}
	return ""
}

// ShowsVersion says whether a program with these arguments prints its version, if it is there and is not busybox.
func ShowsVersion(name string, args []string) bool {
	if len(args) != 1 {
		return false
	}
	return slices.Contains(versionOptions, args[0]) || args[0] == "-v" && slices.Contains(printVersion, path.Base(name))
}

var (
	versionOptions = []string{"--version", "-version", "-V", "version"}

	// printVersion are programs that print their version with "-v", which makes others say what they do.
	printVersion = []string{"haproxy", "httpd", "lua", "nginx", "node", "npm", "npx", "perl", "php", "pnpm", "ruby", "varnishd", "yarn"}

	networkShowers = []string{"a", "addr", "address", "l", "link", "r", "route", "a show", "addr show", "link show", "route show"}
	machineShowers = []string{
		"df", "dmesg", "free", "hostid", "iostat", "last", "lsblk", "lscpu", "lsmod", "lspci", "lsusb", "mpstat", "pmap", "ps", "pstree", "top",
		"uptime", "w", "who",
	}
)

// LeaveShown leaves out a command, for a reason of [Call.Shows].
func (c *Call) LeaveShown(reason string) (int, error) {
	return c.leaveOut(Omission{Program: path.Base(c.Args[0]), Reason: reason, IsMute: true})
}
