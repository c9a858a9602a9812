package report

import (
	"fmt"
	"io"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/internal/atomicfile"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/redact"
)

// Files are files about the image that was built, as docker and buildah write them; "" for none.
type Files struct{ IID, Metadata string }

// Check fails if one of them cannot be written, before anything is built.
func (f *Files) Check() error {
	err := CheckFile("--iidfile", f.IID)
	if err == nil {
		err = CheckFile("--metadata-file", f.Metadata)
	}
	return err
}

// CheckFile fails if the file that a flag names, beside the result, cannot be written. "" names none, and "-" stdout.
func CheckFile(flag, name string) error {
	if name == "" || name == "-" {
		return nil
	}
	if err := atomicfile.CheckOutput(name); err != nil {
		return hint.Errorf("%s %s: %w", flag, redact.URL(name), err).With("give a file in a directory that you can write to")
	}
	return nil
}

// Write writes them.
func (f *Files) Write(image *lamina.Image) error {
	id := image.Descriptor.Digest
	metadata := map[string]any{
		"containerimage.digest":     image.Descriptor.Digest,
		"containerimage.descriptor": image.Descriptor,
		"image.name":                image.Reference.String(),
	}
	if len(image.Platforms) == 1 {
		id = image.Platforms[0].Config.Digest
		metadata["containerimage.config.digest"] = id
	}
	for _, file := range [...]struct {
		name  string
		write func(io.Writer) error
	}{
		{f.IID, func(w io.Writer) error { _, err := io.WriteString(w, id.String()); return err }},
		{f.Metadata, func(w io.Writer) error { return jsontext.Write(w, metadata) }},
	} {
		if file.name == "" {
			continue
		}
		if err := atomicfile.WriteOutput(file.name, file.write); err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	return nil
}
