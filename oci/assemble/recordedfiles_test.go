package assemble_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/spec"
)

// TestRecordedContents: a record has the content of files that a later step changes or removes, and not of those that the layer has.
func TestRecordedContents(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0", Files: []fixtures.File{{Path: "bin/rm", Mode: 0o755, Content: "program"},
		{Path: "etc/same", Content: "same size"}}}, nginx())
	contents := map[string]string{"stays": strings.Repeat("a", 6000), "goes": strings.Repeat("b", 6000), "changes": strings.Repeat("c", 6000),
		"../etc/same": "size same"}
	var files []stage.File
	for _, name := range []string{"stays", "goes", "changes", "../etc/same"} {
		text := contents[name]
		files = append(files, stage.File{Path: filepath.Join("/srv", name), Content: tree.Bytes([]byte(text)), Size: int64(len(text))})
	}
	in.spec.Steps = []spec.Step{{Files: files}, {Run: []string{"rm /srv/goes; echo more >> /srv/changes"}}}
	ref := in.record("image")
	var record []byte
	err := filepath.WalkDir(filepath.Join(ref.Path, "blobs"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(`"predicateType"`)) && bytes.Contains(text, []byte(`"externalParameters"`)) {
			record = text
		}
		return err
	})
	if err != nil || record == nil {
		t.Fatalf("no record, %v", err)
	}
	for name, want := range map[string]bool{"stays": false, "goes": true, "changes": true, "../etc/same": true} {
		if got := bytes.Contains(record, []byte(base64.StdEncoding.EncodeToString([]byte(contents[name])))); got != want {
			t.Errorf("the record has the content of %s: %v", name, got)
		}
	}
	if image, rebuilt, err := in.rebuild(ref); err != nil || image != rebuilt {
		t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
	}
}
