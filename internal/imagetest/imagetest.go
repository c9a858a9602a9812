// Package imagetest does with an image all that reads one, for tests of layouts and archives of other tools.
package imagetest

import (
	"io"
	"log"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/diff"
	"github.com/lamina-oci/lamina/oci/inspect"
	"github.com/lamina-oci/lamina/oci/record"
	"github.com/lamina-oci/lamina/oci/transport"
)

// MustServe inspects an image, writes its SBOMs and compares it with itself. Platform "" leaves the choice to each of them.
func MustServe(t testing.TB, ref oci.Reference, platform string) {
	t.Helper()
	var p oci.Platform
	if platform != "" {
		var err error
		if p, err = oci.ParsePlatform(platform); err != nil {
			t.Fatal(err)
		}
	}
	if report, err := lamina.Inspect(t.Context(), ref, p, nil, inspect.Options{}); err != nil || len(report.Layers) == 0 {
		t.Errorf("inspect: %+v, %v", report, err)
	}
	for _, format := range []record.Format{record.SPDX, record.CycloneDX} {
		if err := lamina.WriteSBOM(t.Context(), io.Discard, ref, p, nil, format, record.SBOMOptions{}); err != nil {
			t.Errorf("sbom: %v", err)
		}
	}
	reports, err := lamina.Diff(t.Context(), ref, ref, p, nil, diff.Options{})
	if err != nil || len(reports) == 0 || slices.ContainsFunc(reports, func(r *lamina.Differences) bool { return !r.Equal() }) {
		t.Errorf("diff with itself: %v, %v", reports, err)
	}
}

// MustPush pushes an image to a registry and reads it back for every platform. A single image loses the platform that only index.json states.
func MustPush(t testing.TB, ref oci.Reference) {
	t.Helper()
	server := httptest.NewServer(ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	pushed := oci.Reference{Transport: oci.TransportRegistry, Name: strings.TrimPrefix(server.URL, "http://") + "/x:1"}
	if _, err := lamina.Push(t.Context(), ref, pushed, nil); err != nil {
		t.Errorf("push: %v", err)
		return
	}
	store, err := transport.OpenStore(t.Context(), pushed, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	platforms, err := oci.Platforms(t.Context(), store, pushed.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range platforms {
		MustServe(t, pushed, p.String())
	}
}
