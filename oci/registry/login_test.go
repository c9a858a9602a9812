package registry

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/lamina-oci/lamina/oci"
)

// loginFiles has a home with these files and nobody's settings but theirs.
func loginFiles(t *testing.T, files map[string]string) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "DOCKER_CONFIG"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for name, content := range files {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(home, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// as is a login of the name of its user.
func as(user string) string {
	return `{"auth":"` + base64.StdEncoding.EncodeToString([]byte(user+":secret")) + `"}`
}

// TestLogins follows containers-auth.json(5) and docker's config.json.
func TestLogins(t *testing.T) {
	const podman, docker = ".config/containers/auth.json", ".docker/config.json"
	auths := func(logins ...string) string {
		var all []string
		for i := 0; i < len(logins); i += 2 {
			all = append(all, `"`+logins[i]+`":`+as(logins[i+1]))
		}
		return `{"auths":{` + strings.Join(all, ",") + `}}`
	}
	namespaces := auths("a.b", "host", "a.b/ns", "namespace", "a.b/ns/deep/repo", "repository", "c.d/ns", "only")
	const helper = "#!/bin/sh\nread key\ncase $key in a.b|https://index.docker.io/v1/|a.b/ns) echo \"{\\\"Username\\\":\\\"helper of $key\\\"," +
		"\\\"Secret\\\":\\\"x\\\"}\";;\n*) echo credentials not found in native keychain; exit 1;; esac\n"
	for _, c := range []struct {
		title string
		files map[string]string
		name  string
		want  string // the user
	}{
		{"nothing", nil, "a.b/x", ""},
		{"podman's", map[string]string{podman: auths("a.b", "me")}, "a.b/x", "me"},
		{"docker's", map[string]string{docker: auths("a.b", "me")}, "a.b/x", "me"},
		{"an empty file before another", map[string]string{podman: "", docker: auths("a.b", "me")}, "a.b/x", "me"},
		{"podman's before docker's", map[string]string{podman: auths("a.b", "podman"), docker: auths("a.b", "docker")}, "a.b/x", "podman"},
		{"a port is part of a host", map[string]string{podman: auths("a.b", "me")}, "a.b:5000/x", ""},
		{"the host's", map[string]string{podman: namespaces}, "a.b/other/repo", "host"},
		{"a namespace's", map[string]string{podman: namespaces}, "a.b/ns/repo", "namespace"},
		{"a namespace's, deeper", map[string]string{podman: namespaces}, "a.b/ns/deep/other", "namespace"},
		{"a repository's", map[string]string{podman: namespaces}, "a.b/ns/deep/repo", "repository"},
		{"another namespace", map[string]string{podman: namespaces}, "c.d/other/repo", ""},
		{"a name that only begins alike", map[string]string{podman: namespaces}, "c.d/nsx/repo", ""},
		{"docker has no namespaces", map[string]string{docker: auths("a.b/ns", "namespace", "a.b", "host")}, "a.b/ns/repo", "host"},
		{"podman's login to docker.io", map[string]string{podman: auths("docker.io", "me")}, "docker.io/library/x", "me"},
		{"podman's for a namespace of docker.io", map[string]string{podman: auths("docker.io/me", "me")}, "docker.io/me/x", "me"},
		{"docker's login to docker.io", map[string]string{docker: auths("https://index.docker.io/v1/", "me")}, "docker.io/library/x", "me"},
		{"docker's, where podman looks", map[string]string{podman: auths("https://index.docker.io/v1/", "me")}, "docker.io/library/x", "me"},
		{"with a scheme", map[string]string{docker: auths("https://a.b/v2/", "me")}, "a.b/x", "me"},
		{"a helper for all", map[string]string{docker: `{"credsStore":"x"}`, "bin/docker-credential-x": helper}, "a.b/x", "helper of a.b"},
		{"a helper for all, docker.io", map[string]string{docker: `{"auths":{"https://index.docker.io/v1/":{}},"credsStore":"x"}`,
			"bin/docker-credential-x": helper}, "docker.io/library/x", "helper of https://index.docker.io/v1/"},
		{"a helper that has nothing", map[string]string{docker: `{"credsStore":"x","auths":{"c.d":` + as("me") + `}}`, "bin/docker-credential-x": helper},
			"c.d/x", "me"},
		{"a helper for a host", map[string]string{docker: `{"credHelpers":{"a.b":"x"}}`, "bin/docker-credential-x": helper}, "a.b/x", "helper of a.b"},
		{"a helper for a namespace", map[string]string{podman: `{"credHelpers":{"a.b/ns":"x"}}`, "bin/docker-credential-x": helper}, "a.b/ns/x",
			"helper of a.b/ns"},
	} {
		t.Run(c.title, func(t *testing.T) {
			if runtime.GOOS == "windows" && c.files["bin/docker-credential-x"] != "" {
				t.Skip("the helper is a script")
			}
			loginFiles(t, c.files)
			known, err := readLogins()
			if err != nil {
				t.Fatal(err)
			}
			name, err := oci.ParseName(c.name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := known.credential(t.Context(), name)
			if err != nil || got.Username != c.want || (got.Password == "") != (c.want == "") {
				t.Errorf("got %q, %v, want %q", got.Username, err, c.want)
			}
		})
	}
}

// TestLoginTokens: logins need not be passwords.
func TestLoginTokens(t *testing.T) {
	loginFiles(t, map[string]string{".docker/config.json": `{"auths":{"a.b":{"auth":"` + base64.StdEncoding.EncodeToString([]byte("u:")) +
		`","identitytoken":"i"},"c.d":{"registrytoken":"r"},"e.f":{"username":"u","password":"p"}}}`})
	known, err := readLogins()
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]auth.Credential{
		"a.b": {Username: "u", RefreshToken: "i"}, "c.d": {AccessToken: "r"}, "e.f": {Username: "u", Password: "p"},
	} {
		if got, err := known.credential(t.Context(), oci.Name{Host: host, Repository: "x"}); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", host, got, err, want)
		}
	}
}

// TestLoginErrors: the error for an invalid file names the place, but quotes none of its secrets.
func TestLoginErrors(t *testing.T) {
	const file = ".config/containers/auth.json"
	for content, want := range map[string]string{
		`{"auths":{"a.b":{"auth":"` + base64.StdEncoding.EncodeToString([]byte("SECRET")) + `"}}}`: file +
			": the login for a.b is not base64 of USER:PASSWORD: log in again",
		`{"auths":{"a.b":{"auth":"SECRET!"}}}`: file + ": the login for a.b is not base64 of USER:PASSWORD: log in again",
		`{"auths":{"a.b":{"auth":"SECRET`:      file + ": unexpected end of JSON input",
		`{"credHelpers":{"a.b":"none"}}`:       `credential helper "none" of HOME/` + file + ":",
	} {
		loginFiles(t, map[string]string{file: content})
		known, err := readLogins()
		if err == nil {
			_, err = known.credential(t.Context(), oci.Name{Host: "a.b", Repository: "x"})
		}
		if err == nil {
			t.Errorf("%s: no error", content)
			continue
		}
		text := filepath.ToSlash(strings.ReplaceAll(err.Error(), os.Getenv("HOME"), "HOME"))
		if !strings.Contains(text, want) || strings.Contains(text, "SECRET") {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	}
}

// TestLoginScope: names that have the same login share a connection, others do not.
func TestLoginScope(t *testing.T) {
	loginFiles(t, map[string]string{".config/containers/auth.json": `{"auths":{"a.b":` + as("host") + `,"a.b/ns":` + as("ns") + `}}`})
	known, err := readLogins()
	if err != nil {
		t.Fatal(err)
	}
	scope := func(repository string) string { return known.scope(oci.Name{Host: "a.b", Repository: repository}) }
	if scope("x") != scope("y/z") || scope("ns/x") != scope("ns/y") || scope("x") == scope("ns/x") {
		t.Errorf("scopes %q, %q, %q, %q", scope("x"), scope("y/z"), scope("ns/x"), scope("ns/y"))
	}
}
