package redact_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/redact"
)

func TestURL(t *testing.T) {
	const dgst = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, test := range []struct{ url, want string }{
		{"https://dl-cdn.alpinelinux.org/alpine/v3.22/main", "https://dl-cdn.alpinelinux.org/alpine/v3.22/main"},
		{"http://127.0.0.1:8080/alpine", "http://127.0.0.1:8080/alpine"},
		{"http://[::1]:8080/alpine", "http://[::1]:8080/alpine"},
		{"https://h/@scope/alpine", "https://h/@scope/alpine"},
		{"@edge https://h/x", "@edge https://h/x"},
		{"../folder/x@y", "../folder/x@y"},
		{"docker://h/n:t" + dgst, "docker://h/n:t" + dgst},
		{"docker://alpine:3.22" + dgst, "docker://alpine:3.22" + dgst},
		{"docker://h:5000/n:t", "docker://h:5000/n:t"},
		{"oci:dir:@1", "oci:dir:@1"},
		{"oci:/home/me@work/image:t", "oci:/home/me@work/image:t"},

		{"http://user:s3cret@h/x", "http://xxxxx@h/x"},
		{"http://s3cret@h/x", "http://xxxxx@h/x"},
		{"http://user:s3cret@h/x?q=1", "http://xxxxx@h/x?xxxxx"},
		{"https://h/x?token=s3cret", "https://h/x?xxxxx"},
		{"http://user:s3%zzcret@h/x", "http://xxxxx@h/x"},
		{"http://user:s3#cret@h/x", "http://xxxxx@h/x"},
		{"http://user:s3?cret@h/x", "http://xxxxx@h/x"},
		{"http://user:s3/cret@h/x", "http://xxxxx@h/x"},
		{"http://user:1234/s3cret@h/x", "http://xxxxx@h/x"},
		{"http://user:s3@cret@h/x", "http://xxxxx@h/x"},
		{"http://user:s3 cret@h/x", "http://xxxxx@h/x"},
		{`http://user:s3"cret@h/x`, "http://xxxxx@h/x"},
		{"http://user:s3\ncret@h/x", "http://xxxxx@h/x"},
		{"HTTP://user:s3cret@h/x", "HTTP://xxxxx@h/x"},
		{"ftp://user:s3cret@h/x", "ftp://xxxxx@h/x"},
		{"http://user:s3cret@[::1/x", "http://xxxxx@[::1/x"},
		{"https://user:s3cret", "https://user:xxxxx"},
		{"https://user:s3cret@", "https://xxxxx@"},
		{"http://user%3As3cret%40h/x", "http://xxxxx%40h/x"},
		{"http://user:s3cret%40h:80/x", "http://xxxxx%40h:80/x"},
		{"http://h:80/x%40y", "http://h:80/x%40y"},
		{"//user:s3cret@h/x", "//xxxxx@h/x"},
		{"http:/user:s3cret@h/x", "xxxxx@h/x"},
		{"http:user:s3cret@h/x", "xxxxx@h/x"},
		{"user:s3cret@h/x", "xxxxx@h/x"},
		{"@edge http://user:s3cret@h/x", "@edge http://xxxxx@h/x"},
		{"v3 http://user:s3cret@h/x main", "v3 http://xxxxx@h/x main"},
		{"docker://user:s3cret@h/n:t", "docker://xxxxx@h/n:t"},
		{"docker://user:s3cret@h/n:t" + dgst, "docker://xxxxx@h/n:t" + dgst},
		{"rootfs:https://user:s3cret@h/x.tar.gz", "rootfs:https://xxxxx@h/x.tar.gz"},
		{"oci://user:s3cret@h/n", "oci://xxxxx@h/n"},

		{"http://h/x;password=s3cret", "http://h/x;xxxxx"},
		{"http://h/x;pwd=s3/cr;e?t#=/y", "http://h/x;xxxxx"},
		{"http://h/x;jsessionid=s3 cret", "http://h/x;xxxxx"},
		{"http://h/x;s3cret", "http://h/x;xxxxx"},
		{"http://h/x%3Bpassword%3Ds3cret", "http://h/x%3Bxxxxx"},
		{"http://h/x&token=s3cret", "http://h/x&xxxxx"},
		{"http://h/x#token=s3cret", "http://h/x#xxxxx"},
		{"http://h/x?token=s3 cret", "http://h/x?xxxxx"},
		{"http://h/R&D/#top", "http://h/R&D/#top"},
		{"http://user:s3cret@h/x;pwd=s3cret", "http://xxxxx@h/x;xxxxx"},
		{"//h/x;password=s3cret", "//h/x;xxxxx"},
		{"h/x;password=s3cret", "h/x;password=xxxxx"},
		{"docker://h/n;password=s3cret", "docker://h/n;xxxxx"},
		{"rootfs:https://h/x;password=s3cret", "rootfs:https://h/x;xxxxx"},
		{"oci:dir;1", "oci:dir;1"},

		{"docker://user:s3cret\uff20h/n:t", "docker://xxxxx@h/n:t"},
		{"docker://user\uff1as3cret\ufe6bh\uff0fn", "docker://xxxxx@h/n"},
		{"docker:\uff0f\uff0fuser:s3cret@h/n", "xxxxx@h/n"},
		{"http://s3cret\uff20h/x", "http://xxxxx@h/x"},
		{"http://user:s3cret%EF%BC%A0h/x", "http://user:xxxxx"},
		{"http://user:s3cret\u2100h", "http://user:xxxxx"},
		{"user:s3cret\uff20h/x", "xxxxx@h/x"},
		{"http://h/x\uff1bpassword\uff1ds3cret", "http://h/x;xxxxx"},
		{"http://h/\uff20scope/\uff1a", "http://h/\uff20scope/\uff1a"},
		{"http://h/%E4%BD%A0", "http://h/%E4%BD%A0"},
	} {
		if got := redact.URL(test.url); got != test.want {
			t.Errorf("URL(%q) = %q, want %q", test.url, got, test.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"read index https://h/x: signed by alpine-devel@lists.alpinelinux.org-4a6a0840.rsa.pub",
			"read index https://h/x: signed by alpine-devel@lists.alpinelinux.org-4a6a0840.rsa.pub"},
		{"read http://127.0.0.1:80/x: signed by a@b", "read http://127.0.0.1:80/x: signed by a@b"},
		{"https://h: connection refused", "https://h: connection refused"},
		{"give docker://HOST/NAME:TAG, docker://alpine:3.22 or oci:DIR", "give docker://HOST/NAME:TAG, docker://alpine:3.22 or oci:DIR"},
		{`Get "https://user:s3cret@h/x?t=s3cret": EOF; see https://h/y?t=s3cret, too`, `Get "https://xxxxx@h/x?xxxxx": EOF; see https://h/y?xxxxx, too`},
		{`parse "http://user:s3 cret@h": invalid`, `parse "http://xxxxx@h": invalid`},
		{`parse "http://user:s3\"cret@h": invalid`, `parse "http://xxxxx@h": invalid`},
		{"a http://u:s3cret@h b //u:s3cret@h c", "a http://xxxxx@h b //xxxxx@h c"},
		{`invalid proxy address "http:u:s3cret@h": x`, `invalid proxy address "http:xxxxx@h": x`},
		{"open oci:me@work: so:libz.so.1@edge, nginx:1@sha256:00", "open oci:me@work: so:libz.so.1@edge, nginx:1@sha256:00"},
		{"read http://h/x;pwd=s3cret: EOF; see http://h/y; it has a=b", "read http://h/x;xxxxx: EOF; see http://h/y; it has a=b"},
		{`Get "http://user:s3cret＠h/x": EOF`, `Get "http://user:xxxxx": EOF`},
		{"dial tcp: lookup s3cret＠127.0.0.1: no such host", "dial tcp: lookup xxxxx@127.0.0.1: no such host"},
		{`parse "http://u:s3\"cret": invalid port ":s3\"cret" after host`, `parse "http://u:xxxxx": invalid port ":xxxxx" after host`},
		{"open x/token=s3cret/y", "open x/token=xxxxx"},
		{"lookup h/x;token=s3cret: a;b=c", "lookup h/x;token=xxxxx: a;b=c"},
		{"a//b?c: 100 ＠ 3", "a//b?c: 100 ＠ 3"},
		{"https://user:s3cret: no such host", "https://user:xxxxx no such host"},
	} {
		if got := redact.Text(test.text); got != test.want {
			t.Errorf("Text(%q)\n got %q\nwant %q", test.text, got, test.want)
		}
	}
}

func TestValues(t *testing.T) {
	text := "a http://u: s3cret@h \"http://u:\\x01s3cret@h\" so:libz.so.1@edge"
	want := "a http://xxxxx@h \"http://xxxxx@h\" so:libz.so.1@edge"
	if got := redact.Values(text, "http://u: s3cret@h", "http://u:\x01s3cret@h", "so:libz.so.1@edge"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzURL: the password and the values of parameters are removed from a URL in any text.
func FuzzURL(f *testing.F) {
	for _, seed := range [][3]string{{"http://user:", "", "@h/x"}, {"docker://u:", "#", "@h/n"}, {"//u:", "?", "@"}, {"@edge HTTP://u:", "%", "@h"},
		{"http:", " ", "@[::1"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	for _, seed := range [][3]string{{"http://user:", "", "\uff20h/x"}, {"docker://u\uff1a", "/", "\ufe6bh\uff0fn"},
		{"http:\uff0f\uff0fu:", "\uff03", "%EF%BC%A0h"},
		{"http://h/x;password=", "/", "/y"}, {"docker://h/n;a=b;pwd=", " ", "@h"}, {"ftp://h/x?y=1&token=", "#", "\"\n"},
		{"http://h/x\uff1bauth\uff1d", "?", ";"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	parameter := regexp.MustCompile(`^[a-z]+://[a-z0-9.]+/[a-z0-9/.]*[;?]([a-z]+=[a-z0-9]*[;&])*[a-z]+=$`)
	f.Fuzz(func(t *testing.T, before, inside, behind string) {
		const secret = "s3cretPassw0rd"
		scheme, user, found := strings.Cut(redact.Fold(before), "//")
		isParameter := parameter.MatchString(redact.Fold(before))
		if !isParameter && (!found || strings.ContainsAny(scheme, "/@") || strings.IndexByte(user, ':') != strings.IndexAny(user, `:/?#\@`) ||
			!strings.Contains(user, ":") || !strings.Contains(redact.Fold(behind), "@") || strings.Contains(redact.Fold(behind), ":")) {
			return // no URL with a password, or the @ may be that of a digest
		}
		if got := redact.URL(before + secret + inside + secret + behind); strings.Contains(got, secret) {
			t.Errorf("URL(%q) = %q", before+secret+inside+secret+behind, got)
		}
	})
}

// FuzzText: a text that was cleaned has nothing more to clean, and one without URLs stays as it is.
func FuzzText(f *testing.F) {
	f.Add(`Get "https://user:s3cret@h/x?t=s3cret": EOF`)
	f.Add("http:user:s3 cret@h //a:b//c@d")
	f.Fuzz(func(t *testing.T, text string) {
		once := redact.Text(text)
		if !strings.Contains(text, "//") && !strings.Contains(strings.ToLower(text), "http") && !strings.Contains(strings.ToLower(text), "ftp") &&
			!strings.Contains(text, "@") && once != text {
			t.Errorf("Text(%q) = %q", text, once)
		}
		if twice := redact.Text(once); len(twice) > len(once)+len("xxxxx")*strings.Count(once, ":") {
			t.Errorf("Text(%q) grows: %q", once, twice)
		}
	})
}
