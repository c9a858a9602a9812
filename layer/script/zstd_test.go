package script

import (
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestZstdKeepsFiles: zstd does not remove what it has unpacked (zstd(1), "--rm").
func TestZstdKeepsFiles(t *testing.T) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	root := commandRoot(t)
	if err := root.WriteFile("w/x.zst", z.EncodeAll([]byte("text\n"), nil), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := runCommands(t, Options{Tree: root}, "zstd -d -q x.zst && cat x && ls x.zst && rm x && unzstd x.zst && cat x && ls *.zst && zstd -dc x.zst")
	if want := "text\nx.zst\ntext\nx.zst\ntext\n"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
