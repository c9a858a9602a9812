package main

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// limitData bounds the memory that a process may write to, if a test that started it says so.
func limitData() {
	if bytes, err := strconv.ParseUint(os.Getenv("LAMINA_TEST_DATA"), 10, 64); err == nil {
		limit := syscall.Rlimit{Cur: bytes, Max: bytes}
		if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
			panic(err)
		}
	}
}

// TestHostileInputs gives the program, which may take 1 GiB of memory, files that inflate or nest without bounds. Each ends
// with a line that names the fault, or with an image, but without a crash.
func TestHostileInputs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	scratch := []string{"build", "--no-cache", "--base", "scratch", "--platform", "linux/amd64", "--key", fixtures.KeyName, "-o", "oci:out:new"}
	repo := slices.Clip(append(scratch, "--repository", "repo", "nginx"))
	const index, nginx = "repo/x86_64/APKINDEX.tar.gz", "repo/x86_64/nginx-1.26.2-r0.apk"
	for _, test := range []struct {
		name  string
		spoil func(*bench)
		args  []string
		want  string // beginning of the message; "" for an image
	}{
		{"index that nobody signed", func(b *bench) { b.file(index, bombFile(b.t, tarHeader("APKINDEX", 64<<30), 8192)) }, repo,
			"read index " + index + ": not signed"},
		{"signature of an index", func(b *bench) {
			b.file(index, bombFile(b.t, tarHeader(".SIGN.RSA."+fixtures.KeyName, 64<<30), 8192))
		}, repo, "read index " + index + ": index archive: signature: is larger than 8388608 bytes"},
		{"signature of a package", func(b *bench) {
			b.grow(nginx, 0, bombFile(b.t, tarHeader(".SIGN.RSA."+fixtures.KeyName, 7<<30), 8192))
		}, repo, "package nginx-1.26.2-r0 (" + nginx + "): signature: is larger than 8388608 bytes"},
		{"control segment of a package", func(b *bench) { b.grow(nginx, 1, bombFile(b.t, tarHeader(".x", 7<<30), 8192)) }, repo,
			"package nginx-1.26.2-r0 (" + nginx + "): control segment: is larger than 16777216 bytes"},
		{"data segment of a package", func(b *bench) { b.grow(nginx, 2, bombFile(b.t, tarHeader(".x", 7<<30), 8192)) }, repo,
			"package nginx-1.26.2-r0 (" + nginx + "): data segment: has the SHA-256"},
		{"file of 4 GiB in a base", func(b *bench) {
			b.file("base.tar.gz", bombFile(b.t, tarHeader("zeros", 4<<30), 4096, make([]byte, 1024)))
		},
			[]string{"build", "--no-cache", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "-o", "oci:out:new"}, ""},
		{"database of 250 MiB in a base", func(b *bench) {
			b.file("base.tar.gz", bombFile(b.t, tarHeader("lib/apk/db/installed", 250<<20), 250, make([]byte, 1024)))
		}, []string{"build", "--no-cache", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "-o", "oci:out:new"},
			"base rootfs:base.tar.gz: lib/apk/db/installed: line 1: truncated"},
		{"database of many packages", func(b *bench) { b.database("C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1\n\n", 200<<20) },
			[]string{"build", "--no-cache", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "-o", "oci:out:new"},
			"base rootfs:base.tar.gz: lib/apk/db/installed: line "},
		{"database of many dependencies", func(b *bench) {
			b.database("C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1\nr:"+strings.Repeat("a ", 500)+"\n\n", 200<<20)
		}, []string{"build", "--no-cache", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "-o", "oci:out:new"},
			"base rootfs:base.tar.gz: lib/apk/db/installed: line "},
		{"accounts of 1 GiB", func(b *bench) {
			b.file("base.tar.gz", bombFile(b.t, tarHeader("etc/passwd", 1<<30), 1024, make([]byte, 1024)))
		}, append([]string{"build", "--no-cache", "--base", "rootfs:base.tar.gz", "--platform", "linux/amd64", "-o", "oci:out:new"}, "--key", fixtures.KeyName,
			"--repository", "repo", "nginx"),
			""},
		{"index.json of an archive", func(b *bench) {
			b.tar("a.tar", "oci-layout", `{"imageLayoutVersion":"1.0.0"}`, "index.json", strings.Repeat("[", 20<<20))
		}, []string{"inspect", "oci-archive:a.tar"}, "open oci-archive:a.tar: a.tar: index.json: larger than 16777216 bytes"},
		{"nesting of an index.json", func(b *bench) {
			b.tar("a.tar", "oci-layout", `{"imageLayoutVersion":"1.0.0"}`, "index.json", `{"schemaVersion":2,"manifests":`+strings.Repeat("[", 15<<20))
		}, []string{"inspect", "oci-archive:a.tar"}, "open oci-archive:a.tar: a.tar: index.json: "},
		{"images of a docker-archive", func(b *bench) { b.dockerArchive(100_000) }, []string{"inspect", "docker-archive:a.tar:@0"},
			"open docker-archive:a.tar:@0: a.tar: manifest.json: more than 1000 images"},
		{"images that share a layer", func(b *bench) { b.dockerArchive(1000) }, []string{"inspect", "docker-archive:a.tar:@0"},
			"inspect docker-archive:a.tar:@0: layer 1: layer sha256:"},
		{"nesting of a spec", func(b *bench) { b.file("s.yaml", "packages: "+strings.Repeat("[", 3<<20)) }, []string{"build", "-f", "s.yaml"},
			"read spec: s.yaml:1:"},
		{"aliases of a spec", func(b *bench) {
			text := "packages: &k0 [a, a]\n"
			for i := range 40 {
				text += fmt.Sprintf("k%d: &k%d [*k%d, *k%d, *k%d]\n", i+1, i+1, i, i, i)
			}
			b.file("s.yaml", text)
		}, []string{"build", "-f", "s.yaml"}, "read spec: s.yaml:2:1: unknown key"},
		{"spec of 5 MiB", func(b *bench) { b.file("s.yaml", strings.Repeat("#", 5<<20)) }, []string{"build", "-f", "s.yaml"},
			"read spec: s.yaml: larger than 4194304 bytes"},
		{"lock without an end", nil, append(repo, "--lock", "/dev/zero"), "read lock /dev/zero: "},
		{"nesting of a lock", func(b *bench) { b.file("l.lock", strings.Repeat("[", 8<<20)) }, append(repo, "--lock", "l.lock"), "read lock l.lock: "},
		{"key without an end", nil, append(repo, "--key", "/dev/zero"), "read key /dev/zero: is not a regular file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if test.spoil != nil {
				test.spoil(b)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], append(slices.Clip(test.args), "--progress", "none")...)
			cmd.Env = append(os.Environ(), "LAMINA_TEST_MAIN=1", "LAMINA_TEST_DATA=1073741824", "GOMEMLIMIT=512MiB", "GOTRACEBACK=none")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if test.want == "" {
				if err != nil {
					t.Errorf("%v: %.2000s", err, stderr.String())
				}
				return
			}
			if ended := (*exec.ExitError)(nil); !errors.As(err, &ended) || ended.ExitCode() != exit.Failed ||
				!strings.HasPrefix(stderr.String(), "lamina: "+test.want) || stderr.Len() > 2000 {
				t.Errorf("%v: %.2000s\nwant %s", err, stderr.String(), test.want)
			}
		})
	}
}

// grow puts a segment in place of one of a package: 0 its signature, 1 its control segment, 2 its data.
func (b *bench) grow(name string, segment int, content string) {
	b.t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		b.t.Fatal(err)
	}
	var parts []string
	for _, member := range splitMembers(file) {
		parts = append(parts, string(member))
	}
	parts[segment] = content
	b.file(name, strings.Join(parts, ""))
	b.resize()
}

// resize signs an index that has the sizes of the files as they are: sizes are the first that is checked.
func (b *bench) resize() {
	b.t.Helper()
	const name = "repo/x86_64/APKINDEX.tar.gz"
	keys := new(apk.KeyRing)
	if err := keys.Add(fixtures.KeyName, []byte(fixtures.PublicKeyPEM)); err != nil {
		b.t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	index, err := apk.ReadIndexArchive(file, keys, apk.V3)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, p := range index.Packages {
		info, err := os.Stat("repo/x86_64/" + p.FileName())
		if err != nil {
			b.t.Fatal(err)
		}
		p.Size = uint64(info.Size())
	}
	var content bytes.Buffer
	if err := index.WriteArchive(&content, fixtures.BuildTime, apk.V3); err != nil {
		b.t.Fatal(err)
	}
	signature, err := apk.Sign(fixtures.Key(), fixtures.KeyName, "RSA256", content.Bytes())
	if err != nil {
		b.t.Fatal(err)
	}
	b.file(name, string(signature)+content.String())
}

// database makes a base whose installed database is a record over and over.
func (b *bench) database(record string, size int) {
	b.t.Helper()
	n := size / len(record)
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		b.t.Fatal(err)
	}
	w := tar.NewWriter(z)
	err = w.WriteHeader(&tar.Header{Name: "lib/apk/db/installed", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(n * len(record))})
	for range n {
		if _, failed := io.WriteString(w, record); failed != nil {
			err = failed
		}
	}
	if err = errors.Join(err, w.Close(), z.Close()); err != nil {
		b.t.Fatal(err)
	}
	b.file("base.tar.gz", out.String())
}

// tar makes a plain tar of names and contents.
func (b *bench) tar(name string, files ...string) {
	b.t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(files[i+1]))}); err != nil {
			b.t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.file(name, out.String())
}

// dockerArchive makes an archive with one image, under so many names of its own, whose layer must be read for its digest.
func (b *bench) dockerArchive(images int) {
	b.t.Helper()
	var layer bytes.Buffer
	z := gzip.NewWriter(&layer)
	z.Write(make([]byte, 1<<20))
	z.Close()
	config := `{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36` +
		`582b8af909fcb58"]}}`
	list := make([]map[string]any, images)
	for i := range list {
		list[i] = map[string]any{"Config": "c.json", "Layers": []string{"l.tar"}}
	}
	manifest, err := json.Marshal(list)
	if err != nil {
		b.t.Fatal(err)
	}
	b.tar("a.tar", "c.json", config, "l.tar", layer.String()+strings.Repeat("\x00", 8<<20), "manifest.json", string(manifest))
}

// bombFile is a gzip file that inflates to a head, so many MiB of zeros and a tail.
func bombFile(t *testing.T, head []byte, mebibytes int, tail ...[]byte) string {
	t.Helper()
	var out bytes.Buffer
	out.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff})
	piece := func(b []byte) []byte {
		var out bytes.Buffer
		w, err := flate.NewWriter(&out, 9)
		if err == nil {
			_, err = w.Write(b)
		}
		if err = errors.Join(err, w.Flush()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	out.Write(piece(head))
	zeros := piece(make([]byte, 1<<20))
	for range mebibytes {
		out.Write(zeros)
	}
	for _, b := range tail {
		out.Write(piece(b))
	}
	out.Write([]byte{3, 0}) // an empty final block
	if len(tail) == 0 {
		return out.String() // nobody gets to the end
	}
	sum, size := crc32.ChecksumIEEE(head), len(head)
	for range mebibytes {
		sum = crc32.Update(sum, crc32.IEEETable, make([]byte, 1<<20))
		size += 1 << 20
	}
	for _, b := range tail {
		sum, size = crc32.Update(sum, crc32.IEEETable, b), size+len(b)
	}
	out.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, sum), uint32(size)))
	return out.String()
}

// tarHeader is that of a file of a size.
func tarHeader(name string, size int64) []byte {
	var out bytes.Buffer
	tar.NewWriter(&out).WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: size, Format: tar.FormatGNU})
	return out.Bytes()
}
