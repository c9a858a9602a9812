package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestReadKey: of a file with a key, nothing but the key is kept.
func TestReadKey(t *testing.T) {
	name := filepath.Join(t.TempDir(), "k.rsa.pub")
	text := "TOPSECRET\n" + fixtures.PublicKeyPEM + "TOPSECRET\n-----BEGIN PRIVATE KEY-----\nVE9QU0VDUkVU\n-----END PRIVATE KEY-----\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := ReadKey(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(key.PEM); got != fixtures.PublicKeyPEM || key.Name != "k.rsa.pub" {
		t.Errorf("got %s with the name %s", got, key.Name)
	}
	if err := os.WriteFile(name, []byte(strings.Repeat("x", MaxKey+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKey(name); err == nil || err.Error() != "read key "+name+": larger than 65536 bytes" {
		t.Error(err)
	}
}
