package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// programSeeds returns inputs that build, and others.
func programSeeds(t testing.TB) (good, spoiled []programInputs) {
	t.Helper()
	var programs []fixtures.File
	for _, name := range strings.Fields("sh cat cp mv rm mkdir chmod chown ln ls find grep sed sort awk tr tail test adduser tar gzip xargs") {
		programs = append(programs, fixtures.File{Path: "bin/" + name, Mode: 0o755, Content: "program"})
	}
	base, err := fixtures.Base{APKTools: "3.0.1-r0", World: []string{"apk-tools"}, Files: programs}.Tar()
	if err != nil {
		t.Fatal(err)
	}
	old, err := fixtures.Base{APKTools: "2.14.4-r0", Files: programs}.Tar()
	if err != nil {
		t.Fatal(err)
	}
	nginx := fixtures.Package{Name: "nginx", Version: "1-r0", Triggers: "/usr/share/*", Provides: "cmd:nginx", Files: []fixtures.File{
		{Path: "etc/nginx.conf", Content: "conf\n"}, {Path: "usr/sbin/nginx", Mode: 0o4755, Content: "program"},
		{Path: "usr/sbin/link", Type: tar.TypeSymlink, Target: "nginx"}, {Path: "usr/sbin/hard", Type: tar.TypeLink, Target: "usr/sbin/nginx"},
		{Path: "var/log/nginx", Type: tar.TypeDir, Mode: 0o2750, User: "nobody", Group: "nobody"},
	}}
	built, err := nginx.Build()
	if err != nil {
		t.Fatal(err)
	}
	repository, err := fixtures.Repository{Packages: []fixtures.Package{nginx}}.Files()
	if err != nil {
		t.Fatal(err)
	}
	members := splitMembers(built.File)
	info := contentOf(t, unpacked(t, members[1]), ".PKGINFO")
	index := fmt.Sprintf("C:@C@\nP:nginx\nV:1-r0\nA:x86_64\nS:@S@\nI:%d\nT:x\nU:x\nL:MIT\np:cmd:nginx\n\n", built.Entry.InstalledSize)
	const spec = "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [repo]\nkeys: [" + fixtures.KeyName + "]\npackages: [nginx]\n"
	const script = "#!/bin/sh\nset -e\nfor i in 1 2 3; do echo $i; done > /etc/list\nsort -r /etc/list | sed s/1/2/ >> /etc/list\n" +
		"[ -f /etc/list ] && mkdir -p /srv/d\n"
	const rest = `users: [{name: www, uid: 82}]
files: [{path: /srv/a, source: source, mode: "0600"}, {path: /srv/b, type: symlink, target: a}]
run: ["echo b > /srv/c; awk 'BEGIN { print 1 }' >> /srv/c"]
remove: [/srv/b]
config: {entrypoint: [/usr/sbin/nginx], env: {A: b}, exposedPorts: [80/tcp], labels: {a: b}}
`
	const config = `{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin:/usr/bin"]},"rootfs":{"type":"layers","diff_ids":["@DIFFID@"]},` +
		`"history":[{"created_by":"base"}]}`
	const dockerfile = "# syntax=docker/dockerfile:1\nARG A=1\nFROM base AS one\nRUN echo ${A:-2} > /srv-a\nFROM base\n" +
		"COPY --from=one --chmod=640 /srv-a /srv/a\nENV B=$A\nRUN <<EOF\nset -e\necho b\nEOF\nUSER nobody\nCMD [\"/bin/sh\"]\n"
	onLayout := strings.Replace(spec, "rootfs:base.tar.gz", "oci:base:t", 1)
	data := unpacked(t, members[2])
	own := new(bytes.Buffer)
	sum := sha256.Sum256([]byte("program"))
	root := adb.ACL{Mode: 0o755, User: "root", Group: "nobody", Xattrs: []string{"user.a\x001"}}
	metadata := (&adb.Package{Info: adb.PackageInfo{Name: "nginx", Version: "1-r0", Arch: "x86_64", InstalledSize: 1,
		Provides: []adb.Dependency{{Name: "cmd:nginx"}}},
		Dirs: []adb.Dir{{Name: "usr/sbin", ACL: root, Files: []adb.File{{Name: "nginx", ACL: root, Size: 7, Hash: string(sum[:])},
			{Name: "soft", ACL: root, HasTarget: true, Target: "\x00\xa0nginx"},
			{Name: "zhard", ACL: root, HasTarget: true, Target: "\x00\x80usr/sbin/nginx"}}}},
		Scripts: adb.Scripts{PostInstall: script}, Triggers: []string{"/usr/*"}}).Marshal()
	if err := adb.Write(own, adb.None, adb.SchemaPackage, metadata, nil, []adb.Content{{Dir: 1, File: 1, Bytes: []byte("program")}}); err != nil {
		t.Fatal(err)
	}
	good = append(good, programInputs{rawPackage, spec + rest, index, info, script, own.Bytes(), base, config})
	bomb := packed(entryOf(t, "zeros", string(make([]byte, 64<<20))) + string(make([]byte, 1024)))
	for mode := range uint8(2) {
		mode *= alsoLock
		good = append(good, programInputs{mode, spec, index, info, "", data, base, config})
		good = append(good, programInputs{mode, spec + rest, index, info, script, data, old, config})
		good = append(good, programInputs{mode | asLayout | asArchive, onLayout + rest, index, info, script, data, base, config})
		good = append(good, programInputs{mode | asDockerfile, dockerfile, index, info, script, data, base, config})
		good = append(good, programInputs{mode | asDockerfile | asLayout, dockerfile, index, info, script, data, base, config})
	}
	good = append(good, programInputs{rawPackage, spec, index, info, script, built.File, base, config})
	good = append(good, programInputs{rawIndex | rawPackage, spec, string(repository["x86_64/APKINDEX.tar.gz"]), info, script, built.File, base, config})
	good = append(good, programInputs{rawBase, spec, index, info, script, data, packed(string(base)), config})
	spoiled = append(spoiled, programInputs{rawBase, spec, index, info, script, data, bomb, config})
	spoiled = append(spoiled, programInputs{rawPackage, spec, index, info, script, bomb, base, config})
	spoiled = append(spoiled, programInputs{0, spec, index, info, "#!/bin/sh\nx=aaaaaaaa; while :; do x=$x$x; done\n", data, base, config})
	spoiled = append(spoiled, programInputs{0, spec, index, info, "#!/bin/sh\nawk 'BEGIN { s = \"x\"; while (1) s = s s }'\n", data, base, config})
	spoiled = append(spoiled, programInputs{0, spec, index, info, "#!/bin/sh\nf() { f; }; f\n", data, base, config})
	return good, spoiled
}

// splitMembers returns the gzip members that a file begins with.
func splitMembers(file []byte) [][]byte {
	var members [][]byte
	for r := bytes.NewReader(file); r.Len() > 0; {
		start := len(file) - r.Len()
		z, err := gzip.NewReader(r)
		if err != nil {
			break
		}
		z.Multistream(false)
		if _, err := io.CopyN(io.Discard, z, 64<<20); err != io.EOF {
			break
		}
		members = append(members, file[start:len(file)-r.Len()])
	}
	return members
}

func unpacked(t testing.TB, content []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// contentOf returns a file of a tar.
func contentOf(t testing.TB, archive []byte, name string) string {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == name {
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(content)
		}
	}
}
