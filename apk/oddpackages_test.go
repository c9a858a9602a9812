package apk

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk/internal/members"
)

// oddPackages are packages by the rules, at their edges and beyond. What Alpine's apk
// 2.14 makes of each was asked: TestOddPackagesReference asks again.
var oddPackages = []struct {
	name  string
	p     builder
	adapt func(testing.TB, *built)

	files string // what the database then says of its files
	says  string // part of apk's complaint if it exits with 1; empty if it is content
	err   string // part of Lamina's error, like apk 2; empty if it takes the package
	err3  string // the same of apk 3 where it is another; "-" for none
}{
	// Tar headers (apk/FORMAT.md 1.3).
	{name: "plain", p: odd(usr, file("usr/a", "a")), files: "F:usr R:a " + sumA},
	{name: "no zero blocks at the end", p: builder{data: tarOf(blocks(usr, file("usr/a", "a")))}, files: "F:usr R:a " + sumA},
	{name: "many zero blocks at the end", p: builder{data: slices.Concat(tarOf(blocks(usr, file("usr/a", "a"))), make([]byte, 20*512))},
		files: "F:usr R:a " + sumA},
	{name: "zero blocks only", p: builder{data: tarEnd}},
	{name: "nothing in the data segment", p: builder{data: []byte{}}},
	{name: "entry behind one zero block", // apk installs it: it may as well be hidden
		p:     builder{data: slices.Concat(tarOf(blocks(usr, file("usr/a", "a"))), make([]byte, 512), tarOf(file("usr/b", "b")), tarEnd)},
		files: "F:usr R:a " + sumA + " R:b " + sumB, err: "data segment: data after the end of the archive"},
	{name: "entry behind two zero blocks",
		p:    builder{data: slices.Concat(tarOf(blocks(usr, file("usr/a", "a"))), tarEnd, tarOf(file("usr/b", "b")), tarEnd)},
		says: "BAD archive", err: "data segment: data after the end of the archive"},
	{name: "no ustar", p: odd(usr, sum("a"), edited("usr/a", "a", 257, strings.Repeat("\x00", 8))),
		says: "package file format error", err: "data segment: not a ustar header"},
	{name: "header checksum wrong", p: builder{data: slices.Concat(badHeaderSum(tarOf(blocks(usr, file("usr/a", "a")))), tarEnd)},
		files: "F:usr R:a " + sumA},
	{name: "size with blanks in front", p: odd(usr, sum("abc"), edited("usr/a", "abc", 124, "          3\x00")),
		says: "package file format error", err: "invalid number"},
	{name: "size in base 256", p: odd(usr, sum("abc"), edited("usr/a", "abc", 124, "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03")),
		says: "package file format error", err: "invalid number"},
	{name: "size with a NUL behind it", p: odd(usr, sum("abc"), edited("usr/a", "abc", 124, "3\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")),
		files: "F:usr R:a " + sumABC},
	{name: "size that fills its field", p: odd(usr, sum("abc"), edited("usr/a", "abc", 124, "000000000003")), files: "F:usr R:a " + sumABC},
	{name: "no size", p: odd(usr, sum(""), edited("usr/a", "", 124, strings.Repeat("\x00", 12))), files: "F:usr R:a " + sumEmpty},
	{name: "blank device number", p: odd(usr, sum(""), edited("usr/a", "", 329, "       \x00")), files: "F:usr R:a " + sumEmpty},
	{name: "letters in mode", p: odd(usr, sum(""), edited("usr/a", "", 100, "6x4\x00")), says: "package file format error", err: "invalid number"},
	{name: "letters behind mode and NUL", p: odd(usr, sum(""), edited("usr/a", "", 100, "755\x00zz")), says: "package file format error",
		err: "invalid number"},
	{name: "mode with a file type", p: odd(usr, sum(""), edited("usr/a", "", 100, "0100755\x00")), files: "F:usr R:a a:0:0:755 " + sumEmpty},
	{name: "prefix", p: odd(usr, sum("a"), edited("a", "a", 345, "usr")), files: "F:usr R:a " + sumA},
	{name: "prefix without a name", p: odd(usr, sum(""), edited("", "", 345, "usr"), file("usr/b", "b")), // for apk it is a zero block
		files: "F:usr R:b " + sumB, err: "data segment: header without a name"},
	{name: "a name that fills its field", p: odd(usr, file("usr/"+strings.Repeat("h", 96), "a")), files: "F:usr R:" + strings.Repeat("h", 96) + " " + sumA},
	{name: "type NUL", p: odd(usr, file("usr/b", "b"), sum("a"), edited("usr/a", "a", 156, "\x00")), // skipped, but there is a pax header for it
		files: "F:usr R:b " + sumB, err: `entry "usr/a": is between an extended header and its entry`},
	{name: "type 7", p: odd(usr, sum("a"), block{name: "usr/a", body: "a", typeflag: '7'}), files: "F:usr R:a " + sumA},
	{name: "unknown type", p: odd(usr, block{name: "usr/a", body: "a", typeflag: 'S'}, file("usr/b", "b")), files: "F:usr R:b " + sumB},
	{name: "unknown type with a bad name", p: odd(usr, block{name: "/usr/a", body: "a", typeflag: 'V'}, file("usr/b", "b")), files: "F:usr R:b " + sumB},
	{name: "a file with a link name", p: odd(usr, sum("a"), block{name: "usr/a", link: "usr/b", body: "a"}), files: "F:usr R:a " + sumA},
	{name: "symbolic link with content", p: odd(usr, sum("b"), block{name: "usr/a", link: "b", typeflag: '2', body: "xx"}, file("usr/b", "b")),
		files: "F:usr R:a " + sumB + " R:b " + sumB},
	{name: "directory with content", p: odd(block{name: "usr", typeflag: '5', mode: 0o755, body: "xx"}, file("usr/b", "b")), files: "F:usr R:b " + sumB},

	// Extended headers.
	{name: "GNU long name", p: odd(usr, longName(longest+"\x00"), sum("a"), block{name: "usr/n", body: "a"}), files: "F:usr R:" + longest[4:] + " " + sumA},
	{name: "GNU long name without NUL", p: odd(usr, longName(longest), sum("a"), block{name: "usr/n", body: "a"}),
		files: "F:usr R:" + longest[4:] + " " + sumA},
	{name: "GNU long name twice", p: odd(usr, longName(longest), longName("usr/z"), sum("a"), block{name: "usr/n", body: "a"}), files: "F:usr R:z " + sumA},
	{name: "GNU long name behind pax", p: odd(usr, sum("a"), longName(longest), block{name: "usr/n", body: "a"}), // loses the checksum
		says: "without embedded checksums", err: "is between an extended header and its entry"},
	{name: "GNU long name for a skipped entry", p: odd(usr, longName("usr/z"), block{name: "v", typeflag: 'V'}, file("usr/q", "a")), // goes to the next
		files: "F:usr R:z " + sumA, err: "is between an extended header and its entry"},
	{name: "GNU long link", p: odd(usr, block{name: "K", typeflag: 'K', body: longest}, sum("x"), block{name: "usr/a", link: "x", typeflag: '2'}),
		files: "F:usr R:a " + sumX},
	{name: "pax path", p: odd(usr, pax("path="+longest, sum("a").record()), block{name: "usr/n", body: "a"}), files: "F:usr R:" + longest[4:] + " " + sumA},
	{name: "pax path behind long name", p: odd(usr, longName(longest), pax("path=usr/z", sum("a").record()), block{name: "usr/n", body: "a"}),
		files: "F:usr R:z " + sumA},
	{name: "pax path for a skipped entry", p: odd(usr, pax("path=usr/z", sum("a").record()), block{name: "v", typeflag: 'V'}, block{name: "usr/q", body: "a"}),
		says: "without embedded checksums", err: "is between an extended header and its entry"},
	{name: "pax path with NUL", p: odd(usr, pax("path=usr/q\x00w", sum("a").record()), block{name: "usr/a", body: "a"}), // cut there
		files: "F:usr R:q " + sumA, err: `pax header: "path": "usr/q\x00w" is not a path`},
	{name: "empty pax path", p: odd(usr, pax("path=", sum("a").record()), block{name: "usr/a", body: "a"}), says: "failed to rename", err: `"" is not a path`},
	{name: "pax linkpath", p: odd(usr, pax("linkpath=x", sum("x").record()), block{name: "usr/a", link: "n", typeflag: '2'}), files: "F:usr R:a " + sumX},
	{name: "pax size, owner, time", p: odd(usr, pax("size=1", "uname=nobody", "uid=5", "mtime=1.5", sum("abc").record()), block{name: "usr/a", body: "abc"}),
		files: "F:usr R:a " + sumABC},
	{name: "two pax headers", p: odd(usr, sum("a"), pax("path=usr/b"), block{name: "usr/a", body: "a"}),
		says: "without embedded checksums", err: "is between an extended header and its entry"},
	{name: "pax header for all", p: odd(usr, block{name: "g", typeflag: 'g', body: "14 path=usr/x\n"}, file("usr/a", "a")), files: "F:usr R:a " + sumA},
	{name: "pax header for all behind one", p: odd(usr, sum("a"), block{name: "g", typeflag: 'g'}, block{name: "usr/a", body: "a"}),
		says: "without embedded checksums", err: "is between an extended header and its entry"},
	{name: "pax record too long", p: odd(usr, block{name: "p", typeflag: 'x', body: "99 path=usr/q\n"}, block{name: "usr/a", body: "a"}),
		says: "without embedded checksums", err: "pax header: record \"99 path=usr/q\\n\" has an invalid length"},
	{name: "pax record without line end", p: odd(usr, block{name: "p", typeflag: 'x', body: "14 path=usr/qq"}, block{name: "usr/a", body: "a"}),
		says: "without embedded checksums", err: "has an invalid length"},
	{name: "pax record without value", p: odd(usr, block{name: "p", typeflag: 'x', body: "14 path usr/q\n"}, file("usr/a", "a")), files: "F:usr R:a " + sumA,
		err: "has no value"},

	// Entries (apk/FORMAT.md 1.5).
	{name: "names with a dot first", p: odd(usr, file("./usr/a", "a"), file("../a", "a"), file(".a", "a")), files: "F:usr"},
	{name: "absolute", p: odd(usr, file("/usr/a", "a")), says: "ignoring malicious file /usr/a", err: `data segment: entry "/usr/a": the name is absolute`},
	{name: "only a slash", p: odd(dir(""), usr), says: "ignoring malicious file /", err: "the name is absolute"},
	{name: "parent in the middle", p: odd(usr, dir("usr/q"), file("usr/q/../a", "a")), says: "ignoring malicious file usr/q/../a", err: `has a component ".."`},
	{name: "parent at the end", p: odd(usr, dir("usr/.."), file("usr/a", "a")),
		says: "ignoring malicious file usr/../", err: `has a component ".."`},
	{name: "control character", p: odd(usr, file("usr/a\x01", "a")), says: "ignoring malicious file", err: "the name has a control character"},
	{name: "delete character", p: odd(usr, file("usr/a\x7f", "a")), says: "ignoring malicious file", err: "the name has a control character"},
	{name: "empty part", p: odd(usr, dir("usr/q"), file("usr/q//a", "a")), says: "no dirent in archive", err: "the name has an empty component"},
	{name: "file with a slash", p: odd(usr, file("usr/a/", "a")), says: "no dirent in archive", err: "ends in a slash, but it is not a directory"},
	{name: "directory without a slash", p: odd(block{name: "usr", typeflag: '5', mode: 0o755}, file("usr/a", "a")), files: "F:usr R:a " + sumA},
	{name: "directory with two slashes", p: odd(usr, dir("usr/q/"), file("usr/q/a", "a")), files: "F:usr F:usr/q R:a " + sumA},
	{name: "file without its directory", p: odd(file("usr/a", "a")), says: "usr/a: no dirent in archive", err: `its directory "usr" has no earlier entry`},
	{name: "directory without its parent", p: odd(dir("usr/q"), file("usr/q/a", "a")), files: "F:usr/q R:a " + sumA},
	{name: "file beside a directory without its parent", p: odd(dir("usr/q"), file("usr/a", "a")),
		says: "no dirent in archive", err: `its directory "usr" has no earlier entry`},
	{name: "file in the root directory", p: odd(file("rootfile", "b"), usr, file("usr/a", "a")), files: "F: R:rootfile " + sumB + " F:usr R:a " + sumA},
	{name: "directory twice", p: odd(usr, dir("usr/q"), file("usr/q/a", "a"), block{name: "usr/q", typeflag: '5', mode: 0o700}, file("usr/q/b", "b")),
		files: "F:usr F:usr/q M:0:0:700 R:a " + sumA + " R:b " + sumB},
	{name: "file twice", p: odd(usr, file("usr/a", "a"), file("usr/a", "b")), says: "failed to rename", err: "occurs twice"},
	{name: "file over a directory", p: odd(usr, dir("usr/q"), file("usr/q", "a")), says: "failed to rename", err: "was a directory before"},
	{name: "link over a directory and a file through it", p: odd(usr, dir("usr/q"), symlink("usr/q", "/tmp"), file("usr/q/b", "b")),
		says: "failed to rename", err: "was a directory before"},
	{name: "link over a parent that has no entry", p: odd(dir("usr/q/r"), usr, symlink("usr/q", "/tmp"), file("usr/q/r/b", "b")),
		says: "ERROR", err: "was a directory before"},
	{name: "directory below a link", p: odd(usr, symlink("usr/q", "../tmp"), dir("usr/q/r"), file("usr/q/r/b", "b")),
		says: "ERROR", err: `is below "usr/q", which is not a directory`},
	{name: "directory over a file", p: odd(usr, file("usr/q", "a"), dir("usr/q")), says: "failed to rename", err: "is a directory, but was a file before"},
	{name: "names that keep directories", p: odd(usr, file("usr/.keep_a", "a"), file("usr/.keep_", "a"), symlink("usr/.keep_link", "b")),
		files: "F:usr R:.keep_ " + sumA},
	{name: "hard link", p: odd(usr, file("usr/a", "a"), block{name: "usr/b", link: "usr/a", typeflag: '1', mode: 0o600}),
		files: "F:usr R:a " + sumA + " R:b a:0:0:600 " + sumA},
	{name: "hard link with content", p: odd(usr, file("usr/a", "a"), block{name: "usr/b", link: "usr/a", typeflag: '1', body: "x"}, file("usr/c", "b")),
		files: "F:usr R:a " + sumA + " R:b " + sumA + " R:c " + sumB},
	{name: "hard link to a later file", p: odd(usr, block{name: "usr/b", link: "usr/a", typeflag: '1'}, file("usr/a", "a")),
		says: "no hard link target", err: `is a hard link to "usr/a", which is not an earlier file`},
	{name: "hard link to a file in the root directory", p: odd(usr, file("a", "a"), block{name: "usr/b", link: "a", typeflag: '1'}),
		says: "no hard link target", err: "apk 2 cannot link to a file in the root directory", err3: "-"},
	{name: "hard link by another spelling", p: odd(usr, file("usr/a", "a"), block{name: "usr/b", link: "./usr/a", typeflag: '1'}),
		says: "no hard link target", err: "which is not an earlier file"},
	{name: "hard link to a directory", p: odd(usr, dir("usr/q"), block{name: "usr/b", link: "usr/q", typeflag: '1'}),
		says: "no hard link target", err: "which is not an earlier file"},
	{name: "symbolic link to nothing", p: odd(usr, sum(""), block{name: "usr/a", typeflag: '2'}), says: "Failed to create usr/a",
		err: "is a symbolic link without a target"},
	{name: "fifo", p: odd(usr, block{name: "usr/p", typeflag: '6', mode: 0o600, uid: 7, gid: 8, user: "nosuch"}), files: "F:usr R:p a:7:8:600"},
	{name: "device", p: odd(usr, block{name: "usr/d", typeflag: '3', mode: 0o660}), files: "F:usr R:d a:0:0:660"},

	// Checksums and attributes.
	{name: "no checksum", p: odd(usr, block{name: "usr/a", body: "a"}), says: "without embedded checksums", err: "has no APK-TOOLS.checksum.SHA1"},
	{name: "symbolic link without checksum", p: odd(usr, block{name: "usr/a", link: "b", typeflag: '2'}),
		says: "without embedded checksums", err: "has no APK-TOOLS.checksum.SHA1", err3: "-"},
	{name: "MD5", p: odd(usr, pax("APK-TOOLS.checksum.MD5=0cc175b9c0f1b6a831c399e269772661"), block{name: "usr/a", body: "a"}),
		files: "F:usr R:a Z:0cc175b9c0f1b6a831c399e269772661", err3: "has no APK-TOOLS.checksum.SHA1"},
	{name: "MD5 behind SHA-1", p: odd(usr, pax(sum("a").record(), "APK-TOOLS.checksum.MD5=0cc175b9c0f1b6a831c399e269772661"), block{name: "usr/a", body: "a"}),
		files: "F:usr R:a " + sumA},
	{name: "checksum in upper case", p: odd(usr, pax("APK-TOOLS.checksum.SHA1="+strings.ToUpper(sha1Hex("a"))), block{name: "usr/a", body: "a"}),
		files: "F:usr R:a " + sumA},
	{name: "short checksum", p: odd(usr, pax("APK-TOOLS.checksum.SHA1="+sha1Hex("a")[:38]), block{name: "usr/a", body: "a"}),
		says: "without embedded checksums", err: "is not a SHA-1"},
	{name: "long checksum", p: odd(usr, pax("APK-TOOLS.checksum.SHA1="+sha1Hex("a")+strings.Repeat("00", 12)), block{name: "usr/a", body: "a"}), // apk cuts it
		files: "F:usr R:a " + sumA, err: "is not a SHA-1"},
	{name: "checksum of another content", p: odd(usr, sum("b"), block{name: "usr/a", body: "a"}), files: "F:usr R:a " + sumB},
	{name: "checksum of what has no content", p: odd(sum("x"), usr, file("usr/b", "b"), sum("x"), block{name: "usr/a", link: "usr/b", typeflag: '1'}, sum("x"),
		block{name: "usr/c", typeflag: '6'}),
		files: "F:usr R:b " + sumB + " R:a " + sumB + " R:c " + sumX},
	{name: "attribute", p: odd(usr, pax("SCHILY.xattr.user.a=1", sum("a").record()), block{name: "usr/a", body: "a"}),
		files: "F:usr R:a a:0:0:644:Q1xTNrEJQjsxfVlJgKlOdPZWXT7CQ= " + sumA},
	{name: "attributes in another order", p: odd(usr, pax("SCHILY.xattr.user.b=2", "SCHILY.xattr.user.a=1", sum("a").record()),
		block{name: "usr/a", body: "a"}),
		files: "F:usr R:a a:0:0:644:Q1aTYJRBJWJOTDg/22Hd7RxWRcpWw= " + sumA},
	{name: "empty attribute", p: odd(usr, pax("SCHILY.xattr.user.a=", sum("a").record()), block{name: "usr/a", body: "a"}),
		files: "F:usr R:a a:0:0:644:Q1uG3OCPO2JMRHKBStiEvty2QKxJc= " + sumA},
	{name: "attribute twice", p: odd(usr, pax("SCHILY.xattr.user.a=1", "SCHILY.xattr.user.a=2", sum("a").record()), block{name: "usr/a", body: "a"}),
		files: "F:usr R:a a:0:0:644:Q12Cz+5RIQ25ZqwoN/K5fSc8sucIM= " + sumA, err: `pax header: "SCHILY.xattr.user.a": occurs twice`},
	{name: "attribute of a symbolic link",
		p:     odd(usr, pax("SCHILY.xattr.user.a=1", sum("b").record()), block{name: "usr/a", link: "b", typeflag: '2', mode: 0o777}, file("usr/b", "b")),
		files: "F:usr R:a a:0:0:777:Q1xTNrEJQjsxfVlJgKlOdPZWXT7CQ= " + sumB + " R:b " + sumB},
	{name: "attribute of a directory", p: odd(usr, pax("SCHILY.xattr.user.a=1"), dir("usr/q"), file("usr/b", "b")),
		files: "F:usr R:b " + sumB + " F:usr/q M:0:0:755:Q1xTNrEJQjsxfVlJgKlOdPZWXT7CQ="},
	{name: "attribute of a hard link", p: odd(usr, file("usr/b", "b"), pax("SCHILY.xattr.user.a=1"), block{name: "usr/a", link: "usr/b", typeflag: '1'}),
		files: "F:usr R:b " + sumB + " R:a a:0:0:644:Q1xTNrEJQjsxfVlJgKlOdPZWXT7CQ= " + sumB},

	// The control segment (apk/FORMAT.md 1.4).
	{name: "replaces",
		p:     with(builder{info: []string{"replaces = a b<1", "replaces = c", "replaces_priority = 4", "#replaces = x", " replaces = y", "replaces =z"}}),
		files: "r:a b<1 c q:4 F:usr R:a " + sumA},
	{name: "replaces with an error", p: with(builder{info: []string{"replaces = a b<1_foo c", "replaces = d"}}), files: "r:a d F:usr R:a " + sumA,
		err3: `control segment: .PKGINFO: line 7: replaces: "b<1_foo" has an invalid version`},
	{name: "replaces with carriage return", p: with(builder{info: []string{"replaces = z\r"}}), files: "r:z\r F:usr R:a " + sumA},
	// modulo 65536
	{name: "priority out of range", p: with(builder{info: []string{"replaces = a", "replaces_priority = 70000"}}), files: "r:a q:4464 F:usr R:a " + sumA,
		err: `control segment: .PKGINFO: line 8: replaces_priority: number "70000": value out of range`},
	{name: "depends with an error", p: with(builder{info: []string{"depend = a b<1_foo c"}}), files: "F:usr R:a " + sumA},
	{name: "size with an error", p: with(builder{info: []string{"size = 12x"}}), files: "F:usr R:a " + sumA, err: `size: number "12x": invalid syntax`},
	{name: "last scalar", p: with(builder{info: []string{"replaces_priority = 4", "replaces_priority = 5"}}), files: "q:5 F:usr R:a " + sumA},
	// the first datahash counts
	{name: "two .PKGINFO", p: with(builder{control: blocks(block{name: ".PKGINFO", body: "pkgname = odd\npkgver = 1-r0\ndatahash = 00\n"})}),
		files: "F:usr R:a " + sumA, err: "control segment: .PKGINFO: occurs twice"},
	{name: ".INSTALL", p: with(builder{control: blocks(block{name: ".INSTALL", body: "x"})}), files: "F:usr R:a " + sumA,
		err3: "control segment: .INSTALL: is a script type that apk 3 rejects"},
	{name: "other dot entries", p: with(builder{control: blocks(block{name: ".x", typeflag: '5'}, block{name: ".y", body: "yy"})}), files: "F:usr R:a " + sumA},
	{name: "an entry of the data segment", p: with(builder{control: file("usrx", "x")}), says: "archive does not contain expected data",
		err: "control segment: usrx: is not allowed in the control segment"},
	{name: "signature behind .PKGINFO", p: with(builder{control: blocks(block{name: ".SIGN.RSA.x", body: "x"})}), files: "F:usr R:a " + sumA, // ignored
		err: "is a signature after the start of the control segment"},
	{name: "no data hash", p: with(builder{noHash: true}), files: "F:usr R:a " + sumA, // with all of the file as its identity
		err3: "control segment: .PKGINFO has no datahash: the package is too old for apk 3"},
	{name: "data hash in upper case", p: with(builder{upperHash: true}), files: "F:usr R:a " + sumA},

	// The file (apk/FORMAT.md 1.1).
	{name: "end of the archive in the control segment", p: with(builder{}), adapt: func(t testing.TB, b *built) {
		b.control = gzipOf(t, append(inflated(t, b.control), tarEnd...))
	}, says: "BAD archive", err: "control segment: has the end of the archive before the data segment"},
	{name: "no data segment", p: with(builder{}), adapt: func(_ testing.TB, b *built) { b.data = nil },
		says: "BAD archive", err: "data segment: unexpected EOF"},
	{name: "garbage at the end", p: with(builder{}), adapt: func(_ testing.TB, b *built) { b.data = append(b.data, "garbage"...) },
		says: "IO ERROR", err: "data segment: there is data after its end"},
	{name: "zeros at the end", p: with(builder{}), adapt: func(_ testing.TB, b *built) { b.data = append(b.data, make([]byte, 512)...) },
		says: "IO ERROR", err: "data segment: there is data after its end"},
	{name: "two data segments", p: with(builder{members: 2}), files: "F:usr R:a " + sumA, err3: "data segment: "},
}

const (
	sumA     = "Z:Q1hvfkN/qlp/zhXR3cuerq6jd2Z7g="
	sumB     = "Z:Q16dcfXufJLW3J6S/9rRe4vUlBj5g="
	sumX     = "Z:Q1EfatjsUqKYSrqv18O1FlA3hcIHI="
	sumABC   = "Z:Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
	sumEmpty = "Z:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk="
)

var (
	usr     = dir("usr")
	longest = "usr/" + strings.Repeat("n", 120)
)

func odd(list ...any) builder { return builder{entries: blocks(list...)} }

// with completes a package that is odd elsewhere with files.
func with(p builder) builder {
	p.entries = blocks(usr, file("usr/a", "a"))
	return p
}

// sum is a pax header with a checksum.
func sum(content string) block { return pax("APK-TOOLS.checksum.SHA1=" + sha1Hex(content)) }

// record is the only record of a pax header.
func (b block) record() string {
	_, record, _ := strings.Cut(strings.TrimSuffix(b.body, "\n"), " ")
	return record
}

func longName(name string) block { return block{name: "././@LongLink", typeflag: 'L', body: name} }

func symlink(name, target string) []block {
	return []block{sum(target), {name: name, link: target, typeflag: '2', mode: 0o777}}
}

// edited is a file with something else in its header.
func edited(name, body string, at int, text string) block {
	return block{name: name, body: body, edit: func(h []byte) { copy(h[at:], text) }}
}

func badHeaderSum(tar []byte) []byte {
	tar[148] ^= 1
	return tar
}

func inflated(t testing.TB, member []byte) []byte {
	t.Helper()
	m := members.NewReader(bytes.NewReader(member))
	if err := m.Next(nil); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOddPackages compares what is read of each package with what Alpine's apk wrote
// into its database, or refused.
func TestOddPackages(t *testing.T) {
	for _, c := range oddPackages {
		t.Run(c.name, func(t *testing.T) {
			parts := c.p.segments(t)
			if c.adapt != nil {
				c.adapt(t, &parts)
			}
			if c.says != "" && c.err == "" {
				t.Error("apk 2 refuses it, but Lamina is not to")
			}
			for _, g := range []Generation{V2, V3} {
				want := c.err
				if g == V3 && c.err3 != "" {
					want = strings.TrimPrefix(c.err3, "-")
				}
				rec, err := installedFrom(parts.file(), g)
				if want != "" {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: got %v, want %s", g, err, want)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", g, err)
				} else if got := filesText(t, rec, g); g == V2 && got != c.files {
					t.Errorf("%s: got %s\nwant %s", g, got, c.files)
				}
			}
		})
	}
}

// filesText is the part of a record about what only the package file says, on a line.
func filesText(t testing.TB, rec *InstalledPackage, g Generation) string {
	t.Helper()
	p := *rec
	p.Package = Package{}
	var b bytes.Buffer
	if err := (&Installed{Packages: []*InstalledPackage{&p}}).Write(&b, g); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(b.String(), "\nL:\n")
	return onOneLine(text)
}

func onOneLine(text string) string {
	return strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", " ")
}

// installedFrom makes the record of a package from its file, with owners by number.
func installedFrom(file []byte, g Generation) (*InstalledPackage, error) {
	return readRecord(bytes.NewReader(file), g, func(e *Entry) Ownership {
		return Ownership{UID: e.UID, GID: e.GID, Mode: e.Mode, Xattrs: XattrDigest(e.Xattrs)}
	})
}

func readRecord(file io.Reader, g Generation, owner func(*Entry) Ownership) (*InstalledPackage, error) {
	r := NewPackageReader(file, g)
	c, err := r.Control()
	if err != nil {
		return nil, err
	}
	rec := &InstalledPackage{Package: c.Package, Replaces: c.Replaces, ReplacesPriority: c.ReplacesPriority}
	order := NewRecordBuilder(rec, g)
	sums := make(map[string]Checksum)
	for {
		e, err := r.Next()
		if err == io.EOF {
			order.Finish()
			return rec, nil
		}
		if err != nil {
			return nil, err
		}
		if e.Type == tar.TypeDir {
			order.AddDirectory(e.Name, owner(e))
			continue
		}
		sum := e.Checksum
		dir, base, _ := cutLast(e.Name, "/")
		if base == "" {
			dir, base = "", e.Name
		}
		order.Lookup(dir)
		if e.Type == tar.TypeLink {
			if sum = sums[e.Target]; sum.IsZero() {
				return nil, errors.New("link to something unknown")
			}
			in, _, _ := cutLast(e.Target, "/")
			order.Lookup(in)
		}
		sums[e.Name] = sum
		order.AddFile(dir, InstalledFile{Name: base, Owner: owner(e), Checksum: sum})
	}
}
