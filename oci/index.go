package oci

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
)

// ComposeIndex returns an image index over images of several platforms, in the order given, and its descriptor.
func ComposeIndex(images []*Image, annotations map[string]string) ([]byte, v1.Descriptor, error) {
	index := v1.Index{
		Versioned:   specs.Versioned{SchemaVersion: 2},
		MediaType:   v1.MediaTypeImageIndex,
		Manifests:   []v1.Descriptor{},
		Annotations: annotations,
	}
	for _, image := range images {
		index.Manifests = append(index.Manifests, image.ManifestDescriptor)
	}
	data, err := jsontext.Marshal(index)
	if err != nil {
		return nil, v1.Descriptor{}, fmt.Errorf("compose index: %w", err)
	}
	return data, Describe(v1.MediaTypeImageIndex, data), nil
}

// WithTag returns index.json with desc as its entry for a tag. Other entries and members keep their bytes. Without
// data it returns a new index; an empty tag stands for images without a name, which read, a reader of documents, tells
// from referrers.
func WithTag(data []byte, tag string, desc v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) ([]byte, error) {
	entry := entryOf(tag, desc)
	if data == nil {
		return jsontext.Marshal(v1.Index{
			Versioned: specs.Versioned{SchemaVersion: 2},
			MediaType: v1.MediaTypeImageIndex,
			Manifests: []v1.Descriptor{entry},
		})
	}
	index, err := jsontext.ParseObject(data)
	if err != nil {
		return nil, err
	}
	var entries []json.RawMessage
	if value := index.Get("manifests"); value != nil {
		if err := json.Unmarshal(value, &entries); err != nil {
			return nil, fmt.Errorf("manifests: %w", err)
		}
	}
	encoded, err := jsontext.Marshal(entry)
	if err != nil {
		return nil, err
	}
	if entries, err = replaceEntry(entries, tag, encoded, read); err != nil {
		return nil, err
	}
	index.Set("manifests", joinArray(entries))
	return index.Bytes()
}

// entryOf is the entry of index.json for an image.
func entryOf(tag string, desc v1.Descriptor) v1.Descriptor {
	desc.Annotations = maps.Clone(desc.Annotations)
	delete(desc.Annotations, v1.AnnotationRefName)
	if tag != "" {
		if desc.Annotations == nil {
			desc.Annotations = map[string]string{}
		}
		desc.Annotations[v1.AnnotationRefName] = tag
	}
	return desc
}

// replaceEntry puts an entry where the first of its name stands, or at the end, and drops the others of the name.
func replaceEntry(entries []json.RawMessage, tag string, encoded json.RawMessage, read func(v1.Descriptor) ([]byte, error)) ([]json.RawMessage, error) {
	var kept []json.RawMessage
	isPlaced := false
	for i, old := range entries {
		var entry v1.Descriptor
		if err := json.Unmarshal(old, &entry); err != nil {
			return nil, fmt.Errorf("manifests: entry %d: %w", i+1, err)
		}
		if entry.Annotations[v1.AnnotationRefName] != tag || isReferrer(entry, read) {
			kept = append(kept, old)
		} else if !isPlaced {
			kept = append(kept, encoded)
			isPlaced = true
		}
	}
	if !isPlaced {
		kept = append(kept, encoded)
	}
	return kept, nil
}

func joinArray(elements []json.RawMessage) json.RawMessage {
	array := []byte{'['}
	for i, element := range elements {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, element...)
	}
	return append(array, ']')
}
