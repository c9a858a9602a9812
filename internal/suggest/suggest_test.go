package suggest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/suggest"
)

func TestNear(t *testing.T) {
	names := []string{"musl", "libcurl", "curl-dev", "nginx", "nginx-mod-http-lua", "mode", "python3", "py3-requests", "packages", "git", "Xorg"}
	for word, want := range map[string]string{
		"curl":     "curl-dev libcurl",
		"crul":     "",
		"ngnix":    "nginx",
		"nginx-":   "nginx nginx-mod-http-lua",
		"moed":     "mode",
		"muls":     "musl",
		"requests": "py3-requests",
		"packges":  "packages",
		"pyton3":   "python3",
		"xorg":     "Xorg",
		"gti":      "git",
		"xx":       "",
	} {
		if got := strings.Join(suggest.Near(word, slices.Values(names)), " "); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
