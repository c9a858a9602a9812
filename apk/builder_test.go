package apk

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// block is one header of a tar with what follows it, made byte by byte: unlike
// archive/tar it can be wrong.
type block struct {
	name, link string
	typeflag   byte // default '0'
	mode       int  // default 0644
	uid, gid   int
	user       string // and group; default root
	body       string
	edit       func(header []byte) // before the header's checksum is taken
}

func (b block) bytes() []byte {
	h := make([]byte, 512)
	if b.typeflag == 0 {
		b.typeflag = '0'
	}
	if b.mode == 0 {
		b.mode = 0o644
	}
	if b.user == "" {
		b.user = "root"
	}
	copy(h[0:100], b.name)
	copy(h[100:], fmt.Sprintf("%07o\x00", b.mode))
	copy(h[108:], fmt.Sprintf("%07o\x00", b.uid))
	copy(h[116:], fmt.Sprintf("%07o\x00", b.gid))
	copy(h[124:], fmt.Sprintf("%011o\x00", len(b.body)))
	copy(h[136:], fmt.Sprintf("%011o\x00", builtAt))
	copy(h[148:], "        ")
	h[156] = b.typeflag
	copy(h[157:257], b.link)
	copy(h[257:], "ustar\x0000")
	copy(h[265:], b.user)
	copy(h[297:], b.user)
	copy(h[329:], "0000000\x00")
	copy(h[337:], "0000000\x00")
	if b.edit != nil {
		b.edit(h)
	}
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	h = append(h, b.body...)
	return append(h, make([]byte, -len(b.body)&511)...)
}

const builtAt = 1700000000

// pax is an extended header with records "key=value".
func pax(records ...string) block {
	var body strings.Builder
	for _, r := range records {
		n := len(r) + 2
		for len(fmt.Sprint(n))+len(r)+2 != n {
			n = len(fmt.Sprint(n)) + len(r) + 2
		}
		fmt.Fprintf(&body, "%d %s\n", n, r)
	}
	return block{name: "PaxHeaders/x", typeflag: 'x', body: body.String()}
}

func sha1Hex(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// file is a regular file with its checksum.
func file(name, content string) []block {
	return []block{pax("APK-TOOLS.checksum.SHA1=" + sha1Hex(content)), {name: name, body: content}}
}

func dir(name string) block { return block{name: name + "/", typeflag: '5', mode: 0o755} }

// blocks makes one list of blocks and lists of them.
func blocks(list ...any) []block {
	var out []block
	for _, b := range list {
		switch b := b.(type) {
		case block:
			out = append(out, b)
		case []block:
			out = append(out, b...)
		default:
			panic(b)
		}
	}
	return out
}

func tarOf(list []block) []byte {
	var out []byte
	for _, b := range list {
		out = append(out, b.bytes()...)
	}
	return out
}

var tarEnd = make([]byte, 1024)

// builder makes a package of the parts a test cares for.
type builder struct {
	name    string   // default odd
	info    []string // more lines of .PKGINFO
	control []block  // behind .PKGINFO
	entries []block  // of the data segment
	data    []byte   // the tar of the data segment, if it is not made of entries
	noInfo  bool     // leave out .PKGINFO
	noHash  bool     // leave out its datahash
	members int      // of the data segment, default 1

	upperHash bool // datahash in upper case
}

// built has the parts of a package file, to be put together in whatever way.
type built struct{ signature, control, data []byte }

func (b built) file() []byte { return slices.Concat(b.signature, b.control, b.data) }

func (p builder) segments(t testing.TB) built {
	t.Helper()
	data := p.data
	if data == nil {
		data = append(tarOf(p.entries), tarEnd...)
	}
	parts := [][]byte{data}
	if p.members > 1 {
		parts = slices.Collect(slices.Chunk(data, (len(data)+p.members-1)/p.members))
	}
	member := gzipOf(t, parts...)
	return built{control: gzipOf(t, p.controlTar(sha256.Sum256(member))), data: member}
}

func (p builder) controlTar(dataHash [sha256.Size]byte) []byte {
	name := p.name
	if name == "" {
		name = "odd"
	}
	lines := append([]string{"# comment", "pkgname = " + name, "pkgver = 1-r0", "arch = x86_64", "size = 1000",
		fmt.Sprint("builddate = ", builtAt)}, p.info...)
	hash := hex.EncodeToString(dataHash[:])
	if p.upperHash {
		hash = strings.ToUpper(hash)
	}
	if !p.noHash {
		lines = append(lines, "datahash = "+hash)
	}
	var list []block
	if !p.noInfo {
		list = append(list, block{name: ".PKGINFO", body: strings.Join(lines, "\n") + "\n"})
	}
	return tarOf(append(list, p.control...))
}

func (p builder) file(t testing.TB) []byte {
	t.Helper()
	return p.segments(t).file()
}

// gzipOf makes one gzip member of each part.
func gzipOf(t testing.TB, parts ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	for _, part := range parts {
		w.Reset(&out)
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}
