package busybox

import (
	"fmt"
	"path"
	"slices"
)

// leftOutReason says why a program is left out although a script calls it: what it makes depends on code of other packages that
// would have to run, or on the machine, and those who read it make it themselves or do without. It returns "" for any other program.
func leftOutReason(name string) string {
	switch name {
	case "appstreamcli":
		return "appstream makes its cache again when it is first used"
	case "dbus-uuidgen":
		return "each machine needs its own ID, which dbus creates when it starts"
	case "fc-cache":
		return "fontconfig makes its caches again when it is first used"
	case "gdk-pixbuf-query-loaders":
		return "it loads image loaders to ask them what they read; without loaders.cache, gdk-pixbuf reads the formats that are built in"
	case "gtk-query-immodules-2.0", "gtk-query-immodules-3.0":
		return "it loads input methods to ask them for their names; without immodules.cache, GTK has those that are built in"
	case "mandb":
		return "man finds its pages without an index"
	case "rndc-confgen":
		return "a secret must not be in an image: make it when the container starts"
	case "vlc-cache-gen":
		return "VLC looks at its plugins itself where it has no list"
	}
	return ""
}

// makesSecrets reports whether a program's work is to make keys, passwords or certificates.
func makesSecrets(name string) bool {
	return slices.Contains([]string{
		"apg", "certtool", "cf-key", "dnssec-keygen", "dropbearkey", "gpg", "htpasswd", "keymgr", "keytool", "minisign",
		"mysql_ssl_rsa_setup", "pwgen", "ssh-keygen", "step", "tsig-keygen", "wg", "xrdp-keygen",
	}, name)
}

// leftOut is for programs that are left out by default.
func leftOut(c *Call) (int, error) {
	name := path.Base(c.Args[0])
	return c.leaveOut(name, leftOutReason(name))
}

// LeavesOut returns what does nothing in place of a program if the session leaves that out, or nil.
func (s *Session) LeavesOut(name string) Function {
	if !slices.Contains(s.LeaveOut, name) {
		return nil
	}
	return func(c *Call) (int, error) { return c.leaveOut(name, "scripts.without names it") }
}

func (c *Call) leaveOut(name, reason string) (int, error) {
	fmt.Fprintf(&c.Err, "%s: left out: %s\n", name, reason)
	if c.LeftOut != nil {
		c.LeftOut(name, reason)
	}
	return 0, nil
}
