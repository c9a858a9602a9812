package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/redact"
)

const secret = "s3cretPassw0rd"

// secretURLs have a password. In some of them it changes where the host begins, or makes the URL invalid.
var secretURLs = []string{
	"http://user:" + secret + "@127.0.0.1:1/x", "http://user:" + secret + "@127.0.0.1:1/x?q=1", "http://user:%zz" + secret + "@127.0.0.1:1/x",
	"http://user:#" + secret + "@127.0.0.1:1/x", "http://user:?" + secret + "@127.0.0.1:1/x", "http://user: " + secret + "@127.0.0.1:1/x",
	"http://user:/" + secret + "@127.0.0.1:1/x", "http://user:@" + secret + "@127.0.0.1:1/x", "HTTP://user:" + secret + "@127.0.0.1:1/x",
	"ftp://user:" + secret + "@127.0.0.1:1/x", "http://user:" + secret + "@[::1/x", "https://user:" + secret, "//user:" + secret + "@127.0.0.1:1/x",
	"http:/user:" + secret + "@127.0.0.1:1/x", "user:" + secret + "@127.0.0.1:1/x", "docker://user:" + secret + "@127.0.0.1:1/x",
	"docker://user:" + secret + "@127.0.0.1:1/x:t", "oci://user:" + secret + "@127.0.0.1:1/x", "rootfs:http://user:" + secret + "@127.0.0.1:1/x",
	"http://user:" + secret + "＠127.0.0.1:1/x", "http://" + secret + "＠127.0.0.1:1/x", "http://user:" + secret + "%EF%BC%A0127.0.0.1:1/x",
	"http://user：" + secret + "﹫127.0.0.1:1/x",
	"docker://user:" + secret + "＠127.0.0.1:1/x", "docker://user：" + secret + "@127.0.0.1:1/x:t", "docker:／／user:" + secret + "＠127.0.0.1:1／x",
	"user:" + secret + "＠127.0.0.1:1/x", "http://user:" + secret + "℀127.0.0.1", "rootfs:http://user:" + secret + "＠127.0.0.1:1/x",
	"http://127.0.0.1:1/x;password=" + secret, "http://127.0.0.1:1/x;pwd=" + secret + "/y", "http://127.0.0.1:1;a=b;jsessionid=" + secret + ";c/y",
	"http://127.0.0.1:1/x；token＝" + secret,
	"http://127.0.0.1:1/x%3Bpassword%3D" + secret + "/y", "http://127.0.0.1:1/x&token=" + secret, "http://127.0.0.1:1/x#access_token=" + secret,
	"docker://127.0.0.1:1/x;password=" + secret, "docker://127.0.0.1:1/x:t?token=" + secret, "rootfs:http://127.0.0.1:1/x;password=" + secret,
	"127.0.0.1:1/x;password=" + secret,
	"file://user:" + secret + "@127.0.0.1:1/x", "@edge http://user:" + secret + "@127.0.0.1:1/x", "v3 http://user:" + secret + "@127.0.0.1:1/x",
}

// secretWays are command lines and specs with a URL at VALUE.
func secretWays(url string) map[string][]string {
	sound := []string{"--base", "scratch", "--platform", "linux/amd64", "--offline", "--no-cache", "-o", "oci:out:t"}
	return map[string][]string{
		"repository": append([]string{"build", "--repository", url, "nginx"}, sound...),
		"base":       {"build", "--offline", "--no-cache", "--base", url, "-o", "oci:out:t"},
		"image":      {"build", "--offline", "--no-cache", "--base", "docker:" + url, "-o", "oci:out:t"},
		"key":        append([]string{"build", "--key", url}, sound...),
		"output":     {"build", "--base", "scratch", "-o", url},
		"outputs":    {"build", "--base", "scratch", "-o", "docker:" + url, "-o", "oci:x"},
		"file":       {"build", "-f", url},
		"lock":       append([]string{"build", "--lock", url}, sound...),
		"vendor":     append([]string{"build", "--vendor", url}, sound...),
		"package":    append([]string{"build", url}, sound...),
		"platform":   append([]string{"build", "--platform", url}, sound...),
		"command":    {url},
		"flag":       {"build", "--" + url},
		"push":       {"push", "--offline", "oci:" + url, "docker:" + url},
		"inspect":    {"inspect", "--offline", url},
		"verify":     {"verify", "--offline", url},
		"convert":    {"convert", url},
		"secdb":      {"lock", "--check", "--offline", "--no-cache", "--base", "scratch", "--platform", "linux/amd64", "--secdb", url},
		"locks":      {"lock", "--check", "--offline", "--no-cache", url + "/lamina.yaml"},
		"context":    {"build", "--offline", "--build-context", "base=" + url, "."},
		"argument":   {"build", "--offline", "--build-arg", "A=" + url, "-f", url, "."},
	}
}

// TestNoSecretIsPrinted: wherever a URL with a password is given, and whatever is wrong with it, nothing prints it.
func TestNoSecretIsPrinted(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many commands")
	}
	b := newBench(t)
	specs := map[string]string{
		"spec base": "base: VALUE\n", "spec repository": "base: scratch\nplatforms: [linux/amd64]\nrepositories: [VALUE]\npackages: [a]\n",
		"spec key": "base: scratch\nkeys: [VALUE]\n", "spec source": "base: scratch\nfiles: [{path: /a, source: VALUE}]\n",
		"spec mode": "base: scratch\nfiles: [{path: /a, source: a, mode: VALUE}]\n", "spec text": "VALUE\n", "spec platforms": "platforms: VALUE\n",
		"spec url":         "base: scratch\nplatforms: [linux/amd64]\nfiles: [{path: /a, url: VALUE, sha256: '" + strings.Repeat("0", 64) + "'}]\n",
		"spec from":        "base: scratch\nplatforms: [linux/amd64]\nfiles: [{path: /a, from: VALUE, source: /b}]\n",
		"spec tree":        "base: scratch\nfiles: [{path: /a, tree: VALUE}]\n",
		"spec compression": "compression: VALUE\n", "spec key name": "VALUE: a\n", "spec port": "config: {exposedPorts: [VALUE]}\n",
	}
	for _, url := range secretURLs {
		for way, args := range secretWays(url) {
			checkSecret(t, b, way, url, args)
		}
		for way, text := range specs {
			b.file("secret.yaml", strings.ReplaceAll(text, "VALUE", `"`+url+`"`))
			checkSecret(t, b, way, url, []string{"build", "--offline", "--no-cache", "-f", "secret.yaml", "-o", "oci:out:t"})
		}
	}
}

func checkSecret(t *testing.T, b *bench, way, url string, args []string) {
	t.Helper()
	if (strings.HasPrefix(url, "user:") || strings.HasPrefix(url, "127.")) && !slices.Contains([]string{
		"repository", "base", "image", "key", "output", "file", "lock", "vendor", "command", "inspect", "verify", "convert", "spec base", "spec repository",
		"spec key"}, way) {
		return // without a scheme, it is a URL only where one can be
	}
	code, stdout, stderr := b.lamina(args...)
	if strings.Contains(stdout+stderr, secret) {
		t.Errorf("%s %q: exit code %d\n%s%s", way, url, code, stdout, stderr)
	}
	if code == exit.Done {
		t.Errorf("%s %q: is accepted", way, url)
	}
}

// FuzzNoSecretIsPrinted is the same for URLs that nobody has thought of.
func FuzzNoSecretIsPrinted(f *testing.F) {
	for _, url := range secretURLs {
		before, after, _ := strings.Cut(url, secret)
		f.Add(before, after)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, "\x00") || !isLogin(before, after) && !isParameter(before) {
			return
		}
		url := before + secret + after
		dir := t.TempDir()
		for way, args := range secretWays(url) {
			if way == "lock" || way == "output" { // which might write to a directory of that name
				continue
			}
			for i, arg := range args {
				args[i] = strings.Replace(arg, "oci:out", "oci:"+filepath.Join(dir, "out"), 1)
			}
			var out bytes.Buffer
			run(context.Background(), args, &out, &out)
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s %q:\n%s", way, url, out.String())
			}
		}
	})
}

// isLogin says whether what stands between two texts can be seen to be a password: behind //USER: and before @.
func isLogin(before, after string) bool {
	before, after = redact.Fold(before), redact.Fold(after)
	scheme, user, found := strings.Cut(before, "//")
	return found && !strings.ContainsAny(scheme, "/@") && strings.Contains(user, ":") &&
		strings.IndexByte(user, ':') == strings.IndexAny(user, ":/?#\\@ \t\n") &&
		strings.HasPrefix(after, "@") && !strings.Contains(after, ":")
}

// isParameter says whether a value follows of a parameter that is in the path or the query of a URL.
func isParameter(before string) bool {
	scheme, rest, found := strings.Cut(redact.Fold(before), "://")
	return found && regexp.MustCompile(`^[a-z]+$`).MatchString(scheme) &&
		regexp.MustCompile(`^[a-z0-9.:]+/[a-z0-9./]*([;?][a-z_]+=[a-z0-9]*)*[;?][a-z_]+=$`).MatchString(rest)
}

// TestNoSecretIsStored: the password of a repository is in no lock, record, document, progress event and cache entry, nor in
// a name of one, and a lock that was made with another password still fits.
func TestNoSecretIsStored(t *testing.T) {
	b := newBench(t)
	files := http.FileServer(http.Dir("repo"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.Replace(strings.Replace(r.URL.Path, ";token="+secret, "", 1), ";token=changed", "", 1)
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	for _, url := range []string{strings.Replace(server.URL, "http://", "http://user:"+secret+"@", 1), server.URL + "/;token=" + secret} {
		spec := "base: rootfs:base.tar.gz\nrepositories: [" + url + "]\npackages: [nginx]\n" +
			"files: [{path: /a, url: '" + url + "/x86_64/nginx-1.26.2-r0.apk', sha256: '" + b.sum("repo/x86_64/nginx-1.26.2-r0.apk") + "'}]\n"
		b.file("lamina.yaml", spec)
		for _, args := range [][]string{
			{"lock", "--progress", "json"}, {"lock", "--vendor", "vendored"},
			{"build", "--progress", "json", "-v", "--sbom", "spdx,cyclonedx", "-o", "oci:secrets:t"}, {"resolve", "--json"},
			{"verify", "oci:secrets:t"}, {"inspect", "--json", "oci:secrets:t"}, {"build", "--no-lock", "--no-cache", "-o", "oci:secrets:t"},
		} {
			code, stdout, stderr := b.lamina(args...)
			if code != exit.Done && args[0] != "verify" || strings.Contains(stdout+stderr, secret) {
				t.Errorf("%v: exit code %d\n%s%s", args, code, stdout, stderr)
			}
		}
		b.file("lamina.yaml", strings.ReplaceAll(spec, secret, "changed"))
		if code, _, stderr := b.lamina("build", "-o", "oci:secrets:t"); code != exit.Done {
			t.Errorf("with another password: %s", stderr)
		}
	}
	for name, content := range b.snapshot(b.dir) {
		if strings.Contains(content, secret) || strings.Contains(name, secret) {
			t.Errorf("%s has the password", name)
		}
	}
}

// sum is the SHA-256 of a file.
func (b *bench) sum(name string) string {
	b.t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		b.t.Fatal(err)
	}
	return digest.FromBytes(content).Encoded()
}

// TestNoSecretOfAVariable: the same for logins of the environment, which are needed here, and for those that are malformed.
func TestNoSecretOfAVariable(t *testing.T) {
	b := newBench(t)
	files := http.FileServer(http.Dir("repo"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		if password != secret && r.Header.Get("Authorization") != "Bearer "+secret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	b.file("lamina.yaml", "base: rootfs:base.tar.gz\nrepositories: ["+server.URL+"]\npackages: [nginx]\n")
	for _, variable := range []string{"LAMINA_LOGIN_127_0_0_1=user:" + secret, "LAMINA_TOKEN_127_0_0_1=" + secret, "LAMINA_LOGIN_127_0_0_1=" + secret,
		"LAMINA_TOKEN_127_0_0_1=x" + secret} {
		name, value, _ := strings.Cut(variable, "=")
		isGood := !strings.Contains(variable, "x"+secret) && (strings.Contains(value, ":") || strings.Contains(name, "TOKEN"))
		t.Setenv(name, value)
		for _, args := range [][]string{
			{"lock", "--progress", "json"}, {"lock", "--vendor", "vendored"},
			{"build", "--progress", "json", "-v", "--sbom", "spdx,cyclonedx", "-o", "oci:secrets:t"}, {"resolve", "--json", "--no-lock"},
			{"inspect", "--json", "oci:secrets:t"}, {"build", "--no-lock", "--no-cache", "-o", "oci:secrets:t"},
		} {
			code, stdout, stderr := b.lamina(args...)
			usesNetwork := args[0] == "lock" || args[0] == "resolve" || args[1] == "--no-lock"
			if (code == exit.Done) != (isGood || !usesNetwork) || strings.Contains(stdout+stderr, secret) {
				t.Errorf("%s: %v: exit code %d\n%s%s", name, args, code, stdout, stderr)
			}
		}
		t.Setenv(name, "")
	}
	for name, content := range b.snapshot(b.dir) {
		if strings.Contains(content, secret) || strings.Contains(name, secret) {
			t.Errorf("%s has the password", name)
		}
	}
}

// TestNoSecretOfAProxy: the environment names a proxy with a password, which cannot be reached or is malformed, to a
// repository and to a registry; and a server sends the user on to a URL with a password.
func TestNoSecretOfAProxy(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many commands")
	}
	newBench(t)
	var sent atomic.Uint32
	sending := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		locations := []string{"http://user:" + secret + "@127.0.0.1:1/x?token=" + secret, "http://" + secret + "＠127.0.0.1:1/x",
			"http://127.0.0.1:1/x;token=" + secret, "http://user:" + secret + "＠h"}
		w.Header().Set("Location", locations[int(sent.Add(1))%len(locations)])
		w.WriteHeader(http.StatusFound)
	}))
	defer sending.Close()
	host := strings.TrimPrefix(sending.URL, "http://")
	for _, proxy := range []string{"", "http://user:" + secret + "@127.0.0.1:1", "http://user:#" + secret + "@127.0.0.1:1",
		"http://user: " + secret + "@127.0.0.1:1",
		"http://user:%zz" + secret + "@127.0.0.1:1", "user:" + secret + "@127.0.0.1:1", "http://user:" + secret, "http://user:" + secret + "@[::1",
		"http://user:" + secret + "＠127.0.0.1:1", "http://" + secret + "＠127.0.0.1:1", "http://127.0.0.1:1/;token=" + secret,
		"user:" + secret + "＠127.0.0.1:1"} {
		for _, args := range [][]string{
			{"build", "--base", "rootfs:base.tar.gz", "--repository", "http://repository.example", "--repository", sending.URL, "nginx"},
			{"build", "--base", "rootfs:base.tar.gz", "--repository", sending.URL, "nginx"},
			{"inspect", "docker://registry.example/a:b"},
			{"inspect", "docker://" + host + "/a:b"},
		} {
			cmd := exec.Command(os.Args[0], append(args, "--no-cache", "--plain-http")...)
			cmd.Env = append(os.Environ(), "LAMINA_TEST_MAIN=1", "HTTP_PROXY="+proxy, "HTTPS_PROXY="+proxy)
			if proxy == "" { // no name is looked up
				if !strings.Contains(strings.Join(args, " "), host) || strings.Contains(strings.Join(args, " "), ".example") {
					continue
				}
			}
			out, err := cmd.CombinedOutput()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
				t.Errorf("proxy %q: %v: %v", redact.URL(proxy), args, err)
			}
			if strings.Contains(string(out), secret) {
				t.Errorf("proxy %q: %v:\n%s", proxy, args, out)
			}
		}
	}
}
