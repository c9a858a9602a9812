package layout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// A layoutIndex is a layout's index.json; the zero value is that of a new layout. It never changes. A learned one, from
// [layoutIndex.Learn], adds an image with a new tag without parsing itself, which matters where one layout gets many images.
type layoutIndex struct {
	data    []byte // nil for a file that does not exist yet
	learned *learnedIndex
}

// learnedIndex is what there is to know of an index.json for adding to it.
type learnedIndex struct {
	object  jsontext.Object
	entries json.RawMessage        // of its manifests
	tags    map[string]bool        // of entries
	digests map[digest.Digest]bool // of entries
	images  map[digest.Digest]bool // see subjects.images
}

// parseLayoutIndex reads index.json; nil stands for a file that does not exist yet.
func parseLayoutIndex(data []byte) (*layoutIndex, error) {
	if data != nil {
		if _, err := imagedoc.ParseIndex(data); err != nil {
			return nil, err
		}
	}
	return &layoutIndex{data: data}, nil
}

// Bytes returns the file's content, which must not be changed; nil for a file that does not exist yet.
func (x *layoutIndex) Bytes() []byte { return x.data }

// Learn returns the index as one that can be added to quickly. Read reads documents of the layout. An index that cannot be learned comes back
// as it is.
func (x *layoutIndex) Learn(read func(v1.Descriptor) ([]byte, error)) *layoutIndex {
	if x.learned != nil || x.data == nil {
		return x
	}
	object, err := jsontext.ParseObject(x.data)
	if err != nil {
		return x
	}
	var raw []json.RawMessage
	if value := object.Get("manifests"); value == nil || json.Unmarshal(value, &raw) != nil || len(raw) == 0 {
		return x
	}
	entries := make([]v1.Descriptor, len(raw))
	for i := range raw {
		if json.Unmarshal(raw[i], &entries[i]) != nil {
			return x
		}
	}
	l := &learnedIndex{
		object: object, entries: jsontext.JoinArray(raw),
		tags: map[string]bool{}, digests: map[digest.Digest]bool{}, images: map[digest.Digest]bool{},
	}
	l.note(entries, read)
	return &layoutIndex{x.data, l}
}

// note adds what there is to know of entries.
func (l *learnedIndex) note(entries []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) {
	for _, entry := range entries {
		l.tags[entry.Annotations[v1.AnnotationRefName]] = true
		l.digests[entry.Digest] = true
	}
	(&subjects{read}).visit(entries, 0, l.images)
}

// With returns the index with an image: that of [withTag] and then [updateReferrers].
func (x *layoutIndex) With(tag string, desc v1.Descriptor, referrers []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) (*layoutIndex, error) {
	if x.learned.isNew(tag, desc, referrers, read) {
		return x.learned.append(append([]v1.Descriptor{entryOf(tag, desc)}, referrers...), read)
	}
	next, err := withTag(x.data, tag, desc, read)
	if err == nil {
		next, err = updateReferrers(x.data, next, referrers, read)
	}
	if err != nil {
		return nil, err
	}
	return &layoutIndex{data: next}, nil
}

// isNew reports that an image and its referrers replace and remove no entry.
func (l *learnedIndex) isNew(tag string, desc v1.Descriptor, referrers []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) bool {
	if l == nil || tag == "" || l.tags[tag] {
		return false
	}
	return !slices.ContainsFunc(referrers, func(r v1.Descriptor) bool {
		return r.Digest == desc.Digest || l.digests[r.Digest] || l.images[(&subjects{read}).of(r)]
	})
}

// append returns the index with more entries.
func (l *learnedIndex) append(entries []v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) (*layoutIndex, error) {
	next := &learnedIndex{
		object:  slices.Clone(l.object),
		entries: slices.Clone(l.entries[:len(l.entries)-1]),
		tags:    maps.Clone(l.tags),
		digests: maps.Clone(l.digests),
		images:  maps.Clone(l.images),
	}
	for _, entry := range entries {
		encoded, err := jsontext.Marshal(entry)
		if err != nil {
			return nil, err
		}
		next.entries = append(append(next.entries, ','), encoded...)
	}
	next.entries = append(next.entries, ']')
	next.object.Set("manifests", next.entries)
	next.note(entries, read)
	data, err := next.object.Bytes()
	return &layoutIndex{data, next}, err
}

// withTag returns index.json with desc as its entry for a tag. Other entries and members keep their bytes. Without
// data it returns a new index; an empty tag stands for images without a name, which read, a reader of documents, tells
// from referrers.
func withTag(data []byte, tag string, desc v1.Descriptor, read func(v1.Descriptor) ([]byte, error)) ([]byte, error) {
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
		if err := jsontext.Unmarshal(value, &entries); err != nil {
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
	index.Set("manifests", jsontext.JoinArray(entries))
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
		if err := jsontext.Unmarshal(old, &entry); err != nil {
			return nil, fmt.Errorf("manifests: entry %d: %w", i+1, err)
		}
		if entry.Annotations[v1.AnnotationRefName] != tag || imagedoc.IsReferrer(entry, read) {
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
