package report

import (
	"fmt"
	"io"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
)

// Bake is what bake --json prints.
type Bake struct {
	Images    []*Baked `json:"images"` // in the order of their names
	Built     int      `json:"built"`
	Unchanged int      `json:"unchanged"`
	Failed    int      `json:"failed"`
}

// Baked is what became of one image.
type Baked struct {
	Name    string  `json:"name"`
	File    string  `json:"file"`
	Status  string  `json:"status"`  // built, unchanged or failed
	Seconds float64 `json:"seconds"` // that it took
	Image   *Image  `json:"image,omitempty"`
	Error   string  `json:"error,omitempty"`
	Hint    string  `json:"hint,omitempty"`

	Built *lamina.Image `json:"-"` // nil unless it was built
}

// NewBake counts images by their status.
func NewBake(list []*Baked) *Bake {
	out := &Bake{Images: list}
	for _, b := range list {
		switch b.Status {
		case StatusBuilt:
			out.Built++
		case StatusUnchanged:
			out.Unchanged++
		default:
			out.Failed++
		}
	}
	return out
}

// Write writes a line for each image that was built.
func (o *Bake) Write(w io.Writer) error {
	for _, b := range o.Images {
		if b.Built == nil {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s %s\n", b.Name, b.Built.Reference.At(b.Built.Descriptor.Digest)); err != nil {
			return err
		}
	}
	return nil
}

// ReadCosts reads what each image took, in seconds, from what bake --json has printed to a file; nil for no file.
func ReadCosts(name string) (map[string]float64, error) {
	if name == "" {
		return nil, nil
	}
	f, err := diskio.OpenInput(name)
	var report Bake
	if err == nil {
		defer f.Close()
		var text []byte
		if text, err = bounded.ReadAll(f, 64<<20); err == nil {
			err = jsontext.Unmarshal(text, &report)
		}
	}
	if err != nil {
		return nil, hint.Errorf("--costs %s: %w", name, diskio.Reason(err)).With(`give what "lamina bake --json" has printed`)
	}
	cost := make(map[string]float64)
	for _, b := range report.Images {
		if b.Status == StatusBuilt && b.Seconds > 0 {
			cost[b.Name] = b.Seconds
		}
	}
	return cost, nil
}
