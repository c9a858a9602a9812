package busybox

import "strings"

// applet is a row of the table: a program that scripts may call.
type applet struct {
	name     string
	run      Function
	internal bool // ash has it itself, whether or not the tree has a program of that name

	// options are all that busybox 1.36 has for it: the letters, "-" for none, and behind
	// them the long ones. It is "" for what reads its arguments without getopt.
	options string
}

// anyOption stands for programs whose options are not all known.
const anyOption = "*"

func (a applet) shortOptions() string {
	letters, _, _ := strings.Cut(a.options, " ")
	return strings.TrimPrefix(letters, "-")
}

func (a applet) longOptions() string {
	_, names, _ := strings.Cut(a.options, " ")
	return names
}

// shortOnly reports whether busybox reads the applet's options with getopt(3) rather
// than getopt_long(3), to which "--all" is the option "-" first.
func (a applet) shortOnly() bool {
	switch a.name {
	case "hd", "head", "hexdump", "unzip":
		return true
	}
	return false
}

// Function runs a program. It returns the exit status; an error ends the whole script.
type Function func(c *Call) (status int, err error)

// table has every applet, and the programs of other packages that scripts call.
func table() []applet {
	return []applet{
		{"[", test, true, ""},
		{"[[", test, true, ""},
		{"add-shell", addShell, false, anyOption},
		{"addgroup", rootOnly(addgroup), false, "g:S gid system"},
		{"adduser", rootOnly(adduser), false, "g:h:k:s:u:DG:HS disabled-password empty-password gecos home ingroup no-create-home shell skel system uid"},
		{"apk", apkCommand, false, anyOption},
		{"appstreamcli", leftOut, false, anyOption},
		{"arch", arch, false, "-"},
		{"ash", shellCommand, false, ""},
		{"awk", awkApplet, false, "e:f:v:F:W:"},
		{"base64", base64Applet, false, "diw:"},
		{"basename", basename, false, "as:"},
		{"bash", bashCommand, false, anyOption},
		{"bbsuid", bbsuid, false, anyOption},
		{"bc", bc, false, anyOption},
		{"bunzip2", gunzip, false, "cfkvqdt"},
		{"busybox", busybox, false, anyOption},
		{"busybox-extras", busybox, false, anyOption},
		{"bzcat", gunzip, false, "cfkvqdt"},
		{"bzip2", gunzip, false, "cfkvq123456789dtzs"},
		{"c_rehash", rehash, false, anyOption},
		{"cat", cat, false, "bentuvA"},
		{"cf-key", leftOut, false, anyOption},
		{"chage", rootOnly(chage), false, anyOption},
		{"chgrp", chgrp, false, "cfhvHLPR changes dereference no-dereference quiet recursive silent verbose"},
		{"chmod", chmod, false, "cfvR"},
		{"chown", chown, false, "cfhvHLPR changes dereference no-dereference quiet recursive silent verbose"},
		{"chpasswd", rootOnly(chpasswd), false, "c:emR: crypt-method encrypted md5 root"},
		{"chroot", chroot, false, ""},
		{"chsh", rootOnly(chsh), false, anyOption},
		{"cksum", cksum, false, "-"},
		{"cmp", compare, false, "ln:s bytes quiet silent verbose"},
		{"comm", comm, false, "123"},
		{"cp", cp, false, "adfilnprst:uvHLPRT archive dereference force interactive link no-clobber no-dereference no-target-directory " +
			"parents recursive reflink remove-destination symbolic-link target-directory update verbose"},
		{"cpio", cpio, false, "0dF:H:iLmopR:tuv create extract format ignore-devno list null owner pass-through quiet renumber-inodes to-stdout verbose"},
		{"cracklib-packer", cracklibPacker, false, anyOption},
		{"crontab", crontab, false, "c:delru:"},
		{"cryptpw", mkpasswd, false, "sP:S:m:a: stdin password-fd salt method"},
		{"curl", curl, false, anyOption},
		{"cut", cut, false, "b:c:d:f:nsDO:"},
		{"date", date, false, "d:r:s:uD:IR date reference rfc-2822 set utc"},
		{"dbus-send", dbusSend, false, anyOption},
		{"dbus-uuidgen", leftOut, false, anyOption},
		{"dc", dc, false, anyOption},
		{"dd", dd, false, ""},
		{"delgroup", rootOnly(delgroup), false, ""},
		{"deluser", rootOnly(deluser), false, "- remove-home"},
		{"diff", diff, false, "abdipqrstuwBEL:NS:TU: brief expand-tabs ignore-all-space ignore-blank-lines ignore-case ignore-space-change " +
			"ignore-tab-expansion initial-tab label minimal new-file no-dereference recursive report-identical-files starting-file text unified"},
		{"dirname", dirname, false, ""},
		{"doas", doas, false, anyOption},
		{"dos2unix", dos2unix, false, "du"},
		{"doveconf", doveconf, false, anyOption},
		{"du", du, false, "abcd:hklmsxHL"},
		{"dumb-init", dumbInit, false, anyOption},
		{"echo", echo, true, ""},
		{"egrep", grep, false, "ace:f:hilm:noqrsvwxA:B:C:EFHILR color"},
		{"env", env, false, "iu:0 ignore-environment null unset"},
		{"envsubst", envsubst, false, anyOption},
		{"expand", expand, false, "it: initial tabs"},
		{"expr", expr, false, ""},
		{"fallocate", fallocate, false, "l:o:"},
		{"false", fails, true, ""},
		{"fc-cache", leftOut, false, anyOption},
		{"fgrep", grep, false, "ace:f:hilm:noqrsvwxA:B:C:EFHILR color"},
		{"find", find, false, ""},
		{"flock", flock, false, "csxnu"},
		{"fold", fold, false, "bsw:"},
		{"gdk-pixbuf-query-loaders", leftOut, false, anyOption},
		{"getconf", getconf, false, anyOption},
		{"getent", getent, false, anyOption},
		{"getopt", getoptApplet, false, "o:n:qQl:as:Tu alternative longoptions name options quiet quiet-output shell test unquoted"},
		{"gio-querymodules", gioQueryModules, false, anyOption},
		{"git", git, false, anyOption},
		{"glib-compile-schemas", glibCompileSchemas, false, anyOption},
		{"gosu", gosu, false, anyOption},
		{"gpasswd", rootOnly(gpasswd), false, anyOption},
		{"grep", grep, false, "ace:f:hilm:noqrsvwxA:B:C:EFHILR color"},
		{"groupadd", rootOnly(groupadd), false, anyOption},
		{"groupdel", rootOnly(groupdel), false, anyOption},
		{"groupmod", rootOnly(groupmod), false, anyOption},
		{"groups", groups, false, "-"},
		{"gtk-query-immodules-2.0", leftOut, false, anyOption},
		{"gtk-query-immodules-3.0", leftOut, false, anyOption},
		{"gtk-update-icon-cache", gtkUpdateIconCache, false, anyOption},
		{"gunzip", gunzip, false, "cfkvqdtn force no-name stdout test to-stdout"},
		{"gzip", gunzip, false, "cfkvqdtn123456789 best fast force no-name quiet stdout test to-stdout verbose"},
		{"hd", hexdump, false, "bcdoxCe:f:n:s:v"},
		{"head", head, false, "c:n:qv"},
		{"hexdump", hexdump, false, "bcdoxCe:f:n:s:v"},
		{"hostname", hostname, false, "dfisvF:"},
		{"id", id, false, "gnruG"},
		{"install", install, false, "bcdg:m:o:pst:vD directory group mode owner preserve-context preserve-timestamps strip target-directory verbose"},
		{"ionice", ionice, false, anyOption},
		{"killall", killall, false, ""},
		{"ld-musl-aarch64.so.1", muslLinker, false, anyOption},
		{"ld-musl-armhf.so.1", muslLinker, false, anyOption},
		{"ld-musl-i386.so.1", muslLinker, false, anyOption},
		{"ld-musl-loongarch64.so.1", muslLinker, false, anyOption},
		{"ld-musl-powerpc64le.so.1", muslLinker, false, anyOption},
		{"ld-musl-riscv64.so.1", muslLinker, false, anyOption},
		{"ld-musl-s390x.so.1", muslLinker, false, anyOption},
		{"ld-musl-x86_64.so.1", muslLinker, false, anyOption},
		{"ldconfig", ldconfig, false, anyOption},
		{"link", link, false, "-"},
		{"ln", ln, false, "bfnsvS:T"},
		{"logger", logger, false, "p:st:"},
		{"ls", ls, false, "acdghiklnprstuvw:xACFHLQRST:X1 color full-time group-directories-first"},
		{"mandb", leftOut, false, anyOption},
		{"mcookie", madeAtRandom, false, anyOption},
		{"md5sum", checksums, false, "bcstw"},
		{"mkdir", mkdir, false, "m:pv mode parents verbose"},
		{"mkfifo", mkfifo, false, "m:"},
		{"mkfontdir", mkfontscale, false, anyOption},
		{"mkfontscale", mkfontscale, false, anyOption},
		{"mknod", mknod, false, "m:"},
		{"mkpasswd", mkpasswd, false, "sP:S:m:a: stdin password-fd salt method"},
		{"mktemp", mktemp, false, "dp:qtu directory dry-run quiet tmpdir"},
		{"modprobe", toldNothing, false, anyOption},
		{"mountpoint", mountpoint, false, "dnqx:"},
		{"mv", mv, false, "fint:vT force interactive no-clobber no-target-directory target-directory verbose"},
		{"netstat", netstat, false, "laenprtuwxW"},
		{"nice", nice, false, ""},
		{"nl", nl, false, "b:i:ps:v:w: body-numbering line-increment number-separator number-width starting-line-number"},
		{"nohup", nohup, false, ""},
		{"nologin", nologin, false, anyOption},
		{"nproc", nproc, false, "- all ignore"},
		{"od", od, false, "abcdfhilovxst:A:N:j:S:w: address-radix format output-duplicates read-bytes skip-bytes strings traditional width"},
		{"openssl", openssl, false, anyOption},
		{"passwd", setuid(passwd), false, "a:dlu"},
		{"paste", paste, false, "d:s"},
		{"pgrep", pgrep, false, "aeflnos:u:vxP:U:"},
		{"pidof", pidof, false, "o:s"},
		{"pkill", pgrep, false, "aeflnos:u:vxP:U:"},
		{"printenv", printenv, false, ""},
		{"printf", printf, true, ""},
		{"pwd", pwd, true, ""},
		{"rc-service", rcService, false, anyOption},
		{"rc-status", leftOut, false, anyOption},
		{"rc-update", rcUpdate, false, anyOption},
		{"readlink", readlink, false, "fnqsv"},
		{"realpath", realpath, false, ""},
		{"remove-shell", removeShell, false, anyOption},
		{"rev", rev, false, "-"},
		{"rm", rm, false, "firvR"},
		{"rmdir", rmdir, false, "pv ignore-fail-on-non-empty parents verbose"},
		{"rndc-confgen", leftOut, false, anyOption},
		{"run-parts", runParts, false, "a:u: arg exit-on-error reverse test umask"},
		{"scanelf", scanelf, false, anyOption},
		{"sed", sed, false, "e:f:inrE expression file in-place quiet regexp-extended silent version"},
		{"seq", seq, false, "s:w"},
		{"service", rcService, false, anyOption},
		{"setcap", setcap, false, anyOption},
		{"setfacl", setfacl, false, anyOption},
		{"setpriv", setpriv, false, anyOption},
		{"setsid", setsid, false, "c"},
		{"sh", shellCommand, false, ""},
		{"sha1sum", checksums, false, "bcstw"},
		{"sha256sum", checksums, false, "bcstw"},
		{"sha3sum", checksums, false, "a:bcstw"},
		{"sha512sum", checksums, false, "bcstw"},
		{"shred", shred, false, "fuzvxn:s:"},
		{"sleep", sleep, false, ""},
		{"sort", sortLines, false, "bcdfghik:mno:rst:uzMS:T:V"},
		{"split", split, false, "a:b:l:"},
		{"stat", stat, false, "c:ftL"},
		{"strings", printableStrings, false, "afn:ot:"},
		{"su", setuid(su), false, "c:lmps:"},
		{"su-exec", suExec, false, anyOption},
		{"sudo", sudo, false, anyOption},
		{"sum", sum, false, "rs"},
		{"sync", syncFiles, false, "df"},
		{"sysctl", sysctl, false, anyOption},
		{"tac", tac, false, "-"},
		{"tail", tail, false, "c:fn:qs:vF"},
		{"tar", tarApplet, false, anyOption},
		{"tee", tee, false, "ai"},
		{"telinit", toldNothing, false, anyOption},
		{"test", test, true, ""},
		{"time", timed, false, "vpao:f:"},
		{"timeout", timeout, false, "k:s:"},
		{"tini", tini, false, anyOption},
		{"touch", touch, false, "acd:fhmr:t: date no-create no-dereference reference"},
		{"tr", tr, false, "cdsC"},
		{"tree", treeApplet, false, ""},
		{"true", nothing, true, ""},
		{"truncate", truncate, false, "cs:"},
		{"tty", tty, false, ""},
		{"udevadm", udevadm, false, anyOption},
		{"uname", uname, false, "aimnoprsv all hardware-platform kernel-name kernel-release kernel-version machine nodename operating-system processor"},
		{"unexpand", unexpand, false, "aft: all first-only tabs"},
		{"uniq", uniq, false, "cdf:is:uw:z"},
		{"unix2dos", dos2unix, false, "du"},
		{"unlink", unlink, false, "-"},
		{"unxz", gunzip, false, "cfkvqdt"},
		{"unzip", unzip, false, "d:jlnopqtvxK"},
		{"unzstd", gunzip, false, anyOption},
		{"update-ca-certificates", updateCACertificates, false, anyOption},
		{"update-desktop-database", updateDesktopDatabase, false, anyOption},
		{"update-extlinux", leftOut, false, anyOption},
		{"update-grub", leftOut, false, anyOption},
		{"update-mime-database", updateMimeDatabase, false, anyOption},
		{"update-pvgrub", leftOut, false, anyOption},
		{"useradd", rootOnly(useradd), false, anyOption},
		{"userdel", rootOnly(userdel), false, anyOption},
		{"usermod", rootOnly(usermod), false, anyOption},
		{"usleep", usleep, false, ""},
		{"uudecode", uudecode, false, "o:"},
		{"uuencode", uuencode, false, "m"},
		{"uuidgen", madeAtRandom, false, anyOption},
		{"vlc-cache-gen", leftOut, false, anyOption},
		{"wc", wc, false, "clmwL"},
		{"wget", wget, false, anyOption},
		{"which", which, false, "a"},
		{"whoami", whoami, false, ""},
		{"xargs", xargs, false, "a:ein:oprs:txE:I:P:0 no-run-if-empty"},
		{"xmlcatalog", xmlCatalog, false, anyOption},
		{"xxd", xxd, false, "apric:g:l:s:o:"},
		{"xz", gunzip, false, "cfkvqdt"},
		{"xzcat", gunzip, false, "cfkvqdt"},
		{"yes", yes, false, ""},
		{"zcat", gunzip, false, "cfkvqdtn force no-name stdout test to-stdout"},
		{"zstd", gunzip, false, anyOption},
	}
}

// OptionLetters returns the letters of the options that busybox has for an applet. It is
// not ok if busybox does not read them as getopt does.
func OptionLetters(name string) (letters string, ok bool) {
	for _, a := range table() {
		if a.name == name && a.options != "" && a.options != anyOption {
			return a.shortOptions(), true
		}
	}
	return "", false
}

// Names returns the names of all applets.
func Names() []string {
	var list []string
	for _, a := range table() {
		list = append(list, a.name)
	}
	return list
}
