package main

import (
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
)

// TestNoSecretOfADockerfile: wherever a Dockerfile has a URL with a password, nothing prints it.
func TestNoSecretOfADockerfile(t *testing.T) {
	b := newBench(t)
	b.directory("context")
	urls := []string{
		"http://user:" + secret + "@127.0.0.1:1/x", "http://user:" + secret + "＠127.0.0.1:1/x", "http://" + secret + "＠127.0.0.1:1/x",
		"http://127.0.0.1:1/x;password=" + secret, "http://127.0.0.1:1/x?token=" + secret, "docker://user:" + secret + "＠127.0.0.1:1/x",
		"docker://127.0.0.1:1/x;password=" + secret, "user:" + secret + "@127.0.0.1:1/x", "user:" + secret + "＠127.0.0.1:1/x",
		"127.0.0.1:1/x;password=" + secret,
	}
	failed := 0
	for _, text := range []string{
		"FROM URL", "FROM --platform=URL scratch", "ARG A=URL\nFROM $A", "# syntax=URL\nFROM nosuch", "FROM scratch\nADD URL /x",
		"FROM scratch\nADD --checksum=sha256:00 URL /x",
		"FROM scratch\nCOPY --from=URL /a /b", "FROM scratch\nCOPY URL /b", "FROM base\nEXPOSE URL", "FROM base\nHEALTHCHECK --interval=URL CMD x",
		"FROM base\nNOSUCH URL",
		"FROM base\nENV A=URL\nWORKDIR $A/${B:?URL}", "FROM base\nRUN curl -fo /x 'URL'", "FROM base\nRUN curl -o /x 'URL' --nosuch",
		"FROM base\nRUN wget 'URL'",
		"FROM base\nRUN apk add -X 'URL' nginx", "FROM base\nRUN git clone 'URL'",
		"FROM base\nRUN mkdir -p /etc/apk; echo 'URL' >> /etc/apk/repositories; apk add nginx",
		"FROM base\nRUN 'URL'", "FROM base\nRUN cat 'URL'", "FROM base\nRUN . 'URL'", "FROM base\nRUN cd 'URL'",
		"FROM base\nRUN --mount=type=bind,from=URL true",
	} {
		for _, url := range urls {
			b.file("context/Dockerfile", strings.ReplaceAll(text, "URL", url)+"\n")
			code, stdout, stderr := b.lamina("build", "--no-cache", "--build-context", "base=rootfs:base.tar.gz", "--platform", "linux/amd64", "-o",
				"oci:image:t", "context")
			if strings.Contains(stdout+stderr, secret) {
				t.Errorf("%s\n%s%s", strings.ReplaceAll(text, "URL", url), stdout, stderr)
			}
			if code != exit.Done {
				failed++
			}
		}
	}
	if failed < 180 {
		t.Errorf("%d builds failed, of 230", failed)
	}
}
