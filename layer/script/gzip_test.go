package script

import "testing"

// TestGzipBytes holds the compressed bytes fixed: another version of the library, or another machine, must not make another image.
func TestGzipBytes(t *testing.T) {
	root := newTree(t)
	for _, name := range []string{"seq", "gzip", "sha256sum"} {
		if err := root.WriteFile("bin/"+name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const want = "b3da0028db74100b0e1d4d8ee0ae0a986b3a8adb07303fb80e93c34f24295dbd  -\n"
	if got, err := runScript(t, Options{Tree: root}, "seq 5000 | gzip | sha256sum"); err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
