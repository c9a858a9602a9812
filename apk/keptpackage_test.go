package apk

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// account returns all that a reader says of a package, with hashes of contents.
func account(t *testing.T, name string, p *PackageReader) []string {
	t.Helper()
	c, err := p.Control()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	said := []string{fmt.Sprint(c.ID(), c.Identity, len(c.Scripts), p.Identity())}
	for i := 0; ; i++ {
		e, err := p.Next()
		if err == io.EOF {
			return append(said, fmt.Sprint(p.Identity()))
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if i%7 == 3 {
			said = append(said, fmt.Sprintf("%+v", *e)) // the content is left
			continue
		}
		h := sha256.New()
		for e.Type == EntryFile {
			b, ok, err := p.Block()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !ok {
				break
			}
			h.Write(b.Plain)
		}
		if _, err := io.Copy(h, p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		said = append(said, fmt.Sprintf("%+v %x", *e, h.Sum(nil)))
	}
}

// TestKeptPackages reads Alpine's packages from memory: all is as it is in the file.
func TestKeptPackages(t *testing.T) {
	count := 0
	again := NewPackageReader(nil, V3)
	realPackages(t, func(name string, file []byte) {
		if count++; testing.Short() && count%10 > 0 {
			return
		}
		p := NewPackageReader(bytes.NewReader(file), V3)
		p.Keep(1 << 30)
		if p.Kept() != nil {
			t.Errorf("%s: is kept before it is read", name)
		}
		want := account(t, name, p)
		kept := p.Kept()
		if kept == nil {
			t.Fatalf("%s: was not kept", name)
		}
		for range 2 {
			again.ResetKept(kept, V3)
			if diff := cmp.Diff(want, account(t, name, again)); diff != "" {
				t.Errorf("%s: -file +memory:\n%s", name, diff)
			}
		}
		// And the reader is as good as new for a file.
		again.Reset(bytes.NewReader(file), V3)
		if diff := cmp.Diff(want, account(t, name, again)); diff != "" || again.Kept() != nil {
			t.Errorf("%s: afterwards: -file +again:\n%s", name, diff)
		}
		again.Reset(bytes.NewReader(file), V3)
		again.Keep(kept.Size() / 2)
		account(t, name, again)
		if kept.Size() > 0 && again.Kept() != nil {
			t.Errorf("%s: was kept in half the room", name)
		}
	})
}

// TestNotKept has packages that are not whole, or that nothing vouches for.
func TestNotKept(t *testing.T) {
	realPackages(t, func(name string, file []byte) {
		if name[0] != 'n' {
			return
		}
		p := NewPackageReader(bytes.NewReader(file[:len(file)-20]), V3)
		p.Keep(1 << 30)
		var err error
		for err == nil {
			_, err = p.Next()
		}
		if err == io.EOF || p.Kept() != nil {
			t.Errorf("%s: cut off: error %v, kept %v", name, err, p.Kept() != nil)
		}
	})
}
