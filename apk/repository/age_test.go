package repository_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
)

// TestOldIndex: an index that is older than one that came from the same URL before is used, since it is signed, but not
// without a word; also if its mirror then says that nothing has changed, and offline.
func TestOldIndex(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	keys := new(apk.KeyRing)
	if err := keys.Add("k", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil {
		t.Fatal(err)
	}
	// made is when an index was made, built when its newest package was.
	archive := func(made, built int64) []byte {
		var b bytes.Buffer
		index := &apk.Index{Packages: []*apk.Package{{Name: "a", Version: "1-r0", Arch: "x86_64", Identity: apk.SHA1Checksum([20]byte{1}), BuildTime: built}}}
		if err := index.WriteArchive(&b, time.Unix(made, 0), apk.V3); err != nil {
			t.Fatal(err)
		}
		signature, err := apk.Sign(key, "k", "RSA256", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return append(signature, b.Bytes()...)
	}
	var answer []byte // nil: not modified
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer == nil {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"x"`)
		w.Write(answer)
	}))
	defer server.Close()
	const day, start = 86400, 1_700_000_000
	secretly := strings.Replace(server.URL, "http://", "http://user:secret@", 1)
	old := "index http://xxxxx@" + strings.TrimPrefix(server.URL, "http://") + "/x86_64/APKINDEX.tar.gz "
	const behind = " came from there before: the mirror is behind, or holds back updates"
	made := old + "was made 2023-11-14 22:13:20 UTC, but one made 2023-11-15 22:13:20 UTC" + behind
	built := old + "has no package newer than 2023-11-14 22:13:20 UTC, but one with packages up to 2023-11-15 22:13:20 UTC" + behind
	for _, test := range []struct {
		name  string
		steps []struct {
			answer []byte
			want   []string
		}
	}{
		{"by the index's own time", []struct {
			answer []byte
			want   []string
		}{{archive(start, 9), nil}, {archive(start+day, 5), nil}, {nil, nil}, {archive(start, 9), []string{made}}, {nil, []string{made}},
			{archive(start+day, 5), nil}}},
		{"by the newest package", []struct {
			answer []byte
			want   []string
		}{{archive(0, start+day), nil}, {archive(0, start), []string{built}}}},
	} {
		dir := t.TempDir()
		for i, step := range test.steps {
			answer = step.answer
			for _, offline := range []bool{false, true} {
				var got []string
				c := &repository.Client{CacheDir: dir, Offline: offline, Warn: func(s string) { got = append(got, s) }}
				if _, err := c.Index(context.Background(), repository.Repository{URL: secretly}, "x86_64", keys, apk.V3); err != nil {
					t.Errorf("%s: step %d: %v", test.name, i+1, err)
				}
				c.Close()
				if diff := cmp.Diff(step.want, got); diff != "" {
					t.Errorf("%s: step %d, offline %v: warnings (-want +got):\n%s", test.name, i+1, offline, diff)
				}
			}
		}
	}
}
