package script

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/tree"
)

// numbers is a content of lines, more than a command may hold: the numbers from 0 on, from 0 again every MiB.
type numbers struct{}

const (
	numbersSize  = 68 << 20
	numbersLines = numbersSize / 8
)

var numbersPiece = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	for i := range 1 << 20 / 8 {
		fmt.Fprintf(&b, "%07d\n", i)
	}
	return b.Bytes()
})

func (numbers) Open() (io.ReadCloser, error) {
	var all []io.Reader
	for range numbersSize >> 20 {
		all = append(all, bytes.NewReader(numbersPiece()))
	}
	return io.NopCloser(io.MultiReader(all...)), nil
}

// digestBehind returns the SHA-256 of all but the first bytes of numbers, as sha256sum prints it.
func digestBehind(t *testing.T, skip int64) string {
	t.Helper()
	r, err := numbers{}.Open()
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	if _, err = io.CopyN(io.Discard, r, skip); err == nil {
		_, err = io.Copy(h, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x  -\n", h.Sum(nil))
}

// TestLargeFiles: commands that pass a file on take it whatever its size. The others say how much they take, and what to do.
func TestLargeFiles(t *testing.T) {
	all, size := digestBehind(t, 0), fmt.Sprintln(numbersSize)
	for script, want := range map[string]string{
		"cat big | sha256sum":                                     all,
		"sha256sum <big":                                          all,
		"cat <big | tee copy | sha256sum":                         all,
		"cat big >copy; cat copy big | wc -c":                     fmt.Sprintln(2 * numbersSize),
		"wc -lc <big":                                             fmt.Sprintf("%8d %8d\n", numbersLines, numbersSize),
		"{ head -c 5; head -n 1; sha256sum; } <big":               "0000000\n" + digestBehind(t, 8),
		"head -n 2 big; head -c 3 big":                            "0000000\n0000001\n000",
		"tail -c +17 big | sha256sum":                             digestBehind(t, 16),
		"tail -n +3 big | sha256sum":                              digestBehind(t, 16),
		"tail -n +3 <big | head -n 1":                             "0000002\n",
		"gzip -c <big >z; gunzip -c <z | sha256sum":               all,
		"cp big copy; dd if=copy bs=8 skip=1 count=1 2>/dev/null": "0000001\n",
		"gzip -1k big; zcat big.gz | sha256sum":                   all,
		"tar cf b.tar big; wc -c <b.tar; tar xOf b.tar | wc -c":   fmt.Sprintln(numbersSize+3*512) + size,
		"while read a; do echo $a; break; done <big":              "0000000\n",
		"cat big big >>copy; test -s copy; wc -c <big":            size,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			got, err := runCommands(t, Options{Tree: largeRoot(t), Spool: newSpool(t)}, script)
			if err != nil || got != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		})
	}
	for _, script := range []string{"sort big", "rev <big", "cat big | tac", "tail -n 1 big"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			_, err := runCommands(t, Options{Tree: largeRoot(t), Spool: newSpool(t)}, script)
			hinted, ok := err.(interface{ Hint() string })
			if !ok || !strings.Contains(err.Error(), "more than 67108864 bytes") || !strings.Contains(hinted.Hint(), "copy the result into the image") {
				t.Errorf("got %v, want a bound and what to do", err)
			}
		})
	}
}

func newSpool(t *testing.T) *spool.Spool {
	s := new(spool.Spool)
	t.Cleanup(func() { s.Close() })
	return s
}

// largeRoot has the file big.
func largeRoot(t *testing.T) *tree.Tree {
	t.Helper()
	root := commandRoot(t)
	root.Limit = 16 << 20
	if err := root.WriteContent("w/big", numbers{}, numbersSize, 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}
