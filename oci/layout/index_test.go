package layout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// TestLayoutIndex: a learned index becomes what one that is parsed each time becomes, byte for byte, whatever is added to it.
func TestLayoutIndex(t *testing.T) {
	blobs := map[digest.Digest][]byte{}
	read := func(desc v1.Descriptor) ([]byte, error) {
		if b, ok := blobs[desc.Digest]; ok {
			return b, nil
		}
		return noDocuments(desc)
	}
	put := func(mediaType string, document any) v1.Descriptor {
		b, err := jsontext.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		desc := imagedoc.Describe(mediaType, b)
		blobs[desc.Digest] = b
		return desc
	}
	image := func(name string) v1.Descriptor {
		m := imagedoc.NewManifest(imagedoc.Describe(v1.MediaTypeImageConfig, []byte(name)))
		return put(v1.MediaTypeImageManifest, m)
	}
	about := func(subject v1.Descriptor, text, artifactType string) v1.Descriptor {
		m := imagedoc.NewManifest(v1.DescriptorEmptyJSON, imagedoc.Describe("text/about", []byte(text)))
		m.ArtifactType, m.Subject = "text/about", &subject
		desc := put(v1.MediaTypeImageManifest, m)
		desc.ArtifactType = artifactType
		return desc
	}
	platforms := func(images ...v1.Descriptor) v1.Descriptor {
		return put(v1.MediaTypeImageIndex, v1.Index{MediaType: v1.MediaTypeImageIndex, Manifests: images})
	}
	one, two, three := image("one"), image("two"), image("three")
	both := platforms(one, two)
	type addition struct {
		tag       string
		desc      v1.Descriptor
		referrers []v1.Descriptor
	}
	additions := []addition{
		{"a", one, nil},
		{"a", one, []v1.Descriptor{about(one, "1", "text/about")}},
		{"b", one, []v1.Descriptor{about(one, "2", "text/about")}},
		{"b", two, []v1.Descriptor{about(two, "1", "text/about")}},
		{"c", two, []v1.Descriptor{about(two, "1", "text/about"), about(one, "3", "")}},
		{"", three, nil},
		{"", two, []v1.Descriptor{about(two, "2", "")}},
		{"d", both, []v1.Descriptor{about(one, "4", "text/about"), about(both, "1", "text/about")}},
		{"e", three, []v1.Descriptor{about(three, "1", "text/about")}},
		{"e", both, nil},
		{"f", about(one, "1", "text/about"), []v1.Descriptor{about(one, "1", "text/about")}},
	}
	for n, start := range []string{"", `{ "schemaVersion": 2, "x": [1, 2], "manifests": [ ] , "y": 1 }`,
		fmt.Sprintf(`{"schemaVersion":2,"manifests":[ {"mediaType":%q, "digest":%q,"size":%d, "z":0} ],"y":1 }`, one.MediaType, one.Digest, one.Size)} {
		var walk func(plain, learned *layoutIndex, depth int, path string)
		walk = func(plain, learned *layoutIndex, depth int, path string) {
			if string(plain.Bytes()) != string(learned.Bytes()) {
				t.Fatalf("%s:\nplain   %s\nlearned %s", path, plain.Bytes(), learned.Bytes())
			}
			if depth == 0 {
				return
			}
			learned = learned.Learn(read)
			known := 0
			if learned.learned != nil {
				known = len(learned.learned.digests)
			}
			for i, a := range additions {
				p, err := (&layoutIndex{data: plain.data}).With(a.tag, a.desc, a.referrers, read)
				if err != nil {
					t.Fatal(err)
				}
				l, err := learned.With(a.tag, a.desc, a.referrers, read)
				if err != nil {
					t.Fatal(err)
				}
				walk(p, l, depth-1, fmt.Sprintf("%s, %d", path, i))
			}
			if learned.learned != nil && len(learned.learned.digests) != known {
				t.Fatalf("%s: adding to it has changed it", path)
			}
		}
		var data []byte
		if start != "" {
			data = []byte(start)
		}
		x, err := parseLayoutIndex(data)
		if err != nil {
			t.Fatal(err)
		}
		walk(x, x, 3, fmt.Sprint("start ", n))
	}

	// Adding a new image to a learned index makes one that is learned already.
	x, err := new(layoutIndex).With("a", one, nil, read)
	if err == nil {
		x, err = x.Learn(read).With("b", two, []v1.Descriptor{about(two, "1", "text/about")}, read)
	}
	if err != nil || x.learned == nil {
		t.Fatalf("not learned: %v", err)
	}
	again := (&layoutIndex{data: x.data}).Learn(read).learned
	if !maps.Equal(again.tags, x.learned.tags) || !maps.Equal(again.digests, x.learned.digests) || !maps.Equal(again.images, x.learned.images) {
		t.Errorf("%v, want %v", x.learned, again)
	}
}

// An entry that is added to any index.json is found, and adding it again changes nothing.
func FuzzWithTag(f *testing.F) {
	for _, seed := range []string{`{"schemaVersion":2,"manifests":[]}`,
		`{"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"t"}},{}],"Manifests":null,"x":1}`, `{"manifests":null}`} {
		f.Add([]byte(seed))
	}
	desc := imagedoc.Describe(v1.MediaTypeImageManifest, []byte("x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		once, err := withTag(data, "t", desc, noDocuments)
		if err != nil {
			return
		}
		var index v1.Index
		if json.Unmarshal(once, &index) != nil {
			return // other members or entries are not what an index has; parseLayoutIndex refuses it before
		}
		found := slices.DeleteFunc(index.Manifests, func(entry v1.Descriptor) bool { return entry.Annotations[v1.AnnotationRefName] != "t" })
		if len(found) != 1 || found[0].Digest != desc.Digest {
			t.Fatalf("got %v in %s", found, once)
		}
		twice, err := withTag(once, "t", desc, noDocuments)
		if err != nil || string(once) != string(twice) {
			t.Errorf("%v: %s became %s", err, once, twice)
		}
	})
}

func noDocuments(desc v1.Descriptor) ([]byte, error) {
	return nil, &oci.MissingBlobError{Digest: desc.Digest, Store: "layout"}
}
