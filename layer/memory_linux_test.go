package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/cache/cachetest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

// hugePackage is a package of one file, far bigger than what may be in memory: its data segment
// is the same member of gzip again and again.
type hugePackage struct {
	control, first, middle, last []byte
	repeat                       int
}

func (p *hugePackage) Open() (io.ReadCloser, error) {
	parts := []io.Reader{bytes.NewReader(p.control), bytes.NewReader(p.first)}
	for range p.repeat {
		parts = append(parts, bytes.NewReader(p.middle))
	}
	return io.NopCloser(io.MultiReader(append(parts, bytes.NewReader(p.last))...)), nil
}

const hugePiece = 16 << 20

func makeHuge(t testing.TB, repeat int) (*apk.Package, *hugePackage) {
	t.Helper()
	p := &hugePackage{repeat: repeat}
	pack := func(plain []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(plain)
		z.Close()
		return out.Bytes()
	}
	header := func(h *tar.Header) []byte {
		var out bytes.Buffer
		if err := tar.NewWriter(&out).WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	p.first = pack(append(header(&tar.Header{Name: "usr/", Mode: 0o755, Typeflag: tar.TypeDir}), header(&tar.Header{
		Name: "usr/huge", Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(repeat) * hugePiece,
		PAXRecords: map[string]string{"APK-TOOLS.checksum.SHA1": strings.Repeat("00", sha1.Size)},
	})...))
	text := sample(1, 1<<20)
	piece := append(bytes.Repeat(text, 8), make([]byte, 8<<20)...) // blocks to carry over, and such as are too big
	p.middle, p.last = pack(piece), pack(make([]byte, 1024))
	data := sha256.New()
	data.Write(p.first)
	for range repeat {
		data.Write(p.middle)
	}
	data.Write(p.last)
	info := fmt.Sprintf("pkgname = huge\npkgver = 1-r0\narch = x86_64\nsize = 1\ndatahash = %x\n", data.Sum(nil))
	p.control = member(t, func(tw *tar.Writer) {
		writeEntry(t, tw, &tar.Header{Name: ".PKGINFO", Mode: 0o644, Typeflag: tar.TypeReg}, info)
		tw.Flush()
	})
	return &apk.Package{Name: "huge", Version: "1-r0", Arch: "x86_64", InstalledSize: 1, Identity: apk.SHA1Checksum(sha1.Sum(p.control))}, p
}

// TestPeakMemory makes a layer of a package of 2 GB in a process of its own, whose collector is told to
// keep within 64 MiB, and looks at the most that it had in memory, and at its files.
func TestPeakMemory(t *testing.T) {
	const inside = "LAMINA_TEST_PEAK_MEMORY"
	if dir := os.Getenv(inside); dir != "" {
		writeHuge(t, dir)
		return
	}
	if testing.Short() {
		t.Skip("takes some 20 s")
	}
	const mostMemory, mostFiles = 96 << 10, 16 // KiB; the standard streams and the runtime's own included
	for _, cacheDir := range []string{"none", t.TempDir()} {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestPeakMemory$", "-test.v")
		cmd.Env = append(os.Environ(), inside+"="+cacheDir, "GOMEMLIMIT=64MiB", "GOMAXPROCS=8")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var memory, files int
		_, line, _ := strings.Cut(string(out), "peak ")
		if _, err := fmt.Sscanf(line, "%d KiB, %d files", &memory, &files); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("cache %s: %d KiB, %d files", cacheDir, memory, files)
		if memory > mostMemory || files > mostFiles {
			t.Errorf("cache %s: %d KiB of memory and %d open files, more than %d and %d", cacheDir, memory, files, mostMemory, mostFiles)
		}
	}
}

func writeHuge(t *testing.T, cacheDir string) {
	pkg, source := makeHuge(t, 128)
	var directory *cache.Directory
	if cacheDir != "none" {
		directory = cachetest.Open(cacheDir)
	}
	files := 0
	count := func() {
		if open, err := os.ReadDir("/proc/self/fd"); err == nil {
			files = max(files, len(open))
		}
	}
	for range 2 { // the second time from the cache, if there is one
		s, err := stage.New(tree.New(), stage.Options{Generation: apk.V2, Cache: directory})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(t.Context(), []stage.Change{{New: pkg, Source: source}}, nil, stage.ApplyOptions{}); err != nil {
			t.Fatal(err)
		}
		last := int64(0)
		result, err := writeLayer(t.Context(), struct{ io.Writer }{io.Discard}, tree.New(), s.Tree(), s.Packages(), DefaultRecipe(), WriteOptions{
			Cache: directory,
			Progress: func(done, _ int64) {
				if done-last > 64<<20 {
					last = done
					count()
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if result.ContentSize < 2<<30 {
			t.Fatalf("%d bytes of content", result.ContentSize)
		}
		count()
		if directory == nil {
			break
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Printf("peak %s KiB, %d files\n", strings.Fields(peak)[0], files)
}
