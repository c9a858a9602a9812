package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lamina-oci/lamina/internal/spool"
)

func Example() {
	var s spool.Spool
	defer s.Close()
	one, err := s.Keep(strings.NewReader("one"))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, _ := one.Open()
	text, _ := io.ReadAll(r)
	fmt.Println(string(text), one.Size())
	// Output: one 3
}

// TestKeep keeps contents of many sizes, more than memory is for, and reads them in another order.
func TestKeep(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	var s spool.Spool
	sizes := []int{0, 1, 100, 256<<10 - 1, 256 << 10, 256<<10 + 1, 3 << 20}
	for range 80 {
		sizes = append(sizes, 250<<10)
	}
	var contents []*spool.Content
	for i, size := range sizes {
		c, err := s.Keep(iotest.HalfReader(bytes.NewReader(bytes.Repeat([]byte{byte(i)}, size))))
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, c)
	}
	for i := len(sizes) - 1; i >= 0; i-- {
		if got := contents[i].Size(); got != int64(sizes[i]) {
			t.Errorf("content %d has the size %d, want %d", i, got, sizes[i])
		}
		r, err := contents[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, sizes[i])) {
			t.Errorf("content %d: %d bytes, %v", i, len(got), err)
		}
	}
	want := 0 // the file has no name
	if runtime.GOOS == "windows" {
		want = 1
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != want {
		t.Errorf("temporary files: %v, %v", entries, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("after Close: %v, %v", entries, err)
	}
}

func TestKeepFails(t *testing.T) {
	var s spool.Spool
	defer s.Close()
	broken := errors.New("broken")
	for _, before := range []int{0, 10, 1 << 20} {
		r := io.MultiReader(bytes.NewReader(make([]byte, before)), iotest.ErrReader(broken))
		if _, err := s.Keep(r); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", before, err)
		}
	}
	if c, err := s.Keep(strings.NewReader("next")); err != nil || c.Size() != 4 {
		t.Errorf("the next one: %v", err)
	}
}
