package report

import (
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina"
)

// Verification is an item of what verify --json prints.
type Verification struct {
	Platform    string              `json:"platform"`
	Reproduced  bool                `json:"reproduced"`
	Image       digest.Digest       `json:"image"`
	Rebuilt     digest.Digest       `json:"rebuilt"`
	Differences *lamina.Differences `json:"differences,omitempty"`
}

// NewVerification reports what verifying the image for one platform has found.
func NewVerification(v lamina.Verification) Verification {
	return Verification{v.Platform.String(), v.Differences == nil, v.Image, v.Rebuilt, v.Differences}
}

// Write writes whether the image is reproduced, behind a prefix, and what differs.
func (v *Verification) Write(w io.Writer, prefix string) error {
	if v.Reproduced {
		_, err := fmt.Fprintf(w, "%sreproduced %s\n", prefix, v.Image)
		return err
	}
	if _, err := fmt.Fprintf(w, "%snot reproduced: %s was rebuilt as %s\n", prefix, v.Image, v.Rebuilt); err != nil {
		return err
	}
	return Views{}.WriteDifferences(w, []*lamina.Differences{v.Differences})
}
