package apk

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
)

// WriteIndexArchive writes an unsigned APKINDEX.tar.gz: the gzip
// member that [Sign] signs (SPEC-apk.md 2). Its entries have the time modTime; the same
// arguments give the same bytes.
func WriteIndexArchive(w io.Writer, index *Index, modTime time.Time, g Generation) error {
	var text bytes.Buffer
	if err := WriteIndex(&text, index, g); err != nil {
		return err
	}
	z := gzip.NewWriter(w)
	archive := tar.NewWriter(z)
	for _, file := range []struct {
		name    string
		content []byte
	}{{"DESCRIPTION", []byte(index.Description)}, {"APKINDEX", text.Bytes()}} {
		if len(file.content) == 0 && file.name == "DESCRIPTION" {
			continue
		}
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: file.name, Size: int64(len(file.content)), Mode: 0o644, ModTime: modTime,
			Uname: "root", Gname: "root",
		}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("write index: %w", err)
		}
		if _, err := archive.Write(file.content); err != nil {
			return fmt.Errorf("write index: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return z.Close()
}
