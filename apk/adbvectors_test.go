package apk

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/adbtest"
)

// stricterADB is what apk verify accepts and a PackageReader refuses, with the reason.
var stricterADB = []struct{ reason, text string }{
	{"apk fails when it installs the file", "is not an earlier file"},
	{"apk leaves such files out with a warning and fails", "control character"},
	{"apk fails when it installs the file", "is not a file name"},
	{"apk leaves such files out with a warning and fails", "the name is absolute"},
	{"apk leaves such files out with a warning and fails", "the name has a component"},
	{"apk would write another path into the database", "the name has an empty component"},
	{"apk reads it as absent", "is beyond the end"},
	{"apk merges the directories", "occurs twice"},
	{"apk cuts the target there", "with a NUL byte"},
	{"apk installs nothing of the layer without a uvol manager", "not for the root file system"},
	{"apk does not verify hashes of empty files", "its content has the hash e3b0c442"},
	{"apk does not verify hashes of hard links", "but that of its target is"},
	{"apk does not notice that the end of a stream is missing", "unexpected EOF"},
	{"apk takes digests of 160 bits", "unsupported algorithm"},
	{"apk takes any name", "is not a package name"},
	{"apk takes any name", "cannot be part of a file name"},
	{"apk takes any name", "has no name"},
	{"apk takes any version", "is not valid"},
	{"apk takes any version", "no version"},
	{"apk takes any number", "is larger than"},
	{"apk reads it as absent", "has no length"},
	{"apk reads it as absent", "is not a number"},
	{"apk reads it as absent", "is not text"},
	{"apk reads it as absent", "is not an object"},
	{"apk does not look at the unique id", "its unique id has"},
	{"apk fails when it installs the file", "has the mode"},
	{"apk would write more lines into the database", "has a control character"},
}

// TestADBVectors verifies packages as apk verify does. LAMINA_ADB_CASES names another directory of vectors.
func TestADBVectors(t *testing.T) {
	dir := adbtest.Dir(t)
	keys := adbKeys(t, dir)
	for _, v := range adbtest.Packages(t) {
		t.Run(v.File, func(t *testing.T) {
			if testing.Short() && v.File == "gib-file.apk" {
				t.Skip("needs a file of 1 GiB")
			}
			t.Parallel()
			name := filepath.Join(dir, "packages", v.File)
			for _, test := range []struct {
				how     string
				keys    *KeyRing
				trusted bool // signatures are not looked at
				want    adbtest.Answer
			}{{"with keys", keys, false, v.Verify}, {"without keys", new(KeyRing), false, v.VerifyNoKeys}, {"untrusted", nil, true, v.VerifyAllowUntrusted}} {
				err := verifyADBFile(t, name, test.keys, test.trusted)
				switch {
				case err == nil && test.want.RC != 0:
					t.Errorf("%s: accepted, but apk says %s", test.how, test.want.Out)
				case err != nil && test.want.RC == 0:
					reason := ""
					for _, s := range stricterADB {
						if strings.Contains(err.Error(), s.text) {
							reason = s.reason
						}
					}
					if reason == "" {
						t.Errorf("%s: %v, but apk says %s", test.how, err, test.want.Out)
					}
				case err != nil && test.keys == keys && test.want.RC != 0 && strings.Contains(test.want.Out, "UNTRUSTED") != isUntrusted(err):
					t.Errorf("%s: %v, but apk says %s", test.how, err, test.want.Out)
				}
			}
		})
	}
}

func adbKeys(t testing.TB, dir string) *KeyRing {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "keys", "trusted", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no keys: %v", err)
	}
	keys := new(KeyRing)
	for _, file := range files {
		pem, err := os.ReadFile(file)
		if err == nil {
			err = keys.Add(filepath.Base(file), pem)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return keys
}

func isUntrusted(err error) bool {
	_, ok := err.(*UntrustedError)
	return ok
}

// verifyADBFile does what apk verify does with a package.
func verifyADBFile(t testing.TB, name string, keys *KeyRing, trusted bool) error {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := NewPackageReader(bytes.NewReader(file), V3)
	control, err := r.Control()
	if err != nil {
		return err
	}
	if !control.IsADB() {
		return fmt.Errorf("is not in the format of apk 3")
	}
	if !trusted {
		if _, err := control.signedBy(keys); err != nil {
			return err
		}
	}
	for {
		if _, err := r.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
