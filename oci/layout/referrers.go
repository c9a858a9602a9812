package layout

import (
	"encoding/json"
	"fmt"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// updateReferrers updates the referrers in a layout's index.json: it removes those of an image that index.json no
// longer names, and those of the same kind and subject as a new one, if index.json named the subject before; others, and unreadable ones,
// stay. Before and after are index.json without and with the new image.
func updateReferrers(before, after []byte, referrers []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) ([]byte, error) {
	index, err := jsontext.ParseObject(after)
	if err != nil {
		return nil, err
	}
	var entries []json.RawMessage
	if err := jsontext.Unmarshal(index.Get("manifests"), &entries); err != nil {
		return nil, err
	}
	s := &subjects{read: read}
	was, is := s.images(before), s.images(after)
	replaced := make(map[string]bool) // kinds of referrers that there may be already
	same := make(map[digest.Digest]bool)
	for _, r := range referrers {
		same[r.Digest] = true
		if was[s.of(r)] {
			replaced[s.kind(r)] = true
		}
	}
	isGone := func(image digest.Digest) bool { return was[image] && !is[image] }
	// Reading each referrer's manifest takes its time where there are many images.
	mustRead := len(replaced) > 0
	for image := range was {
		mustRead = mustRead || isGone(image)
	}
	var kept []json.RawMessage
	for _, raw := range entries {
		var entry v1.Descriptor
		if err := jsontext.Unmarshal(raw, &entry); err != nil {
			return nil, err
		}
		if same[entry.Digest] || mustRead && imagedoc.IsReferrer(entry, read) && (replaced[s.kind(entry)] || isGone(s.of(entry))) {
			continue
		}
		kept = append(kept, raw)
	}
	for _, r := range referrers {
		encoded, err := jsontext.Marshal(r)
		if err != nil {
			return nil, err
		}
		kept = append(kept, encoded)
	}
	index.Set("manifests", jsontext.JoinArray(kept))
	return index.Bytes()
}

// maxIndexDepth is how deep indexes may be nested for their images to be found, as when an image is opened.
const maxIndexDepth = 8

// subjects finds out what referrers of a layout are about.
type subjects struct {
	read func(v1.Descriptor) ([]byte, error)
}

// images returns the manifests that index.json names, also those of several platforms.
func (s *subjects) images(index []byte) map[digest.Digest]bool {
	found := make(map[digest.Digest]bool)
	s.visitIndex(index, 0, found)
	return found
}

func (s *subjects) visitIndex(data []byte, depth int, found map[digest.Digest]bool) {
	var index v1.Index
	if json.Unmarshal(data, &index) == nil && depth <= maxIndexDepth {
		s.visit(index.Manifests, depth, found)
	}
}

// visit adds the images among the entries of an index.
func (s *subjects) visit(entries []v1.Descriptor, depth int, found map[digest.Digest]bool) {
	for _, entry := range entries {
		if imagedoc.IsReferrer(entry, s.read) || found[entry.Digest] {
			continue
		}
		found[entry.Digest] = true
		if entry.MediaType == v1.MediaTypeImageIndex {
			if data, err := s.read(entry); err == nil {
				s.visitIndex(data, depth+1, found)
			}
		}
	}
}

// of returns the image that a referrer is about, "" if that cannot be told.
func (s *subjects) of(referrer v1.Descriptor) digest.Digest {
	var manifest v1.Manifest
	data, err := s.read(referrer)
	if err != nil || json.Unmarshal(data, &manifest) != nil || manifest.Subject == nil {
		return ""
	}
	return manifest.Subject.Digest
}

// kind is equal for two referrers of which the later takes the place of the earlier.
func (s *subjects) kind(referrer v1.Descriptor) string {
	annotations, err := jsontext.Marshal(referrer.Annotations)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %s %s", s.of(referrer), referrer.ArtifactType, annotations)
}
