package busybox

import (
	"fmt"
	"path"
	"slices"
)

// leftOutReason says why a program is left out although a script calls it: what it makes depends on code of other packages that
// would have to run, or on the machine, and programs that read it make it themselves or work without it. It returns "" for any other program.
func leftOutReason(name string) string {
	switch name {
	case "appstreamcli":
		return "appstream makes its cache again when it is first used"
	case "cf-key":
		return "a key must not be in an image: run it when the container starts"
	case "dbus-uuidgen":
		return "each machine needs its own ID, which dbus creates when it starts"
	case "doveconf":
		return "a key must not be in an image: mount Dovecot's certificate, or make one when the container starts"
	case "fc-cache":
		return "fontconfig makes its caches again when it is first used"
	case "gdk-pixbuf-query-loaders":
		return "it loads image loaders to ask them what they read; without loaders.cache, gdk-pixbuf reads the formats that are built in"
	case "gtk-query-immodules-2.0", "gtk-query-immodules-3.0":
		return "it loads input methods to ask them for their names; without immodules.cache, GTK has those that are built in"
	case "mandb":
		return "man finds its pages without an index"
	case "rc-status":
		return "no service runs in a build; OpenRC makes its cache of their dependencies again when it starts"
	case "rndc-confgen":
		return "a secret must not be in an image: make it when the container starts"
	case "update-extlinux", "update-grub", "update-pvgrub":
		return "a boot menu names the disks of the machine that boots: run it there"
	case "vlc-cache-gen":
		return "VLC looks at its plugins itself where it has no list"
	}
	return ""
}

// MakesSecrets reports whether a program's work is to make keys, passwords or certificates.
func MakesSecrets(name string) bool {
	return slices.Contains([]string{
		"apg", "certtool", "cf-key", "dnssec-keygen", "dropbearkey", "gpg", "htpasswd", "keymgr", "keytool", "minisign",
		"mysql_ssl_rsa_setup", "pwgen", "ssh-keygen", "step", "tsig-keygen", "wg", "xrdp-keygen",
	}, name)
}

// doveconf prints Dovecot's settings. Only the script of its package calls it for a secret.
func doveconf(c *Call) (int, error) {
	if c.Package == "" {
		return c.RefuseProgram(c.Args[0], "%q is a program that cannot be interpreted", c.Args[0])
	}
	return leftOut(c)
}

// leftOut is for programs that are left out by default.
func leftOut(c *Call) (int, error) {
	name := path.Base(c.Args[0])
	return c.leaveOut(Omission{Program: name, Reason: leftOutReason(name)})
}

// LeavesOut returns what does nothing in place of a program if the session leaves that out, or nil.
func (s *Session) LeavesOut(name string) Function {
	switch name {
	case "update-extlinux", "update-grub", "update-pvgrub":
		return leftOut // although these are scripts
	}
	if !slices.Contains(s.LeaveOut, name) {
		return nil
	}
	return func(c *Call) (int, error) {
		return c.leaveOut(Omission{Program: name, Reason: "scripts.without names it"})
	}
}

// leaveOut says that a program is left out, and reports it.
func (c *Call) leaveOut(o Omission) (int, error) {
	fmt.Fprintf(&c.Err, "%s: left out: %s\n", o.Program, o.Reason)
	return c.omit(o)
}

// Omission is a call of a program that does nothing although it would on a system.
type Omission struct {
	Program string // without its directory
	Reason  string
	Line    uint // of the call
	IsMute  bool // it would only tell a running system something

	Refused *UnsupportedError // not nil for a program that cannot be interpreted: see [Session].GoOn
}

// omit reports that the command of the call does nothing.
func (c *Call) omit(o Omission) (int, error) {
	if o.Line = c.Line; c.Omitted != nil {
		c.Omitted(o)
	}
	return 0, nil
}
