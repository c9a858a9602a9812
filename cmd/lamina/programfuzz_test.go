package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/internal/tempdir"
)

// maxLive bounds the memory that the program holds at once for inputs of at most maxInput bytes each, in bytes, with that of the test
// itself.
const (
	maxLive  = 256 << 20
	maxInput = 1 << 20
)

// FuzzProgram runs the whole program over inputs of which all may be a stranger's: the text of a spec or Dockerfile, an index, a package, a
// base and its config. By the mode, a maker whose key is trusted has made index and package of these, or the files are the input as it
// is. The program ends by itself with a status that it documents, prints a line if it fails, and holds at most maxLive bytes at any time.
//
// Concurrent code makes coverage differ between runs, so run it with -fuzzminimizetime 1x.
func FuzzProgram(f *testing.F) {
	dir := f.TempDir()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() { // in memory
		memory, err := tempdir.Make("/dev/shm", tempdir.Prefix, 0o700) // which the next one removes if this process is killed
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { memory.Remove() })
		dir = memory.Path()
	}
	for _, name := range []string{"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR", "HOME"} {
		f.Setenv(name, filepath.Join(dir, strings.ToLower(name)))
		if err := os.Mkdir(filepath.Join(dir, strings.ToLower(name)), 0o700); err != nil {
			f.Fatal(err)
		}
	}
	f.Setenv("SOURCE_DATE_EPOCH", "")
	seeds, spoiled := programSeeds(f)
	for _, in := range append(seeds, spoiled...) {
		f.Add(in.mode, in.text, in.index, in.control, in.script, in.data, in.base, in.config)
	}
	live := watchLive(f)

	f.Fuzz(func(t *testing.T, mode uint8, text, index, control, script string, data, base []byte, config string) {
		in := programInputs{mode, text, index, control, script, data, base, config}
		if in.size() > maxInput {
			return
		}
		live.Store(0)
		in.run(t, filepath.Join(dir, "work"))
		runtime.GC()
		if most := live.Load(); most > maxLive {
			t.Errorf("held %d bytes, at most %d are allowed", most, maxLive)
		}
	})
}

// run runs the commands in a directory and reports the first one that does not succeed; "" if all do.
func (in *programInputs) run(t *testing.T, dir string) (failed string) {
	defer os.RemoveAll(dir)
	in.write(t, dir)
	// No part of the decision: a program that does not end is found, with its stack.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	t.Chdir(dir)
	for _, args := range in.commands() {
		var stdout, stderr bytes.Buffer
		code := run(ctx, args, &stdout, &stderr)
		if ctx.Err() != nil {
			all := make([]byte, 1<<20)
			t.Fatalf("%q does not end: %s", args, all[:runtime.Stack(all, true)])
		}
		if code < exit.Done || code > exit.Unknown || code != exit.Done && code != exit.Unknown && stderr.Len() == 0 {
			t.Errorf("%q: exit code %d, %q", args, code, stderr.String())
		}
		if code != exit.Done {
			return fmt.Sprintf("%q: exit code %d, %s", args, code, stderr.String())
		}
	}
	return ""
}

// TestProgramSeeds: the sound ones among the inputs of FuzzProgram get through to the end.
func TestProgramSeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("FuzzProgram runs the same inputs")
	}
	good, _ := programSeeds(t)
	for i, in := range good {
		failed := in.run(t, filepath.Join(t.TempDir(), "work"))
		if failed != "" && (in.mode&asArchive == 0 || !strings.HasPrefix(failed, `["verify"`)) { // an archive has no record
			t.Errorf("seed %d: %s", i, failed)
		}
	}
}

// watchLive keeps the most bytes that were alive at the end of a garbage collection. The heap grows to less than double of it before the next.
func watchLive(f *testing.F) *atomic.Uint64 {
	most := new(atomic.Uint64)
	limit := debug.SetMemoryLimit(2 * maxLive)
	var done atomic.Bool
	f.Cleanup(func() {
		done.Store(true)
		debug.SetMemoryLimit(limit)
	})
	type sentinel struct{ _ [16]byte }
	var collected func(*sentinel)
	collected = func(*sentinel) {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		for now := sample[0].Value.Uint64(); ; {
			was := most.Load()
			if now <= was || most.CompareAndSwap(was, now) {
				break
			}
		}
		if !done.Load() {
			runtime.SetFinalizer(new(sentinel), collected)
		}
	}
	runtime.SetFinalizer(new(sentinel), collected)
	return most
}

// programInputs are the inputs of one run. In a config, @DIFFID@ stands for that of the base's layer.
type programInputs struct {
	mode                         uint8
	text, index, control, script string
	data, base                   []byte
	config                       string
}

// Bits of the mode.
const (
	rawIndex uint8 = 1 << iota
	rawPackage
	rawBase
	asLayout
	asDockerfile
	asArchive // the output
	alsoLock
)

func (in *programInputs) size() int {
	return max(len(in.text), len(in.index), len(in.control), len(in.script), len(in.data), len(in.base), len(in.config))
}

// commands are command lines, of which each needs that the ones before succeed.
func (in *programInputs) commands() [][]string {
	file, output := "lamina.yaml", "oci:out:t"
	if in.mode&asDockerfile != 0 {
		file = "Dockerfile"
	}
	if in.mode&asArchive != 0 {
		output = "oci-archive:out.tar:t"
	}
	limits := []string{"--offline", "--no-cache", "--progress", "none"}
	input := append([]string{"-f", file}, limits...)
	if in.mode&asDockerfile != 0 {
		base := "base=rootfs:base.tar.gz"
		if in.mode&asLayout != 0 {
			base = "base=oci:base:t"
		}
		input = append(input, "--build-context", base, "--platform", "linux/amd64", ".")
	}
	list := [][]string{append([]string{"build", "-o", output, "--sbom", "spdx"}, input...)}
	if in.mode&alsoLock != 0 {
		list = append([][]string{append([]string{"lock"}, input...)}, list...)
	}
	return append(list, []string{"inspect", "--json", output}, append([]string{"verify", output, "--repository", "repo"}, limits[:2]...))
}

// write puts the inputs into a directory.
func (in *programInputs) write(t testing.TB, dir string) {
	t.Helper()
	control, data := packed(in.control), packed(string(in.data))
	var file []byte
	if in.mode&rawPackage != 0 {
		file = in.data
		if members := splitMembers(file); len(members) > 1 {
			control = members[1]
		}
	} else {
		sum := sha256.Sum256(data)
		text := regexp.MustCompile(`(?m)^datahash = .*$`).ReplaceAllString(in.control, fmt.Sprintf("datahash = %x", sum))
		control = packed(entryOf(t, ".PKGINFO", text) + entryOf(t, ".post-install", in.script))
		file = append(append(signed(t, control), control...), data...)
	}
	index := strings.NewReplacer("@C@", identityOf(file, control), "@S@", fmt.Sprint(len(file))).Replace(in.index)
	archive := []byte(in.index)
	if in.mode&rawIndex == 0 {
		archive = packed(entryOf(t, "DESCRIPTION", "fuzz") + entryOf(t, "APKINDEX", index) + string(make([]byte, 1024)))
		archive = append(signed(t, archive), archive...)
	}
	base := in.base
	if in.mode&rawBase == 0 {
		base = packed(string(base))
	}
	files := map[string][]byte{
		"lamina.yaml": []byte(in.text), "Dockerfile": []byte(in.text), "source": []byte("source\n"), fixtures.KeyName: []byte(fixtures.PublicKeyPEM),
		"repo/x86_64/APKINDEX.tar.gz": archive, "repo/x86_64/nginx-1-r0.apk": file, "base.tar.gz": base,
	}
	config := strings.ReplaceAll(in.config, "@DIFFID@", digest.FromBytes(in.base).String())
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}`,
		put(files, "image.config.v1+json", []byte(config)), put(files, "image.layer.v1.tar+gzip", base))
	files["base/index.json"] = fmt.Appendf(nil, `{"schemaVersion":2,"manifests":[%s]}`,
		strings.Replace(put(files, "image.manifest.v1+json", []byte(manifest)), "}", `,"annotations":{"org.opencontainers.image.ref.name":"t"}}`, 1))
	files["base/oci-layout"] = []byte(`{"imageLayoutVersion":"1.0.0"}`)
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, content, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// identityOf returns what an index calls a package: by its metadata if that is in apk 3's own format, else by its control segment.
func identityOf(file, control []byte) string {
	if bytes.HasPrefix(file, []byte(adb.Magic)) {
		r := adb.NewReader(bytes.NewReader(file))
		defer r.Close()
		if metadata, err := r.Metadata(adb.SchemaPackage); err == nil {
			sum := sha256.Sum256(metadata)
			return "Q2" + base64.StdEncoding.EncodeToString(sum[:])
		}
	}
	sum := sha1.Sum(control)
	return "Q1" + base64.StdEncoding.EncodeToString(sum[:])
}

// put adds a blob to the base's layout, and returns its descriptor.
func put(files map[string][]byte, kind string, content []byte) string {
	d := digest.FromBytes(content)
	files["base/blobs/sha256/"+d.Encoded()] = content
	return fmt.Sprintf(`{"mediaType":"application/vnd.oci.%s","digest":%q,"size":%d}`, kind, d, len(content))
}

func signed(t testing.TB, content []byte) []byte {
	signature, err := apk.Sign(fixtures.Key(), fixtures.KeyName, "RSA256", content)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func packed(content string) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	io.WriteString(z, content)
	z.Close()
	return out.Bytes()
}

// entryOf is a file in a tar without its end; an empty one is left out.
func entryOf(t testing.TB, name, content string) string {
	if content == "" {
		return ""
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, content)
	w.Flush()
	return out.String()
}
