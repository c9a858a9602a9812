package script

import (
	"strings"
	"testing"
)

// TestOpenSSLBase64 expects what openssl 3.0 prints. What it makes of other text depends on its buffers: that is refused.
func TestOpenSSLBase64(t *testing.T) {
	const (
		text  = "hello world, this is a longer line of text that wraps when it is encoded by openssl base64"
		first = "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBsb25nZXIgbGluZSBvZiB0ZXh0IHRoYXQg"
		last  = "d3JhcHMgd2hlbiBpdCBpcyBlbmNvZGVkIGJ5IG9wZW5zc2wgYmFzZTY0Cg=="
	)
	root := commandRoot(t)
	for name, content := range map[string]string{"w/t": text + "\n", "w/u": first + "\n" + last + "\n"} {
		if err := root.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expectScripts(t, root, map[string]string{
		"cd /w; openssl base64 < t":                                                                           first + "\n" + last + "\n",
		"cd /w; openssl base64 -A -in t; echo":                                                                first + last + "\n",
		"cd /w; openssl base64 -e -in t -out v; cmp u v; cat v":                                               first + "\n" + last + "\n",
		"cd /w; openssl base64 -d -in u; openssl enc -d -a < u":                                               text + "\n" + text + "\n",
		"cd /w; openssl enc -base64 -A -in t | openssl base64 -A -d":                                          text + "\n",
		"echo aGVsbG8= | openssl base64 -d -A; echo":                                                          "hello\n",
		"echo aGVsbG8= | openssl base64 -d; echo":                                                             "hello\n",
		"printf aGVsbG8= | openssl base64 -d -A; echo":                                                        "hello\n",
		"openssl base64 < /dev/null; openssl base64 -d < /dev/null; printf %048d 0 | tr 0 a | openssl base64": strings.Repeat("YWFh", 16) + "\n",
	})
	for _, script := range []string{
		"printf aGVsbG8= | openssl base64 -d", "openssl base64 -d -A < /w/u", "echo 'a!b=' | openssl base64 -d", "echo aGVs bG8= | openssl base64 -d",
		"openssl base64 -k x", "openssl enc -base64 -aes256 -in /w/t",
	} {
		if _, err := runScript(t, Options{Tree: root}, script); err == nil || !strings.Contains(err.Error(), "supported") {
			t.Errorf("%s: %v", script, err)
		}
	}
}
