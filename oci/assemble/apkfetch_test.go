package assemble_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// fetchInputs is a request whose commands fetch package files.
func fetchInputs(t *testing.T) *inputs {
	in := commandInputs(t)
	in.spec.Packages = nil
	in.spec.Run = []string{
		"cd /etc; apk fetch -q extra tool; apk fetch -o /bin nosuch extra 2>>said || apk fetch --simulate libz >>said; apk info >>said",
		"apk fetch --stdout tool >/bin/tool.apk",
		"apk add --allow-untrusted /etc/tool-1.0-r0.apk; tool >>/etc/said",
	}
	return in
}

// TestAPKFetch: package files become files of the image, and nothing of them is installed. The lock pins them as it pins others.
func TestAPKFetch(t *testing.T) {
	in := fetchInputs(t)
	result, image := in.build("free")
	tr := tree.New()
	for _, l := range image.Layers {
		if err := l.ReadInto(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"etc/said": "nosuch: unable to select package (or its dependencies)\nDownloading libz-1.0-r0\napk-tools\ntool\n",
	} {
		if text, err := tr.ReadFile(name, 9999); err != nil || string(text) != want {
			t.Errorf("%s is %q, %v; want %q", name, text, err, want)
		}
	}
	for name, file := range map[string]string{"etc/extra-1.0-r0.apk": "extra-1.0-r0.apk", "etc/tool-1.0-r0.apk": "tool-1.0-r0.apk", "bin/tool.apk": "tool-1.0-r0.apk"} {
		want, err := os.ReadFile(in.spec.Repositories[0] + "/x86_64/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tr.ReadFile(name, 9999); err != nil || string(got) != string(want) {
			t.Errorf("%s: %d bytes, %v; the package has %d", name, len(got), err, len(want))
		}
	}

	pinned := in.lock()
	in.pin(pinned)
	if locked, _ := in.build("locked"); locked.Manifest.Digest != result.Manifest.Digest {
		t.Errorf("with the lock %s, without %s", locked.Manifest.Digest, result.Manifest.Digest)
	}
	in.spec.Run[0] = "apk fetch tool"
	in.fails("run", `the lock has "apk fetch -q extra tool" where the build runs "apk fetch tool"`)
}

// TestRebuildFetch: the record says enough to fetch the files again.
func TestRebuildFetch(t *testing.T) {
	in := fetchInputs(t)
	if image, rebuilt, err := in.rebuild(in.record("image")); err != nil || image != rebuilt {
		t.Errorf("rebuilt %s, image is %s: %v", rebuilt, image, err)
	}
}

// TestRefusedFetches: what apk takes by patterns or with dependencies is not guessed.
func TestRefusedFetches(t *testing.T) {
	for text, want := range map[string]string{
		"apk fetch -R tool":   "the option -R is not supported",
		"apk fetch 't*'":      "patterns are not supported",
		"apk fetch -w":        "the option -w is not supported",
		"apk search -r tool":  "the option -r is not supported",
		"apk fetch --url jq":  "the option --url is not supported",
		"apk fetch --link -L": "the option -L is not supported",
	} {
		in := fetchInputs(t)
		in.spec.Run = []string{text}
		in.fails("run", want)
	}
}

// TestFetchedFileIsVerified: a package file of a directory that is altered behind the command that fetched it does not get into the image.
func TestFetchedFileIsVerified(t *testing.T) {
	in := fetchInputs(t)
	repository := in.spec.Repositories[0]
	name := repository + "/x86_64/tool-1.0-r0.apk"
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		altered := bytes.Clone(content)
		altered[len(altered)-1] ^= 1
		if err := os.WriteFile(name, altered, 0o644); err != nil {
			t.Error(err)
		}
		http.FileServer(http.Dir(repository)).ServeHTTP(w, r)
	}))
	defer server.Close()
	in.spec.Run = []string{"cd /etc; apk fetch tool; apk list -X " + server.URL}
	in.fails("layer", "content does not match the digest")
}
