package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/chroottest"
	"github.com/lamina-oci/lamina/layer/tree"
)

// fetched is a script that runs a command line in an empty directory, and prints its output, its status and the files that it made.
func fetched(line string) string {
	return `rm -rf /tmp/fetched; mkdir -p /tmp/fetched; cd /tmp/fetched; { ` + line + `
	} 2>/dev/null; echo "status $?"; find . -type f | sort | while read -r f; do echo "$f: $(cat "$f")"; done; cd /; rm -rf /tmp/fetched`
}

// newFetchServer starts a server to download from.
func newFetchServer(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for _, path := range []string{"/file", "/dir/other.txt", "/dir/"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path {
				http.NotFound(w, r)
				return
			}
			fmt.Fprintf(w, "%s?%s %s %s\n", path, r.URL.RawQuery, r.Header.Get("Accept"), r.Header.Get("Authorization"))
		})
	}
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/file", http.StatusFound) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// get reads from the network as a host does.
func get(ctx context.Context, r Request) (*Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		if r.Stay {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return &Response{Status: response.StatusCode}, err
	}
	return &Response{Status: response.StatusCode, Content: tree.Bytes(text), Size: int64(len(text))}, err
}

func interpretFetch(t *testing.T, line string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := commandRoot(t)
	if err := errors.Join(root.WriteFile("bin/busybox", nil, 0o755), root.Remove("bin/wget"), root.Symlink("busybox", "bin/wget")); err != nil {
		t.Fatal(err)
	}
	err := RunText(t.Context(), Options{Tree: root, Get: get, Output: &out}, "run", fetched(line), map[string]string{"PATH": "/bin"})
	return out.String(), err
}

func TestCurlLikeCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("needs curl")
	}
	server := newFetchServer(t)
	for line := range strings.SplitSeq(strings.TrimSpace(`
curl U/file
curl -s -o a U/file
curl -so a U/file
curl -sSL -o a U/moved
curl -fsSLo a U/moved
curl -O U/dir/other.txt
curl -sO U/dir/other.txt?query=1
curl --remote-name --silent U/file
curl -f U/missing -o a; echo $?
curl -fsS U/missing || echo failed
curl --fail --silent --show-error --location U/file --output x/y
curl --create-dirs -so x/y/z U/file
curl -s --output-dir . -o a U/file
curl -s -H 'Accept: text/plain' U/file
curl -s --header "Accept: a/b" -H "Authorization: Bearer token" U/file
curl -s -u user:password U/file
curl -s -A agent -e referer U/file?a=b
curl -s U/file U/dir/other.txt
curl -s -o a -o b U/file U/dir/other.txt
curl -s -o a U/file -O U/dir/other.txt
curl -s --remote-name-all U/file U/dir/other.txt
curl -s --url U/file
curl --retry 3 --retry-delay 1 --connect-timeout 5 -m 60 -s U/file
curl -sk --tlsv1.2 --proto '=https,http' --compressed U/file
curl -s -X GET U/file
curl -s -g 'U/file?a[]=b'
curl -s U/file | cat
curl -s U/file > a
curl -s -o - U/file
curl -s -o /dev/null U/file
curl -so a U/file#fragment
curl; echo $?
curl -s -o a U/dir/
curl -C - -s -o a U/file
`), "\n") {
		line = strings.ReplaceAll(line, "U/", server.URL+"/")
		cmd := exec.Command("sh", "-c", fetched(line))
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
		want, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s with %s: %v", line, curl, err)
		}
		got, err := interpretFetch(t, line)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\ngot:\n%s\nwant:\n%s", line, err, got, want)
		}
	}
}

func TestWgetLikeBusybox(t *testing.T) {
	root := newReferenceRoot(t)
	server := newFetchServer(t)
	for line := range strings.SplitSeq(strings.TrimSpace(`
wget U/file
wget -q U/file
wget -O a U/file
wget -qO a U/file
wget -q -O - U/file
wget -qO- U/file
wget -O- U/file | cat
wget U/dir/other.txt -P x
mkdir x; wget -q U/dir/other.txt -P x
wget -q U/dir/
wget -q U/dir/other.txt?query=1
wget U/missing; echo $?
wget -q U/missing -O a || echo failed
wget -q U/moved
wget -q U/moved -O a
wget -q U/file; wget -q U/file; echo $?
wget -q U/file; wget -qO file U/dir/other.txt
wget -q --header 'Accept: text/plain' U/file
wget -q --header "Authorization: Bearer token" -U agent U/file
wget -q U/file U/dir/other.txt
wget -q -T 5 -c U/file
wget -O x/y U/file; echo $?
wget -O /dev/null U/file
wget; echo $?
wget --no-check-certificate -q U/file
wget --output-document=a --quiet U/file
wget -q -P x U/file; echo $?
mkdir x; wget -q -P x/ U/file U/dir/other.txt; wget -q -P x -O y U/file
mkdir -p x/file; cd x; wget -q U/file; echo $?; rmdir file; ln -s y file; wget -q U/file; echo $?; cat y
echo old >file; wget -q -O file U/dir/other.txt; wget -q -O file U/missing; echo $?; cat file
touch index.html; wget -q U/dir/; echo $?
wget -q U/dir/?a=b; wget -q 'U/file?x=y&z=1'; ls
wget -q U/file U/missing U/dir/other.txt; echo $?; ls
wget -q -S U/file; wget -q -Y off U/file -O b; wget -q -T 1 -O c U/file
wget -q -O a -O b U/file; ls
wget -q -O '' U/file; echo $?
wget -q -U agent --header 'Accept: a/b' -O - U/file
wget -q --header 'Authorization: Basic abc' -O - U/file; wget -q --header Accept:x/y -O - U/file
mkdir d; chmod 500 d; wget -q -O d/e/f U/file; echo $?; wget -q -O d U/file; echo $?
wget -qO a U/file && wget -qO- U/dir/other.txt >>a; cat a
wget -q 'U/file?x=a/b'; ls; wget -q 'U/file?x=a/'; ls
mkdir other.txt; wget -q U/dir/other.txt; echo $?
x=$(wget -qO- U/file); echo "$x"; wget -qO- U/file | { read -r a b; echo "$a"; }
wget -q -O /nosuch/dir/f U/file; echo $?; ls
wget --spider U/file; echo $?; ls
wget -q --spider U/file && echo y; wget -q --spider U/missing || echo n; ls
wget -q --spider U/file U/missing U/file; echo $?; wget --spider -O a U/moved; echo $?; ls
touch file; wget --spider -q U/file; echo $?; ls; wget --spider -O- U/file; echo $?
wget --spider -P x U/dir/other.txt; echo $?; ls
`), "\n") {
		line = strings.ReplaceAll(line, "U/", server.URL+"/")
		result, err := chroottest.Command{Root: root.root(0), Args: []string{"/bin/sh", "-c", fetched(line)}}.Run()
		if err != nil {
			t.Fatal(err)
		}
		got, err := interpretFetch(t, line)
		if err != nil || got != result.Stdout {
			t.Errorf("%s: %v\ngot:\n%s\nwant:\n%s", line, err, got, result.Stdout)
		}
	}
	root.fresh[0] = false
}

// TestFetchRefused: answers that curl would save although they are not the file are refused, and so are requests that do more than read.
func TestFetchRefused(t *testing.T) {
	server := newFetchServer(t)
	for line, want := range map[string]string{
		"curl -s U/missing":              "answers 404, and without -f curl would take the error page for the file",
		"curl -sf U/moved":               "redirects (302), and without -L curl would take the redirect itself for the file",
		"curl -d x=y U/file":             "option -d is not supported",
		"curl -X POST U/file":            "only GET is supported, not POST",
		"curl -I U/file":                 "option -I is not supported",
		"curl -s file:///etc/x":          "URLs of file are not supported",
		"curl -s 'U/{a,b}'":              "patterns in URLs are not supported",
		"curl -s -H 'X-A: b' U/":         `the header "X-A" is not supported`,
		"wget --post-data=x U/file":      "wget: only GET is supported, not POST: download the file and COPY it",
		"wget -q ftp://e.example/x":      "URLs of ftp are not supported",
		"wget -nx U/file":                "option -nx is not supported",
		"wget -nH U/file":                "option -nH is not supported",
		"wget -O a U/file U/moved":       "several URLs into one file are not supported",
		"wget -i list":                   "option -i is not supported",
		"wget U/file#part":               "busybox sends what follows # to the server",
		"echo > f; wget -c -O f U/":      "f exists already, and -c to continue it is not supported",
		"wget -r U/dir/":                 "option -r is not supported",
		"wget -m U/dir/":                 "option -m is not supported",
		"wget --mirror U/dir/":           `option "--mirror" is not supported`,
		"wget --header 'X-A: b' U/":      `the header "X-A" is not supported`,
		"wget --header 'Cookie: a=b' U/": `the header "Cookie" is not supported, since it may change what the URL leads to: download the file and COPY it`,
	} {
		if _, err := interpretFetch(t, strings.ReplaceAll(line, "U/", server.URL+"/")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
	var out bytes.Buffer
	err := RunText(t.Context(), Options{Tree: commandRoot(t), Output: &out}, "run", "curl http://e.example", map[string]string{"PATH": "/bin"})
	if err == nil || !strings.Contains(err.Error(), "curl: reading from the network is not supported here") {
		t.Errorf("without a network: %v", err)
	}
}
