package assemble_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/transport"
)

// TestRecordedRepositories: a record, which comes with an image from anybody, names no directory of this machine.
func TestRecordedRepositories(t *testing.T) {
	in := newInputs(t, fixtures.Base{APKTools: "3.0.1-r0"}, nginx(), libz())
	ref := in.record("image")
	image, err := transport.OpenBase(context.Background(), ref, oci.Platform{}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	for line, want := range map[string]string{
		"https://h/main":          "",
		"/etc":                    `repository "/etc" is not a URL`,
		"file:///etc":             `repository "file:///etc" is not a URL`,
		"../x":                    `repository "../x" is not a URL`,
		"ftp://u:s3cret@h":        `repository "ftp://xxxxx@h": scheme "ftp" is not supported: use http, https, file or a directory`,
		"http://u:s3 cret@h/main": `repository "http://xxxxx@h/main": missing URL`,
	} {
		s := in.statement(ref)
		s.Predicate.BuildDefinition.InternalParameters.Lock.Indexes[0].Repository = line
		_, err := assemble.RecordedIn(context.Background(), s, image)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), strings.TrimSuffix(want, "missing URL"))) {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}

// FuzzRecorded reads records of an image in which one value is another: a request comes of each, of which nothing names a file of
// this machine and which is resolved or refused without a network, or an error.
func FuzzRecorded(f *testing.F) {
	in := newInputs(f, fixtures.Base{APKTools: "3.0.1-r0"}, nginx(), libz())
	in.spec.Files = []stage.File{{Path: "/etc/a", Content: tree.Bytes([]byte("a")), Size: 1}, {Path: "/b", Type: tree.Directory}}
	ref := in.record("image")
	whole, err := json.Marshal(in.statement(ref))
	if err != nil {
		f.Fatal(err)
	}
	for at := range uint(120) {
		for _, value := range []string{`"/etc/shadow"`, `-1`, `null`, `["http://user:s3cret@h"]`, `{"a":"b"}`} {
			f.Add(at, value)
		}
	}
	image, err := transport.OpenBase(context.Background(), ref, oci.Platform{}, transport.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { image.Close() })
	f.Fuzz(func(t *testing.T, at uint, value string) {
		var document any
		if err := json.Unmarshal(whole, &document); err != nil {
			t.Fatal(err)
		}
		var other any
		if json.Unmarshal([]byte(value), &other) != nil {
			other = value
		}
		left := int(at % 1000)
		text, err := json.Marshal(replaced(document, &left, other))
		if err != nil {
			return
		}
		s := new(record.Statement)
		if json.Unmarshal(text, s) != nil {
			return
		}
		ctx := context.Background()
		recorded, err := assemble.RecordedIn(ctx, s, image)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a text")
			}
			return
		}
		for _, line := range recorded.Spec.Repositories {
			if !strings.Contains(line, "://") || strings.Contains(line, "file:") {
				t.Errorf("repository %q", line)
			}
		}
		if recorded.Spec.Vendor != "" {
			t.Errorf("vendor directory %q", recorded.Spec.Vendor)
		}
		client := &repository.Client{Offline: true}
		defer client.Close()
		plan, err := recorded.Resolve(ctx, &assemble.Env{Client: client})
		if err == nil {
			plan.Close()
		} else if err.Error() == "" {
			t.Error("an error without a text")
		}
	})
}

// replaced returns a document in which the value that comes when left is 0 is another.
func replaced(value any, left *int, other any) any {
	if *left--; *left == -1 {
		return other
	}
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			value[key] = replaced(value[key], left, other)
		}
	case []any:
		for i := range value {
			value[i] = replaced(value[i], left, other)
		}
	}
	return value
}
