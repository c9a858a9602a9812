package script

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/chroottest"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
	"github.com/lamina-oci/lamina/layer/tree"
)

// programsRoot is a root that apk installed the packages of programs other than busybox in: ca-certificates, OpenRC, openssl, pax-utils and
// apk itself.
type programsRoot struct {
	dir       string
	base      *tree.Tree
	installed *apk.Installed
}

// sharedPrograms is set by the first test that needs it. It lies in the directory of [sharedReference].
var sharedPrograms *programsRoot

func newProgramsRoot(t *testing.T) *programsRoot {
	t.Helper()
	shared := newReferenceRoot(t)
	if sharedPrograms != nil {
		return sharedPrograms
	}
	corpus := corpustest.Path(t)
	r := &programsRoot{dir: filepath.Join(shared.dir, "programs"), base: tree.New()}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	onHost(t, r.dir, "tar", "xzpf", filepath.Join(corpus, "alpine-3.19/alpine-minirootfs-3.19.4-x86_64.tar.gz"))
	if err := syscall.Mknod(filepath.Join(r.dir, "dev/null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Fatal(err)
	}
	onHost(t, r.dir, "lib/ld-musl-x86_64.so.1", "--library-path", "lib", "sbin/apk", "--root", ".", "--no-network", "--no-progress",
		"--repositories-file", "/dev/null", "--keys-dir", filepath.Join(corpus, "alpine-3.19/keys"), "-X", filepath.Join(corpus, "alpine-3.19/repo"), "add",
		"ca-certificates", "openrc", "openssl", "scanelf", "tzdata")
	archive, err := exec.Command("tar", "c", "-C", r.dir, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	reopen := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil }
	if err := r.base.ReadLayer(bytes.NewReader(archive), reopen); err != nil {
		t.Fatal(err)
	}
	db, err := os.ReadFile(filepath.Join(r.dir, "lib/apk/db/installed"))
	if err != nil {
		t.Fatal(err)
	}
	if r.installed, err = apk.ReadInstalled(bytes.NewReader(db), apk.V2); err != nil {
		t.Fatal(err)
	}
	sharedPrograms = r
	return r
}

func onHost(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// compare runs a script both ways, and compares what it prints and leaves in /etc and /tmp.
func (r *programsRoot) compare(t *testing.T, script string) {
	t.Helper()
	copied := t.TempDir()
	// Scripts change files in these directories only. All others are hard links to those of the first root.
	onHost(t, r.dir, "sh", "-c", `cp -al "$0/." "$1"; cd "$1"; rm -r etc tmp usr/local; cd "$0"; cp -a --parents etc tmp usr/local "$1"`, r.dir, copied)
	want, err := chroottest.Command{Root: copied, Args: []string{"/bin/sh", "-c", script}}.Run()
	if err != nil {
		t.Fatal(err)
	}
	staged := r.base.Clone()
	var got bytes.Buffer
	err = Run(context.Background(), Options{Tree: staged, Generation: apk.V2, Now: interpretedTime, Arch: "x86_64", Output: &got,
		Database: func() (*apk.Installed, error) { return r.installed, nil }},
		Script{Package: "p", Version: "1-r0", Body: []byte("#!/bin/sh\n{ " + script + "\n} 2>/dev/null")})
	if err != nil && !errors.As(err, new(*ExitError)) {
		t.Fatal(err)
	}
	if got.String() != want.Stdout {
		t.Errorf("(-Alpine +this package):\n%s", cmp.Diff(want.Stdout, got.String()))
	}
	compareDirectories(t, copied, staged, "etc", "tmp")
}

// TestProgramsLikeAlpine compares the programs of [programsRoot].
func TestProgramsLikeAlpine(t *testing.T) {
	root := newProgramsRoot(t)
	for _, test := range []struct{ name, script string }{
		{"update-ca-certificates again", `update-ca-certificates; echo $?`},
		{"another list",
			`printf '# c\n!mozilla/ACCVRAIZ1.crt\nmozilla/nosuch.crt\n\nmozilla/ACCVRAIZ1.crt\nmozilla/GTS_Root_R1.crt' > /etc/ca-certificates.conf; ` +
				`update-ca-certificates 2>&1; echo $?`},
		{"local certificates", `cd /usr/local/share/ca-certificates; M=/usr/share/ca-certificates/mozilla; cp $M/GTS_Root_R2.crt "My, (cert).crt"; ` +
			`cp $M/GTS_Root_R4.crt .hidden.crt; ln -s /etc/ssl/certs/foo /etc/ssl/certs/mylink.pem; ln -s /nowhere /etc/ssl/certs/12345678.0; ` +
			`touch /etc/ssl/certs/deadbeef.0; echo > /etc/ca-certificates.conf; update-ca-certificates 2>/dev/null; echo $?`},
		{"a local link", `ln -s /usr/share/ca-certificates/mozilla/GTS_Root_R4.crt /usr/local/share/ca-certificates/link.pem; ` +
			`mkdir /usr/local/share/ca-certificates/d.crt; echo > /etc/ca-certificates.conf; update-ca-certificates 2>/dev/null; echo $?`},
		{"a file that is none", `printf x > /usr/local/share/ca-certificates/bad.crt; update-ca-certificates 2>&1; echo $?`},
		{"links that lead elsewhere",
			`cd /etc/ssl/certs; rm ca-cert-GTS_Root_R1.pem; ln -s /tmp/x ca-cert-GTS_Root_R1.pem; ln -s /usr/share/ca-certificates/y ca-cert-y.pem; ` +
				`rm ca-certificates.crt; ln -s /tmp/z ca-certificates.crt; update-ca-certificates 2>&1; echo $?; ls /tmp`},
		{"no folder", `rm -r /etc/ssl/certs; update-ca-certificates 2>&1; echo $?`},
		{"no hooks and no list", `rm -r /etc/ca-certificates/update.d /etc/ca-certificates.conf; update-ca-certificates 2>&1; echo $?`},
		{"c_rehash", `mkdir /tmp/c; cp /usr/share/ca-certificates/mozilla/[AB]*.crt /tmp/c; ln -s x /tmp/c/00000000.0; ln -s x /tmp/c/00000000.r0; ` +
			`c_rehash /tmp/c /nosuch 2>&1; echo $?; ls /tmp/c; readlink /tmp/c/*.0`},
		{"rc-update", `t() { rc-update "$@" 2>&1; echo "$? $*"; }; t add hwclock; t add hwclock boot; t add hwclock boot; t add nosuch boot; ` +
			`t add hwclock nosuch; t -a add hwclock; t del hwclock; t del hwclock default; t delete hwclock boot
			t del nosuch; t -q add hwclock; t add hwclock boot default; t add; t frob x; t hwclock add; t add hwclock sysinit -q
			echo > /etc/init.d/noexec; ` +
			`t add noexec; t add hwclock default nosuch; rc-update del hwclock default shutdown boot; echo $?; t add --quiet hwclock boot`},
		{"time zones", `export TZ=America/New_York; date -d '2024-07-01 12:00:00'; date -d '2024-03-10 02:30:00'; date -ud '2024-07-01 12:00'; ` +
			`date -d '2024-12-01 00:00' -Iseconds; date -d @1720000000 -R; date -d @-2000000000; date -d 2100-07-01 +%c%Z
			cd /tmp; touch -d '2024-07-01 00:00:05' t; date -r t +%s%z; stat -c '%y %Y' t; ls -l t; d() { date -d @1720000000 "$@"; }; TZ=CET d; TZ=EST d; ` +
			`TZ=:Asia/Kolkata d; TZ=/usr/share/zoneinfo/Asia/Tokyo d; TZ=../x d; TZ=No/Where d; TZ=/tmp/t d; TZ=GMT d
			TZ=Etc/GMT+3 d; TZ=America/Sao_Paulo d; TZ= d; TZ=UTC0 d; unset TZ; d; cp /usr/share/zoneinfo/Asia/Tokyo /etc/localtime; d; TZ= d; ` +
			`ln -sf /usr/share/zoneinfo/Europe/Vienna /etc/localtime; d; ln -sf /nowhere /etc/localtime; d`},
		{"apk version", `for a in 1.0 1.1 1.0-r1 1.0_rc1 2 1.0a 01 1.01 foo ''; do for b in 1.0 1.1-r0 1.0-r1 1.0_p1 10 bar; ` +
			`do echo "$a $b $(apk version -t "$a" "$b")"; done; done; apk version -t 1; echo $?; apk version --test 1 2 3; echo $?; apk version -qt 1 2; ` +
			`apk version -c 1.0 foo 1.0-r0 1..2; echo $?; apk version --check 1.0; echo $?`},
		{"busybox", `cd /tmp; B=/bin/busybox; mkdir d e f; busybox; busybox --help; $B --help 2>/dev/null | head -n 1; busybox | grep -c .
			$B --install -s d; echo $?; ls -l d | sed 's/.* //' | sort -u; ls d | wc -l; $B --install -s d; echo $?; touch file
			$B --install -s file; echo $?; $B --install -s nosuch; echo $?
			$B --install -s nosuch 2>&1 | head -n 2; $B --install e; echo $?; ls e | wc -l; cmp e/ls $B && echo same; rm -r e; cd f
			$B --install -s .; ls | wc -l; rm ls
			echo x > ls; $B --install -s ../f one two; cat ls; $B --install -s -x; echo $?; $B --install -x; echo $?; cd ..; mkdir g
			$B --install g -s; ls g | wc -l; rm -r g d
			ln -s f l; rm f/cp; $B --install -s l/; readlink f/cp; rm f/*`},
		{"ldconfig", `command -v ldconfig; ldconfig; echo $?; ldconfig -v; echo $?; ldconfig -X -f /etc/none; echo $?
			cd /tmp; mkdir -p d e/f; cp /lib/libz.so.1.3.1 d/libz.so.1.3.1; cp /lib/libcrypto.so.3 d/libcrypto.real; cp /bin/busybox d
			echo text > d/text; cp d/lib* e/f
			cp d/libz.so.1.3.1 e/libz.so.1; ldconfig /lib d; echo $?; ls -l d | sed 's/.* //'; ldconfig -n /tmp/e/f /tmp/e /nosuch; echo $?
			ls e e/f; readlink e/f/*; ln -sf nosuch d/libz.so.1; ` +
			`ldconfig /tmp/d; readlink d/libz.so.1; mkdir /usr/local/lib; cp d/libz.so.1.3.1 /usr/local/lib; ldconfig /usr/local/lib
			ls /usr/local/lib; rm d/lib* e/f/lib* e/lib*`},
		{"openssl", `cd /tmp; echo hi > f; t() { openssl "$@" 2>/dev/null; echo $?; }; for h in md5 sha1 sha224 sha256 sha384 sha512; do t $h f
			t $h -r f; ` +
			`t dgst -$h f; t dgst -$h -r f; t $h < f; t $h -r < f; done
			t dgst f; t dgst -hex -sha256 f; t sha256 nosuch; t sha512 -r f nosuch f; openssl dgst -sha1 -binary f | sha256sum; echo $?
			cat > k <<E
-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDFlsdqlhzV5gcPq1CLEg2nkUhW
sRl++kR26IV7tRiqLIoGU6blxcNfp24adrrIOYgUeMCKf5XCFQNcHc9DOKvzHdNz
E3NobGxmjGOmIS/GIxde5kdxwEzaTI7anrzhqrb9tF/bLrrKL3e9gVaOatnjzUpY
bYh9TcULVzLAh5pv9wIDAQAB
-----END PUBLIC KEY-----
E
			t rsa -pubin -in k -text -noout; t rsa -pubin -in k; t rsa -pubin -in k -modulus -noout; t rsa -pubin -noout < k; t rsa -pubin -in f -noout; ` +
			`t rsa -pubin -in nosuch; openssl rsa -pubin -in k -text -noout | openssl sha512 -r`},
		{"scanelf", `cd /tmp; mkdir d; cp /bin/busybox d/; cp /lib/ld-musl-x86_64.so.1 ld; echo hi > f; t() { scanelf "$@" 2>/dev/null; echo $?; }; ` +
			`t --needed --nobanner /bin/busybox; t -nB ld; t -nB f; t -nB nosuch; t -nB nosuch ld
			t -nB d; scanelf -nBR /tmp/d /sbin | sort; t -nBR d; t --needed --nobanner --format '%n#p' --recursive d; t -nBF '%n' d/busybox; t -BF %F ld; ` +
			`t -nBF %o:%n:%p ld; t -nBF '#p%n' d/busybox; t -nBF %f d/busybox; t -nBy /bin/sh; t -nB /bin/sh; t -nBF '%n#p' ld; t -nB; t -B ld
			scanelf --needed --nobanner /sbin/apk | awk '{ gsub(/,/, "\nso:", $2); print "so:" $2 }' | sort -u | xargs -r apk info --installed | sort -u`},
		{"apk info", `t() { apk info "$@"; echo $?; }; t -e musl; t -e musl nosuch busybox; t -e nosuch; t -qe musl; t -e -q musl; t --installed musl; ` +
			`t -e 'musl>1'; t -e 'musl<1'; t -e musl=1; t -e; t musl -e; t -e so:libc.musl-x86_64.so.1 /bin/sh; t -e no1 no2 '!musl' '!no'; ` +
			`t -e 'so:libz.so.1=1.3.1' 'so:libz.so.1>9' 'busybox~1.36'; t -e so:libssl.so.3 libssl3; apk -q info -e musl; echo $?; apk --print-arch`},
		{"apk info and list", `t() { apk "$@"; echo $?; }; t info; t info -vv; t -q info; t list -I; t list --installed 'm*' zlib nosuch; t list -Iv musl; ` +
			`t list -qI; t info -W /bin/sh /etc/passwd /nosuch; cd /lib; t info -qW libc.musl-x86_64.so.1
			t info -L zlib musl-utils; t info -r zlib; t info -L -r musl; t list -Io openssl; t list -IP so:libcrypto.so.3; t info -W; t list -I nosuch`},
	} {
		t.Run(test.name, func(t *testing.T) { root.compare(t, test.script) })
	}
}

// compareDirectories compares what is in directories of a real root and of a tree, but for times.
func compareDirectories(t *testing.T, root string, staged *tree.Tree, directories ...string) {
	t.Helper()
	out, err := exec.Command("tar", append([]string{"c", "-C", root}, directories...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for tr := tar.NewReader(bytes.NewReader(out)); ; {
		h, err := tr.Next()
		if err != nil {
			break
		}
		content, _ := io.ReadAll(tr)
		want[strings.TrimSuffix(h.Name, "/")] = fmt.Sprintf("%o %d:%d %q %q", h.Mode&0o7777, h.Uid, h.Gid, h.Linkname, content)
	}
	got := make(map[string]string)
	for name, n := range staged.All() {
		if !slices.Contains(directories, strings.Split(name, "/")[0]) {
			continue
		}
		var content []byte
		if n.Type == tree.Regular {
			if content, err = n.Read(busybox.MaxInput); err != nil {
				t.Fatal(err)
			}
		}
		got[name] = fmt.Sprintf("%o %d:%d %q %q", n.Mode, n.UID, n.GID, n.Target, content)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s: %.200s, want %.200s", name, got[name], want[name])
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		t.Errorf("%s: %.200s, want none", name, got[name])
	}
}
