package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/oci"
)

// logins are what podman login, skopeo login and docker login have stored, in the order in which skopeo looks
// (containers-auth.json(5), and docker's config.json).
type logins []loginFile

// loginFile is one of the files.
type loginFile struct {
	path     string
	isDocker bool // else a login may be for a namespace or a repository

	Auths       map[string]login
	CredHelpers map[string]string // names of helpers, by what they are for
	CredsStore  string            // the helper for the rest
}

type login struct {
	Auth          string // base64 of user:password
	Username      string
	Password      string
	IdentityToken string
	RegistryToken string
}

// readLogins reads the files that there are.
func readLogins() (logins, error) {
	var all logins
	read := func(path string, isDocker bool) error {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read logins: %w", err)
		}
		f := loginFile{path: path, isDocker: isDocker}
		if len(text) > 0 { // as podman has it until someone logs in
			err = jsontext.Unmarshal(text, &f)
		}
		if err != nil {
			return fmt.Errorf("read logins: %s: %w", path, err)
		}
		all = append(all, f)
		return nil
	}
	var files []string
	home, homeErr := os.UserHomeDir()
	if file := os.Getenv("REGISTRY_AUTH_FILE"); file != "" {
		files = append(files, file)
	} else {
		if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
			files = append(files, filepath.Join(dir, "containers", "auth.json"))
		}
		if homeErr == nil {
			files = append(files, filepath.Join(home, ".config", "containers", "auth.json"))
		}
	}
	for _, file := range files {
		if err := read(file, false); err != nil {
			return nil, err
		}
	}
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" && homeErr == nil {
		dir = filepath.Join(home, ".docker")
	}
	if dir == "" {
		return all, nil
	}
	return all, read(filepath.Join(dir, "config.json"), true)
}

// scope is equal for names that have the same login.
func (l logins) scope(n oci.Name) string {
	var parts []string
	for _, f := range l {
		for _, key := range f.namespaces(n) {
			if f.has(key) {
				parts = append(parts, f.path, key)
				break
			}
		}
	}
	return strings.Join(parts, "\x00")
}

// credential returns the login for a repository, the empty one if no login is stored.
func (l logins) credential(ctx context.Context, n oci.Name) (auth.Credential, error) {
	for _, f := range l {
		for _, key := range append(f.namespaces(n), hostKeys(n.Host)...) {
			found, err := f.get(ctx, key)
			if err != nil || found != auth.EmptyCredential {
				return found, err
			}
		}
		found, err := f.forHost(ctx, n.Host)
		if err != nil || found != auth.EmptyCredential {
			return found, err
		}
	}
	return auth.EmptyCredential, nil
}

// namespaces are the names above a repository and its own, without the host's, the longest first.
func (f *loginFile) namespaces(n oci.Name) []string {
	if f.isDocker {
		return nil
	}
	var names []string
	for name := n.InRegistry(); name != n.Host; name = name[:strings.LastIndexByte(name, '/')] {
		names = append(names, name)
	}
	return names
}

func (f *loginFile) has(key string) bool {
	_, hasLogin := f.Auths[key]
	_, hasHelper := f.CredHelpers[key]
	return hasLogin || hasHelper
}

const dockerHub = "https://index.docker.io/v1/"

// hostKeys are the names of a host: docker.io goes by several, of which docker uses the one that looks least like it.
func hostKeys(host string) []string {
	if host == "docker.io" {
		return []string{host, dockerHub, "index.docker.io", "registry-1.docker.io"}
	}
	return []string{host}
}

// get returns what the file has for just that name.
func (f *loginFile) get(ctx context.Context, key string) (auth.Credential, error) {
	if helper := f.CredHelpers[key]; helper != "" {
		return f.ask(ctx, helper, key)
	}
	return f.decode(key)
}

// forHost returns a host's login. The helper for all hosts comes first, then the file, where older programs have stored hosts
// with a scheme or a path.
func (f *loginFile) forHost(ctx context.Context, host string) (auth.Credential, error) {
	if f.CredsStore != "" {
		key := host
		if host == "docker.io" {
			key = dockerHub
		}
		if found, err := f.ask(ctx, f.CredsStore, key); err != nil || found != auth.EmptyCredential {
			return found, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.Auths)) {
		name, hasScheme := strings.CutPrefix(key, "https://")
		if !hasScheme {
			name, hasScheme = strings.CutPrefix(key, "http://")
		}
		name, _, _ = strings.Cut(name, "/")
		if (hasScheme || f.isDocker) && slices.Contains(hostKeys(host), name) {
			if found, err := f.decode(key); err != nil || found != auth.EmptyCredential {
				return found, err
			}
		}
	}
	return auth.EmptyCredential, nil
}

// ask runs a helper, docker-credential-NAME.
func (f *loginFile) ask(ctx context.Context, helper, key string) (auth.Credential, error) {
	found, err := credentials.NewNativeStore(helper).Get(ctx, key)
	if err != nil {
		return auth.EmptyCredential, fmt.Errorf("credential helper %q of %s: %w", helper, f.path, err)
	}
	return found, nil
}

// decode returns the login that the file itself has. Errors tell nothing of it.
func (f *loginFile) decode(key string) (auth.Credential, error) {
	l := f.Auths[key]
	found := auth.Credential{Username: l.Username, Password: l.Password, RefreshToken: l.IdentityToken, AccessToken: l.RegistryToken}
	if l.Auth == "" {
		return found, nil
	}
	text, err := base64.StdEncoding.DecodeString(l.Auth)
	user, password, ok := strings.Cut(string(text), ":")
	if err != nil || !ok {
		return auth.EmptyCredential, fmt.Errorf("%s: the login for %s is not base64 of USER:PASSWORD: log in again", f.path, key)
	}
	found.Username, found.Password = user, strings.TrimRight(password, "\x00")
	return found, nil
}
